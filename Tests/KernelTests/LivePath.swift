import Foundation
import HostNetwork
import Netlink
import Planner
import TestSupport
import Testing
import Topology

/// A way by which another namespace reaches the host: a card, and above it a bond, a VLAN and a bridge, or some of them. The host's
/// address stands on the topmost; what else a file says may change beside it and on it.
struct LivePath {
    /// What lies above the card.
    struct Shape {
        var mode: BondMode? = .activeBackup
        var hasVLAN = true
        var hasBridge = true
        var filters = false
    }

    static let card = "way"
    /// Further cards, that lead nowhere.
    static let others = ["nic0", "nic1", "nic2"]

    var shape = Shape()
    /// Options in the file's words, by scope.
    var options: [OptionRow.Scope: [String]] = [:]
    /// Entries of sections, and words of links on the path, that are beside the point.
    var bystanders: [(section: String, entry: String)] = []
    var bridgePorts: [String] = []
    var moreVLANs = ""
    var addresses = ["10.77.0.1/24"]

    /// The links of the path, from the card up.
    var links: [String] {
        [Self.card] + (shape.mode == nil ? [] : ["bond0"]) + (shape.hasVLAN ? ["path7"] : []) + (shape.hasBridge ? ["br0"] : [])
    }

    /// The topology file.
    var yaml: String {
        func words(_ scope: OptionRow.Scope) -> String { (options[scope] ?? []).map { ", \($0)" }.joined() }
        var sections: [String: [String]] = [:]
        let host = ", addresses: [\(addresses.joined(separator: ", "))]"
        func top(_ name: String) -> String { name == links.last ? host : "" }
        var below = Self.card
        if below == links.last { sections["ethernets", default: []].append("way: {\(host.dropFirst(2))}") }
        if let mode = shape.mode {
            sections["bonds", default: []].append("bond0: {ports: [{name: way\(words(.bondPort))}], mode: \(mode.name), miimon: 100\(words(.bond))\(top("bond0"))}")
            below = "bond0"
        }
        if shape.hasVLAN {
            sections["vlans", default: []].append("path7: {parent: \(below), id: 7\(words(.vlan))\(top("path7"))}")
            below = "path7"
        }
        if shape.hasBridge {
            let table = shape.filters ? "vlans: [{id: 1, pvid: true, untagged: true}\(moreVLANs)]" : ""
            let port = (["name: \(below)"] + (options[.bridgePort] ?? []) + (shape.filters ? [table] : [])).joined(separator: ", ")
            let own = shape.filters ? ", vlan_filtering: true, self: {\(table)}" : ""
            sections["bridges", default: []].append("br0: {ports: [\((["{\(port)}"] + bridgePorts).joined(separator: ", "))]\(own)\(words(.bridge))\(host)}")
        }
        for (section, entry) in bystanders { sections[section, default: []].append(entry) }
        return "version: 1\n" + sections.sorted { $0.key < $1.key }.map { "\($0):\n" + $1.map { "  \($0)\n" }.joined() }.joined()
    }

    // MARK: By chance

    /// Two files with one path, and all else by chance.
    static func pair(seed: UInt64) -> (first: LivePath, second: LivePath) {
        var random = SeededGenerator(seed: seed)
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var shape = Shape()
        shape.mode = chance(75) ? BondMode.allCases.randomElement(using: &random) : nil
        shape.hasVLAN = chance(60)
        shape.hasBridge = chance(70)
        shape.filters = shape.hasBridge && chance(40)
        return (by(&random, shape), by(&random, shape))
    }

    private static func by(_ random: inout SeededGenerator, _ shape: Shape) -> LivePath {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var path = LivePath(shape: shape)
        for scope in OptionRow.Scope.allCases {
            for row in OptionRow.rows(of: scope) where row.since == nil && row.change == .live && !unfit.contains(row.name) && chance(25) {
                guard shape.mode.map({ row.modes.contains($0) }) ?? true else { continue }
                if row.id == OptionRow.multicastVLANSnooping.id, !shape.filters { continue }
                guard let value = value(of: row, &random) else { continue }
                path.options[scope, default: []].append("\(row.name): \(value)")
            }
        }
        if chance(30) { path.addresses.append("10.78.0.1/24") }
        if chance(20) { path.addresses.append("2001:db8:77::1/64") }
        if chance(40) { path.moreVLANs = ", \(Int.random(in: 20...30, using: &random)), 100-\(Int.random(in: 101...4000, using: &random))" }
        var free = others.shuffled(using: &random)
        if shape.hasBridge, chance(40), let nic = free.popLast() { path.bridgePorts.append("{name: \(nic)\(chance(50) ? ", hairpin: true" : "")}") }
        var ports: [String] = []
        if shape.hasVLAN, chance(60) {
            let id = Int.random(in: 8...9, using: &random)
            path.bystanders.append(("vlans", "beside\(id): {parent: \(shape.mode == nil ? card : "bond0"), id: \(id)\(chance(50) ? ", gvrp: true" : "")}"))
            ports.append("beside\(id)")
        }
        if chance(50), let nic = free.popLast() {
            let mode = Int.random(in: 0...6, using: &random)
            path.bystanders.append(("bonds", "bond1: {ports: [\(nic)], mode: \(mode), miimon: 100}"))
            ports.append("bond1")
        }
        if chance(30), let nic = free.popLast() { ports.append(nic) }
        if chance(60) {
            let host = chance(50) ? ", addresses: [10.79.0.1/24], routes: [{to: 192.168.79.0/24, via: 10.79.0.9}]" : ""
            path.bystanders.append(("bridges", "br1: {ports: [\(ports.joined(separator: ", "))], stp: \(chance(50))\(host)}"))
        }
        return path
    }

    /// What would end the path for good, or is said of it elsewhere, or costs something whatever its value.
    private static let unfit: Set<String> = [
        "miimon", "use_carrier", "arp_interval", "arp_ip_target", "ns_ip6_target", "arp_validate", "arp_all_targets", "arp_missed_max", "active_slave",
        "primary", "min_links", "stp_state", "vlan_filtering", "vlan_protocol", "vlan_default_pvid", "locked", "mab", "learning", "flood", "bcast_flood",
        "mcast_flood", "neigh_suppress", "neigh_vlan_suppress", "proxy_arp", "proxy_arp_wifi", "bridge_binding", "loose_binding",
    ]

    private static func value(of row: OptionRow, _ random: inout SeededGenerator) -> String? { values(of: row).randomElement(using: &random) }

    /// Some of the values that a row can have, in the file's words; none for what names links or addresses.
    static func values(of row: OptionRow) -> [String] {
        // No bond has more queues than its driver gives it.
        if row.id == OptionRow.queueID.id { return ["1", "3", "0"] }
        return switch row.meaning {
        case .flag: ["true", "false"]
        case .choice(let choices): choices.map(\.name)
        case .mask: ["0x4000", "0", "8"]
        case .mac: ["\"02:00:00:00:00:99\"", "\"00:00:00:00:00:00\""]
        case .bridgeGroup: ["\"01:80:c2:00:00:0e\"", "\"01:80:c2:00:00:00\""]
        case .priorityMap: ["[0:1, 3:5]", "[3:2]", "[]"]
        case .milliseconds: ["200", "400", "0"]
        case .count, .centiseconds:
            row.range.map { range in
                let some = [range.lowerBound + 1, range.lowerBound + 300, range.lowerBound, range.upperBound].filter { range.contains($0) }
                return some.map { row.text(of: .number($0)) }
            } ?? []
        case .link, .ipv4List, .ipv6List: []
        }
    }
}

/// The two ends of a ``LivePath``, each in a namespace of its own.
struct LivePathLab {
    let lab: Lab
    let peer: Lab
    let shape: LivePath.Shape
    let address = "10.77.0.1"

    /// Sets both ends up and goes.
    static func with(_ shape: LivePath.Shape, _ test: (LivePathLab) async throws -> Void) async throws {
        try await Lab.with { lab in
            try await Lab.with { peer in
                try lab.nicsUp(LivePath.others)
                try lab.ip("link add \(LivePath.card) type veth peer name there netns \(peer.name)\nlink set \(LivePath.card) up")
                var below = "there"
                if shape.mode == .ieee8023ad {
                    // LACP has somebody to talk to.
                    try peer.ip("link add lag type bond mode 802.3ad miimon 100 lacp_rate fast\nlink set there master lag\nlink set lag up")
                    below = "lag"
                }
                try peer.ip("link set there up")
                if shape.hasVLAN { try peer.ip("link add there.7 link \(below) type vlan id 7\nlink set there.7 up") }
                try peer.ip("addr add 10.77.0.2/24 dev \(shape.hasVLAN ? "there.7" : below)")
                try await test(LivePathLab(lab: lab, peer: peer, shape: shape))
            }
        }
    }

    /// Waits until the path carries a ping; LACP, and a bond's own timers, take seconds.
    func isAlive() throws -> Bool {
        for _ in 0..<60 {
            guard try hasPartner() else {
                Thread.sleep(forTimeInterval: 0.5)
                continue
            }
            if (try? Lab.run(["ip", "netns", "exec", peer.name, "ping", "-q", "-c", "1", "-W", "1", address])) != nil { return true }
        }
        return false
    }

    /// Whether LACP has come to an end: until then a port may carry frames for itself, and lose some as it becomes one of many.
    private func hasPartner() throws -> Bool {
        guard shape.mode == .ieee8023ad else { return true }
        let port = (try lab.links()[LivePath.card]?["linkinfo"] as? [String: Any])?["info_slave_data"] as? [String: Any]
        return ["ad_actor_oper_port_state_str", "ad_partner_oper_port_state_str"].allSatisfy {
            let states = port?[$0] as? [String] ?? []
            return states.contains("collecting") && states.contains("distributing") && !states.contains("defaulted")
        }
    }

    /// Does something while a thousand pings a second go through.
    /// - Returns: how many were sent and answered; `nil` where they were over before the work was, so that they prove nothing.
    func pinged(_ count: Int, _ work: () throws -> Void) throws -> (sent: Int, answered: Int)? {
        let ping = Process()
        ping.executableURL = URL(filePath: "/usr/bin/env")
        ping.arguments = ["ip", "netns", "exec", peer.name, "ping", "-q", "-i", "0.001", "-c", "\(count)", "-W", "2", address]
        let output = Pipe()
        ping.standardOutput = output
        let before = try received()
        try ping.run()
        // Once the first have come through, every frame counts.
        while ping.isRunning, try received() < before + 5 { Thread.sleep(forTimeInterval: 0.01) }
        try work()
        let isWhole = ping.isRunning
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        ping.waitUntilExit()
        let line = text.split(separator: "\n").first { $0.contains("packets transmitted") } ?? ""
        let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count >= 2 else { throw Lab.Failure(description: "ping says \(text)") }
        return isWhole ? (numbers[0], numbers[1]) : nil
    }

    /// How many frames the card has received.
    private func received() throws -> Int {
        let links = try lab.json("-s link show dev \(LivePath.card)")
        let statistics = links.first?["stats64"] as? [String: Any]
        return ((statistics?["rx"] as? [String: Any])?["packets"] as? NSNumber)?.intValue ?? 0
    }

    /// Whether the plan says that nobody on the path feels a step.
    func isCalm(_ step: Step, _ path: LivePath) -> Bool {
        if step.impact.impact == .none { return true }
        let names = Set(path.links)
        let touches = step.subjects.contains { names.contains($0.text) } || step.impact.affected.contains { names.contains($0.link.text) }
        return !touches
    }
}
