import Change
import DomainService
import Foundation
import HostNetwork
import Planner
import Testing

/// Every change on every kind of domain and every configuration, on a real libvirtd: a running, a paused and a stopped domain.
@Suite(.serialized) struct `Running, paused and stopped domains, live and stored` {
    private static let domains = ["run", "pause", "stop"]
    private static let both = Set(DomainSide.allCases)

    private static func mac(_ domain: String, _ number: Int) throws -> MACAddress {
        let place = try #require(domains.firstIndex(of: domain))
        return try MACAddress("52:54:00:00:0\(place):\(String(format: "%02x", number))")
    }

    /// Asks for the same of all three domains at once.
    /// - Returns: what was refused.
    private func change(
        _ lab: DomainLab, _ number: Int, bridge: String? = nil, isPresent: Bool = true, on sides: Set<DomainSide>
    ) throws -> [String] {
        let wanted = try Self.domains.map { name in
            let want = WantedInterface(mac: try Self.mac(name, number), settings: DomainDeviceSettings(bridge: bridge), isPresent: isPresent)
            return WantedDomain(name: name, interfaces: [want])
        }
        var request = DomainRequest(wanted: wanted, actual: try lab.snapshot(), network: try lab.network())
        request.sides = sides
        let (plan, ending) = try lab.carryOut(request)
        // What was refused had no step, and where nothing was to be done, nothing was.
        guard plan.steps.isEmpty || ending.isWhole else { throw Lab.Failure(description: "\(number) \(sides): \(ending)") }
        return plan.refusals.map(\.message)
    }

    /// Where an interface of each domain hangs, live and stored; `-` for nowhere.
    private func places(_ lab: DomainLab, _ number: Int) throws -> [String] {
        let snapshot = try lab.snapshot()
        return try Self.domains.map { name in
            let mac = try Self.mac(name, number)
            let interface = snapshot[name]?.interfaces.first { $0.current?.mac == mac }
            return "\(interface?.live?.bridge ?? "-") \(interface?.stored?.bridge ?? "-")"
        }
    }

    /// Whether each running domain's tap is really in the bridge that its configuration names.
    private func tapsFit(_ lab: DomainLab) throws -> Bool {
        let snapshot = try lab.snapshot()
        let network = try lab.network()
        return snapshot.members.allSatisfy { member in
            guard let live = member.interface.live, let tap = live.targetName else { return true }
            return network[tap]?.master == live.bridgeName
        }
    }

    @Test func `attach, move and detach do just what was asked, where the domain has it`() async throws {
        try await DomainLab.with(bridges: ["br0", "br1"]) { lab in
            func cards(_ domain: String) throws -> [DomainLab.Interface] {
                try (1...3).map { .init(mac: try Self.mac(domain, $0).description, bridge: "br0", model: "usb-net", port: $0) }
            }
            try lab.make([("run", .running, try cards("run")), ("pause", .paused, try cards("pause")), ("stop", .stopped, try cards("stop"))])
            #expect(try lab.snapshot().domains.map(\.state) == [.paused, .running, .shutOff])

            // Attach: a stopped domain has no live configuration, and says so where just that is asked for.
            let refused = "stop is shut off: it has no live configuration"
            #expect(try change(lab, 17, bridge: "br0", on: [.live]) == [refused])
            #expect(try places(lab, 17) == ["br0 -", "br0 -", "- -"])
            #expect(try change(lab, 18, bridge: "br0", on: [.stored]) == [])
            #expect(try places(lab, 18) == ["- br0", "- br0", "- br0"])
            #expect(try change(lab, 19, bridge: "br0", on: Self.both) == [])
            #expect(try places(lab, 19) == ["br0 br0", "br0 br0", "- br0"])

            // Move.
            _ = try change(lab, 1, bridge: "br1", on: [.live])
            #expect(try places(lab, 1) == ["br1 br0", "br1 br0", "- br0"])
            #expect(try change(lab, 2, bridge: "br1", on: [.stored]) == [])
            #expect(try places(lab, 2) == ["br0 br1", "br0 br1", "- br1"])
            #expect(try change(lab, 3, bridge: "br1", on: Self.both) == [])
            #expect(try places(lab, 3) == ["br1 br1", "br1 br1", "- br1"])
            #expect(try tapsFit(lab))

            // Detach: a card of this kind is given up without a guest.
            _ = try change(lab, 1, isPresent: false, on: [.live])
            #expect(try places(lab, 1) == ["- br0", "- br0", "- br0"])
            #expect(try change(lab, 2, isPresent: false, on: [.stored]) == [])
            #expect(try places(lab, 2) == ["br0 -", "br0 -", "- -"])
            #expect(try change(lab, 3, isPresent: false, on: Self.both) == [])
            #expect(try places(lab, 3) == ["- -", "- -", "- -"])
            #expect(try tapsFit(lab))
            #expect(try lab.snapshot().domains.map(\.state) == [.paused, .running, .shutOff])
        }
    }

    @Test func `every key of the file arrives in both configurations, and changes there as far as it can`() async throws {
        typealias Program = `The commands on a real kernel`
        try await DomainLab.with(bridges: ["br0"]) { lab in
            try lab.make([("pause", .paused, []), ("stop", .stopped, [])])
            func file(_ more: String) -> String {
                let one = "{mac: 52:54:00:00:00:01, bridge: br0, model: e1000, target: web0, mtu: 1400, \(more)}"
                let two = "{mac: 52:54:00:00:00:02, bridge: br0, model: e1000, target: web1, mtu: 1400, \(more)}"
                return "version: 1\ndomains:\n  pause: {interfaces: [\(one)]}\n  stop: {interfaces: [\(two)]}\n"
            }
            func weft(_ word: String, _ file: String) throws -> Program.Run {
                try Program.weft([word, "-", "--netns", lab.lab.name, "--connect", lab.uri] + (word == "apply" ? ["--yes"] : []), input: file)
            }
            func described() throws -> [String] {
                try lab.snapshot().members.flatMap { [$0.interface.live, $0.interface.stored] }.compactMap { $0 }.map { device in
                    "\(device.model ?? "-") \(device.target ?? "-") \(device.mtu ?? 0) \(device.isIsolated ? "isolated" : "-") \(device.isLinkUp ? "up" : "down")"
                }
            }
            let first = try weft("apply", file("isolated: true, link: down"))
            #expect(first.status == 0, "\(first)")
            #expect(try described() == ["e1000 web0 1400 isolated down", "e1000 web0 1400 isolated down", "e1000 web1 1400 isolated down"])
            let port = (try lab.lab.links()["web0"]?["linkinfo"] as? [String: Any])?["info_slave_data"] as? [String: Any]
            #expect(port?["isolated"] as? Bool == true)
            #expect(try lab.lab.links()["web0"]?["mtu"] as? Int == 1400)
            #expect(try weft("plan", file("isolated: true, link: down")).status == 0)

            let second = try weft("apply", file("isolated: false, link: up"))
            #expect(second.status == 0, "\(second)")
            #expect(try described() == ["e1000 web0 1400 - up", "e1000 web0 1400 - up", "e1000 web1 1400 - up"])

            // Known by the end's name too; a card that is plugged in keeps its kind until the next start.
            let third = try weft("apply", "version: 1\ndomains: {pause: {interfaces: [{target: web0, model: virtio}]}}\n")
            #expect(third.status == 0 && third.output.contains("takes effect when the domain is shut down and started again"), "\(third)")
            #expect(try described() == ["e1000 web0 1400 - up", "virtio web0 1400 - up", "e1000 web1 1400 - up"])
        }
    }
}
