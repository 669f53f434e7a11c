internal import HostNetwork

extension Checks {
    /// Domains against the links of the file, and against one another. A bridge that the file does not define may be on the host.
    mutating func checkDomains() {
        var macs: [MACAddress: Span] = [:]
        var targets: [String: Span] = [:]
        for interface in draft.domains.flatMap(\.interfaces) {
            checkPlace(interface)
            if let mac = interface.want.mac, let span = interface.spans[.mac] {
                if let first = macs[mac] {
                    problems.error(
                        span, "\(mac) is the address of two interfaces, which would steal each other's frames", fix: "give one of the two another",
                        related: [(first, "the first is here")])
                } else {
                    macs[mac] = span
                }
            }
            guard let target = interface.want.settings.target, let span = interface.spans[.target] else { continue }
            if let first = targets[target] {
                problems.error(
                    span, "two interfaces cannot have the end '\(target)' on one host", fix: "give one of the two another name",
                    related: [(first, "the first is here")])
            } else if let link = draft.links[LinkName(kernel: target)] {
                problems.error(
                    span, "the interface's end cannot be called '\(target)', as a \(link.section.noun) of this file is", fix: "choose another name",
                    related: [(link.span, "'\(target)' is here")])
            } else {
                targets[target] = span
            }
        }
    }

    private mutating func checkPlace(_ interface: InterfaceDraft) {
        guard interface.want.isPresent else { return }
        if let vlan = interface.vlan, let span = interface.spans[.vlan] {
            let bridges = draft.bridges(ofVLAN: vlan)
            if bridges.count > 1 {
                problems.error(
                    span, "VLAN \(vlan) has several bridges: \(bridges.map(\.name.text).joined(separator: ", "))",
                    fix: "write the one that is meant: bridge: \(bridges[0].name)", related: bridges.map { ($0.span, "\($0.name) is here") })
            } else if bridges.isEmpty {
                problems.error(
                    span, "no bridge of this file has VLAN \(vlan)", fix: "add it to a trunk: vlans: [\(vlan)], or write the bridge's name: bridge: br0")
            }
        }
        checkTapVLANs(interface)
        guard let bridge = interface.want.settings.bridge, let span = interface.spans[.bridge], let link = draft.links[LinkName(kernel: bridge)]
        else { return }
        if !link.link.isPresent {
            problems.error(span, "\(bridge) is to be absent, and this interface hangs on it", fix: "name another bridge", related: [(link.span, "\(bridge) is here")])
        } else if link.section != .bridges {
            let over = draft.present.first { $0.section == .bridges && ($0.ports ?? []).contains { $0.name == link.name && !$0.isAbsent } }
            problems.error(
                span, "\(bridge) is a \(link.section.noun), and a domain's interface hangs on a bridge",
                fix: over.map { "write the bridge that \(bridge) is a port of: bridge: \($0.name)" } ?? "make \(bridge) a port of a bridge, and write that")
        }
    }

    /// The VLANs of an interface's tap: only a bridge that tells VLANs apart has any, and a VLAN that no other port carries leads nowhere.
    private mutating func checkTapVLANs(_ interface: InterfaceDraft) {
        guard let table = interface.vlans else { return }
        if let vlan = interface.vlan, interface.spans[.vlan] != nil {
            problems.error(
                table.span, "the bridge of VLAN \(vlan) carries that VLAN alone, without tags",
                fix: "leave this out, or name a VLAN-aware bridge instead of 'vlan': bridge: br0")
            return
        }
        guard let bridge = interface.want.settings.bridge.flatMap({ present(LinkName(kernel: $0)) }), bridge.section == .bridges else { return }
        guard bridge.link.options.number(.vlanFiltering) == 1 else {
            let place = bridge.span(of: .vlanFiltering).map { ($0, "it is switched off here") } ?? (bridge.span, "\(bridge.name) is here")
            problems.error(
                table.span, "\(bridge.name) does not tell VLANs apart: every VLAN would reach the interface, whatever this says",
                fix: "write vlan_filtering: true for \(bridge.name)", related: [place])
            return
        }
        let ports = (bridge.ports ?? []).filter { !$0.isAbsent }
        guard !ports.isEmpty, !bridge.hasUnreadablePorts, ports.allSatisfy({ $0.vlans != nil }) else { return }
        let carried = ports.compactMap { $0.vlans?.table } + [bridge.vlans?.table ?? .initial(defaultPVID: bridge.link.defaultPVID)]
        let lost = carried.reduce(table.table) { rest, other in rest.missing(in: other) }
        guard !lost.isEmpty else { return }
        problems.warning(
            table.span, "VLAN \(lost.map { BridgeVLAN.text(of: $0.ids) }.joined(separator: ", ")) is on no port of \(bridge.name) that is listed, nor on \(bridge.name) itself: it leads nowhere but to guests",
            fix: "let it through on the port that leads out", related: [(bridge.span, "\(bridge.name) is here")])
    }
}
