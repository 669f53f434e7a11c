/// What a link is (`IFLA_INFO_KIND`).
public enum LinkKind: Hashable, Sendable {
    /// A network card: a link without a kind.
    case nic
    /// The loopback link, which weft never touches.
    case loopback
    /// An aggregation of ports (`bond`).
    case bond
    /// A software switch (`bridge`).
    case bridge
    /// An 802.1Q or 802.1ad sub-interface of its parent (`vlan`).
    case vlan
    /// Any other kind, by the kernel's name: `veth`, `tun`, `dummy`, `macvlan`, …
    case other(String)

    /// The kernel's name of the kind; `nil` for a NIC and for loopback, which have none.
    public var kernelName: String? {
        switch self {
        case .nic, .loopback: nil
        case .bond: "bond"
        case .bridge: "bridge"
        case .vlan: "vlan"
        case .other(let name): name
        }
    }

    /// The kind in words for a person.
    public var displayName: String {
        switch self {
        case .nic: "nic"
        case .loopback: "loopback"
        case .bond, .bridge, .vlan, .other: kernelName!
        }
    }

    /// Whether weft makes links of this kind itself.
    public var isManaged: Bool { self == .bond || self == .bridge || self == .vlan }

    /// Whether links of this kind have ports.
    public var isMaster: Bool { self == .bond || self == .bridge }

    /// The scope of the options of links of this kind.
    public var optionScope: OptionRow.Scope? {
        switch self {
        case .bond: .bond
        case .bridge: .bridge
        case .vlan: .vlan
        case .nic, .loopback, .other: nil
        }
    }

    /// The scope of the options of such a link's ports.
    public var portScope: OptionRow.Scope? {
        switch self {
        case .bond: .bondPort
        case .bridge: .bridgePort
        case .vlan, .nic, .loopback, .other: nil
        }
    }
}

/// Where a link stands in a topology file, so that an error or a step can name its line.
public struct SourceMark: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The file's name as it was given.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column in characters, from 1.
    public let column: Int

    /// Joins a file, a line and a column.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// Which master a link is a port of.
public enum Attachment: Hashable, Sendable {
    /// The link is no port.
    case free
    /// The link is a port of this bond or bridge (`IFLA_MASTER`).
    case port(of: LinkName)

    /// The master's name; `nil` for a free link.
    public var master: LinkName? {
        if case .port(let master) = self { master } else { nil }
    }
}

/// A link, as it is or as it is wanted.
///
/// In an *actual* network (read from the kernel) every field is as the kernel tells it. In a *wanted* network (from a
/// file) a field that is `nil` or empty is unmanaged: left alone on a link that exists, the kernel's default on a new one.
public struct Link: Hashable, Sendable {
    /// The link's name; the key of everything.
    public var name: LinkName
    /// What the link is.
    public var kind: LinkKind
    /// The kernel's index (`ifi_index`); `nil` in a wanted network.
    public var index: Int32?
    /// The link below a VLAN (`IFLA_LINK`); `nil` where there is none, or where it is in another namespace.
    public var parent: LinkName?
    /// Which master the link is a port of.
    public var attachment: Attachment?
    /// The administrative state (`IFF_UP`): whether the link is switched on.
    public var isUp: Bool?
    /// Whether there is a carrier (`IFF_LOWER_UP`). Actual only.
    public var hasCarrier: Bool?
    /// The operational state (`IFLA_OPERSTATE`) as `ip` prints it, such as `UP` or `LOWERLAYERDOWN`. Actual only.
    public var operationalState: String?
    /// The largest packet in bytes (`IFLA_MTU`).
    public var mtu: UInt32?
    /// The link's own address (`IFLA_ADDRESS`).
    public var mac: MACAddress?
    /// The address that a NIC was built with (`IFLA_PERM_ADDRESS`). Actual only.
    public var permanentMAC: MACAddress?
    /// The driver's name, as `ethtool -i` prints it. Actual only, and only where it was asked for.
    public var driver: String?
    /// The link's place on the bus, as `ethtool -i` prints it (`bus-info`): of a PCI card the name of `/sys/class/net/X/device`, such
    /// as `0000:3b:00.0`. Actual only, and only where it was asked for.
    public var busPath: String?
    /// The transmit queue's length in packets (`IFLA_TXQLEN`).
    public var txQueueLength: UInt32?
    /// The user's description (`IFLA_IFALIAS`); empty means none.
    public var alias: String?
    /// Further names of the link (`IFLA_ALT_IFNAME`), ascending. In a wanted network `nil` is unmanaged, and a list is complete.
    public var alternativeNames: [String]?
    /// Whether IPv6 works on the link: `false` where it is switched off (`disable_ipv6`), or where the kernel has none for it.
    public var hasIPv6: Bool?
    /// How the link gets its link-local address (`IFLA_INET6_ADDR_GEN_MODE`).
    public var addressGeneration: AddressGeneration?
    /// The link group (`IFLA_GROUP`), see ``Ownership``. Actual only.
    public var group: UInt32?
    /// Options of a bond, a bridge or a VLAN.
    public var options = OptionValues()
    /// Options of the link as a bond's or bridge's port.
    public var portOptions = OptionValues()
    /// The switch that a bond in mode 4 bundles its ports with (`IFLA_BOND_AD_INFO_PARTNER_MAC`); `nil` while none answers. Actual only.
    public var lacpPartner: MACAddress?
    /// A bridge port's spanning tree state (`IFLA_BRPORT_STATE`) as `bridge link` prints it. Actual only.
    public var portState: String?
    /// Options of a bridge that the kernel does not tell at this moment: what it tells is the spanning tree's. Actual only.
    ///
    /// Below another root the bridge tells the root's timers for its own, and while the tree changes it tells twice its forward
    /// delay for its ageing time (`br_record_config_timeout_values`, `__br_set_topology_change`).
    public var overriddenOptions: [OptionRow.ID] = []
    /// Who is asked for names by way of the link (`dns`), which a resolver of the host's keeps. `nil` in an actual network where there
    /// is none that weft hands it to.
    public var dns: LinkDNS?
    /// Its zone of firewalld's; empty for one that has none of its own. `nil` in an actual network where firewalld does not run.
    public var zone: String?
    /// The link's addresses. In a wanted network `nil` is unmanaged, and a list is complete as far as they are weft's.
    public var addresses: [Address]?

    // What only a wanted network says.

    /// Whether the link is wanted at all; `false` is `state: absent`.
    public var isPresent = true
    /// Whether the file lists this master's ports: then NICs and weft's own links that it omits leave.
    public var listsPorts = false
    /// This master's ports in the order of the file: the first one's MAC becomes a new master's.
    public var portOrder: [LinkName] = []
    /// Whether addresses that are not weft's go too (`addresses_exclusive`).
    public var addressesAreExclusive = false
    /// Whether the host's own DHCP client gives the link an IPv4 address (`dhcp4`). weft starts no client; it leaves what a
    /// lease set alone. `nil` and `false` say nothing to anybody.
    public var dhcp4: Bool?
    /// The same for IPv6 (`dhcp6`).
    public var dhcp6: Bool?
    /// Where the file speaks of the link.
    public var origin: SourceMark?

    /// Makes a link of which only name and kind are known.
    public init(_ name: LinkName, kind: LinkKind) {
        self.name = name
        self.kind = kind
    }

    /// The addresses of its name servers.
    public var nameServers: [IPAddress] {
        get { dns?.servers.map(\.address) ?? [] }
        set { dns = LinkDNS(servers: newValue.map { NameServer($0) }, search: dns?.search ?? []) }
    }

    /// The master's name; `nil` for a link that is no port, or of which nothing is said.
    public var master: LinkName? { attachment?.master }

    /// The port that a bond of mode 1, 5 or 6 uses now (`IFLA_BOND_ACTIVE_SLAVE`).
    public var activePort: LinkName? {
        get { if case .link(let port)? = options[.activePort] { port } else { nil } }
        set { options[.activePort] = newValue.map { .link($0) } }
    }

    /// Whether the link carries weft's mark.
    public var isOwned: Bool { group.map { Ownership.owns(group: $0) } ?? false }

    /// Whether an address is a DHCP client's affair: it has a lifetime, and the file leaves its family to DHCP.
    public func leavesToDHCP(_ address: Address) -> Bool {
        address.isDynamic && isLeasing(address.network.address.family)
    }

    /// Whether an address that is not weft's goes because the file's list is exclusive: one of a family that the list speaks of, or
    /// of any where it is empty.
    public func excludes(_ address: Address) -> Bool {
        guard let addresses, addressesAreExclusive, !leavesToDHCP(address) else { return false }
        return addresses.isEmpty || addresses.contains { $0.network.address.family == address.network.address.family }
    }

    /// Whether the file leaves addresses of a family to the host's DHCP client.
    public func isLeasing(_ family: IPAddress.Family) -> Bool { (family == .ipv4 ? dhcp4 : dhcp6) ?? false }

    /// A bond's mode, if this is a bond and the mode is known.
    public var bondMode: BondMode? { options.number(.mode).flatMap { BondMode(rawValue: $0) } }

    /// A VLAN's id, if this is a VLAN and the id is known.
    public var vlanID: VLANID? { options.number(.vlanID).flatMap { number in try? VLANID(Int(number)) } }
}
