internal import HostNetwork

/// The keys of the file's first level.
enum FileKey: String, CaseIterable {
    case version, host, defaults, ethernets, bonds, vlans, bridges, trunks, routes, rules, probes, domains

    /// Keys that the format has a place for and this version does not understand.
    static let reserved: Set<String> = ["policies", "namespaces"]
}

/// A section whose entries are links by name.
enum Section: String, CaseIterable, Sendable {
    case ethernets, bonds, vlans, bridges

    /// The kind of the links that the section makes; `.nic` for links that exist already.
    var kind: LinkKind {
        switch self {
        case .ethernets: .nic
        case .bonds: .bond
        case .vlans: .vlan
        case .bridges: .bridge
        }
    }

    /// One of its links, for messages.
    var noun: String {
        switch self {
        case .ethernets: "NIC"
        case .bonds: "bond"
        case .vlans: "VLAN"
        case .bridges: "bridge"
        }
    }
}

/// The keys of a link that are no options of its kind.
enum LinkKey: String, CaseIterable, Sendable {
    case mtu, mac, up, txqueuelen, description, addresses
    case altnames, ipv6, match
    case addressGeneration = "addr_gen_mode"
    case addressesExclusive = "addresses_exclusive"
    case dhcp4, dhcp6, routes, gateway, dns, zone, state, ports, parent
    /// A bridge's own VLANs.
    case itself = "self"

    /// Whether links of a section have this key.
    func applies(to section: Section) -> Bool {
        switch self {
        case .ports: section == .bonds || section == .bridges
        case .itself: section == .bridges
        case .parent: section == .vlans
        case .match: section == .ethernets
        case .altnames, .ipv6, .addressGeneration: true
        case .mtu, .mac, .up, .txqueuelen, .description, .addresses, .addressesExclusive, .dhcp4, .dhcp6, .routes, .gateway, .dns, .zone, .state:
            true
        }
    }

    static let reserved: Set<String> = [
        "accept_ra", "sysctls",
    ]
}

/// The keys of an item of `ports`.
enum PortKey: String, CaseIterable {
    case name, state
}

/// The keys that say which VLANs a bridge's port lets through, or the bridge itself under `self`.
enum VLANKey: String, CaseIterable {
    case access, trunk, native, vlans
}

/// The keys of an item of a port's `vlans` in its long form.
enum BridgeVLANKey: String, CaseIterable {
    case id, untagged, pvid
}

/// The keys of `dns` in its long form.
enum DNSKey: String, CaseIterable {
    case servers, search
}

/// The keys of `match`: what a NIC is known by, when not by its name.
enum MatchKey: String, CaseIterable {
    case mac, driver, path
}

/// The keys of an item of `routes`.
enum RouteKey: String, CaseIterable {
    case to, type, via, nexthops, link, metric, table, source, src, scope, onlink, mtu, tos

    static let reserved: Set<String> = ["advmss", "window", "proto"]
}

/// The keys of an item of a route's `nexthops`.
enum NextHopKey: String, CaseIterable {
    case via, link, weight, onlink
}

/// The keys of an item of `rules`.
enum RuleKey: String, CaseIterable {
    case priority, family, not, from, to, iif, oif, fwmark, tos, ipproto, sport, dport, action, table
    case suppressPrefixLength = "suppress_prefixlength"

    static let reserved: Set<String> = ["goto", "uidrange", "l3mdev", "tun_id", "realms", "suppress_ifgroup"]
}

/// The keys of a trunk that are no options of its VLANs.
enum TrunkKey: String, CaseIterable {
    case vlans, bridge, name, mtu, ipv6
}

/// The keys of `defaults`: what holds for every link that the file makes and that says nothing else.
enum DefaultKey: String, CaseIterable {
    case ipv6
}

/// The keys of an item of a trunk's `vlans` in its long form.
enum TrunkVLANKey: String, CaseIterable {
    case id, name, bridge, mtu
}

/// A place in the file that has keys, for messages about a key that does not belong there.
struct KeyContext {
    /// The place in words: `bond bond0`.
    let place: String
    /// Every key that can stand there, aliases included.
    let known: [String]
    /// Keys that this version does not understand.
    let reserved: Set<String>
    /// The links whose options can stand there.
    let scope: OptionRow.Scope?

    static let file = KeyContext(
        place: "the file", known: FileKey.allCases.map(\.rawValue), reserved: FileKey.reserved, scope: nil)

    static func link(_ name: String, in section: Section) -> KeyContext {
        let scope = section.kind.optionScope
        return KeyContext(
            place: "\(section.noun) \(name)",
            known: LinkKey.allCases.filter { $0.applies(to: section) }.map(\.rawValue) + spellings(of: scope),
            reserved: LinkKey.reserved, scope: scope)
    }

    static func port(_ name: String, of section: Section) -> KeyContext {
        let scope = section.kind.portScope
        return KeyContext(
            place: "port \(name)",
            known: PortKey.allCases.map(\.rawValue) + (section == .bridges ? VLANKey.allCases.map(\.rawValue) : []) + spellings(of: scope),
            reserved: [], scope: scope)
    }

    static let defaults = KeyContext(
        place: "the defaults", known: DefaultKey.allCases.map(\.rawValue), reserved: [], scope: nil)

    static func ownVLANs(_ bridge: String) -> KeyContext {
        KeyContext(place: "the 'self' of bridge \(bridge)", known: VLANKey.allCases.map(\.rawValue), reserved: [], scope: nil)
    }

    static let bridgeVLAN = KeyContext(
        place: "a port's VLAN", known: BridgeVLANKey.allCases.map(\.rawValue), reserved: [], scope: nil)

    static let match = KeyContext(
        place: "a match", known: MatchKey.allCases.map(\.rawValue), reserved: [], scope: nil)

    static let dns = KeyContext(place: "the dns of a link", known: DNSKey.allCases.map(\.rawValue), reserved: [], scope: nil)

    static let route = KeyContext(
        place: "a route", known: RouteKey.allCases.map(\.rawValue), reserved: RouteKey.reserved, scope: nil)

    static let nextHop = KeyContext(place: "a next hop", known: NextHopKey.allCases.map(\.rawValue), reserved: [], scope: nil)

    static let rule = KeyContext(
        place: "a rule", known: RuleKey.allCases.map(\.rawValue), reserved: RuleKey.reserved, scope: nil)

    static func trunk(_ parent: String) -> KeyContext {
        KeyContext(
            place: "trunk \(parent)",
            known: TrunkKey.allCases.map(\.rawValue) + spellings(of: .vlan).filter { $0 != OptionRow.vlanID.name },
            reserved: LinkKey.reserved, scope: .vlan)
    }

    static let trunkVLAN = KeyContext(
        place: "a trunk's VLAN", known: TrunkVLANKey.allCases.map(\.rawValue), reserved: [], scope: nil)

    /// Every key that can stand anywhere, links' names aside.
    static let everyKey: Set<String> = {
        let own: [[String]] = [
            FileKey.allCases.map(\.rawValue), LinkKey.allCases.map(\.rawValue), PortKey.allCases.map(\.rawValue),
            RouteKey.allCases.map(\.rawValue), NextHopKey.allCases.map(\.rawValue), RuleKey.allCases.map(\.rawValue), TrunkKey.allCases.map(\.rawValue),
            DefaultKey.allCases.map(\.rawValue), TrunkVLANKey.allCases.map(\.rawValue),
            VLANKey.allCases.map(\.rawValue), BridgeVLANKey.allCases.map(\.rawValue),
            DomainKey.allCases.map(\.rawValue), InterfaceKey.allCases.map(\.rawValue), MatchKey.allCases.map(\.rawValue),
        ]
        return Set(own.joined()).union(OptionRow.all.flatMap { [$0.name] + $0.aliases })
    }()

    private static func spellings(of scope: OptionRow.Scope?) -> [String] {
        scope.map { OptionRow.rows(of: $0).flatMap { [$0.name] + $0.aliases } } ?? []
    }
}

/// Finding what a mistyped key was meant to be.
enum KeyGuess {
    /// What other programs call a thing that is no option. Options bring their aliases along in their rows.
    private static let elsewhere: [String: String] = [
        "interfaces": "ports", "slaves": "ports", "members": "ports", "port": "ports", "interface": "ports", "link": "parent",
        "lower": "parent", "device": "parent", "vlan_raw_device": "parent", "physdev": "parent", "macaddress": "mac", "hwaddr": "mac",
        "lladdr": "mac", "gateway4": "gateway", "gateway6": "gateway", "nameservers": "dns", "nameserver": "dns", "dns_servers": "dns",
        "ip": "addresses", "ipaddr": "addresses", "address": "addresses", "vid": "id", "vlan_id": "id", "tag": "id", "txqlen": "txqueuelen",
        "alias": "description", "ifalias": "description", "destination": "to", "dst": "to", "gw": "via", "nexthop": "via", "next_hops": "nexthops", "dev": "link", "pref": "priority", "lookup": "table", "mark": "fwmark",
        "dhcp": "dhcp4", "on_link": "onlink", "nics": "ethernets", "mii_monitor_interval": "miimon", "hostname": "host", "ids": "vlans",
        "pvid": "native", "untagged": "access", "tagged": "trunk",
    ]

    /// The known key that was meant, if one is near.
    static func nearest(to key: String, among known: [String]) -> String? {
        let plain = normalized(key)
        if let same = known.first(where: { normalized($0) == plain }) { return same }
        if let other = elsewhere[plain], known.contains(other) { return other }
        // ifupdown and ifcfg files put the kind in front: `bridge_ports`, `bond-miimon`.
        for prefix in ["bond_", "bridge_", "bonding_", "vlan_"] where plain.hasPrefix(prefix) {
            let rest = String(plain.dropFirst(prefix.count))
            if let same = known.first(where: { normalized($0) == rest }) ?? elsewhere[rest].flatMap({ known.contains($0) ? $0 : nil }) {
                return same
            }
        }
        let limit = max(1, plain.count / 3)
        let ranked = known.map { (key: $0, distance: distance(plain, normalized($0))) }
        return ranked.filter { $0.distance <= limit }.min { ($0.distance, $0.key) < ($1.distance, $1.key) }?.key
    }

    private static func normalized(_ key: String) -> String { key.lowercased().replacing("-", with: "_") }

    /// How many letters have to be inserted, deleted, changed or swapped with their neighbour.
    private static func distance(_ left: String, _ right: String) -> Int {
        let a = Array(left.utf8)
        let b = Array(right.utf8)
        guard abs(a.count - b.count) < 8, a.count < 64 else { return .max }
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
