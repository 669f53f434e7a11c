import Foundation
import HostNetwork
import NetworkScripts
import Testing
import Topology

/// Whole sets of files: each folder of `Cases` holds a topology and, in a folder named by the dialect, every file that it is
/// rendered to, or the errors (`refused.txt`) that say why it is not. `WEFT_WRITE_CASES=1` writes them anew.
@Suite struct `Network scripts as files` {
    static let machineID = "0123456789abcdef0123456789abcdef"
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")
    static let cases = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []).sorted().flatMap { name in
        ScriptDialect.allCases.map { (name, $0) }
    }

    @Test func `there are cases`() { #expect(Self.cases.count > 30) }

    @Test func `every example is a case`() throws {
        let examples = Self.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "examples")
        let names = try FileManager.default.contentsOfDirectory(atPath: examples.path()).filter { $0.hasSuffix(".yaml") }
        #expect(names.count > 4)
        for name in names {
            let text = try String(contentsOf: examples.appending(path: name), encoding: .utf8)
            let here = Self.folder.appending(path: "\(name.dropLast(".yaml".count))/topology.yaml")
            #expect(try String(contentsOf: here, encoding: .utf8) == text, "\(name)")
        }
    }

    @Test(arguments: cases)
    func `a topology becomes just these files`(_ name: String, _ dialect: ScriptDialect) throws {
        let folder = Self.folder.appending(path: name)
        let yaml = try String(contentsOf: folder.appending(path: "topology.yaml"), encoding: .utf8)
        let network = try Topology.parse(yaml, file: "topology.yaml").network
        let rendering = NetworkScriptRendering(network, dialect: dialect, source: "topology.yaml", machineID: Self.machineID)
        let written = Self.texts(rendering)
        if ProcessInfo.processInfo.environment["WEFT_WRITE_CASES"] == "1" { try Self.write(written, to: folder.appending(path: dialect.rawValue)) }
        let expected = try Self.read(folder.appending(path: dialect.rawValue))
        #expect(written == expected)
        // A second rendering gives the same bytes.
        #expect(Self.texts(NetworkScriptRendering(network, dialect: dialect, source: "topology.yaml", machineID: Self.machineID)) == written)
    }

    private static func texts(_ rendering: NetworkScriptRendering) -> [String: String] {
        var texts: [String: String] = [:]
        let findings = rendering.findings.map { finding in
            "\(finding.mark.map { "\($0): " } ?? "")\(finding.severity.rawValue): \(finding.message)\n" + (finding.fix.map { "  fix: \($0)\n" } ?? "")
        }.joined()
        if rendering.findings.hasErrors { return ["refused.txt": findings] }
        if !findings.isEmpty { texts["findings.txt"] = findings }
        for file in rendering.files { texts[file.path] = file.text }
        return texts
    }

    private static func write(_ texts: [String: String], to folder: URL) throws {
        try? FileManager.default.removeItem(at: folder)
        for (path, text) in texts {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
    }

    static func read(_ folder: URL) throws -> [String: String] {
        var texts: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path()) {
            var isFolder: ObjCBool = false
            let file = folder.appending(path: path)
            guard FileManager.default.fileExists(atPath: file.path(), isDirectory: &isFolder), !isFolder.boolValue else { continue }
            texts[path] = try String(contentsOf: file, encoding: .utf8)
        }
        return texts
    }
}
