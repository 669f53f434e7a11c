internal import HostNetwork

/// The lines of a link's `route-NAME` and `route6-NAME`: arguments of `ip route add`, which NetworkManager reads too.
struct RouteLines {
    /// The router that `GATEWAY` names; the route is then in neither list.
    private(set) var gateway: IPAddress?
    private(set) var ipv4: [String] = []
    private(set) var ipv6: [String] = []
    /// Routes that the dialect cannot say.
    private(set) var unsayable: [(route: Route, message: String, fix: String?)] = []

    init(_ routes: [Route], of link: Link, dialect: ScriptDialect) {
        let first = link.addresses?.map(\.network).first { $0.address.family == .ipv4 }
        // The initscripts set one after the other: a network on the link itself may hold another route's router.
        let ordered = routes.filter { $0.gateway == nil } + routes.filter { $0.gateway != nil && !$0.isDefault } + routes.filter { $0.gateway != nil && $0.isDefault }
        for route in ordered {
            if gateway == nil, !link.isLeasing(.ipv4), let router = route.plainRouter, let first, first.contains(router) {
                gateway = router
                continue
            }
            if let problem = Self.problem(with: route, dialect) {
                unsayable.append((route, problem.message, problem.fix))
                continue
            }
            if route.family == .ipv4 { ipv4.append(line(route, link.name)) } else { ipv6.append(line(route, link.name)) }
        }
    }

    private static func problem(with route: Route, _ dialect: ScriptDialect) -> (message: String, fix: String?)? {
        let name = route.isDefault ? "the default route" : "the route to \(route.destination)"
        guard route.nextHops.isEmpty, route.type == 1, route.tos == 0 else {
            return ("\(name) is of a kind that weft does not write to a route file", nil)
        }
        if let gateway = route.gateway, gateway.family != route.family, dialect.readers.contains(.networkManager) {
            return (
                "\(name) leads over a router of the other family, which NetworkManager does not take in a route file",
                "render with --dialect initscripts"
            )
        }
        return nil
    }

    private func line(_ route: Route, _ link: LinkName) -> String {
        var words = [route.destination.isEverything ? "default" : route.destination.description]
        if let gateway = route.gateway { words += gateway.family == route.family ? ["via", gateway.description] : ["via", "inet6", gateway.description] }
        words += ["dev", link.text]
        if let metric = route.metric { words += ["metric", String(metric)] }
        if route.table != Route.mainTable { words += ["table", String(route.table)] }
        if let source = route.source { words += ["src", source.description] }
        if let scope = route.scope, route.family == .ipv4, scope != route.usualScope, let name = Route.scopeNames[scope] { words += ["scope", name] }
        if let mtu = route.mtu { words += ["mtu", String(mtu)] }
        if route.isOnLink { words.append("onlink") }
        return words.joined(separator: " ")
    }
}

extension Route {
    /// The router, if this is an IPv4 default route of which nothing else is said, so that `GATEWAY` says it whole.
    fileprivate var plainRouter: IPAddress? {
        guard isDefault, family == .ipv4, table == Self.mainTable, metric == nil, source == nil, mtu == nil, !isOnLink, gateway?.family == .ipv4
        else { return nil }
        return gateway
    }
}
