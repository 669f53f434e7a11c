internal import HostNetwork

/// In which order initscripts can set a link's IPv4 addresses.
///
/// Before they set one, they search what `ip` tells of the link for its text, with `grep`: where `110.0.0.1/24` is set already,
/// `10.0.0.1/24` passes for set.
enum AddressOrder {
    /// The addresses so that none hides a later one. Within a prefix the order, which is state, stays: there none hides another.
    static func unhidden(_ networks: [IPNetwork]) -> [IPNetwork] {
        networks.reduce(into: []) { ordered, network in
            guard let place = ordered.firstIndex(where: { hides($0, network) }) else { return ordered.append(network) }
            let behind = ordered[place...]
            let siblings = behind.filter { $0.network == network.network }
            ordered[place...] = siblings + [network] + behind.filter { $0.network != network.network }
        }
    }

    /// Whether the one, set already, makes initscripts pass over the other.
    static func hides(_ first: IPNetwork, _ second: IPNetwork) -> Bool {
        guard first != second else { return false }
        let (text, pattern) = (Array(first.description.utf8), Array(second.description.utf8))
        guard pattern.count <= text.count else { return false }
        return (0...(text.count - pattern.count)).contains { start in
            // To grep a dot is any character.
            zip(text[start...], pattern).allSatisfy { $0 == $1 || $1 == UInt8(ascii: ".") }
        }
    }
}
