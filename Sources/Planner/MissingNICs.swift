public import HostNetwork

/// What of a wanted network can be had while some of it cannot: at boot, a dead card must not keep the rest of the host from
/// its network.
public struct Degraded: Hashable, Sendable {
    /// The wanted network without the missing NICs and without what cannot exist in their absence.
    public let network: HostNetwork
    /// What is not there or not whole, and why; a sentence each, without the final point. Empty where nothing is missing.
    public let shortfalls: [Note]

    /// Leaves out of a wanted network what the host has no NIC for, and what was refused to it.
    ///
    /// A VLAN needs its parent, so it is held up with it, and so is every VLAN above. A bond or a bridge is made all the same,
    /// with the ports that are there: its addresses, and the guests on it, need the link and not that port. A route goes with
    /// the only link that it goes out by; a multipath route keeps its other ways.
    /// - Parameters:
    ///   - wanted: the whole network.
    ///   - actual: what the host has.
    ///   - refused: links that an attempt has shown not to be possible, with the reason. An existing one is left alone.
    public init(_ wanted: HostNetwork, on actual: HostNetwork, refused: [LinkName: String] = [:]) {
        var network = wanted
        var notes = refused
        var held = Set(refused.keys)
        var open = refused.keys.sorted()
        for link in wanted.sortedLinks where link.isPresent && !link.kind.isManaged && actual[link.name] == nil {
            notes[link.name] = "is not on this host"
            held.insert(link.name)
            open.append(link.name)
        }
        let uppers = Dictionary(grouping: wanted.sortedLinks.filter { $0.parent != nil }, by: \.parent)
        while let lower = open.popLast() {
            for upper in uppers[lower] ?? [] where upper.isPresent && actual[upper.name] == nil && held.insert(upper.name).inserted {
                notes[upper.name] = "is held up by \(lower)"
                open.append(upper.name)
            }
        }
        for name in held { network[name] = nil }
        for link in wanted.sortedLinks where !held.contains(link.name) {
            if let master = link.master, held.contains(master) { network[link.name]?.attachment = nil }
            let missing = link.portOrder.filter { held.contains($0) }
            guard !missing.isEmpty else { continue }
            network[link.name]?.portOrder.removeAll { held.contains($0) }
            // A port that is there, and only cannot be as it is wanted, stays where it is.
            if missing.contains(where: { actual[$0] != nil }) { network[link.name]?.listsPorts = false }
            notes[link.name] = "has \(link.portOrder.count - missing.count) of \(link.portOrder.count) ports, without \(missing.map(\.text).joined(separator: ", "))"
        }
        network.routes = wanted.routes.compactMap { route in
            guard route.links.contains(where: { held.contains($0) }) else { return route }
            var rest = route
            rest.nextHops.removeAll { held.contains($0.link) }
            return rest.nextHops.isEmpty ? nil : rest
        }
        // An option that names a port, such as a bond's primary, waits for the port.
        for link in network.links.values {
            for entry in link.options.entries {
                if case .link(let port) = entry.value, held.contains(port) { network[link.name]?.options[entry.id] = nil }
            }
        }
        self.network = network
        shortfalls = notes.sorted { $0.key < $1.key }.map { Note(link: $0.key, message: $0.value) }
    }
}
