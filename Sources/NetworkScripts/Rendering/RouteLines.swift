internal import HostNetwork

/// The lines of a link's `route-NAME` and `route6-NAME`: arguments of `ip route add`, which NetworkManager reads too.
struct RouteLines {
    /// The router that `GATEWAY` names; the route is then in neither list.
    private(set) var gateway: IPAddress?
    private(set) var ipv4: [String] = []
    private(set) var ipv6: [String] = []
    /// Routes that the dialect cannot say.
    private(set) var unsayable: [(route: Route, message: String, fix: String?)] = []

    /// - Parameters:
    ///   - routes: those over the link, and the host's that its file is to hold.
    ///   - first: the address that stands first in the link's file.
    init(_ routes: [Route], of link: Link, first: IPNetwork?, dialect: ScriptDialect) {
        // The initscripts set one after the other: a network on the link itself may hold another route's router.
        let own = routes.filter { $0.link != nil }
        let ordered = own.filter { $0.gateway == nil } + own.filter { $0.gateway != nil && !$0.isDefault } + own.filter { $0.gateway != nil && $0.isDefault }
            + routes.filter { $0.link == nil }
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
        if route.type != Route.unicastType, let type = Route.typeNames[route.type] { words.insert(type, at: 0) }
        words += Self.via(route.gateway, route.family)
        if route.link != nil { words += ["dev", link.text] }
        if route.tos != 0 { words += ["tos", "0x\(String(route.tos, radix: 16))"] }
        if let metric = route.metric { words += ["metric", String(metric)] }
        if route.table != Route.mainTable { words += ["table", String(route.table)] }
        if let source = route.source { words += ["src", source.description] }
        if let scope = route.scope, route.family == .ipv4, scope != route.usualScope, let name = Route.scopeNames[scope] { words += ["scope", name] }
        if let mtu = route.mtu { words += ["mtu", String(mtu)] }
        if route.isOnLink { words.append("onlink") }
        for hop in route.nextHops {
            words += ["nexthop"] + Self.via(hop.gateway, route.family) + ["dev", hop.link.text, "weight", String(hop.weight)] + (hop.isOnLink ? ["onlink"] : [])
        }
        return words.joined(separator: " ")
    }

    private static func via(_ gateway: IPAddress?, _ family: IPAddress.Family) -> [String] {
        guard let gateway else { return [] }
        return gateway.family == family ? ["via", gateway.description] : ["via", "inet6", gateway.description]
    }
}

extension Route {
    /// The router, if this is an IPv4 default route of which nothing else is said, so that `GATEWAY` says it whole.
    fileprivate var plainRouter: IPAddress? {
        guard isDefault, family == .ipv4, table == Self.mainTable, metric == nil, source == nil, mtu == nil, tos == 0, !isOnLink, gateway?.family == .ipv4
        else { return nil }
        return gateway
    }
}
