import Change
import Foundation
import HostNetwork
import Planner
import Testing

@Suite struct `The examples on a real kernel` {
    static let names = (try? FileManager.default.contentsOfDirectory(atPath: Lab.examples.path()))?.filter { $0.hasSuffix(".yaml") }.sorted() ?? []
    static let nics = ["ens33", "ens34", "ens35", "ens36", "ens37", "ens38", "ens39", "ens40"]

    @Test func `there are six examples`() {
        #expect(Self.names == ["bond-brvlan.yaml", "brvlan.yaml", "ha-two-bridges.yaml", "host-bridge.yaml", "trunk-range.yaml", "vlan-aware-bridge.yaml"])
    }

    @Test(arguments: names) func `is applied, applied again without a change, and taken away without a trace`(name: String) async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            let before = try lab.picture()
            let yaml = try Lab.example(name)
            try lab.apply(yaml)
            #expect(try lab.picture() != before)
            guard case .nothingToDo = try lab.carryOut(try lab.request(yaml)) else {
                Issue.record("the second time is not a change of nothing")
                return
            }
            try lab.destroy(allowsOutage: true)
            // An address that the file brought is given to the NIC, and is all that is left.
            let left = Lab.difference(before, try lab.picture()).filter { !$0.hasPrefix("+ address ens") && !$0.hasPrefix("+ route ") }
            #expect(left == [])
            #expect(try lab.links().values.allSatisfy { ($0["group"] as? String ?? "default") == "default" })
        }
    }

    @Test func `bond-brvlan makes what ip calls a bond of mode 6 under br1, with VLANs on the bridge`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            try lab.apply(try Lab.example("bond-brvlan.yaml"))
            let links = try lab.links()
            func field(_ link: String, _ path: String...) -> String {
                var value: Any? = links[link]
                for key in path { value = (value as? [String: Any])?[key] }
                return value.map { "\($0)" } ?? "nothing"
            }
            #expect(field("bond0", "linkinfo", "info_data", "mode") == "balance-alb")
            #expect(field("bond0", "linkinfo", "info_data", "miimon") == "100")
            #expect(field("bond0", "master") == "br1")
            for nic in ["ens37", "ens38", "ens39", "ens40"] { #expect(field(nic, "master") == "bond0") }
            for id in [10, 20] {
                #expect(field("br1.\(id)", "link") == "br1")
                #expect(field("br1.\(id)", "linkinfo", "info_data", "id") == "\(id)")
                #expect(field("br1.\(id)", "linkinfo", "info_data", "protocol") == "802.1Q")
                #expect(field("br1.\(id)", "master") == "brvlan-\(id)")
                #expect(field("brvlan-\(id)", "linkinfo", "info_kind") == "bridge")
            }
            for link in ["bond0", "br1", "br1.10", "br1.20", "brvlan-10", "brvlan-20", "ens37"] {
                #expect((links[link]?["flags"] as? [String])?.contains("UP") == true, "\(link)")
                #expect(field(link, "address") == "02:00:00:00:00:05", "\(link)")
            }
            #expect(field("br1", "group") == "2003134068")
            #expect(field("ens37", "group") == "default")
        }
    }

    @Test func `host-bridge takes over the NIC's address and routes, and gives them back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.ip(
                """
                addr add 172.16.0.52/16 broadcast 172.16.255.255 dev ens33
                route add default via 172.16.0.1 dev ens33 proto static
                route add 10.8.0.0/16 via 172.16.0.9 dev ens33 proto static table 100
                """)
            let before = try lab.picture()
            try lab.apply(try Lab.example("host-bridge.yaml"))
            #expect(try lab.json("addr show dev br0").contains { "\($0)".contains("172.16.0.52") })
            #expect(!(try lab.json("-4 addr show dev ens33").contains { "\($0)".contains("172.16.0.52") }))
            let routes = try lab.json("route show table all")
            #expect(routes.contains { $0["dst"] as? String == "default" && $0["dev"] as? String == "br0" && $0["gateway"] as? String == "172.16.0.1" })
            #expect(routes.contains { $0["dst"] as? String == "10.8.0.0/16" && $0["dev"] as? String == "br0" && $0["table"] as? String == "100" })
            #expect(!routes.contains { $0["dev"] as? String == "ens33" && !"\($0)".contains("fe80") && !"\($0)".contains("ff00") })
            #expect(Planner.plan(try lab.request(HostNetwork())).refusals.map(\.kind) == [.outage])
            try lab.destroy(allowsOutage: true)
            #expect(Lab.difference(before, try lab.picture()) == [])
        }
    }

    @Test func `trunk-range makes every VLAN of the range`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            try lab.apply(try Lab.example("trunk-range.yaml"))
            let links = try lab.links()
            for id in [10, 20] + Array(100...119) {
                #expect(links["bond0.\(id)"]?["master"] as? String == "brvlan-\(id)", "\(id)")
            }
        }
    }

    /// Bond options that only `ha-two-bridges` says.
    static let unmanaged = ["xmit_hash_policy", "ad_lacp_rate", "num_peer_notif", "ad_select", "linkinfo info_data primary"]

    static let pairs = names.flatMap { first in names.compactMap { $0 == first ? nil : (first, $0) } }

    @Test(arguments: pairs) func `one applied over another ends as the second applied alone`(first: String, second: String) async throws {
        let yaml = try Lab.example(second)
        var alone: Set<String> = []
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            try lab.apply(yaml)
            alone = try lab.picture()
        }
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            try lab.apply(try Lab.example(first))
            try lab.apply(yaml) { $0.allowsOutage = true }
            // A bridge that went gave its address back to its NIC; that alone is more than the second file says.
            // An option that the first file set and the second does not mention stays, as on any link that exists.
            let differences = Lab.difference(alone, try lab.picture()).filter { line in
                // Mode 6 hands its ports' addresses round by itself.
                !line.contains("address ens") && !(line.contains("link ens") && line.contains(" address ")) && !line.contains(" dev ens") && !Self.unmanaged.contains { line.contains($0) }
            }
            #expect(differences == [])
        }
    }
}
