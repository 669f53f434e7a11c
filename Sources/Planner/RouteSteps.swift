internal import HostNetwork

/// Setting routes, replacing them, and taking away weft's own that are no longer wanted.
extension Draft {
    /// Plans the routes, link by link.
    mutating func planRoutes() {
        var byLink: [LinkName?: [(change: FieldChange, action: Action, mark: SourceMark?)]] = [:]
        for want in wanted.routes.sorted(by: { $0.key < $1.key }) {
            if let link = want.link, !willExist(link) { continue }
            let have = actualRoutes[want.key]
            if let have, want.sameWay(as: have), !(have.link.map { goes($0) } ?? false) { continue }
            let survives = have.map { route in !(route.link.map { goes($0) } ?? false) } ?? false
            // A link that goes down on the way drops its routes, so replacing serves both cases.
            byLink[want.link, default: []].append(
                (FieldChange("route", old: survives ? have?.display : nil, new: want.display), .replaceRoute(want), want.sourceMark))
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
            waitForLink(name, number)
            graph.require(addressStep[name], before: number)
            // A source address may stand on another link.
            for want in wanted.routes where want.link == link {
                guard let source = want.source else { continue }
                for home in wanted.links.values where home.addresses?.contains(where: { $0.network.address == source }) ?? false {
                    graph.require(addressStep[home.name], before: number)
                }
            }
        }
        // An address leaves its link only after its routes have.
        for move in moves { graph.require(routeStep[move.to], before: removalStep[move.from]) }
        planOldRoutes()
    }

    private mutating func planOldRoutes() {
        let movedKeys = Set(movedRoutes.map(\.key))
        var gone = staleRoutes
        for route in actual.routes where route.isOwned && wantedRoutes[route.key] == nil && !movedKeys.contains(route.key) {
            if gone.contains(route) { continue }
            let links = route.link.map { [$0] } ?? route.nextHops.map(\.link)
            if links.contains(where: { goes($0) }) { continue }
            if !links.isEmpty, !links.contains(where: { isInScope($0) }) { continue }
            gone.append(route)
        }
        for (link, routes) in Dictionary(grouping: gone, by: \.link).sorted(by: { ($0.key?.text ?? "") < ($1.key?.text ?? "") }) {
            let name = link ?? LinkName(kernel: "lo")
            let sorted = routes.sorted { $0.key < $1.key }
            let number = graph.add(
                step(.change, name, sorted.map { FieldChange("route", old: $0.display, new: nil) }, sorted.map { .removeRoute($0) }), .clears)
            graph.require(routeStep[name], before: number)
            for move in moves where move.from == name { graph.require(routeStep[move.to], before: number) }
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
