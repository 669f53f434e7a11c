internal import HostNetwork

/// The keys of a domain.
enum DomainKey: String, CaseIterable {
    case interfaces
}

/// The keys of a domain's interface.
enum InterfaceKey: String, CaseIterable, Sendable {
    case bridge, vlan, mac, model, target, mtu, isolated, link, state

    /// Options of the tap as a bridge's port: all but that which libvirt sets itself.
    static let portOptions = OptionRow.rows(of: .bridgePort).filter { InterfaceKey(rawValue: $0.name) == nil }

    /// The option of a key, if it is one.
    static func portOption(_ key: String) -> OptionRow? { portOptions.first { $0.name == key || $0.aliases.contains(key) } }
}

extension KeyContext {
    static func domain(_ name: String) -> KeyContext {
        KeyContext(place: "domain \(name)", known: DomainKey.allCases.map(\.rawValue), reserved: [], scope: nil)
    }

    static func interface(of domain: String) -> KeyContext {
        KeyContext(
            place: "an interface of domain \(domain)",
            known: InterfaceKey.allCases.map(\.rawValue) + VLANKey.allCases.map(\.rawValue)
                + InterfaceKey.portOptions.flatMap { [$0.name] + $0.aliases },
            reserved: [], scope: .bridgePort)
    }
}
