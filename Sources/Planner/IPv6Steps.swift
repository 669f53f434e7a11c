internal import HostNetwork

/// Whether and how links have IPv6, and their further names: what the kernel takes only for a link that exists.
extension Draft {
    // MARK: New links

    /// What a new link is given before it comes up, in a message after the one that makes it; `nil` where there is nothing.
    ///
    /// What a new link has anyway needs no saying, unless the file says it.
    func lateFields(_ want: Link, _ former: Link?) -> Link? {
        var hasIPv6 = want.hasIPv6 ?? (needsIPv6(want) ? true : former?.hasIPv6)
        var mode = want.addressGeneration ?? former?.addressGeneration
        if want.hasIPv6 == nil || request.isRollback, hasIPv6 == true { hasIPv6 = nil }
        if want.addressGeneration == nil || request.isRollback, mode == .eui64 { mode = nil }
        // A secret is not brought along.
        if want.addressGeneration == nil, mode == .stableSecret { mode = nil }
        guard hasIPv6 != nil || mode != nil else { return nil }
        var late = Link(want.name, kind: want.kind)
        late.hasIPv6 = hasIPv6
        late.addressGeneration = mode
        return late
    }

    /// Whether a link is given IPv6 addresses, which takes IPv6 on it, whoever has switched that off: as one with addresses is up.
    func needsIPv6(_ want: Link) -> Bool {
        !request.isRollback && want.addresses?.contains { $0.network.address.family == .ipv6 } == true
    }

    /// The same in the words of the file.
    func lateChanges(_ late: Link?, _ want: Link, _ former: Link?) -> [FieldChange] {
        var changes: [FieldChange] = []
        if let hasIPv6 = late?.hasIPv6, hasIPv6 != former?.hasIPv6 { changes.append(FieldChange("ipv6", old: former?.hasIPv6.map { String($0) }, new: String(hasIPv6))) }
        if let mode = late?.addressGeneration, mode != former?.addressGeneration {
            changes.append(FieldChange("addr_gen_mode", old: former?.addressGeneration?.name, new: mode.name))
        }
        let names = want.alternativeNames ?? former?.alternativeNames ?? []
        if !names.isEmpty, names != former?.alternativeNames { changes.append(FieldChange("altnames", new: names.joined(separator: ", "))) }
        return changes
    }

    /// A new link's further names; those that it had before it was made anew come back.
    func namesOfNew(_ want: Link, _ former: Link?) -> [Action] {
        (want.alternativeNames ?? former?.alternativeNames ?? []).map { .addName($0, to: want.name) }
    }

    // MARK: Links that exist

    /// Plans further names: a list that is written is complete. A name that moves leaves its link before the other gets it.
    mutating func planNames() {
        var takers: [String: Int] = [:]
        var givers: [String: Int] = [:]
        for want in wantedLinks where want.isPresent && !isMade(want.name) {
            guard let names = want.alternativeNames, let have = actual[want.name]?.alternativeNames else { continue }
            let new = names.filter { !have.contains($0) }
            let gone = have.filter { !names.contains($0) }
            if !gone.isEmpty {
                let step = step(.change, want.name, gone.map { FieldChange("altname", old: $0, new: nil) }, gone.map { .removeName($0, from: want.name) })
                let number = graph.add(step, .takes)
                for name in gone { givers[name] = number }
                if actual[want.name]?.kind.isManaged == false, !request.isRollback {
                    note(want.name, "\(gone.joined(separator: ", ")) \(gone.count == 1 ? "is no longer a name" : "are no longer names") of it: udev may have given \(gone.count == 1 ? "it" : "them")")
                }
            }
            if !new.isEmpty {
                let step = step(.change, want.name, new.map { FieldChange("altname", new: $0) }, new.map { .addName($0, to: want.name) })
                let number = graph.add(step, .builds)
                graph.require(changeStep[want.name], before: number)
                for name in new { takers[name] = number }
            }
        }
        for (name, giver) in givers { graph.require(giver, before: takers[name]) }
        for want in wantedLinks where want.isPresent && isMade(want.name) {
            for name in (want.alternativeNames ?? []) + [want.name.text] { graph.require(givers[name], before: createStep[want.name]) }
        }
        // A link's own name is free once it is gone.
        for name in removed {
            graph.require(deleteStep[name], before: takers[name.text])
            for want in wantedLinks where isMade(want.name) && want.alternativeNames?.contains(name.text) == true {
                graph.require(deleteStep[name], before: createStep[want.name])
            }
        }
    }

    /// Plans switching IPv6 off: after every address that moves away has its new home, for the kernel drops all at once.
    mutating func planIPv6Off() {
        for want in wantedLinks where want.isPresent && want.hasIPv6 == false && !isMade(want.name) {
            guard let have = actual[want.name], have.hasIPv6 == true || getsIPv6Back(have) else { continue }
            let addresses = (have.addresses ?? []).filter { $0.network.address.family == .ipv6 }
            let hosts = addresses.filter { address in
                !address.isKernelMade && !moves(address, from: want.name) && !(address.isOwned && isInScope(want.name))
            }
            if !request.isRollback {
                if !hosts.isEmpty, !request.allowsOutage {
                    refuse(
                        .outage, want.name,
                        "\(want.name) has the host's \(hosts.map(\.network.description).joined(separator: ", ")), which would go with IPv6",
                        fix: "leave `ipv6: false` out, or give --allow-outage")
                }
                let gone = addresses.filter { !moves($0, from: want.name) }.map(\.network.description)
                if !gone.isEmpty { note(want.name, "IPv6 is switched off, and \(gone.joined(separator: ", ")) \(gone.count == 1 ? "goes" : "go") with it") }
            }
            let number = graph.add(
                step(.change, want.name, [FieldChange("ipv6", old: "true", new: "false")], [change(want.name) { $0.hasIPv6 = false }]), .takes)
            for first in [changeStep[want.name], attachStep[want.name], addressStep[want.name], removalStep[want.name], routeStep[want.name]] {
                graph.require(first, before: number)
            }
            graph.require(have.master.flatMap { changeStep[$0] }, before: number)
            for move in moves where move.from == want.name {
                graph.require(addressStep[move.to], before: number)
                graph.require(routeStep[move.to], before: number)
            }
        }
    }

    /// Whether a port has no IPv6 for its bond's small MTU, and gets it with a larger one, as the kernel's default has it.
    private func getsIPv6Back(_ have: Link) -> Bool {
        guard let bond = have.master, actual[bond]?.kind == .bond, finalMaster(have.name) == bond, let mtu = wanted[bond]?.mtu else { return false }
        return mtu >= 1280 && actual[bond]?.mtu ?? 1280 < 1280
    }
}
