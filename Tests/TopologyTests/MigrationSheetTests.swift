import Foundation
import Testing
import Topology

@Suite struct `The sheet from brctl and its siblings` {
    static let page = Fixtures.tests.deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/from-brctl.md")

    /// What stands between backticks.
    private func snippets() throws -> [String] {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        return text.split(separator: "\n").flatMap { line in line.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) } }
    }

    @Test func `each piece of a topology file reads without an error or a warning of its own`() throws {
        let sections = ["bridges: ", "bonds: ", "vlans: ", "trunks: ", "ethernets: "]
        let pieces = try snippets().filter { piece in sections.contains { piece.hasPrefix($0) } }
        #expect(pieces.count > 45)
        for piece in pieces {
            do {
                let topology = try Topology.parse("version: 1\n\(piece)\n", file: "t.yaml")
                #expect(topology.warnings.map(\.message) == [], "\(piece)")
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    @Test func `every subcommand of brctl and vconfig, and every switch of ifenslave, has a line`() throws {
        let said = try snippets()
        let brctl = [
            "addbr", "delbr", "addif", "delif", "hairpin", "setageing", "setbridgeprio", "setfd", "sethello", "setmaxage", "setpathcost",
            "setportprio", "show", "showmacs", "showstp", "stp",
        ]
        let vconfig = ["add", "rem", "set_flag", "set_egress_map", "set_ingress_map", "set_name_type"]
        let commands = brctl.map { "brctl \($0)" } + vconfig.map { "vconfig \($0)" } + ["-d", "-c", "-a", "-v", "bond0"].map { "ifenslave \($0)" }
        for command in commands { #expect(said.contains { $0 == command || $0.hasPrefix(command + " ") }, "\(command)") }
    }
}
