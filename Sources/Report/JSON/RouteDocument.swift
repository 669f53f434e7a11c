public import HostNetwork

/// A route.
public struct RouteDocument: Codable, Hashable, Sendable {
    /// One way of a multipath route.
    public struct NextHop: Codable, Hashable, Sendable {
        /// The next router.
        public let gateway: String?
        /// The link to it.
        public let link: String
        /// The share, from 1.
        public let weight: Int
    }

    /// What is reached, with its prefix length; `0.0.0.0/0` and `::/0` are the default routes.
    public let destination: String
    /// `ipv4` or `ipv6`.
    public let family: String
    /// `weft`, or `foreign`.
    public let owner: String
    /// Who made it, by the names of `/etc/iproute2/rt_protos`, or a number.
    public let origin: String
    /// `unicast`, `local`, `broadcast`, `blackhole`, …, or a number.
    public let type: String
    /// The next router.
    public let gateway: String?
    /// The link it goes out by.
    public let link: String?
    /// The metric that the kernel uses.
    public let metric: UInt32
    /// The routing table's number; 254 is the main table.
    public let table: UInt32
    /// The address that the host's own packets get.
    public let source: String?
    /// `global`, `link`, `host`, …, or a number.
    public let scope: String?
    /// The type of service; left out where it is 0.
    public let tos: UInt8?
    /// Whether the router is taken to be on the link although no prefix says so.
    public let onLink: Bool
    /// The path's MTU.
    public let mtu: UInt32?
    /// The ways of a multipath route; left out for all others.
    public let nextHops: [NextHop]?
    /// Seconds until the kernel removes it.
    public let expiresSeconds: UInt32?

    /// Takes a route as it was read.
    public init(_ route: Route) {
        destination = route.destination.description
        family = route.family.rawValue.lowercased()
        owner = route.isOwned ? "weft" : "foreign"
        origin = Origin.ofRoute(route.origin)
        type = Self.types[route.type] ?? String(route.type)
        gateway = route.gateway?.description
        link = route.link?.text
        metric = route.effectiveMetric
        table = route.table
        source = route.source?.description
        scope = route.scope.map { Scopes.name($0) ?? String($0) }
        tos = route.tos == 0 ? nil : route.tos
        onLink = route.isOnLink
        mtu = route.mtu
        nextHops =
            route.nextHops.isEmpty
            ? nil : route.nextHops.map { NextHop(gateway: $0.gateway?.description, link: $0.link.text, weight: $0.weight) }
        expiresSeconds = route.expires
    }

    /// Orders routes that the kernel tells apart by more than their key.
    var sortText: String { "\(type) \(link ?? "") \(gateway ?? "") \(source ?? "") \(origin)" }

    /// `RTN_*` by `iproute2`'s names.
    private static let types: [UInt8: String] = [
        0: "unspec", 1: "unicast", 2: "local", 3: "broadcast", 4: "anycast", 5: "multicast", 6: "blackhole", 7: "unreachable", 8: "prohibit",
        9: "throw", 10: "nat",
    ]

    enum CodingKeys: String, CodingKey {
        case destination, family, owner, origin, type, gateway, link, metric, table, source, scope, tos
        case onLink = "on_link"
        case mtu
        case nextHops = "next_hops"
        case expiresSeconds = "expires_seconds"
    }
}
