import Foundation
import HostNetwork
import Netlink
import Testing

/// What the kernel is read into, against what `ip -d -j` says of the same network.
@Suite struct NetlinkSnapshotTests {
    /// Something of everything: a bond, VLANs, a plain and a filtering bridge, strangers' links, addresses and routes.
    private func build(_ lab: Lab) throws {
        try lab.nics(["ens33", "ens37", "ens38", "ens39"])
        try lab.ip(
            """
            link add bond0 type bond mode active-backup miimon 100 primary_reselect better
            link set ens37 master bond0
            link set ens38 master bond0
            link set bond0 type bond primary ens38
            link set bond0 up
            link add bond9 type bond mode balance-rr arp_interval 200 arp_ip_target 10.0.0.1,10.0.0.2 arp_validate all
            link add link bond0 name bond0.10 type vlan id 10 gvrp on loose_binding on
            link add link bond0 name bond0.20 mtu 1400 type vlan proto 802.1ad id 20 reorder_hdr off
            link add br0 type bridge stp_state 1 forward_delay 400 ageing_time 6000 priority 4096
            link add br1 type bridge vlan_filtering 1
            link set bond0.10 master br0
            link set bond0.10 type bridge_slave cost 17 hairpin on isolated on priority 12
            link set ens39 master br1 alias "to the stage" group 4242
            link set ens33 txqueuelen 77 address 02:00:00:00:aa:01
            link add veth0 type veth peer name veth1
            link add link ens33 name macvlan0 type macvlan mode bridge
            link set bond0.10 up
            link set br0 up
            link set br1 up
            link set ens39 up
            link set ens33 up
            addr add 172.16.0.52/16 brd + dev br0
            addr add 172.16.0.53/16 dev br0 label br0:second
            addr add 192.0.2.1/32 peer 192.0.2.9/32 dev ens33
            addr add 10.5.0.1/24 dev ens33 valid_lft 3000 preferred_lft 2000
            addr add fd00:1::1/64 dev br0 nodad
            addr add fd00:2::1/64 dev ens33 nodad valid_lft 3000 preferred_lft 2000
            route add default via 172.16.0.1 dev br0
            route add default via 172.16.0.2 dev br0 metric 50 table 100 proto static
            route add 10.9.0.0/16 proto 119 nexthop via 172.16.0.3 dev br0 weight 2 nexthop via 10.5.0.9 dev ens33 weight 3
            route add 10.10.0.0/16 via 192.0.2.77 dev ens33 onlink src 172.16.0.52 mtu 1300
            route add 10.11.0.1 dev ens33 scope link
            route add blackhole 10.8.0.0/24
            route add unreachable 10.8.1.0/24 table 1000
            route add 10.12.0.0/16 via inet6 fd00:1::9 dev br0
            route add fd00:9::/64 via fd00:1::9 dev br0 metric 77 mtu 1400
            route add fd00:a::/64 proto 119 nexthop via fd00:1::9 dev br0 weight 1 nexthop via fd00:2::9 dev ens33 weight 4
            route add blackhole fd00:8::/64
            route add default via fd00:1::1:1 dev br0 expires 600
            """)
        try lab.bridge(
            """
            vlan add dev ens39 vid 10-20
            vlan add dev ens39 vid 30 pvid untagged
            vlan add dev br1 vid 100 self
            """)
    }

    @Test func `a snapshot says what ip says of every link`() async throws {
        try await Lab.with { lab in
            try build(lab)
            var kernel = try KernelConnection.open(in: lab.namespace)
            let differences = try lab.settledDifferences {
                let network = try kernel.snapshot()
                let judged = try lab.links()
                #expect(judged.count > 12)
                #expect(Set(network.links.keys.map(\.text)) == Set(judged.keys))
                return network.sortedLinks.flatMap { NetlinkJudge.differences($0, judged[$0.name.text] ?? [:]) }
            }
            #expect(differences == [])
        }
    }

    @Test func `of links that are alike but for one option, each is read as it is`() async throws {
        try await Lab.with { lab in
            try lab.ip((1...6).map { "link add br\($0) type bridge" }.joined(separator: "\n"))
            try lab.ip((1...6).map { "link add port\($0) master br1 type dummy" }.joined(separator: "\n"))
            try lab.ip((1...4).map { "link add bond\($0) type bond mode active-backup miimon 100" }.joined(separator: "\n"))
            try lab.ip(
                """
                link set br3 type bridge ageing_time 700
                link set br4 type bridge mcast_snooping 0
                link set port2 type bridge_slave hairpin on
                link set port5 type bridge_slave cost 9
                link add nic1 type dummy
                link add nic2 type dummy
                link set nic1 master bond1
                link set nic2 master bond3
                link set bond1 type bond primary nic1
                link set bond3 type bond primary nic2
                link set bond4 type bond arp_ip_target 10.0.0.1
                link add link bond1 name bond1.10 type vlan id 10
                link add link bond1 name bond1.11 type vlan id 11
                link add link bond2 name bond2.11 type vlan id 11 gvrp on
                """)
            var kernel = try KernelConnection.open(in: lab.namespace)
            let differences = try lab.settledDifferences {
                let network = try kernel.snapshot()
                let judged = try lab.links()
                return network.sortedLinks.flatMap { NetlinkJudge.differences($0, judged[$0.name.text] ?? [:]) }
            }
            #expect(differences == [])
            let network = try kernel.snapshot()
            #expect(try (1...4).map { network[try LinkName("bond\($0)")]?.options[.primary] } == [
                .link(try LinkName("nic1")), nil, .link(try LinkName("nic2")), nil,
            ])
        }
    }

    @Test func `kinds, parents and masters are told as what they are`() async throws {
        try await Lab.with { lab in
            try build(lab)
            var kernel = try KernelConnection.open(in: lab.namespace)
            let network = try kernel.snapshot()
            func link(_ name: String) throws -> Link { try #require(network[try LinkName(name)]) }
            #expect(try link("lo").kind == .loopback)
            #expect(try link("ens33").kind == .other("dummy"))
            #expect(try link("bond0").kind == .bond)
            #expect(try link("bond0").bondMode == .activeBackup)
            #expect(try link("bond0").options[.primary] == .link(try LinkName("ens38")))
            #expect(try link("bond0").activePort == LinkName("ens38"))
            #expect(try link("bond9").options[.primary] == nil)
            #expect(try link("bond0.10").parent == LinkName("bond0"))
            #expect(try link("bond0.10").attachment == .port(of: try LinkName("br0")))
            #expect(try link("bond0").attachment == .free)
            // A veth's peer lies beside it, not below.
            #expect(try link("veth0").parent == nil)
            #expect(try link("macvlan0").parent == LinkName("ens33"))
            #expect(try link("veth0").addresses == [])
        }
    }

    @Test func `a link whose lower link is in another namespace has no parent`() async throws {
        try await Lab.with { lab in
            try await Lab.with { other in
                // The parent's index belongs to another link over there.
                try lab.ip("link add ens33 index 7 type dummy\nlink add link ens33 name macvlan0 index 8 type macvlan")
                try other.ip("link add bystander index 7 type dummy")
                try lab.ip("link set macvlan0 netns \(other.name)")
                var kernel = try KernelConnection.open(in: other.namespace)
                let network = try kernel.snapshot()
                #expect(network[try LinkName("bystander")]?.index == 7)
                #expect(try #require(network[try LinkName("macvlan0")]).parent == nil)
            }
        }
    }

    @Test func `a snapshot says what ip says of every address`() async throws {
        try await Lab.with { lab in
            try build(lab)
            var kernel = try KernelConnection.open(in: lab.namespace)
            var network = HostNetwork()
            let differences = try lab.settledDifferences {
                network = try kernel.snapshot()
                let ours = network.links.values.flatMap { link in
                    (link.addresses ?? []).map { "\(link.name) \(NetlinkJudge.text($0, of: link.name))" }
                }
                let theirs = try lab.json("addr").flatMap { link in
                    (link["addr_info"] as? [[String: Any]] ?? []).map { "\(link["ifname"] ?? "") \(NetlinkJudge.text(addressInfo: $0))" }
                }
                #expect(theirs.count > 8)
                return ours.sorted() == theirs.sorted() ? [] : ["weft: \(ours.sorted())", "ip: \(theirs.sorted())"]
            }
            #expect(differences == [])
            let dynamic = try #require(network[try LinkName("ens33")]?.addresses?.first { $0.network.description == "10.5.0.1/24" })
            #expect(dynamic.isDynamic)
            #expect((2900...3000).contains(try #require(dynamic.validLifetime)))
            #expect((1900...2000).contains(try #require(dynamic.preferredLifetime)))
            let labelled = try #require(network[try LinkName("br0")]?.addresses?.first { $0.network.description == "172.16.0.53/16" })
            #expect(labelled.label == "br0:second")
            #expect(network[try LinkName("br0")]?.addresses?.first { $0.network.description == "172.16.0.52/16" }?.label == nil)
        }
    }

    @Test func `a snapshot says what ip says of every route outside the local table`() async throws {
        try await Lab.with { lab in
            try build(lab)
            var kernel = try KernelConnection.open(in: lab.namespace)
            var network = HostNetwork()
            let differences = try lab.settledDifferences {
                network = try kernel.snapshot()
                let ours = network.routes.map { NetlinkJudge.text($0) }
                let theirs = try lab.json("-d route show table all").filter { $0["table"] as? String != "local" }.map {
                    NetlinkJudge.text(route: $0)
                }
                #expect(theirs.count >= 14)
                return ours.sorted() == theirs.sorted() ? [] : ["weft: \(ours.sorted())", "ip: \(theirs.sorted())"]
            }
            #expect(differences == [])
            // The other one is of the prefix of an address with a lifetime.
            let lasting = network.routes.filter { $0.expires != nil }.sorted { $0.destination < $1.destination }
            #expect(lasting.map(\.destination.description) == ["::/0", "fd00:2::/64"])
            #expect((500...600).contains(try #require(lasting.first?.expires)))
            #expect(network.routes.allSatisfy { !$0.hasUnknownAttributes })
        }
    }

    @Test func `attributes of a route that weft has no word for are kept as they came`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33"])
            try lab.ip(
                """
                link set ens33 up
                addr add 10.0.0.1/24 dev ens33
                route add 10.1.0.0/24 dev ens33 advmss 1000
                route add 10.2.0.0/24 dev ens33 realm 5
                route add 10.3.0.0/24 dev ens33
                """)
            var kernel = try KernelConnection.open(in: lab.namespace)
            let routes = try kernel.snapshot().routes.filter { !$0.otherAttributes.isEmpty }
            #expect(routes.map(\.destination.description).sorted() == ["10.1.0.0/24", "10.2.0.0/24"])
            let before = try lab.bytes("-d route")
            #expect(try kernel.perform(routes.map { .removeRoute($0) }) == [])
            #expect(try lab.bytes("-d route") != before)
            #expect(try kernel.perform(routes.map { .addRoute($0) }) == [])
            #expect(try lab.bytes("-d route") == before)
        }
    }

    @Test func `the VLAN table of a filtering bridge comes as ranges`() async throws {
        try await Lab.with { lab in
            try build(lab)
            var kernel = try KernelConnection.open(in: lab.namespace)
            let network = try kernel.snapshot()
            #expect(
                network.bridgeVLANs[try LinkName("ens39")] == [
                    BridgeVLAN(ids: 1...1, isUntagged: true), BridgeVLAN(ids: 10...20),
                    BridgeVLAN(ids: 30...30, isUntagged: true, isPVID: true),
                ])
            #expect(
                network.bridgeVLANs[try LinkName("br1")] == [
                    BridgeVLAN(ids: 1...1, isUntagged: true, isPVID: true), BridgeVLAN(ids: 100...100),
                ])
        }
    }

    @Test func `a snapshot is one dump of each sort`() async throws {
        try await Lab.with { lab in
            var kernel = try KernelConnection.open(in: lab.namespace)
            _ = try kernel.snapshot()
            #expect(kernel.statistics.dumps == 4)
            #expect(kernel.statistics.messagesSent == 4)
            #expect(kernel.statistics.retakenDumps == 0)
            try lab.ip("link add br1 type bridge vlan_filtering 1")
            _ = try kernel.snapshot()
            #expect(kernel.statistics.dumps == 4 + 5)
        }
    }
}
