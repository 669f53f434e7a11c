/// What a topology file, or a command, wants of a domain's interfaces. Those that it does not name stay as they are.
public struct WantedDomain: Hashable, Sendable, Codable {
    /// The domain's name.
    public var name: String
    /// Its interfaces, in the order of the file.
    public var interfaces: [WantedInterface]
    /// Where the file speaks of the domain.
    public var origin: SourceMark?

    /// Joins the parts.
    public init(name: String, interfaces: [WantedInterface], origin: SourceMark? = nil) {
        self.name = name
        self.interfaces = interfaces
        self.origin = origin
    }
}

/// A wanted interface. It is known by its MAC, or else by the name of the host's end, or else by the MAC that weft derives for it.
public struct WantedInterface: Hashable, Sendable, Codable {
    /// The guest's address, where it is said.
    public var mac: MACAddress?
    /// How it is to be; what is not said is left alone, and libvirt's choice in a new one. Where no bridge is said, the interface
    /// stays where it is, and has to be there.
    public var settings: DomainDeviceSettings
    /// How the running domain's tap is to be as a port of its bridge, in what libvirt does not set.
    public var port: PortSettings
    /// Whether it is wanted at all; `false` is `state: absent`.
    public var isPresent: Bool
    /// Where the file speaks of it.
    public var origin: SourceMark?

    /// Joins the parts.
    public init(
        mac: MACAddress? = nil, settings: DomainDeviceSettings = DomainDeviceSettings(), port: PortSettings = PortSettings(), isPresent: Bool = true,
        origin: SourceMark? = nil
    ) {
        self.mac = mac
        self.settings = settings
        self.port = port
        self.isPresent = isPresent
        self.origin = origin
    }
}

extension WantedDomain {
    /// The MAC of an entry that says none: one of the host's and the domain's names and the entry's place, which no other entry writes.
    public func derivedMAC(_ place: Int, host: String) -> MACAddress {
        let written = Set(interfaces.compactMap(\.mac))
        var turn = 0
        while true {
            let mac = MACAddress.derived(host: host, domain: name, place: place, turn: turn)
            if !written.contains(mac) { return mac }
            turn += 1
        }
    }
}

extension MACAddress {
    /// The address of an interface that nothing names: always the same for a host, a domain and a place in its list.
    ///
    /// It is locally administered, as all that libvirt makes up are; 40 bits of it are free, so that a few thousand do not meet.
    /// Of the host's name only what stands before the first point counts: with and without its domain it is one host.
    /// - Parameters:
    ///   - place: from 0 in a file's list; those of interfaces that a command has added are negative.
    ///   - turn: more than 0 where the former is somebody's already.
    public static func derived(host: String, domain: String, place: Int, turn: Int = 0) -> MACAddress {
        // FNV-1a. No host's or domain's name holds a zero byte, so no two questions are one text.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let number = turn == 0 ? "\(place)" : "\(place).\(turn)"
        for byte in Array(host.utf8.prefix { $0 != UInt8(ascii: ".") }) + [0] + Array(domain.utf8) + [0] + Array(number.utf8) {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return MACAddress(bits: (hash ^ hash >> 40) & 0xff_ffff_ffff | 0x52 << 40)
    }
}
