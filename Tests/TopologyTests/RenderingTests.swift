import HostNetwork
import Testing
import Topology

@Suite("How a message looks")
struct RenderingTests {
    private func rendered(_ text: String, color: Bool = false) -> [String] {
        do throws(TopologyError) {
            _ = try Topology.parse(text, file: "net.yaml")
            return []
        } catch {
            return error.rendered(color: color).split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        }
    }

    @Test func `a message has its place, the line, a caret and the fix`() {
        #expect(
            rendered("version: 1\nbridges:\n  br0: {stp: maybe}\n") == [
                "net.yaml:3:14: error: 'maybe' is not a value of 'stp'",
                "  br0: {stp: maybe}",
                "             ^~~~~",
                "  fix: true or false",
            ])
    }

    @Test func `carets stand right behind wide and combining characters`() {
        let lines = rendered("version: 1\nbridges:\n  \"网桥e\u{301}\": {mut: 1}\n")
        #expect(lines[0].hasPrefix("net.yaml:3:12: error:"))
        #expect(lines[2] == "            ^~~")
    }

    @Test func `a wave is as wide as what it marks`() {
        let lines = rendered("version: 1\nbridges:\n  br0: {stp: 开}\n")
        #expect(lines[2] == "             ^~")
    }

    @Test func `a tab before the place stays a tab under it`() {
        let lines = rendered("version: 1\nbridges: {br0: {stp:\tmaybe}}\n")
        #expect(lines[1] == "bridges: {br0: {stp:\tmaybe}}")
        #expect(lines[2] == "                    \t^~~~~")
    }

    @Test func `related places come as notes`() {
        let lines = rendered("version: 1\nbridges:\n  br0: {mtu: 1500, mtu: 9000}\n")
        #expect(
            lines == [
                "net.yaml:3:20: error: 'mtu' stands twice here",
                "  br0: {mtu: 1500, mtu: 9000}",
                "                   ^~~",
                "  fix: keep one of the two",
                "net.yaml:3:9: note: the first is here",
                "  br0: {mtu: 1500, mtu: 9000}",
                "        ^~~",
            ])
    }

    @Test func `colour changes nothing but colour`() {
        let text = "version: 1\nbridges:\n  br0: {mtu: 1500, mtu: 9000}\nbonds: {bond0: {}}\n"
        let plain = rendered(text)
        let coloured = rendered(text, color: true)
        #expect(coloured != plain)
        #expect(coloured.map { $0.replacing(/\u{1b}\[[0-9;]*m/, with: "") } == plain)
        #expect(coloured.contains { $0.contains("\u{1b}[1;31merror:\u{1b}[0m") })
        #expect(coloured.contains { $0.contains("\u{1b}[1;35mwarning:\u{1b}[0m") })
    }

    @Test func `messages come in the order of the file`() throws {
        let error = #expect(throws: TopologyError.self) {
            try Topology.parse(
                "version: 1\nbridges:\n  br1: {gateway: 192.0.2.1, mut: 1}\n  br0: {gateway: 192.0.2.1}\nbogus: 1\n", file: "t.yaml")
        }
        let places = try #require(error).diagnostics.map { ($0.mark.line, $0.mark.column) }
        #expect(places.map(\.0) == [3, 4, 5])
        #expect(places.elementsEqual(places.sorted { $0 < $1 }) { $0 == $1 })
    }
}
