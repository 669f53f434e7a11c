import DomainService
import Foundation
import HostNetwork
import Testing

/// Domains' interfaces on a VLAN-aware bridge, with real libvirtd and real taps; `bridge vlan` judges.
@Suite(.serialized) struct `Domains' taps are on the VLANs that the topology says` {
    typealias Program = `The commands on a real kernel`

    private func weft(_ domains: DomainLab, _ words: String..., input: String) throws -> Program.Run {
        try Program.weft(words + ["-", "--netns", domains.lab.name, "--connect", domains.uri], input: input)
    }

    static let file = """
        version: 1
        bridges:
          br0: {vlan_filtering: true, ports: [{name: ens37, trunk: [10, 20, 30]}]}
        domains:
          vm1: {interfaces: [{bridge: br0, mac: "52:54:00:00:00:01", access: 10}]}
          vm2: {interfaces: [{bridge: br0, access: 20, path_cost: 9}]}
          vm3: {interfaces: [{bridge: br0, mac: "52:54:00:00:00:03", trunk: [10, 20], native: 30}]}

        """

    @Test func `links, domains and VLANs come in one change, move with a domain, and come back with a failure`() async throws {
        try await DomainLab.with(bridges: ["old"]) { domains in
            try domains.lab.nics(["ens37"])
            // vm1 hangs elsewhere and is moved, vm2 has nothing and is given an interface, vm3 does not run.
            try domains.make([
                ("vm1", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "old")]), ("vm2", .paused, []), ("vm3", .stopped, []),
            ])
            let plan = try weft(domains, "plan", input: Self.file)
            #expect(plan.status == 2, "\(plan)")
            for words in ["bridge: old → br0, vlans 10 (pvid, untagged)", "vlans 20 (pvid, untagged), cost 9", "vlans 10, 20, 30 (pvid, untagged)"] {
                #expect(plan.output.contains(words), "\(words) is not in \(plan.output)")
            }
            let apply = try weft(domains, "apply", "--yes", input: Self.file)
            #expect(apply.status == 0, "\(apply)")
            func tap(_ name: String) throws -> String { try #require(try domains.snapshot()[name]?.interfaces.first?.live?.target) }
            let (one, two) = (try tap("vm1"), try tap("vm2"))
            #expect(try domains.vlans(of: one) == ["10 PVID,Egress Untagged"])
            #expect(try domains.vlans(of: two) == ["20 PVID,Egress Untagged"])
            #expect(try domains.lab.bridgeJSON("-d link show dev \(two)").first?["cost"] as? Int == 9)
            let again = try weft(domains, "plan", input: Self.file)
            #expect(again.status == 0 && again.output.contains("No changes."), "\(again)")

            // Another VLAN, in place.
            let other = Self.file.replacing("access: 10", with: "access: 30")
            let change = try weft(domains, "apply", "--yes", input: other)
            #expect(change.status == 0 && change.output.contains("10 (pvid, untagged) → 30 (pvid, untagged)"), "\(change)")
            #expect(try domains.vlans(of: one) == ["30 PVID,Egress Untagged"])

            // vm1 goes back to where it was, and then vm2 fails: vm1 is on its bridge again, and on its VLAN.
            let bad = other.replacing("bridge: br0, mac: \"52:54:00:00:00:01\", access: 30", with: "bridge: old, mac: \"52:54:00:00:00:01\"")
                .replacing("path_cost: 9}", with: "path_cost: 9}, {bridge: br0, model: nonsense}")
            let failed = try weft(domains, "apply", "--yes", input: bad)
            #expect(failed.status == 3, "\(failed)")
            #expect(try domains.master(of: one) == "br0")
            #expect(try domains.vlans(of: one) == ["30 PVID,Egress Untagged"])
        }
    }

    @Test func `a guest sees no link before its tap is on its VLAN, be it plugged in or moved`() async throws {
        try await DomainLab.with(bridges: ["old"]) { domains in
            try domains.lab.nics(["ens37"])
            try domains.make([("vm1", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "old")])])
            let file = """
                version: 1
                bridges: {br0: {vlan_filtering: true, ports: [{name: ens37, trunk: [10, 20]}]}}
                domains:
                  vm1: {interfaces: [{bridge: br0, mac: "52:54:00:00:00:01", access: 10}, {bridge: br0, mac: "52:54:00:00:00:02", trunk: [10], native: 20}]}

                """
            // Moved on both sides, plugged in on both, and then the first link comes up.
            let apply = try domains.weft(["apply", "--yes", "-"], stoppingBefore: 4, input: file)
            func live() throws -> [String] {
                try domains.snapshot().members.compactMap(\.interface.live).map { device in
                    let vlans = try domains.vlans(of: device.target ?? "").joined(separator: " ")
                    return "\(device.bridge ?? "-") \(device.isLinkUp ? "up" : "down") \(vlans)"
                }
            }
            #expect(try live() == ["br0 down 10 PVID,Egress Untagged", "br0 down 10 20 PVID,Egress Untagged"])
            let done = apply.goOn()
            #expect(done.status == 0, "\(done)")
            #expect(try live() == ["br0 up 10 PVID,Egress Untagged", "br0 up 10 20 PVID,Egress Untagged"])
            #expect(try weft(domains, "plan", input: file).status == 0)
        }
    }

    @Test func `the tap of a restarted domain has no VLANs, and plan and apply see it`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try domains.lab.nics(["ens37"])
            #expect(try weft(domains, "apply", "--yes", input: Self.file).status == 0)
            try domains.make([("vm1", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "br0")])])
            let tap = try #require(try domains.snapshot()["vm1"]?.interfaces.first?.live?.target)
            #expect(try domains.vlans(of: tap) == ["1 PVID,Egress Untagged"])
            let plan = try weft(domains, "plan", input: Self.file)
            #expect(plan.status == 2 && plan.output.contains("1 (pvid, untagged) → 10 (pvid, untagged)"), "\(plan)")
            #expect(try weft(domains, "apply", "--yes", input: Self.file).status == 0)
            #expect(try domains.vlans(of: tap) == ["10 PVID,Egress Untagged"])
            // Astray: it comes back with its VLANs, by apply and by repair.
            let path = "/tmp/weft-vlans-\(getpid()).yaml"
            try Self.file.write(toFile: path, atomically: true, encoding: .utf8)
            for words in [["apply", "--yes", path], ["vm", "repair", "--yes", "--file", path]] {
                try domains.lab.ip("link set \(tap) nomaster")
                let run = try Program.weft(words + ["--netns", domains.lab.name, "--connect", domains.uri], input: "")
                #expect(run.status == 0, "\(run)")
                #expect(try domains.vlans(of: tap) == ["10 PVID,Egress Untagged"])
            }
            // In its bridge, and bare.
            try domains.lab.bridge("vlan del dev \(tap) vid 10\nvlan add dev \(tap) vid 1 pvid untagged")
            let repair = try Program.weft(["vm", "repair", "--yes", "--file", path, "--netns", domains.lab.name, "--connect", domains.uri], input: "")
            #expect(repair.status == 0 && repair.output.contains("1 (pvid, untagged) → 10 (pvid, untagged)"), "\(repair)")
            #expect(try domains.vlans(of: tap) == ["10 PVID,Egress Untagged"])
        }
    }
}

extension DomainLab {
    /// A tap's VLANs as `bridge vlan` tells them: the id, and its flags in order.
    func vlans(of tap: String) throws -> [String] {
        let entry = try lab.bridgeJSON("vlan show dev \(tap)").first
        return (entry?["vlans"] as? [[String: Any]] ?? []).map { vlan in
            let flags = (vlan["flags"] as? [String] ?? []).sorted { $0 > $1 }.joined(separator: ",")
            return "\(vlan["vlan"] ?? "?")\(flags.isEmpty ? "" : " \(flags)")"
        }
    }
}
