internal import HostNetwork

extension Checks {
    mutating func checkVLANs() {
        var byTag: [VLANTag: LinkDraft] = [:]
        for link in draft.present {
            if let tag = link.link.vlanTag { byTag[tag] = link }
            checkMTU(link)
        }
        // A link that is a bridge's port gives its tagged frames to its own VLANs, before the bridge sees them.
        for edge in stack.edges where edge.isPort && draft.links[edge.upper]?.section == .bridges {
            for upper in stack.uppers[edge.lower] ?? [] where !upper.isPort {
                guard let below = present(upper.upper), let tag = below.link.vlanTag,
                    let above = byTag[VLANTag(parent: edge.upper, id: tag.id, proto: tag.proto)]
                else { continue }
                let (later, earlier) = below.span < above.span ? (above, below) : (below, above)
                problems.error(
                    later.span, "\(below.name) takes tag \(tag.id) away from \(above.name): \(edge.lower) is a port of \(edge.upper)",
                    fix: "keep the VLAN on the bridge, or the one on its port", related: [(earlier.span, "\(earlier.name) is here")])
            }
        }
    }

    private mutating func checkMTU(_ vlan: LinkDraft) {
        guard let mtu = vlan.link.mtu, let parent = vlan.link.parent.flatMap({ present($0) }), let limit = parent.link.mtu, mtu > limit,
            let span = vlan.spans[.mtu], let parentSpan = parent.spans[.mtu]
        else { return }
        // A trunk says its MTU once for all its VLANs.
        let who = vlan.trunk.map { "the trunk \($0)" } ?? "\(vlan.name)"
        problems.error(
            span, "the MTU of \(who) is above that of its parent \(parent.name), which is \(limit)", fix: "write \(limit) or less, or raise the parent's",
            related: [(parentSpan, "the parent's MTU is set here")])
    }
}
