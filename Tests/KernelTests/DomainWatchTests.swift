import Foundation
import HostNetwork
import Testing

/// `weft vm list --watch`, told by libvirt and the kernel.
@Suite(.serialized) struct `What happens to domains is told as it happens` {
    @Test func `start, attach, move, detach, stop and the rest are each a line, in text and in JSON`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10", "brvlan-20"]) { domains in
            try domains.make([("vm1", .stopped, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10")])])
            let uuid = try #require(try domains.snapshot()["vm1"]?.uuid)
            let text = try Watch(domains)
            let json = try Watch(domains, "--json")
            defer {
                text.end()
                json.end()
            }
            try text.wait(for: "52:54:00:00:00:01")
            // What starts later than the listening is told; JSON says nothing before.
            try await Task.sleep(for: .seconds(1))
            let usb = domains.file("usb", "<interface type='bridge'><mac address='52:54:00:00:00:05'/><source bridge='brvlan-10'/><model type='usb-net'/><address type='usb' bus='0' port='1'/></interface>")
            try domains.virsh(["start \(uuid) --paused", "attach-device \(uuid) \(usb) --live"])
            try text.wait(for: "vm1 attached 52:54:00:00:00:05 (vnet")
            let tap = try #require(try domains.snapshot()["vm1"]?.interfaces.first { $0.live?.mac.description == "52:54:00:00:00:05" }?.live?.target)
            let other = domains.file("other", "<interface type='bridge'><mac address='52:54:00:00:00:05'/><source bridge='brvlan-20'/><model type='usb-net'/><address type='usb' bus='0' port='1'/></interface>")
            try domains.virsh(["update-device \(uuid) \(other) --live"])
            try text.wait(for: "vm1 moved 52:54:00:00:00:05 (\(tap)) from brvlan-10 to brvlan-20")
            try domains.virsh(["resume \(uuid)", "suspend \(uuid)", "detach-device \(uuid) \(other) --live"])
            try text.wait(for: "vm1 detached 52:54:00:00:00:05 (\(tap)) on brvlan-")
            try domains.virsh(["destroy \(uuid)", "undefine \(uuid)"])
            try text.wait(for: "vm1 undefined")
            for line in ["vm1 started (booted): 52:54:00:00:00:01 (vnet", "vm1 resumed", "vm1 paused", "vm1 stopped (destroyed): 52:54:00:00:00:01 (vnet"] {
                #expect(text.said.contains(line), "\(line) is not in \(text.said)")
            }
            try json.wait(for: "\"undefined\"")
            let events = try json.said.split(separator: "\n").compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
            let kinds = events.compactMap { $0["event"] as? String }
            for kind in ["started", "attached", "moved", "resumed", "paused", "detached", "stopped", "undefined"] { #expect(kinds.contains(kind), "\(kind): \(kinds)") }
            let attached = try #require(events.first { $0["event"] as? String == "attached" })
            let interface = try #require((attached["interfaces"] as? [[String: Any]])?.first)
            #expect(interface["mac"] as? String == "52:54:00:00:00:05" && (interface["device"] as? [String: Any])?["target"] as? String == tap)
            #expect(events.first { $0["event"] as? String == "moved" }?["former_bridge"] as? String == "brvlan-10")
            #expect(events.first { $0["event"] as? String == "stopped" }?["detail"] as? String == "destroyed")
        }
    }

    @Test func `a domain that migrates is told on both sides, and is on its VLAN where it comes to`() async throws {
        let file = """
            version: 1
            bridges: {br0: {vlan_filtering: true, vlan_default_pvid: 0}}
            domains: {vm1: {interfaces: [{bridge: br0, mac: "52:54:00:00:00:01", access: 10}]}}

            """
        try await DomainLab.with(bridges: []) { here in
            let there = try DomainLab.other.get()
            for side in [here, there] {
                let apply = try `The commands on a real kernel`.weft("apply", "--yes", "-", "--netns", side.lab.name, "--connect", "qemu:///none", input: file)
                #expect(apply.errors.contains("the file's domains are left as they are"), "\(apply)")
            }
            try file.write(toFile: there.installedTopology, atomically: true, encoding: .utf8)
            #expect(try `The commands on a real kernel`.weft("hook", "install", "--directory", there.hooks).status == 0)
            try there.waitLongForHooks()
            try there.daemon("kill")
            try there.daemon("start")
            try here.make([("vm1", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "br0")])])
            let uuid = try #require(try here.snapshot()["vm1"]?.uuid)
            let watches = try [Watch(here), Watch(there)]
            defer { for watch in watches { watch.end() } }
            try watches[0].wait(for: "vm1")
            try watches[1].wait(for: "There are no domains")
            try here.virsh(["migrate \(uuid) --desturi \(there.uri) --migrateuri unix://\(here.hooks).migration --undefinesource --persistent"])
            try watches[0].wait(for: "vm1 stopped (migrated): 52:54:00:00:00:01 (vnet")
            try watches[1].wait(for: "vm1 started (migrated): 52:54:00:00:00:01 (vnet")
            let tap = try #require(try there.snapshot()["vm1"]?.interfaces.first?.live?.target)
            #expect(try there.vlans(of: tap) == ["10 PVID,Egress Untagged"])
            #expect(try `The commands on a real kernel`.weft("hook", "uninstall", "--directory", there.hooks).status == 0)
            try there.clear()
        }
    }

    @Test func `a libvirtd that ends is told, and ends the watching`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            let watch = try Watch(domains)
            try watch.wait(for: "There are no domains on")
            try domains.daemon("kill")
            watch.waitUntilExit()
            try domains.daemon("start")
            #expect(watch.status == 1 && watch.complaints.contains("the connection to libvirt is closed"), "\(watch.complaints)")
        }
    }

    /// The command, running.
    private final class Watch {
        private let process = Process()
        private let output = "/tmp/weft-watch-\(UUID().uuidString)"

        init(_ domains: DomainLab, _ words: String...) throws {
            process.executableURL = URL(filePath: `The commands on a real kernel`.program)
            process.arguments = ["vm", "list", "--watch", "--netns", domains.lab.name, "--connect", domains.uri] + words
            // Files rather than pipes: they can be looked at meanwhile.
            for path in [output, output + ".errors"] { try Data().write(to: URL(filePath: path)) }
            process.standardOutput = FileHandle(forWritingAtPath: output)
            process.standardError = FileHandle(forWritingAtPath: output + ".errors")
            try process.run()
        }

        var said: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
        var complaints: String { (try? String(contentsOfFile: output + ".errors", encoding: .utf8)) ?? "" }
        var status: Int32 { process.terminationStatus }

        func wait(for words: String) throws {
            for _ in 0..<600 {
                if said.contains(words) { return }
                Thread.sleep(forTimeInterval: 0.1)
            }
            throw Lab.Failure(description: "'\(words)' was not told: \(said) \(complaints)")
        }

        func waitUntilExit() { process.waitUntilExit() }

        func end() {
            process.terminate()
            process.waitUntilExit()
            for path in [output, output + ".errors"] { try? FileManager.default.removeItem(atPath: path) }
        }
    }
}

extension DomainLab {
    /// A file for `virsh`, of which the path is answered.
    func file(_ name: String, _ text: String) -> String {
        let path = hooks + "-\(name).xml"
        try? text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
