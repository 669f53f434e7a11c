import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import Testing
import Topology

/// Whether and how links have IPv6, and their further names, judged by `ip` and by the kernel's own settings.
@Suite struct LinkIPv6Tests {
    /// A link's `disable_ipv6` as the kernel shows it in the lab's namespace.
    private static func isOff(_ link: String, _ lab: Lab) throws -> Bool {
        let text = try Lab.run(["ip", "netns", "exec", lab.name, "cat", "/proc/sys/net/ipv6/conf/\(link)/disable_ipv6"])
        return text.first == "1"
    }

    private static func mode(_ link: String, _ lab: Lab) throws -> String? { try lab.links()[link]?["inet6_addr_gen_mode"] as? String }

    private static func addresses(_ link: String, _ lab: Lab) throws -> [String] {
        try lab.json("-6 addr show dev \(link)").flatMap { $0["addr_info"] as? [[String: Any]] ?? [] }.compactMap { $0["local"] as? String }
    }

    private static func goBack(_ lab: Lab, to checkpoint: HostNetwork, _ picture: Set<String>) throws {
        switch try lab.carryOut(try lab.request(checkpoint.asCheckpoint) { $0.isRollback = true }) {
        case .done, .nothingToDo: break
        case .rolledBack(let failure), .notRolledBack(let failure, left: _): Issue.record("the way back failed: \(failure)")
        }
        let difference = Lab.difference(picture, try lab.picture())
        #expect(difference == [])
    }

    @Test func `links of a trunk without IPv6 never have an address, and get it back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            func file(_ ipv6: String) -> String {
                """
                version: 1
                trunks: {ens33: {vlans: [10, 20]\(ipv6)}}
                bridges: {brvlan-20: {ipv6: true, addresses: ["2001:db8::1/64"]}}
                """
            }
            try lab.apply(file(", ipv6: false"))
            for link in ["ens33.10", "brvlan-10", "ens33.20"] {
                #expect(try Self.isOff(link, lab), "\(link)")
                #expect(try Self.addresses(link, lab) == [])
            }
            #expect(try !Self.isOff("brvlan-20", lab))
            #expect(try Self.addresses("brvlan-20", lab).contains("2001:db8::1"))
            var kernel = try lab.connect()
            #expect(try lab.differences("brvlan-10", &kernel) == [])
            // To a file that leaves it alone it is no difference; one that wants it gets it.
            #expect(Planner.plan(try lab.request(file(""))).steps == [])
            try lab.apply(file(", ipv6: true"))
            #expect(try !Self.isOff("brvlan-10", lab))
        }
    }

    @Test func `ports without IPv6 have none after their bond's MTU was too small for it, and on the way back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            func file(_ mtu: Int) -> String { "version: 1\nethernets: {ens33: {ipv6: false}, ens37: {}}\nbonds: {bond0: {ports: [ens33, ens37], mode: 1, miimon: 100, mtu: \(mtu)}}\n" }
            try lab.apply(file(1200))
            let small = try lab.picture()
            var first = try lab.connect()
            let before = try first.snapshot(vlanTables: true)
            try lab.apply(file(1500))
            #expect(try Self.isOff("ens33", lab) && !Self.isOff("ens37", lab))
            try Self.goBack(lab, to: before, small)
            try lab.apply(file(1400))
            let large = try lab.picture()
            var kernel = try lab.connect()
            let usual = try kernel.snapshot(vlanTables: true)
            try lab.apply(file(1200))
            try Self.goBack(lab, to: usual, large)
            #expect(try Self.isOff("ens33", lab) && !Self.isOff("ens37", lab))
        }
    }

    @Test func `where IPv6 was off, the way in which a link makes addresses comes back all the same`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.apply("version: 1\nethernets: {ens33: {ipv6: false}}\n")
            let picture = try lab.picture()
            let before = try lab.request(HostNetwork()).actual
            #expect(try Self.mode("ens33", lab) == "eui64")
            try lab.apply("version: 1\nethernets: {ens33: {ipv6: true, addr_gen_mode: none}}\n")
            #expect(try Self.mode("ens33", lab) == "none")
            try Self.goBack(lab, to: before, picture)
            #expect(try Self.mode("ens33", lab) == "eui64" && Self.isOff("ens33", lab))
        }
    }

    @Test func `on a live link the plan names the addresses that go, and the way back brings them`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.ip("addr add 2001:db8::5/64 dev ens33 nodad\nroute add 2001:db8:9::/48 via 2001:db8::9 dev ens33\naddr add 10.0.0.5/24 dev ens33")
            let picture = try lab.picture()
            let before = try lab.request(HostNetwork()).actual
            let file = "version: 1\nethernets: {ens33: {ipv6: false}}"
            let plan = Planner.plan(try lab.request(file))
            #expect(plan.refusals.map(\.message) == ["ens33 has the host's 2001:db8::5/64, which would go with IPv6"])
            #expect(plan.notes.contains { $0.message.contains("2001:db8::5/64") && $0.message.contains("fe80::") })
            try lab.apply(file) { $0.allowsOutage = true }
            #expect(try Self.isOff("ens33", lab))
            #expect(try Self.addresses("ens33", lab) == [])
            try Self.goBack(lab, to: before, picture)
            #expect(try Self.addresses("ens33", lab).contains("2001:db8::5"))
        }
    }

    @Test func `an address that moves to a bridge has its new home before the NIC loses IPv6`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.ip("addr add 2001:db8::5/64 dev ens33 nodad\nroute add default via 2001:db8::1 dev ens33")
            try lab.apply(
                """
                version: 1
                ethernets: {ens33: {ipv6: false}}
                bridges: {br0: {ports: [ens33], addresses: ["2001:db8::5/64"], gateway: "2001:db8::1"}}
                """)
            #expect(try Self.isOff("ens33", lab))
            #expect(try Self.addresses("br0", lab).contains("2001:db8::5"))
        }
    }

    @Test func `how addresses are made is set before a new link comes up, and changed`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            func file(_ mode: String) -> String { "version: 1\nbridges: {br0: {ports: [ens33], addr_gen_mode: \(mode)}}" }
            try lab.apply(file("none"))
            #expect(try Self.mode("br0", lab) == "none")
            #expect(try Self.addresses("br0", lab) == [])
            try lab.apply(file("random"))
            #expect(try Self.mode("br0", lab) == "random")
            try lab.apply(file("eui64"))
            #expect(try Self.mode("br0", lab) == "eui64")
            // A secret that nobody has set: the kernel refuses, and everything is as it was.
            let outcome = try lab.carryOut(try lab.request(file("stable_secret")))
            guard case .rolledBack = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(try Self.mode("br0", lab) == "eui64")
        }
    }

    @Test func `further names are complete once they are written, move between links, and come back with one that is made anew`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.ip("link property add dev ens33 altname enp3s0")
            func names(_ link: String) throws -> [String] { (try lab.links()[link]?["altnames"] as? [String] ?? []).sorted() }
            func file(_ nic: String, _ vlan: String, id: Int = 10) -> String {
                "version: 1\nethernets: {ens33: {\(nic)}}\nvlans: {v1: {parent: ens33, id: \(id)\(vlan)}}"
            }
            try lab.apply(file("mtu: 1500", ", altnames: [inside, guests]"))
            #expect(try names("v1") == ["guests", "inside"])
            #expect(try names("ens33") == ["enp3s0"])
            let picture = try lab.picture()
            let before = try lab.request(HostNetwork()).actual
            // A name changes hands, and what is not listed goes.
            let plan = Planner.plan(try lab.request(file("altnames: [inside]", ", altnames: [guests]")))
            #expect(plan.notes.contains { $0.message.contains("enp3s0") })
            try lab.apply(file("altnames: [inside]", ", altnames: [guests]"))
            #expect(try names("ens33") == ["inside"])
            #expect(try names("v1") == ["guests"])
            try lab.apply(file("altnames: [inside]", "", id: 11))
            #expect(try names("v1") == ["guests"])
            try Self.goBack(lab, to: before, picture)
            #expect(try names("ens33") == ["enp3s0"])
        }
    }

    @Test func `a link that is given an IPv6 address has IPv6, whoever switched it off`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            try lab.apply("version: 1\nbridges: {br0: {ipv6: false}}\nvlans: {web: {parent: nic0, id: 10, ipv6: false}}\n")
            let addressed = "version: 1\nbridges: {br0: {addresses: [\"2001:db8::1/64\"]}}\nvlans: {web: {parent: nic0, id: 11, addresses: [\"2001:db8:1::1/64\"]}}\n"
            // One that changes, and one that is made anew.
            try lab.apply(addressed)
            for name in ["br0", "web"] {
                #expect(try Lab.run(["ip", "netns", "exec", lab.name, "cat", "/proc/sys/net/ipv6/conf/\(name)/disable_ipv6"]) == "0\n")
            }
        }
    }
}
