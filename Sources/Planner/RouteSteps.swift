internal import HostNetwork

/// Setting routes, replacing them, and taking away weft's own that are no longer wanted.
extension Draft {
    /// Plans the routes, link by link.
    mutating func planRoutes() {
        var byLink: [LinkName?: [(change: FieldChange, action: Action, mark: SourceMark?)]] = [:]
        // What each link's routes wait for besides the link itself: the links of multipath routes, and the homes of source
        // addresses.
        var others: [LinkName?: Set<LinkName>] = [:]
        let homes = homesOfSources()
        for want in wanted.routes.sorted(by: Self.goesFirst) {
            if want.links.contains(where: { !willExist($0) }) { continue }
            let have = actualRoutes[want.key]
            if let have, want.sameWay(as: have), !(have.link.map { goes($0) } ?? false) { continue }
            let survives = have.map { route in !(route.link.map { goes($0) } ?? false) } ?? false
            if let have, !have.isOwned, !have.isKernelMade, have.link != want.link, have.link.map({ movesFrom[$0] == nil }) ?? true, !request.isRollback {
                note(have.link ?? LinkName(kernel: "lo"), "its route \(have.display) is not weft's; the file's takes its place, and nothing brings it back")
            }
            // A link that goes down on the way drops its routes, so replacing serves both cases.
            byLink[want.link, default: []].append(
                (FieldChange("route", old: survives ? have?.display : nil, new: want.display), .replaceRoute(want), want.sourceMark))
            others[want.link, default: []].formUnion(want.nextHops.map(\.link))
            if let source = want.source { others[want.link, default: []].formUnion(homes[source] ?? []) }
        }
        for moved in movedRoutes {
            let old = actualRoutes[moved.key]?.link
            byLink[moved.link, default: []].append(
                (FieldChange("route", new: "\(moved.display)\(old.map { " (from \($0))" } ?? "")"), .replaceRoute(moved), nil))
        }
        for (link, entries) in byLink.sorted(by: { ($0.key?.text ?? "") < ($1.key?.text ?? "") }) {
            let name = link ?? LinkName(kernel: "lo")
            var routes = step(.change, name, entries.map(\.change), entries.map(\.action))
            routes.origin = entries.compactMap(\.mark).first ?? routes.origin
            let number = graph.add(routes, .builds)
            routeStep[name] = number
            for home in others[link, default: []].union([name]).sorted() {
                waitForLink(home, number)
                graph.require(addressStep[home], before: number)
            }
        }
        // An address leaves its link only after its routes have.
        for move in moves { graph.require(routeStep[move.to], before: removalStep[move.from]) }
        planOldRoutes()
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

    private mutating func planOldRoutes() {
        let movedKeys = Set(movedRoutes.map(\.key))
        var gone = staleRoutes
        for route in actual.routes where route.isOwned && wantedRoutes[route.key] == nil && !movedKeys.contains(route.key) {
            if gone.contains(route) { continue }
            if route.links.contains(where: { goes($0) }) { continue }
            if !route.links.isEmpty, !route.links.contains(where: { isInScope($0) }) { continue }
            gone.append(route)
        }
        for (link, routes) in Dictionary(grouping: gone, by: \.link).sorted(by: { ($0.key?.text ?? "") < ($1.key?.text ?? "") }) {
            let name = link ?? LinkName(kernel: "lo")
            let sorted = routes.sorted { $0.key < $1.key }
            let number = graph.add(
                step(.change, name, sorted.map { FieldChange("route", old: $0.display, new: nil) }, sorted.map { .removeRoute($0) }), .clears)
            graph.require(routeStep[name], before: number)
            for move in movesFrom[name] ?? [] { graph.require(routeStep[move.to], before: number) }
            // Once its source address is gone, the kernel has dropped the route already.
            graph.require(number, before: removalStep[name])
        }
    }
}

extension Route {
    /// The route as `ip route` writes it, without what is usual.
    package var display: String {
        var words = [destination.isEverything ? "default" : destination.description]
        if let name = Self.typeNames[type] { words.insert(name, at: 0) }
        if family == .ipv6, destination.isEverything { words[words.count - 1] = "default (IPv6)" }
        if let gateway { words.append("via \(gateway)") }
        if let link { words.append("dev \(link)") }
        for hop in nextHops { words.append("nexthop \(hop.gateway.map { "via \($0) " } ?? "")dev \(hop.link) weight \(hop.weight)") }
        if let source { words.append("src \(source)") }
        if let metric, metric != (family == .ipv4 ? 0 : 1024) { words.append("metric \(metric)") }
        if table != Route.mainTable { words.append("table \(table)") }
        if let mtu { words.append("mtu \(mtu)") }
        if isOnLink { words.append("onlink") }
        return words.joined(separator: " ")
    }

    private static let typeNames: [UInt8: String] = [6: "blackhole", 7: "unreachable", 8: "prohibit", 9: "throw"]

    /// Whether an existing route already is what a wanted one says.
    func sameWay(as have: Route) -> Bool {
        gateway == have.gateway && link == have.link && source == have.source && type == have.type && mtu == have.mtu
            && isOnLink == have.isOnLink && nextHops == have.nextHops
            && (scope == nil || scope == have.scope)
            // Whose the route is matters only where a checkpoint is restored.
            && (origin == Ownership.originNumber || origin == have.origin)
    }
}
