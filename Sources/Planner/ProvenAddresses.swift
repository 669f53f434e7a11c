internal import HostNetwork

/// IPv6 addresses that move and need not be asked about again. The kernel holds a new one back for a second or two while it asks
/// whether somebody else has it (duplicate address detection). Of one that this host has and is to be heard by the same others, it
/// is known. It is set without the question (`nodad`), and then once more as it is to be, which the kernel takes without asking.
///
/// Where a card's carrier drops on the way (into a bond, out of one) the question is asked, as RFC 4862 would have it for a link
/// that is attached anew; and so it is of what was made anew, of which nobody took care in between.
extension Draft {
    /// The messages that give a link an address.
    func setting(_ address: Address, on name: LinkName, from move: AddressMove?, _ ports: FinalPorts) -> [Action] {
        guard let move, !address.isUnasked, isProven(move, ports) else { return [.addAddress(address, to: name)] }
        var first = address
        first.isUnasked = true
        return [.addAddress(first, to: name), .addAddress(address, to: name)]
    }

    /// Which ports each link has in the end; looked up once for all moves.
    struct FinalPorts {
        fileprivate var byMaster: [LinkName: [LinkName]] = [:]
    }

    /// The ports that masters have in the end, where an IPv6 address moves.
    func finalPorts() -> FinalPorts {
        guard moves.contains(where: { $0.address.network.address.family == .ipv6 }) else { return FinalPorts() }
        var ports = FinalPorts()
        for name in Set(actual.links.keys).union(wanted.links.keys) where willExist(name) {
            if let master = finalMaster(name) { ports.byMaster[master, default: []].append(name) }
        }
        return ports
    }

    private func isProven(_ move: AddressMove, _ ports: FinalPorts) -> Bool {
        guard move.address.network.address.family == .ipv6, !move.address.isTentative, !move.address.isDuplicate,
            let have = actual[move.from], have.isUp == true, have.hasCarrier != false, have.hasIPv6 != false,
            // A VLAN that goes may have to be gone before the other one is there.
            have.kind == .bridge ? !recreated.contains(move.from) : !goes(move.from),
            let held = ground(of: move.from, ports: { portsByMaster[$0] ?? [] }, kind: { actual[$0] }),
            let next = ground(of: move.to, ports: { ports.byMaster[$0] ?? [] }, kind: { inTheEnd($0) })
        else { return false }
        return !next.isEmpty && next.isSubset(of: held)
    }

    /// A link at the foot of a stack, and the VLANs by which the stack stands on it.
    private struct Ground: Hashable {
        let link: LinkName
        let tags: [VLAN]
    }

    private struct VLAN: Hashable {
        let id: OptionValue?
        let protocolNumber: OptionValue?
    }

    /// What a link is heard and spoken to by; `nil` where that is not certain, or does not last through the plan. A bond's cards hear all
    /// the same.
    private func ground(of name: LinkName, tags: [VLAN] = [], depth: Int = 0, ports: (LinkName) -> [LinkName], kind: (LinkName) -> Link?) -> Set<Ground>? {
        guard depth < 8, let link = kind(name), !goesDown(name) else { return nil }
        switch link.kind {
        case .bridge:
            guard link.options.number(.vlanFiltering) ?? 0 == 0 else { return nil }
            var all: Set<Ground> = []
            for port in ports(name) {
                guard let below = ground(of: port, tags: tags, depth: depth + 1, ports: ports, kind: kind) else { return nil }
                all.formUnion(below)
            }
            return all
        case .vlan:
            guard !goes(name), let parent = link.parent else { return nil }
            let tag = VLAN(id: link.options[.vlanID], protocolNumber: link.options[.vlanProtocol] ?? OptionRow.vlanProtocol.kernelDefault)
            return ground(of: parent, tags: tags + [tag], depth: depth + 1, ports: ports, kind: kind)
        case .bond: return isMade(name) || goes(name) ? nil : [Ground(link: name, tags: tags)]
        default: return [Ground(link: name, tags: tags)]
        }
    }

    /// Whether a link is off for a moment, or for good.
    private func goesDown(_ name: LinkName) -> Bool {
        if leavingBonds.contains(name) || emptiedMasters.contains(name) { return true }
        let isBondPort = [actual[name]?.master, finalMaster(name)].contains { $0.flatMap { finalKind($0) ?? actual[$0]?.kind } == .bond }
        if isBondPort, actual[name]?.master != finalMaster(name) { return true }
        return graph.actions(of: changeStep[name]).contains { action in
            if case .change(let link) = action { link.name == name && link.isUp == false } else { false }
        }
    }
}
