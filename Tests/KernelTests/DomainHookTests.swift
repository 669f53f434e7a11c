import DomainService
import Foundation
import HostNetwork
import Testing

/// The hook, run by libvirt itself, and what watches over the taps that libvirt tells no hook of.
@Suite(.serialized) struct `A guest's taps are on their VLANs before it runs` {
    typealias Program = `The commands on a real kernel`

    private static let file = """
        version: 1
        bridges:
          br0: {vlan_filtering: true, ports: [{name: ens37, trunk: [10, 20, 30]}]}
        domains:
          a<b>&"c:
            interfaces:
              - {bridge: br0, mac: "52:54:00:00:00:01", access: 10, path_cost: 9}
              - {bridge: br0, mac: "52:54:00:00:00:05", access: 20}
              - {bridge: br0, mac: "52:54:00:00:00:06", access: 30}
          vm3: {interfaces: [{bridge: br0, trunk: [10, 20], native: 30}]}

        """

    private func prepare(_ domains: DomainLab, _ file: String = file) throws {
        try domains.lab.nics(["ens37"])
        let apply = try Program.weft("apply", "--yes", "-", "--netns", domains.lab.name, "--connect", domains.uri, input: file)
        #expect(apply.status == 0, "\(apply)")
        try file.write(toFile: domains.installedTopology, atomically: true, encoding: .utf8)
    }

    /// libvirt looks for hooks only when it starts.
    private func restart(_ domains: DomainLab) throws {
        try domains.daemon("kill")
        try domains.daemon("start")
    }

    private func script(_ text: String, _ path: String) throws {
        try "#!/bin/sh\n\(text)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    private func tap(_ domains: DomainLab, _ domain: String, _ mac: String) throws -> String {
        let mac = try MACAddress(mac)
        return try #require(try domains.snapshot()[domain]?.interfaces.first { $0.live?.mac == mac }?.live?.target)
    }

    /// A tap's VLANs once they are as expected, or as they are after a while.
    private func vlans(_ domains: DomainLab, of tap: String, awaiting expected: [String]) throws -> [String] {
        for _ in 0..<200 {
            let found = try domains.vlans(of: tap)
            if found == expected { return found }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return try domains.vlans(of: tap)
    }

    @Test func `libvirt runs the hook beside an administrator's own, at a start and as it finds domains again, and not for a NIC plugged in`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try prepare(domains)
            try FileManager.default.createDirectory(atPath: domains.hooks, withIntermediateDirectories: true)
            let log = domains.hooks + ".log"
            try script("cat >/dev/null\necho \"$*\" >>'\(log)'", domains.hooks + "/qemu")
            let install = try Program.weft("hook", "install", "--directory", domains.hooks)
            #expect(install.status == 0 && install.output.contains("/qemu stays as it is"), "\(install)")
            #expect(try Program.weft("hook", "install", "--directory", domains.hooks).output.contains("is installed already"))
            try domains.waitLongForHooks()
            try restart(domains)

            // Started, and not yet running: no guest has sent a frame.
            let name = "a<b>&\"c"
            let derived = MACAddress.derived(host: try domains.snapshot().host, domain: "vm3", place: 0).description
            try domains.make([
                ("a&lt;b&gt;&amp;&quot;c", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "br0")]),
                ("vm3", .paused, [.init(mac: derived, bridge: "br0")]),
            ])
            let (one, three) = (try tap(domains, name, "52:54:00:00:00:01"), try tap(domains, "vm3", derived))
            #expect(try domains.vlans(of: one) == ["10 PVID,Egress Untagged"])
            #expect(try domains.vlans(of: three) == ["10", "20", "30 PVID,Egress Untagged"])
            #expect(try domains.lab.bridgeJSON("-d link show dev \(one)").first?["cost"] as? Int == 9)
            #expect(try String(contentsOfFile: log, encoding: .utf8).contains("\(name) start begin -"))

            // libvirt puts a stray tap back as it finds the domain again, bare; the hook has seen to it.
            try domains.lab.ip("link set \(one) nomaster")
            try restart(domains)
            #expect(try vlans(domains, of: one, awaiting: ["10 PVID,Egress Untagged"]) == ["10 PVID,Egress Untagged"])

            // A NIC that is plugged in: libvirt runs no hook, so the tap has what every new port has.
            // It tells the hooks of one domain after the other.
            var calls = ""
            for _ in 0..<300 where !(calls.contains("vm3 reconnect begin -") && calls.contains("\(name) reconnect begin -")) {
                calls = try String(contentsOfFile: log, encoding: .utf8)
                try await Task.sleep(for: .milliseconds(100))
            }
            let uuid = try #require(try domains.snapshot()[name]?.uuid)
            try domains.virsh(["attach-interface \(uuid) bridge br0 --mac 52:54:00:00:00:05 --model virtio --live"])
            let five = try tap(domains, name, "52:54:00:00:00:05")
            #expect(try domains.vlans(of: five) == ["1 PVID,Egress Untagged"])
            #expect(try String(contentsOfFile: log, encoding: .utf8) == calls)

            // weft vm watch serves it, what is there and what comes.
            let watch = Process()
            watch.executableURL = URL(filePath: Program.program)
            watch.arguments = ["vm", "watch", domains.installedTopology, "--netns", domains.lab.name]
            let output = Pipe()
            watch.standardOutput = output
            try watch.run()
            #expect(try vlans(domains, of: five, awaiting: ["20 PVID,Egress Untagged"]) == ["20 PVID,Egress Untagged"])
            try domains.virsh(["attach-interface \(uuid) bridge br0 --mac 52:54:00:00:00:06 --model virtio --live"])
            let six = try tap(domains, name, "52:54:00:00:00:06")
            #expect(try vlans(domains, of: six, awaiting: ["30 PVID,Egress Untagged"]) == ["30 PVID,Egress Untagged"])
            // What somebody has set by hand is his.
            try domains.lab.bridge("vlan add dev \(three) vid 40")
            try domains.lab.ip("link set \(five) nomaster\nlink set \(five) master br0")
            #expect(try vlans(domains, of: five, awaiting: ["20 PVID,Egress Untagged"]) == ["20 PVID,Egress Untagged"])
            #expect(try domains.vlans(of: three) == ["10", "20", "30 PVID,Egress Untagged", "40"])
            watch.terminate()
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            #expect(said.contains("\(name): \(six) on br0: VLANs 30 (pvid, untagged)"), "\(said)")

            let uninstall = try Program.weft("hook", "uninstall", "--directory", domains.hooks)
            #expect(uninstall.status == 0, "\(uninstall)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: domains.hooks) == ["qemu"])
            try FileManager.default.removeItem(atPath: domains.hooks)
        }
    }

    @Test func `whatever is the matter with the hook, the domain starts`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try prepare(domains)
            #expect(try Program.weft("hook", "install", "--directory", domains.hooks).status == 0)
            try restart(domains)
            let hook = domains.hooks + "/qemu.d/weft"
            let whole = try String(contentsOfFile: hook, encoding: .utf8)
            let mac = MACAddress.derived(host: try domains.snapshot().host, domain: "vm3", place: 0).description
            try domains.make([("vm3", .stopped, [.init(mac: mac, bridge: "br0")])])
            let uuid = try #require(try domains.snapshot()["vm3"]?.uuid)
            let program = domains.hooks + ".program"
            func install(_ program: String) throws {
                let lines = whole.split(separator: "\n", omittingEmptySubsequences: false).map { $0.hasPrefix("hook=") ? "hook='\(program)'"[...] : $0 }
                try lines.joined(separator: "\n").write(toFile: hook, atomically: false, encoding: .utf8)
            }
            // It hangs.
            try script("exec sleep 100000", program)
            try install(program)
            try domains.virsh(["start \(uuid) --paused"])
            #expect(try domains.vlans(of: try tap(domains, "vm3", mac)) == ["1 PVID,Egress Untagged"])
            try domains.virsh(["destroy \(uuid)"])
            // It is not there; it fails; it is called as libvirt never calls it.
            func call(_ words: String) throws -> String { try Lab.run(["sh", "-c", "'\(hook)' \(words) </dev/null 2>&1; echo $?"]) }
            try install("/nowhere/weft-hook")
            #expect(try call("vm3 start begin -") == "0\n")
            try script("exit 7", program)
            try install(program)
            #expect(try call("vm3 start begin -") == "0\n")
            try whole.write(toFile: hook, atomically: false, encoding: .utf8)
            for words in ["vm3 start begin -", "vm3", "", "--help x y z"] { #expect(try call(words) == "0\n", "\(words)") }
            // What anybody may have written is not used.
            try Lab.run(["chmod", "666", domains.installedTopology])
            try domains.virsh(["start \(uuid) --paused"])
            #expect(try domains.vlans(of: try tap(domains, "vm3", mac)) == ["1 PVID,Egress Untagged"])
            #expect(try Program.weft("hook", "uninstall", "--directory", domains.hooks).status == 0)
            try FileManager.default.removeItem(atPath: domains.hooks)
        }
    }

    @Test func `a script of somebody else's stays`() throws {
        let directory = "/tmp/weft-hooks-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory + "/qemu.d", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try script("exit 0", directory + "/qemu.d/weft")
        let install = try Program.weft("hook", "install", "--directory", directory)
        #expect(install.status == 1 && install.errors.contains("is there already, and is not weft's"), "\(install)")
        #expect(try Program.weft("hook", "uninstall", "--directory", directory).status == 1)
        #expect(try String(contentsOfFile: directory + "/qemu.d/weft", encoding: .utf8) == "#!/bin/sh\nexit 0\n")
    }
}

extension DomainLab {
    /// Here the two seconds that the hook is given may be short; what they are for has a test of its own.
    func waitLongForHooks() throws {
        let path = hooks + "/qemu.d/weft"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains("timeout -s KILL 2 "))
        try text.replacing("timeout -s KILL 2 ", with: "timeout -s KILL 200 ").write(toFile: path, atomically: false, encoding: .utf8)
    }
}
