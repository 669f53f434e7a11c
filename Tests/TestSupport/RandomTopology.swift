/// A random topology file over six NICs, `nic0` to `nic5`: valid in nearly all cases, and small enough that two of them often
/// meet in names, ports, tags and addresses.
public struct RandomTopology {
    /// The NICs that a host needs.
    public static let nics = (0..<6).map { "nic\($0)" }

    private var random: SeededGenerator
    private var lines: [String: [String]] = [:]
    /// Links that may still become a port or a parent.
    private var free: [String] = RandomTopology.nics
    private var addresses = (1...6).map { "10.\($0).0.1/24" } + ["2001:db8:1::1/64", "2001:db8:2::1/64"]
    /// Routers that addresses of the file lead to.
    private var gateways: [(via: String, link: String)] = []
    private var hasDefaultRoute = false
    private var hasDefaultRoute6 = false
    private var ports: Set<String> = []

    /// The file's text for a seed.
    public static func yaml(seed: UInt64) -> String {
        var topology = RandomTopology(random: SeededGenerator(seed: seed))
        return topology.make()
    }

    private init(random: SeededGenerator) { self.random = random }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func take(_ most: Int) -> [String] {
        let count = Int.random(in: 0...min(most, free.count), using: &random)
        let taken = Array(free.shuffled(using: &random).prefix(count))
        free.removeAll { taken.contains($0) }
        ports.formUnion(taken)
        return taken
    }

    private mutating func make() -> String {
        var bonds: [String] = []
        for number in 0..<Int.random(in: 0...2, using: &random) {
            bonds.append(bond("bond\(number)"))
            free.append("bond\(number)")
        }
        var vlans: [String] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            if let (name, text) = vlan(taken: vlans) {
                vlans.append(text)
                free.append(name)
            }
        }
        var bridges: [String] = []
        for number in 0..<Int.random(in: 0...3, using: &random) { bridges.append(bridge("br\(number)")) }
        // The VLANs' own text comes last: only now it is known which of them are ports.
        vlans = vlans.map { text in
            let name = String(text.prefix { $0 != ":" })
            return ports.contains(name) || text.contains("up: false") ? text : text.replacing("}", with: host(name, prefix: ", ") + "}")
        }
        var ethernets: [String] = []
        for nic in Self.nics where !ports.contains(nic) && chance(30) {
            let text = host(nic, prefix: "")
            if !text.isEmpty { ethernets.append("\(nic): {\(text)}") }
        }
        // Last, so that the links of a seed stay what they are.
        let hostWide = hostWide()
        bonds = bonds.map { decorated($0) }
        vlans = vlans.map { decorated($0, isVLAN: true) }
        bridges = bridges.map { decorated($0) }
        ethernets = ethernets.map { decorated($0) }
        var file = "version: 1\n"
        for (section, entries) in [("bonds", bonds), ("vlans", vlans), ("bridges", bridges), ("ethernets", ethernets)] where !entries.isEmpty {
            file += "\(section):\n" + entries.map { "  \($0)\n" }.joined()
        }
        return file + hostWide
    }

    /// A link with further names, a word about IPv6 and a VLAN's priorities.
    private mutating func decorated(_ link: String, isVLAN: Bool = false) -> String {
        var keys: [String] = []
        if chance(15) {
            // Of its own: a name that a link keeps of which the next file does not speak cannot be given to another.
            let name = link.prefix { $0 != ":" }
            let names = ["\(name)-a", "\(name)-b", "\(name)-c"].shuffled(using: &random).prefix(Int.random(in: 0...2, using: &random))
            keys.append("altnames: [\(names.joined(separator: ", "))]")
        }
        if chance(12), !link.contains("2001:") {
            keys.append("ipv6: \(chance(75) ? "false" : "true")")
        } else if chance(12) {
            keys.append("addr_gen_mode: \(["none", "eui64", "random"].randomElement(using: &random)!)")
        }
        if isVLAN, chance(20) { keys.append("ingress_qos_map: [\(chance(50) ? "0:1, 3:5" : "3:2")]") }
        if isVLAN, chance(20) { keys.append("egress_qos_map: [\(chance(50) ? "1:4" : "1:3, 6:6")]") }
        return keys.isEmpty ? link : "\(link.dropLast()), \(keys.joined(separator: ", "))}"
    }

    /// Routes and rules of no single link.
    private mutating func hostWide() -> String {
        var routes: [String] = []
        if chance(25) { routes.append("{to: 10.200.0.0/16, type: \(["blackhole", "unreachable", "prohibit", "throw"].randomElement(using: &random)!)\(chance(50) ? ", table: 100" : "")}") }
        if chance(15) { routes.append("{to: \"2001:db8:200::/48\", type: unreachable, metric: \(chance(50) ? 50 : 60)}") }
        let ways = gateways.filter { !$0.via.contains(":") }
        if ways.count > 1, chance(60) {
            let hops = ways.prefix(3).map { "{via: \($0.via), link: \($0.link), weight: \(Int.random(in: 1...3, using: &random))}" }
            routes.append("{to: 10.201.0.0/16, nexthops: [\(hops.joined(separator: ", "))]\(chance(50) ? ", table: 200" : "")}")
        }
        let ways6 = gateways.filter { $0.via.contains(":") }
        if ways6.count > 1, chance(60) {
            routes.append("{to: \"2001:db8:201::/48\", nexthops: [\(ways6.map { "{via: \"\($0.via)\", link: \($0.link)}" }.joined(separator: ", "))]}")
        }
        var rules: [String] = []
        for selector in ["from: 10.1.0.0/24", "to: 10.2.0.0/16", "fwmark: 0x10/0xff", "iif: br0", "family: ipv6, oif: nic3", "from: \"2001:db8:1::/64\""] where chance(15) {
            // A rule that refuses by destination alone would refuse the file's own routers.
            let action = chance(75) || selector.hasPrefix("to") ? "table: \([100, 200].randomElement(using: &random)!)" : "action: \(chance(50) ? "prohibit" : "blackhole")"
            rules.append("{\(chance(60) ? "priority: \([100, 200, 300].randomElement(using: &random)!), " : "")\(selector), \(action)}")
        }
        func section(_ name: String, _ items: [String]) -> String { items.isEmpty ? "" : "\(name):\n" + items.map { "  - \($0)\n" }.joined() }
        return section("routes", routes) + section("rules", rules)
    }

    private mutating func bond(_ name: String) -> String {
        let mode = Int.random(in: 0...6, using: &random)
        let members = take(3)
        var options = ["ports: [\(members.joined(separator: ", "))]", "mode: \(mode)", "miimon: \(chance(50) ? 100 : 50)"]
        if chance(30) { options.append("xmit_hash_policy: \(["layer2", "layer3+4", "layer2+3"].randomElement(using: &random)!)") }
        if mode == 4, chance(50) { options.append("lacp_rate: \(chance(50) ? "fast" : "slow")") }
        if mode == 1 || mode >= 5, chance(40), let first = members.first { options.append("primary: \(first)") }
        if chance(20) { options.append("min_links: 1") }
        if chance(15) { options.append("description: \"\(name) of \(members.count)\"") }
        return "\(name): {\(options.joined(separator: ", "))}"
    }

    private mutating func vlan(taken: [String]) -> (String, String)? {
        // A NIC that is a port gives its tags to its bond or bridge.
        let parents = Self.nics.filter { !ports.contains($0) } + free.filter { $0.hasPrefix("bond") } + free.filter { $0.contains(".") }
        guard let parent = parents.randomElement(using: &random) else { return nil }
        let id = [10, 20, 30].randomElement(using: &random)!
        let name = chance(80) ? "\(parent).\(id)" : "web\(id)"
        guard !taken.contains(where: { $0.hasPrefix("\(name):") || $0.contains("parent: \(parent), id: \(id),") }) else { return nil }
        var options = ["parent: \(parent), id: \(id), up: \(chance(85))"]
        if chance(15) { options.append("protocol: 802.1ad") }
        if chance(15) { options.append("loose_binding: true") }
        if chance(15) { options.append("mtu: 1400") }
        return (name, "\(name): {\(options.joined(separator: ", "))}")
    }

    private mutating func bridge(_ name: String) -> String {
        let filters = chance(35)
        let members = take(2).map { port in
            var keys: [String] = []
            if chance(25) { keys.append("path_cost: \(Int.random(in: 1...200, using: &random)), hairpin: \(chance(50))") }
            if filters, chance(70) { keys.append(vlans()) }
            return keys.isEmpty ? port : "{name: \(port), \(keys.joined(separator: ", "))}"
        }
        var options = ["ports: [\(members.joined(separator: ", "))]"]
        if filters {
            options.append("vlan_filtering: true")
            if chance(60) { options.append("self: {\(vlans())}") }
            if chance(30) { options.append("vlan_default_pvid: \([0, 1, 7, 55].randomElement(using: &random)!)") }
            if chance(20) { options.append("vlan_protocol: 802.1ad") }
        } else if chance(30) {
            options.append("vlan_filtering: false")
        }
        if chance(30) { options.append("stp: \(chance(50))") }
        if chance(30) { options.append("forward_delay: \([4, 15, 2.5].randomElement(using: &random)!)") }
        if chance(30) { options.append("ageing_time: \([0, 300, 12.34].randomElement(using: &random)!)") }
        return "\(name): {\(options.joined(separator: ", "))\(host(name, prefix: ", "))}"
    }

    /// A VLAN table, in one of the ways to say it.
    private mutating func vlans() -> String {
        let id = Int.random(in: 1...40, using: &random)
        switch Int.random(in: 0...4, using: &random) {
        case 0, 1: return "access: \(id)"
        case 2: return "trunk: [\(id), 100-4094]"
        case 3: return "trunk: [1-\(id), 50-60], native: \(id)"
        default:
            let pvid = chance(50) ? "{id: \(id), pvid: true\(chance(50) ? ", untagged: true" : "")}, " : ""
            return chance(15) ? "vlans: []" : "vlans: [\(pvid){id: 50-60, untagged: \(chance(50))}, 70]"
        }
    }

    /// Addresses and routes of a link that is nobody's port.
    private mutating func host(_ name: String, prefix: String) -> String {
        var parts: [String] = []
        let count = Int.random(in: 0...2, using: &random)
        let own = Array(addresses.shuffled(using: &random).prefix(count))
        addresses.removeAll { own.contains($0) }
        if !own.isEmpty || chance(10) { parts.append("addresses: [\(own.joined(separator: ", "))]") }
        if let first = own.first(where: { $0.hasPrefix("10.") }) {
            let gateway = first.replacing(".1/24", with: ".254")
            gateways.append((gateway, name))
            if !hasDefaultRoute, chance(50) {
                hasDefaultRoute = true
                parts.append("gateway: \(gateway)")
            }
            if chance(40) {
                let table = chance(40) ? ", table: 100" : ""
                let metric = chance(40) ? ", metric: 50" : ""
                let network = first.split(separator: ".")[1]
                parts.append("routes: [{to: 192.168.\(network).0/24, via: \(gateway)\(table)\(metric)}]")
            }
        }
        if let first = own.first(where: { $0.hasPrefix("2001") }), chance(40) {
            let network = first.split(separator: ":")[2]
            gateways.append(("2001:db8:\(network)::fe", name))
            parts.append("gateway: \"2001:db8:\(network)::fe\"")
            if parts.filter({ $0.hasPrefix("gateway") }).count > 1 || hasDefaultRoute6 { parts.removeLast() } else { hasDefaultRoute6 = true }
        }
        return parts.isEmpty ? "" : prefix + parts.joined(separator: ", ")
    }
}
