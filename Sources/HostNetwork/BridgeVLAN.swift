/// A range of VLAN ids that a bridge lets through on a port, or on the bridge itself (`IFLA_BRIDGE_VLAN_INFO`).
public struct BridgeVLAN: Hashable, Sendable {
    /// The ids.
    public var ids: ClosedRange<UInt16>
    /// Whether frames leave without a tag (`BRIDGE_VLAN_INFO_UNTAGGED`).
    public var isUntagged: Bool
    /// Whether frames without a tag belong here (`BRIDGE_VLAN_INFO_PVID`). A table has one such id at most.
    public var isPVID: Bool

    /// Joins the parts.
    public init(ids: ClosedRange<UInt16>, isUntagged: Bool = false, isPVID: Bool = false) {
        self.ids = ids
        self.isUntagged = isUntagged
        self.isPVID = isPVID
    }

    /// One id.
    public init(_ id: UInt16, isUntagged: Bool = false, isPVID: Bool = false) {
        self.init(ids: id...id, isUntagged: isUntagged, isPVID: isPVID)
    }

    /// The id, or the first and the last: `10`, `20-30`.
    public static func text(of ids: ClosedRange<UInt16>) -> String {
        ids.lowerBound == ids.upperBound ? "\(ids.lowerBound)" : "\(ids.lowerBound)-\(ids.upperBound)"
    }
}

/// The place in a bridge that a VLAN table belongs to.
public enum BridgePlace: Hashable, Sendable {
    /// A port, which the bridge knows by itself.
    case port(LinkName)
    /// The bridge itself, as a port towards the host (`self` in `bridge vlan`).
    case itself(LinkName)

    /// The link that the table is asked for under.
    public var link: LinkName {
        switch self {
        case .port(let name), .itself(let name): name
        }
    }
}

/// VLAN tables. The kernel tells a table as ranges of ids that are treated alike, ascending, with the PVID by itself:
/// ``normalized``. Two tables in that shape are the same if they are equal.
extension [BridgeVLAN] {
    /// What a bridge gives to a new port, and to itself: its default VLAN, untagged.
    /// - Parameter defaultPVID: the bridge's `vlan_default_pvid`; 0 gives an empty table.
    public static func initial(defaultPVID: UInt16) -> [BridgeVLAN] {
        defaultPVID == 0 ? [] : [BridgeVLAN(defaultPVID, isUntagged: true, isPVID: true)]
    }

    /// The id of frames without a tag; `nil` where they are dropped.
    public var pvid: UInt16? { first(where: \.isPVID)?.ids.lowerBound }

    /// How an id is treated; `nil` where it is not let through.
    public subscript(id id: UInt16) -> BridgeVLAN? { first { $0.ids.contains(id) } }

    /// The table in the kernel's shape. Where an id stands twice, its last entry holds.
    public var normalized: [BridgeVLAN] {
        let isInOrder = zip(self, dropFirst()).allSatisfy { $0.ids.upperBound < $1.ids.lowerBound }
        if isInOrder { return combined(with: []) { mine, _ in mine } }
        return reduce(into: []) { table, entry in table = table.combined(with: [entry]) { $1 ?? $0 } }
    }

    /// The entries that this table has and another one lacks or treats otherwise. Both tables, here and in what follows, are
    /// in the kernel's shape, and so is the answer.
    public func differing(from other: [BridgeVLAN]) -> [BridgeVLAN] {
        combined(with: other) { mine, theirs in mine?.isTreated(as: theirs) == true ? nil : mine }
    }

    /// The entries whose ids another table does not have at all.
    public func missing(in other: [BridgeVLAN]) -> [BridgeVLAN] {
        combined(with: other) { mine, theirs in theirs == nil ? mine : nil }
    }

    /// The table after the kernel was told to set these entries: a new PVID takes the place of the old one, whose id stays.
    public func setting(_ entries: [BridgeVLAN]) -> [BridgeVLAN] {
        let hasNewPVID = entries.pvid != nil
        return combined(with: entries) { mine, new in
            if let new { return new }
            var old = mine
            if hasNewPVID { old?.isPVID = false }
            return old
        }
    }

    /// The table without these ids.
    public func removing(_ ids: [ClosedRange<UInt16>]) -> [BridgeVLAN] { missing(in: ids.map { BridgeVLAN(ids: $0) }.normalized) }

    /// The table after the bridge's default VLAN has changed: the kernel puts the new one in the old one's place where that is
    /// still the PVID and untagged, and the new one is not there by other means.
    public func replacingDefaultPVID(_ old: UInt16, by new: UInt16) -> [BridgeVLAN] {
        guard old != new else { return self }
        let hasOld = old != 0 && self[id: old].map { $0.isPVID && $0.isUntagged } ?? false
        if new == 0 { return hasOld ? removing([old...old]) : self }
        guard self[id: new] == nil, old == 0 || hasOld else { return self }
        let table = setting(.initial(defaultPVID: new))
        return old == 0 ? table : table.removing([old...old])
    }

    /// The table for a person: `1 (pvid, untagged), 10-20`; `none` for an empty one.
    public var display: String {
        isEmpty ? "none" : map { entry in
            let marks = [entry.isPVID ? "pvid" : nil, entry.isUntagged ? "untagged" : nil].compactMap { $0 }
            return BridgeVLAN.text(of: entry.ids) + (marks.isEmpty ? "" : " (\(marks.joined(separator: ", ")))")
        }.joined(separator: ", ")
    }
}

extension BridgeVLAN {
    fileprivate func isTreated(as other: BridgeVLAN?) -> Bool {
        guard let other else { return false }
        return isUntagged == other.isUntagged && isPVID == other.isPVID
    }
}

extension [BridgeVLAN] {
    /// Goes over two tables at once, both ascending and without overlaps, in stretches that lie in one entry of each or in none.
    /// - Parameter pick: how a stretch is treated in the result; `nil` where it is not let through.
    private func combined(with other: [BridgeVLAN], _ pick: (_ mine: BridgeVLAN?, _ theirs: BridgeVLAN?) -> BridgeVLAN?) -> [BridgeVLAN] {
        var result: [BridgeVLAN] = []
        var (mine, theirs) = (self[...], other[...])
        var next: UInt16 = 0
        while let start = [mine.first, theirs.first].compactMap({ $0.map { Swift.max($0.ids.lowerBound, next) } }).min() {
            let here = mine.first.flatMap { $0.ids.contains(start) ? $0 : nil }
            let there = theirs.first.flatMap { $0.ids.contains(start) ? $0 : nil }
            // The stretch ends where an entry does, or where the other table's next one begins.
            let ends = [
                here?.ids.upperBound ?? mine.first.map { $0.ids.lowerBound - 1 }, there?.ids.upperBound ?? theirs.first.map { $0.ids.lowerBound - 1 },
            ]
            let end = ends.compactMap(\.self).min() ?? start
            if var entry = pick(here, there) {
                entry.ids = start...end
                if let last = result.last, last.ids.upperBound + 1 == start, !entry.isPVID, last.isTreated(as: entry) {
                    result[result.count - 1].ids = last.ids.lowerBound...end
                } else {
                    result.append(entry)
                }
            }
            if here?.ids.upperBound == end { mine = mine.dropFirst() }
            if there?.ids.upperBound == end { theirs = theirs.dropFirst() }
            next = end + 1
        }
        return result
    }
}

extension OptionRow {
    /// The VLAN that a bridge gives to new ports by itself (`vlan_default_pvid`).
    public static let defaultPVIDRow = OptionRow.named("vlan_default_pvid", in: .bridge)
}

extension Link {
    /// What `vlan_default_pvid` is on a new bridge.
    public static let usualDefaultPVID: UInt16 = 1

    /// The VLAN that this bridge gives to new ports by itself; 0 for none.
    public var defaultPVID: UInt16 {
        OptionRow.defaultPVIDRow.flatMap { options.number($0) }.map { UInt16(truncatingIfNeeded: $0) } ?? Self.usualDefaultPVID
    }

    /// Whether this is a bridge that tells VLANs apart.
    public var filtersVLANs: Bool { kind == .bridge && (options.number(.vlanFiltering) ?? 0) != 0 }
}

extension HostNetwork {
    /// Whether this network, as a wanted one, can be compared with another only where that has its VLAN tables.
    public var concernsVLANTables: Bool { !bridgeVLANs.isEmpty || links.values.contains { $0.filtersVLANs } }
}
