import HostNetwork
import Planner
import Testing
import Topology

@Suite struct `What a plan costs` {
    static let bonded = """
        version: 1
        bonds:
          bond0: {ports: [ens37, ens38], mode: 4, miimon: 100}
        trunks:
          bond0: {vlans: [10, 20]}
        """

    private static func link(_ text: String) throws -> LinkName { try LinkName(text) }

    /// A host with two bonded NICs, two VLANs with a bridge each, a guest on one of them, and its own address on the other.
    private static func bondHost() throws -> HostModel {
        var host = try HostModel(nics: ["ens33", "ens37", "ens38", "ens39"])
        try host.apply(bonded)
        try host.foreign("vnet0", master: "brvlan-10")
        try host.address("brvlan-20", "10.20.0.1/24")
        return host
    }

    private static func session(_ local: String, from remote: String, by link: String?) throws -> HostFacts {
        var facts = HostFacts()
        facts.session = HostFacts.Session(
            localAddress: try IPAddress(local), remoteAddress: try IPAddress(remote), link: try link.map { try LinkName($0) })
        return facts
    }

    @Test func `what is made new disturbs nobody, and a NIC that enters a bond is a flap with LACP's seconds`() throws {
        let host = try HostModel(nics: ["ens37", "ens38"])
        let plan = try host.plan(Self.bonded)
        #expect(plan.steps.map(\.impact.impact) == [.none, .none, .none, .flap, .flap, .none, .none])
        #expect(plan.worstImpact == .flap)
        let entering = plan.steps[3].impact
        #expect(entering.means == .portFlap)
        #expect(entering.protocolSeconds == 2)
        #expect(entering.reasons[0].contains("seconds on hardware") && entering.reasons[0].contains("up to 90 s"))
        #expect(entering.affected == [])
    }

    @Test func `a bond's mode is a flap for VLANs, bridges, addresses and guests above it`() throws {
        let host = try Self.bondHost()
        let plan = try host.plan(Self.bonded.replacing("mode: 4", with: "mode: 1"))
        #expect(plan.steps.map(\.impact.impact) == [.flap])
        #expect(plan.steps[0].impact.means == .portFlap)
        let names = plan.steps[0].impact.affected.map { "\($0.kind.rawValue) \($0.name)" }
        #expect(Set(names) == ["address 10.20.0.1/24", "tap vnet0", "link bond0.10", "link bond0.20", "link brvlan-10", "link brvlan-20"])
    }

    @Test func `what lies on a bond's port that leaves and comes back is hit, also where another port leaves for good`() throws {
        var host = try Self.bondHost()
        try host.foreign("ens38.999", kind: .vlan, parent: "ens38")
        for ports in ["[ens37, ens38]", "[ens38]"] {
            let plan = try host.plan(Self.bonded.replacing("mode: 4", with: "mode: 1").replacing("[ens37, ens38]", with: ports))
            let step = try #require(plan.steps.first { $0.subjects.contains { $0.text == "bond0" } })
            #expect(step.impact.affected.contains { $0.name == "ens38.999" && $0.impact == .flap }, "\(step.impact)")
        }
    }

    @Test func `where all ports of a bond leave together, none of them stands in for another`() throws {
        let host = try Self.bondHost()
        let plan = try host.plan(Self.bonded.replacing("mode: 4", with: "mode: 1").replacing("[ens37, ens38]", with: "[ens39]"))
        let step = try #require(plan.steps.first { $0.subjects.contains { $0.text == "bond0" } })
        let entering = try #require(plan.steps.firstIndex { $0.subjects.contains { $0.text == "ens39" } })
        #expect(step.impact.impact == .outage && step.impact.untilStep == entering + 1 && step.impact.reasons.contains("bond0 has no port left"), "\(step.impact)")
        #expect(step.impact.affected.contains { $0.name == "10.20.0.1/24" && $0.impact == .outage }, "\(step.impact.affected)")
    }

    @Test func `a step is called the most drastic of what it does`() throws {
        var host = try HostModel(nics: ["ens37", "ens38"])
        try host.apply("version: 1\nbonds: {bond0: {ports: [ens37, ens38], mode: 2, miimon: 100, addresses: [10.0.0.1/24]}}\n")
        let plan = try host.plan("version: 1\nbonds: {bond0: {ports: [ens38], mode: 1, miimon: 100, mac: 02:00:00:00:00:05, addresses: [10.0.0.1/24]}}\n")
        let step = try #require(plan.steps.first { step in step.changes.contains { $0.field == "mode" } })
        #expect(step.impact.reasons.contains { $0.hasPrefix("mac: ") } && step.impact.means == .portFlap, "\(step.impact)")
    }

    @Test func `another card enters a bond before the last one leaves, and that it has just entered is told`() throws {
        let host = try Self.bondHost()
        let plan = try host.plan(Self.bonded.replacing("[ens37, ens38]", with: "[ens39]"))
        let nics = plan.steps.flatMap(\.subjects).map(\.text).filter { $0.hasPrefix("ens") }
        #expect(nics == ["ens39", "ens37", "ens38"])
        #expect(plan.worstImpact == .flap)
        let last = try #require(plan.steps.last)
        #expect(last.impact.reasons.contains { $0.hasPrefix("bond0 has but ens39 left, which has just entered") }, "\(last.impact)")
        #expect(last.impact.affected.contains { $0.name == "10.20.0.1/24" && $0.impact == .flap }, "\(last.impact.affected)")
        // Mode 5 takes the address of the new port only without any.
        let tlb = try host.plan(Self.bonded.replacing("mode: 4", with: "mode: 5").replacing("[ens37, ens38]", with: "[ens39]"))
        #expect(tlb.worstImpact == .outage)
    }

    @Test func `a port that leaves a bond of two is a blip for its users, and the last one an outage`() throws {
        var host = try Self.bondHost()
        let one = try host.plan(Self.bonded.replacing("[ens37, ens38]", with: "[ens37]"))
        #expect(one.steps.map(\.impact.impact) == [.flap])
        #expect(Set(one.steps[0].impact.affected.map(\.impact)) == [.blip])
        host.network[try Self.link("ens37")]?.hasCarrier = false
        let none = try host.plan(Self.bonded.replacing("[ens37, ens38]", with: "[ens37]"))
        #expect(none.steps.map(\.impact.impact) == [.outage])
        #expect(none.steps[0].impact.affected.contains { $0.kind == .tap && $0.name == "vnet0" && $0.impact == .outage })
    }

    @Test func `an address that moves to a bridge of the same MAC is a blip, and with STP half a minute`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.address("ens33", "172.16.0.52/16")
        try host.route("ens33", to: "0.0.0.0/0", via: "172.16.0.1")
        let quiet = try host.plan(`Plans`.hostBridge)
        #expect(quiet.steps.map(\.impact.impact) == [.none, .blip, .none, .blip, .blip])
        #expect(quiet.steps[1].impact.untilStep == 5)
        #expect(quiet.steps[1].impact.affected.map(\.kind) == [.address, .defaultRoute])
        let settling = try host.plan(`Plans`.hostBridge.replacing("stp: false", with: "stp: true, forward_delay: 4"))
        #expect(settling.steps[1].impact.impact == .flap)
        #expect(settling.steps[1].impact.protocolSeconds == 8)
        #expect(settling.steps[1].impact.reasons[0].contains("8 s (2 × forward_delay)"))
    }

    @Test func `STP that is switched on names its delay, and a live option nothing`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.apply("version: 1\nbridges: {br0: {ports: [ens33], ageing_time: 300}}\n")
        let live = try host.plan("version: 1\nbridges: {br0: {ports: [ens33], ageing_time: 60}}\n")
        #expect(live.steps.map(\.impact) == [.nothing])
        let stp = try host.plan("version: 1\nbridges: {br0: {ports: [ens33], stp: true}}\n")
        #expect(stp.steps.map(\.impact.impact) == [.flap])
        #expect(stp.steps[0].impact.protocolSeconds == 30)
    }

    @Test func `what goes for good is an outage for good, for those who still used it`() throws {
        let host = try Self.bondHost()
        let plan = try host.plan(Self.bonded.replacing("[10, 20]", with: "[20]")) { $0.allowsOutage = true }
        let cost = try #require(plan.steps.last?.impact)
        #expect(cost.impact == .outage && cost.means == .removed && cost.untilStep == nil)
        #expect(cost.affected.contains { $0.kind == .tap && $0.name == "vnet0" })
        #expect(!cost.affected.contains { $0.kind == .address })
    }

    @Test func `connections are named by what they are for`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.address("ens33", "172.16.0.52/16")
        try host.route("ens33", to: "0.0.0.0/0", via: "172.16.0.1")
        var facts = HostFacts()
        let ports: [(UInt16, UInt16, Bool)] = [(40000, 3260, false), (40001, 2049, false), (40002, 6801, false), (49160, 50000, false), (50001, 80, false), (5405, 5405, true)]
        facts.connections = try ports.map { local, remote, isDatagram in
            HostFacts.Connection(
                local: try IPAddress("172.16.0.52"), port: local, remote: try IPAddress("172.16.0.9"), remotePort: remote, isDatagram: isDatagram)
        }
        let plan = try host.plan(`Plans`.hostBridge) { $0.facts = facts }
        let named = plan.steps[1].impact.affected.filter { $0.kind == .connections }
        #expect(named.map(\.name) == ["Ceph", "NFS", "TCP", "corosync", "iSCSI", "migration"])
        #expect(named.allSatisfy { $0.detail == "1, with 172.16.0.9" })
    }

    // MARK: The connection that one types on

    @Test func `a change that moves the session's address is refused, unless it is confirmed later or there is a console`() throws {
        var host = try HostModel(nics: ["ens33", "ens37"])
        try host.address("ens33", "172.16.0.52/16")
        try host.route("ens33", to: "0.0.0.0/0", via: "172.16.0.1")
        let facts = try Self.session("172.16.0.52", from: "198.51.100.7", by: "ens33")
        let plan = try host.plan(`Plans`.hostBridge) { $0.facts = facts }
        #expect(Set(plan.refusals.map(\.kind)) == [.session])
        #expect(plan.refusals[0].message.contains("moves the address your SSH session uses (172.16.0.52, from ens33 to br0)"))
        #expect(plan.refusals[0].fix.contains("--confirm-within") && plan.refusals[0].fix.contains("--i-have-console"))
        for leave in [\PlanRequest.isConfirmedLater, \PlanRequest.hasConsole] {
            let given = try host.plan(`Plans`.hostBridge) {
                $0.facts = facts
                $0[keyPath: leave] = true
            }
            #expect(given.refusals == [])
            #expect(given.steps[1].impact.affected.first?.kind == .session)
        }
        // What does not touch its way may go on.
        #expect(try host.plan("version: 1\nbridges: {br1: {ports: [ens37]}}\n") { $0.facts = facts }.refusals == [])
    }

    @Test func `a session over a bond is cut by the bond's mode, and not by one port of two`() throws {
        let host = try Self.bondHost()
        let facts = try Self.session("10.20.0.1", from: "10.20.0.7", by: "brvlan-20")
        let mode = try host.plan(Self.bonded.replacing("mode: 4", with: "mode: 1")) { $0.facts = facts }
        #expect(mode.refusals.map(\.kind) == [.session])
        #expect(mode.refusals[0].message.contains("cuts your SSH session off for seconds"))
        let port = try host.plan(Self.bonded.replacing("[ens37, ens38]", with: "[ens37]")) { $0.facts = facts }
        #expect(port.refusals == [])
        #expect(port.steps[0].impact.affected.contains { $0.kind == .session && $0.impact == .blip })
    }

    @Test func `a default route that takes the session elsewhere is refused`() throws {
        var host = try HostModel(nics: ["ens33", "ens37"])
        try host.address("ens33", "172.16.0.52/16")
        try host.address("ens37", "10.0.0.2/24")
        try host.route("ens33", to: "0.0.0.0/0", via: "172.16.0.1")
        let facts = try Self.session("172.16.0.52", from: "198.51.100.7", by: "ens33")
        let yaml = "version: 1\nethernets: {ens37: {addresses: [10.0.0.2/24], routes: [{to: 198.51.100.0/24, via: 10.0.0.1}]}}\n"
        let plan = try host.plan(yaml) { $0.facts = facts }
        #expect(plan.refusals.map(\.kind) == [.session])
        #expect(plan.refusals.first?.message.contains("changes the way to 198.51.100.7") == true)
    }

    // MARK: Leave

    @Test func `a link is made anew only with leave, or where it is named`() throws {
        var host = try HostModel(nics: ["ens37"])
        func file(_ id: Int) -> String {
            "version: 1\nvlans: {web: {parent: ens37, id: \(id)}}\nbridges: {br0: {ports: [web]}}\n"
        }
        try host.apply(file(10))
        try host.foreign("vnet0", master: "br0")
        let plan = try host.plan(file(11)) { $0.mayRecreate = .none }
        #expect(plan.refusals.map(\.kind) == [.recreation])
        #expect(plan.refusals[0].message.contains("a VLAN's id cannot change"))
        #expect(plan.refusals[0].message.contains("an outage until step 2 for vnet0"))
        #expect(plan.steps[0].impact.impact == .outage && plan.steps[0].impact.means == .recreated && plan.steps[0].impact.untilStep == 2)
        let web = try Self.link("web")
        #expect(try host.plan(file(11)) { $0.mayRecreate = .only([web]) }.refusals == [])
        let other = try Self.link("other")
        #expect(try host.plan(file(11)) { $0.mayRecreate = .only([other]) }.refusals.map(\.kind) == [.recreation])
    }

    @Test func `a link that another program looks after is left alone unless it is to be ignored`() throws {
        let host = try HostModel(nics: ["ens37", "ens38"])
        var facts = HostFacts()
        facts.managers[try Self.link("ens37")] = [LinkManager(name: "NetworkManager", evidence: "a file", remedy: "set it unmanaged")]
        let yaml = "version: 1\nbridges: {br0: {ports: [ens37]}}\n"
        let plan = try host.plan(yaml) { $0.facts = facts }
        #expect(plan.refusals.map(\.kind) == [.manager])
        #expect(plan.refusals[0].message.contains("NetworkManager"))
        #expect(try host.plan(yaml) { $0.facts = facts; $0.ignoresManagers = true }.refusals == [])
        #expect(try host.plan("version: 1\nbridges: {br0: {ports: [ens38]}}\n") { $0.facts = facts }.refusals == [])
    }

    @Test func `an address with a lease does not move in silence`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.address("ens33", "172.16.0.52/16")
        host.network[try Self.link("ens33")]?.addresses?[0].validLifetime = 3600
        let plan = try host.plan(`Plans`.hostBridge)
        #expect(plan.refusals.map(\.kind) == [.manager])
        #expect(plan.refusals[0].message.contains("172.16.0.52/16 on ens33 has a lease"))
        #expect(try host.plan(`Plans`.hostBridge) { $0.ignoresManagers = true }.refusals == [])
    }

    @Test func `a rollback needs no leave`() throws {
        var host = try HostModel(nics: ["ens37"])
        try host.apply("version: 1\nvlans: {web: {parent: ens37, id: 10}}\n")
        let before = host.network
        try host.apply("version: 1\nvlans: {web: {parent: ens37, id: 11}}\n")
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        #expect(Planner.plan(back).refusals == [])
    }
}
