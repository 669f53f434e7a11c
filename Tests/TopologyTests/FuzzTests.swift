import Foundation
import HostNetwork
import Testing
import Topology

@Suite("Damaged files")
struct FuzzTests {
    /// xorshift64*: the same bytes on every machine and every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 2_685_821_657_736_338_717
        }
    }

    private static let pieces: [String] = [
        "：", "“", "”", "\t", "\n", "\r\n", "  ", "- ", ": ", "{", "}", "[", "]", ",", "&a ", "*a ", "!!str ", "|", ">\n", "'", "\"", "#",
        "---\n",
        "...\n", "?", "\\", "\u{0}", "\u{1b}", "\u{feff}", "\u{200b}", "\u{2028}", "\u{85}", "description: ", "<<: ",
        "mtu: 99999999999999999999\n",
        "-1", "0", "1-4094", "e\u{301}", "网", "😀", "{id}", "default", "absent", "%", "@", "`", "version: 1\n", "vlans: [1-4094]",
        "\u{10fffd}",
    ]

    /// Whatever comes out, it is an answer, and each message can be shown.
    private func check(_ bytes: [UInt8]) {
        do throws(TopologyError) {
            let topology = try Topology.parse(bytes: bytes, file: "f")
            _ = topology.conflicts(with: topology.network)
        } catch {
            #expect(error.diagnostics.contains { $0.severity == .error })
            for diagnostic in error.diagnostics {
                #expect(diagnostic.mark.line >= 1 && diagnostic.mark.column >= 1)
                #expect(diagnostic.rendered(source: error.source, color: false).hasPrefix("f:\(diagnostic.mark.line):"))
            }
        }
    }

    @Test(arguments: 1...8)
    func `a damaged example gets an answer`(_ seed: UInt64) throws {
        var generator = Generator(state: seed &* 0x9e37_79b9_7f4a_7c15)
        let originals =
            try Fixtures.exampleFiles.map { try Fixtures.bytes(Fixtures.examples.appendingPathComponent($0)) }
            + Fixtures.mistakes.map { try Fixtures.bytes(Fixtures.tests.appendingPathComponent("Mistakes/\($0)/topology.yaml")) }
        for _ in 0..<400 {
            var bytes = try #require(originals.randomElement(using: &generator))
            for _ in 0..<Int.random(in: 1...6, using: &generator) { damage(&bytes, &generator) }
            check(bytes)
        }
    }

    @Test(arguments: 1...4)
    func `random bytes and random pieces of YAML get an answer`(_ seed: UInt64) throws {
        var generator = Generator(state: seed &* 0xd134_2543_de82_ef95)
        for _ in 0..<400 {
            let length = Int.random(in: 0...80, using: &generator)
            check((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
            let text = (0..<length).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            check(Array(text.utf8))
        }
    }

    private func damage(_ bytes: inout [UInt8], _ generator: inout Generator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes.insert(contentsOf: (Self.pieces.randomElement(using: &generator) ?? "").utf8, at: place)
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &generator)))
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        case 3:
            let from = Int.random(in: 0...bytes.count, using: &generator)
            let part = bytes[from..<min(bytes.count, from + Int.random(in: 1...60, using: &generator))]
            bytes.insert(contentsOf: Array(part), at: place)
        default: bytes = Array(bytes.prefix(place))
        }
    }
}
