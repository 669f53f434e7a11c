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
    /// - Parameter hasMoreOptions: whether links have options of all kinds, rather than a few that everybody knows.
    public static func yaml(seed: UInt64, hasMoreOptions: Bool = false) -> String {
        var topology = RandomTopology(random: SeededGenerator(seed: seed), hasMoreOptions: hasMoreOptions)
        return topology.make()
    }

    private let hasMoreOptions: Bool

    private init(random: SeededGenerator, hasMoreOptions: Bool) {
        self.random = random
        self.hasMoreOptions = hasMoreOptions
    }

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
        if hasMoreOptions {
            bonds = bonds.map { withMoreOptions($0, of: "bond") }
            vlans = vlans.map { withMoreOptions($0, of: "vlan") }
            bridges = bridges.map { withMoreOptions($0, of: "bridge") }
        }
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

    /// A link with options of all kinds: those that change live, and those that take its ports or its carrier.
    private mutating func withMoreOptions(_ link: String, of kind: String) -> String {
        var link = link
        func number(_ text: Substring) -> Int { Int(text.prefix { $0.isNumber }) ?? 0 }
        let mode = link.firstRange(of: "mode: ").map { number(link[$0.upperBound...]) } ?? 0
        if kind == "bond", mode < 4, chance(15) {
            // ARP monitoring in place of miimon.
            link = link.replacing("miimon: 100", with: "arp_interval: 200, arp_ip_target: [10.1.0.254]").replacing("miimon: 50", with: "arp_interval: 100, arp_ip_target: [10.1.0.254, 10.2.0.254]")
        }
        let hasPorts = !link.contains("ports: []")
        let choices: [(when: Bool, keys: [String])] = switch kind {
        case "bond": [
            (mode == 1 && !link.contains("mac:"), ["fail_over_mac: active", "fail_over_mac: follow", "fail_over_mac: none"]),
            (mode == 0, ["packets_per_slave: 0", "packets_per_slave: 7"]),
            (mode >= 5, ["tlb_dynamic_lb: false", "tlb_dynamic_lb: true"]),
            (mode == 4, ["ad_actor_sys_prio: 100", "ad_actor_sys_prio: default"]),
            (mode == 4, ["ad_user_port_key: 7", "lacp_active: false", "lacp_active: true"]),
            (mode == 4, ["ad_select: count", "ad_select: bandwidth", "ad_actor_system: \"02:00:00:00:00:99\""]),
            (link.contains("miimon: 100"), ["updelay: 200", "downdelay: 100", "updelay: 0"]),
            (link.contains("miimon"), ["peer_notify_delay: 0", "use_carrier: false"]),
            (link.contains("arp_interval"), ["arp_validate: all", "arp_validate: none", "arp_all_targets: all", "arp_missed_max: 5"]),
            (mode == 1 || mode >= 5, ["primary_reselect: failure", "primary_reselect: better"]),
            ((mode == 1 || mode >= 5) && !link.contains("primary:"), ["primary: none"]),
            (true, ["resend_igmp: 5", "num_grat_arp: 0", "all_slaves_active: true", "lp_interval: 9", "txqueuelen: 500"]),
        ]
        case "bridge": [
            (true, ["priority: 4096", "priority: 32768", "group_fwd_mask: 0x4000", "group_fwd_mask: 0"]),
            (true, ["vlan_stats_enabled: true", "vlan_stats_per_port: true", "vlan_stats_per_port: false", "mst_enabled: true", "mst_enabled: false"]),
            (true, ["mcast_snooping: false", "mcast_snooping: true", "mcast_querier: true", "mcast_router: 0", "mcast_igmp_version: 3"]),
            (true, ["mcast_query_interval: 60", "mcast_last_member_interval: 0.5", "mcast_hash_max: 512", "mcast_startup_query_count: 3"]),
            (true, ["nf_call_iptables: true", "no_linklocal_learn: true", "hello_time: 1", "max_age: 12", "group_address: \"01:80:c2:00:00:04\""]),
            (!link.contains("stp:") && !link.contains("forward_delay"), ["stp: false, forward_delay: 0", "stp: true, forward_delay: 2"]),
            (true, ["mtu: 1400", "txqueuelen: 500", "description: over"]),
        ]
        default: [(true, ["gvrp: true", "gvrp: false", "mvrp: true", "reorder_hdr: false", "txqueuelen: 500"])]
        }
        for (when, keys) in choices where chance(20) {
            guard when, let key = keys.randomElement(using: &random) else { continue }
            let name = String(key.prefix { $0 != ":" })
            if !link.contains("\(name): ") { link = "\(link.dropLast()), \(key)}" }
        }
        if kind == "bridge", hasPorts, chance(25) {
            // The options of one port that has none yet.
            let key = ["path_cost: 77", "priority: 7", "hairpin: true", "guard: true", "root_block: true", "isolated: true", "learning: false", "mcast_router: 2", "mcast_fast_leave: true"].randomElement(using: &random)!
            if let port = link.firstRange(of: "ports: [nic") ?? link.firstRange(of: "ports: [bond") {
                let start = link.index(port.lowerBound, offsetBy: "ports: [".count)
                let name = link[start...].prefix { $0 != "," && $0 != "]" }
                link.replaceSubrange(name.startIndex..<name.endIndex, with: "{name: \(name), \(key)}")
            }
        }
        if kind == "bond", hasPorts, chance(20), let port = link.firstRange(of: "ports: [nic") {
            let start = link.index(port.lowerBound, offsetBy: "ports: [".count)
            let name = link[start...].prefix { $0 != "," && $0 != "]" }
            link.replaceSubrange(name.startIndex..<name.endIndex, with: "{name: \(name), queue_id: \(Int.random(in: 0...3, using: &random))}")
        }
        return link
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
            // `rollback --to N` takes a cost that a link's speed may give for one that it gave.
            if chance(25) { keys.append("path_cost: \(Int.random(in: 101...200, using: &random)), hairpin: \(chance(50))") }
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
