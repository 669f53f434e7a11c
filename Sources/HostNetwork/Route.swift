internal import CLinux

/// A route (`RTM_NEWROUTE`).
public struct Route: Hashable, Sendable {
    /// One way of a multipath route (`RTA_MULTIPATH`).
    public struct NextHop: Hashable, Codable, Sendable {
        /// The next router; `nil` for a destination on the link itself.
        public var gateway: IPAddress?
        /// The link to it.
        public var link: LinkName
        /// The share, from 1 (`rtnh_hops + 1`).
        public var weight: Int
        /// `RTNH_F_ONLINK` and its like.
        public var flags: UInt32

        /// Joins the parts.
        public init(gateway: IPAddress?, link: LinkName, weight: Int, flags: UInt32 = 0) {
            self.gateway = gateway
            self.link = link
            self.weight = weight
            self.flags = flags
        }

        /// Whether the gateway is taken to be on the link although no prefix says so (`RTNH_F_ONLINK`).
        public var isOnLink: Bool {
            get { flags & UInt32(RTNH_F_ONLINK) != 0 }
            set { flags = newValue ? flags | UInt32(RTNH_F_ONLINK) : flags & ~UInt32(RTNH_F_ONLINK) }
        }
    }

    /// The types of routes that a topology file can say, by the words of `ip` (`RTN_*`).
    public static let typeNames: [UInt8: String] = [
        UInt8(RTN_UNICAST): "unicast", UInt8(RTN_BLACKHOLE): "blackhole", UInt8(RTN_UNREACHABLE): "unreachable",
        UInt8(RTN_PROHIBIT): "prohibit", UInt8(RTN_THROW): "throw",
    ]

    /// The types that the kernel gives most routes of its local table, and people some, by the words of `ip` (`RTN_*`).
    public static let kernelTypeNames: [UInt8: String] = [
        UInt8(RTN_LOCAL): "local", UInt8(RTN_BROADCAST): "broadcast", UInt8(RTN_ANYCAST): "anycast", UInt8(RTN_MULTICAST): "multicast",
    ]

    /// The type of most routes: to a router or to a link (`RTN_UNICAST`).
    public static let unicastType = UInt8(RTN_UNICAST)

    /// The reach of IPv4 routes by the words of `ip` (`RT_SCOPE_*`).
    public static let scopeNames: [UInt8: String] = [
        UInt8(RT_SCOPE_UNIVERSE.rawValue): "global", UInt8(RT_SCOPE_SITE.rawValue): "site", UInt8(RT_SCOPE_LINK.rawValue): "link",
        UInt8(RT_SCOPE_HOST.rawValue): "host", UInt8(RT_SCOPE_NOWHERE.rawValue): "nowhere",
    ]

    /// The scope that `ip` gives a unicast route where nothing is said: link where there is no router, global otherwise.
    public var usualScope: UInt8 {
        let isDirect = family == .ipv4 && type == Self.unicastType && gateway == nil && nextHops.isEmpty
        return UInt8(isDirect ? RT_SCOPE_LINK.rawValue : RT_SCOPE_UNIVERSE.rawValue)
    }

    /// What is reached by this route (`RTA_DST`).
    public var destination: IPNetwork
    /// The next router (`RTA_GATEWAY`, or `RTA_VIA` of the other family); `nil` for a destination on the link itself.
    public var gateway: IPAddress?
    /// The link it goes out by (`RTA_OIF`); `nil` for blackholes and multipath routes.
    public var link: LinkName?
    /// The metric (`RTA_PRIORITY`), lower wins. In a wanted route `nil` is the kernel's default.
    public var metric: UInt32?
    /// The routing table (`RTA_TABLE`).
    public var table: UInt32
    /// The address that the host's own packets get (`RTA_PREFSRC`).
    public var source: IPAddress?
    /// `RT_SCOPE_*`; `nil` in a wanted route leaves it to the rules of `ip`.
    public var scope: UInt8?
    /// Who made the route (`rtm_protocol`).
    public var origin: UInt8
    /// `RTN_*`: 1 unicast, 6 blackhole, …
    public var type: UInt8
    /// `rtm_tos`.
    public var tos: UInt8
    /// `RTNH_F_ONLINK` and its like, without the bits that only tell a state.
    public var flags: UInt32
    /// The path's MTU (`RTAX_MTU`).
    public var mtu: UInt32?
    /// The ways of a multipath route; empty for all others.
    public var nextHops: [NextHop]
    /// From where packets have to come for an IPv6 route to count (`RTA_SRC`); `nil` for all.
    public var sourcePrefix: IPNetwork?
    /// Seconds until the kernel removes an IPv6 route (`RTA_EXPIRES`); `nil` is forever.
    public var expires: UInt32?
    /// Attributes of netlink that weft has no word for (`RTA_METRICS` with more than an MTU, `RTA_FLOW`, `RTA_ENCAP`, …), byte for
    /// byte as the kernel told them, so that the route can be put back. A file says none, and leaves those that are there.
    public var otherAttributes: [UInt8] = []
    /// Whether the kernel told attributes that weft does not keep: such a route can be shown, but not put back elsewhere.
    public var hasUnknownAttributes = false
    /// Where the file speaks of the route. Wanted only, and no part of what the route is.
    public var sourceMark: SourceMark?

    /// A unicast route of the main table.
    public init(to destination: IPNetwork, via gateway: IPAddress? = nil, link: LinkName?) {
        self.destination = destination.network
        self.gateway = gateway
        self.link = link
        table = UInt32(RT_TABLE_MAIN.rawValue)
        origin = Ownership.originNumber
        type = UInt8(RTN_UNICAST)
        tos = 0
        flags = 0
        nextHops = []
    }

    /// Every link that it goes out by: one, each way's of a multipath route, or none.
    public var links: [LinkName] { link.map { [$0] } ?? nextHops.map(\.link) }

    /// The family of the destination.
    public var family: IPAddress.Family { destination.address.family }

    /// The main routing table's number (`RT_TABLE_MAIN`).
    public static let mainTable = UInt32(RT_TABLE_MAIN.rawValue)

    /// The local table's number (`RT_TABLE_LOCAL`), which the kernel keeps by itself.
    public static let localTable = UInt32(RT_TABLE_LOCAL.rawValue)

    /// The origin of routes that an administrator set by hand (`RTPROT_STATIC`).
    public static let staticOrigin = UInt8(RTPROT_STATIC)

    /// Whether the gateway is taken to be on the link although no prefix says so (`RTNH_F_ONLINK`).
    public var isOnLink: Bool {
        get { flags & UInt32(RTNH_F_ONLINK) != 0 }
        set { flags = newValue ? flags | UInt32(RTNH_F_ONLINK) : flags & ~UInt32(RTNH_F_ONLINK) }
    }

    /// Whether weft made the route.
    public var isOwned: Bool { origin == Ownership.originNumber }

    /// Whether the kernel made the route by itself, for an address (`RTPROT_KERNEL`).
    public var isKernelMade: Bool { origin == UInt8(RTPROT_KERNEL) }

    /// Whether the route came from a router's advertisement (`RTPROT_RA`), or has a lifetime.
    public var isDynamic: Bool { origin == UInt8(RTPROT_RA) || expires != nil }

    /// Whether the route is the default route of its table.
    public var isDefault: Bool { destination.isEverything && type == UInt8(RTN_UNICAST) }

    /// The metric that the kernel uses: what is said, or 0 for IPv4 and 1024 for IPv6.
    public var effectiveMetric: UInt32 { metric ?? (family == .ipv4 ? 0 : 1024) }

    /// What two routes of one table cannot share: the kernel replaces by this key.
    public struct Key: Hashable, Sendable, Comparable {
        /// The routing table.
        public let table: UInt32
        /// The destination.
        public let destination: IPNetwork
        /// The metric the kernel uses.
        public let metric: UInt32
        /// The type of service.
        public let tos: UInt8
        /// From where packets have to come.
        public let sourcePrefix: IPNetwork?

        public static func < (left: Key, right: Key) -> Bool {
            let (one, two) = ((left.table, left.destination, left.metric, left.tos), (right.table, right.destination, right.metric, right.tos))
            guard one == two else { return one < two }
            guard let other = right.sourcePrefix else { return false }
            return left.sourcePrefix.map { $0 < other } ?? true
        }
    }

    /// See ``Key``.
    public var key: Key { Key(table: table, destination: destination, metric: effectiveMetric, tos: tos, sourcePrefix: sourcePrefix) }
}
