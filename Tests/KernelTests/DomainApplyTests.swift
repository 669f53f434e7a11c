import DomainService
import Foundation
import HostNetwork
import Testing

/// `domains:` in a topology, planned and applied together with the links.
@Suite(.serialized) struct `A topology's domains hang where it says` {
    typealias Program = `The commands on a real kernel`

    private func weft(_ domains: DomainLab, _ words: String..., input: String) throws -> Program.Run {
        try Program.weft(words + ["-", "--netns", domains.lab.name, "--connect", domains.uri], input: input)
    }

    private func bridges(_ domains: DomainLab) throws -> [String] {
        try domains.snapshot().members.map { member in
            "\(member.domain.name) \(member.interface.live?.bridge ?? "-") \(member.interface.stored?.bridge ?? "-")"
        }
    }

    @Test func `bridges are made first, then domains hang on them, move together, and what is left goes last`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try domains.lab.nics(["ens37", "ens38"])
            try domains.make([("vm1", .paused, []), ("vm2", .stopped, [])])
            let first = """
                version: 1
                bonds: {bond0: {ports: [ens37, ens38], mode: active-backup, miimon: 100}}
                trunks: {bond0: {vlans: [10, 20]}}
                domains:
                  vm1: {interfaces: [{vlan: 10}]}
                  vm2: {interfaces: [{bridge: brvlan-20, mac: 52:54:00:00:00:02, model: e1000, isolated: true}]}
                  vm9: {interfaces: [{bridge: brvlan-20}]}

                """
            let plan = try weft(domains, "plan", input: first)
            #expect(plan.status == 2, "\(plan)")
            for words in [
                "Domains, then:", "+ vm1 52:", "bridge brvlan-10, model virtio  # live and stored", "+ vm2 52:54:00:00:00:02", "# stored,",
                "note: vm9 is not defined yet: its interfaces wait until it is", "Domains: 2 to attach, 0 to change, 0 to detach.",
            ] { #expect(plan.output.contains(words), "\(words) is not in \(plan.output)") }
            #expect(try domains.snapshot().members.isEmpty)

            let apply = try weft(domains, "apply", "--yes", input: first)
            #expect(apply.status == 0 && !apply.errors.contains("has appeared"), "\(apply)")
            #expect(try bridges(domains) == ["vm1 brvlan-10 brvlan-10", "vm2 - brvlan-20"])
            let again = try weft(domains, "apply", "--yes", input: first)
            #expect(again.status == 0 && again.output.contains("No changes.") && !again.output.contains("stays a port"), "\(again)")

            // VLAN 10 goes, with its bridge: vm1 has left it before.
            let second = first.replacing("[10, 20]", with: "[20]").replacing("{vlan: 10}", with: "{vlan: 20}")
            let move = try weft(domains, "apply", "--yes", input: second)
            #expect(move.status == 0 && move.output.contains("Domains, before anything is deleted:"), "\(move)")
            #expect(try bridges(domains) == ["vm1 brvlan-20 brvlan-20", "vm2 - brvlan-20"])
            let tap = try domains.snapshot()["vm1"]?.interfaces.first?.live?.target
            #expect(try domains.master(of: tap) == "brvlan-20")
            #expect(try domains.lab.links()["brvlan-10"] == nil)
            #expect(try weft(domains, "plan", input: second).status == 0)

            // Made again behind libvirt's back: the tap comes back with the bridge's other ports.
            try domains.lab.ip("link del brvlan-20")
            let repair = try weft(domains, "apply", "--yes", input: second)
            #expect(repair.status == 0, "\(repair)")
            #expect(try domains.master(of: tap) == "brvlan-20")
        }
    }

    @Test func `a domain that fails takes the links back with it, and a guest that does not answer takes nothing`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try domains.lab.nics(["ens37"])
            try domains.lab.ip("link add br0 type bridge\nlink set br0 up")
            try domains.make([("vm1", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "br0")])])
            let before = try domains.snapshot()
            let bad = try weft(
                domains, "apply", "--yes",
                input: """
                    version: 1
                    trunks: {ens37: {vlans: [10]}}
                    domains:
                      vm1: {interfaces: [{mac: 52:54:00:00:00:01, vlan: 10}, {vlan: 10, model: nonsense}]}

                    """)
            #expect(bad.status == 3, "\(bad)")
            #expect(bad.errors.contains("to vm1 (live)") && bad.errors.contains("Rolled back"), "\(bad.errors)")
            #expect(try domains.lab.links()["brvlan-10"] == nil)
            #expect(try bridges(domains) == ["vm1 br0 br0"])
            #expect(try domains.master(of: before["vm1"]?.interfaces.first?.live?.target) == "br0")

            let deaf = try weft(
                domains, "apply", "--yes", "--guest-timeout", "1",
                input: """
                    version: 1
                    trunks: {ens37: {vlans: [10]}}
                    domains:
                      vm1: {interfaces: [{mac: 52:54:00:00:00:01, state: absent}]}

                    """)
            #expect(deaf.status == 4, "\(deaf)")
            #expect(deaf.output.contains("Last, as far as the guests give it:"))
            #expect(deaf.errors.contains("It is still attached to br0, and its stored configuration still has it: both as before"), "\(deaf)")
            #expect(try bridges(domains) == ["vm1 br0 br0"])
            #expect(try domains.lab.links()["brvlan-10"] != nil)
        }
    }

    @Test func `a libvirt that does not answer holds up no link, and what waits is said`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            let file = """
                version: 1
                bridges: {br0: {}}
                domains: {vm1: {interfaces: [{bridge: br0}]}}

                """
            let apply = try Program.weft("apply", "-", "--yes", "--netns", domains.lab.name, "--connect", "qemu:///system?socket=/nowhere", input: file)
            #expect(apply.status == 4, "\(apply)")
            #expect(apply.output.contains("note: the domains of this file wait: cannot connect to"))
            #expect(apply.errors.contains("the file's domains are left as they are"))
            #expect(try domains.lab.links()["br0"] != nil)
            let again = try Program.weft("plan", "-", "--netns", domains.lab.name, "--connect", "qemu:///system?socket=/nowhere", input: file)
            #expect(again.status == 2 && again.output.contains("No link changes. Whether the domains are as <stdin> says is not known."), "\(again)")
        }
    }
}
