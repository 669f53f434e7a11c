/// What belongs to a link and goes with it, besides its addresses and routes: read only of links that a plan disturbs, for it costs a
/// reading of its own.
public struct Belongings: Hashable, Codable, Sendable {
    /// What can be set again, in the kernel's order.
    public var entries: [Belonging]
    /// What nobody can put back on a link made anew, in words: `its htb qdisc`, `its XDP program`, `the UDP socket …`.
    public var unkept: [String]

    /// Whether nothing belongs to the link.
    public var isEmpty: Bool { entries.isEmpty && unkept.isEmpty }

    /// Joins the parts.
    public init(entries: [Belonging] = [], unkept: [String] = []) {
        self.entries = entries
        self.unkept = unkept
    }
}

/// One thing that somebody set on a link to stay.
public enum Belonging: Hashable, Codable, Sendable {
    /// An address of the link layer for an IP address that never ages, or one that the host answers for (`RTM_NEWNEIGH`).
    case neighbour(Neighbour)
    /// Where a bridge finds an Ethernet address (`RTM_NEWNEIGH` of `AF_BRIDGE`).
    case forwarding(StaticForwardingEntry)
    /// A group that a bridge sends out by a port without having been asked (`RTM_NEWMDB`).
    case group(GroupEntry)
    /// A setting that differs from what a new link gets (`sysctl`).
    case setting(LinkSetting)
    /// A further address that frames are taken for, on the link's own list (`bridge fdb add … self`).
    case ownAddress(MACAddress)
    /// What differs from a new link's and has no option (`ip link set`).
    case attribute(LinkAttribute)
    /// The lower half of IPv6 addresses that routers' announcements make (`ip token`).
    case token(IPAddress)
    /// The port of the same bridge that takes over where the link has no carrier (`IFLA_BRPORT_BACKUP_PORT`).
    case backupPort(LinkName)
    /// What is set for one VLAN of a bridge or of its port (`bridge vlan set`).
    case vlanSetting(BridgeVLANSetting)

    /// Something that happens to a link which stays, and upon which the kernel drops some of what belongs to it.
    public enum Loss: Hashable, Sendable {
        /// The link goes down (`neigh_ifdown()`, `addrconf_ifdown()`).
        case state
        /// Its MAC address changes (`neigh_changeaddr()`).
        case mac
        /// Its MTU changes, which IPv6 takes for its own.
        case mtu
        /// Its MTU is, or no longer is, too small for IPv6, whose settings begin anew (`addrconf_ifdown()`).
        case smallMTU
        /// Its last IPv4 address goes (`fib_disable_ip()`).
        case ipv4
        /// IPv6 is switched off or on (`addrconf_ifdown()`).
        case ipv6
        /// It leaves its bridge, or the bridge goes (`br_fdb_delete_by_port()`).
        case bridge
    }

    /// Whether the kernel drops it then; all of it goes with the link.
    public func goes(with loss: Loss) -> Bool {
        switch self {
        case .neighbour(let entry):
            switch loss {
            case .state: true
            case .mac: !entry.isProxy
            case .ipv4: entry.address.family == .ipv4
            case .ipv6, .smallMTU: entry.address.family == .ipv6
            case .mtu, .bridge: false
            }
        case .setting(let setting):
            // A link that comes up takes its own MTU for IPv6's.
            switch loss {
            case .state, .mtu, .ipv6: setting.mtu != nil
            case .smallMTU: setting.family == .ipv6 || setting.family == .ipv6Neighbours
            case .mac, .ipv4, .bridge: false
            }
        case .forwarding, .group, .backupPort: loss == .bridge
        case .vlanSetting(let setting): loss == .bridge && !setting.key.isGlobal
        case .token: loss == .smallMTU
        case .ownAddress, .attribute: false
        }
    }

    /// Whether it goes with its link, and upon nothing short of that but an MTU that is too small for IPv6.
    public var isLasting: Bool {
        switch self {
        case .setting(let setting): setting.mtu == nil
        case .ownAddress, .attribute, .token: true
        case .neighbour, .forwarding, .group, .backupPort, .vlanSetting: false
        }
    }

    /// Whether both are about the same thing, so that only one of them can be.
    public func isSameThing(as other: Belonging) -> Bool {
        switch (self, other) {
        case (.neighbour(let one), .neighbour(let two)): one.address == two.address && one.isProxy == two.isProxy
        case (.forwarding(let one), .forwarding(let two)): one.mac == two.mac && one.vlan == two.vlan
        case (.setting(let one), .setting(let two)): one.family == two.family && one.key == two.key
        case (.group, .group), (.ownAddress, .ownAddress): self == other
        case (.attribute(let one), .attribute(let two)): one.key == two.key
        case (.token, .token), (.backupPort, .backupPort): true
        case (.vlanSetting(let one), .vlanSetting(let two)): one.key == two.key && one.vlan == two.vlan
        case (.neighbour, _), (.forwarding, _), (.setting, _), (.group, _), (.ownAddress, _), (.attribute, _), (.token, _), (.backupPort, _),
            (.vlanSetting, _):
            false
        }
    }

    /// What kind of thing it is, in a word or two.
    public var field: String {
        switch self {
        case .neighbour(let entry): entry.isProxy ? "neighbour proxy" : "neighbour"
        case .forwarding: "static FDB entry"
        case .group: "permanent group"
        case .setting(let setting): "net.\(setting.family.rawValue.replacing("/", with: ".")) \(setting.key)"
        case .ownAddress: "own address"
        case .attribute(let attribute): attribute.key.rawValue
        case .token: "IPv6 token"
        case .backupPort: "backup_port"
        case .vlanSetting(let setting): "\(setting.key.rawValue) of VLAN \(setting.vlan)"
        }
    }

    /// What is said of that thing.
    public var text: String {
        switch self {
        case .neighbour(let entry): entry.mac.map { "\(entry.address) at \($0)" } ?? entry.address.description
        case .forwarding(let entry): "\(entry.mac)\(entry.vlan.map { " vlan \($0)" } ?? "")"
        case .group(let entry): "of \(entry.bridge)"
        case .setting(let setting): setting.value
        case .ownAddress(let mac): mac.description
        case .attribute(let attribute): attribute.text
        case .token(let token): token.description
        case .backupPort(let port): port.text
        case .vlanSetting(let setting): String(setting.value)
        }
    }

    /// The entry in words.
    public var display: String {
        if case .setting(let setting) = self { return setting.display }
        return "\(field) \(text)"
    }
}

/// A permanent neighbour.
public struct Neighbour: Hashable, Codable, Sendable {
    /// The neighbour's address (`NDA_DST`).
    public var address: IPAddress
    /// Its address on the link (`NDA_LLADDR`); a proxy has none.
    public var mac: MACAddress?
    /// Whether the host answers in its place (`NTF_PROXY`).
    public var isProxy: Bool
    /// `NTF_ROUTER` and its like.
    public var flags: UInt8
    /// Who set it (`NDA_PROTOCOL`); `nil` where nobody says.
    public var origin: UInt8?

    /// Joins the parts.
    public init(_ address: IPAddress, mac: MACAddress?, isProxy: Bool = false, flags: UInt8 = 0, origin: UInt8? = nil) {
        self.address = address
        self.mac = mac
        self.isProxy = isProxy
        self.flags = flags
        self.origin = origin
    }
}

/// A static entry of a bridge's forwarding database, on one of its ports or for the bridge itself.
public struct StaticForwardingEntry: Hashable, Codable, Sendable {
    /// The address that is found there.
    public var mac: MACAddress
    /// In which VLAN; `nil` where the bridge filters none (`NDA_VLAN`).
    public var vlan: UInt16?
    /// `NUD_NOARP` for a station behind the port, `NUD_PERMANENT` for one of the host's own.
    public var state: UInt16
    /// `NTF_STICKY` and its like.
    public var flags: UInt8
    /// Whether it is the bridge's own rather than a port's (`NTF_SELF`).
    public var isOfBridge: Bool?

    /// Joins the parts.
    public init(_ mac: MACAddress, vlan: UInt16?, state: UInt16, flags: UInt8, isOfBridge: Bool? = nil) {
        self.mac = mac
        self.vlan = vlan
        self.state = state
        self.flags = flags
        self.isOfBridge = isOfBridge
    }
}

/// A permanent entry of a bridge's multicast database on one of its ports.
public struct GroupEntry: Hashable, Codable, Sendable {
    /// The bridge.
    public var bridge: LinkName
    /// The kernel's `struct br_mdb_entry`, whose first four bytes, the port's index, are zero.
    public var bytes: [UInt8]
    /// Whose packets to the group it is about (`MDBE_ATTR_SOURCE`); `nil` for everybody's.
    public var source: IPAddress?

    /// Joins the parts.
    public init(bridge: LinkName, bytes: [UInt8], source: IPAddress? = nil) {
        self.bridge = bridge
        self.bytes = bytes
        self.source = source
    }
}
