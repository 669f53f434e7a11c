import Change
import DomainService
import Foundation
import HostNetwork
import Planner
import Testing

/// Attaching, moving and detaching on a real libvirtd, with running (paused), stopped and transient domains.
@Suite(.serialized) struct `Domains' interfaces change as asked, or not at all` {
    /// Plans and carries out what is wanted of domains.
    private func change(
        _ domains: DomainLab, _ wanted: [(String, WantedInterface)], sides: Set<DomainSide> = [.live, .stored], patience: Double = 20
    ) throws -> (DomainPlan, DomainTransaction.Ending) {
        var request = DomainRequest(
            wanted: wanted.map { WantedDomain(name: $0.0, interfaces: [$0.1]) }, actual: try domains.snapshot(), network: try domains.network())
        request.sides = sides
        request.patience = patience
        return try domains.carryOut(request)
    }

    private func interface(_ mac: String, bridge: String? = nil, model: String? = nil, isPresent: Bool = true) throws -> WantedInterface {
        WantedInterface(mac: try MACAddress(mac), settings: DomainDeviceSettings(bridge: bridge, model: model), isPresent: isPresent)
    }

    @Test func `running, stopped and transient domains: attached, moved and detached on each side that they have`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10", "brvlan-20"]) { domains in
            try domains.make([
                ("run", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10"), .init(mac: "52:54:00:00:00:21", bridge: "brvlan-10", model: "usb-net")]),
                ("stop", .stopped, [.init(mac: "52:54:00:00:00:02", bridge: "brvlan-10")]),
                ("trans", .transient, [.init(mac: "52:54:00:00:00:23", bridge: "brvlan-10", model: "usb-net")]),
            ])
            // The three as they are on both sides: live, then stored.
            func bridges(_ mac: String) throws -> [String] {
                let mac = try MACAddress(mac)
                return try domains.snapshot().members.filter { $0.interface.current?.mac == mac }.map { member in
                    "\(member.domain.name) \(member.interface.live?.bridge ?? "-") \(member.interface.stored?.bridge ?? "-")"
                }
            }

            let (_, attached) = try change(
                domains,
                [
                    ("run", interface("52:54:00:00:00:11", bridge: "brvlan-20")),
                    ("stop", interface("52:54:00:00:00:12", bridge: "brvlan-20")), ("trans", interface("52:54:00:00:00:13", bridge: "brvlan-20")),
                ])
            guard case .done = attached.outcome else { throw Lab.Failure(description: "\(attached)") }
            #expect(try bridges("52:54:00:00:00:11") == ["run brvlan-20 brvlan-20"])
            #expect(try bridges("52:54:00:00:00:12") == ["stop - brvlan-20"])
            #expect(try bridges("52:54:00:00:00:13") == ["trans brvlan-20 -"])

            // Live alone, and stored alone, of a domain that has both.
            let (_, live) = try change(domains, [("run", interface("52:54:00:00:00:01", bridge: "brvlan-20"))], sides: [.live])
            guard case .done = live.outcome else { throw Lab.Failure(description: "\(live)") }
            #expect(try bridges("52:54:00:00:00:01") == ["run brvlan-20 brvlan-10"])
            let tap = try domains.snapshot()["run"]?.interfaces.first { $0.stored?.bridge == "brvlan-10" }?.live?.target
            #expect(try domains.master(of: tap) == "brvlan-20")
            let (_, stored) = try change(domains, [("run", interface("52:54:00:00:00:11", bridge: "brvlan-10"))], sides: [.stored])
            guard case .done = stored.outcome else { throw Lab.Failure(description: "\(stored)") }
            #expect(try bridges("52:54:00:00:00:11") == ["run brvlan-20 brvlan-10"])

            // Both at once, from unlike beginnings.
            let (_, moved) = try change(
                domains,
                [
                    ("run", interface("52:54:00:00:00:01", bridge: "brvlan-20")), ("stop", interface("52:54:00:00:00:02", bridge: "brvlan-20")),
                    ("trans", interface("52:54:00:00:00:13", bridge: "brvlan-10")),
                ])
            guard case .done = moved.outcome else { throw Lab.Failure(description: "\(moved)") }
            #expect(try bridges("52:54:00:00:00:01") == ["run brvlan-20 brvlan-20"])
            #expect(try bridges("52:54:00:00:00:02") == ["stop - brvlan-20"])
            #expect(try bridges("52:54:00:00:00:13") == ["trans brvlan-10 -"])

            // usb-net is given up without a guest.
            let (_, detached) = try change(
                domains,
                [
                    ("run", interface("52:54:00:00:00:21", isPresent: false)), ("stop", interface("52:54:00:00:00:12", isPresent: false)),
                    ("trans", interface("52:54:00:00:00:23", isPresent: false)),
                ])
            guard case .done = detached.outcome else { throw Lab.Failure(description: "\(detached)") }
            for mac in ["52:54:00:00:00:21", "52:54:00:00:00:12", "52:54:00:00:00:23"] { #expect(try bridges(mac) == []) }
        }
    }

    @Test func `a guest that does not answer keeps its interface, and the stored configuration keeps it too`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10"]) { domains in
            try domains.make([("deaf", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10")])])
            let before = try domains.snapshot()
            let detach = try `The commands on a real kernel`.weft(
                "vm", "detach", "deaf", "--mac", "52:54:00:00:00:01", "--timeout", "1", "--netns", domains.lab.name, "--connect", domains.uri)
            #expect(detach.status == 1)
            #expect(detach.errors.contains("cannot detach 52:54:00:00:00:01 from deaf (live): the guest has not given it up within 1 s"))
            #expect(detach.errors.contains("It is still attached to brvlan-10, and its stored configuration still has it: both as before"))
            #expect(try domains.snapshot() == before)
        }
    }

    @Test func `what goes wrong in the middle is undone, on every domain and on both sides`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10", "brvlan-20"]) { domains in
            try domains.make([
                ("one", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10")]),
                ("two", .stopped, [.init(mac: "52:54:00:00:00:02", bridge: "brvlan-10")]),
            ])
            let before = try domains.snapshot()
            // qemu knows no such card, which only shows when it is plugged in.
            let (_, outcome) = try change(
                domains,
                [
                    ("two", interface("52:54:00:00:00:02", bridge: "brvlan-20")),
                    ("one", interface("52:54:00:00:00:01", bridge: "brvlan-20")), ("one", interface("52:54:00:00:00:03", bridge: "brvlan-20", model: "nonsense")),
                ])
            guard case .rolledBack(let failure) = outcome.outcome else { throw Lab.Failure(description: "\(outcome)") }
            #expect(failure.description.contains("cannot attach 52:54:00:00:00:03 to one (live): "), "\(failure)")
            let after = try domains.snapshot()
            for (was, now) in zip(before.members, after.members) {
                #expect(was.interface.live?.bridge == now.interface.live?.bridge && was.interface.stored?.bridge == now.interface.stored?.bridge)
            }
            #expect(after.members.count == before.members.count)
            #expect(try domains.master(of: after["one"]?.interfaces.first?.live?.target) == "brvlan-10")
        }
    }

    @Test func `the commands attach with a MAC of their own, move by VLAN, and say what they did`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10", "brvlan-20"]) { domains in
            try domains.lab.ip(
                """
                link add ens37 address 02:00:00:00:00:01 type dummy
                link add link ens37 name ens37.20 type vlan id 20
                link set ens37.20 master brvlan-20
                """)
            try domains.make([("a&lt;b&gt;&amp;&quot;c", .paused, [])])
            let environment = ["LIBVIRT_DEFAULT_URI": domains.uri]
            func vm(_ words: String...) throws -> `The commands on a real kernel`.Run {
                let all = ["vm", words[0], "a<b>&\"c"] + words.dropFirst() + ["--netns", domains.lab.name]
                return try `The commands on a real kernel`.weft(all, environment: environment)
            }
            let attach = try vm("attach", "--bridge", "brvlan-10", "--target", "web0")
            #expect(attach.status == 0 && attach.output.contains("bridge brvlan-10, model virtio, target web0  # live and stored"), "\(attach)")
            let interface = try #require(try domains.snapshot()["a<b>&\"c"]?.interfaces.first)
            #expect(interface.live?.target == "web0" && interface.stored?.target == "web0")
            let mac = try #require(interface.live?.mac.description)
            let move = try vm("move", "--mac", mac, "--vlan", "20")
            #expect(move.status == 0 && move.output.contains("bridge: brvlan-10 → brvlan-20  # live and stored"), "\(move)")
            #expect(try domains.master(of: "web0") == "brvlan-20")
            let again = try vm("move", "--mac", mac, "--bridge", "brvlan-20")
            #expect(again.status == 0 && again.output.hasPrefix("No changes."), "\(again)")
            let wrong = try vm("move", "--mac", mac, "--vlan", "30")
            #expect(wrong.status == 1 && wrong.errors.contains("no bridge of this host has a VLAN 30"))
        }
    }

    @Test func `an interface moves from a libvirt network to a bridge, and the network is left alone`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10", "virbr7"]) { domains in
            let file = "/tmp/weft-network-\(getpid()).xml"
            try "<network><name>inside</name><forward mode='bridge'/><bridge name='virbr7'/></network>".write(toFile: file, atomically: false, encoding: .utf8)
            try domains.virsh(["net-define \(file)", "net-start inside"])
            try domains.make([("net", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "", source: "network='inside'")])])
            let before = try #require(try domains.snapshot()["net"]?.interfaces.first)
            #expect(before.live?.bridge == "virbr7" && before.stored?.bridge == "virbr7" && before.stored?.network == "inside")
            let (_, outcome) = try change(domains, [("net", interface("52:54:00:00:00:01", bridge: "brvlan-10"))])
            guard case .done = outcome.outcome else { throw Lab.Failure(description: "\(outcome)") }
            let after = try #require(try domains.snapshot()["net"]?.interfaces.first)
            #expect(after.live?.bridge == "brvlan-10" && after.stored?.bridge == "brvlan-10" && after.stored?.network == nil)
            #expect(try domains.master(of: after.live?.target) == "brvlan-10")
            try domains.virsh(["net-destroy inside", "net-undefine inside"])

            // The other way round: a bridge of libvirt's own making is written as its network.
            try "<network><name>own</name><bridge name='virbr7'/></network>".write(toFile: file, atomically: false, encoding: .utf8)
            try domains.virsh(["net-define \(file)"])
            let (_, back) = try change(
                domains, [("net", interface("52:54:00:00:00:01", bridge: "virbr7")), ("net", interface("52:54:00:00:00:03", bridge: "virbr7"))], sides: [.stored])
            guard case .done = back.outcome else { throw Lab.Failure(description: "\(back)") }
            let stored = try #require(try domains.snapshot()["net"]).interfaces.compactMap(\.stored)
            #expect(stored.map(\.network) == ["own", "own"] && stored.map(\.bridge) == ["virbr7", "virbr7"] && !stored.contains { $0.xml.contains("virbr7") })
            try domains.virsh(["net-undefine own"])
        }
    }
}
