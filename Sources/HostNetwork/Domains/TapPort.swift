/// How a running domain's tap is to be as a port of its bridge, in what libvirt does not set itself: the VLANs of a VLAN-aware
/// bridge, which it refuses for a bridge of the kernel's, and the port's options.
public struct TapPort: Hashable, Sendable {
    /// The domain that the tap belongs to.
    public var domain: String
    /// The guest's address.
    public var mac: MACAddress
    /// The host's end.
    public var tap: LinkName
    /// The bridge that it hangs on, or that it is put back into.
    public var bridge: LinkName
    /// What is wanted of it there.
    public var settings: PortSettings
    /// Where the file asks for it.
    public var origin: SourceMark?

    /// Joins the parts.
    public init(domain: String, mac: MACAddress, tap: LinkName, bridge: LinkName, settings: PortSettings, origin: SourceMark? = nil) {
        self.domain = domain
        self.mac = mac
        self.tap = tap
        self.bridge = bridge
        self.settings = settings
        self.origin = origin
    }
}

/// What is wanted of a bridge's port: `nil` and an empty set leave alone what they are about.
public struct PortSettings: Hashable, Sendable, Codable {
    /// The complete VLAN table.
    public var vlans: [BridgeVLAN]?
    /// Options of the port.
    public var options: OptionValues

    /// Joins the parts.
    public init(vlans: [BridgeVLAN]? = nil, options: OptionValues = OptionValues()) {
        self.vlans = vlans
        self.options = options
    }

    /// Whether nothing is wanted.
    public var isEmpty: Bool { vlans == nil && options.isEmpty }
}

extension WantedDomain {
    /// The MAC that a wanted interface has or gets, and the domain's interface that it means, where there is one.
    /// - Parameters:
    ///   - place: the interface's place in ``interfaces``.
    ///   - host: the host's name, which derived addresses are made of.
    public func match(_ place: Int, in domain: Domain, host: String) -> (mac: MACAddress, interface: DomainInterface?) {
        let want = interfaces[place]
        if let mac = want.mac { return (mac, domain.interfaces.first { $0.current?.mac == mac }) }
        if let target = want.settings.target, let known = domain.interfaces.first(where: { $0.live?.target == target || $0.stored?.target == target }),
            let mac = known.current?.mac
        {
            return (mac, known)
        }
        let mac = derivedMAC(place, host: host)
        return (mac, domain.interfaces.first { $0.current?.mac == mac })
    }
}

extension DomainSnapshot {
    /// The taps of interfaces that a file wants.
    public func taps(of wanted: [WantedDomain]) -> Set<LinkName> {
        Set(
            wanted.flatMap { want -> [LinkName] in
                guard let domain = self[want.name] else { return [] }
                return want.interfaces.indices.filter { want.interfaces[$0].isPresent }.compactMap { place in
                    want.match(place, in: domain, host: host).interface?.live?.targetName
                }
            })
    }

    /// What running domains' taps are to be as ports, as far as a file says something of it. A tap that hangs on another bridge
    /// than the file says is left out: what is wanted of it is wanted there.
    public func tapPorts(of wanted: [WantedDomain]) -> [TapPort] {
        wanted.flatMap { want -> [TapPort] in
            guard let domain = self[want.name], domain.isActive else { return [] }
            return want.interfaces.indices.compactMap { place in
                let interface = want.interfaces[place]
                guard interface.isPresent, !interface.port.isEmpty else { return nil }
                let (mac, have) = want.match(place, in: domain, host: host)
                guard let live = have?.live, live.isOnBridge, let tap = live.targetName, let bridge = live.bridgeName,
                    interface.settings.bridge == nil || interface.settings.bridge == bridge.text
                else { return nil }
                return TapPort(domain: domain.name, mac: mac, tap: tap, bridge: bridge, settings: interface.port, origin: interface.origin)
            }
        }
    }
}

extension HostNetwork {
    /// Adds what is wanted of a tap to a wanted network.
    /// - Parameter isAstray: whether the tap is to be put into its bridge as well.
    public mutating func want(_ port: TapPort, isAstray: Bool = false) {
        var link = self[port.tap] ?? Link(port.tap, kind: .nic)
        link.origin = link.origin ?? port.origin
        link.portOptions.take(port.settings.options)
        if isAstray { link.attachment = .port(of: port.bridge) }
        self[port.tap] = link
        if let vlans = port.settings.vlans { bridgeVLANs[port.tap] = vlans }
    }

    /// The taps that can be told without libvirt to be those of wanted interfaces: by the name that the file gives them, or by
    /// their address, which libvirt makes of the guest's by putting `fe` in the place of its first byte. One that two
    /// interfaces could mean is left out.
    /// - Parameter host: this host's name.
    public func tapPorts(of wanted: [WantedDomain], host: String) -> [TapPort] {
        let taps = sortedLinks { $0.kind == .other("tun") && $0.master.map { self[$0]?.kind == .bridge } ?? false }
        var found: [LinkName: [TapPort]] = [:]
        for want in wanted {
            for (place, interface) in want.interfaces.enumerated() where interface.isPresent {
                let mac = interface.mac ?? want.derivedMAC(place, host: host)
                for tap in taps where tap.name.text == interface.settings.target || tap.mac == mac.ofTap {
                    guard let bridge = tap.master, interface.settings.bridge == nil || interface.settings.bridge == bridge.text else { continue }
                    found[tap.name, default: []].append(
                        TapPort(domain: want.name, mac: mac, tap: tap.name, bridge: bridge, settings: interface.port, origin: interface.origin))
                }
            }
        }
        return found.values.filter { $0.count == 1 && !$0[0].settings.isEmpty }.map { $0[0] }.sorted { $0.tap < $1.tap }
    }
}

extension MACAddress {
    /// The address that libvirt gives to the tap of a guest with this one: a high one, so that no bridge takes it for its own.
    public var ofTap: MACAddress { MACAddress(bits: bits & 0xff_ffff_ffff | 0xfe << 40) }
}
