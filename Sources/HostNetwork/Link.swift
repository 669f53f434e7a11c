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

    /// A routing table of its own, whose ports it takes down and brings up again when they enter and leave (`vrf`, `cycle_netdev()`).
    public static let vrf = LinkKind.other("vrf")

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
///
/// Copies share their fields until one of them changes: networks of thousands of links are copied, searched and compared at every turn,
/// and a link has thirty fields and more.
public struct Link: Hashable, Sendable {
    private struct Fields: Hashable, Sendable {
        var name: LinkName
        var kind: LinkKind
        var index: Int32?
        var parent: LinkName?
        var attachment: Attachment?
        var isUp: Bool?
        var hasCarrier: Bool?
        var operationalState: String?
        var mtu: UInt32?
        var mac: MACAddress?
        var permanentMAC: MACAddress?
        var driver: String?
        var busPath: String?
        var txQueueLength: UInt32?
        var transmitQueues: UInt32?
        var alias: String?
        var alternativeNames: [String]?
        var hasIPv6: Bool?
        var addressGeneration: AddressGeneration?
        var group: UInt32?
        var options = OptionValues()
        var portOptions = OptionValues()
        var lacpPartner: MACAddress?
        var portState: String?
        var overriddenOptions: [OptionRow.ID] = []
        var dns: LinkDNS?
        var zone: String?
        var addresses: [Address]?
        var isPresent = true
        var listsPorts = false
        var portOrder: [LinkName] = []
        var addressesAreExclusive = false
        var dhcp4: Bool?
        var dhcp6: Bool?
        var origin: SourceMark?
    }

    /// The fields: an array of one, which is shared between copies, and copied by the one that changes.
    private var shared: [Fields]

    /// The link's name; the key of everything.
    public var name: LinkName { get { shared[0].name } set { shared[0].name = newValue } }
    /// What the link is.
    public var kind: LinkKind { get { shared[0].kind } set { shared[0].kind = newValue } }
    /// The kernel's index (`ifi_index`); `nil` in a wanted network.
    public var index: Int32? { get { shared[0].index } set { shared[0].index = newValue } }
    /// The link below a VLAN (`IFLA_LINK`); `nil` where there is none, or where it is in another namespace.
    public var parent: LinkName? { get { shared[0].parent } set { shared[0].parent = newValue } }
    /// Which master the link is a port of.
    public var attachment: Attachment? { get { shared[0].attachment } set { shared[0].attachment = newValue } }
    /// The administrative state (`IFF_UP`): whether the link is switched on.
    public var isUp: Bool? { get { shared[0].isUp } set { shared[0].isUp = newValue } }
    /// Whether there is a carrier (`IFF_LOWER_UP`). Actual only.
    public var hasCarrier: Bool? { get { shared[0].hasCarrier } set { shared[0].hasCarrier = newValue } }
    /// The operational state (`IFLA_OPERSTATE`) as `ip` prints it, such as `UP` or `LOWERLAYERDOWN`. Actual only.
    public var operationalState: String? { get { shared[0].operationalState } set { shared[0].operationalState = newValue } }
    /// The largest packet in bytes (`IFLA_MTU`).
    public var mtu: UInt32? { get { shared[0].mtu } set { shared[0].mtu = newValue } }
    /// The link's own address (`IFLA_ADDRESS`).
    public var mac: MACAddress? { get { shared[0].mac } set { shared[0].mac = newValue } }
    /// The address that a NIC was built with (`IFLA_PERM_ADDRESS`). Actual only.
    public var permanentMAC: MACAddress? { get { shared[0].permanentMAC } set { shared[0].permanentMAC = newValue } }
    /// The driver's name, as `ethtool -i` prints it. Actual only, and only where it was asked for.
    public var driver: String? { get { shared[0].driver } set { shared[0].driver = newValue } }
    /// The link's place on the bus, as `ethtool -i` prints it (`bus-info`): of a PCI card the name of `/sys/class/net/X/device`, such
    /// as `0000:3b:00.0`. Actual only, and only where it was asked for.
    public var busPath: String? { get { shared[0].busPath } set { shared[0].busPath = newValue } }
    /// The transmit queue's length in packets (`IFLA_TXQLEN`).
    public var txQueueLength: UInt32? { get { shared[0].txQueueLength } set { shared[0].txQueueLength = newValue } }
    /// How many transmit queues a bond has (`IFLA_NUM_TX_QUEUES`), which is settled when it is made; `nil` where nobody asks for any, and
    /// for every other link. See ``usualTransmitQueues``.
    public var transmitQueues: UInt32? { get { shared[0].transmitQueues } set { shared[0].transmitQueues = newValue } }
    /// How many transmit queues the driver gives a bond by itself, unless it was loaded with another `tx_queues`.
    public static let usualTransmitQueues: UInt32 = 16
    /// The user's description (`IFLA_IFALIAS`); empty means none.
    public var alias: String? { get { shared[0].alias } set { shared[0].alias = newValue } }
    /// Further names of the link (`IFLA_ALT_IFNAME`), ascending. In a wanted network `nil` is unmanaged, and a list is complete.
    public var alternativeNames: [String]? {
        get { shared[0].alternativeNames }
        _modify { yield &shared[0].alternativeNames }
    }
    /// Whether IPv6 works on the link: `false` where it is switched off (`disable_ipv6`), or where the kernel has none for it.
    public var hasIPv6: Bool? { get { shared[0].hasIPv6 } set { shared[0].hasIPv6 = newValue } }
    /// How the link gets its link-local address (`IFLA_INET6_ADDR_GEN_MODE`).
    public var addressGeneration: AddressGeneration? { get { shared[0].addressGeneration } set { shared[0].addressGeneration = newValue } }
    /// The link group (`IFLA_GROUP`), see ``Ownership``. Actual only.
    public var group: UInt32? { get { shared[0].group } set { shared[0].group = newValue } }
    /// Options of a bond, a bridge or a VLAN.
    public var options: OptionValues {
        get { shared[0].options }
        _modify { yield &shared[0].options }
    }
    /// Options of the link as a bond's or bridge's port.
    public var portOptions: OptionValues {
        get { shared[0].portOptions }
        _modify { yield &shared[0].portOptions }
    }
    /// The switch that a bond in mode 4 bundles its ports with (`IFLA_BOND_AD_INFO_PARTNER_MAC`); `nil` while none answers. Actual only.
    public var lacpPartner: MACAddress? { get { shared[0].lacpPartner } set { shared[0].lacpPartner = newValue } }
    /// A bridge port's spanning tree state (`IFLA_BRPORT_STATE`) as `bridge link` prints it. Actual only.
    public var portState: String? { get { shared[0].portState } set { shared[0].portState = newValue } }
    /// Options of a bridge that the kernel does not tell at this moment: what it tells is the spanning tree's. Actual only.
    ///
    /// Below another root the bridge tells the root's timers for its own, and while the tree changes it tells twice its forward
    /// delay for its ageing time (`br_record_config_timeout_values`, `__br_set_topology_change`).
    public var overriddenOptions: [OptionRow.ID] {
        get { shared[0].overriddenOptions }
        _modify { yield &shared[0].overriddenOptions }
    }
    /// Who is asked for names by way of the link (`dns`), which a resolver of the host's keeps. `nil` in an actual network where there
    /// is none that weft hands it to.
    public var dns: LinkDNS? {
        get { shared[0].dns }
        _modify { yield &shared[0].dns }
    }
    /// Its zone of firewalld's; empty for one that has none of its own. `nil` in an actual network where firewalld does not run.
    public var zone: String? { get { shared[0].zone } set { shared[0].zone = newValue } }
    /// The link's addresses. In a wanted network `nil` is unmanaged, and a list is complete as far as they are weft's.
    public var addresses: [Address]? {
        get { shared[0].addresses }
        _modify { yield &shared[0].addresses }
    }

    // What only a wanted network says.

    /// Whether the link is wanted at all; `false` is `state: absent`.
    public var isPresent: Bool { get { shared[0].isPresent } set { shared[0].isPresent = newValue } }
    /// Whether the file lists this master's ports: then NICs and weft's own links that it omits leave.
    public var listsPorts: Bool { get { shared[0].listsPorts } set { shared[0].listsPorts = newValue } }
    /// This master's ports in the order of the file: the first one's MAC becomes a new master's.
    public var portOrder: [LinkName] {
        get { shared[0].portOrder }
        _modify { yield &shared[0].portOrder }
    }
    /// Whether addresses that are not weft's go too (`addresses_exclusive`).
    public var addressesAreExclusive: Bool { get { shared[0].addressesAreExclusive } set { shared[0].addressesAreExclusive = newValue } }
    /// Whether the host's own DHCP client gives the link an IPv4 address (`dhcp4`). weft starts no client; it leaves what a
    /// lease set alone. `nil` and `false` say nothing to anybody.
    public var dhcp4: Bool? { get { shared[0].dhcp4 } set { shared[0].dhcp4 = newValue } }
    /// The same for IPv6 (`dhcp6`).
    public var dhcp6: Bool? { get { shared[0].dhcp6 } set { shared[0].dhcp6 = newValue } }
    /// Where the file speaks of the link.
    public var origin: SourceMark? { get { shared[0].origin } set { shared[0].origin = newValue } }

    /// Makes a link of which only name and kind are known.
    public init(_ name: LinkName, kind: LinkKind) { shared = [Fields(name: name, kind: kind)] }

    /// The addresses of its name servers.
    public var nameServers: [IPAddress] {
        get { dns?.servers.map(\.address) ?? [] }
        set { dns = LinkDNS(servers: newValue.map { NameServer($0) }, search: dns?.search ?? []) }
    }

    /// The master's name; `nil` for a link that is no port, or of which nothing is said.
    public var master: LinkName? { attachment?.master }

    /// The port that a bond of mode 1, 5 or 6 uses now (`IFLA_BOND_ACTIVE_SLAVE`).
    /// The addresses that somebody gave it for the host, without leases, in words.
    public var hostAddresses: [String] { (addresses ?? []).filter { !$0.isKernelMade && !$0.isDynamic }.map(\.network.description) }

    public var activePort: LinkName? {
        get { if case .link(let port)? = options[.activePort] { port } else { nil } }
        set { options[.activePort] = newValue.map { .link($0) } }
    }

    /// Whether the link carries weft's mark.
    public var isOwned: Bool { group.map { Ownership.owns(group: $0) } ?? false }

    /// Whether an address comes by itself once the link is up, as the kernel's own do. A link-local address that people have set does not;
    /// where the kernel makes its own otherwise than of the MAC address, nobody can tell them apart.
    public func comesByItself(_ address: Address) -> Bool {
        switch addressGeneration {
        case .eui64: address.isKernelMade && !address.isLinkLocalByHand
        // The kernel makes no link-local ones.
        case .some(.none): address.isKernelMade && !address.network.address.isIPv6LinkLocal
        default: address.isKernelMade
        }
    }

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

extension Link: CustomReflectable {
    /// Its fields, as if they were stored in it.
    public var customMirror: Mirror { Mirror(reflecting: shared[0]) }
}
