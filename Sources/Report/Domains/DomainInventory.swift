public import HostNetwork

/// The domains beside the host's links: for each interface the VLAN that it is on, and what is amiss with it.
public struct DomainInventory: Sendable {
    /// A domain.
    public struct Entry: Sendable {
        /// The domain as it was read.
        public let domain: Domain
        /// Its interfaces.
        public let interfaces: [InterfaceEntry]
    }

    /// An interface.
    public struct InterfaceEntry: Sendable {
        /// The interface as it was read.
        public let interface: DomainInterface
        /// The VLAN or VLANs that it is on, in words; `nil` where it is on none, or that cannot be seen.
        public let vlan: String?
        /// What is amiss with it.
        public let faults: [DomainFault]
        /// Whether its domain runs.
        let isActive: Bool
        /// Whether its domain is stored.
        let isPersistent: Bool
    }

    /// What was read.
    public let snapshot: DomainSnapshot
    /// The domains, by name.
    public let domains: [Entry]

    /// Looks at domains.
    /// - Parameters:
    ///   - network: the links of the host that they run on; `nil` where that is another.
    ///   - wanted: what the host's topology wants of domains.
    public init(_ snapshot: DomainSnapshot, network: HostNetwork?, wanted: [WantedDomain] = []) {
        self.snapshot = snapshot
        domains = snapshot.domains.map { domain in
            let faults = snapshot.faults(of: domain, in: network, wanted: wanted)
            return Entry(
                domain: domain,
                interfaces: zip(domain.interfaces, faults).map { interface, faults in
                    InterfaceEntry(
                        interface: interface, vlan: network.flatMap { Self.vlan(of: interface, in: $0) }, faults: faults,
                        isActive: domain.isActive, isPersistent: domain.isPersistent)
                })
        }
    }

    /// How many interfaces have something amiss.
    public var faultyCount: Int { domains.reduce(0) { $0 + $1.interfaces.count { !$0.faults.isEmpty } } }

    /// On a VLAN-aware bridge what the tap lets through; otherwise the VLANs that are ports of the bridge.
    private static func vlan(of interface: DomainInterface, in network: HostNetwork) -> String? {
        guard let bridge = interface.current?.bridgeName else { return nil }
        if network[bridge]?.options.number(.vlanFiltering) == 1 {
            guard let tap = interface.live?.targetName, let table = network.bridgeVLANs[tap], !table.isEmpty else { return nil }
            return table.map { entry in
                let ids = entry.ids.count == 1 ? "\(entry.ids.lowerBound)" : "\(entry.ids.lowerBound)-\(entry.ids.upperBound)"
                return ids + (entry.isPVID ? " untagged" : "")
            }.joined(separator: ", ")
        }
        let vlans = network.ports(of: bridge).compactMap { port in port.vlanID.map { "\($0)\(port.parent.map { " on \($0)" } ?? "")" } }
        return vlans.isEmpty ? nil : vlans.joined(separator: ", ")
    }
}
