internal import CLinux

/// Something that a link is told by netlink, as by `ip link set`, and for which weft has no option: it is kept where the link is made anew.
public struct LinkAttribute: Hashable, Codable, Sendable {
    /// What it is, in the words of `ip link`.
    public enum Key: String, Hashable, Codable, Sendable, CaseIterable {
        /// The largest packet that is handed down to be cut up (`IFLA_GSO_MAX_SIZE`), in bytes.
        case gsoMaxSize = "gso_max_size"
        /// Into how many segments at most it may be cut (`IFLA_GSO_MAX_SEGS`).
        case gsoMaxSegments = "gso_max_segs"
        /// The largest packet that received ones are put together to (`IFLA_GRO_MAX_SIZE`), in bytes.
        case groMaxSize = "gro_max_size"
        /// As ``gsoMaxSize``, of IPv4 alone (`IFLA_GSO_IPV4_MAX_SIZE`, Linux 6.3); setting that one sets this one too.
        case gsoIPv4MaxSize = "gso_ipv4_max_size"
        /// As ``groMaxSize``, of IPv4 alone (`IFLA_GRO_IPV4_MAX_SIZE`, Linux 6.3).
        case groIPv4MaxSize = "gro_ipv4_max_size"
        /// Whether neighbours are asked for (the opposite of `IFF_NOARP`): 1 or 0.
        case arp
        /// Whether it takes part in multicast (`IFF_MULTICAST`): 1 or 0.
        case multicast
        /// Whether somebody lets it take every multicast frame (`IFF_ALLMULTI`): 1 or 0.
        case allMulticast = "allmulticast"
        /// Whether somebody lets it take every frame (`IFF_PROMISC`): 1 or 0.
        case promiscuous = "promisc"

        /// How the kernel is told.
        public enum Wire: Hashable, Sendable {
            /// An attribute of 32 bits, which a new link has with this value, or with that of `limit` where it is less.
            case number(attribute: Int, usual: UInt32, limit: Int?)
            /// A flag of the link's (`ifi_flags`); `isInverse` where it says the opposite.
            case flag(UInt32, isInverse: Bool)
        }

        /// Whether a new VLAN has it as its parent has it.
        public var isInherited: Bool { self == .arp || self == .multicast }

        /// The highest of the kernel's numbers for them.
        public static let highestNumber = allCases.map { if case .number(let attribute, _, let limit) = $0.wire { max(attribute, limit ?? 0) } else { 0 } }.max() ?? 0

        /// How the kernel is told.
        public var wire: Wire {
            switch self {
            case .gsoMaxSize: .number(attribute: Int(IFLA_GSO_MAX_SIZE), usual: 65_536, limit: Int(IFLA_TSO_MAX_SIZE))
            case .gsoMaxSegments: .number(attribute: Int(IFLA_GSO_MAX_SEGS), usual: 65_535, limit: Int(IFLA_TSO_MAX_SEGS))
            case .groMaxSize: .number(attribute: Int(IFLA_GRO_MAX_SIZE), usual: 65_536, limit: nil)
            case .gsoIPv4MaxSize: .number(attribute: Int(WEFT_IFLA_GSO_IPV4_MAX_SIZE), usual: 65_536, limit: Int(IFLA_TSO_MAX_SIZE))
            case .groIPv4MaxSize: .number(attribute: Int(WEFT_IFLA_GRO_IPV4_MAX_SIZE), usual: 65_536, limit: nil)
            case .arp: .flag(UInt32(IFF_NOARP), isInverse: true)
            case .multicast: .flag(UInt32(IFF_MULTICAST), isInverse: false)
            case .allMulticast: .flag(UInt32(IFF_ALLMULTI), isInverse: false)
            case .promiscuous: .flag(UInt32(IFF_PROMISC), isInverse: false)
            }
        }
    }

    /// What it is.
    public let key: Key
    /// Its value.
    public let value: UInt32

    /// Joins the parts.
    public init(_ key: Key, _ value: UInt32) {
        self.key = key
        self.value = value
    }

    /// The value as `ip` writes it.
    public var text: String {
        if case .flag = key.wire { value == 0 ? "off" : "on" } else { String(value) }
    }
}
