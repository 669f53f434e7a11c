internal import HostNetwork

/// Setting routes, replacing them, and taking away weft's own that are no longer wanted.
extension Draft {
    /// Plans the routes, link by link; those that are the host's, over several links or none, together.
    mutating func planRoutes() {
        var byLink: [LinkName: [(change: FieldChange, action: Action, mark: SourceMark?)]] = [:]
        // What each link's routes wait for besides the link itself: the links of multipath routes, and the homes of source
        // addresses.
        var others: [LinkName: Set<LinkName>] = [:]
        let homes = homesOfSources()
        let meant = Set((wanted.routes + movedRoutes).map(\.key))
        let actualRoutes = Dictionary(meant.isEmpty ? [] : actual.routes.map { ($0.key, $0) }.filter { meant.contains($0.0) }) { first, _ in first }
        for want in wanted.routes.sorted(by: Self.goesFirst) {
            if want.links.contains(where: { !willExist($0) }) { continue }
            let have = actualRoutes[want.key]
            let survives = have.map { route in !route.links.contains { goes($0) } } ?? false
            if let have, survives, want.sameWay(as: have) { continue }
            if let have, !have.isOwned, !have.isKernelMade, have.links != want.links, have.links.allSatisfy({ movesFrom[$0] == nil }), !request.isRollback {
                note(have.link ?? .host, "its route \(have.display) is not weft's; the file's takes its place, and nothing brings it back")
            }
            // A link that goes down on the way drops its routes, so replacing serves both cases.
            byLink[want.link ?? .host, default: []].append(
                (FieldChange("route", old: survives ? have?.display : nil, new: want.display), .replaceRoute(want), want.sourceMark))
            others[want.link ?? .host, default: []].formUnion(want.nextHops.map(\.link))
            if let source = want.source { others[want.link ?? .host, default: []].formUnion(homes[source] ?? []) }
        }
        for moved in movedRoutes {
            let old = actualRoutes[moved.key]?.link
            byLink[moved.link ?? .host, default: []].append(
                (FieldChange("route", new: "\(moved.display)\(old.map { " (from \($0))" } ?? "")"), .replaceRoute(moved), nil))
            others[moved.link ?? .host, default: []].formUnion(moved.nextHops.map(\.link))
        }
        for route in routesOfRemadeLinks() {
            byLink[.host, default: []].append((FieldChange("route", new: "\(route.display) (put back)"), .replaceRoute(route), nil))
            others[.host, default: []].formUnion(route.links)
        }
        for (name, entries) in byLink.sorted(by: { $0.key < $1.key }) {
            var routes = step(.change, name, entries.map(\.change), entries.map(\.action))
            routes.origin = entries.compactMap(\.mark).first ?? routes.origin
            let number = graph.add(routes, .builds)
            routeStep[name] = number
            for home in others[name, default: []].union([name]).sorted() {
                waitForLink(home, number)
                graph.require(addressStep[home], before: number)
            }
        }
        // An address leaves its link only after its routes have.
        for move in moves { graph.require(routeStep[move.to], before: removalStep[move.from]) }
        if movedRoutes.contains(where: { !$0.nextHops.isEmpty }) {
            for move in moves { graph.require(routeStep[.host], before: removalStep[move.from]) }
        }
        planOldRoutes()
    }

    /// Multipath routes of which several links are made anew: they come back when the last of these stands.
    private func routesOfRemadeLinks() -> [Route] {
        actual.routes.filter { route in
            route.nextHops.count { recreated.contains($0.link) } > 1 && route.links.allSatisfy { willExist($0) } && !route.isDynamic
                && wantedRoutes[route.key] == nil && !staleRoutes.contains(route) && !isUnwanted(route)
        }.sorted(by: Self.goesFirst)
    }

    /// The order of routes: a gateway may be reached by another route of the same file.
    static func goesFirst(_ left: Route, _ right: Route) -> Bool {
        let isDirect = (left.gateway == nil && left.nextHops.isEmpty, right.gateway == nil && right.nextHops.isEmpty)
        return isDirect.0 == isDirect.1 ? left.key < right.key : isDirect.0
    }

    /// The links on which the addresses stand that routes name as their source.
    private func homesOfSources() -> [IPAddress: [LinkName]] {
        let sources = Set(wanted.routes.compactMap(\.source))
        guard !sources.isEmpty else { return [:] }
        var homes: [IPAddress: [LinkName]] = [:]
        for want in wantedLinks {
            for address in want.addresses ?? [] where sources.contains(address.network.address) {
                homes[address.network.address, default: []].append(want.name)
            }
        }
        return homes
    }

    /// Whether a route is weft's, and is to go.
    func isUnwanted(_ route: Route) -> Bool {
        guard route.isOwned, wantedRoutes[route.key] == nil, !movedRoutes.contains(where: { $0.key == route.key }) else { return false }
        if route.links.contains(where: { isInScope($0) }) || request.scope == .everythingOwned { return true }
        return route.links.isEmpty && request.hostWide?.routes.contains { $0.key == route.key } ?? false
    }

    private mutating func planOldRoutes() {
        let gone = (staleRoutes + actual.routes.filter { isUnwanted($0) && !staleRoutes.contains($0) }).compactMap { route -> Route? in
            guard route.links.contains(where: { goes($0) }) else { return route }
            // The kernel takes it along with a link; of several ways IPv6 keeps those that are left.
            var left = route
            left.nextHops.removeAll { goes($0.link) }
            return left.family == .ipv6 && !left.nextHops.isEmpty ? left : nil
        }
        for (name, routes) in Dictionary(grouping: gone, by: { $0.link ?? .host }).sorted(by: { $0.key < $1.key }) {
            let sorted = routes.sorted { $0.key < $1.key }
            let number = graph.add(
                step(.change, name, sorted.map { FieldChange("route", old: $0.display, new: nil) }, sorted.map { .removeRoute($0) }), .clears)
            graph.require(routeStep[name], before: number)
            for move in movesFrom[name] ?? [] { graph.require(routeStep[move.to], before: number) }
            for link in Set(routes.flatMap(\.links)).union([name]).sorted() {
                // Once its source address is gone, the kernel has dropped the route already.
                graph.require(number, before: removalStep[link])
            }
            oldRouteSteps.append(number)
        }
    }
}

extension Route {
    /// The route as `ip route` writes it, without what is usual.
    package var display: String {
        var words = [destination.isEverything ? "default" : destination.description]
        if type != Self.unicastType { words.insert(Self.typeNames[type] ?? Self.kernelTypeNames[type] ?? "type \(type)", at: 0) }
        if family == .ipv6, destination.isEverything { words[words.count - 1] = "default (IPv6)" }
        if let sourcePrefix { words.append("from \(sourcePrefix)") }
        if let gateway { words.append("via \(gateway)") }
        if let link { words.append("dev \(link)") }
        for hop in nextHops {
            words.append("nexthop \(hop.gateway.map { "via \($0) " } ?? "")dev \(hop.link) weight \(hop.weight)\(hop.isOnLink ? " onlink" : "")")
        }
        if let source { words.append("src \(source)") }
        if let metric, metric != (family == .ipv4 ? 0 : 1024) { words.append("metric \(metric)") }
        if table != Route.mainTable { words.append("table \(Self.tableName(table))") }
        if let scope, family == .ipv4, type == Self.unicastType, scope != usualScope { words.append("scope \(Self.scopeNames[scope] ?? String(scope))") }
        if let mtu { words.append("mtu \(mtu)") }
        if isOnLink { words.append("onlink") }
        return words.joined(separator: " ")
    }

    /// Whether an existing route already is what a wanted one says.
    func sameWay(as have: Route) -> Bool {
        gateway == have.gateway && link == have.link && source == have.source && type == have.type && mtu == have.mtu
            && isOnLink == have.isOnLink && Set(nextHops) == Set(have.nextHops)
            && (scope == nil || scope == have.scope)
            && (otherAttributes.isEmpty || otherAttributes == have.otherAttributes)
            // Whose the route is matters only where a checkpoint is restored.
            && (origin == Ownership.originNumber || origin == have.origin)
    }
}
