internal import HostNetwork

/// Those whom a step disturbs, each once, with the worst that happens to him.
struct AffectedList {
    private struct Key: Hashable {
        let kind: Affected.Kind
        let name: String
        let link: LinkName

        /// A link has few entries of one kind, and its name is mostly the link's: the text need not be hashed.
        func hash(into hasher: inout Hasher) {
            hasher.combine(kind)
            hasher.combine(link)
        }
    }

    private var entries: [Key: Affected] = [:]

    var isEmpty: Bool { entries.isEmpty }

    /// The worst that happens to anybody.
    var worst: Impact { entries.values.lazy.map(\.impact).max() ?? .none }

    /// What happens to the session.
    var session: Affected? { entries.values.filter { $0.kind == .session }.max { $0.impact < $1.impact } }

    /// Whether the host's own addresses or routes are among them.
    var hasHostTraffic: Bool { entries.values.contains { [.address, .defaultRoute, .route].contains($0.kind) } }

    /// All of them: the worst hit first, then by what they are, then by name.
    var sorted: [Affected] {
        let ranks = Dictionary(uniqueKeysWithValues: Affected.Kind.allCases.enumerated().map { ($1, $0) })
        return entries.values.sorted { left, right in
            if left.impact != right.impact { return left.impact > right.impact }
            if left.kind != right.kind { return ranks[left.kind, default: 0] < ranks[right.kind, default: 0] }
            return left.name != right.name ? left.name < right.name : left.link.text < right.link.text
        }
    }

    mutating func insert(_ kind: Affected.Kind, _ name: String, on link: LinkName, _ impact: Impact, detail: String? = nil) {
        guard impact > .none else { return }
        let key = Key(kind: kind, name: name, link: link)
        if let known = entries[key], known.impact >= impact { return }
        entries[key] = Affected(kind, name, on: link, impact, detail: detail)
    }

    /// Drops links themselves, not what is on them.
    mutating func remove(links: [LinkName]) {
        for name in links { entries[Key(kind: .link, name: name.text, link: name)] = nil }
    }

    mutating func formUnion(_ other: AffectedList) {
        for (_, entry) in other.entries { insert(entry.kind, entry.name, on: entry.link, entry.impact, detail: entry.detail) }
    }
}

/// Where a route leads, and in which table.
struct RoutePlace: Hashable {
    let table: UInt32
    let destination: IPNetwork

    init(_ route: Route) {
        table = route.table
        destination = route.destination
    }
}

/// Goes from a disturbed link to everybody who uses it: upwards through bonds, VLANs and bridges, to addresses and guests.
struct ImpactSpread {
    let state: ImpactState
    let homes: [IPAddress: LinkName]
    let lastWays: [RoutePlace: Set<LinkName>]
    let facts: HostFacts
    let connections: ConnectionCounts
    fileprivate(set) var list = AffectedList()
    private var visited: Set<LinkName> = []

    init(state: ImpactState, homes: [IPAddress: LinkName], lastWays: [RoutePlace: Set<LinkName>], facts: HostFacts, connections: ConnectionCounts) {
        self.state = state
        self.homes = homes
        self.lastWays = lastWays
        self.facts = facts
        self.connections = connections
    }

    /// A link and all that lies on it.
    mutating func link(_ name: LinkName, _ impact: Impact, isSubject: Bool = false) {
        guard impact > .none, visited.insert(name).inserted, let link = state[name] else { return }
        // Nobody speaks over what is switched off.
        guard link.isUp != false else { return }
        if isSubject, !state.isUplink(name) { guest(name, impact) }
        if !isSubject { list.insert(.link, name.text, on: name, impact, detail: link.kind.displayName) }
        residents(of: name, impact)
        for upper in state.sortedUppers(of: name) {
            if state.isUplink(upper) { self.link(upper, impact) } else { guest(upper, impact) }
        }
        if link.kind == .bridge { for port in state.sortedPorts(of: name) where !state.isUplink(port) { guest(port, impact) } }
        if let master = link.master, isSubject ? state.isUplink(name) : true { self.master(master, of: name, impact) }
    }

    /// What a master has besides one of its ports.
    mutating func master(_ name: LinkName, without port: LinkName, _ impact: Impact) {
        visited.insert(port)
        link(name, impact)
    }

    /// What the master of a disturbed port has besides it: a bond's others carry on.
    private mutating func master(_ name: LinkName, of port: LinkName, _ impact: Impact) {
        let isBacked = state[name]?.kind == .bond && !state.standIns(for: port, in: name).isEmpty
        master(name, without: port, isBacked ? min(impact, .blip) : impact)
    }

    /// A guest's tap, or a container's end.
    private mutating func guest(_ name: LinkName, _ impact: Impact) {
        guard let link = state[name], link.isUp != false else { return }
        let isTap = link.kind == .other("tun") || link.kind == .other("macvtap")
        list.insert(isTap ? .tap : .port, name.text, on: name, impact, detail: link.master.map { "on \($0)" })
    }

    /// A link's own addresses, connections and routes.
    mutating func residents(of name: LinkName, _ impact: Impact) {
        guard let link = state[name] else { return }
        for address in link.addresses ?? [] where !address.isKernelMade { self.address(address, on: name, impact) }
        for route in state.routes(over: name) { self.route(route, on: name, impact, isMove: false) }
        if facts.session?.link == name { list.insert(.session, "SSH", on: name, impact) }
    }

    mutating func address(_ address: Address, on name: LinkName, _ impact: Impact) {
        let ip = address.network.address
        // An address that gets another home is deaf until it is there.
        let isMoving = homes[ip].map { $0 != name } ?? false
        let impact = isMoving && impact == .outage ? .blip : impact
        list.insert(.address, address.network.description, on: name, impact, detail: "on \(name)")
        for (purpose, detail) in connections.at(ip) { list.insert(.connections, purpose, on: name, impact, detail: detail) }
        if facts.session?.localAddress == ip { list.insert(.session, "SSH", on: name, impact) }
    }

    mutating func route(_ route: Route, on name: LinkName, _ impact: Impact, isMove: Bool) {
        let hasAnother = lastWays[RoutePlace(route)].map { !$0.contains(name) } ?? false
        let impact = hasAnother && impact == .outage ? .blip : impact
        list.insert(
            route.isDefault ? .defaultRoute : .route, route.isDefault ? "default" : route.destination.description, on: name, impact,
            detail: route.display)
        if isMove { list.insert(.session, "SSH", on: name, impact) }
    }
}

extension ImpactSpread {
    /// A routing rule that the session's packets may fall under.
    mutating func rule(_ rule: Rule, _ impact: Impact) {
        guard let session = facts.session, rule.family == session.localAddress.family, rule.outputLink == nil, rule.mark == nil else { return }
        let isFrom = rule.source?.contains(session.localAddress) ?? true
        let isTo = rule.destination?.contains(session.remoteAddress) ?? true
        let isOwn = rule.inputLink.map { $0.text == "lo" } ?? true
        guard rule.isInverted || isFrom && isTo && isOwn else { return }
        list.insert(.session, "SSH", on: .host, impact)
    }
}

/// How many connections of which kind each address has.
struct ConnectionCounts {
    private var counts: [IPAddress: [String: (count: Int, peers: Set<String>)]] = [:]

    init(_ facts: HostFacts) {
        for connection in facts.connections {
            let purpose = connection.purpose ?? (connection.isDatagram ? "" : "TCP")
            guard !purpose.isEmpty else { continue }
            var entry = counts[connection.localAddress]?[purpose] ?? (0, [])
            entry.count += 1
            if let peer = connection.remoteAddress, entry.peers.count < 3 { entry.peers.insert(peer.description) }
            counts[connection.localAddress, default: [:]][purpose] = entry
        }
    }

    /// Each kind of connection of an address, by name, with its number and some of the other sides.
    func at(_ address: IPAddress) -> [(purpose: String, detail: String)] {
        (counts[address] ?? [:]).sorted { $0.key < $1.key }.map { purpose, entry in
            let peers = entry.peers.sorted()
            let more = entry.count > peers.count ? ", …" : ""
            return (purpose, "\(entry.count)\(peers.isEmpty ? "" : ", with \(peers.joined(separator: ", "))\(more)")")
        }
    }
}

extension HostFacts.Session {
    /// Whether the host answers the person by another way after a change than before. That its own address moves, and the way
    /// with it, is no other way.
    func changesItsWay(from before: ImpactState, to after: ImpactState, _ homes: [IPAddress: LinkName]) -> Bool {
        let old = before.wayOut(to: remoteAddress)
        let new = after.wayOut(to: remoteAddress)
        if old == new { return false }
        let home = before.homes[localAddress]
        let isMoveOnly = old?.link == home && new?.link == homes[localAddress] && old?.gateway == new?.gateway && home != homes[localAddress]
        return !isMoveOnly
    }
}

extension Impacts {
    /// Finds everybody whom an event reaches.
    func spreadOf(_ event: Event, _ state: ImpactState) -> AffectedList {
        var spread = ImpactSpread(state: state, homes: homes, lastWays: lastWays, facts: facts, connections: connections)
        switch event.reach {
        case .own: spread.residents(of: event.link, event.impact)
        case .all: spread.link(event.link, event.impact, isSubject: true)
        case .master(let master): spread.master(master, without: event.link, event.impact)
        case .address(let address): spread.address(address, on: event.link, event.impact)
        case .rule(let rule): spread.rule(rule, event.impact)
        case .route(let route): spread.route(route, on: event.link, event.impact, isMove: event.isMove)
        }
        return spread.list
    }
}
