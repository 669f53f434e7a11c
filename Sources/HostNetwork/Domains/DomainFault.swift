/// What is amiss with a domain's interface, seen against the host's links and the other domains.
public enum DomainFault: Hashable, Sendable {
    /// The running domain's tap is not on the host.
    case tapMissing(String)
    /// The tap is not a port of the bridge that the domain's configuration names.
    case tapElsewhere(tap: LinkName, is: LinkName?, bridge: String)
    /// The configuration names a bridge that is not on the host.
    case bridgeMissing(String, DomainSide)
    /// Others have the same MAC: domains or links, by name.
    case macTwice(MACAddress, others: [String])
    /// At the next start the interface hangs on another bridge than now.
    case storedDiffers(live: String, stored: String)
    /// Its tap lets other VLANs through than the topology says.
    case vlansDiffer(tap: LinkName, is: [BridgeVLAN], wanted: [BridgeVLAN])

    /// A stable word for programs.
    public var code: String {
        switch self {
        case .tapMissing: "tap-missing"
        case .tapElsewhere: "tap-elsewhere"
        case .bridgeMissing: "bridge-missing"
        case .macTwice: "mac-twice"
        case .storedDiffers: "stored-differs"
        case .vlansDiffer: "vlans-differ"
        }
    }

    /// What is amiss, as a sentence without the final point.
    public var message: String {
        switch self {
        case .tapMissing(let tap): "its tap \(tap) is not on this host"
        case .tapElsewhere(let tap, nil, let bridge): "its tap \(tap) is in no bridge; its configuration says \(bridge)"
        case .tapElsewhere(let tap, let master?, let bridge): "its tap \(tap) is a port of \(master); its configuration says \(bridge)"
        case .bridgeMissing(let bridge, .live): "there is no bridge \(bridge) on this host"
        case .bridgeMissing(let bridge, .stored): "there is no bridge \(bridge) on this host: the domain's next start would fail"
        case .macTwice(let mac, let others): "\(others.joined(separator: ", ")) \(others.count == 1 ? "has" : "have") the same MAC \(mac)"
        case .storedDiffers(let live, let stored): "it hangs on \(live) now, and on \(stored) after the domain's next start"
        case .vlansDiffer(let tap, let vlans, let wanted):
            "its tap \(tap) lets VLANs \(vlans.display) through; the installed topology says \(wanted.display)"
        }
    }

    /// What to do about it.
    public var fix: String {
        switch self {
        case .tapMissing: "restart the domain"
        case .tapElsewhere: "run `weft vm repair`, or `weft vm move` if it is where it should be"
        case .bridgeMissing: "make the bridge, or move the interface to another with `weft vm move`"
        case .macTwice: "give one of them another MAC"
        case .storedDiffers: "run `weft vm move` to the bridge that is meant; it changes both"
        case .vlansDiffer: "run `weft vm repair`; `weft hook install` keeps it so at every start"
        }
    }
}

extension DomainSnapshot {
    /// What is amiss with each interface of a domain, in the order of ``Domain/interfaces``.
    /// - Parameters:
    ///   - network: the host's links; `nil` where the domains are another host's, whose links cannot be seen.
    ///   - wanted: what the host's topology wants of domains, for the VLANs of their taps.
    public func faults(of domain: Domain, in network: HostNetwork?, wanted: [WantedDomain] = []) -> [[DomainFault]] {
        let ports = network == nil ? [] : tapPorts(of: wanted.filter { $0.name == domain.name })
        return domain.interfaces.map { interface in
            var faults: [DomainFault] = []
            if let network {
                faults += Self.linkFaults(interface, network)
                faults += ports.filter { $0.mac == interface.live?.mac }.compactMap { Self.vlanFault($0, network) }
            }
            if let live = interface.live?.bridge, let stored = interface.stored?.bridge, live != stored {
                faults.append(.storedDiffers(live: live, stored: stored))
            }
            if let mac = interface.current?.mac {
                let others = others(with: mac, than: domain, network)
                if !others.isEmpty { faults.append(.macTwice(mac, others: others)) }
            }
            return faults
        }
    }

    private static func vlanFault(_ port: TapPort, _ network: HostNetwork) -> DomainFault? {
        guard let wanted = port.settings.vlans, network[port.tap]?.master == port.bridge, network[port.bridge]?.filtersVLANs == true else { return nil }
        let table = network.bridgeVLANs[port.tap] ?? []
        return table == wanted ? nil : .vlansDiffer(tap: port.tap, is: table, wanted: wanted)
    }

    private static func linkFaults(_ interface: DomainInterface, _ network: HostNetwork) -> [DomainFault] {
        var faults: [DomainFault] = []
        func lacks(_ bridge: String) -> Bool { (try? LinkName(bridge)).flatMap { network[$0] } == nil }
        if let bridge = interface.live?.bridge, lacks(bridge) {
            faults.append(.bridgeMissing(bridge, .live))
        } else if let live = interface.live, let bridge = live.bridge, let tap = live.target, live.isOnBridge {
            if let name = live.targetName, let link = network[name] {
                if link.master?.text != bridge { faults.append(.tapElsewhere(tap: name, is: link.master, bridge: bridge)) }
            } else {
                faults.append(.tapMissing(tap))
            }
        }
        if let bridge = interface.stored?.bridge, interface.stored?.type == "bridge", bridge != interface.live?.bridge, lacks(bridge) {
            faults.append(.bridgeMissing(bridge, .stored))
        }
        return faults
    }

    /// Other domains, the same domain's other interfaces, and the host's own links with an address, by name.
    private func others(with mac: MACAddress, than domain: Domain, _ network: HostNetwork?) -> [String] {
        var names: [String] = []
        for other in domains {
            let count = other.interfaces.count { $0.current?.mac == mac }
            if other.uuid == domain.uuid {
                if count > 1 { names.append("another interface of \(domain.name)") }
            } else if count > 0 {
                names.append(other.name)
            }
        }
        return names + (network?.holders(of: mac) ?? [])
    }
}

extension DomainDevice {
    /// Whether its tap is a port of a bridge of the host's: a macvtap, a user-mode connection or a port of Open vSwitch is not.
    public var isOnBridge: Bool { (type == "bridge" || type == "network") && switchType == nil }
}

extension HostNetwork {
    /// The host's own links that have an address as theirs: no taps, whose addresses are libvirt's making.
    package func holders(of mac: MACAddress) -> [String] {
        sortedLinks.filter { $0.mac == mac && $0.kind != .other("tun") && $0.kind != .other("macvtap") }.map { "the host's \($0.name)" }
    }
}
