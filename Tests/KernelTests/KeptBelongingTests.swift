import Change
import HostNetwork
import Netlink
import Planner
import Testing

/// What the kernel drops of a link that stays, because its MAC address changes, its last IPv4 address goes or its bridge does: it is there
/// after the change, and it is there after the way back.
@Suite struct `What belongs to a link that stays` {
    /// What is there that the kernel keeps beside links, addresses and routes.
    private static func facts(_ lab: Lab) throws -> Set<String> {
        try lab.wholePicture().filter { fact in ["neighbour ", "proxy ", "fdb ", "group ", "setting "].contains { fact.hasPrefix($0) } }
    }

    /// Applies a file, which must end well, and goes back to before it.
    /// - Returns: what was there in between.
    private static func thereAndBack(_ lab: Lab, _ yaml: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Set<String> {
        let before = try lab.wholePicture()
        try lab.apply(yaml) { $0.allowsOutage = true }
        let between = try facts(lab)
        let problem = try lab.rollBackLast()
        #expect(problem == nil, sourceLocation: sourceLocation)
        let difference = Lab.difference(before, try lab.wholePicture())
        #expect(difference == [], sourceLocation: sourceLocation)
        return between
    }

    /// A NIC with an address and permanent neighbours of both families.
    private static func nic(_ lab: Lab) throws {
        try lab.nicsUp(["nic0", "nic1"])
        try lab.ip(
            """
            addr add 192.0.2.1/24 dev nic0
            addr add 2001:db8::1/64 dev nic0 nodad
            route add default via 192.0.2.254
            neigh add 192.0.2.254 lladdr 02:00:00:00:09:09 dev nic0 nud permanent
            neigh add 198.51.100.7 lladdr 02:00:00:00:09:07 dev nic0 nud permanent
            neigh add 2001:db8::fe lladdr 02:00:00:00:09:0a dev nic0 nud permanent
            neigh add proxy 192.0.2.77 dev nic0
            """)
    }

    @Test func `a MAC address that changes costs no permanent neighbour, nor one of a VLAN that follows it`() async throws {
        try await Lab.with { lab in
            try Self.nic(lab)
            try lab.apply("version: 1\nvlans: {web: {parent: nic0, id: 7, addresses: [203.0.113.1/24]}}\n")
            try lab.ip("neigh add 203.0.113.9 lladdr 02:00:00:00:09:0b dev web nud permanent")
            let before = try Self.facts(lab)
            let file = "version: 1\nethernets: {nic0: {mac: \"02:00:00:00:00:77\"}}\nvlans: {web: {parent: nic0, id: 7, addresses: [203.0.113.1/24]}}\n"
            #expect(Lab.difference(before, try Self.thereAndBack(lab, file)) == [])
        }
    }

    @Test func `neighbours follow their network from a NIC to a bridge, and come back with it`() async throws {
        try await Lab.with { lab in
            try Self.nic(lab)
            let file = "version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24, \"2001:db8::1/64\"], gateway: 192.0.2.254}}\n"
            // The bridge is new, and one time it was there before.
            for _ in 0..<2 {
                let between = try Self.thereAndBack(lab, file).filter { $0.hasPrefix("neighbour ") || $0.hasPrefix("proxy ") }
                #expect(between.count { $0.contains("dev br0 ") } == 3, "\(between)")
                #expect(between.count { $0.contains("dev nic0 ") && $0.contains("198.51.100.7") } == 1, "\(between)")
                try lab.apply("version: 1\nbridges: {br0: {ports: [nic1], addresses: [198.51.100.1/24]}}\n")
            }
        }
    }

    @Test func `neighbours follow their network from a bridge that goes to its NIC, also by a saved plan, and come back with it`() async throws {
        try await Lab.with { lab in
            try Self.nic(lab)
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24, \"2001:db8::1/64\"], gateway: 192.0.2.254}}\n")
            let between = try Self.thereAndBack(lab, "version: 1\n").filter { $0.hasPrefix("neighbour ") || $0.hasPrefix("proxy ") }
            #expect(between.count { $0.contains("dev nic0 ") } == 4, "\(between)")
            var request = try lab.request("version: 1\n") { $0.allowsOutage = true }
            let plan = Planner.plan(request)
            var kernel = try lab.connect()
            request.actual.belongings = try kernel.belongings(of: Set(plan.disturbedLinks))
            let saved = Planner.reassess(Planner.plan(request), request)
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            let outcome = try Transaction(request: request, plan: saved).carryOut(on: &kernel, directory: directory)
            guard case .done = outcome else { throw Lab.Failure(description: "\(outcome)") }
            #expect(try Self.facts(lab).filter { $0.hasPrefix("neighbour ") || $0.hasPrefix("proxy ") } == between)
        }
    }

    @Test func `an address that takes the next one of its network along costs no neighbour`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24, 192.0.2.2/24]}}\n")
            try lab.ip("neigh add 192.0.2.9 lladdr 02:00:00:00:09:09 dev br0 nud permanent")
            let before = try Self.facts(lab)
            #expect(Lab.difference(before, try Self.thereAndBack(lab, "version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.2/24]}}\n")) == [])
        }
    }

    @Test func `a bridge that goes and comes back has its ports' static entries, its own, its groups and its settings again`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.ip("tuntap add tap0 mode tap")
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24]}}\n")
            try lab.ip("link set tap0 master br0")
            try lab.furnish()
            let between = try Self.thereAndBack(lab, "version: 1\n")
            #expect(!between.contains { $0.hasPrefix("fdb ") || $0.hasPrefix("group ") }, "\(between)")
        }
    }

    @Test func `what cannot be kept is named before, and what is left out of the file for good is not missed`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            let file = "version: 1\nbridges: {br0: {ports: [nic0]}, br1: {ports: [nic1]}}\n"
            try lab.apply(file)
            try lab.bridge("fdb add 02:00:00:00:0a:01 dev nic0 master static")
            try lab.ip("neigh add 2001:db8::9 lladdr 02:00:00:00:09:0a dev br1 nud permanent")
            let moved = "version: 1\nbridges: {br0: {}, br1: {ports: [nic0, nic1], ipv6: false}}\n"
            let notes = Planner.plan(try lab.request(moved)).notes.map { "\($0.link): \($0.message)" }
            // Without a VLAN the kernel makes one entry for each, and one for none.
            #expect(notes.contains("nic0: static FDB entry 02:00:00:00:0a:01 vlan 1, static FDB entry 02:00:00:00:0a:01 go, and cannot be put back"), "\(notes)")
            #expect(notes.contains("br1: neighbour 2001:db8::9 at 02:00:00:00:09:0a goes, and cannot be put back"), "\(notes)")
            _ = try Self.thereAndBack(lab, moved)
        }
    }

    @Test func `going back leaves alone a link that somebody else has made under the name of weft's`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], ageing_time: 77}}\n")
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], ageing_time: 99}}\n")
            try lab.ip("link del br0\nlink add br0 type bridge\nlink set nic1 master br0")
            let before = try lab.wholePicture()
            let problem = #expect(throws: Lab.Failure.self) { try lab.rollBackLast() }
            #expect(problem?.description.contains("br0 is not the link that weft made") == true)
            #expect(Lab.difference(before, try lab.wholePicture()) == [])
        }
    }

    /// All addresses of both families as `ip` tells them, in its order; of the link-local ones, those that people have set.
    private static func addresses(_ lab: Lab) throws -> [String] {
        try lab.json("addr").flatMap { link in
            (link["addr_info"] as? [[String: Any]] ?? []).filter { ($0["local"] as? String)?.contains("ff:fe") == false }.map {
                "\(link["ifname"] ?? "") \($0["local"] ?? "") \($0["address"] ?? "-")"
            }
        }
    }

    @Test func `addresses with a peer, link-local ones that people set, and the order of IPv6's outlast a link made anew and the way back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            func file(_ id: Int) -> String { "version: 1\nvlans: {web: {parent: nic0, id: \(id), addresses: [\"fe80::5/64\", 192.0.2.1/24]}}\n" }
            try lab.apply(file(7))
            try lab.ip(
                """
                addr add 2001:db8::35 peer 2001:db8::36 dev web nodad
                addr add 2001:db8:1::2/64 dev web nodad
                addr add 2001:db8:1::3/64 dev web nodad
                addr add fe80::1/64 dev web nodad
                route add 2001:db8:9::/48 from 2001:db8:5::/64 via 2001:db8:1::fe dev web
                route add local 203.0.113.0/24 dev web
                route add local 2001:db8:77::/64 dev web
                """)
            let before = try Self.addresses(lab)
            #expect(before.count == 6, "\(before)")
            func locals() throws -> String { try Lab.run(["ip", "-n", lab.name, "-6", "route", "show", "2001:db8:9::/48"]) + Lab.run(["ip", "-n", lab.name, "route", "show", "table", "local", "proto", "boot"]) + Lab.run(["ip", "-n", lab.name, "-6", "route", "show", "table", "local", "proto", "boot"]) }
            let local = try locals()
            #expect(local.contains("203.0.113.0/24") && local.contains("2001:db8:77::/64") && local.contains("from 2001:db8:5::/64"))
            _ = try Self.thereAndBack(lab, file(8))
            #expect(try Self.addresses(lab) == before)
            #expect(try locals() == local)
            try lab.apply(file(9))
            #expect(try Self.addresses(lab) == before)
            #expect(try locals() == local)
        }
    }

    @Test func `a card that was in a bond has its own link-local address again`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            try lab.ip("addr add fe80::1/64 dev nic0 nodad\naddr add 2001:db8::2/64 dev nic0 nodad\naddr add 2001:db8::3/64 dev nic0 nodad")
            let before = try Self.addresses(lab)
            _ = try Self.thereAndBack(lab, "version: 1\nbonds: {bond0: {ports: [nic0], mode: 1, miimon: 100, addresses: [\"2001:db8::2/64\", \"2001:db8::3/64\"]}}\n")
            #expect(try Self.addresses(lab) == before)
        }
    }

    @Test func `what a bond's MTU and MAC address cost its ports, and a card's MTU what lies on it, comes back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            let bond = "version: 1\nbonds: {bond0: {ports: [nic0], mode: 1, miimon: 100"
            try lab.ip("link set nic1 mtu 9000\nlink add mv link nic1 type macvlan mode bridge\nlink set mv up\nlink add f6 link nic1 type vlan id 6\nlink set f6 up")
            try lab.apply(bond + "}}\n")
            try lab.ip(
                """
                neigh add fe80::8 lladdr 02:00:00:00:00:03 dev nic0 nud permanent
                neigh add fe80::8 lladdr 02:00:00:00:00:03 dev mv nud permanent protocol static
                """)
            func set(_ key: String, _ value: Int) throws { _ = try Lab.run(["ip", "netns", "exec", lab.name, "bash", "-c", "echo \(value) >/proc/sys/net/ipv6/conf/\(key)"]) }
            try set("nic0/accept_ra", 0)
            try set("mv/accept_ra", 0)
            try set("f6/mtu", 7000)
            for change in [", mtu: 1200}}\n", ", mac: \"02:11:22:33:44:55\"}}\n", "}}\nethernets: {nic1: {mtu: 1400}}\n", "}}\nethernets: {nic1: {mtu: 1200}}\n"] {
                _ = try Self.thereAndBack(lab, bond + change)
                let settings = try Lab.run(["ip", "netns", "exec", lab.name, "bash", "-c", "cd /proc/sys/net/ipv6/conf; cat {nic0,mv}/accept_ra f6/mtu"])
                #expect(settings == "0\n0\n7000\n", "\(change)")
            }
        }
    }

    @Test func `a card that leaves a VRF goes down for a moment: what it keeps is there afterwards, and so is all on the way back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            try lab.ip(
                """
                link add vrf0 type vrf table 100
                link set vrf0 up
                link set nic0 master vrf0
                link add web link nic0 type vlan id 7
                link set web up
                addr add 192.0.2.1/24 dev nic0
                addr add 2001:db8::1/64 dev nic0 nodad
                addr add 2001:db8:7::1/64 dev web nodad
                route add default via 192.0.2.254 dev nic0 table 100
                route add default via 2001:db8::9 dev nic0 table 100
                route add 2001:db8:8::/48 via 2001:db8:7::9 dev web
                neigh add 2001:db8::9 lladdr 02:00:00:00:09:0a dev nic0 nud permanent
                neigh add 2001:db8:7::9 lladdr 02:00:00:00:09:0b dev web nud permanent
                """)
            let file = "version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24]}}\n"
            let step = Planner.plan(try lab.request(file) { $0.allowsOutage = true }).steps.first { $0.subject.text == "nic0" }
            #expect(step?.impact.reasons.contains { $0.contains("nic0 goes down and comes up again on leaving vrf0") } == true, "\(String(describing: step?.impact))")
            let between = try Self.thereAndBack(lab, file)
            #expect(between.count { $0.hasPrefix("neighbour ") } == 2, "\(between)")
        }
    }

    @Test func `a permanent group comes back for its source alone`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], mcast_igmp_version: 3}}\n")
            try lab.bridge("mdb add dev br0 port nic0 grp 239.1.1.2 src 192.0.2.9 permanent\nmdb add dev br0 port nic0 grp ff15::2 src 2001:db8::9 permanent")
            func groups() throws -> [String] { try Lab.run(["bridge", "-n", lab.name, "-d", "mdb", "show"]).split(separator: "\n").filter { $0.contains("permanent") }.map { $0.split(separator: " ").joined(separator: " ") }.sorted() }
            let before = try groups()
            #expect(before.count == 2 && before.allSatisfy { $0.contains(" src ") }, "\(before)")
            _ = try Self.thereAndBack(lab, "version: 1\n")
            let after = try groups()
            #expect(after == before)
        }
    }

    @Test func `what weft has no option for comes back with links that go, and outlasts a link made anew`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1", "nic2"])
            func file(_ id: Int = 7, nic0 vlans: String = "10, 20", others: String = ", nic1") -> String {
                """
                version: 1
                bridges: {br0: {ports: [{name: nic0, vlans: [\(vlans)]}\(others)], vlan_filtering: true, mcast_vlan_snooping: true, self: {vlans: [10]}}}
                vlans: {web: {parent: nic2, id: \(id), addr_gen_mode: none}}

                """
            }
            try lab.apply(file())
            try lab.ip(
                """
                link set nic0 type bridge_slave backup_port nic1
                link set web gso_max_size 30000 gso_max_segs 30 gro_max_size 40000 arp off multicast off allmulticast on promisc on
                addr add fe80::77/64 dev web
                link set br0 gso_max_segs 31 promisc on
                """)
            try lab.bridge(
                """
                vlan set vid 20 dev nic0 state blocking
                vlan set vid 10 dev nic0 mcast_router 2
                vlan set vid 10 dev br0 self mcast_router 0
                vlan global set vid 10 dev br0 mcast_querier 1 mcast_query_interval 5000
                fdb add 02:00:00:00:0a:01 dev nic1 master extern_learn
                fdb add 02:fb:00:00:00:01 dev web self
                """)
            func rest() throws -> [String] {
                let commands = ["ip -n \(lab.name) -d link show web", "ip -n \(lab.name) -6 addr show dev web", "ip -n \(lab.name) -d link show nic0", "bridge -n \(lab.name) fdb show dev web", "ip -n \(lab.name) -d link show br0"]
                let words = try commands.flatMap { try Lab.run(["bash", "-c", $0]).split(whereSeparator: \.isWhitespace).map { String($0) } }
                let told: Set<Substring> = ["NOARP", "ALLMULTI", "PROMISC", "30000", "40000", "30", "31", "backup_port", "fe80::77/64", "02:fb:00:00:00:01"]
                return words.flatMap { $0.split { "<>,".contains($0) } }.filter { told.contains($0) }.map { String($0) }
            }
            let there = try rest()
            #expect(there.count == 16, "\(there)")
            let before = try Self.facts(lab)
            #expect(before.contains { $0.contains("02:00:00:00:0a:01") }, "\(before)")
            _ = try Self.thereAndBack(lab, "version: 1\n")
            #expect(try rest() == there)
            _ = try Self.thereAndBack(lab, file(8))
            #expect(try rest() == there)
            // A VLAN that its ports lose and get again, and a port that leaves which another one has for its backup.
            for other in [file(nic0: "10"), file(nic0: ""), file(others: "")] { _ = try Self.thereAndBack(lab, other) }
            #expect(try rest() == there)
        }
    }

    @Test func `a VLAN's flag that differed from its parent's is as usual on another one, and nothing is missed`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.ip("link set nic0 multicast on\nlink set nic1 multicast on")
            try lab.apply("version: 1\nvlans: {v2: {parent: nic0, id: 10}}\n")
            try lab.ip("link set nic0 multicast off")
            try lab.apply("version: 1\nvlans: {v2: {parent: nic1, id: 20}}\n") { $0.mayRecreate = .all }
            #expect(try Lab.run(["ip", "-n", lab.name, "link", "show", "v2"]).contains("MULTICAST"))
            try lab.ip("link set v2 multicast off")
            try lab.apply("version: 1\nvlans: {v2: {parent: nic0, id: 20}}\n") { $0.mayRecreate = .all }
            #expect(try !Lab.run(["ip", "-n", lab.name, "link", "show", "v2"]).contains("MULTICAST"))
        }
    }

    @Test func `an IPv6 token outlasts a VLAN made anew, and an MTU that is too small for IPv6`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            func file(_ id: Int, _ more: String = "") -> String { "version: 1\nvlans: {web: {parent: nic0, id: \(id)\(more)}}\n" }
            try lab.apply(file(7))
            // The lab's cards do without ARP, and what does so takes no token.
            try lab.ip("link set web arp on\ntoken set ::5 dev web")
            for other in [file(8), file(7, ", mtu: 1200"), "version: 1\n"] {
                _ = try Self.thereAndBack(lab, other)
                #expect(try Lab.run(["ip", "-n", lab.name, "token", "get", "dev", "web"]) == "token ::5 dev web\n", "\(other)")
            }
            try lab.apply(file(9))
            #expect(try Lab.run(["ip", "-n", lab.name, "token", "get", "dev", "web"]) == "token ::5 dev web\n")
        }
    }

    @Test func `what nobody can put back is named by the plan, and by the way back, which was not entirely one`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0]}}\nvlans: {web: {parent: nic1, id: 7, addresses: [192.0.2.1/24]}}\n")
            try lab.ip(
                """
                nexthop add id 7 via 192.0.2.254 dev web
                route add 198.51.100.0/24 nhid 7
                """)
            try Lab.run(["tc", "-n", lab.name, "qdisc", "add", "dev", "br0", "root", "handle", "1:", "pfifo"])
            let request = try lab.request("version: 1\n") { $0.allowsOutage = true }
            var kernel = try lab.connect()
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            let outcome = try Transaction(request: request, plan: Planner.plan(request))
                .carryOut(on: &kernel, directory: directory, caution: Caution(settle: 0, confirmWithin: 100))
            guard case .done = outcome else { throw Lab.Failure(description: "\(outcome)") }
            let journal = Journal(in: directory)
            let back = Recovery.goBack(from: try #require(try journal.unfinished()), because: "asked for", in: journal, on: &kernel)
            guard case .notRolledBack(_, let left) = back else { throw Lab.Failure(description: "\(back)") }
            #expect(left == [
                "br0 has lost its pfifo qdisc, which nobody can put back",
                "the route 198.51.100.0/24 via 192.0.2.254 dev web has lost its next hop object, which nobody can put back",
            ])
        }
    }
}
