internal import HostNetwork

/// A VLAN table as the file writes it, of a bridge's port or of the bridge itself.
struct VLANTableDraft: Sendable {
    /// In the kernel's shape.
    var table: [BridgeVLAN]
    /// Where its first key stands.
    var span: Span
}

/// `access`, `trunk` and `native`, or the general form `vlans`.
extension Decoder {
    /// Reads a table out of its keys; `nil` where there is none, or it could not be read.
    mutating func vlanTable(_ entries: [(key: VLANKey, entry: YAMLEntry)]) -> VLANTableDraft? {
        guard let first = entries.first, !refuseMixture(entries) else { return nil }
        var table: [BridgeVLAN] = []
        var isReadable = true
        for (key, entry) in entries {
            let part: [BridgeVLAN]?
            switch key {
            case .access, .native: part = vlanID(entry).map { [BridgeVLAN($0, isUntagged: true, isPVID: true)] }
            case .trunk: part = trunkIDs(entry)
            case .vlans: part = generalTable(entry)
            }
            // The native VLAN may lie in the trunk's range, and comes out of it without a tag.
            if key == .native { table += part ?? [] } else { table = (part ?? []) + table }
            if part == nil { isReadable = false }
        }
        return isReadable ? VLANTableDraft(table: table.normalized, span: first.entry.keySpan) : nil
    }

    /// Reads `self`, the bridge's own table.
    mutating func decodeOwnVLANs(_ entry: YAMLEntry, into link: inout LinkDraft) {
        guard let entries = mapping(entry, "access, trunk and native, or vlans") else { return }
        var known: [(key: VLANKey, entry: YAMLEntry)] = []
        for item in entries {
            if let key = VLANKey(rawValue: item.key) { known.append((key, item)) } else { unknownKey(item, in: .ownVLANs(link.name.text)) }
        }
        if entries.isEmpty {
            problems.error(entry.keySpan, "'\(entry.key)' says nothing", fix: "write which VLANs the bridge itself has: self: {trunk: [10], native: 1}")
        }
        link.vlans = vlanTable(known)
    }

    /// Ways of saying a table that exclude one another.
    private mutating func refuseMixture(_ entries: [(key: VLANKey, entry: YAMLEntry)]) -> Bool {
        let keys = entries.map(\.key)
        for (alone, fix) in [
            (VLANKey.access, "keep 'access' for a port of one VLAN without tags, or 'trunk' with the untagged one as 'native'"),
            (VLANKey.vlans, "write all of it under 'vlans', or all of it as 'trunk' and 'native'"),
        ] where keys.contains(alone) && keys.count > 1 {
            let later = entries[1].entry
            problems.error(
                later.keySpan, "'\(entries[0].entry.key)' and '\(later.key)' exclude each other", fix: fix,
                related: [(entries[0].entry.keySpan, "the first is here")])
            return true
        }
        guard keys.contains(.native), !keys.contains(.trunk), let native = entries.first(where: { $0.key == .native })?.entry else { return false }
        problems.error(
            native.keySpan, "'native' says which VLAN of a trunk has no tags, and there is no 'trunk' here",
            fix: "write access: \(scalar(native) ?? "10"), or the trunk too")
        return true
    }

    private func scalar(_ entry: YAMLEntry) -> String? {
        if case .scalar(let text, _) = entry.value.content, !text.isEmpty { text } else { nil }
    }

    private mutating func vlanID(_ entry: YAMLEntry) -> UInt16? {
        guard let text = text(entry) else { return nil }
        return attempt(at: entry.valueSpan) { () throws(ValueError) in
            let ids = try Self.ids(text)
            guard ids.count == 1 else { throw ValueError("'\(entry.key)' takes one VLAN id, not a range", fix: "write \(entry.key): \(ids.lowerBound)") }
            return UInt16(ids.lowerBound)
        }
    }

    private mutating func trunkIDs(_ entry: YAMLEntry) -> [BridgeVLAN]? {
        guard let items = list(entry) else { return nil }
        return table(items, of: entry) { decoder, item in
            guard let text = decoder.text(ofItem: item, of: entry, example: "10 or 20-30") else { return nil }
            return decoder.range(text, item.span).map { BridgeVLAN(ids: $0) }
        }
    }

    private mutating func generalTable(_ entry: YAMLEntry) -> [BridgeVLAN]? {
        guard let items = list(entry) else { return nil }
        var pvid: Span?
        return table(items, of: entry) { decoder, item in
            guard case .mapping(let entries) = item.content else {
                guard let text = decoder.text(ofItem: item, of: entry, example: "10, 20-30 or {id: 1, pvid: true, untagged: true}") else { return nil }
                return decoder.range(text, item.span).map { BridgeVLAN(ids: $0) }
            }
            guard let vlan = decoder.vlan(entries, item.span) else { return nil }
            guard vlan.isPVID else { return vlan }
            if let first = pvid {
                decoder.problems.error(
                    item.span, "there are two PVIDs: frames without a tag belong to one VLAN", fix: "keep one 'pvid: true'",
                    related: [(first, "the first is here")])
                return nil
            }
            pvid = item.span
            return vlan
        }
    }

    /// Reads `{id: 20-30, untagged: true}`.
    private mutating func vlan(_ entries: [YAMLEntry], _ span: Span) -> BridgeVLAN? {
        var vlan: BridgeVLAN?
        var isUntagged: Bool? = false
        var isPVID: Bool? = false
        var hasID = false
        for entry in entries {
            switch BridgeVLANKey(rawValue: entry.key) {
            case .id:
                hasID = true
                vlan = text(entry).flatMap { range($0, entry.valueSpan) }.map { BridgeVLAN(ids: $0) }
            case .untagged: isUntagged = flag(entry)
            case .pvid: isPVID = flag(entry)
            case nil: unknownKey(entry, in: .bridgeVLAN)
            }
        }
        if !hasID { problems.error(span, "this VLAN has no 'id'", fix: "write it like {id: 20-30, untagged: true}") }
        guard var vlan, let isUntagged, let isPVID else { return nil }
        if isPVID, vlan.ids.count > 1 {
            problems.error(span, "a PVID is one VLAN, not a range", fix: "write it by itself: {id: \(vlan.ids.lowerBound), pvid: true, untagged: true}")
            return nil
        }
        vlan.isUntagged = isUntagged
        vlan.isPVID = isPVID
        return vlan
    }

    private mutating func range(_ text: String, _ span: Span) -> ClosedRange<UInt16>? {
        attempt(at: span) { () throws(ValueError) in try Self.ids(text) }.map { UInt16($0.lowerBound)...UInt16($0.upperBound) }
    }

    /// Reads the items, and complains of an id that stands in two of them.
    private mutating func table(
        _ items: [YAMLNode], of entry: YAMLEntry, _ read: (inout Decoder, YAMLNode) -> BridgeVLAN?
    ) -> [BridgeVLAN]? {
        var found: [(vlan: BridgeVLAN, span: Span)] = []
        var isReadable = true
        for item in items {
            guard let vlan = read(&self, item) else {
                isReadable = false
                continue
            }
            if let other = found.first(where: { $0.vlan.ids.overlaps(vlan.ids) }) {
                let id = max(other.vlan.ids.lowerBound, vlan.ids.lowerBound)
                problems.error(
                    item.span, "VLAN \(id) is listed twice", fix: "keep one of the two", related: [(other.span, "the first is here")])
                isReadable = false
            }
            found.append((vlan, item.span))
        }
        return isReadable ? found.map(\.vlan) : nil
    }
}
