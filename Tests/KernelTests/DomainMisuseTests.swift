import DomainService
import Foundation
import HostNetwork
import Planner
import Testing

/// What is asked of domains and cannot be, on a real libvirtd: in words that say what was attempted, why not, and what to do.
@Suite(.serialized) struct `Misuse of domains is refused in words that help` {
    typealias Program = `The commands on a real kernel`

    private func interface(_ mac: String, bridge: String? = nil) throws -> WantedInterface {
        WantedInterface(mac: try MACAddress(mac), settings: DomainDeviceSettings(bridge: bridge))
    }

    /// What libvirt takes, or refuses in words of its own: told by weft before anything is tried, with what to do.
    @Test func `what weft sees beforehand is refused before libvirt is asked`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10"]) { domains in
            try domains.lab.ip("link add ens37 address 02:00:00:00:00:01 type dummy")
            try domains.make([
                ("one", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10")]),
                ("two", .stopped, [.init(mac: "52:54:00:00:00:02", bridge: "brvlan-10")]),
            ])
            let before = try domains.snapshot()
            let network = try domains.network()
            func refusal(_ domain: String, _ want: WantedInterface, _ sides: Set<DomainSide> = [.live, .stored]) -> String {
                var request = DomainRequest(wanted: [WantedDomain(name: domain, interfaces: [want])], actual: before, network: network)
                request.sides = sides
                let plan = Planner.plan(request)
                return plan.refusals.map { "\($0.message): \($0.fix)" }.joined()
            }
            #expect(
                refusal("one", try interface("52:54:00:00:00:09", bridge: "nowhere"))
                    == "one cannot hang on nowhere: there is no such bridge on this host: make it first, or name one of brvlan-10")
            #expect(refusal("one", try interface("52:54:00:00:00:09", bridge: "ens37")).contains("which is a dummy, not a bridge"))
            #expect(refusal("one", try interface("52:54:00:00:00:02", bridge: "brvlan-10")).contains("the domain two has it"))
            #expect(refusal("one", try interface("02:00:00:00:00:01", bridge: "brvlan-10")).contains("the host's ens37 has it"))
            #expect(refusal("one", try interface("52:54:00:00:00:09")).contains("one has no interface 52:54:00:00:00:09: it has 52:54:00:00:00:01"))
            #expect(refusal("two", try interface("52:54:00:00:00:09", bridge: "brvlan-10"), [.live]).contains("two is shut off: it has no live configuration"))
            var want = try interface("52:54:00:00:00:09", bridge: "brvlan-10")
            want.settings.target = "vnet7"
            #expect(refusal("one", want).contains("names that begin with vnet libvirt gives out itself"))
            want.settings.target = "ens37"
            #expect(refusal("one", want).contains("the host has a link of that name"))

        }
    }

    /// libvirt's refusals by number, each provoked. What weft asks for does not come to most of them: it refuses before.
    @Test func `what only libvirt can refuse is told in its words, with its number and what to do, and changes nothing`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10"]) { domains in
            try domains.make([
                ("one", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10")]),
                ("two", .stopped, [.init(mac: "52:54:00:00:00:02", bridge: "brvlan-10")]),
            ])
            let before = try domains.snapshot()
            var session = try DomainSession.open(domains.uri, isReadOnly: false)
            let (one, two) = (try #require(before["one"]?.uuid), try #require(before["two"]?.uuid))
            let there = try #require(before["one"]?.interfaces.first?.live)
            let mac = try MACAddress("52:54:00:00:00:09")
            func settings(bridge: String? = nil, network: String? = nil, model: String? = nil) -> DomainDeviceSettings {
                var settings = DomainDeviceSettings(bridge: bridge, model: model)
                settings.network = network
                return settings
            }
            var tagged = there
            tagged.xml = there.xml.replacing("</interface>", with: "<vlan><tag id='10'/></vlan></interface>")
            let provoked: [(code: Int, words: String, fix: String, action: DomainAction)] = [
                (38, "nowhere", "whether the bridge is still there", .attach(domain: one, mac: mac, settings: settings(bridge: "nowhere"), side: .live)),
                (9, "nowhere", "mend what libvirt's words name", .update(domain: one, mac: there.mac, settings: settings(bridge: "nowhere"), side: .live)),
                (55, "not running", "stopped or started meanwhile", .attach(domain: two, mac: mac, settings: settings(bridge: "brvlan-10"), side: .live)),
                (84, "model", "detach the interface and attach another", .update(domain: one, mac: there.mac, settings: settings(model: "e1000"), side: .live)),
                (42, "no domain", "`weft vm list` shows the domains", .detach(domain: "00000000-0000-4000-8000-00000000ffff", mac: mac, side: .stored, patience: 1)),
                (43, "nowhere", "`virsh net-list --all`", .update(domain: one, mac: there.mac, settings: settings(network: "nowhere"), side: .live)),
                (27, "source", "write otherwise what its words name", .attach(domain: two, mac: mac, settings: settings(), side: .stored)),
                (35, "", "write otherwise what its words name", .attach(domain: two, mac: mac, settings: settings(bridge: "br\u{1}"), side: .stored)),
                (67, "vlan", "`virsh edit`", .restore(domain: one, device: tagged, side: .live)),
            ]
            for (code, words, fix, action) in provoked {
                var failure: DomainFailure?
                do throws(DomainFailure) { try session.perform(action, "try it") } catch { failure = error }
                let told = try #require(failure, "\(code) was accepted")
                #expect(told.code == code && told.kind == .refused, "\(code): \(told.kind) \(told)")
                #expect(told.description.hasPrefix("cannot try it: ") && told.description.hasSuffix(" [libvirt \(code)]"), "\(told)")
                #expect(words.isEmpty ? !told.words.isEmpty : told.words.lowercased().contains(words), "\(code): \(told)")
                #expect(told.fix?.contains(fix) == true, "\(code): \(told.fix ?? "-")")
            }
            var reader = try DomainSession.open(domains.uri, isReadOnly: true)
            do throws(DomainFailure) {
                try reader.perform(.update(domain: one, mac: there.mac, settings: settings(bridge: "brvlan-10"), side: .live), "move it")
                Issue.record("a read-only connection has written")
            } catch {
                #expect(error.code == 29 && error.fix == "run weft as root, or join the group libvirt", "\(error)")
            }
            #expect(try domains.snapshot() == before)
        }
    }

    @Test func `a connection that there is not is told with its number, and what to name instead`() throws {
        let uri = try DomainLab.shared.get().uri.replacing("qemu:", with: "nonsense:")
        let list = try Program.weft("vm", "list", "--connect", uri)
        #expect(list.status == 1 && list.errors.contains("cannot connect to \(uri): ") && list.errors.contains("[libvirt 5]"), "\(list)")
        #expect(list.errors.contains("fix: name a connection that this libvirt has, such as --connect qemu:///system"), "\(list)")
    }

    @Test func `an interface that goes while weft is about to change it is told with libvirt's words`() async throws {
        try await DomainLab.with(bridges: ["br0", "br1"]) { domains in
            try domains.make([("two", .stopped, [.init(mac: "52:54:00:00:00:02", bridge: "br0")])])
            let move = try StoppedProgram.running(
                ["vm", "move", "two", "--mac", "52:54:00:00:00:02", "--bridge", "br1", "--netns", domains.lab.name, "--connect", domains.uri],
                environment: ["WEFT_TEST_STOP_BEFORE_UPDATE": "1"])
            let helper = try move.waitForStoppedChild()
            try domains.virsh(["detach-interface two bridge --mac 52:54:00:00:00:02 --config"])
            kill(helper, SIGCONT)
            let told = move.wait()
            #expect(told.status == 3, "\(told)")
            #expect(told.errors.contains("cannot change 52:54:00:00:00:02 of two (stored): ") && told.errors.contains("[libvirt 99]"), "\(told)")
            #expect(told.errors.contains("the interface may have gone meanwhile: `weft vm list` shows those that are there"), "\(told)")
        }
    }

    @Test func `two interfaces of one domain with one MAC are told apart by nobody, and that is said`() async throws {
        try await DomainLab.with(bridges: ["br0", "br1"]) { domains in
            try domains.make([("twins", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "br0"), .init(mac: "52:54:00:00:00:01", bridge: "br0")])])
            let before = try domains.snapshot()
            for words in [["move", "--bridge", "br1"], ["detach"]] {
                let run = try Program.weft(
                    ["vm", words[0], "twins", "--mac", "52:54:00:00:00:01", "--netns", domains.lab.name, "--connect", domains.uri] + words.dropFirst())
                #expect(run.status == 1, "\(run)")
                #expect(run.errors.contains("twins has 52:54:00:00:00:01 twice, and weft cannot tell which of the two is meant"), "\(run)")
                #expect(run.errors.contains("fix: give one of them another MAC: `virsh edit twins`"), "\(run)")
            }
            #expect(try domains.snapshot() == before)
        }
    }
}
