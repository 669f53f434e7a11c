internal import HostNetwork

/// A VLAN table in the words of the topology file: `access`, `trunk` and `native` where they suffice, otherwise `vlans`.
struct BridgeVLANWords {
    private let table: [BridgeVLAN]

    /// - Parameter table: in the kernel's shape.
    init(_ table: [BridgeVLAN]) { self.table = table }

    /// The keys with their values.
    var entries: [(key: String, value: YAMLPage.Value)] {
        let native = table.filter { $0.isPVID && $0.isUntagged && $0.ids.count == 1 }
        let tagged = table.filter { !$0.isPVID && !$0.isUntagged }
        guard native.count + tagged.count == table.count, native.count < 2, !table.isEmpty else { return [("vlans", .list(table.map(Self.item)))] }
        guard !tagged.isEmpty else { return native.map { ("access", Self.ids($0)) } }
        return [("trunk", .list(tagged.map(Self.ids)))] + native.map { ("native", Self.ids($0)) }
    }

    private static func ids(_ vlan: BridgeVLAN) -> YAMLPage.Value { .literal(BridgeVLAN.text(of: vlan.ids)) }

    private static func item(_ vlan: BridgeVLAN) -> YAMLPage.Value {
        guard vlan.isPVID || vlan.isUntagged else { return ids(vlan) }
        var entries: [(key: String, value: YAMLPage.Value)] = [("id", ids(vlan))]
        if vlan.isPVID { entries.append(("pvid", .literal("true"))) }
        if vlan.isUntagged { entries.append(("untagged", .literal("true"))) }
        return .mapping(entries)
    }
}

extension HostNetwork {
    /// The VLAN table of a port, or of a bridge itself, where the bridge filters and the table is not what a new one gets.
    func saidVLANs(of name: LinkName, in bridge: LinkName) -> [BridgeVLAN]? {
        guard let above = self[bridge], above.filtersVLANs, let table = bridgeVLANs[name] else { return nil }
        return table == .initial(defaultPVID: above.defaultPVID) ? nil : table
    }

    /// Whether a VLAN lies on a bridge that filters and does not let it through to itself: no topology file may say that.
    func isCutOff(_ vlan: Link) -> Bool {
        guard vlan.kind == .vlan, let bridge = vlan.parent.flatMap({ self[$0] }), bridge.filtersVLANs, let id = vlan.vlanID,
            let table = bridgeVLANs[bridge.name]
        else { return false }
        let tags = bridge.options[.bridgeVLANProtocol]
        guard (vlan.options[.vlanProtocol] ?? OptionRow.vlanProtocol.kernelDefault) == (tags ?? OptionRow.vlanProtocol.kernelDefault) else { return false }
        return table[id: id.number].map(\.isUntagged) ?? true
    }
}
