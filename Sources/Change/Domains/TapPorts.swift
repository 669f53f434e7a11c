public import HostNetwork
public import Netlink
internal import Planner

/// Giving guests' taps what is wanted of them as ports: by the planner and the executor of every change, a tap at a time or many.
public enum TapPorts {
    /// What came of it.
    public struct Result: Hashable, Sendable {
        /// The taps that something was changed of.
        public var changed: [LinkName] = []
        /// What is not as it should be, a sentence each.
        public var problems: [String] = []
    }

    /// Sets what is wanted, and reads it back. A tap that is not on its bridge, or gone, is a problem, and keeps no other waiting.
    /// - Parameter onlyNew: leaves taps alone that have another VLAN table than the bridge gives to a new port: somebody has set it.
    /// - Throws: ``/Netlink/NetlinkError`` where the kernel cannot be read.
    public static func set(_ ports: [TapPort], on kernel: inout some Kernel & ~Copyable, onlyNew: Bool = false) throws(NetlinkError) -> Result {
        var result = Result()
        guard !ports.isEmpty else { return result }
        let network = try kernel.snapshot(vlanTables: true)
        var there: [TapPort] = []
        for port in ports {
            if onlyNew, !isNew(port, in: network) { continue }
            if let problem = problem(of: port, in: network) { result.problems.append(problem) } else { there.append(port) }
        }
        let plan = Planner.plan(request(there, network))
        guard !plan.steps.isEmpty else { return result }
        for chunk in plan.chunks {
            result.problems += try Executor.perform(chunk.flatMap(\.actions), on: &kernel).map(\.error.description)
        }
        result.changed = Array(Set(plan.steps.flatMap(\.subjects))).sorted()
        let rest = Planner.plan(request(there, try kernel.snapshot(vlanTables: true)))
        if result.problems.isEmpty { result.problems = rest.steps.map { Verification.unfinished($0) } }
        return result
    }

    /// Takes taps out of the bridges that libvirt is to put them into, and that somebody has put them into already: libvirt fails with a
    /// port that is there before it (`EBUSY`).
    /// - Parameter bridges: the taps, each with the bridge that it is to be put into.
    static func release(_ bridges: [LinkName: LinkName], on kernel: inout some Kernel & ~Copyable) {
        guard !bridges.isEmpty, let network = try? kernel.snapshot() else { return }
        let actions = bridges.filter { network[$0.key]?.master == $0.value }.keys.sorted().map { tap in
            var change = Link(tap, kind: .other("tun"))
            change.attachment = .free
            return Action.change(change)
        }
        // What could not be done shows in what libvirt says.
        if !actions.isEmpty { _ = try? Executor.perform(actions, on: &kernel) }
    }

    private static func request(_ ports: [TapPort], _ network: HostNetwork) -> PlanRequest {
        var wanted = HostNetwork()
        for port in ports { wanted.want(port) }
        var request = PlanRequest(wanted: wanted, actual: network)
        request.scope = .only([])
        return request
    }

    /// Whether the tap has the table that its bridge gives to every new port.
    private static func isNew(_ port: TapPort, in network: HostNetwork) -> Bool {
        guard port.settings.vlans != nil, let table = network.bridgeVLANs[port.tap], let bridge = network[port.bridge] else { return true }
        return table == .initial(defaultPVID: bridge.defaultPVID)
    }

    private static func problem(of port: TapPort, in network: HostNetwork) -> String? {
        guard let tap = network[port.tap] else { return "\(port.tap) of \(port.domain) is gone" }
        guard tap.master == port.bridge else { return "\(port.tap) of \(port.domain) is no port of \(port.bridge)" }
        guard port.settings.vlans == nil || network[port.bridge]?.filtersVLANs == true else {
            return "\(port.tap) of \(port.domain) can have no VLANs: \(port.bridge) does not tell them apart"
        }
        return nil
    }
}
