import HostNetwork

/// The same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

/// Networks by chance.
enum RandomNetwork {
    /// Links of every kind that lie on one another in any way, circles and names of nothing included.
    static func anything(seed: UInt64) throws -> HostNetwork {
        var random = SeededGenerator(seed: seed)
        let kinds: [LinkKind] = [.nic, .bond, .bridge, .vlan, .other("tun"), .other("veth"), .other("macvlan"), .other("dummy"), .loopback]
        let count = Int.random(in: 1...24, using: &random)
        let names = try (0..<count + 2).map { try LinkName("n\($0)") }
        let links = try names.prefix(count).map { name in
            try Fixtures.link(name.text, kinds.randomElement(using: &random) ?? .nic) { link in
                if Int.random(in: 0..<3, using: &random) == 0 { link.parent = names.randomElement(using: &random) }
                if Int.random(in: 0..<2, using: &random) == 0 {
                    link.attachment = names.randomElement(using: &random).map { .port(of: $0) }
                }
                link.isUp = Bool.random(using: &random)
            }
        }
        return HostNetwork(links: links)
    }

    /// A host as the kernel could have it: NICs, bonds, VLANs and bridges with options, addresses and routes.
    static func host(seed: UInt64) throws -> HostNetwork {
        var random = SeededGenerator(seed: seed)
        var links: [Link] = []
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var free: [LinkName] = []
        for number in 1...Int.random(in: 2...6, using: &random) {
            var nic = try Fixtures.nic("ens\(number)", mac: "52:54:00:00:00:0\(number)", up: chance(80))
            nic.permanentMAC = nic.mac
            if chance(10) { nic.mac = try MACAddress("52:54:00:00:01:0\(number)") }
            if chance(20) { nic.mtu = 9000 }
            links.append(nic)
            free.append(nic.name)
        }
        func take() -> LinkName? { free.isEmpty ? nil : free.removeFirst() }
        func attach(_ name: LinkName, to master: LinkName) {
            if let place = links.firstIndex(where: { $0.name == name }) { links[place].attachment = .port(of: master) }
        }
        var bonds: [LinkName] = []
        for number in 0..<Int.random(in: 0...2, using: &random) {
            var bond = try Fixtures.made("bond\(number)", .bond, mac: "52:54:00:00:02:0\(number)")
            for _ in 0..<Int.random(in: 1...3, using: &random) { if let port = take() { attach(port, to: bond.name) } }
            setOptions(.bond, &bond.options, &random)
            if let port = links.first(where: { $0.master == bond.name }), chance(50) { bond.options[.primary] = .link(port.name) }
            bond.isUp = chance(90)
            if chance(10) { bond.group = 0 }
            links.append(bond)
            bonds.append(bond.name)
        }
        free += bonds
        for parent in free where chance(40) {
            var vlan = try Fixtures.made("\(parent).\(links.count)", .vlan, mac: "52:54:00:00:03:01")
            vlan.parent = parent
            setOptions(.vlan, &vlan.options, &random)
            vlan.options[.vlanID] = .number(Int64.random(in: 1...4094, using: &random))
            vlan.isUp = chance(80)
            links.append(vlan)
            free.append(vlan.name)
        }
        var routes: [Route] = []
        for number in 0..<Int.random(in: 0...4, using: &random) {
            var bridge = try Fixtures.made("br\(number)", .bridge, mac: "52:54:00:00:04:0\(number)")
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                guard let port = take() else { continue }
                attach(port, to: bridge.name)
                if let place = links.firstIndex(where: { $0.name == port }) { setOptions(.bridgePort, &links[place].portOptions, &random) }
            }
            if chance(50) { links.append(try Fixtures.tap("vnet\(number)", on: bridge.name.text)) }
            setOptions(.bridge, &bridge.options, &random)
            if chance(30) { bridge.alias = "桥 #\(number): \"x\"" }
            bridge.isUp = chance(90)
            if chance(60) { try speak(&bridge, number, &routes, &random) }
            links.append(bridge)
        }
        // As on any kernel: a VLAN is up only on a parent that is up, and a link that is down has no routes.
        for place in links.indices {
            let name = links[place].name
            let isNeeded = routes.contains { $0.link == name } || links.contains { $0.parent == name && $0.isUp == true }
            if isNeeded { links[place].isUp = true }
        }
        return HostNetwork(links: links, routes: routes)
    }

    private static func speak(_ bridge: inout Link, _ number: Int, _ routes: inout [Route], _ random: inout SeededGenerator) throws {
        var address = Address(try IPNetwork("10.0.\(number).2/24"))
        address.isOwned = Bool.random(using: &random)
        if !address.isOwned, Bool.random(using: &random) { address.validLifetime = 600 }
        bridge.addresses = [address, Address(try IPNetwork("2001:db8:\(number)::2/64"))]
        var route = Route(to: try IPNetwork("10.\(number + 1).0.0/16"), via: try IPAddress("10.0.\(number).1"), link: bridge.name)
        route.origin = [3, 4, 16, Ownership.originNumber].randomElement(using: &random) ?? 4
        route.metric = [nil, 0, 50].randomElement(using: &random) ?? nil
        // Leases are not weft's, and neither are routes over their routers.
        if address.isDynamic, route.isOwned { route.origin = 4 }
        routes.append(route)
        var six = Route(to: .everything(.ipv6), via: try IPAddress("2001:db8:\(number)::1"), link: bridge.name)
        six.metric = UInt32(1024 + number)
        six.table = [254, 100].randomElement(using: &random) ?? 254
        routes.append(six)
    }

    /// Some options of a scope, each with a value that the kernel takes.
    private static func setOptions(_ scope: OptionRow.Scope, _ options: inout OptionValues, _ random: inout SeededGenerator) {
        if scope == .bond { options[.mode] = .number(Int64.random(in: 0...6, using: &random)) }
        // Delays are multiples of miimon, and ARP excludes miimon.
        let bound: Set<String> = ["mode", "updelay", "downdelay", "peer_notify_delay", "arp_interval", "id", "mcast_vlan_snooping"]
        for row in OptionRow.rows(of: scope) where !bound.contains(row.name) && Int.random(in: 0..<100, using: &random) < 40 {
            switch row.meaning {
            case .flag: options[row] = .number(Int64.random(in: 0...1, using: &random))
            case .choice(let choices): options[row] = choices.randomElement(using: &random).map { .number($0.number) }
            case .count, .milliseconds, .centiseconds:
                if let range = row.range { options[row] = .number(Int64.random(in: range, using: &random)) }
            case .mask: options[row] = .number([0, 8, 0x4000].randomElement(using: &random) ?? 0)
            case .mac: options[row] = .mac(.zero)
            case .bridgeGroup: options[row] = row.kernelDefault
            case .priorityMap: options[row] = .priorities(Bool.random(using: &random) ? [] : [PriorityMapping(from: 0, to: 3), PriorityMapping(from: 5, to: 1)])
            case .link, .ipv4List, .ipv6List: break
            }
        }
        // What the kernel has only together.
        if options.number(.macAuthentication) == 1 {
            options[.locked] = .number(1)
            options[.learning] = .number(1)
        }
        if options.number(.stpState) == 1, let delay = options.number(.forwardDelay) { options[.forwardDelay] = .number(max(delay, 200)) }
    }
}
