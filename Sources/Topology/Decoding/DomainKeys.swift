/// The keys of a domain.
enum DomainKey: String, CaseIterable {
    case interfaces
}

/// The keys of a domain's interface.
enum InterfaceKey: String, CaseIterable, Sendable {
    case bridge, vlan, mac, model, target, mtu, isolated, link, state

    static let reserved: Set<String> = ["access", "trunk", "native"]
}

extension KeyContext {
    static func domain(_ name: String) -> KeyContext {
        KeyContext(place: "domain \(name)", known: DomainKey.allCases.map(\.rawValue), reserved: [], scope: nil)
    }

    static func interface(of domain: String) -> KeyContext {
        KeyContext(
            place: "an interface of domain \(domain)", known: InterfaceKey.allCases.map(\.rawValue), reserved: InterfaceKey.reserved, scope: nil)
    }
}
