internal import HostNetwork

/// What a file says of VLAN-aware bridges as a whole.
extension Checks {
    mutating func checkBridgeVLANs() {
        for bridge in draft.present where bridge.section == .bridges {
            checkFiltering(bridge)
            checkOwnVLANs(bridge)
        }
        var reported: Set<Span> = []
        for vlan in draft.present where vlan.section == .vlans { checkParentFilters(vlan, &reported) }
    }

    /// Tables mean nothing until the bridge filters.
    private mutating func checkFiltering(_ bridge: LinkDraft) {
        guard bridge.link.options.number(.vlanFiltering) != 1, bridge.options[OptionRow.vlanFiltering.id] == nil || bridge.link.options[.vlanFiltering] != nil,
            let first = ([bridge.vlans] + (bridge.ports ?? []).map(\.vlans)).compactMap({ $0?.span }).min()
        else { return }
        let related = bridge.span(of: .vlanFiltering).map { [($0, "it is switched off here")] } ?? []
        problems.warning(
            first, "\(bridge.name) lets every VLAN through everywhere: it does not say vlan_filtering, without which this means nothing",
            fix: "write vlan_filtering: true beside 'ports'", related: related)
    }

    /// A VLAN of the host's own that no port carries.
    private mutating func checkOwnVLANs(_ bridge: LinkDraft) {
        let ports = (bridge.ports ?? []).filter { !$0.isAbsent }
        // A port whose table is left alone may carry anything.
        guard let own = bridge.vlans, !ports.isEmpty, !bridge.hasUnreadablePorts, ports.allSatisfy({ $0.vlans != nil }) else { return }
        let lost = ports.reduce(own.table) { rest, port in rest.missing(in: port.vlans?.table ?? []) }
        guard !lost.isEmpty else { return }
        let ids = lost.map { BridgeVLAN.text(of: $0.ids) }.joined(separator: ", ")
        problems.warning(
            own.span, "VLAN \(ids) of \(bridge.name) itself is on none of the ports listed here: it leads nowhere but to guests",
            fix: "let it through on the port that leads out, or leave it out here")
    }

    /// A bridge that tells VLANs apart lets a VLAN's frames through to the host only where its own table says so.
    private mutating func checkParentFilters(_ vlan: LinkDraft, _ reported: inout Set<Span>) {
        guard let parent = vlan.link.parent.flatMap({ present($0) }), parent.section == .bridges,
            parent.link.options.number(.vlanFiltering) == 1, parent.spans[.itself] == nil || parent.vlans != nil,
            let id = vlan.link.vlanID, vlan.link.tagProtocol == parent.link.filteredProtocol
        else { return }
        let table = parent.vlans?.table ?? .initial(defaultPVID: parent.link.defaultPVID)
        guard let problem = table.problem(ofVLAN: id, on: parent.name), reported.insert(vlan.span).inserted else { return }
        let place = parent.vlans.map { ($0.span, "what \(parent.name) itself lets through is here") } ?? (parent.span, "\(parent.name) is here")
        problems.error(vlan.span, "\(vlan.name) would be cut off: \(problem)", fix: table.fix(forVLAN: id, on: parent.name), related: [place])
    }
}

extension Link {
    /// The EtherType of the tags that a bridge tells apart, 802.1Q unless something else is said.
    var filteredProtocol: Int64 {
        if let number = options.number(.bridgeVLANProtocol) { return number }
        if case .number(let number)? = OptionRow.bridgeVLANProtocol.kernelDefault { return number }
        return 0
    }
}

extension [BridgeVLAN] {
    /// Why a VLAN link on a bridge with this table of its own has no frames; `nil` where it has.
    func problem(ofVLAN id: VLANID, on bridge: LinkName) -> String? {
        guard let entry = self[id: id.number] else { return "\(bridge) filters VLANs, and VLAN \(id) is not allowed on \(bridge) itself" }
        return entry.isUntagged ? "VLAN \(id) reaches \(bridge) itself without a tag" : nil
    }

    /// What to write for it.
    func fix(forVLAN id: VLANID, on bridge: LinkName) -> String {
        let others = filter { !$0.isUntagged }.map { BridgeVLAN.text(of: $0.ids) } + ["\(id)"]
        let native = pvid.flatMap { $0 == id.number ? nil : ", native: \($0)" } ?? ""
        return "write it for \(bridge): self: {trunk: [\(others.joined(separator: ", "))]\(native)}"
    }
}
