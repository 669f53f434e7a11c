import Foundation
import HostNetwork
import Planner
import Testing
import Topology

/// Situations that other configurators test, in files of weft's: from each to the next, nothing left to do, and back the whole way
/// without a trace. More of them stand in PeerSituations.swift.
@Suite struct `Situations that other programs test` {
    struct Situation: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var before = ""
        let files: [String]
        /// What `ip -d link` tells after each file: link, and a path of keys to a value.
        var facts: [[String]] = []

        init(_ name: String, before: String = "", _ files: [String], _ facts: [[String]] = []) {
            testDescription = name
            self.before = before
            self.files = files
            self.facts = facts
        }
    }

    static func bond(_ name: String, _ ports: String, _ options: String = "mode: 1, miimon: 100") -> String {
        "\(name): {ports: [\(ports)], \(options)}"
    }

    static func bonds(_ bonds: String...) -> String { "bonds: {\(bonds.joined(separator: ", "))}" }

    /// The addresses of `ens1` and `ens2`.
    static let first = "02:00:00:00:00:01"
    static let second = "02:00:00:00:00:02"

    static let situations: [Situation] = [
        // Bonds and their ports.
        Situation(
            "two bonds swap all of their ports",
            [
                bonds(bond("b0", "ens1, ens2"), bond("b1", "ens3", "mode: 4, miimon: 100")),
                bonds(bond("b0", "ens3"), bond("b1", "ens1, ens2", "mode: 4, miimon: 100")),
            ],
            [["ens1 master b0", "ens3 master b1", "b0 address \(first)"], ["ens1 master b1", "ens2 master b1", "ens3 master b0", "b1 address \(first)"]]),
        Situation(
            "bonds swap their ports below VLANs with addresses and routes",
            [
                bonds(bond("b0", "ens1"), bond("b1", "ens2")) + "\nvlans: {v10: {parent: b0, id: 10, addresses: [10.0.0.1/24, \"2001:db8::1/64\"], gateway: 10.0.0.254}}",
                bonds(bond("b0", "ens2"), bond("b1", "ens1")) + "\nvlans: {v10: {parent: b0, id: 10, addresses: [10.0.0.1/24, \"2001:db8::1/64\"], gateway: 10.0.0.254}}",
            ],
            [[], ["ens1 master b1", "v10 address \(second)"]]),
        Situation(
            "a bond takes another port's address as the port that it has it from leaves", [bonds(bond("b0", "ens1, ens2")), bonds(bond("b0", "ens2"))],
            [["b0 address \(first)"], ["b0 address \(second)"]]),
        Situation(
            "a bond is replaced by one of another name and mode over its ports",
            [bonds(bond("b0", "ens1, ens2", "mode: 4, miimon: 100, lacp_rate: fast")), bonds(bond("b1", "ens1, ens2", "mode: 5, miimon: 100"))]),
        Situation(
            "a bond's mode changes to one that does not know its options, and back",
            [
                bonds(bond("b0", "ens1, ens2", "mode: 4, miimon: 100, lacp_rate: fast, ad_select: count, ad_actor_sys_prio: 7")),
                bonds(bond("b0", "ens1, ens2", "mode: 0, miimon: 140, packets_per_slave: 4")),
                bonds(bond("b0", "ens1, ens2", "mode: 4, miimon: 100")),
            ]),
        Situation(
            "a bond goes from ARP monitoring to a mode that has none",
            [
                bonds(bond("b0", "ens1, ens2", "mode: 1, arp_interval: 100, arp_ip_target: [192.0.2.1], arp_validate: all")),
                bonds(bond("b0", "ens1, ens2", "mode: 4, miimon: 100")),
                bonds(bond("b0", "ens1, ens2", "mode: 2, arp_interval: 300, arp_ip_target: [192.0.2.1]")),
            ]),
        Situation(
            "a bond's primary port is set, changed, taken back, and goes",
            ["primary: ens1", "primary: ens2", "primary: none", "primary: ens1"].map { bonds(bond("b0", "ens1, ens2", "mode: 1, miimon: 100, \($0)")) }
                + [bonds(bond("b0", "ens2", "mode: 1, miimon: 100, primary: ens2"))],
            [["b0 info_data.primary ens1"], ["b0 info_data.primary ens2"], ["b0 info_data.primary none"]]),
        Situation(
            "a bond's fail_over_mac goes through its values",
            ["none", "active", "follow", "active", "none"].map { bonds(bond("b0", "ens1, ens2", "mode: 1, miimon: 100, fail_over_mac: \($0)")) }),
        Situation(
            "a bond whose address is its active port's loses all of its ports",
            [bonds(bond("b0", "ens1, ens2", "mode: 1, miimon: 100, fail_over_mac: active")), bonds(bond("b0", "", "mode: 1, miimon: 100, fail_over_mac: active"))]),
        Situation("two bridges swap their ports", ["bridges: {br0: {ports: [ens1, ens2]}, br1: {ports: [ens3]}}", "bridges: {br0: {ports: [ens3]}, br1: {ports: [ens2, ens1]}}"]),
        Situation(
            "a port of a filtering bridge goes below a bond that takes its place",
            [
                "bridges: {br0: {vlan_filtering: true, ports: [{name: ens1, access: 10}]}}",
                bonds(bond("b0", "ens1")) + "\nbridges: {br0: {vlan_filtering: true, ports: [{name: b0, access: 10}]}}",
            ]),
        Situation(
            "the default VLAN changes without filtering, with it, and to none",
            ["vlan_default_pvid: 5", "vlan_filtering: true, vlan_default_pvid: 6", "vlan_default_pvid: 0", "vlan_default_pvid: default"].map {
                "bridges: {br0: {ports: [ens1], \($0)}}"
            }),
        Situation(
            "a bridge with others' ports gets one of its own", before: "link add veth0 type veth peer name veth1\nlink add br0 type bridge\nlink set br0 up\nlink set veth0 master br0 up",
            ["bridges: {br0: {ports: [ens1]}}", "bridges: {br0: {ports: [{name: veth0, state: absent}, ens1]}}"],
            [["veth0 master br0", "ens1 master br0"], ["veth0 master none"]]),
        // VLANs.
        Situation(
            "the MTUs of two VLANs and of their parent go up and down",
            [(1500, 1400, 1500), (9000, 9000, 1500), (2000, 2000, 1999), (1400, 1300, 1400)].map { base, first, second in
                "ethernets: {ens1: {mtu: \(base)}}\nvlans: {v10: {parent: ens1, id: 10, mtu: \(first)}, v20: {parent: ens1, id: 20, mtu: \(second)}}"
            }),
        Situation(
            "a VLAN's parent is another, and another kind",
            [
                "vlans: {v10: {parent: ens1, id: 10, addresses: [10.0.0.1/24]}}", "vlans: {v10: {parent: ens2, id: 10, addresses: [10.0.0.1/24]}}",
                bonds(bond("b0", "ens1")) + "\nvlans: {v10: {parent: b0, id: 10, addresses: [10.0.0.1/24]}}",
                "bridges: {br0: {ports: [ens1]}}\nvlans: {v10: {parent: br0, id: 10, addresses: [10.0.0.1/24]}}",
            ]),
        Situation(
            "a stack of tags grows, changes its lower tag, and shrinks",
            [
                "vlans: {s: {parent: ens1, id: 100, protocol: 802.1ad}}",
                "vlans: {s: {parent: ens1, id: 100, protocol: 802.1ad}, c: {parent: s, id: 10, addresses: [10.0.0.1/24]}}",
                "vlans: {s: {parent: ens1, id: 200, protocol: 802.1ad}, c: {parent: s, id: 10, addresses: [10.0.0.1/24]}}",
                "vlans: {s: {parent: ens1, id: 200}, c: {parent: s, id: 11, addresses: [10.0.0.1/24]}}", "vlans: {s: {parent: ens1, id: 200}}",
            ]),
    ]

    @Test(arguments: situations + bondSituations + bridgeSituations + vlanSituations)
    func `from each file to the next, and back`(_ situation: Situation) async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens1", "ens2", "ens3"])
            if !situation.before.isEmpty { try lab.ip(situation.before) }
            var stations = [try `Random pairs of topologies on a real kernel`.Station(lab)]
            for (place, file) in situation.files.enumerated() {
                try lab.apply("version: 1\n\(file)\n") { $0.allowsOutage = true }
                if situation.facts.indices.contains(place) {
                    for fact in situation.facts[place] { #expect(try Self.holds(fact, lab), "\(fact) after \(file)") }
                }
                stations.append(try `Random pairs of topologies on a real kernel`.Station(lab))
            }
            for station in stations.dropLast().reversed() {
                let problem = try station.goBack(lab)
                #expect(problem == nil)
                #expect(Lab.difference(station.picture, try lab.picture()) == [])
            }
        }
    }

    /// Whether `ip` says so: `ens1 master br0`, `b0 info_data.primary none`.
    private static func holds(_ fact: String, _ lab: Lab) throws -> Bool {
        let words = fact.split(separator: " ").map { String($0) }
        let link = try #require(try lab.links()[words[0]])
        let path = words[1].split(separator: ".").map { String($0) }
        var object: [String: Any] = path.count == 1 ? link : (link["linkinfo"] as? [String: Any])?[path[0]] as? [String: Any] ?? [:]
        let value = object.removeValue(forKey: path[path.count - 1])
        if let list = value as? [String] { return list.sorted().joined(separator: ",") == words[2] }
        return value.map { "\($0)" } ?? "none" == words[2]
    }
}
