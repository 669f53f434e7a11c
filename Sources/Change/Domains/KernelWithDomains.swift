internal import DomainService
internal import HostNetwork
internal import Netlink

/// A kernel beside which domains change: when what is to be built stands, and before anything is deleted.
///
/// A transaction sees a kernel. What goes wrong with the domains is a failure of the change as any other: the links are put back, and
/// then the domains.
struct KernelWithDomains<Base: Kernel & ~Copyable>: Kernel, ~Copyable {
    private var kernel: Base
    /// The change of the domains.
    var change: DomainChange

    /// - Parameter kernel: has been read once.
    init(_ kernel: consuming Base, change: consuming DomainChange) {
        self.kernel = kernel
        self.change = change
    }

    mutating func snapshot(vlanTables: Bool) throws(NetlinkError) -> HostNetwork { try kernel.snapshot(vlanTables: vlanTables) }

    mutating func belongings(of names: Set<LinkName>) throws(NetlinkError) -> [LinkName: Belongings] { try kernel.belongings(of: names) }

    mutating func perform(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure] { try kernel.perform(actions) }

    borrowing func watchPorts(_ network: HostNetwork) -> PortWatch? { kernel.watchPorts(network) }

    mutating func prepare(for network: HostNetwork) throws(NetlinkError) { try kernel.prepare(for: network) }

    mutating func linksStand(_ remarks: inout [String]) -> [String] {
        switch change.part {
        case .host: return changeDomains()
        case .guests:
            change.performGuestsPart()
            remarks += change.left
            return []
        }
    }

    mutating func putDomainsBack(_ domains: DomainCheckpoint, _ network: HostNetwork, isWaiting: Bool) -> [String] {
        DomainWayBack.go(to: domains.before, network, of: change.touched, by: &change.connection, on: &kernel, isWaiting: isWaiting)
    }

    /// What needs no guest's consent, and the taps that come of it.
    private mutating func changeDomains() -> [String] {
        TapPorts.release(change.moves, on: &kernel)
        var problems = change.performHostsPart()
        if problems.isEmpty { problems = setPorts() }
        if problems.isEmpty { problems = change.raiseLinks() }
        if problems.isEmpty { problems = change.verify(try? kernel.snapshot()) }
        if problems.isEmpty, !change.touched.isEmpty, let signal = SignalGuard.pending { problems = ["interrupted by \(signal)"] }
        return problems
    }

    private mutating func setPorts() -> [String] {
        let ports: [TapPort]
        do throws(DomainFailure) { ports = try change.newPorts() } catch { return [error.sentence] }
        do throws(NetlinkError) { return try TapPorts.set(ports, on: &kernel).problems } catch { return [error.description] }
    }
}
