import Foundation
import HostNetwork
import Testing

/// Bridges that go and come back below running domains, on a real libvirtd.
@Suite(.serialized) struct `Guests' taps come back to a replaced bridge` {
    typealias Program = `The commands on a real kernel`

    private static let file = """
        version: 1
        trunks: {ens37: {vlans: [10]}}
        bridges: {br0: {vlan_filtering: true}}

        """

    private func weft(_ domains: DomainLab, _ words: String..., input: String? = nil) throws -> Program.Run {
        try Program.weft(words + ["--netns", domains.lab.name], input: input, environment: ["LIBVIRT_DEFAULT_URI": domains.uri])
    }

    /// How a tap is a port, as `ip` and `bridge` tell it.
    private func port(_ tap: String, _ domains: DomainLab) throws -> [String] {
        let link = try #require(try domains.lab.links()[tap])
        let data = (link["linkinfo"] as? [String: Any])?["info_slave_data"] as? [String: Any] ?? [:]
        let options = ["hairpin", "isolated", "cost", "priority", "flood", "learning", "guard", "mcast_flood"].map { "\($0) \(data[$0] ?? "-")" }
        let tables = try domains.lab.bridgeJSON("vlan show").filter { $0["ifname"] as? String == tap }.map { entry in
            let vlans = entry["vlans"] as? [[String: Any]] ?? []
            return vlans.map { "\($0["vlan"] ?? "")-\($0["vlanEnd"] ?? "")\($0["flags"] ?? "")" }.joined(separator: " ")
        }
        return ["master \(link["master"] ?? "-")"] + options + tables
    }

    @Test func `bridges that weft took away come back with their guests, options and VLANs, and the gap is told`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try domains.lab.ip("link add ens37 address 02:00:00:00:00:01 type dummy")
            #expect(try weft(domains, "apply", "-", "--yes", input: Self.file).status == 0)
            try domains.make([
                ("one", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10")]),
                ("two", .paused, [.init(mac: "52:54:00:00:00:02", bridge: "br0")]),
            ])
            let taps = try domains.snapshot().members.compactMap { $0.interface.live?.target }
            #expect(taps.count == 2)
            for tap in taps { try domains.lab.ip("link set \(tap) type bridge_slave hairpin on isolated on cost 77 priority 9 flood off learning off") }
            try domains.lab.bridge("vlan del dev \(taps[1]) vid 1\nvlan add dev \(taps[1]) vid 20 pvid untagged\nvlan add dev \(taps[1]) vid 30-40")
            let before = try taps.map { try port($0, domains) }
            #expect(before[0].contains("hairpin 1") || before[0].contains("hairpin true"), "\(before)")

            let destroy = try weft(domains, "destroy", "--all", "--yes", "--allow-outage", "--confirm-within", "300s", "--detach")
            #expect(destroy.status == 0 && destroy.output.contains("! one 52:54:00:00:00:01"), "\(destroy)")
            #expect(try domains.lab.links()["br0"] == nil)
            let back = try weft(domains, "rollback")
            #expect(back.status == 0 && back.output.contains("2 of 2 VM ports restored"), "\(back)")
            #expect(try taps.map { try port($0, domains) } == before)

            // Undone by the change itself: nobody answers at the probe's address any more.
            try domains.lab.ip("link set lo up\naddr add 192.0.2.1/24 dev br0")
            let failed = try weft(domains, "destroy", "--all", "--yes", "--allow-outage", "--json", "--probe", "ping:192.0.2.1")
            #expect(failed.status == 3, "\(failed)")
            let document = try #require(try JSONSerialization.jsonObject(with: Data(failed.output.utf8)) as? [String: Any])
            let ports = (document["result"] as? [String: Any])?["vm_ports"] as? [String: Any]
            #expect(ports?["total"] as? Int == 2 && ports?["restored"] as? Int == 2 && ports?["longest_gap_ms"] as? Int != nil, "\(failed)")
            #expect(try taps.map { try port($0, domains) } == before)
        }
    }

    @Test func `twelve guests on one bridge come back to it, each with its own options and VLANs, whatever takes them off it`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try domains.lab.ip("link add ens37 address 02:00:00:00:00:01 type dummy")
            let file = "version: 1\nbridges: {br0: {vlan_filtering: true, ports: [{name: ens37, trunk: [10-30]}]}}\n"
            #expect(try weft(domains, "apply", "-", "--yes", input: file).status == 0)
            try domains.make(
                (0..<3).map { number in
                    ("vm\(number)", .paused, (0..<4).map { .init(mac: "52:54:00:00:0\(number):0\($0)", bridge: "br0") })
                })
            let taps = try domains.snapshot().members.compactMap { $0.interface.live?.target }
            #expect(taps.count == 12)
            // No two are alike.
            let flags = ["hairpin", "isolated", "flood", "learning", "guard", "mcast_flood"]
            try domains.lab.ip(
                taps.enumerated().map { place, tap in
                    let bits = flags.enumerated().map { "\($1) \(place >> ($0 % 4) & 1 == 1 ? "on" : "off")" }.joined(separator: " ")
                    return "link set \(tap) type bridge_slave \(bits) cost \(50 + place) priority \(place)"
                }.joined(separator: "\n"))
            try domains.lab.bridge(
                taps.enumerated().flatMap { place, tap in
                    ["vlan del dev \(tap) vid 1", "vlan add dev \(tap) vid \(10 + place) pvid untagged", "vlan add dev \(tap) vid 24-\(25 + place % 4)"]
                }.joined(separator: "\n"))
            let before = try taps.map { try port($0, domains) }
            #expect(Set(before).count == 12, "\(before)")

            // An option that a bridge takes only while it has no ports: in one step they leave and come back.
            let counting = file.replacing("vlan_filtering: true,", with: "vlan_filtering: true, vlan_stats_per_port: true,")
            let change = try weft(domains, "apply", "-", "--yes", input: counting)
            #expect(change.status == 0 && change.output.contains(#/12 of 12 VM ports restored, longest gap \d+ ms\./#), "\(change)")
            #expect(try taps.map { try port($0, domains) } == before)
            #expect(try weft(domains, "plan", "-", input: counting).status == 0)

            // The bridge itself is deleted, and made anew by another weft, which has not heard when they lost it.
            let destroy = try weft(domains, "destroy", "--all", "--yes", "--allow-outage", "--confirm-within", "300s", "--detach")
            #expect(destroy.status == 0, "\(destroy)")
            #expect(try domains.lab.links()["br0"] == nil)
            let back = try weft(domains, "rollback")
            #expect(back.status == 0 && back.output.contains("12 of 12 VM ports restored."), "\(back)")
            #expect(try taps.map { try port($0, domains) } == before)
        }
    }

    @Test func `bridges that somebody else made anew get their guests back by weft vm repair, and by the next apply`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try domains.lab.ip("link add ens37 address 02:00:00:00:00:01 type dummy")
            #expect(try weft(domains, "apply", "-", "--yes", input: Self.file).status == 0)
            try domains.make([
                ("one", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10")]),
                ("two", .paused, [.init(mac: "52:54:00:00:00:02", bridge: "brvlan-10")]),
            ])
            let taps = try domains.snapshot().members.compactMap { $0.interface.live?.target }
            try domains.lab.ip("link del brvlan-10\nlink add brvlan-10 type bridge\nlink set brvlan-10 up")
            let repair = try weft(domains, "vm", "repair", "--yes")
            #expect(repair.status == 0 && repair.output.contains("2 of 2 VM ports restored."), "\(repair)")
            for tap in taps { #expect(try domains.master(of: tap) == "brvlan-10") }

            // The file names no domain, and the bridge is made and its ports put in with one call.
            try domains.lab.ip("link del brvlan-10")
            let plan = try weft(domains, "plan", "-", "--json", input: Self.file)
            let document = try #require(try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any])
            let steps = try #require(document["steps"] as? [[String: Any]])
            #expect(Set(steps.flatMap { $0["links"] as? [String] ?? [] }) == Set(["brvlan-10", "ens37.10"] + taps), "\(plan)")
            #expect(Set(steps.map { $0["chunk"] as? Int }).count == 1, "\(plan)")
            let apply = try weft(domains, "apply", "-", "--yes", input: Self.file)
            #expect(apply.status == 0 && apply.output.contains("2 of 2 VM ports restored."), "\(apply)")
            for tap in taps { #expect(try domains.master(of: tap) == "brvlan-10") }
            #expect(try weft(domains, "plan", "-", input: Self.file).status == 0)
        }
    }
}
