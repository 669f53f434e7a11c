internal import DomainService
public import HostNetwork
public import Netlink

/// A kernel beside which domains change: when what is to be built stands, and before anything is deleted.
///
/// A transaction sees a kernel. What goes wrong with the domains is a failure of the change as any other: the links are put back, and
/// then the domains.
public struct KernelWithDomains<Base: Kernel & ~Copyable>: Kernel, ~Copyable {
    private var kernel: Base
    /// The change of the domains.
    public var change: DomainChange

    /// - Parameter kernel: has been read once.
    public init(_ kernel: consuming Base, change: consuming DomainChange) {
        self.kernel = kernel
        self.change = change
    }

    public mutating func snapshot(vlanTables: Bool) throws(NetlinkError) -> HostNetwork { try kernel.snapshot(vlanTables: vlanTables) }

    public mutating func perform(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure] { try kernel.perform(actions) }

    public borrowing func watchPorts(_ network: HostNetwork) -> PortWatch? { kernel.watchPorts(network) }

    public mutating func prepare(for network: HostNetwork) throws(NetlinkError) { try kernel.prepare(for: network) }

    public mutating func linksStand() throws(NetlinkError) {
        let problems = changeDomains()
        guard problems.isEmpty else {
            throw NetlinkError("change domains", .refused, .canceled, detail: problems.joined(separator: "; "))
        }
    }

    public mutating func putDomainsBack(_ domains: DomainCheckpoint, _ network: HostNetwork, isWaiting: Bool) -> [String] {
        DomainWayBack.go(to: domains.before, network, of: change.touched, by: &change.connection, on: &kernel, isWaiting: isWaiting)
    }

    /// What needs no guest's consent, and then the taps that came of it.
    private mutating func changeDomains() -> [String] {
        let problems = change.carryOutHostsPart { try? kernel.snapshot() }
        guard problems.isEmpty else { return problems }
        do throws(DomainFailure) {
            let ports = try change.newPorts()
            return setPorts(ports)
        } catch {
            return [error.description]
        }
    }

    private mutating func setPorts(_ ports: [TapPort]) -> [String] {
        do throws(NetlinkError) { return try TapPorts.set(ports, on: &kernel).problems } catch { return [error.description] }
    }
}
