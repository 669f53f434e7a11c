import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import Testing

/// A change that fails at its last step, after everything else was done: what comes back, as `ip` tells it.
@Suite struct `Rolling back on a real kernel` {
    typealias Commands = `The commands on a real kernel`

    /// Carries a file out with a route besides that no check refuses and the kernel does, and compares before and after.
    static func expectReturn(
        in lab: Lab, from yaml: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try lab.picture()
        let request = try lab.request(yaml) { request in
            request.allowsOutage = true
            request.ignoresManagers = true
            var route = Route(to: .everything(.ipv4), via: .v4(0x0a63_0001), link: request.wanted.sortedLinks.first { $0.kind == .bridge }?.name)
            route.table = 9
            request.wanted.routes.append(route)
        }
        let outcome = try lab.carryOut(request)
        guard case .rolledBack(let failure) = outcome else {
            Issue.record("\(outcome)", sourceLocation: sourceLocation)
            return
        }
        #expect(failure.description.contains("Nexthop has invalid gateway"), "\(failure)", sourceLocation: sourceLocation)
        let difference = Lab.difference(before, try lab.picture())
        #expect(difference == [], sourceLocation: sourceLocation)
    }

    @Test func `an address of NetworkManager's comes back with the routes that rest on its own prefix route`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            try lab.ip(
                """
                addr add 172.16.0.52/16 dev ens33 noprefixroute valid_lft 3600 preferred_lft 3600
                route add 172.16.0.0/16 dev ens33 proto kernel scope link src 172.16.0.52 metric 100
                route add default via 172.16.0.1 dev ens33 proto dhcp src 172.16.0.52 metric 100
                route add 10.0.0.0/8 via 172.16.0.9 dev ens33 proto static metric 100
                """)
            try Self.expectReturn(
                in: lab, from: "version: 1\nbridges: {br0: {ports: [ens33, ens37], addresses: [172.16.0.52/16], gateway: 172.16.0.1}}\n")
            let address = try lab.json("addr show dev ens33").first?["addr_info"] as? [[String: Any]]
            let life = address?.first { $0["local"] as? String == "172.16.0.52" }?["valid_life_time"] as? Int
            #expect((3000...3600).contains(life ?? 0))
        }
    }

    @Test func `a NIC's MAC, MTU, queue and description come back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38"])
            try lab.ip("link set ens33 txqueuelen 500 mtu 1400 alias uplink\nlink set ens38 address 02:00:00:00:00:99")
            try Self.expectReturn(
                in: lab,
                from: """
                    version: 1
                    ethernets:
                      ens33: {mac: "02:00:00:00:00:77", mtu: 1500, txqueuelen: 1000, description: changed}
                    bonds: {bond0: {ports: [ens38, ens37], mode: 1, miimon: 100}}
                    bridges: {br0: {ports: [bond0]}}
                    """)
        }
    }

    @Test func `a foreign bridge's port comes back with its options, and routes of every kind do`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38"])
            try lab.ip(
                """
                link add br9 type bridge stp_state 0 ageing_time 60000
                link set br9 up
                link set ens37 master br9
                link set ens37 type bridge_slave cost 17 priority 5 hairpin on learning off
                addr add 192.0.2.1/24 dev ens33 label ens33:1
                addr add 192.0.2.2/24 dev ens33
                addr add 2001:db8::1/64 dev ens33 nodad
                addr add 198.51.100.1/24 dev ens38
                route add 203.0.113.0/24 nexthop via 192.0.2.9 dev ens33 weight 1 nexthop via 198.51.100.9 dev ens38 weight 3
                route add blackhole 10.9.0.0/16 proto static
                route add 10.8.0.0/16 via 192.0.2.9 dev ens33 table 7 proto bird mtu 1300
                route add 192.0.4.0/24 dev ens33 proto static
                route add 10.7.0.0/16 via 192.0.4.9 dev ens33 proto static
                route add 2001:db8:5::/48 via 2001:db8::9 dev ens33 proto static metric 77
                """)
            try Self.expectReturn(
                in: lab,
                from: """
                    version: 1
                    bonds: {bond0: {ports: [ens33], mode: 1, miimon: 100}}
                    bridges:
                      br0: {ports: [bond0, ens37], addresses: [192.0.2.1/24, "2001:db8::1/64"]}
                    """)
        }
    }

    @Test(arguments: [
        ("p0, p1, p2], mode: 5, miimon: 100", "p1, p2], mode: 5, miimon: 100"), ("p0, p1, p2], mode: 5, miimon: 100", "p0, p1, p2], mode: 5, miimon: 100, mac: \"02:11:22:33:44:55\""),
        ("p0, p1], mode: 6, miimon: 100", "p1], mode: 6, miimon: 100"), ("p0, p1], mode: 1, miimon: 100", "p0, p1], mode: 1, miimon: 100, active_slave: p1"),
        ("p0, p1], mode: 1, miimon: 100, fail_over_mac: active", "p0, p1], mode: 1, miimon: 100, fail_over_mac: active, active_slave: p1"),
        ("p0, p1], mode: 1, miimon: 100, active_slave: p1", "p0, p1], mode: 5, miimon: 100"), ("p1, p0], mode: 1, miimon: 100", "p0], mode: 1, miimon: 100"),
        ("p0, p1], mode: 5, miimon: 100, active_slave: p1", "p0, p1], mode: 1, miimon: 100"),
    ]) func `a bond has its active port again, and its ports their addresses`(before: String, after: String) async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["p0", "p1", "p2"])
            try lab.apply("version: 1\nbonds: {bond0: {ports: [\(before)}}\n")
            func facts() throws -> Set<String> {
                Set(try lab.links().filter { ["bond0", "p0", "p1", "p2"].contains($0.key) }.map { "\($0.key) has \($0.value["address"] ?? "")" }).union([
                    try Lab.run(["ip", "netns", "exec", lab.name, "grep", "Currently Active", "/proc/net/bonding/bond0"])
                ])
            }
            let picture = try facts()
            #expect(picture.count == 5)
            try Self.expectReturn(in: lab, from: "version: 1\nbonds: {bond0: {ports: [\(after)}}\n")
            let difference = Lab.difference(picture, try facts())
            #expect(difference == [])
        }
    }

    @Test func `a port's path cost comes back where the change has set it, though the kernel might have given either by the link's speed`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.apply("version: 1\nbridges: {br0: {ports: [{name: ens33, path_cost: 5}]}}\n")
            try Self.expectReturn(in: lab, from: "version: 1\nbridges: {br0: {ports: [{name: ens33, path_cost: 19}]}}\n")
            let port = try lab.json("-d link show dev ens33").first?["linkinfo"] as? [String: Any]
            #expect((port?["info_slave_data"] as? [String: Any])?["cost"] as? Int == 5)
        }
    }

    @Test func `a bond's mode changes, and multipath routes and routes by other routes come back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37", "ens38"])
            func file(_ mode: String) -> String {
                "version: 1\nbonds: {bond0: {ports: [ens37, ens38], mode: \(mode), miimon: 100}}\nvlans: {v10: {parent: bond0, id: 10}, v20: {parent: bond0, id: 20}}\n"
            }
            try lab.apply(file("1"))
            try lab.ip(
                """
                addr add 192.0.2.1/24 dev v10
                addr add 198.51.100.1/24 dev v20
                route add 203.0.113.0/24 nexthop via 192.0.2.9 dev v10 weight 1 nexthop via 198.51.100.9 dev v20 weight 3
                route add 203.0.114.0/24 dev v10 proto static
                route add 10.0.0.0/8 via 203.0.114.1 dev v10 proto static
                """)
            func routes() throws -> Set<String> { try lab.picture().filter { $0.hasPrefix("route") } }
            let before = try routes()
            try lab.apply(file("4"))
            let difference = Lab.difference(before, try routes())
            #expect(difference == [])
        }
    }

    @Test func `what others do meanwhile to links that the change does not touch stays, and what is missing there is told`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38"])
            try lab.ip("addr add 198.51.100.9/24 dev ens38")
            let request = try lab.request("version: 1\nbridges: {br0: {ports: [ens33], mtu: 1400}}\n") { request in
                request.wanted.routes.append(Route(to: .everything(.ipv4), via: .v4(0x0a63_0001), link: nil))
            }
            var kernel = try lab.connect()
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            let outcome = try Transaction(request: request, plan: Planner.plan(request)).carryOut(
                on: &kernel, directory: directory, caution: Caution(settle: 0),
                progress: { _, _ in _ = try? lab.ip("link set ens37 mtu 1300 alias theirs\naddr replace 192.0.2.9/24 dev ens37\naddr flush dev ens38") })
            guard case .notRolledBack(_, let left) = outcome else { throw Lab.Failure(description: "\(outcome)") }
            #expect(left == ["ens38 has lost 198.51.100.9/24, which this change does not touch"])
            let links = try lab.links()
            #expect(links["br0"] == nil && links["ens33"]?["master"] == nil)
            #expect(links["ens37"]?["mtu"] as? Int == 1300 && links["ens37"]?["ifalias"] as? String == "theirs")
            #expect(try lab.json("addr show dev ens37").first.map { "\($0)".contains("192.0.2.9") } == true)
        }
    }

    @Test func `a veth that somebody moved to another bridge stays there`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37"])
            try lab.ip("link add web type veth peer name inner\nlink set web up\nlink add br9 type bridge")
            let file = "version: 1\nbridges: {br0: {ports: [ens37, web]}}\n"
            try lab.apply(file)
            try lab.ip("link set web master br9")
            try lab.apply("version: 1\nbridges: {br0: {ports: [ens37]}}\n")
            #expect(try lab.links()["web"]?["master"] as? String == "br9")
            try lab.apply(file)
            try lab.apply("version: 1\nbridges: {br0: {ports: [ens37]}}\n")
            #expect(try lab.links()["web"]?["master"] == nil)
        }
    }

    @Test func `weft rollback --to goes back over a bridge's filtering, with the VLANs that others have let through`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            let words = ["-", "--netns", lab.name, "--yes", "--settle", "0"]
            for filtering in [true, false] {
                let done = try Commands.weft(["apply"] + words, input: "version: 1\nbridges: {br0: {ports: [nic0], vlan_filtering: \(filtering)}}\n")
                #expect(done.status == 0, "\(done)")
                if filtering { try lab.bridge("vlan add dev nic0 vid 10") }
            }
            let back = try Commands.weft(["rollback", "--to", "2", "--netns", lab.name, "--yes", "--settle", "0"])
            #expect(back.status == 0, "\(back)")
            let table = try lab.bridgeJSON("vlan show dev nic0").flatMap { $0["vlans"] as? [[String: Any]] ?? [] }.compactMap { $0["vlan"] as? Int }
            #expect(table == [1, 10])
            #expect((try lab.links()["br0"]?["linkinfo"] as? [String: Any]).map { "\($0)".contains("\"vlan_filtering\": 1") } == true)
        }
    }
}
