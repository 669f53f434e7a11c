/// A broadcast domain, as far as this host can see it: all that hear one another's broadcasts without a router between them.
public struct Segment: Hashable, Sendable {
    /// Where frames leave the host, or reach it: a card, and the tags that they carry there.
    public struct Wire: Hashable, Sendable {
        /// The card, or what stands in for one.
        public var link: LinkName
        /// The VLAN tags on the wire, the outer one first; empty for frames without any.
        public var tags: [ClosedRange<UInt16>]
    }

    /// A bridge that the frames pass.
    public struct Bridge: Hashable, Sendable {
        /// The bridge.
        public var link: LinkName
        /// Of a bridge that tells VLANs apart, those that this is: several where it is alike for all of them.
        public var vlans: ClosedRange<UInt16>?
    }

    /// An interface of a domain's.
    public struct Guest: Hashable, Sendable {
        /// The domain.
        public var domain: String
        /// Whether it runs.
        public var state: Domain.State
        /// The guest's address.
        public var mac: MACAddress
        /// The host's end; `nil` where the domain does not run.
        public var tap: LinkName?
        /// The tag that the guest sees; `nil` where it sees none.
        public var tags: [ClosedRange<UInt16>]
    }

    /// An address of the host's own.
    public struct HostAddress: Hashable, Sendable {
        /// The address.
        public var network: IPNetwork
        /// Where it is.
        public var link: LinkName
    }

    /// What frames cross on their way out.
    public var wires: [Wire] = []
    /// The bonds over which they go.
    public var bonds: [LinkName] = []
    /// VLAN links whose frames these are.
    public var vlans: [LinkName] = []
    /// The bridges that join it together.
    public var bridges: [Bridge] = []
    /// Domains' interfaces.
    public var guests: [Guest] = []
    /// Ports whose other end nobody here knows: containers' veths, and taps that are no domain's.
    public var ports: [LinkName] = []
    /// The host's own addresses, without link-local ones.
    public var addresses: [HostAddress] = []

    /// A name that a person knows it by: that of a bridge, or else of its uppermost link.
    public var name: String {
        if let bridge = bridges.first {
            return bridge.vlans.map { "\(bridge.link) VLAN \(BridgeVLAN.text(of: $0))" } ?? bridge.link.text
        }
        if let link = vlans.first ?? bonds.first ?? wires.first?.link { return link.text }
        return ports.first?.text ?? guests.first?.tap?.text ?? ""
    }

    /// Whether nobody is on it: wires alone, over which VLANs go, or nothing does.
    public var isIdle: Bool { bridges.isEmpty && guests.isEmpty && ports.isEmpty && addresses.isEmpty && vlans.isEmpty }
}

/// Which links the host forwards packets from, that are not for itself (`net.ipv4.conf.NAME.forwarding`, which `ip_forward` sets for
/// all; `net.ipv6.conf.all.forwarding`).
public struct Forwarding: Hashable, Sendable {
    /// The links that IPv4 packets are forwarded from.
    public var ipv4: Set<LinkName>
    /// Whether IPv6 packets are forwarded.
    public var ipv6: Bool

    /// Joins the two.
    public init(ipv4: Set<LinkName> = [], ipv6: Bool = false) {
        self.ipv4 = ipv4
        self.ipv6 = ipv6
    }
}

/// That the host carries packets between broadcast domains: VLANs keep frames apart, and a router that stands in both does not.
public struct SegmentRouting: Hashable, Sendable {
    /// Which packets.
    public var family: IPAddress.Family
    /// The places, in the list of segments, that it takes packets from.
    public var from: [Int]
    /// The places that it brings them to.
    public var to: [Int]

    /// Joins the parts.
    public init(family: IPAddress.Family, from: [Int], to: [Int]) {
        self.family = family
        self.from = from
        self.to = to
    }
}
