internal import HostNetwork

extension Checks {
    mutating func checkVLANs() {
        var byTag: [VLANTag: LinkDraft] = [:]
        for link in draft.present {
            if let tag = link.link.vlanTag { byTag[tag] = link }
            checkMTU(link)
            checkParentIsUp(link)
            checkBinding(link)
        }
        for below in draft.present {
            guard let tag = below.link.vlanTag else { continue }
            // A port gives its tagged frames to its own VLANs before its master sees them, and the master's master.
            let masters = stack.masters(of: tag.parent)
            for master in masters {
                guard let above = byTag[VLANTag(parent: master, id: tag.id, proto: tag.proto)] else { continue }
                let place = master == masters.first ? "is a port of" : "lies below"
                let (later, earlier) = below.span < above.span ? (above, below) : (below, above)
                problems.error(
                    later.span, "\(below.name) takes tag \(tag.id) away from \(above.name): \(tag.parent) \(place) \(master)",
                    fix: "keep the VLAN on \(master), or the one on \(tag.parent)",
                    related: [(earlier.span, "\(earlier.name) is here")])
                // The one above is above all further masters too, and named itself.
                break
            }
        }
    }

    /// The kernel brings a VLAN up only on a parent that is up, unless the two are bound loosely.
    private mutating func checkParentIsUp(_ vlan: LinkDraft) {
        guard let parent = vlan.link.parent.flatMap({ present($0) }), parent.link.isUp == false, let span = parent.spans[.up],
            vlan.link.isUp != false, vlan.link.options.number(.looseBinding) != 1
        else { return }
        problems.error(
            span, "\(parent.name) is down, and \(vlan.name) cannot be up on it",
            fix: "leave `up: false` out here, or write it for \(vlan.name) too", related: [(vlan.span, "\(vlan.name) is here")])
    }

    /// A VLAN that follows its bridge's ports has to lie on a bridge.
    private mutating func checkBinding(_ vlan: LinkDraft) {
        guard vlan.section == .vlans, vlan.link.options.number(.bridgeBinding) == 1, let option = vlan.options[OptionRow.bridgeBinding.id],
            let parent = vlan.link.parent.flatMap({ present($0) }), parent.section != .bridges
        else { return }
        problems.warning(
            option.keySpan, "'\(option.key)' does nothing: \(parent.name), on which \(vlan.name) lies, is no bridge", fix: "leave it out",
            related: [(parent.span, "\(parent.name) is here")])
    }

    private mutating func checkMTU(_ vlan: LinkDraft) {
        guard let mtu = vlan.link.mtu, let parent = vlan.link.parent.flatMap({ present($0) }), let limit = parent.link.mtu, mtu > limit,
            let span = vlan.spans[.mtu], let parentSpan = parent.spans[.mtu]
        else { return }
        // A trunk says its MTU once for all its VLANs.
        let who = vlan.trunk.map { "the VLANs on \($0)" } ?? "\(vlan.name)"
        problems.error(
            span, "the MTU of \(who) is above that of its parent \(parent.name), which is \(limit)",
            fix: "write \(limit) or less, or raise the parent's",
            related: [(parentSpan, "the parent's MTU is set here")])
    }
}
