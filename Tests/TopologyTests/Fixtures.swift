import Foundation
import Testing
import Topology

/// The files beside the tests, found by the place of this one.
enum Fixtures {
    static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    static let examples = tests.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("examples")

    /// The folders under `Mistakes`, by name.
    static let mistakes: [String] = names(in: tests.appendingPathComponent("Mistakes")).filter { !$0.hasPrefix(".") }

    /// The files under `examples`, by name.
    static let exampleFiles: [String] = names(in: examples).filter { $0.hasSuffix(".yaml") }

    static func bytes(_ url: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: url)) }

    static func example(_ name: String) throws -> Topology {
        try Topology.parse(bytes: bytes(examples.appendingPathComponent(name)), file: name)
    }

    private static func names(in folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }
}

/// All that weft has to say about a text, as a person reads it.
func complaints(_ text: String) -> String {
    do throws(TopologyError) {
        let topology = try Topology.parse(text, file: "t.yaml")
        return topology.warnings.map { $0.rendered(source: topology.source, color: false) }.joined(separator: "\n")
    } catch {
        return error.rendered(color: false)
    }
}

/// The messages about a text, without places and lines.
func messages(_ text: String) -> [String] {
    do throws(TopologyError) {
        return try Topology.parse(text, file: "t.yaml").warnings.map(\.message)
    } catch {
        return error.diagnostics.map(\.message)
    }
}
