import Change
import Foundation
import HostNetwork
import Planner
import Testing

@Suite struct `Changes on a real kernel` {
    static func bond(_ options: String, ports: String = "[ens37, ens38]") -> String {
        "version: 1\nbonds:\n  bond0: {ports: \(ports), \(options)}\ntrunks:\n  bond0: {vlans: [10]}\n"
    }

    @Test func `a bond's mode changes without deleting it, and its VLANs' routes come back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37", "ens38"])
            try lab.apply(Self.bond("mode: active-backup, miimon: 100, primary: ens38"))
            try lab.ip(
                """
                addr add 10.1.0.1/24 dev bond0.10
                addr add 2001:db8:1::1/64 dev bond0.10 nodad
                route add 10.2.0.0/16 via 10.1.0.254 dev bond0.10 proto static table 7
                route add 2001:db8:2::/48 via 2001:db8:1::2 dev bond0.10 proto static
                """)
            let index = try lab.links()["bond0"]?["ifindex"] as? Int
            let address = try lab.links()["bond0"]?["address"] as? String
            try lab.apply(Self.bond("mode: 802.3ad, miimon: 100, lacp_rate: fast"))
            let links = try lab.links()
            #expect(links["bond0"]?["ifindex"] as? Int == index)
            #expect(links["bond0"]?["address"] as? String == address)
            #expect("\(links["bond0"] ?? [:])".contains("802.3ad"))
            for nic in ["ens37", "ens38"] { #expect(links[nic]?["master"] as? String == "bond0") }
            #expect(try lab.json("route show table 7").contains { $0["dst"] as? String == "10.2.0.0/16" })
            #expect(try lab.json("-6 route show").contains { $0["dst"] as? String == "2001:db8:2::/48" })
            #expect(try lab.json("-6 addr show dev bond0.10").contains { "\($0)".contains("2001:db8:1::1") })
        }
    }

    @Test func `an option for which the bond must be down changes, and the bond is up again`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37", "ens38"])
            try lab.apply(Self.bond("mode: 4, miimon: 100"))
            try lab.apply(Self.bond("mode: 4, miimon: 100, lacp_rate: fast"))
            let bond = try lab.links()["bond0"]
            #expect("\(bond ?? [:])".contains("fast"))
            #expect((bond?["flags"] as? [String])?.contains("UP") == true)
        }
    }

    @Test func `a NIC goes from bridge to bond to bridge, and is up each time`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37", "ens38"])
            let files = [
                "version: 1\nbridges: {br0: {ports: [ens37]}}\n",
                "version: 1\nbonds: {bond0: {ports: [ens37, ens38], mode: 1, miimon: 100}}\n",
                "version: 1\nbonds: {bond1: {ports: [ens38], mode: 2, miimon: 100}}\nbridges: {br1: {ports: [ens37]}}\n",
                "version: 1\nbonds: {bond1: {ports: [ens37], mode: 2, miimon: 100}}\nbridges: {br1: {ports: [ens38, bond1]}}\n",
                "version: 1\n",
            ]
            for file in files {
                try lab.apply(file)
                for nic in ["ens37", "ens38"] {
                    #expect((try lab.links()[nic]?["flags"] as? [String])?.contains("UP") == true, "\(nic) after \(file)")
                }
            }
            #expect(try lab.links().keys.sorted() == ["ens37", "ens38", "lo"])
        }
    }

    @Test func `a VLAN's id and protocol change by making it anew on a bridge that stays`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37"])
            func file(_ more: String) -> String {
                "version: 1\nvlans: {web: {parent: ens37, \(more)}}\nbridges: {br0: {ports: [web], addresses: [10.5.0.1/24]}}\n"
            }
            try lab.apply(file("id: 10"))
            let bridge = try lab.links()["br0"]?["ifindex"] as? Int
            try lab.apply(file("id: 11"))
            try lab.apply(file("id: 11, protocol: 802.1ad"))
            let links = try lab.links()
            #expect(links["br0"]?["ifindex"] as? Int == bridge)
            #expect("\(links["web"] ?? [:])".contains("802.1ad"))
            #expect(links["web"]?["master"] as? String == "br0")
            #expect(try lab.json("addr show dev br0").contains { "\($0)".contains("10.5.0.1") })
        }
    }

    @Test func `a tap on a bridge of weft's stays through every change of the bridge, and keeps it from being destroyed`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37"])
            try lab.apply("version: 1\ntrunks: {ens37: {vlans: [10]}}\n")
            try lab.ip("tuntap add dev vnet0 mode tap\nlink set vnet0 up master brvlan-10")
            try lab.apply("version: 1\ntrunks: {ens37: {vlans: [10, 20]}}\nbridges: {brvlan-10: {stp: true, forward_delay: 4}}\n")
            #expect(try lab.links()["vnet0"]?["master"] as? String == "brvlan-10")
            let plan = Planner.plan(try lab.request(HostNetwork()))
            #expect(plan.refusals.contains { $0.message.contains("vnet0") })
        }
    }

    @Test func `a foreign link that lies on one of weft's keeps it from being destroyed, unless it is named`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37"])
            try lab.apply("version: 1\ntrunks: {ens37: {vlans: [10]}}\n")
            try lab.ip("link add macvlan0 link brvlan-10 type macvlan")
            #expect(Planner.plan(try lab.request(HostNetwork())).refusals.map(\.link.text) == ["macvlan0"])
            let name = try LinkName("macvlan0")
            _ = try lab.carryOut(try lab.request(HostNetwork()) { $0.takeAlong = [name] })
            #expect(try lab.links().keys.sorted() == ["ens37", "lo"])
        }
    }

    @Test func `a NIC's whole layer 3 moves onto a bridge over a bond: secondaries, both families, routes of every table`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens34"])
            try lab.ip(
                """
                addr add 172.16.0.52/16 dev ens33
                addr add 172.16.0.53/16 dev ens33
                addr add 2001:db8::5/64 dev ens33 nodad
                route add default via 172.16.0.1 dev ens33 metric 100 proto dhcp src 172.16.0.52
                route add 10.0.0.0/8 via 172.16.0.2 dev ens33 table 77
                route add default via 2001:db8::1 dev ens33
                route add 2001:db8:5::/48 via fe80::1 dev ens33
                """)
            try lab.apply(
                """
                version: 1
                bonds: {bond0: {ports: [ens33, ens34], mode: 1, miimon: 100}}
                bridges:
                  br0: {ports: [bond0], addresses: [172.16.0.52/16, 172.16.0.53/16, 2001:db8::5/64], gateway: [172.16.0.1, 2001:db8::1]}
                """)
            let facts = try lab.picture()
            #expect(facts.filter { $0.hasPrefix("address br0") }.count == 3)
            #expect(!facts.contains { $0.hasPrefix("address ens33") })
            let routes = facts.filter { $0.hasPrefix("route") }
            for destination in ["dst default gateway 172.16.0.1", "dst 10.0.0.0/8", "dst default gateway 2001:db8::1", "dst 2001:db8:5::/48"] {
                #expect(routes.contains { $0.contains("dev br0") && $0.contains(destination) }, "\(destination) in \(routes)")
            }
            #expect(!routes.contains { $0.contains("dev ens33") })
        }
    }

    @Test func `a bridge keeps the MTU that the file says, whatever its ports have`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens34"])
            try lab.ip("link set ens34 mtu 2000")
            for mtu in [1400, 9000, 1500] {
                try lab.apply("version: 1\nbridges: {br0: {ports: [ens33], mtu: \(mtu)}}\n")
                #expect(try lab.links()["br0"]?["mtu"] as? Int == mtu)
                try lab.apply("version: 1\nbridges: {br0: {ports: [ens33, ens34], mtu: \(mtu)}}\n")
                #expect(try lab.links()["br0"]?["mtu"] as? Int == mtu)
                try lab.destroy()
                // One that is there already, and that nobody has set an MTU of.
                try lab.apply("version: 1\nbridges: {br0: {ports: []}}\n")
                try lab.apply("version: 1\nbridges: {br0: {ports: [ens34], mtu: \(mtu)}}\n")
                #expect(try lab.links()["br0"]?["mtu"] as? Int == mtu)
                try lab.destroy()
            }
        }
    }

    @Test func `a port is not taken from a foreign bridge that carries the host or others`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens34"])
            try lab.ip(
                """
                link add foo type bridge
                link set foo up
                link set ens33 master foo
                addr add 172.16.0.52/16 dev foo
                link add bar type bridge
                link set ens34 master bar
                tuntap add dev vnet0 mode tap
                link set vnet0 master bar
                """)
            let before = try lab.picture()
            for (nic, user) in [("ens33", "172.16.0.52"), ("ens34", "vnet0")] {
                let refusals = Planner.plan(try lab.request("version: 1\nbridges: {br0: {ports: [\(nic)]}}\n")).refusals
                #expect(refusals.count == 1 && refusals[0].kind == .outage && refusals[0].message.contains(user), "\(refusals)")
            }
            #expect(Planner.plan(try lab.request(try Lab.example("host-bridge.yaml"))).refusals.count == 2)
            #expect(Lab.difference(before, try lab.picture()) == [])
        }
    }

    @Test func `an address changes within its prefix, and the routes stay`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37"])
            func file(_ address: String, _ gateway: String = "10.0.0.1") -> String {
                """
                version: 1
                bridges:
                  br0:
                    ports: [ens37]
                    addresses: [\(address)]
                    gateway: \(gateway)
                    routes: [{to: 10.7.0.0/16, via: 10.0.0.9, table: 100}]

                """
            }
            try lab.apply(file("10.0.0.5/24"))
            try lab.ip("route add 10.9.0.0/16 via 10.0.0.3 dev br0")
            for (address, gateway) in [("10.0.0.6/24", "10.0.0.1"), ("10.0.0.6/24, 10.0.0.5/24", "10.0.0.2"), ("10.0.0.5/24", "10.0.0.2")] {
                try lab.apply(file(address, gateway))
                let routes = try lab.picture().filter { $0.hasPrefix("route") }
                for word in ["dst default gateway \(gateway)", "dst 10.7.0.0/16", "dst 10.9.0.0/16"] {
                    #expect(routes.contains { $0.contains(word) }, "\(word) with \(address)")
                }
            }
        }
    }

    @Test func `VLANs swap their ids, and pass them on in a row`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37"])
            func file(_ a: Int, _ b: Int) -> String {
                "version: 1\nvlans: {a: {parent: ens37, id: \(a), addresses: [10.1.0.1/24]}, b: {parent: ens37, id: \(b)}}\nbridges: {br0: {ports: [b]}}\n"
            }
            for (a, b) in [(10, 20), (20, 10), (10, 30), (30, 40)] {
                try lab.apply(file(a, b))
                let ids = try ["a", "b"].map { name in
                    ((try lab.links()[name]?["linkinfo"] as? [String: Any])?["info_data"] as? [String: Any])?["id"] as? Int
                }
                #expect(ids == [a, b])
            }
        }
    }

    @Test func `a bond's delays are what the file says after miimon changed`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37"])
            for miimon in [100, 50, 200, 100] {
                try lab.apply("version: 1\nbonds: {bond0: {ports: [ens37], mode: 1, miimon: \(miimon), updelay: 200, downdelay: 400}}\n")
            }
        }
    }

    @Test func `an adopted host's ports are given back when it is destroyed`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38"])
            try lab.ip(
                """
                link add br0 type bridge
                link set br0 up
                link set ens33 master br0
                addr add 172.16.0.52/16 dev br0
                route add default via 172.16.0.1 dev br0
                link add bond0 type bond mode active-backup miimon 100
                link set ens37 down
                link set ens37 master bond0
                link set bond0 up
                """)
            let file = """
                version: 1
                bonds: {bond0: {ports: [ens37], mode: 1, miimon: 100}}
                bridges: {br0: {ports: [ens33], addresses: [172.16.0.52/16], gateway: 172.16.0.1}}

                """
            #expect(try `The commands on a real kernel`.weft("adopt", "-", "--netns", lab.name, "--yes", input: file).status == 0)
            try lab.apply(file.replacing("[ens37]", with: "[ens38]"))
            #expect(try lab.links()["ens37"]?["master"] == nil)
            #expect(Planner.plan(try lab.request(HostNetwork())).refusals.map(\.kind) == [.outage])
            try lab.destroy(allowsOutage: true)
            let facts = try lab.picture()
            #expect(facts.contains { $0.hasPrefix("address ens33 172.16.0.52") })
            #expect(facts.contains { $0.hasPrefix("route dev ens33 dst default gateway 172.16.0.1") })
            for nic in ["ens33", "ens37", "ens38"] { #expect(facts.contains { $0.hasPrefix("link \(nic) flags") && $0.contains("UP") }, "\(nic)") }
        }
    }

    @Test func `what the host speaks over is not switched off, and its only way out not lost, unasked`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            try lab.ip("addr add 172.16.0.52/16 dev ens33\nroute add default via 172.16.0.1 dev ens33")
            #expect(Planner.plan(try lab.request("version: 1\nethernets: {ens33: {up: false}}\n")).refusals.map(\.kind) == [.outage])
            try lab.apply(try Lab.example("host-bridge.yaml"))
            let forgotten = Planner.plan(try lab.request("version: 1\nbridges: {br0: {ports: [ens33]}}\n"))
            #expect(forgotten.refusals.map(\.kind) == [.outage])
        }
    }

    @Test func `a primary address goes without its secondaries`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            func file(_ addresses: String) -> String { "version: 1\nethernets: {ens33: {addresses: [\(addresses)]}}\n" }
            try lab.apply(file("10.0.0.1/24, 10.0.0.2/24, 10.0.0.3/24"))
            try lab.ip("addr add 10.0.0.9/24 dev ens33")
            try lab.apply(file("10.0.0.3/24"))
            let addresses = try lab.picture().filter { $0.hasPrefix("address") }.map { $0.split(separator: " ")[2] }.sorted()
            #expect(addresses == ["10.0.0.3", "10.0.0.9"])
        }
    }

    @Test func `what the kernel refuses in the middle leaves the host as it was`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38"])
            try lab.ip("addr add 172.16.0.52/16 dev ens33\nroute add default via 172.16.0.1 dev ens33 proto static")
            try lab.apply("version: 1\nbonds: {bond0: {ports: [ens37, ens38], mode: 1, miimon: 100}}\ntrunks: {bond0: {vlans: [10]}}\n")
            let before = try lab.picture()
            // A route whose gateway is out of reach passes every check here, and fails as the last of many steps.
            let request = try lab.request(
                """
                version: 1
                bonds: {bond0: {ports: [ens38], mode: 4, miimon: 50}}
                bridges: {br0: {ports: [ens33, ens37], addresses: [172.16.0.52/16], gateway: 172.16.0.1}}
                trunks: {bond0: {vlans: [20]}}
                """
            ) { request in
                var route = Route(to: .everything(.ipv4), via: .v4(0x0a63_0001), link: request.wanted.sortedLinks.first { $0.name.text == "br0" }?.name)
                route.table = 9
                request.wanted.routes.append(route)
            }
            let outcome = try lab.carryOut(request)
            guard case .rolledBack(let failure) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(failure.description.contains("Nexthop has invalid gateway"), "\(failure)")
            #expect(Lab.difference(before, try lab.picture()) == [])
        }
    }
}
