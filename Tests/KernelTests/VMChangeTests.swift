import Change
import DomainService
import Foundation
import HostNetwork
import Testing

/// The commands that change one interface, on a real libvirtd: one at a time, and to a true end wherever they are cut off.
@Suite(.serialized) struct `weft vm attach, move and detach are changes like any other` {
    typealias Program = `The commands on a real kernel`

    private func weft(_ domains: DomainLab, _ words: String...) throws -> Program.Run {
        try Program.weft(words + ["--netns", domains.lab.name], environment: ["LIBVIRT_DEFAULT_URI": domains.uri])
    }

    private func places(_ domains: DomainLab) throws -> [String] {
        try domains.snapshot().members.map { "\($0.domain.name) \($0.interface.live?.bridge ?? "-") \($0.interface.stored?.bridge ?? "-")" }
    }

    private static let mac = "52:54:00:00:00:01"

    private func withDomain(model: String = "virtio", _ test: (DomainLab) throws -> Void) async throws {
        try await DomainLab.with(bridges: ["br0", "br1"]) { domains in
            try domains.make([("one", .paused, [.init(mac: Self.mac, bridge: "br0", model: model)])])
            try test(domains)
        }
    }

    @Test func `two at a time: the second names the first, or waits for it, and both stand in the history`() async throws {
        try await withDomain { domains in
            let first = try domains.weft(["vm", "move", "one", "--mac", Self.mac, "--bridge", "br1"], stoppingBefore: 0)
            let refused = try weft(domains, "vm", "attach", "one", "--bridge", "br0")
            #expect(refused.status == 1 && refused.errors.contains("another weft is at work: ") && refused.errors.contains("vm move one"), "\(refused)")
            let plan = try weft(domains, "vm", "attach", "one", "--bridge", "br0", "--dry-run")
            #expect(plan.status == 2 && plan.output.contains("+ one "), "\(plan)")
            let waiting = try StoppedProgram.running(
                ["vm", "attach", "one", "--bridge", "br0", "--wait", "300s", "--netns", domains.lab.name, "--connect", domains.uri])
            let moved = first.goOn()
            #expect(moved.status == 0 && moved.output.contains("Done, and read back."), "\(moved)")
            let attached = waiting.wait()
            #expect(attached.status == 0 && !attached.errors.contains("meanwhile"), "\(attached)")
            #expect(try places(domains).sorted() == ["one br0 br0", "one br1 br1"])
            let history = try weft(domains, "history").output.split(separator: "\n").filter { $0.contains(domains.uri) }.suffix(2)
            #expect(history.count == 2 && history.allSatisfy { $0.hasSuffix(": 1 step, done") }, "\(history)")
        }
    }

    @Test func `killed in the middle: the next weft that changes something puts back both configurations`() async throws {
        try await withDomain { domains in
            // The running domain has moved, the stored configuration has not.
            let move = try domains.weft(["vm", "move", "one", "--mac", Self.mac, "--bridge", "br1"], stoppingBefore: 1)
            #expect(try places(domains) == ["one br1 br0"])
            move.end()
            let status = try weft(domains, "status")
            #expect(status.output.contains("cut off"), "\(status)")
            let recover = try weft(domains, "recover")
            #expect(recover.status == 0 && recover.output.contains("Rolled back: the host is as it was before"), "\(recover)")
            #expect(try places(domains) == ["one br0 br0"])
            #expect(try domains.master(of: domains.snapshot()["one"]?.interfaces.first?.live?.target) == "br0")
        }
        try await withDomain(model: "usb-net") { domains in
            // A card that was given up is plugged in again, and the next command then does its own work.
            let detach = try domains.weft(["vm", "detach", "one", "--mac", Self.mac], stoppingBefore: 1)
            #expect(try places(domains) == ["one - br0"])
            detach.end()
            let move = try weft(domains, "vm", "move", "one", "--mac", Self.mac, "--bridge", "br1")
            #expect(move.status == 0 && move.errors.contains("a change was cut off"), "\(move)")
            #expect(try places(domains) == ["one br1 br1"])
        }
    }

    @Test func `libvirtd dies after the running domain was changed: that is said, and weft recover puts it back`() async throws {
        try await withDomain { domains in
            let move = try domains.weft(["vm", "move", "one", "--mac", Self.mac, "--bridge", "br1"], stoppingBefore: 1)
            try domains.daemon("kill")
            let lost = move.goOn()
            try domains.daemon("start")
            #expect(lost.status == 4 && lost.errors.contains("cannot change 52:54:00:00:00:01 of one (stored): "), "\(lost)")
            #expect(lost.errors.contains("one may have been changed: ") && lost.errors.contains("`weft recover` puts them back"), "\(lost)")
            #expect(try places(domains) == ["one br1 br0"])
            let recover = try weft(domains, "recover")
            #expect(recover.status == 0, "\(recover)")
            #expect(try places(domains) == ["one br0 br0"])
        }
    }

    @Test func `Ctrl-C ends the waiting for a guest, and what is so then is said`() async throws {
        try await withDomain { domains in
            let detach = try domains.weft(["vm", "detach", "one", "--mac", Self.mac, "--timeout", "3000"], stoppingBefore: 0)
            detach.signal(SIGINT)
            let ended = detach.goOn()
            #expect(ended.status == 1, "\(ended)")
            #expect(ended.errors.contains("cannot detach 52:54:00:00:00:01 from one (live): the waiting for the guest was interrupted"), "\(ended)")
            #expect(ended.errors.contains("It is still attached to br0, and its stored configuration still has it: both as before"), "\(ended)")
            #expect(try places(domains) == ["one br0 br0"])
            #expect(try weft(domains, "status").status == 0)
        }
    }

    @Test func `an interface that has a MAC of the file's making is not taken over by attaching another`() async throws {
        try await withDomain { domains in
            let host = try domains.snapshot().host
            let mac = MACAddress.derived(host: host, domain: "one", place: 0).description
            #expect(try weft(domains, "vm", "attach", "one", "--bridge", "br0", "--mac", mac).status == 0)
            let more = try weft(domains, "vm", "attach", "one", "--bridge", "br1", "--target", "web0")
            #expect(more.status == 0 && more.output.contains("+ one "), "\(more)")
            #expect(try places(domains).sorted() == ["one br0 br0", "one br0 br0", "one br1 br1"])
        }
    }
}
