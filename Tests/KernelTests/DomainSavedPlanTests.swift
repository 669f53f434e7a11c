import DomainService
import Foundation
import HostNetwork
import Testing

/// Saved plans of files with `domains:` and `probes:`, on a real libvirtd.
@Suite(.serialized) struct `Saved plans hold domains and probes` {
    typealias Program = `The commands on a real kernel`

    private static let file = """
        version: 1
        probes: ["ping:192.0.2.1"]
        trunks: {ens37: {vlans: [10]}}
        domains:
          run: {interfaces: [{mac: 52:54:00:00:00:01, vlan: 10}]}
          stop: {interfaces: [{vlan: 10}]}
          later: {interfaces: [{vlan: 10}]}

        """

    private func weft(_ domains: DomainLab, _ words: String..., input: String? = nil) throws -> Program.Run {
        try Program.weft(words + ["--netns", domains.lab.name], input: input, environment: ["LIBVIRT_DEFAULT_URI": domains.uri])
    }

    private func places(_ domains: DomainLab) throws -> [String] {
        try domains.snapshot().members.map { "\($0.domain.name) \($0.interface.live?.bridge ?? "-") \($0.interface.stored?.bridge ?? "-")" }
    }

    @Test func `links and domains are done as they were shown, or not at all where a domain has moved on`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try domains.lab.nics(["ens37"])
            try domains.lab.ip("link set lo up\nlink add br0 type bridge\nlink add br1 type bridge\nlink set br0 up\nlink set br1 up\naddr add 192.0.2.1/24 dev br1")
            try domains.make([
                ("run", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "br0"), .init(mac: "52:54:00:00:00:09", bridge: "br0")]), ("stop", .stopped, []),
            ])
            let path = FileManager.default.temporaryDirectory.appending(path: "\(domains.lab.name).weft").path()
            defer { try? FileManager.default.removeItem(atPath: path) }
            let saving = try weft(domains, "plan", "-", "-o", path, input: Self.file)
            #expect(saving.status == 2 && saving.output.contains("Saved in"), "\(saving)")
            let shown = try Program.weft("show-plan", path)
            #expect(shown.output.contains("and 2 domains."), "\(shown)")
            for words in ["~ run 52:54:00:00:00:01", "+ stop 52:", "Asked before and after it: ping:192.0.2.1."] {
                #expect(shown.output.contains(words), "\(words) is not in \(shown)")
            }

            // What matters: the interface hangs elsewhere, and a domain does not run any more.
            func refused(_ words: String) throws {
                let run = try weft(domains, "apply", path, "--yes")
                #expect(run.status == 1 && run.errors.contains("the host has changed since") && run.errors.contains(words), "\(run)")
            }
            let uri = ["vm", "move", "run", "--mac", "52:54:00:00:00:01"]
            #expect(try Program.weft(uri + ["--bridge", "br1", "--netns", domains.lab.name, "--connect", domains.uri]).status == 0)
            try refused("run: 52:54:00:00:00:01, live: then bridge br0, model virtio, now bridge br1, model virtio, wanted bridge brvlan-10")
            #expect(try Program.weft(uri + ["--bridge", "br0", "--netns", domains.lab.name, "--connect", domains.uri]).status == 0)
            try domains.virsh(["start stop --paused"])
            try refused("stop: running: then no, now yes")
            try domains.virsh(["destroy stop"])
            #expect(try domains.lab.links()["brvlan-10"] == nil)

            // What does not: another interface, a domain that is defined only now.
            #expect(
                try Program.weft(
                    ["vm", "move", "run", "--mac", "52:54:00:00:00:09", "--bridge", "br1", "--netns", domains.lab.name, "--connect", domains.uri]).status == 0)
            let apply = try weft(domains, "apply", path, "--yes")
            #expect(apply.status == 0, "\(apply)")
            #expect(try places(domains) == ["run brvlan-10 brvlan-10", "run br1 br1", "stop - brvlan-10"])
            #expect(try domains.lab.links()["brvlan-10"] != nil)
            let again = try weft(domains, "apply", path, "--yes")
            #expect(again.status == 1 && again.errors.contains("the host has changed since"), "\(again)")

            // The file's probe stands in the saved plan: what takes its address away is undone.
            let taking = Self.file.replacing("domains:", with: "bridges: {br1: {addresses_exclusive: true, addresses: [198.51.100.1/24]}}\ndomains:")
            let save = try weft(domains, "plan", "-", "-o", path, "--allow-outage", input: taking)
            #expect(save.status == 2, "\(save)")
            let undone = try weft(domains, "apply", path, "--yes", "--allow-outage")
            #expect(undone.status == 3 && undone.errors.contains("ping:192.0.2.1"), "\(undone)")
        }
    }
}
