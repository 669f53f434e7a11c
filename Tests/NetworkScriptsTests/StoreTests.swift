import Foundation
import HostNetwork
import NetworkScripts
import Testing

/// Writing to a directory: what may be touched, and that a change is all or nothing wherever it is interrupted.
@Suite struct `Network scripts in a directory` {
    private static func files(_ names: [String], mtu: UInt32) throws -> [ScriptFile] {
        let links = try names.map { name in
            var link = Link(try LinkName(name), kind: .bridge)
            link.mtu = mtu
            return link
        }
        return NetworkScriptRendering(HostNetwork(links: links), source: "topology.yaml").files
    }

    @Test func `a new directory is made, and a second run has nothing to do`() throws {
        try inFolder { folder in
            let store = ScriptStore(folder.appending(path: "scripts").path())
            let wanted = try Self.files(["br0", "br1"], mtu: 1400)
            let update = try store.update(for: wanted)
            #expect(update.changes.map(\.path) == ["ifcfg-br0", "ifcfg-br1"])
            #expect(update.changes[0].diff.prefix(3) == ["--- /dev/null", "+++ b/ifcfg-br0", "@@ -0,0 +1,11 @@"])
            try store.write(update)
            #expect(try store.update(for: wanted).isEmpty)
            #expect(try names(folder) == ["scripts"])
        }
    }

    @Test func `what changes is backed up where no reader looks, and keeps its mode`() throws {
        try inFolder { folder in
            let store = ScriptStore(folder.path() + "/scripts/")
            try store.write(try store.update(for: try Self.files(["br0", "br1"], mtu: 1400)))
            let file = folder.appending(path: "scripts/ifcfg-br0")
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path())
            let former = try String(contentsOf: file, encoding: .utf8)
            try "untouched".write(to: folder.appending(path: "scripts/ifup-eth"), atomically: true, encoding: .utf8)
            try FileManager.default.createDirectory(at: folder.appending(path: "scripts/sub"), withIntermediateDirectories: true)
            try "deep".write(to: folder.appending(path: "scripts/sub/file"), atomically: true, encoding: .utf8)

            let update = try store.update(for: try Self.files(["br0"], mtu: 1300))
            #expect(update.changes.map(\.path) == ["ifcfg-br0", "ifcfg-br1"])
            #expect(update.changes[0].diff.contains("-MTU=1400"))
            #expect(update.changes[0].diff.contains("+MTU=1300"))
            #expect(update.changes[1].new == nil)
            try store.write(update)
            #expect(try names(folder.appending(path: "scripts")) == [".weft-backup", "ifcfg-br0", "ifup-eth", "sub"])
            #expect(try String(contentsOf: folder.appending(path: "scripts/.weft-backup/1/ifcfg-br0"), encoding: .utf8) == former)
            #expect(try names(folder.appending(path: "scripts/.weft-backup/1")) == ["ifcfg-br0", "ifcfg-br1"])
            #expect(try String(contentsOf: folder.appending(path: "scripts/sub/file"), encoding: .utf8) == "deep")
            let mode = try FileManager.default.attributesOfItem(atPath: file.path())[.posixPermissions] as? Int
            #expect(mode == 0o640)
            // The next change has a backup of its own.
            try store.write(try store.update(for: try Self.files(["br0"], mtu: 1200)))
            #expect(try names(folder.appending(path: "scripts/.weft-backup")) == ["1", "2"])
        }
    }

    @Test func `a symbolic link becomes a file, and its content is kept where the link would lead elsewhere`() throws {
        try inFolder { folder in
            let store = ScriptStore(folder.appending(path: "scripts").path())
            try store.write(try store.update(for: try Self.files(["br0"], mtu: 1400)))
            let file = folder.appending(path: "scripts/ifcfg-br0")
            let former = try String(contentsOf: file, encoding: .utf8)
            try FileManager.default.moveItem(at: file, to: folder.appending(path: "outside"))
            try FileManager.default.createSymbolicLink(atPath: file.path(), withDestinationPath: "../outside")
            try store.write(try store.update(for: try Self.files(["br0"], mtu: 1300)))
            #expect(try FileManager.default.attributesOfItem(atPath: file.path())[.type] as? FileAttributeType == .typeRegular)
            #expect(try String(contentsOf: folder.appending(path: "outside"), encoding: .utf8) == former)
            let saved = folder.appending(path: "scripts/.weft-backup/1/ifcfg-br0")
            #expect(try FileManager.default.attributesOfItem(atPath: saved.path())[.type] as? FileAttributeType == .typeRegular)
            #expect(try String(contentsOf: saved, encoding: .utf8) == former)
        }
    }

    @Test func `files of somebody else's that make something else of the new ones are named`() throws {
        func entry(_ name: String, _ text: String) -> ScriptDirectory.Entry { .init(name: name, bytes: Array(text.utf8)) }
        let written = try Self.files(["br0"], mtu: 1400)
        let others = [
            entry("ifcfg-eth8", "DEVICE=eth8\nBRIDGE=br0\n"), entry("ifcfg-eth9", "DEVICE=eth9\nBRIDGE=br7\n"),
            entry("ifcfg-br0", "DEVICE=br0\nTYPE=Bridge\n"), entry("ifcfg-eth8.bak", "DEVICE=eth8\nBRIDGE=br0\n"),
            entry("../network", "GATEWAYDEV=eth9\n"),
        ]
        let findings = ScriptSurroundings(ScriptDirectory(others), written: written).findings
        #expect(findings.map(\.message) == ["ifcfg-eth8 is not weft's, and puts eth8 into br0, where the topology has no such port"])
        #expect(findings.first?.mark?.description == "ifcfg-eth8:2:8")

        var link = Link(try LinkName("ens3"), kind: .nic)
        link.addresses = [Address(try IPNetwork("192.0.2.5/24"))]
        var network = HostNetwork(links: [link])
        network.routes = [Route(to: .everything(.ipv4), via: try IPAddress("192.0.2.1"), link: link.name)]
        let files = NetworkScriptRendering(network, source: "topology.yaml").files
        let device = ScriptSurroundings(ScriptDirectory(others), written: files).findings
        #expect(device.map(\.message) == ["GATEWAYDEV=eth9 keeps both readers from setting the default route of ens3"])
    }

    @Test func `a file of somebody else's is never replaced unasked, whatever its name`() throws {
        try inFolder { folder in
            let store = ScriptStore(folder.path())
            let own = "DEVICE=br0\nTYPE=Bridge\n"
            try own.write(to: folder.appending(path: "ifcfg-br0"), atomically: true, encoding: .utf8)
            try "DEVICE=\"br1\"\n".write(to: folder.appending(path: "ifcfg-Office_bridge"), atomically: true, encoding: .utf8)
            try "DEVICE=eth9\n".write(to: folder.appending(path: "ifcfg-eth9"), atomically: true, encoding: .utf8)
            let wanted = try Self.files(["br0", "br1"], mtu: 1400)
            let refused = try store.update(for: wanted)
            #expect(refused.foreign.map(\.path) == ["ifcfg-Office_bridge", "ifcfg-br0"])
            let update = try store.update(for: wanted, takesOver: true)
            #expect(update.foreign.isEmpty)
            try store.write(update)
            #expect(try names(folder) == [".weft-backup", "ifcfg-br0", "ifcfg-br1", "ifcfg-eth9"])
            #expect(try String(contentsOf: folder.appending(path: ".weft-backup/1/ifcfg-br0"), encoding: .utf8) == own)
        }
    }

    @Test func `what changed since the difference was shown is not written over`() throws {
        try inFolder { folder in
            let store = ScriptStore(folder.path())
            try store.write(try store.update(for: try Self.files(["br0"], mtu: 1400)))
            let update = try store.update(for: try Self.files(["br0"], mtu: 1300))
            try "# edited\n".write(to: folder.appending(path: "ifcfg-br0"), atomically: true, encoding: .utf8)
            #expect(throws: ScriptDirectoryError.self) { try store.write(update) }
            #expect(try String(contentsOf: folder.appending(path: "ifcfg-br0"), encoding: .utf8) == "# edited\n")
        }
    }

    /// How a run is interrupted.
    enum Interruption: CaseIterable {
        /// Killed: no call after this one.
        case killed
        /// The call fails, as on a full disk, and the run cleans up.
        case failing
    }

    @Test(arguments: Interruption.allCases)
    func `interrupted at any system call, a change is the old files or the new ones`(_ interruption: Interruption) throws {
        var interruptions = 0
        var outcomes: Set<String> = []
        for number in 0... {
            let isDone = try inFolder { folder in
                let path = folder.path() + "/scripts"
                let plain = ScriptStore(path)
                try plain.write(try plain.update(for: try Self.files(["br0", "br1", "br2"], mtu: 1400)))
                let former = try content(path)
                let update = try plain.update(for: try Self.files(["br0", "br1", "br3"], mtu: 1300))
                let counter = Counter(stopAt: number, isForGood: interruption == .killed)
                let store = ScriptStore(path) { call throws(ScriptDirectoryError) in try counter.pass(call) }
                do throws(ScriptDirectoryError) { try store.write(update) } catch {}
                let now = try content(path)
                let wanted = Dictionary(uniqueKeysWithValues: try Self.files(["br0", "br1", "br3"], mtu: 1300).map { ($0.path, $0.text) })
                #expect(now == former || now == wanted, "\(counter.last) (\(number))")
                outcomes.insert(now == former ? "old" : "new")
                // The next run finds its way from there.
                let next = ScriptStore(path)
                try next.write(try next.update(for: try Self.files(["br0", "br1", "br3"], mtu: 1300)))
                #expect(try content(path) == wanted)
                #expect(try names(folder) == ["scripts"], "\(counter.last) (\(number))")
                return !counter.hasStopped
            }
            if isDone { break }
            interruptions += 1
        }
        #expect(interruptions > 25)
        #expect(outcomes == ["old", "new"])
    }

    @Test func `where a directory cannot be exchanged, the next run finishes what one that was killed began`() throws {
        var mixtures = 0
        for number in 0... {
            let isDone = try inFolder { folder in
                let path = folder.path() + "/scripts"
                let plain = ScriptStore(path)
                try plain.write(try plain.update(for: try Self.files(["br0", "br1", "br2"], mtu: 1400)))
                let former = try content(path)
                let wanted = Dictionary(uniqueKeysWithValues: try Self.files(["br0", "br1", "br3"], mtu: 1300).map { ($0.path, $0.text) })
                let update = try plain.update(for: try Self.files(["br0", "br1", "br3"], mtu: 1300))
                let counter = Counter(stopAt: number, isForGood: true)
                let store = ScriptStore(path) { call throws(ScriptDirectoryError) in
                    try counter.pass(call)
                    if call == "renameat2" { throw ScriptDirectoryError(call, "not here", number: 22) }
                }
                do throws(ScriptDirectoryError) { try store.write(update) } catch {}
                let now = try content(path)
                if now != former, now != wanted { mixtures += 1 }
                try ScriptStore(path).finishEarlierRun()
                let after = try content(path)
                #expect(after == former || after == wanted, "\(counter.last) (\(number))")
                if now != former { #expect(after == wanted) }
                return !counter.hasStopped
            }
            if isDone { break }
        }
        // The only stretch where a reader can meet a mixture, as the documentation says.
        #expect(mixtures > 0)
    }

    // MARK: Help

    private func inFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "weft-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    private func names(_ folder: URL) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted() }

    /// What a reader of the directory sees.
    private func content(_ path: String) throws -> [String: String] {
        var content: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where !name.hasPrefix(".") {
            content[name] = try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
        }
        return content
    }
}

/// Lets calls pass until one, and from there on none or all the others.
private final class Counter {
    private let stopAt: Int
    private let isForGood: Bool
    private var count = 0
    private(set) var hasStopped = false
    private(set) var last = ""

    init(stopAt: Int, isForGood: Bool) {
        self.stopAt = stopAt
        self.isForGood = isForGood
    }

    func pass(_ call: String) throws(ScriptDirectoryError) {
        defer { count += 1 }
        guard count == stopAt || hasStopped && isForGood else { return }
        if !hasStopped { last = call }
        hasStopped = true
        throw ScriptDirectoryError(call, "No space left on device", number: 28)
    }
}
