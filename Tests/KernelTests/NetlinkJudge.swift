import Foundation
import HostNetwork

/// Compares what weft read with what `ip -d -j` printed. Each function answers the differences in words; none is good.
enum NetlinkJudge {
    /// Compares a link field by field.
    static func differences(_ link: Link, _ judge: [String: Any]) -> [String] {
        var found: [String] = []
        func compare(_ what: String, _ ours: Any?, _ theirs: Any?) {
            let (left, right) = (ours.map { "\($0)" }, theirs.map { "\($0)" })
            if left != right { found.append("\(link.name) \(what): weft says \(left ?? "nothing"), ip says \(right ?? "nothing")") }
        }
        let flags = judge["flags"] as? [String] ?? []
        let info = judge["linkinfo"] as? [String: Any]
        compare("index", link.index, judge["ifindex"])
        compare("kind", link.kind.kernelName, info?["info_kind"])
        compare("up", link.isUp, flags.contains("UP"))
        compare("carrier", link.hasCarrier, flags.contains("LOWER_UP"))
        compare("state", link.operationalState, judge["operstate"])
        compare("mtu", link.mtu, judge["mtu"])
        compare("mac", link.mac, judge["address"])
        compare("queue", link.txQueueLength, judge["txqlen"])
        compare("group", link.group, (judge["group"] as? String) == "default" ? 0 : judge["group"])
        compare("alias", link.alias, judge["ifalias"] ?? "")
        compare("altnames", link.alternativeNames ?? [], (judge["altnames"] as? [String] ?? []).sorted())
        // `ip` prints the mode of a link without IPv6 too.
        if link.mtu ?? 0 >= 1280 { compare("addr_gen_mode", link.addressGeneration?.name, judge["inet6_addr_gen_mode"]) }
        compare("master", link.master, judge["master"])
        // `ip` prints a veth's peer in the same place.
        if link.kind != .other("veth") { compare("parent", link.parent, judge["link"]) }
        if let scope = link.kind.optionScope {
            found += differences(link.options, scope, info?["info_data"] as? [String: Any] ?? [:], of: link.name)
        }
        let portData = info?["info_slave_data"] as? [String: Any]
        let masterKind = info?["info_slave_kind"] as? String
        if masterKind != "bond" { compare("port state", link.portState, portData?["state"]) }
        if let portData { found += differences(link.portOptions, masterKind == "bond" ? .bondPort : .bridgePort, portData, of: link.name) }
        if let active = (info?["info_data"] as? [String: Any])?["active_slave"] { compare("active port", link.activePort, active) }
        return found
    }

    /// Compares every option that the table has in a scope.
    static func differences(_ options: OptionValues, _ scope: OptionRow.Scope, _ judge: [String: Any], of link: LinkName) -> [String] {
        OptionRow.rows(of: scope).filter { !unprinted.contains($0.name) }.compactMap { row in
            let ours = options[row].map { text(of: row, $0) }
            let theirs = text(of: row, in: judge)
            return ours == theirs ? nil : "\(link) \(row.name): weft says \(ours ?? "nothing"), ip says \(theirs ?? "nothing")"
        }
    }

    /// A value in the spelling that both sides are compared in.
    static func text(of row: OptionRow, _ value: OptionValue) -> String {
        switch (row.meaning, value) {
        // `ip` prints the kernel's own number, where weft's files have seconds.
        case (.centiseconds, .number(let number)): String(number)
        default: row.text(of: value)
        }
    }

    /// What Debian 12's `ip` is too old to print.
    static let unprinted: Set<String> = ["coupled_control", "fdb_max_learned", "mab", "neigh_vlan_suppress", "mcast_max_groups", "mst_enabled", "mcast_eht_hosts_limit"]

    /// What `ip` printed of an option, in that spelling; `nil` where it printed nothing.
    static func text(of row: OptionRow, in judge: [String: Any]) -> String? {
        if case .priorityMap = row.wire {
            let mappings = judge[row.name.replacing("_map", with: "")] as? [[String: Any]] ?? []
            let pairs = mappings.compactMap { pair in (pair["from"] as? NSNumber).flatMap { from in (pair["to"] as? NSNumber).map { (from.uint32Value, $0.uint32Value) } } }
            return pairs.sorted { $0 < $1 }.map { "\($0.0):\($0.1)" }.joined(separator: " ")
        }
        if case .vlanFlag = row.wire {
            let flags = judge["flags"] as? [String] ?? []
            return flags.contains(row.name.uppercased()) ? "true" : "false"
        }
        guard let value = judge[row.name] else { return nil }
        if let list = value as? [String] { return list.joined(separator: ",") }
        // `ip` has no word for an arp_validate of 0.
        if value is NSNull { return "none" }
        if let hex = value as? String, hex.hasPrefix("0x") { return Int(hex.dropFirst(2), radix: 16).map { String($0) } }
        guard row.meaning == .flag else { return "\(value)" }
        // Flags are true, 1 or "on", as each was written.
        switch "\(value)" {
        case "1", "true", "on": return "true"
        case "0", "false", "off": return "false"
        case let other: return other
        }
    }

    /// An address as `ip -j addr` prints it, in one line.
    static func text(_ address: Address, of link: LinkName) -> String {
        let scope = [0: "global", 200: "site", 253: "link", 254: "host"][Int(address.scope)] ?? "\(address.scope)"
        var text = "\(address.network.address)/\(address.network.prefixLength) \(scope)"
        if let peer = address.peer { text += " peer \(peer)" }
        if let broadcast = address.broadcast { text += " brd \(broadcast)" }
        if address.network.address.family == .ipv4 { text += " label \(address.label ?? link.text)" }
        // Lifetimes run down between the two readings: only whether there is one is compared.
        text += address.validLifetime == nil ? " forever" : " for a time"
        return text
    }

    static func text(addressInfo judge: [String: Any]) -> String {
        var text = "\(judge["local"] ?? "")/\(judge["prefixlen"] ?? "") \(judge["scope"] ?? "")"
        if let peer = judge["address"] { text += " peer \(peer)" }
        if let broadcast = judge["broadcast"] { text += " brd \(broadcast)" }
        if judge["family"] as? String == "inet" { text += " label \(judge["label"] ?? "")" }
        text += (judge["valid_life_time"] as? NSNumber)?.uint32Value == .max ? " forever" : " for a time"
        return text
    }

    /// A route as `ip -d -j route show table all` prints it, in one line.
    static func text(_ route: Route) -> String {
        let types = [1: "unicast", 2: "local", 3: "broadcast", 5: "multicast", 6: "blackhole", 7: "unreachable", 8: "prohibit"]
        let protocols = [2: "kernel", 3: "boot", 4: "static", 9: "ra"]
        let scopes = [0: "global", 200: "site", 253: "link", 254: "host"]
        var text = "\(types[Int(route.type)] ?? "\(route.type)") "
        text += route.isDefault || route.destination.isEverything ? "default" : destination(route.destination)
        text += " table \([253: "default", 254: "main"][route.table] ?? "\(route.table)")"
        text += " proto \(protocols[Int(route.origin)] ?? "\(route.origin)")"
        text += " scope \(route.scope.map { scopes[Int($0)] ?? "\($0)" } ?? "")"
        if let gateway = route.gateway { text += " via \(gateway)" }
        if let link = route.link { text += " dev \(link)" }
        if let metric = route.metric { text += " metric \(metric)" }
        if let source = route.source { text += " src \(source)" }
        if let mtu = route.mtu { text += " mtu \(mtu)" }
        if route.flags & 4 != 0 { text += " onlink" }
        for hop in route.nextHops { text += " hop \(hop.gateway.map { "\($0)" } ?? "") dev \(hop.link) weight \(hop.weight)" }
        return text
    }

    /// - Parameter family: the family that was asked for: `default` alone does not tell.
    static func text(route judge: [String: Any]) -> String {
        func gateway(_ object: [String: Any]) -> String? {
            (object["gateway"] as? String) ?? ((object["via"] as? [String: Any])?["host"] as? String)
        }
        let isIPv6 = (judge["dst"] as? String ?? "").contains(":") || judge["pref"] != nil
        let type = judge["type"] as? String ?? ""
        var text = "\(type) \(judge["dst"] ?? "") table \(judge["table"] ?? "") proto \(judge["protocol"] ?? "")"
        text += " scope \(judge["scope"] ?? "")"
        if let gateway = gateway(judge) { text += " via \(gateway)" }
        // The kernel tells an IPv6 blackhole to be on lo, which means nothing.
        if let link = judge["dev"], !(isIPv6 && type != "unicast") { text += " dev \(link)" }
        if let metric = judge["metric"] { text += " metric \(metric)" }
        if let source = judge["prefsrc"] { text += " src \(source)" }
        if let metrics = judge["metrics"] as? [[String: Any]], let mtu = metrics.first?["mtu"] { text += " mtu \(mtu)" }
        if (judge["flags"] as? [String] ?? []).contains("onlink") { text += " onlink" }
        for hop in judge["nexthops"] as? [[String: Any]] ?? [] {
            text += " hop \(gateway(hop) ?? "") dev \(hop["dev"] ?? "") weight \(hop["weight"] ?? "")"
        }
        return text
    }

    /// `ip` leaves the length out where it is the whole address.
    private static func destination(_ network: IPNetwork) -> String {
        network.prefixLength == network.address.family.bitWidth ? "\(network.address)" : "\(network)"
    }
}
