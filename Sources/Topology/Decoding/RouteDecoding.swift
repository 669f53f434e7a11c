internal import HostNetwork

/// Routes: under a link, or in the file's own list, where each says its links itself.
extension Decoder {
    /// - Parameter link: the link under which the list stands; `nil` for the file's own.
    mutating func decodeRoutes(_ entry: YAMLEntry, of link: LinkName?) -> [RouteDraft] {
        var routes: [RouteDraft] = []
        for item in list(entry) ?? [] {
            if item.isPoisoned { continue }
            guard case .mapping(let entries) = item.content else {
                problems.error(
                    item.span, "a route is a mapping, not \(item.noun)", fix: "write it like {to: 198.51.100.0/24, via: 192.0.2.1}")
                continue
            }
            if let route = decodeRoute(entries, at: item.span, of: link) { routes.append(route) }
        }
        return routes
    }

    /// What a route's keys said, before it is known whether they fit together.
    private struct RouteParts {
        var to: (text: String, span: Span)?
        var hasTo = false
        var type = Route.unicastType
        var link: (name: LinkName, span: Span)?
        /// The ways of `via` and `nexthops`, some perhaps still without a link.
        var ways: [WayParts] = []
        var waysEntry: YAMLEntry?
        var isOnLink = false
        var source: (address: IPAddress, entry: YAMLEntry)?
        /// The keys that say something about where the route leads, for one that leads nowhere.
        var leading: [YAMLEntry] = []
        var tos: YAMLEntry?
        var hasMistake = false
    }

    private struct WayParts {
        var gateway: IPAddress?
        var link: LinkName?
        var weight = 1
        var isOnLink = false
        var span: Span
    }

    private mutating func decodeRoute(_ entries: [YAMLEntry], at span: Span, of link: LinkName?) -> RouteDraft? {
        var parts = RouteParts()
        parts.link = link.map { ($0, span) }
        var route = Route(to: .everything(.ipv4), link: nil)
        for entry in entries {
            guard let key = RouteKey(rawValue: entry.key) else {
                unknownKey(entry, in: .route)
                continue
            }
            decode(key, entry, into: &route, &parts, of: link)
        }
        guard parts.hasTo else {
            problems.error(span, "this route has no 'to'", fix: "write to: default, or the network it leads to")
            return nil
        }
        guard let to = parts.to, !parts.hasMistake else { return nil }
        route.type = parts.type
        let hint = parts.ways.lazy.compactMap(\.gateway).first?.family
        let isNowhere = parts.type != Route.unicastType
        guard let destination = attempt(at: to.span, { () throws(ValueError) in try Self.destination(to.text, family: hint) })
        else { return nil }
        route.destination = destination
        if route.family == .ipv6, let tos = parts.tos {
            problems.error(tos.keySpan, "an IPv6 route has no 'tos'", fix: "leave it out; a rule can look at it: rules: [{family: ipv6, tos: \(route.tos), table: 100}]")
        }
        route.sourceMark = span.mark(in: problems.file)
        // The kernel takes 0 for its default here, which it then reports as 1024.
        if route.family == .ipv6, route.metric == 0 { route.metric = nil }
        return isNowhere ? finishNowhere(route, parts, at: span, of: link) : finish(&route, parts, at: span)
    }

    private mutating func decode(_ key: RouteKey, _ entry: YAMLEntry, into route: inout Route, _ parts: inout RouteParts, of link: LinkName?) {
        switch key {
        case .to:
            parts.hasTo = true
            if let text = text(entry) { parts.to = (text, entry.valueSpan) }
        case .type:
            guard let type = word(entry, of: Route.typeNames) else { return parts.hasMistake = true }
            parts.type = type
        case .via, .nexthops:
            parts.leading.append(entry)
            if let first = parts.waysEntry {
                problems.error(
                    entry.keySpan, "a route has either 'via' or 'nexthops'", fix: "write every way in 'nexthops'",
                    related: [(first.keySpan, "'\(first.key)' is here")])
                return parts.hasMistake = true
            }
            parts.waysEntry = entry
            guard let ways = key == .via ? routers(entry) : nextHops(entry) else { return parts.hasMistake = true }
            parts.ways = ways
        case .link:
            parts.leading.append(entry)
            guard let text = text(entry), let name = linkName(text, entry.valueSpan) else { return parts.hasMistake = true }
            if let link, link != name {
                problems.error(entry.valueSpan, "a route of \(link) goes over \(link), not over \(name)", fix: "write it under \(name), or in the file's own 'routes'")
                return parts.hasMistake = true
            }
            parts.link = (name, entry.valueSpan)
        case .metric: route.metric = number(entry, in: 0...UInt32.max)
        case .table: route.table = table(entry) ?? Route.mainTable
        case .source, .src:
            parts.leading.append(entry)
            if let first = parts.source {
                problems.error(
                    entry.keySpan, "'\(entry.key)' and '\(first.entry.key)' are the same", fix: "keep one of the two",
                    related: [(first.entry.keySpan, "the first is here")])
            } else if let address = address(entry) {
                parts.source = (address, entry)
            }
        case .scope:
            parts.leading.append(entry)
            route.scope = word(entry, of: Route.scopeNames)
        case .onlink:
            parts.isOnLink = flag(entry) ?? false
            if parts.isOnLink { parts.leading.append(entry) }
        case .mtu:
            parts.leading.append(entry)
            route.mtu = number(entry, in: Self.mtuRange, unit: " bytes")
        case .tos:
            parts.tos = entry
            route.tos = typeOfService(entry) ?? 0
        }
    }

    // MARK: The ways

    /// `via`: one router, or several on one link.
    private mutating func routers(_ entry: YAMLEntry) -> [WayParts]? {
        guard case .list(let items) = entry.value.content else {
            guard let text = text(entry), let gateway = attempt(at: entry.valueSpan, { () throws(ValueError) in try Self.gateway(text) }) else {
                return nil
            }
            return [WayParts(gateway: gateway, span: entry.valueSpan)]
        }
        var ways: [WayParts] = []
        for item in items {
            guard let text = text(ofItem: item, of: entry, example: "192.0.2.1"),
                let gateway = attempt(at: item.span, { () throws(ValueError) in try Self.gateway(text) })
            else { return nil }
            ways.append(WayParts(gateway: gateway, span: item.span))
        }
        return atLeastOne(ways, entry)
    }

    /// `nexthops`: each with a router, a link and a share of its own.
    private mutating func nextHops(_ entry: YAMLEntry) -> [WayParts]? {
        guard let items = list(entry) else { return nil }
        var ways: [WayParts] = []
        var isWhole = true
        for item in items {
            if item.isPoisoned { return nil }
            guard case .mapping(let entries) = item.content else {
                problems.error(item.span, "a next hop is a mapping, not \(item.noun)", fix: "write it like {via: 192.0.2.1, link: br0, weight: 2}")
                isWhole = false
                continue
            }
            var way = WayParts(span: item.span)
            for entry in entries {
                switch NextHopKey(rawValue: entry.key) {
                case .via:
                    guard let text = text(entry), let gateway = attempt(at: entry.valueSpan, { () throws(ValueError) in try Self.gateway(text) })
                    else { isWhole = false; break }
                    way.gateway = gateway
                    way.span = entry.valueSpan
                case .link:
                    guard let text = text(entry), let name = linkName(text, entry.valueSpan) else { isWhole = false; break }
                    way.link = name
                // The kernel keeps it less one in a byte.
                case .weight: way.weight = number(entry, in: 1...256).map { Int($0) } ?? 1
                case .onlink: way.isOnLink = flag(entry) ?? false
                case nil: unknownKey(entry, in: .nextHop)
                }
            }
            ways.append(way)
        }
        return isWhole ? atLeastOne(ways, entry) : nil
    }

    private mutating func atLeastOne(_ ways: [WayParts], _ entry: YAMLEntry) -> [WayParts]? {
        guard ways.isEmpty else { return ways }
        problems.error(entry.valueSpan, "'\(entry.key)' lists no way at all", fix: "name a router, or leave '\(entry.key)' out")
        return nil
    }

    // MARK: What fits together

    /// A route that leads nowhere: it goes over no link, so it is the host's and stands in the file's own list.
    private mutating func finishNowhere(_ route: Route, _ parts: RouteParts, at span: Span, of link: LinkName?) -> RouteDraft? {
        let word = Route.typeNames[route.type] ?? ""
        if let link {
            problems.error(
                span, "a route of type \(word) goes over no link, and stands here under \(link)",
                fix: "write it in the file's own list, without indentation: routes: [{to: \(route.destination), type: \(word)}]")
            return nil
        }
        for entry in parts.leading {
            problems.error(entry.keySpan, "a route of type \(word) leads nowhere, so '\(entry.key)' says nothing about it", fix: "leave '\(entry.key)' out")
        }
        return RouteDraft(route: route, span: span, ways: [])
    }

    private mutating func finish(_ route: inout Route, _ parts: RouteParts, at span: Span) -> RouteDraft? {
        let family = route.family
        var drafts: [WayDraft] = []
        let ways = parts.ways.isEmpty ? [WayParts(span: parts.link?.span ?? span)] : parts.ways
        for way in ways {
            guard let link = way.link ?? parts.link?.name else {
                problems.error(
                    way.span, "this route does not say which link it goes over",
                    fix: "write link: and the link's name, or write the route under its link")
                return nil
            }
            if family == .ipv6, let via = way.gateway, via.family == .ipv4 {
                problems.error(way.span, "an IPv6 route cannot lead over the IPv4 router \(via)")
                return nil
            }
            if way.gateway == nil, way.isOnLink || parts.isOnLink {
                problems.error(span, "'onlink' says something about a router, and this route has no 'via'", fix: "leave 'onlink' out")
                return nil
            }
            if way.gateway == nil, ways.count > 1, family == .ipv6 {
                problems.error(way.span, "each way of an IPv6 route of several has a router", fix: "write its 'via'")
                return nil
            }
            if let first = drafts.first(where: { $0.link == link && $0.gateway == way.gateway }) {
                problems.error(
                    way.span, "this way is listed twice", fix: "keep one of the two, with a 'weight' if it is to carry more",
                    related: [(first.span, "the first is here")])
                return nil
            }
            drafts.append(WayDraft(gateway: way.gateway, link: link, span: way.span))
        }
        if let source = parts.source {
            if source.address.family == family {
                route.source = source.address
            } else {
                problems.error(source.entry.valueSpan, "the source \(source.address) is not of the route's family, \(family.rawValue)")
            }
        }
        if drafts.count == 1 {
            route.gateway = drafts[0].gateway
            route.link = drafts[0].link
            route.isOnLink = parts.isOnLink || ways[0].isOnLink
        } else {
            route.nextHops = zip(drafts, ways).map { draft, way in
                var hop = Route.NextHop(gateway: draft.gateway, link: draft.link, weight: way.weight)
                hop.isOnLink = parts.isOnLink || way.isOnLink
                return hop
            }
        }
        checkScope(route, parts)
        return RouteDraft(route: route, span: span, ways: drafts)
    }

    /// IPv6 routes have no scope, and what is reached by a router is farther away than the link.
    private mutating func checkScope(_ route: Route, _ parts: RouteParts) {
        guard let scope = route.scope, let span = parts.leading.first(where: { $0.key == RouteKey.scope.rawValue })?.valueSpan else { return }
        if route.family == .ipv6 {
            problems.error(span, "an IPv6 route has no scope", fix: "leave 'scope' out")
        } else if scope >= 253, parts.ways.contains(where: { $0.gateway != nil }) {
            problems.error(span, "a route by a router cannot have the scope \(Route.scopeNames[scope] ?? "")", fix: "leave 'scope' out")
        }
    }

    /// - Parameter family: that of the route's router, which says which default route is meant.
    private static func destination(_ text: String, family: IPAddress.Family?) throws(ValueError) -> IPNetwork {
        if text == "default" {
            guard let family else {
                throw ValueError(
                    "a default route without 'via' does not say its family", fix: "write 0.0.0.0/0 or ::/0 for 'default'")
            }
            return .everything(family)
        }
        if !text.contains("/"), let address = try? IPAddress(text) {
            throw ValueError("'\(text)' lacks a prefix length", fix: "write \(text)/\(address.family.bitWidth) for the one host")
        }
        let network = try IPNetwork(text)
        guard network == network.network else {
            throw ValueError("\(network) has bits set after its prefix", fix: "write \(network.network)")
        }
        return network
    }

    /// A routing table for routes: any but the kernel's own.
    private mutating func table(_ entry: YAMLEntry) -> UInt32? {
        guard let number = tableNumber(entry) else { return nil }
        guard number != Route.localTable else {
            problems.error(entry.valueSpan, "table \(number) is the kernel's own", fix: "leave 'table' out, or write another number")
            return nil
        }
        return number
    }

    /// A routing table, by its number or by a name that it has everywhere.
    mutating func tableNumber(_ entry: YAMLEntry) -> UInt32? {
        if case .scalar(let text, _) = entry.value.content {
            for number in [Route.mainTable, Route.localTable, Route.defaultTable] where text == Route.tableName(number) { return number }
        }
        return number(entry, in: 1...UInt32.max)
    }

    /// One of several words, by its number.
    mutating func word(_ entry: YAMLEntry, of words: [UInt8: String]) -> UInt8? {
        guard let text = text(entry) else { return nil }
        if let found = words.first(where: { $0.value == text }) { return found.key }
        let list = words.sorted { $0.key < $1.key }.map(\.value).joined(separator: ", ")
        problems.error(entry.valueSpan, "'\(text)' is not a value of '\(entry.key)'", fix: "one of \(list)")
        return nil
    }
}
