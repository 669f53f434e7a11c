import Change
import DomainService
import Foundation
import HostNetwork
import Testing

/// weft, or libvirtd, is killed in the middle of an apply that changes links and domains.
@Suite(.serialized) struct `A change of links and domains that is cut off comes to a true end` {
    typealias Program = `The commands on a real kernel`

    /// The first action of the four is on a stored configuration, the second on a running domain.
    private static let file = """
        version: 1
        trunks: {ens37: {vlans: [10]}}
        domains:
          one: {interfaces: [{mac: 52:54:00:00:00:01, vlan: 10}]}
          two: {interfaces: [{mac: 52:54:00:00:00:02, vlan: 10}, {mac: 52:54:00:00:00:03, vlan: 10}]}

        """

    /// A weft that stops before an action on a domain; the links stand by then.
    private func apply(_ domains: DomainLab, stopping action: Int) throws -> StoppedProgram {
        try domains.weft(["apply", "-", "--yes"], stoppingBefore: action, input: Self.file)
    }

    private func scene(_ domains: DomainLab) throws {
        try domains.lab.nics(["ens37"])
        try domains.lab.ip("link add br0 type bridge\nlink set br0 up")
        try domains.make([
            ("one", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "br0")]),
            ("two", .stopped, [.init(mac: "52:54:00:00:00:02", bridge: "br0")]),
        ])
    }

    private func places(_ domains: DomainLab) throws -> [String] {
        try domains.snapshot().members.map { "\($0.domain.name) \($0.interface.live?.bridge ?? "-") \($0.interface.stored?.bridge ?? "-")" }
    }

    private func weft(_ domains: DomainLab, _ words: String...) throws -> Program.Run {
        try Program.weft(words + ["--netns", domains.lab.name])
    }

    /// Whether all is as it was before.
    private func expectRestored(_ domains: DomainLab, _ comment: String) throws {
        #expect(try places(domains) == ["one br0 br0", "two - br0"], "\(comment)")
        #expect(try domains.master(of: domains.snapshot()["one"]?.interfaces.first?.live?.target) == "br0", "\(comment)")
        #expect(try domains.lab.links()["brvlan-10"] == nil, "\(comment)")
    }

    @Test func `weft killed before any of the domains' actions: weft recover puts back links and domains`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try scene(domains)
            for action in 0..<4 {
                let process = try apply(domains, stopping: action)
                #expect(try domains.lab.links()["brvlan-10"] != nil)
                process.end()
                let recover = try weft(domains, "recover")
                #expect(recover.status == 0 && recover.output.contains("Rolled back: the host is as it was before"), "\(action): \(recover)")
                try expectRestored(domains, "action \(action)")
            }
        }
    }

    @Test func `weft killed while a guest is asked: what was verified stays, and the card is plugged in again`() async throws {
        try await DomainLab.with(bridges: ["br0"]) { domains in
            try domains.lab.nics(["ens37"])
            try domains.make([("one", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "br0"), .init(mac: "52:54:00:00:00:02", bridge: "br0", model: "usb-net")])])
            let file = """
                version: 1
                trunks: {ens37: {vlans: [10]}}
                domains: {one: {interfaces: [{mac: 52:54:00:00:00:01, vlan: 10}, {mac: 52:54:00:00:00:02, state: absent}]}}

                """
            // Moved on both sides, and given up by the running domain.
            let apply = try domains.weft(["apply", "-", "--yes"], stoppingBefore: 3, input: file)
            #expect(try places(domains) == ["one brvlan-10 brvlan-10", "one - br0"])
            apply.end()
            let recover = try weft(domains, "recover")
            #expect(recover.status == 0, "\(recover)")
            #expect(try places(domains) == ["one brvlan-10 brvlan-10", "one br0 br0"])
            #expect(try weft(domains, "history").output.contains("from <stdin>: 1 step, rolled-back"))
        }
    }

    @Test func `libvirtd killed and back soon: all is rolled back, and killed for good: that is said, and weft recover does it later`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try scene(domains)
            let soon = try apply(domains, stopping: 2)
            try domains.daemon("kill")
            soon.signal(SIGCONT)
            try await Task.sleep(for: .seconds(1))
            try domains.daemon("start")
            let told = soon.wait()
            #expect(told.status == 3 && told.errors.contains("Rolled back"), "\(told)")
            try expectRestored(domains, "libvirtd came back")

            let late = try apply(domains, stopping: 2)
            try domains.daemon("kill")
            let lost = late.goOn()
            let words = lost.errors
            #expect(lost.status == 4 && (words.contains("one, two may have been changed") || words.contains("one may have been changed")), "\(lost)")
            #expect(words.contains("`weft recover` puts them back once libvirt answers"), "\(words)")
            #expect(try domains.lab.links()["brvlan-10"] == nil)
            // The guest has its bridge again without libvirt, and what is still to be done is told.
            #expect(words.contains("1 of 1 VM port restored") && !words.contains("without their bridge"), "\(words)")
            let status = try weft(domains, "status")
            #expect(status.output.contains("was undone") && status.output.contains("`weft recover` puts them back"), "\(status)")
            #expect(try weft(domains, "status", "--json").output.contains("domains-left"))
            // A later change of something else leaves them waiting.
            let other = try Program.weft(["apply", "-", "--yes", "--netns", domains.lab.name], input: "version: 1\nbridges: {br9: {ports: []}}\n")
            #expect(other.status == 0, "\(other)")
            #expect(try weft(domains, "status").output.contains("was undone"))
            try domains.lab.ip("link del br9")
            try domains.daemon("start")
            let recover = try weft(domains, "recover")
            #expect(recover.status == 0 && recover.output.contains("Rolled back"), "\(recover)")
            try expectRestored(domains, "libvirtd came back later")
            #expect(try weft(domains, "recover").output == "Nothing was cut off.\n")
            #expect(try weft(domains, "status").output.contains("No change is under way."))
        }
    }

    @Test(arguments: [0, 1, 3]) func `a signal while domains are changed undoes all of it`(_ action: Int) async throws {
        try await DomainLab.with(bridges: []) { domains in
            try scene(domains)
            let apply = try apply(domains, stopping: action)
            apply.signal(SIGTERM)
            let told = apply.goOn()
            #expect(told.status == 3 && told.errors.contains("interrupted by SIGTERM") && told.errors.contains("Rolled back"), "\(told)")
            try expectRestored(domains, "before action \(action)")
        }
    }

    @Test func `weft rollback --to N brings domains back along with the links, by a plan like any other`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try scene(domains)
            let file = Self.file.replacing(", {mac: 52:54:00:00:00:03, vlan: 10}", with: "")
            let apply = try Program.weft(["apply", "-", "--yes", "--netns", domains.lab.name, "--connect", domains.uri], input: file)
            #expect(apply.status == 0, "\(apply)")
            let history = try weft(domains, "history")
            let number = try #require(history.output.split(separator: "\n").last { $0.first?.isNumber == true }?.split(separator: " ").first)
            let plan = try Program.weft(["rollback", "--to", String(number), "--dry-run", "--netns", domains.lab.name])
            #expect(plan.status == 2 && plan.output.contains("~ one 52:54:00:00:00:01") && plan.output.contains("bridge: brvlan-10 → br0"), "\(plan)")
            let back = try Program.weft(["rollback", "--to", String(number), "--yes", "--remove", "2", "--netns", domains.lab.name])
            #expect(back.status == 0, "\(back)")
            try expectRestored(domains, "rolled back to \(number)")
        }
    }

    @Test func `a change of domains that nobody confirms is undone with them`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try scene(domains)
            let run = try Program.weft(
                ["apply", "-", "--yes", "--netns", domains.lab.name, "--connect", domains.uri, "--confirm-within", "300s", "--detach"], input: Self.file)
            #expect(run.status == 0 && run.output.contains("Pending"), "\(run)")
            #expect(try places(domains) == ["one brvlan-10 brvlan-10", "two - brvlan-10", "two - brvlan-10"])
            let back = try weft(domains, "rollback")
            #expect(back.status == 0, "\(back)")
            try expectRestored(domains, "rolled back")
        }
    }
}
