import HostNetwork
import Planner
import Testing
import Topology

/// What belongs to links besides addresses and routes: what a plan puts back of it, and what it says of the rest.
@Suite struct `What belongs to links` {
    /// ens33 has an address, a bridge a port, and both what belongs to them.
    private static func host() throws -> HostModel {
        var host = try HostModel(nics: ["ens33", "ens37"])
        try host.apply("version: 1\nbridges: {br0: {ports: [ens37]}}\n")
        try host.address("ens33", "192.0.2.1/24")
        host.network.belongings = [
            try LinkName("ens33"): Belongings(entries: [try neighbour("192.0.2.254"), try neighbour("198.51.100.7")]),
            try LinkName("ens37"): Belongings(entries: [.forwarding(StaticForwardingEntry(try mac(5), vlan: nil, state: 0x40, flags: 0))]),
            try LinkName("br0"): Belongings(entries: [try neighbour("203.0.113.9")]),
        ]
        return host
    }

    private static func mac(_ number: Int) throws -> MACAddress { try MACAddress("02:00:00:00:00:0\(number)") }

    private static func neighbour(_ address: String) throws -> Belonging { .neighbour(Neighbour(try IPAddress(address), mac: try mac(9))) }

    /// What the last steps put back and take away, by link.
    private static func kept(_ plan: Plan) -> [String] {
        plan.steps.flatMap(\.actions).compactMap { action in
            switch action {
            case .restore(let entry, let link): "\(link) + \(entry.display)"
            case .forget(let entry, let link): "\(link) - \(entry.display)"
            default: nil
            }
        }
    }

    private static func notes(_ plan: Plan) -> [String] { plan.notes.map { "\($0.link): \($0.message)" } }

    @Test func `a MAC address that changes drops neighbours, which are put back by a last step`() throws {
        let plan = try Self.host().plan("version: 1\nethernets: {ens33: {mac: \"02:00:00:00:00:77\"}}\nbridges: {br0: {ports: [ens37]}}\n")
        #expect(Self.kept(plan) == ["ens33 + neighbour 192.0.2.254 at 02:00:00:00:00:09", "ens33 + neighbour 198.51.100.7 at 02:00:00:00:00:09"])
        #expect(plan.steps.last?.subject.text == "ens33" && plan.steps.last?.impact.impact == Impact.none)
        #expect(plan.steps.last?.chunk ?? 0 > plan.steps.first?.chunk ?? 0)
    }

    @Test func `nothing is put back that a plan does not cost`() throws {
        let plan = try Self.host().plan("version: 1\nethernets: {ens33: {txqueuelen: 5}}\nbridges: {br0: {ports: [ens37], ageing_time: 5}}\n")
        #expect(Self.kept(plan) == [] && plan.disturbedLinks == [])
    }

    @Test func `neighbours follow their network to a link that is there already, and go back with it`() throws {
        var host = try Self.host()
        let before = host.network
        let plan = try host.apply("version: 1\nbridges: {br0: {ports: [ens33, ens37], addresses: [192.0.2.1/24]}}\n")
        #expect(plan.disturbedLinks.map(\.text) == ["br0", "ens33"])
        #expect(Self.kept(plan).sorted() == [
            "br0 + neighbour 192.0.2.254 at 02:00:00:00:00:09", "br0 + neighbour 203.0.113.9 at 02:00:00:00:00:09", "ens33 + neighbour 198.51.100.7 at 02:00:00:00:00:09",
        ])
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        let way = Planner.plan(back)
        #expect(Self.kept(way).contains("ens33 + neighbour 192.0.2.254 at 02:00:00:00:00:09"))
        let after = host.network.applying(way.steps.flatMap(\.actions))
        for (name, should) in before.belongings { #expect(Set(after.belongings[name]?.entries ?? []) == Set(should.entries), "\(name)") }
    }

    @Test func `neighbours follow their network from a bridge that goes for good, and go back with it`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.apply("version: 1\nbridges: {br0: {ports: [ens33], addresses: [192.0.2.1/24]}}\n")
        host.network.belongings = [
            try LinkName("br0"): Belongings(entries: [try Self.neighbour("192.0.2.254"), try Self.neighbour("198.51.100.7")]),
            try LinkName("ens33"): Belongings(),
        ]
        let before = host.network
        let plan = try host.apply("version: 1\n") { $0.allowsOutage = true }
        #expect(plan.disturbedLinks.map(\.text) == ["br0", "ens33"])
        // It is for the neighbours alone that such a plan is made twice.
        var request = PlanRequest(wanted: HostNetwork(), actual: before)
        #expect(!plan.isIndifferent(to: request))
        request.actual.belongings[try LinkName("br0")] = Belongings(entries: [.forwarding(StaticForwardingEntry(try Self.mac(5), vlan: nil, state: 0x40, flags: 0, isOfBridge: true))])
        #expect(plan.isIndifferent(to: request))
        #expect(Self.kept(plan) == ["ens33 + neighbour 192.0.2.254 at 02:00:00:00:00:09"])
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        let way = Planner.plan(back)
        let after = host.network.applying(way.steps.flatMap(\.actions))
        #expect(after[try LinkName("br0")] != nil, "\(way.outline) \(way.refusals)")
        for (name, should) in before.belongings { #expect(Set(after.belongings[name]?.entries ?? []) == Set(should.entries), "\(name)") }
    }

    @Test func `a plan that was saved puts back nothing twice, what somebody has added since once, and says what goes once`() throws {
        var host = try Self.host()
        let file = "version: 1\nbridges: {br0: {}, br1: {ports: [ens33, ens37], addresses: [192.0.2.1/24]}}\n"
        var request = PlanRequest(wanted: try Topology.parse(file, file: "t.yaml").network, actual: host.network)
        request.portsPut = host.portsPut
        let plan = Planner.plan(request)
        #expect(Self.kept(plan).contains("br1 + neighbour 192.0.2.254 at 02:00:00:00:00:09"))
        let again = Planner.reassess(plan, request)
        #expect(again.steps == plan.steps && Self.notes(again) == Self.notes(plan) && Self.notes(plan).contains { $0.contains("cannot be put back") })
        host.network.belongings[try LinkName("ens33")]?.entries.append(try Self.neighbour("192.0.2.99"))
        request.actual = host.network
        let later = Planner.reassess(plan, request)
        #expect(Set(Self.kept(later)).subtracting(Self.kept(plan)) == ["br1 + neighbour 192.0.2.99 at 02:00:00:00:00:09"])
        #expect(Set(Self.kept(plan)).isSubset(of: Self.kept(later)) && later.steps.count == plan.steps.count)
        #expect(later.steps.first { $0.subject.text == "br1" && $0.chunk == plan.steps.last?.chunk }?.reason == "neighbours follow their network")
        // What somebody has deleted since is not brought back.
        request.actual.belongings[try LinkName("ens33")]?.entries.removeAll { $0 == (try? Self.neighbour("192.0.2.254")) }
        #expect(Set(Self.kept(later)).subtracting(Self.kept(Planner.reassess(plan, request))) == ["br1 + neighbour 192.0.2.254 at 02:00:00:00:00:09"])
    }

    @Test func `what others have added meanwhile stays on the way back`() throws {
        var host = try Self.host()
        let before = host.network
        host.network.belongings[try LinkName("ens33")]?.entries.append(try Self.neighbour("192.0.2.99"))
        host.network.belongings[try LinkName("ens33")]?.entries.remove(at: 0)
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        #expect(Self.kept(Planner.plan(back)) == ["ens33 + neighbour 192.0.2.254 at 02:00:00:00:00:09"])
    }

    @Test func `what cannot be put back is noted`() throws {
        let plan = try Self.host().plan("version: 1\nbridges: {br0: {}, br1: {ports: [ens37]}}\n")
        #expect(Self.notes(plan).contains("ens37: static FDB entry 02:00:00:00:00:05 goes, and cannot be put back"), "\(Self.notes(plan))")
    }

    @Test func `a way back leaves alone what others have made under the name of weft's, and what they have put on it`() throws {
        var host = try Self.host()
        try host.apply("version: 1\nbridges: {br0: {ports: [ens37], ageing_time: 5}}\nvlans: {br0.7: {parent: br0, id: 7}}\n")
        let before = host.network
        host.network.links[try LinkName("br0")]?.group = 0
        host.network.links[try LinkName("br0")]?.options[.ageingTime] = .number(7700)
        host.network.links[try LinkName("ens37")]?.attachment = .free
        host.network.links[try LinkName("br0.7")] = nil
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        let plan = Planner.plan(back)
        #expect(plan.steps.isEmpty, "\(plan.outline)")
        #expect(plan.refusals.map(\.kind) == [.foreign])
        #expect(plan.refusals.first?.message == "br0 is not the link that weft made: somebody else has made it since, and it stays as it is")
    }
}
