internal import HostNetwork

/// What goes: weft's links that are no longer wanted, those that must be made anew, and what lies on either.
extension Draft {
    /// Fills `removed` and `recreated`, and refuses where something foreign would go along.
    mutating func findRemovals() {
        for have in actualLinks {
            guard let want = wanted[have.name] else {
                if have.isOwned, isInScope(have.name) { removed.insert(have.name) }
                continue
            }
            if !want.isPresent {
                if have.isOwned { removed.insert(have.name) } else { refuseForeignRemoval(have) }
            } else if want.kind.isManaged {
                if let reason = reasonToRecreate(have, want) { recreate(have, as: want.kind, reason) }
            } else if have.isOwned, !request.isRollback, isInScope(have.name) {
                refuse(
                    .impossible, have.name, "\(have.name) was made by weft for an earlier file; this file uses it without defining it",
                    fix: "define \(have.name) in the file")
            }
        }
        closeUpwards()
        refuseOrphans()
        refuseRobbery()
    }

    private mutating func refuseForeignRemoval(_ have: Link) {
        if have.kind == .nic {
            refuse(.foreign, have.name, "\(have.name) is a NIC, which cannot be removed", fix: "write `up: false` to switch it off")
        } else {
            refuse(
                .foreign, have.name, "\(have.name) is not weft's, so `state: absent` does not remove it",
                fix: "`weft adopt` a file that names it first")
        }
    }

    /// Why an existing link cannot be changed into the wanted one in place; `nil` if it can.
    private func reasonToRecreate(_ have: Link, _ want: Link) -> String? {
        if have.kind != want.kind {
            return "it is a \(have.kind.displayName), and a link's kind cannot change"
        }
        if let parent = want.parent, parent != have.parent {
            return "a VLAN's parent cannot change"
        }
        let row = OptionRow.rows(of: .vlan).first { row in
            row.change.contains(.recreate) && want.options[row].map { $0 != have.options[row] } ?? false
        }
        return want.kind == .vlan ? row.map { "a VLAN's \($0.name) cannot change" } : nil
    }

    private mutating func recreate(_ have: Link, as want: LinkKind, _ reason: String) {
        guard have.isOwned else {
            refuse(
                .foreign, have.name, "\(have.name) would have to be made anew (\(reason)), and it is not weft's",
                fix: have.kind == want ? "`weft adopt` it first, or give the file's link another name" : "give the file's link another name")
            return
        }
        recreated.insert(have.name)
        recreationRoots.insert(have.name)
        recreationReasons[have.name] = reason
    }

    /// The kernel deletes every upper along with a link. Weft's own uppers go, or come back; foreign ones forbid it.
    private mutating func closeUpwards() {
        var open = (removed.union(recreated)).sorted()
        while let lower = open.popLast() {
            for name in uppersByParent[lower] ?? [] where !goes(name) {
                guard let upper = actual[name] else { continue }
                if upper.isOwned, let want = wanted[name], want.isPresent, want.kind.isManaged, willExist(lower) || want.parent != lower {
                    recreated.insert(name)
                    recreationReasons[name] = "\(lower) is \(recreated.contains(lower) ? "made anew" : "deleted")"
                } else if request.takeAlong.contains(name) {
                    removed.insert(name)
                } else if upper.isOwned, isInScope(name) {
                    removed.insert(name)
                } else {
                    refuse(
                        .foreignUpper, name,
                        "\(name) (\(upper.kind.displayName)) lies on \(lower) and would be deleted with it; it is not \(upper.isOwned ? "in this file" : "weft's")",
                        fix: "remove \(name) yourself, or give --take-along \(name)", origin: wanted[lower]?.origin)
                    continue
                }
                open.append(name)
            }
        }
    }

    /// A bridge with ports that weft did not put there, such as a guest's tap, is not taken away unasked.
    private mutating func refuseOrphans() {
        guard !request.mayCutOff else { return }
        for master in removed.union(recreated).sorted() {
            let orphans = (portsByMaster[master] ?? []).filter { name in
                let wanted = wanted[name]?.attachment
                // A checkpoint says of every link where it is, or was.
                let staysWithout = request.isRollback ? wanted?.master.map { removed.contains($0) } ?? true : wanted == nil
                return !goes(name) && staysWithout && !request.movedByDomains.contains(name) && actual[name].map { isOthers($0) } ?? false
            }
            guard !orphans.isEmpty else { continue }
            let names = orphans.map(\.text).joined(separator: ", ")
            refuse(
                .outage, master, "\(names) would lose \(orphans.count == 1 ? "its" : "their") master \(master), and weft did not put \(orphans.count == 1 ? "it" : "them") there",
                fix: "move \(orphans.count == 1 ? "it" : "them") first, or give --allow-outage")
        }
    }

    /// A port is not taken unasked from a foreign master that the file does not name, where the host or others live on it.
    private mutating func refuseRobbery() {
        guard !request.mayCutOff else { return }
        for have in actualLinks {
            guard let before = have.master, let master = actual[before], !master.isOwned, wanted[before] == nil,
                let after = wanted[have.name]?.attachment, after != have.attachment
            else { continue }
            let addresses = (master.addresses ?? []).filter { !$0.isKernelMade }.map(\.network.description)
            let others = (portsByMaster[before] ?? []).filter { $0 != have.name && wanted[$0]?.attachment == nil }.map(\.text)
            let users = (addresses.isEmpty ? [] : ["the host's \(addresses.joined(separator: ", "))"]) + others
            guard !users.isEmpty else { continue }
            refuse(
                .outage, have.name, "\(have.name) is a port of \(before), which is not weft's and carries \(users.joined(separator: ", "))",
                fix: "name \(before) in the file, or give --allow-outage")
        }
    }

    /// One step that deletes all that goes for good, or two where bonds fall empty. What must go before something can be made goes
    /// earlier, by itself.
    mutating func planDeletions() {
        // A tag that another link takes over is free only once its holder is gone.
        var heirs: [LinkName: LinkName] = [:]
        for want in wantedLinks where isMade(want.name) {
            if let holder = tagHolder(want), removed.contains(holder) { heirs[holder] = want.name }
        }
        // A tag that its holder gives up in being made anew.
        for want in wantedLinks where isMade(want.name) {
            if let holder = tagHolder(want), recreated.contains(holder) {
                graph.require(deleteStep[holder], before: createStep[want.name])
            }
        }
        let early = withRemovedUppers(Set(heirs.keys))
        // The kernel takes along what lies on a link that is made anew.
        let lower = recreated.sorted().filter { (uppersByParent[$0] ?? []).contains { removed.contains($0) } }
        let above = withRemovedUppers(Set(lower.flatMap { uppersByParent[$0] ?? [] }).intersection(removed)).subtracting(early)
        planDeletion(of: above.sorted(), .takes, reason: "\(lower.map(\.text).joined(separator: ", ")) below \(lower.count == 1 ? "is" : "are") made anew")
        planDeletion(of: early.sorted(), .takes, reason: "\(Set(heirs.values).sorted().map(\.text).joined(separator: ", ")) \(heirs.count == 1 ? "takes over its tag" : "take over their tags")")
        for (name, heir) in heirs.sorted(by: { $0.key < $1.key }) { graph.require(deleteStep[name], before: createStep[heir]) }
        let rest = removed.subtracting(early).subtracting(above)
        let (bonds, load) = bondsThatFallEmpty(among: rest)
        planDeletion(of: load.sorted(), .clears, reason: nil)
        planDeletion(of: rest.subtracting(load).sorted(), .clears, reason: nil)
        for bond in bonds {
            for port in portsByMaster[bond] ?? [] { graph.require(load.first.flatMap { deleteStep[$0] }, before: attachStep[port]) }
        }
        for name in lower {
            for upper in uppersByParent[name] ?? [] { graph.require(deleteStep[upper], before: deleteStep[name]) }
        }
    }

    /// Bonds that go and whose ports stay, with all that goes and lies on them: that is deleted before the ports leave, for the kernel
    /// tells each VLAN of a bond of each port that leaves it. Not where anybody waits for the ports or for an address: deleting a
    /// thousand links takes its time.
    private func bondsThatFallEmpty(among names: Set<LinkName>) -> (bonds: Set<LinkName>, load: Set<LinkName>) {
        let bonds = names.filter { name in
            guard actual[name]?.kind == .bond, let ports = portsByMaster[name] else { return false }
            return ports.contains { attachStep[$0] != nil } && ports.allSatisfy { goes($0) || isIdle($0) }
        }
        let uppers = withRemovedUppers(Set(bonds.flatMap { uppersByParent[$0] ?? [] }).intersection(names))
        let load = withRemovedUppers(uppers.union(uppers.compactMap { actual[$0]?.master }.filter { names.contains($0) && !bonds.contains($0) })).intersection(names)
        guard !load.isEmpty, moves.allSatisfy({ !load.contains($0.from) }) else { return ([], []) }
        return (bonds, load)
    }

    /// Whether nothing is wanted of a link.
    private func isIdle(_ name: LinkName) -> Bool {
        finalMaster(name) == nil && (wantedUppers[name] ?? []).isEmpty && (movesTo[name] ?? []).isEmpty && (wanted[name]?.addresses ?? []).isEmpty
    }

    /// Links and what lies on them, as far as it goes for good.
    private func withRemovedUppers(_ names: Set<LinkName>) -> Set<LinkName> {
        var all = names
        var open = Array(names)
        while let lower = open.popLast() {
            for upper in uppersByParent[lower] ?? [] where removed.contains(upper) && all.insert(upper).inserted { open.append(upper) }
        }
        return all
    }

    /// What lies on a link before the link: so that a part of a long deletion takes nothing of a later part along.
    private func uppersFirst(_ names: [LinkName]) -> [LinkName] {
        let all = Set(names)
        var depths: [LinkName: Int] = [:]
        func depth(_ name: LinkName) -> Int {
            if let known = depths[name] { return known }
            depths[name] = 0
            let below = actual[name]?.parent.map { all.contains($0) ? depth($0) + 1 : 0 } ?? 0
            depths[name] = below
            return below
        }
        return names.map { (depth($0), $0) }.sorted { ($1.0, $0.1) < ($0.0, $1.1) }.map(\.1)
    }

    private mutating func planDeletion(of names: [LinkName], _ character: StepGraph.Character, reason: String?) {
        guard let first = names.first else { return }
        var deletion = step(.delete, first, [], [.delete(uppersFirst(names))], reason: reason)
        deletion.subjects = names
        deletion.kind = actual[first]?.kind ?? .nic
        deletion.origin = nil
        let number = graph.add(deletion, character)
        for name in names {
            deleteStep[name] = number
            if let master = actual[name]?.master, emptiedMasters.contains(master) { graph.require(changeStep[master], before: number) }
            for port in portsByMaster[name] ?? [] { graph.require(attachStep[port], before: number) }
            // What is made anew leaves the link below by itself, before that takes it along.
            for upper in uppersByParent[name] ?? [] where recreated.contains(upper) { graph.require(deleteStep[upper], before: number) }
        }
        guard character == .clears else { return }
        // A table that loses its routes with their links is no longer looked into.
        graph.require(ruleRemovalStep, before: number)
        // Whoever takes over an address stands first.
        for move in moves where removed.contains(move.from) {
            graph.require(addressStep[move.to], before: number)
            graph.require(routeStep[move.to], before: number)
        }
    }

    /// The other link that has a wanted VLAN's tag now.
    func tagHolder(_ want: Link) -> LinkName? {
        if actualVLANs.isEmpty { return nil }
        return inTheEnd(want.name).flatMap { VLANTag($0) }.flatMap { actualVLANs[$0] }.flatMap { $0 == want.name ? nil : $0 }
    }
}
