import HostNetwork
import Planner
import Testing
import Topology

/// What has to be done around an option so that the kernel takes it.
@Suite struct `Plans for options` {
    /// The options that a plan sends to a link, message by message.
    private static func messages(_ plan: Plan, to link: String) -> [[String]] {
        plan.steps.flatMap(\.actions).compactMap { action in
            guard case .change(let change) = action, change.name.text == link, !change.options.isEmpty || change.mac != nil else { return nil }
            let options = change.options.entries.compactMap { entry in OptionRow.with(id: entry.id).map { "\($0.name) \($0.text(of: entry.value))" } }
            return options + (change.mac.map { ["mac \($0)"] } ?? [])
        }
    }

    private static func host(_ file: String) throws -> HostModel {
        var host = try HostModel(nics: ["ens1", "ens2"])
        try host.apply("version: 1\n\(file)\n")
        return host
    }

    @Test func `a spanning tree ends before the delay is set that only a bridge without one takes`() throws {
        func bridge(_ options: String) -> String { "version: 1\nbridges: {br0: {ports: [ens1], \(options)}}\n" }
        var host = try Self.host("bridges: {br0: {ports: [ens1], stp: true, forward_delay: 4}}")
        let before = host.network
        let plan = try host.apply(bridge("stp: false, forward_delay: 0"))
        #expect(Self.messages(plan, to: "br0") == [["stp_state false"], ["forward_delay 0", "stp_state false"]])
        #expect(try host.plan(bridge("stp: false, forward_delay: 0")).isEmpty)
        // The way back needs no such care: the kernel looks at the delay while there is no tree yet.
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        #expect(Self.messages(Planner.plan(back), to: "br0") == [["forward_delay 4", "stp_state true"]])
    }

    @Test func `a delay that the running spanning tree does not take is refused`() throws {
        let host = try Self.host("bridges: {br0: {ports: [ens1], stp: true}}")
        let plan = try host.plan("version: 1\nbridges: {br0: {ports: [ens1], forward_delay: 0}}\n")
        #expect(plan.refusals.map(\.message) == ["br0 runs STP, which takes a forward_delay of at least 2 seconds"])
    }

    @Test func `a primary port is taken back, and a rollback takes back the one that a change set`() throws {
        func bond(_ primary: String) -> String { "version: 1\nbonds: {bond0: {ports: [ens1, ens2], mode: 1, miimon: 100\(primary)}}\n" }
        var host = try Self.host("bonds: {bond0: {ports: [ens1, ens2], mode: 1, miimon: 100}}")
        let before = host.network
        try host.apply(bond(", primary: ens2"))
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        #expect(Self.messages(Planner.plan(back), to: "bond0") == [["primary none"]])
        let plan = try host.apply(bond(", primary: none"))
        #expect(Self.messages(plan, to: "bond0") == [["primary none"]])
        for none in ["", ", primary: none", ", primary: default"] { #expect(try host.plan(bond(none)).isEmpty, "\(none)") }
    }

    @Test func `the address of a bond that follows its ports is set while it does not follow them`() throws {
        func bond(_ ports: String, _ more: String) -> String { "version: 1\nbonds: {bond0: {ports: [\(ports)], mode: 1, miimon: 100, fail_over_mac: \(more)}}\n" }
        var host = try Self.host("bonds: {bond0: {ports: [ens1, ens2], mode: 1, miimon: 100, fail_over_mac: follow}}")
        let mac = ", mac: \"02:00:00:00:00:77\""
        let plan = try host.apply(bond("ens1, ens2", "follow\(mac)"))
        #expect(Self.messages(plan, to: "bond0") == [["fail_over_mac none"], ["mac 02:00:00:00:00:77"], ["fail_over_mac follow"]])
        #expect(plan.steps.contains { $0.reason?.contains("they leave and come back") == true })
        // It loses its last port, and with it the address.
        let empty = try host.apply(bond("", "follow"))
        #expect(Self.messages(empty, to: "bond0") == [["fail_over_mac none"], ["mac 02:00:00:00:00:77"], ["fail_over_mac follow"]])

        let active = try Self.host("bonds: {bond0: {ports: [ens1, ens2], mode: 1, miimon: 100, fail_over_mac: active}}")
        let refused = try active.plan("version: 1\nbonds: {bond0: {ports: [ens1, ens2], mac: \"02:00:00:00:00:77\"}}\n")
        #expect(refused.refusals.map(\.message) == ["bond0 has the address of its active port, so that none can be set"])
        // The port that it has its address from leaves: the kernel gives it the next one's.
        let next = try active.plan(bond("ens2", "active"))
        #expect(Self.messages(next, to: "bond0") == [])
    }
}
