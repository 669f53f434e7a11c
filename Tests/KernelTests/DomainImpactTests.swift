import DomainService
import Foundation
import HostNetwork
import Testing

/// A plan that touches a bridge names the domains on it, on a real libvirtd.
@Suite(.serialized) struct `A plan names the domains on what it touches` {
    typealias Program = `The commands on a real kernel`

    private let file = """
        version: 1
        trunks: {ens37: {vlans: [10]}}

        """

    @Test func `running and stopped domains are named, by a connection that only reads, and a bridge's end as what it is for each`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try domains.lab.nics(["ens37"])
            func weft(_ words: String..., input: String) throws -> Program.Run {
                try Program.weft(words + ["-", "--netns", domains.lab.name, "--connect", domains.uri], input: input)
            }
            #expect(try weft("apply", "--yes", input: file).status == 0)
            try domains.make([
                ("run", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10")]),
                ("stop", .stopped, [.init(mac: "52:54:00:00:00:02", bridge: "brvlan-10")]),
            ])
            let tap = try #require(try domains.snapshot()["run"]?.interfaces.first?.live?.target)

            let mtu = try weft("plan", input: file + "bridges: {brvlan-10: {mtu: 1400}}\n")
            #expect(mtu.status == 2, "\(mtu)")
            for words in [
                "for guest run (\(tap))", "Domains on what changes, and what they notice:",
                "! run 52:54:00:00:00:01 (\(tap) on brvlan-10): step 1: frames may be lost for less than a second",
                "stop 52:54:00:00:00:02 (shut off on brvlan-10): nothing: it does not run",
            ] { #expect(mtu.output.contains(words), "\(words) is not in \(mtu.output)") }

            let end = try weft("plan", "--allow-outage", "--json", input: "version: 1\n")
            let document = try #require(try JSONSerialization.jsonObject(with: Data(end.output.utf8)) as? [String: Any])
            let guests = try #require(document["guests"] as? [[String: Any]])
            #expect(guests.map { $0["domain"] as? String } == ["run", "stop"] && guests.map { $0["impact"] as? String } == ["outage", "outage"], "\(end.output)")
            #expect(guests.map { $0["tap"] as? String } == [tap, nil])

            // Where no libvirt is, taps are named, and that it could not be asked; and nothing where no guest is concerned.
            func alone(_ input: String) throws -> Program.Run {
                try Program.weft("plan", "-", "--netns", domains.lab.name, "--connect", "qemu:///system?socket=/nowhere", input: input)
            }
            let without = try alone(file + "bridges: {brvlan-10: {mtu: 1400}}\n")
            #expect(without.output.contains("for guest \(tap)") && without.output.contains("taps are named instead: there is no /nowhere"), "\(without)")
            #expect(try !alone(file + "vlans: {ens37.30: {parent: ens37, id: 30}}\n").output.contains("libvirt"))
        }
    }
}
