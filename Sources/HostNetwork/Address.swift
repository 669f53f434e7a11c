internal import CLinux

/// An address on a link (`RTM_NEWADDR`).
public struct Address: Hashable, Sendable {
    /// The address and its prefix length (`IFA_LOCAL`, or `IFA_ADDRESS` for IPv6).
    public var network: IPNetwork
    /// The far end of a point-to-point link (`IFA_ADDRESS` where it differs from `IFA_LOCAL`).
    public var peer: IPAddress?
    /// The broadcast address (`IFA_BROADCAST`), which the kernel sets for nobody; see ``usualBroadcast``.
    public var broadcast: IPAddress?
    /// The label (`IFA_LABEL`) where it is not the link's name.
    public var label: String?
    /// `RT_SCOPE_*`: 0 global, 253 link, 254 host.
    public var scope: UInt8
    /// `IFA_F_*`.
    public var flags: UInt32
    /// The metric of the route to the address's network that the kernel keeps (`IFA_RT_PRIORITY`); `nil` is the kernel's default.
    public var metric: UInt32?
    /// Seconds until the kernel removes the address (`ifa_valid`); `nil` is forever.
    public var validLifetime: UInt32?
    /// Seconds until it is no longer preferred (`ifa_prefered`); `nil` is forever.
    public var preferredLifetime: UInt32?
    /// Who set the address (`IFA_PROTO`, since Linux 5.18); 0 where nobody says.
    public var origin: UInt8
    /// Whether the address is weft's, by ``origin`` or by weft's record for kernels without it.
    public var isOwned: Bool

    /// The scope of addresses that no other host reaches, such as 127.0.0.1 (`RT_SCOPE_HOST`).
    public static let hostScope = UInt8(RT_SCOPE_HOST.rawValue)

    /// A permanent address of global scope, as a file writes it.
    public init(_ network: IPNetwork) {
        self.network = network
        scope = UInt8(RT_SCOPE_UNIVERSE.rawValue)
        flags = 0
        origin = 0
        isOwned = false
    }

    /// The last address of an IPv4 prefix, as `ip address add … brd +` sets it. A prefix of 31 or 32 bits, or a link to one
    /// peer, has none.
    public var usualBroadcast: IPAddress? {
        guard case .v4(let bits) = network.address, network.prefixLength <= 30, peer == nil else { return nil }
        return .v4(bits | ~0 >> UInt32(network.prefixLength))
    }

    /// Whether the kernel is still asking whether somebody else has the IPv6 address (`IFA_F_TENTATIVE`): until it knows, the
    /// host neither answers to it nor speaks by it. One that is used meanwhile (`IFA_F_OPTIMISTIC`) does not count.
    public var isTentative: Bool { flags & UInt32(IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_OPTIMISTIC) == UInt32(IFA_F_TENTATIVE) }

    /// How long the kernel asks at most, by its defaults: up to a second until it does (`net.ipv6.conf.LINK.router_solicitation_delay`),
    /// and another for the answer (`dad_transmits`, `retrans_time`).
    public static let detectionSeconds: Double = 2

    /// Whether somebody else has the IPv6 address, so that the kernel does not use it (`IFA_F_DADFAILED`).
    public var isDuplicate: Bool { flags & UInt32(IFA_F_DADFAILED) != 0 }

    /// Whether the kernel uses the IPv6 address without asking whether somebody else has it (`IFA_F_NODAD`).
    public var isUnasked: Bool {
        get { flags & UInt32(IFA_F_NODAD) != 0 }
        set { flags = newValue ? flags | UInt32(IFA_F_NODAD) : flags & ~UInt32(IFA_F_NODAD) }
    }

    /// Whether the address has a lifetime, so that a DHCP client or router advertisements look after it.
    public var isDynamic: Bool { validLifetime != nil }

    /// Whether the kernel keeps a route to the address's network along with it; `noprefixroute` (`IFA_F_NOPREFIXROUTE`) forbids it.
    public var hasPrefixRoute: Bool { flags & UInt32(IFA_F_NOPREFIXROUTE) == 0 }

    /// Whether it is a link-local address that is not made of a MAC address, as the kernel's are in the mode `eui64` (RFC 4291, appendix A).
    public var isLinkLocalByHand: Bool { network.address.isIPv6LinkLocal && origin == 0 && !(network.address.bytes[11] == 0xff && network.address.bytes[12] == 0xfe) }

    /// Whether the kernel made the address by itself (IPv6 link-local, or from a router's advertisement).
    public var isKernelMade: Bool {
        origin == 1 || origin == 2 || origin == 3 || (network.address.isIPv6LinkLocal && scope == UInt8(RT_SCOPE_LINK.rawValue) && !isOwned)
            // The same bit says "secondary" of an IPv4 address, which is nobody's but its owner's.
            || network.address.family == .ipv6 && flags & UInt32(IFA_F_TEMPORARY) != 0
    }
}
