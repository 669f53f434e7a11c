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
        let both = NetworkScriptImport(directory)
        guard both.findings.hasErrors else { return told(both.findings) + "\n" + (try yaml(both)) }
        return try told(both.findings)
            + ScriptReader.allCases.map { reader in
                let dialect: ScriptDialect = reader == .initscripts ? .initscripts : .networkManager
                return "\n--dialect \(dialect.rawValue)\n" + (try yaml(NetworkScriptImport(directory, dialect: dialect)))
            }.joined()
    }

    private func yaml(_ scripts: NetworkScriptImport) throws -> String {
        let text = TopologyYAML(scripts.network, comments: scripts.comments).text
        // Whatever the files hold, what comes of it is a topology file.
        do throws(TopologyError) {
            _ = try Topology.parse(text, file: "topology.yaml")
            return text
        } catch {
            return text + "\n" + error.rendered(color: false) + "\n"
        }
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

    @Test func `file sets as administrators publish them become the examples`() throws {
        let bridge = "TYPE=Bridge\nBOOTPROTO=static\nNAME=br0\nDEVICE=br0\nONBOOT=yes\nIPADDR=172.16.0.52\nNETMASK=255.255.0.0\nGATEWAY=172.16.0.1\nDNS1=114.114.114.114\n"
        try expect(["br0": bridge, "ens33": "TYPE=Ethernet\nBOOTPROTO=static\nNAME=ens33\nDEVICE=\"ens33\"\nONBOOT=yes\nBRIDGE=br0\n"], "host-bridge")

        var trunk = ["ens37": "TYPE=Ethernet\nBOOTPROTO=static\nDEVICE=ens37\nONBOOT=yes\n"]
        for id in [10, 20] {
            trunk["ens37.\(id)"] = "VLAN=yes\nTYPE=vlan\nPHYSDEV=ens37\nVLAN_ID=\(id)\nNAME=ens37.\(id)\nONBOOT=yes\nZONE=trusted\nDEVICE=ens37.\(id)\nBRIDGE=brvlan-\(id)\n"
            trunk["brvlan-\(id)"] = "TYPE=bridge\nBOOTPROTO=static\nNAME=brvlan-\(id)\nDEVICE=brvlan-\(id)\nONBOOT=yes\n"
        }
        try expect(trunk, "brvlan")

        var bond = [
            "bond0": "DEVICE=bond0\nTYPE=Bond\nNAME=bond0\nBONDING_MASTER=yes                      #主网卡\nBOOTPROTO=static\nUSERCTL=no\nONBOOT=yes\n"
                + "BONDING_OPTS=\"mode=6 miimon=100\"        #模式6\nBRIDGE=br1 \n",
            "br1": "TYPE=Bridge\nDEVICE=br1\nONBOOT=yes\nBOOTPROTO=static\nNAME=br1\n",
        ]
        for nic in 37...40 { bond["ens\(nic)"] = "TYPE=Ethernet\nBOOTPROTO=none\nDEVICE=ens\(nic)\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\n" }
        for id in [10, 20] {
            bond["br1.\(id)"] = trunk["ens37.\(id)"]?.replacing("ens37", with: "br1")
            bond["brvlan-\(id)"] = trunk["brvlan-\(id)"]
        }
        try expect(bond, "bond-brvlan")
    }

    private func expect(_ files: [String: String], _ example: String) throws {
        let scripts = NetworkScriptImport(ScriptDirectory(files.map { .init(name: "ifcfg-\($0.key)", bytes: Array($0.value.utf8)) }))
        #expect(!scripts.findings.hasErrors)
        let back = try Topology.parse(TopologyYAML(scripts.network, comments: scripts.comments).text, file: "back.yaml").network
        let file = Self.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "examples/\(example).yaml")
        let wanted = try Topology.parse(try String(contentsOf: file, encoding: .utf8), file: "example.yaml").network
        #expect(Facts(back).lines == Facts(wanted).lines)
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
