/// A network interface in one configuration of a domain: libvirt's `<interface>` element.
public struct DomainDevice: Hashable, Sendable, Codable {
    /// The guest's address (`<mac address=''/>`), by which the interface is known.
    public var mac: MACAddress
    /// The kind of connection (`type=''`): `bridge`, `network`, `direct`, `user`, …
    public var type: String
    /// The libvirt network that it hangs on (`<source network=''/>`), if any.
    public var network: String?
    /// The bridge that it hangs on: that of the file, or the network's; `nil` where there is none.
    public var bridge: String?
    /// The card that the guest sees (`<model type=''/>`), such as `virtio`; `nil` where nothing is said.
    public var model: String?
    /// The host's end (`<target dev=''/>`): the tap of a running domain, or a name that the stored configuration asks for.
    public var target: String?
    /// The largest packet that the guest is told of (`<mtu size=''/>`), in bytes; `nil` where nothing is said.
    public var mtu: UInt32?
    /// Whether it speaks with no other isolated port of its bridge (`<port isolated='yes'/>`).
    public var isIsolated: Bool
    /// Whether the guest sees a link (`<link state=''/>`).
    public var isLinkUp: Bool
    /// The switch that it hangs on, where that is none of the kernel's (`<virtualport type=''/>`): `openvswitch`.
    public var switchType: String?
    /// The VLANs that libvirt itself sets on such a switch (`<vlan>`), in words.
    public var switchVLANs: String?
    /// libvirt's name for it in the running instance (`<alias name=''/>`).
    public var alias: String?
    /// The whole element as libvirt tells it, from which it can be made again as it was.
    public var xml: String

    /// Makes a device of which the MAC and the kind of connection are known.
    public init(mac: MACAddress, type: String, xml: String = "") {
        self.mac = mac
        self.type = type
        self.isIsolated = false
        self.isLinkUp = true
        self.xml = xml
    }

    /// The bridge as a link's name, if it can be one.
    public var bridgeName: LinkName? { bridge.flatMap { try? LinkName($0) } }

    /// Where it hangs, in words: its bridge, or what it has in place of one.
    public var place: String {
        if let switchType { return "\(switchType)\(bridge.map { " \($0)" } ?? "")" }
        return bridge ?? network.map { "network \($0)" } ?? type
    }

    /// The host's end as a link's name.
    public var targetName: LinkName? { target.flatMap { try? LinkName($0) } }
}

/// What is wanted of a domain's interface, or what changes in one: `nil` leaves a setting alone.
public struct DomainDeviceSettings: Hashable, Sendable, Codable {
    /// The bridge that it is to hang on.
    public var bridge: String?
    /// The libvirt network that it is to hang on in place of a bridge. Only of an interface that hangs on it already in the other
    /// configuration: whose bridge that is, libvirt says anew at each start, and no description of a domain may name it.
    public var network: String?
    /// The card that the guest sees; a new interface gets `virtio`.
    public var model: String?
    /// The name of the host's end. Not one that begins with `vnet`: those libvirt gives out itself.
    public var target: String?
    /// The largest packet that the guest is told of, in bytes.
    public var mtu: UInt32?
    /// Whether it speaks with no other isolated port of its bridge.
    public var isIsolated: Bool?
    /// Whether the guest sees a link.
    public var isLinkUp: Bool?

    /// Whether a text can be a card's model: libvirt's own schema says the same.
    public static func isModel(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 == 45 || $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
    }

    /// Settings of which nothing is said yet.
    public init(
        bridge: String? = nil, model: String? = nil, target: String? = nil, mtu: UInt32? = nil, isIsolated: Bool? = nil, isLinkUp: Bool? = nil
    ) {
        self.bridge = bridge
        self.model = model
        self.target = target
        self.mtu = mtu
        self.isIsolated = isIsolated
        self.isLinkUp = isLinkUp
    }
}
