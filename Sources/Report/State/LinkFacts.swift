internal import HostNetwork

/// What the tree says of one link: a cell a column, and then whatever else there is to say.
struct LinkFacts {
    struct Cell {
        let text: String
        var tone: Tone = .plain
    }

    /// The columns' titles.
    static let titles = ["KIND", "OWNER", "STATE", "MTU", "MAC"]

    let name: String
    let cells: [Cell]
    let details: [String]

    /// - Parameter relations: to which links it stands in a way that the drawing does not show, in words.
    init(_ link: Link, in network: HostNetwork, relations: [String]) {
        name = link.name.text.printable
        let state = link.stateWord
        cells = [
            Cell(text: Self.kind(of: link)),
            Cell(text: link.ownerWord ?? ""),
            Cell(text: state, tone: state == "UP" ? .added : state == "DOWN" ? .dim : .changed),
            Cell(text: link.mtu.map { String($0) } ?? ""),
            Cell(text: link.mac?.description ?? ""),
        ]
        details = Self.details(link, in: network, relations)
    }

    /// The kind, and a VLAN's id with it: `vlan 10`.
    private static func kind(of link: Link) -> String {
        var words = [link.kind.displayName.printable]
        if link.kind == .vlan {
            if let id = link.options.number(.vlanID) { words.append(String(id)) }
            if let tag = link.options[.vlanProtocol], tag != OptionRow.vlanProtocol.kernelDefault {
                words.append(OptionRow.vlanProtocol.text(of: tag))
            }
        }
        return words.joined(separator: " ")
    }

    private static func details(_ link: Link, in network: HostNetwork, _ relations: [String]) -> [String] {
        var details: [String] = []
        if link.kind == .bond {
            if let mode = link.options[.mode] { details.append(OptionRow.mode.text(of: mode)) }
            if let active = link.activePort { details.append("active \(active)") }
        }
        if link.kind == .bridge {
            if link.options.number(.stpState) ?? 0 != 0 { details.append("stp on") }
            if link.options.number(.vlanFiltering) ?? 0 != 0 { details.append("vlan filtering on") }
        }
        if let master = link.master.flatMap({ network[$0] }), master.options.number(.stpState) ?? 0 != 0, let state = link.portState {
            details.append(state)
        }
        details += relations
        details += (link.addresses ?? []).filter { !$0.isKernelMade }.map { address in
            "\(address.network)\(address.isDynamic ? " (dynamic)" : "")"
        }
        if let alias = link.alias, !alias.isEmpty { details.append("\"\(alias)\"") }
        return details.map(\.printable)
    }
}

extension Link {
    /// `UP`, `DOWN` where it is switched off, `NO-CARRIER`, or a rarer state by `ip`'s name.
    var stateWord: String {
        guard isUp ?? false else { return "DOWN" }
        if hasCarrier == false { return "NO-CARRIER" }
        switch operationalState {
        case nil, "UP", "UNKNOWN": return "UP"
        case let state?: return state
        }
    }

    /// Whose the link is, where that is a question: bonds, bridges and VLANs can be weft's, all else cannot.
    var ownerWord: String? { isOwned ? "weft" : kind.isManaged ? "foreign" : nil }
}
