internal import HostNetwork

/// What a NIC is known by; all that is said has to hold.
struct NICMatch: Sendable {
    /// The address it was built with; of a link that is no hardware, the one it has.
    var mac: MACAddress?
    /// Its driver's name, as `ethtool -i` prints it.
    var driver: String?
    /// Its place on the bus, as `ethtool -i` prints it (`bus-info`).
    var path: String?
    /// Where it stands.
    var span: Span

    /// The conditions in words: `driver e1000e and path 0000:3b:00.0`.
    var words: String {
        [mac.map { "MAC address \($0)" }, driver.map { "driver \($0)" }, path.map { "path \($0)" }].compactMap(\.self).joined(separator: " and ")
    }
}

extension Decoder {
    /// Reads `match: {mac: …, driver: …, path: …}`.
    mutating func match(_ entry: YAMLEntry) -> NICMatch? {
        guard let items = mapping(entry, "what the NIC is known by: mac, driver or path") else { return nil }
        var match = NICMatch(span: entry.valueSpan)
        var isReadable = true
        for item in items {
            switch MatchKey(rawValue: item.key) {
            case .mac:
                match.mac = mac(item)
                isReadable = isReadable && match.mac != nil
            case .driver:
                match.driver = text(item)
                isReadable = isReadable && match.driver != nil
            case .path:
                // udev's ID_PATH is the same with the bus in front.
                match.path = text(item).map { $0.hasPrefix("pci-") ? String($0.dropFirst(4)) : $0 }
                isReadable = isReadable && match.path != nil
            case nil:
                isReadable = false
                unknownKey(item, in: .match)
            }
        }
        guard isReadable else { return nil }
        if items.isEmpty {
            problems.error(entry.keySpan, "this match says nothing", fix: "say what the NIC is known by: match: {mac: 52:54:00:12:34:56}")
            return nil
        }
        return match
    }
}
