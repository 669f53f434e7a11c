import Foundation
import HostNetwork
import Testing
import Topology

@Suite("Mistakes in a file")
struct MistakeTests {
    @Test(arguments: Fixtures.mistakes)
    func `a file's mistakes are reported all at once, each with its place and its fix`(_ name: String) throws {
        let folder = Fixtures.tests.appendingPathComponent("Mistakes/\(name)")
        let bytes = try Fixtures.bytes(folder.appendingPathComponent("topology.yaml"))
        let expected = String(decoding: try Fixtures.bytes(folder.appendingPathComponent("expected.txt")), as: UTF8.self)
        #expect(try report(bytes) + "\n" == expected)
    }

    @Test func `there are fixtures for every kind of mistake`() {
        #expect(Fixtures.mistakes.count >= 50)
    }

    @Test(arguments: Fixtures.mistakes)
    func `no message stands at a place outside the file`(_ name: String) throws {
        let bytes = try Fixtures.bytes(Fixtures.tests.appendingPathComponent("Mistakes/\(name)/topology.yaml"))
        let (diagnostics, source) = try diagnose(bytes)
        #expect(!diagnostics.isEmpty)
        for diagnostic in diagnostics {
            #expect(diagnostic.mark.line >= 1 && diagnostic.mark.line <= max(1, source.lines.count))
            let width = source.line(diagnostic.mark.line).unicodeScalars.count
            #expect(diagnostic.mark.column >= 1 && diagnostic.mark.column <= width + 1)
            #expect(!diagnostic.message.isEmpty && !diagnostic.message.hasSuffix("."))
        }
    }

    @Test func `line ends of every kind give the same places`() {
        let text = "version: 1\nbridges:\n  br0:\n    prots: [ens33]\n"
        let expected = complaints(text)
        #expect(expected.hasPrefix("t.yaml:4:5: error: unknown key 'prots' in bridge br0"))
        #expect(complaints(text.replacingOccurrences(of: "\n", with: "\r\n")) == expected)
        #expect(complaints(text.replacingOccurrences(of: "\n", with: "\r")) == expected)
    }

    @Test func `a byte order mark in front is no mistake`() {
        #expect(messages("\u{feff}version: 1\nbridges: {br0: {ports: [ens33]}}\n") == [])
        #expect(complaints("\u{feff}versoin: 1\n").contains("t.yaml:1:1: error: unknown key 'versoin'"))
    }

    @Test func `bytes that are not UTF-8 are named by their place`() throws {
        let bytes = Array("version: 1\n# ".utf8) + [0xd6, 0xd0, 0xce, 0xc4] + Array("\nbridges: {br0: {mut: 1}}\n".utf8)
        let (diagnostics, _) = try diagnose(bytes)
        #expect(diagnostics.map(\.message) == ["the file is not UTF-8 here", "unknown key 'mut' in bridge br0"])
        #expect(diagnostics.first?.mark.line == 2)
        #expect(diagnostics.first?.mark.column == 3)
    }

    @Test func `an empty file, a comment and an empty document are empty`() {
        for text in ["", "\n\n", "# nothing\n", "---\n", "---\n...\n", "~\n", "\u{feff}"] {
            #expect(messages(text) == ["the file is empty"], "\(text.debugDescription)")
        }
    }

    @Test func `a file with a version alone wants nothing and is no mistake`() throws {
        let topology = try Topology.parse("version: 1\n", file: "t.yaml")
        #expect(topology.network.links.isEmpty)
        #expect(topology.warnings.isEmpty)
    }

    @Test func `control characters are named, and do not reach the terminal`() {
        let report = complaints("version: 1\nbridges:\n  br0:\n    description: \"a\u{1b}[31m\"\n    mut\u{7}: 1\n")
        #expect(report.contains("an invisible character (U+001B), a control character"))
        #expect(!report.unicodeScalars.contains("\u{1b}"))
        #expect(!report.unicodeScalars.contains("\u{7}"))
    }

    @Test func `lists nested without end are refused, not followed`() {
        #expect(!messages(String(repeating: "[", count: 100_000)).isEmpty)
        #expect(!messages(String(repeating: "- ", count: 20_000)).isEmpty)
        #expect(!messages("a: " + String(repeating: "{a: ", count: 5_000)).isEmpty)
    }
}

/// Everything that is said about a file's bytes.
private func diagnose(_ bytes: [UInt8]) throws -> ([Diagnostic], SourceText) {
    do throws(TopologyError) {
        let topology = try Topology.parse(bytes: bytes, file: "topology.yaml")
        return (topology.warnings, topology.source)
    } catch {
        return (error.diagnostics, error.source)
    }
}

private func report(_ bytes: [UInt8]) throws -> String {
    let (diagnostics, source) = try diagnose(bytes)
    return diagnostics.map { $0.rendered(source: source, color: false) }.joined(separator: "\n")
}
