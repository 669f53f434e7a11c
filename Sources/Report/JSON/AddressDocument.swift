public import HostNetwork

/// An address of a link.
public struct AddressDocument: Codable, Hashable, Sendable {
    /// The address with its prefix length.
    public let address: String
    /// `ipv4` or `ipv6`.
    public let family: String
    /// `weft`, or `foreign`.
    public let owner: String
    /// Who set it: `weft`, `kernel_lo`, `kernel_ra`, `kernel_ll`, `kernel`, `dynamic`, `static` where nobody says, or a number.
    public let origin: String
    /// The far end of a point-to-point link.
    public let peer: String?
    /// The broadcast address.
    public let broadcast: String?
    /// The label, where it is not the link's name.
    public let label: String?
    /// `global`, `site`, `link`, `host`, or a number.
    public let scope: String
    /// The metric of the route to its network, where it is not the kernel's default.
    public let metric: UInt32?
    /// Whether it has a lifetime.
    public let dynamic: Bool
    /// Seconds until the kernel removes it.
    public let validSeconds: UInt32?
    /// Seconds until it is no longer preferred.
    public let preferredSeconds: UInt32?

    /// Takes an address as it was read.
    public init(_ address: Address) {
        self.address = address.network.description
        family = address.network.address.family.rawValue.lowercased()
        owner = address.isOwned ? "weft" : "foreign"
        origin = Origin.ofAddress(address)
        peer = address.peer?.description
        broadcast = address.broadcast?.description
        label = address.label
        scope = Scopes.name(address.scope) ?? String(address.scope)
        metric = address.metric
        dynamic = address.isDynamic
        validSeconds = address.validLifetime
        preferredSeconds = address.preferredLifetime
    }

    enum CodingKeys: String, CodingKey {
        case address, family, owner, origin, peer, broadcast, label, scope, metric, dynamic
        case validSeconds = "valid_seconds"
        case preferredSeconds = "preferred_seconds"
    }
}

/// A bridge's VLAN table at one port, or at the bridge itself.
public struct BridgeVLANDocument: Codable, Hashable, Sendable {
    /// A range of ids that is treated alike.
    public struct Range: Codable, Hashable, Sendable {
        /// The lowest id.
        public let first: UInt16
        /// The highest id.
        public let last: UInt16
        /// Whether frames leave without a tag.
        public let untagged: Bool
        /// Whether frames without a tag belong here.
        public let pvid: Bool
    }

    /// The port, or the bridge.
    public let link: String
    /// The ranges, ascending.
    public let vlans: [Range]

    init(_ link: LinkName, _ vlans: [BridgeVLAN]) {
        self.link = link.text
        self.vlans = vlans.sorted { $0.ids.lowerBound < $1.ids.lowerBound }.map { vlan in
            Range(first: vlan.ids.lowerBound, last: vlan.ids.upperBound, untagged: vlan.isUntagged, pvid: vlan.isPVID)
        }
    }
}
