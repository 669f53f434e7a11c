import Foundation
import HostNetwork
import NetworkScripts
import Report
import TestSupport
import Testing
import Topology

/// Topology → network scripts → topology.
@Suite struct `The way there and back` {
    @Test(arguments: ScriptDialect.allCases)
    func `what the files can say comes back as it was, over random topologies`(_ dialect: ScriptDialect) throws {
        var whole = 0
        for seed in UInt64(0)..<1600 {
            guard let topology = try? Topology.parse(RandomTopology.yaml(seed: seed), file: "t.yaml") else { continue }
            let rendering = NetworkScriptRendering(topology.network, dialect: dialect, source: "t.yaml")
            if rendering.findings.hasErrors { continue }
            whole += 1
            let back = try Scripts.imported(rendering.files, dialect: dialect)
            let (left, right) = (Facts(back).lines, Facts(topology.network).lines)
            #expect(left.filter { !right.contains($0) } == right.filter { !left.contains($0) }, "seed \(seed)")
        }
        #expect(whole > 20)
    }

    @Test(arguments: ScriptDialect.allCases)
    func `files that leave something out come back as the same files`(_ dialect: ScriptDialect) throws {
        var lossy = 0
        for seed in UInt64(0)..<200 {
            guard let topology = try? Topology.parse(RandomTopology.yaml(seed: seed), file: "t.yaml") else { continue }
            let rendering = NetworkScriptRendering(topology.network, dialect: dialect, source: "t.yaml", isLossy: true)
            #expect(!rendering.findings.hasErrors, "seed \(seed)")
            if rendering.findings.contains(where: { $0.severity == .warning && $0.message.contains("down") }) { continue }
            if !rendering.findings.isEmpty { lossy += 1 }
            let back = try Scripts.imported(rendering.files, dialect: dialect)
            let again = NetworkScriptRendering(back, dialect: dialect, source: "t.yaml", isLossy: true)
            let written = Dictionary(uniqueKeysWithValues: rendering.files.map { ($0.path, $0.text) })
            let rewritten = Dictionary(uniqueKeysWithValues: again.files.map { ($0.path, $0.text) })
            for path in Set(written.keys).union(rewritten.keys).sorted() { #expect(rewritten[path] == written[path], "seed \(seed): \(path)") }
        }
        if dialect == .both { #expect(lossy > 12) }
    }

    @Test(arguments: `Network scripts as files`.cases)
    func `every case comes back as it was`(_ name: String, _ dialect: ScriptDialect) throws {
        let file = `Network scripts as files`.folder.appending(path: "\(name)/topology.yaml")
        let network = try Topology.parse(try String(contentsOf: file, encoding: .utf8), file: "topology.yaml").network
        let rendering = NetworkScriptRendering(network, dialect: dialect, source: "topology.yaml", machineID: `Network scripts as files`.machineID)
        if rendering.findings.hasErrors { return }
        #expect(Facts(try Scripts.imported(rendering.files, dialect: dialect)).lines == Facts(network).lines)
    }

    @Test func `what was rendered has nothing that lint complains of`() throws {
        for seed in UInt64(0)..<100 {
            guard let topology = try? Topology.parse(RandomTopology.yaml(seed: seed), file: "t.yaml") else { continue }
            let rendering = NetworkScriptRendering(topology.network, source: "t.yaml", machineID: `Network scripts as files`.machineID)
            if rendering.findings.hasErrors { continue }
            #expect(NetworkScriptLint(Scripts.directory(rendering.files)).findings.map(\.message) == [], "seed \(seed)")
        }
    }
}

enum Scripts {
    static func directory(_ files: [ScriptFile]) -> ScriptDirectory {
        ScriptDirectory(files.filter { !$0.path.contains("/") }.map { .init(name: $0.path, bytes: Array($0.text.utf8)) })
    }

    static func directory(_ folder: URL) throws -> ScriptDirectory {
        ScriptDirectory(
            try FileManager.default.contentsOfDirectory(atPath: folder.path()).map { name in
                .init(name: name, bytes: [UInt8](try Data(contentsOf: folder.appending(path: name))))
            })
    }

    /// Reads files back, all the way through the text of a topology file.
    static func imported(_ files: [ScriptFile], dialect: ScriptDialect) throws -> HostNetwork {
        let scripts = NetworkScriptImport(directory(files), dialect: dialect)
        #expect(scripts.findings.map(\.message) == [])
        #expect(scripts.comments.values.joined().allSatisfy { $0.hasPrefix("from ") })
        return try Topology.parse(TopologyYAML(scripts.network, comments: scripts.comments).text, file: "back.yaml").network
    }
}

/// A wanted network in lines, without what makes no difference to a host that has none of it yet: defaults in so many words, the
/// order of ports, and where things stand in the file.
struct Facts {
    let lines: [String]

    init(_ network: HostNetwork) {
        var lines: [String] = []
        for link in network.sortedLinks where link.isPresent {
            var words = ["\(link.kind)", "master \(link.master?.text ?? "-")", "parent \(link.parent?.text ?? "-")"]
            words.append("up \(link.isUp ?? true)")
            if let mtu = link.mtu { words.append("mtu \(mtu)") }
            if let mac = link.mac { words.append("mac \(mac)") }
            if let alias = link.alias { words.append("alias \(alias)") }
            words.append("dhcp \(link.dhcp4 ?? false) \(link.dhcp6 ?? false)")
            words.append("addresses \((link.addresses ?? []).map(\.network.description).sorted())")
            words.append("dns \(link.nameServers)")
            for scope in OptionRow.Scope.allCases {
                for row in OptionRow.rows(of: scope) {
                    guard var value = scope == .bridgePort || scope == .bondPort ? link.portOptions[row] : link.options[row], value != row.kernelDefault else { continue }
                    if case .addresses(let list) = value { value = .addresses(list.sorted()) }
                    words.append("\(row.name) \(row.text(of: value))")
                }
            }
            if let vlans = Self.vlans(of: link, in: network) { words.append("vlans \(vlans)") }
            let line = "\(link.name): \(words.joined(separator: ", "))"
            // A NIC of which nothing is said but that it is there.
            if line.hasSuffix(": nic, master -, parent -, up true, dhcp false false, addresses [], dns []"), link.isUp == nil { continue }
            lines.append(line)
        }
        lines += network.routes.map { route in
            "route \(route.destination) via \(route.gateway?.description ?? "-") dev \(route.link?.text ?? "-") metric \(route.effectiveMetric) table \(route.table)"
                + " src \(route.source?.description ?? "-") mtu \(route.mtu ?? 0) onlink \(route.isOnLink) type \(route.type)"
                + route.nextHops.map { " way \($0.gateway?.description ?? "-") dev \($0.link) weight \($0.weight) onlink \($0.isOnLink)" }.joined()
        }.sorted()
        lines += network.rules.map { "rule \($0.family) \($0.display)" }.sorted()
        self.lines = lines
    }

    /// A VLAN table, unless it is what a new port gets.
    private static func vlans(of link: Link, in network: HostNetwork) -> String? {
        guard let bridge = link.kind == .bridge ? link : link.master.flatMap({ network[$0] }), let table = network.bridgeVLANs[link.name],
            table != .initial(defaultPVID: bridge.defaultPVID)
        else { return nil }
        return table.display
    }
}
