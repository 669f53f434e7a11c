import HostNetwork
import Planner
import TestSupport
import Testing
import Topology

@Suite struct `What a change can touch` {
    /// Plans a file, and takes out of the host what the plan can touch.
    private static func part(_ host: HostModel, _ yaml: String, _ adjust: (inout PlanRequest) -> Void = { _ in }) throws -> TouchedPart {
        TouchedPart(of: host.network, touchedBy: try host.plan(yaml, adjust))
    }

    private static func names(_ links: some Sequence<LinkName>) -> [String] { links.sorted().map(\.text) }

    private static func trunk(_ count: Int, _ rest: String = "") -> String {
        "version: 1\nbonds: {bond0: {ports: [ens33, ens37], mode: 1, miimon: 100\(rest)}}\ntrunks: {bond0: {vlans: [1-\(count)]}}\n"
    }

    private static func host(_ yaml: String) throws -> HostModel {
        var host = try HostModel(nics: ["ens33", "ens37", "ens38"])
        try host.address("ens38", "172.16.0.52/16")
        try host.route("ens38", to: "0.0.0.0/0", via: "172.16.0.1")
        try host.apply(yaml)
        return host
    }

    @Test func `VLANs that are added to a trunk touch themselves and their bridges, whatever else hangs there`() throws {
        let part = try Self.part(try Self.host(Self.trunk(50)), Self.trunk(52))
        #expect(Self.names(part.links) == ["bond0.51", "bond0.52", "brvlan-51", "brvlan-52"])
        #expect(part.network.links.isEmpty && part.network.routes.isEmpty)
    }

    @Test func `a port that enters a bond touches all that lies on the bond`() throws {
        let host = try Self.host(Self.trunk(3))
        let part = try Self.part(host, Self.trunk(3).replacing("ens37]", with: "ens37, ens38]")) { $0.allowsOutage = true }
        #expect(Self.names(part.links) == ["bond0", "bond0.1", "bond0.2", "bond0.3", "brvlan-1", "brvlan-2", "brvlan-3", "ens33", "ens37", "ens38"])
        #expect(part.network.links == host.network.links)
        #expect(part.network.routes == host.network.routes)
    }

    @Test func `an option of a bridge touches its ports, and not what lies on them`() throws {
        let file = "version: 1\nbonds: {bond0: {ports: [ens33], mode: 1}}\nbridges: {br0: {ports: [bond0]}}\nvlans: {v5: {parent: bond0, id: 5}, v6: {parent: br0, id: 6}}\n"
        let host = try Self.host(file)
        let part = try Self.part(host, file.replacing("[bond0]}", with: "[bond0], ageing_time: 20}"))
        #expect(Self.names(part.links) == ["bond0", "br0", "v6"])
    }

    @Test func `a route touches the link that its key has been at, and rules and blackholes are always there`() throws {
        var host = try Self.host("version: 1\n")
        try host.route("ens37", to: "10.0.0.0/8", via: "172.16.0.9")
        var blackhole = Route(to: try IPNetwork("10.9.0.0/16"), link: nil)
        blackhole.type = 6
        host.network.routes.append(blackhole)
        host.network.rules = [Rule(.ipv4, priority: 100, .lookup(table: 200))]
        let part = try Self.part(host, "version: 1\nethernets: {ens33: {addresses: [172.17.0.1/16], routes: [{to: 10.0.0.0/8, via: 172.17.0.9}]}}\n")
        #expect(Self.names(part.links) == ["ens33", "ens37"])
        #expect(part.network.routes == host.network.routes.filter { $0.link?.text == "ens37" || $0.link == nil })
        #expect(part.network.rules == host.network.rules)
        #expect(part.restored(in: host.network).routes.count == host.network.routes.count)
    }

    @Test func `what others have done elsewhere stays, and what they put on a link that was not there goes with it`() throws {
        let before = try Self.host(Self.trunk(3))
        var host = before
        let part = TouchedPart(of: before.network, touchedBy: try host.apply(Self.trunk(4)))
        try host.foreign("other", kind: .other("dummy"))
        try host.foreign("macvlan0", kind: .other("macvlan"), parent: "brvlan-4")
        try host.foreign("ipvlan0", kind: .other("ipvlan"), parent: "macvlan0")
        try host.foreign("vnet0", master: "brvlan-4")
        try host.foreign("vnet1", master: "brvlan-3")
        host.network[try LinkName("brvlan-2")]?.mtu = 1400
        let restored = part.restored(in: host.network)
        #expect(Self.names(Set(restored.links.keys).symmetricDifference(before.network.links.keys)) == ["other", "vnet0", "vnet1"])
        #expect(restored[try LinkName("vnet0")]?.attachment == .free)
        #expect(restored[try LinkName("vnet1")]?.master?.text == "brvlan-3")
        #expect(restored[try LinkName("brvlan-2")]?.mtu == 1400)
    }

    @Test func `wherever a change between any two topologies is cut off, its part leads back to the whole`() throws {
        let files = (4000..<4400).map { RandomTopology.yaml(seed: $0) }.filter { (try? Topology.parse($0, file: "t.yaml")) != nil }
        var generator = SeededGenerator(seed: 4000)
        var kept = 0
        var all = 0
        for (first, second) in zip(files, files.dropFirst()) {
            var host = try HostModel(nics: RandomTopology.nics)
            try host.apply(first) { $0.allowsOutage = true }
            let before = host.network
            let plan = try host.plan(second) { $0.allowsOutage = true }
            let part = TouchedPart(of: before, touchedBy: plan)
            let actions = plan.steps.flatMap(\.actions)
            let now = before.applying(actions.prefix(Int.random(in: 0...actions.count, using: &generator)))
            let restored = part.restored(in: now)
            let isWhole = restored.links == before.links && Set(restored.routes) == Set(before.routes) && restored.rules == before.rules && restored.bridgeVLANs == before.bridgeVLANs
            #expect(isWhole, "\(first)\(second)")
            kept += part.network.links.count
            all += before.links.count
        }
        #expect(kept < all)
    }

    @Test func `what others have made since under a free name stays as it is, with its ports`() throws {
        let former = try Self.host("version: 1\n")
        var host = former
        let part = try Self.part(host, "version: 1\nbridges: {br0: {}}\n")
        try host.foreign("br0", kind: .bridge)
        try host.foreign("x0", kind: .other("dummy"), master: "br0")
        #expect(part.restored(in: host.network) == host.network)
        var made = former
        try made.apply("version: 1\nbridges: {br0: {}}\n")
        #expect(part.restored(in: made.network).links == former.network.links)
    }
}
