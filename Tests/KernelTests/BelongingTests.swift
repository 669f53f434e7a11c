import Change
import HostNetwork
import Planner
import Testing

/// What belongs to a link that is made anew, or goes down for a change, is there afterwards.
@Suite struct `What belongs to a link` {
    /// Neighbours, forwarding entries, groups and routes as `ip` and `bridge` tell them, without what comes by itself.
    private func facts(_ lab: Lab) throws -> Set<String> {
        var facts = try lab.picture().filter { $0.hasPrefix("route ") || $0.hasPrefix("address ") }
        for neighbour in try lab.json("neigh show nud permanent") + lab.json("-6 neigh show nud permanent") + lab.json("neigh show proxy") {
            facts.insert("neighbour \(neighbour["dev"] ?? "") \(neighbour["dst"] ?? "") \(neighbour["lladdr"] ?? "-")")
        }
        for entry in try lab.bridgeJSON("fdb show") where entry["state"] as? String == "static" {
            facts.insert("fdb \(entry["ifname"] ?? "") \(entry["mac"] ?? "") \(entry["flags"] ?? "")")
        }
        let groups = try Lab.run(["bridge", "-n", lab.name, "mdb", "show"])
        for line in groups.split(separator: "\n") where line.contains("permanent") { facts.insert("group \(line.split(separator: " ").joined(separator: " "))") }
        return facts
    }

    static func vlan(_ id: Int) -> String {
        """
        version: 1
        vlans:
          web: {parent: nic0, id: \(id)}
          net: {parent: nic0, id: \(id + 100), addresses: [192.0.2.1/24, "2001:db8::1/64"]}
        bridges:
          br0: {ports: [web, nic1], addresses: [198.51.100.1/24]}
        """
    }

    @Test func `a VLAN made anew gets back its neighbours, routes, static entries and groups, and what it cannot is named`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.apply(Self.vlan(10))
            try lab.ip(
                """
                neigh add 192.0.2.9 lladdr 02:00:00:00:09:09 dev net nud permanent
                neigh add 2001:db8::9 lladdr 02:00:00:00:09:0a dev net nud permanent
                neigh add proxy 192.0.2.77 dev net
                addr add 192.0.2.2/24 dev net metric 77
                route add 10.5.0.0/16 via 192.0.2.254 dev net table 7 advmss 1200
                route add 10.6.0.0/16 via 192.0.2.254 dev net realm 3
                """)
            try lab.bridge(
                """
                fdb add 02:00:00:00:0a:01 dev web master static
                fdb add 02:00:00:00:0a:02 dev web master static sticky
                mdb add dev br0 port web grp 239.1.1.1 permanent
                mdb add dev br0 port nic1 grp 239.1.1.2 permanent
                """)
            let before = try facts(lab)
            #expect(before.count { $0.hasPrefix("neighbour") } == 3 && before.count { $0.hasPrefix("fdb") } == 2 && before.count { $0.hasPrefix("group") } == 2, "\(before)")
            for id in [11, 12] {
                try lab.apply(Self.vlan(id))
                #expect(Lab.difference(before, try facts(lab)) == [])
            }
            // A qdisc of the link's own goes with it.
            try Lab.run(["tc", "-n", lab.name, "qdisc", "add", "dev", "web", "clsact"])
            try Lab.run(["tc", "-n", lab.name, "qdisc", "add", "dev", "net", "root", "handle", "1:", "pfifo"])
            let notes = Planner.plan(try lab.request(Self.vlan(13))).notes.map { "\($0.link): \($0.message)" }
            #expect(notes.contains("web: filters of its clsact qdisc goes with it and cannot be put back"), "\(notes)")
            #expect(notes.contains("net: its pfifo qdisc goes with it and cannot be put back"), "\(notes)")
        }
    }

    @Test func `a change that fails after a VLAN was made anew puts everything back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.apply(Self.vlan(10))
            try lab.ip("neigh add 192.0.2.9 lladdr 02:00:00:00:09:09 dev net nud permanent\naddr add 203.0.113.1/32 dev nic1")
            try lab.bridge("fdb add 02:00:00:00:0a:01 dev web master static")
            let before = try facts(lab)
            let bad = Self.vlan(11) + "\nroutes: [{to: 10.55.0.0/16, via: 203.0.113.1, link: net, onlink: true}]\n"
            let outcome = try lab.carryOut(try lab.request(bad))
            guard case .rolledBack = outcome else { throw Lab.Failure(description: "\(outcome)") }
            #expect(Lab.difference(before, try facts(lab)) == [])
        }
    }

    @Test func `a bond's mode changes, and neighbours, routes of every table, IPv6 and states above are as before`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            func file(_ mode: Int) -> String {
                """
                version: 1
                bonds: {bond0: {ports: [nic0, nic1], mode: \(mode), miimon: 100, addresses: [192.0.2.1/24, "2001:db8::1/64"]}}
                vlans:
                  web: {parent: bond0, id: 10, addresses: [198.51.100.1/24, "2001:db8:1::1/64"]}
                  off: {parent: bond0, id: 11, up: false}
                """
            }
            try lab.apply(file(1))
            try lab.ip(
                """
                neigh add 192.0.2.9 lladdr 02:00:00:00:09:09 dev bond0 nud permanent
                neigh add 2001:db8:1::9 lladdr 02:00:00:00:09:0a dev web nud permanent
                route add 10.5.0.0/16 via 198.51.100.254 dev web table 7
                route add 2001:db8:5::/48 via 2001:db8::fe dev bond0 metric 9
                route add 10.6.0.0/16 nexthop via 198.51.100.254 dev web nexthop via 192.0.2.254 dev bond0
                """)
            let before = try facts(lab)
            for mode in [0, 6, 2, 1] {
                try lab.apply(file(mode))
                #expect(Lab.difference(before, try facts(lab)) == [], "mode \(mode)")
                #expect((try lab.links()["off"]?["flags"] as? [String])?.contains("UP") == false)
            }
        }
    }
}
