internal import HostNetwork

/// A VLAN table as NetworkManager writes it in `BRIDGE_VLANS` and `BRIDGE_PORT_VLANS`: `1 pvid untagged,10,20-30`.
enum BridgeVLANText {
    /// - Parameter table: in the kernel's shape, so that no id stands twice and the PVID stands alone, as NetworkManager wants it.
    static func text(of table: [BridgeVLAN]) -> String {
        table.map { entry in BridgeVLAN.text(of: entry.ids) + (entry.isPVID ? " pvid" : "") + (entry.isUntagged ? " untagged" : "") }
            .joined(separator: ",")
    }

    /// Reads one entry, which stands between two commas.
    /// - Throws: ``ValueError`` where NetworkManager passes it over.
    static func entry(_ text: String) throws(ValueError) -> BridgeVLAN {
        let words = text.split(whereSeparator: \.isWhitespace).map { String($0) }
        guard let range = words.first else { throw ValueError("an entry without a VLAN id", fix: "leave the comma out") }
        let ends = range.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        let numbers = ends.compactMap { end in Int(end).flatMap { (1...4094).contains($0) ? UInt16($0) : nil } }
        guard numbers.count == ends.count, let first = numbers.first, let last = numbers.last, first <= last else {
            throw ValueError("'\(range)' is no VLAN id and no range of ids", fix: "1 to 4094, such as 10 or 20-30")
        }
        var entry = BridgeVLAN(ids: first...last)
        for word in words.dropFirst() {
            switch word {
            case "pvid": entry.isPVID = true
            case "untagged": entry.isUntagged = true
            default: throw ValueError("NetworkManager knows no '\(word)' of a VLAN", fix: "pvid and untagged are what it knows")
            }
        }
        guard !entry.isPVID || first == last else { throw ValueError("a range such as \(range) cannot be the PVID", fix: "name one id") }
        return entry
    }

    /// Whether an id stands in two entries, or two of them are the PVID: then NetworkManager takes nothing of the whole file.
    static func isContradictory(_ entries: [BridgeVLAN]) -> Bool {
        let sorted = entries.sorted { $0.ids.lowerBound < $1.ids.lowerBound }
        return zip(sorted, sorted.dropFirst()).contains { $0.ids.upperBound >= $1.ids.lowerBound } || entries.count { $0.isPVID } > 1
    }
}
