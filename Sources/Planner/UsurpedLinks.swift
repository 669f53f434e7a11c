internal import HostNetwork

extension PlanRequest {
    /// Links of weft's that a way back is to bring back, and whose names somebody else's links have now. Of the links of before it knows
    /// their names, and weft's mark.
    var usurpedLinks: [LinkName] {
        guard isRollback else { return [] }
        return wanted.sortedLinks.filter { want in
            guard want.kind.isManaged, let group = want.group, Ownership.owns(group: group), let have = actual[want.name] else { return false }
            return !have.isOwned
        }.map(\.name)
    }

    /// The request without these links, without what would lie on them, and without ports and routes for them.
    func without(_ names: [LinkName]) -> PlanRequest {
        guard !names.isEmpty else { return self }
        var gone = Set(names)
        var size = 0
        while gone.count != size {
            size = gone.count
            for link in wanted.links.values where actual[link.name] == nil && link.parent.map({ gone.contains($0) }) ?? false { gone.insert(link.name) }
        }
        var rest = self
        for name in gone {
            rest.wanted.links[name] = nil
            rest.wanted.bridgeVLANs[name] = nil
            rest.wanted.belongings[name] = nil
        }
        for (name, link) in rest.wanted.links where link.master.map({ gone.contains($0) }) ?? false { rest.wanted.links[name]?.attachment = nil }
        rest.wanted.routes.removeAll { !gone.isDisjoint(with: $0.links) }
        return rest
    }
}

extension Draft {
    /// Refuses to take somebody else's links for those that weft made: they stay as they are.
    mutating func refuseReplacing(_ usurped: [LinkName]) {
        for name in usurped {
            refuse(
                .foreign, name, "\(name) is not the link that weft made: somebody else has made it since, and it stays as it is",
                fix: "delete it, or `weft adopt` a file that names it, and go back again")
        }
    }
}
