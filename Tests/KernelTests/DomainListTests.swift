import DomainService
import Foundation
import HostNetwork
import Testing

/// `weft vm list` and what it is made of, on a real libvirtd.
@Suite(.serialized) struct `Domains are read and what is amiss is told` {
    @Test func `names, taps and VLANs are listed, and each fault is marked with its cure`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10", "brvlan-20"]) { domains in
            try domains.lab.ip(
                """
                link add ens37 address 02:00:00:00:00:01 type dummy
                link add link ens37 name ens37.10 type vlan id 10
                link set ens37.10 master brvlan-10
                """)
            try domains.make([
                ("a&lt;b&gt;&amp;&quot;c", .paused, [.init(mac: "52:54:00:00:00:01", bridge: "brvlan-10")]),
                ("vm2", .stopped, [.init(mac: "52:54:00:00:00:02", bridge: "nowhere"), .init(mac: "52:54:00:00:00:01", bridge: "brvlan-20")]),
                ("vm3", .stopped, []),
            ])
            let good = try domains.snapshot()
            let tap = try #require(good["a<b>&\"c"]?.interfaces.first?.live?.target)
            #expect(try domains.master(of: tap) == "brvlan-10")
            #expect(good.owner(ofTap: try LinkName(tap))?.domain.name == "a<b>&\"c")
            #expect(good.stored(on: try LinkName("brvlan-20")).map(\.domain.name) == ["vm2"])

            try domains.lab.ip("link set \(tap) nomaster")
            let list = try `The commands on a real kernel`.weft("vm", "list", "--netns", domains.lab.name, "--connect", domains.uri)
            #expect(list.status == 0, "\(list)")
            for words in [
                "a<b>&\"c", "paused", "10 on ens37", "virtio", "shut off",
                "its tap \(tap) is in no bridge; its configuration says brvlan-10", "weft vm repair",
                "there is no bridge nowhere on this host: the domain's next start would fail",
                "vm2 has the same MAC 52:54:00:00:00:01", "a<b>&\"c has the same MAC 52:54:00:00:00:01",
            ] { #expect(list.output.contains(words), "\(words) is not in \(list.output)") }

            let environment = ["LIBVIRT_DEFAULT_URI": domains.uri]
            let json = try `The commands on a real kernel`.weft("vm", "list", "--json", "--netns", domains.lab.name, environment: environment)
            let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
            let listed = try #require(document["domains"] as? [[String: Any]])
            #expect(listed.map { $0["name"] as? String } == ["a<b>&\"c", "vm2", "vm3"])
            let faults = listed.flatMap { $0["interfaces"] as? [[String: Any]] ?? [] }.flatMap { $0["faults"] as? [[String: Any]] ?? [] }
            #expect(Set(faults.compactMap { $0["code"] as? String }) == ["tap-elsewhere", "mac-twice", "bridge-missing"])

            let repair = try `The commands on a real kernel`.weft("vm", "repair", "--yes", "--netns", domains.lab.name, environment: environment)
            #expect(repair.status == 0, "\(repair)")
            #expect(try domains.master(of: tap) == "brvlan-10")
        }
    }

    @Test func `where no libvirt answers that is said, and what to do`() throws {
        let list = try `The commands on a real kernel`.weft("vm", "list", "--connect", "qemu:///system?socket=/nowhere/socket")
        #expect(list.status == 1)
        #expect(list.errors.contains("cannot connect to qemu:///system?socket=/nowhere/socket: ") && list.errors.contains("[libvirt 38]"))
        #expect(list.errors.contains("fix: start libvirt"))
    }

    @Test func `without libvirt's library, or without weft's program for it, all else works, and that is said where a domain is asked for`() throws {
        typealias Program = `The commands on a real kernel`
        #expect(try Lab.run(["ldd", Program.program]).contains("libvirt") == false)
        let library = try Lab.run(["sh", "-c", "ldd \(URL(filePath: Program.program).deletingLastPathComponent().path())weft-libvirt | sed -n 's/.*=> \\(.*libvirt.so[^ ]*\\).*/\\1/p'"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(library.hasSuffix("/libvirt.so.0"))
        /// What weft says on a host that lacks a file.
        func told(lacking path: String, _ words: String) throws -> [String] {
            try Lab.run(["unshare", "--mount", "sh", "-c", "mount --bind /dev/null \(path); \(Program.program) \(words) 2>&1; echo \"ended with $?\""])
                .split(separator: "\n").map { String($0) }
        }
        let file = "/tmp/weft-bare-host-\(getpid()).yaml"
        try "version: 1\nbridges: {br7: {}}\n".write(toFile: file, atomically: true, encoding: .utf8)
        let plan = try told(lacking: library, "plan \(file)")
        #expect(plan.last == "ended with 2" && !plan.contains { $0.contains("libvirt") }, "\(plan)")
        let list = try told(lacking: library, "vm list --connect test:///default")
        #expect(list.last == "ended with 1" && list.contains { $0.contains("libvirt's library is not installed") } && list.contains("  fix: install libvirt0"), "\(list)")
        try "version: 1\nbridges: {br7: {}}\ndomains: {vm1: {interfaces: [{bridge: br7}]}}\n".write(toFile: file, atomically: true, encoding: .utf8)
        let waits = try told(lacking: library, "plan \(file) --connect test:///default")
        #expect(waits.contains { $0.hasPrefix("note: the domains of this file wait: ") && $0.contains("libvirt's library is not installed") }, "\(waits)")
    }

    @Test func `a libvirtd that hangs is given up after its time, and its helper is gone`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            var session = try DomainSession.open(domains.uri, isReadOnly: true)
            try domains.daemon("pause")
            var failure: DomainFailure?
            do throws(DomainFailure) { _ = try session.snapshot(patience: .milliseconds(300)) } catch { failure = error }
            try domains.daemon("continue")
            #expect(failure?.kind == .timedOut)
            let helpers = try Lab.run(["sh", "-c", "cat /proc/[0-9]*/comm 2>/dev/null || true"])
            #expect(!helpers.contains("weft-libvirt"))
            #expect(try domains.snapshot().domains.isEmpty)
        }
    }
}
