import Foundation
import HostNetwork
import NetworkScripts
import Report
import Testing
import Topology

/// What becomes of files as people write them: each folder of `Torture` holds some, and in `import.txt` and `lint.txt` all that
/// weft makes of them. `WEFT_WRITE_CASES=1` writes these anew.
@Suite struct `Network scripts as people write them` {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Torture")
    static let cases = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []).sorted()

    @Test func `there are cases`() { #expect(Self.cases.count > 12) }

    @Test(arguments: cases)
    func `files are understood, or complained of, as written down`(_ name: String) throws {
        let folder = Self.folder.appending(path: name)
        let directory = try Scripts.directory(folder)
        try compare(folder.appending(path: "import.txt"), imported(directory))
        try compare(folder.appending(path: "lint.txt"), told(NetworkScriptLint(directory).findings))
    }

    /// The import for both readers; where they differ, for each alone.
    private func imported(_ directory: ScriptDirectory) throws -> String {
        var both = NetworkScriptImport(directory)
        guard both.findings.hasErrors else {
            let yaml = try yaml(&both)
            return told(both.findings) + "\n" + yaml
        }
        return try told(both.findings)
            + [ScriptDialect.initscripts, .networkManager].map { dialect in
                var one = NetworkScriptImport(directory, dialect: dialect)
                let before = one.findings.count
                let yaml = try yaml(&one)
                // What is told for both is told above.
                return "\n--dialect \(dialect.rawValue)\n" + told(Array(one.findings.dropFirst(before))) + yaml
            }.joined()
    }

    /// Whatever the files hold, what comes of it is a topology that `weft check` takes.
    private func yaml(_ scripts: inout NetworkScriptImport) throws -> String {
        let yaml = TopologyYAML(scripts.network, comments: scripts.comments, hardwareAddresses: scripts.hardwareAddresses)
        let mended = MendedTopology(yaml.text, file: "topology.yaml")
        for removal in mended.removals {
            scripts.refuse(removal.diagnostic.message, fix: removal.diagnostic.fix, key: removal.key, item: removal.item, link: yaml.link(ofLine: removal.line))
        }
        #expect(try Topology.parse(mended.text, file: "topology.yaml").conflicts(with: HostNetwork()).isEmpty)
        return mended.text
    }

    private func told(_ findings: [ScriptFinding]) -> String {
        findings.map { finding in
            "\(finding.mark.map { "\($0): " } ?? "")\(finding.severity.rawValue): \(finding.message)\n" + (finding.fix.map { "  fix: \($0)\n" } ?? "")
        }.joined()
    }

    private func compare(_ file: URL, _ text: String) throws {
        if ProcessInfo.processInfo.environment["WEFT_WRITE_CASES"] == "1" { try text.write(to: file, atomically: true, encoding: .utf8) }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test func `no bytes at all end the reading`() throws {
        var random = SeededBytes(state: 7)
        let pieces = ["DEVICE=", "br0", "\n", "\"", "'", "$", "(", "`", "\\", " ", "#", ";", "=", "TYPE=Bridge\n", "\r", "\u{feff}", "“", "＝", "${", "$'\\x", "export ", "BRIDGING_OPTS=", "DELAY=99999999999999999999"]
        for _ in 0..<400 {
            let text = (0..<Int(random.next() % 30)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            var bytes = Array(text.utf8)
            if random.next() % 4 == 0 { bytes.append(UInt8(random.next() % 256)) }
            let directory = ScriptDirectory([.init(name: "ifcfg-br0", bytes: bytes), .init(name: "route-br0", bytes: bytes)])
            let lines = directory.sources.first?.lines.count ?? 0
            for finding in NetworkScriptLint(directory).findings + NetworkScriptImport(directory).findings {
                #expect(finding.mark.map { $0.line >= 1 && $0.line <= max(1, lines) && $0.column >= 1 } ?? true, "\(text.debugDescription): \(finding)")
            }
        }
    }

    /// The file sets of `Published`, each with the example that it becomes once the example speaks of the same NIC and addresses.
    private static let published: [String: (example: String, replacing: [String: String])] = [
        "host-bridge-netmask": (
            "host-bridge", ["ens33": "eth0", "172.16.0.52": "172.18.200.101", "172.16.0.1\n": "172.18.0.1\n", "114.114.114.114": "172.18.0.1"]
        ),
        "host-bridge-prefix": ("host-bridge", ["ens33": "enp134s0f0"]),
        "vlan-on-bridge-on-bond": ("bond-brvlan", [:]),
        "vlan-on-nic": ("brvlan", [:]),
    ]

    @Test func `file sets as administrators published them, slips included, become the examples`() throws {
        let folder = Self.folder.deletingLastPathComponent().appending(path: "Published")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
        #expect(names == Self.published.keys.sorted())
        for name in names {
            let (example, replacing) = try #require(Self.published[name])
            let scripts = NetworkScriptImport(try Scripts.directory(folder.appending(path: name)))
            #expect(!scripts.findings.hasErrors, "\(name)")
            let back = try Topology.parse(TopologyYAML(scripts.network, comments: scripts.comments).text, file: "back.yaml").network
            let file = Self.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "examples/\(example).yaml")
            let text = replacing.reduce(try String(contentsOf: file, encoding: .utf8)) { $0.replacing($1.key, with: $1.value) }
            #expect(Facts(back).lines == Facts(try Topology.parse(text, file: "example.yaml").network).lines, "\(name)")
        }
    }
}

/// Numbers that are the same every time.
private struct SeededBytes {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}
