internal import HostNetwork

/// Routes of no single link (several ways, or none), each with the link whose route file is to hold it: only links have files.
///
/// The initscripts hand a line of `route-NAME` to `ip route add`, so any route can be said there. NetworkManager knows no `nexthop`,
/// and an older one fails on a type and then takes nothing of the link's files.
struct HostRoutes {
    /// The routes of each link's files.
    private(set) var byLink: [LinkName: [Route]] = [:]
    /// Routes that the dialect cannot say.
    private(set) var unsayable: [(route: Route, message: String, fix: String?)] = []

    init(_ network: HostNetwork, dialect: ScriptDialect) {
        let sequence = BootOrder(network).sequence.filter { network[$0].map { $0.master == nil && $0.kind != .loopback } ?? false }
        for route in network.routes where route.link == nil {
            let name = route.isDefault ? "the default route" : "the route to \(route.destination)"
            if dialect.readers.contains(.networkManager) {
                let isOfSeveral = !route.nextHops.isEmpty
                unsayable.append(
                    (
                        route,
                        isOfSeveral
                            ? "\(name) has several ways, and NetworkManager takes no 'nexthop' in a route file"
                            : "\(name) is of type \(Route.typeNames[route.type] ?? String(route.type)), on which NetworkManager before 1.36 fails, and then takes nothing of the link's files",
                        "render with --dialect initscripts"
                    ))
                continue
            }
            if let link = Self.link(for: route, sequence, network) {
                byLink[link, default: []].append(route)
            } else {
                unsayable.append((route, "\(name) has to do with no link that has a file", nil))
            }
        }
    }

    /// Of several ways: the last of its links to come up at boot, for all of them must be there. Of none: a link that routes of the
    /// same table go out by, or else the host's way out.
    private static func link(for route: Route, _ sequence: [LinkName], _ network: HostNetwork) -> LinkName? {
        guard route.nextHops.isEmpty else {
            return route.nextHops.allSatisfy { sequence.contains($0.link) } ? sequence.last { name in route.nextHops.contains { $0.link == name } } : nil
        }
        let others = network.routes.filter { $0.link != nil && $0.family == route.family }
        let same = others.filter { $0.table == route.table }
        let candidates = [same.filter(\.isDefault), same, others.filter(\.isDefault), others].lazy.compactMap { routes in
            routes.compactMap(\.link).filter { sequence.contains($0) }.min()
        }
        return candidates.first
            ?? sequence.first { name in (network[name]?.addresses ?? []).contains { $0.network.address.family == route.family } }
            ?? sequence.first { network[$0]?.addresses?.isEmpty == false }
    }
}
