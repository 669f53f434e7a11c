/// What belongs to a link and goes with it, besides its addresses and routes: read only of links that a plan makes anew or takes
/// down, for it costs a reading of its own.
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

    /// Whether it goes as soon as the link is down; the others go only with the link.
    public var goesWithState: Bool {
        switch self {
        case .neighbour: true
        // A link that comes up takes its own MTU for IPv6's.
        case .setting(let setting): setting.mtu != nil
        case .forwarding, .group: false
        }
    }

    /// The entry in words.
    public var display: String {
        switch self {
        case .neighbour(let entry): entry.isProxy ? "neighbour proxy \(entry.address)" : "neighbour \(entry.address) at \(entry.mac?.description ?? "")"
        case .forwarding(let entry): "static FDB entry \(entry.mac)\(entry.vlan.map { " vlan \($0)" } ?? "")"
        case .group(let entry): "permanent group of \(entry.bridge)"
        case .setting(let setting): setting.display
        }
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

    /// Joins the parts.
    public init(_ address: IPAddress, mac: MACAddress?, isProxy: Bool = false, flags: UInt8 = 0) {
        self.address = address
        self.mac = mac
        self.isProxy = isProxy
        self.flags = flags
    }
}

/// A static entry of a bridge's forwarding database on one of its ports.
public struct StaticForwardingEntry: Hashable, Codable, Sendable {
    /// The address that is found there.
    public var mac: MACAddress
    /// In which VLAN; `nil` where the bridge filters none (`NDA_VLAN`).
    public var vlan: UInt16?
    /// `NUD_NOARP` for a station behind the port, `NUD_PERMANENT` for one of the host's own.
    public var state: UInt16
    /// `NTF_STICKY` and its like.
    public var flags: UInt8

    /// Joins the parts.
    public init(_ mac: MACAddress, vlan: UInt16?, state: UInt16, flags: UInt8) {
        self.mac = mac
        self.vlan = vlan
        self.state = state
        self.flags = flags
    }
}

/// A permanent entry of a bridge's multicast database on one of its ports.
public struct GroupEntry: Hashable, Codable, Sendable {
    /// The bridge.
    public var bridge: LinkName
    /// The kernel's `struct br_mdb_entry`, whose first four bytes are the port's index.
    public var bytes: [UInt8]

    /// Joins the parts.
    public init(bridge: LinkName, bytes: [UInt8]) {
        self.bridge = bridge
        self.bytes = bytes
    }
}
