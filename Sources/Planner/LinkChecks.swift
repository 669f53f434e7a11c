internal import HostNetwork

/// What the kernel or the host would not take, found before anything is sent.
extension Draft {
    /// Checks every wanted link against the host.
    mutating func checkWantedLinks() {
        for want in wantedLinks where want.isPresent {
            guard want.kind != .loopback else { continue }
            guard let have = actual[want.name] else {
                if !want.kind.isManaged { refuseMissing(want) }
                continue
            }
            if have.kind == .loopback {
                refuse(.impossible, want.name, "\(want.name) is the loopback link", fix: "leave it out of the file")
            }
        }
        for want in wantedLinks where want.kind == .vlan && want.isPresent { checkVLAN(want) }
        refuseUnknownOptions()
        refuseTakenQueues()
        refuseMissingQueues()
        refuseStrangersAsPrimary()
        refuseShortDelays()
        refuseFollowedMACs()
        refuseTakenNames()
    }

    /// A further name that another link has, and keeps.
    private mutating func refuseTakenNames() {
        guard !request.isRollback, wantedLinks.contains(where: { $0.alternativeNames?.isEmpty == false }) else { return }
        var holders: [String: LinkName] = [:]
        for have in actualLinks where !goes(have.name) {
            holders[have.name.text] = have.name
            for name in wanted[have.name]?.alternativeNames ?? have.alternativeNames ?? [] { holders[name] = have.name }
        }
        for want in wantedLinks where want.isPresent {
            for name in want.alternativeNames ?? [] {
                guard let holder = holders[name], holder != want.name, wanted[holder]?.alternativeNames?.contains(name) != true else { continue }
                refuse(
                    .impossible, want.name, "\(want.name) cannot have the name \(name): \(holder) has it",
                    fix: "leave it out, or write 'altnames' for \(holder) without it")
            }
        }
    }

    /// What the running kernel does not have it would pass over in silence.
    private mutating func refuseUnknownOptions() {
        guard let kernel = actual.kernel, !request.isRollback else { return }
        for want in wantedLinks where want.isPresent {
            for entry in want.options.entries + want.portOptions.entries {
                guard let row = OptionRow.with(id: entry.id), let since = row.since, !actual.knows(row) else { continue }
                refuse(
                    .impossible, want.name, "\(row.name) needs Linux \(since); this is \(kernel.version)",
                    fix: "leave \(row.name) out, or run a newer kernel")
            }
        }
    }

    private mutating func refuseMissing(_ want: Link) {
        let candidates = actualLinks.filter { link in
            link.kind == .nic && wanted[link.name] == nil && link.master == nil && !(link.addresses ?? []).contains { !$0.isKernelMade }
        }
        // Most like it first, and then those with a carrier.
        let ranked = candidates.map { (link: $0, distance: $0.name.text.distance(to: want.name.text)) }.sorted {
            ($0.distance, $0.link.hasCarrier == true ? 0 : 1, $0.link.name) < ($1.distance, $1.link.hasCarrier == true ? 0 : 1, $1.link.name)
        }
        let names = ranked.prefix(8).map(\.link.name.text).joined(separator: ", ")
        if let other = actualLinks.first(where: { $0.alternativeNames?.contains(want.name.text) == true }) {
            return refuse(
                .missingLink, want.name, "\(want.name) is not on this host",
                fix: "it is a further name of \(other.name): write that, or match: {…} under ethernets")
        }
        refuse(
            .missingLink, want.name, "\(want.name) is not on this host",
            fix: candidates.isEmpty
                ? "check the name with `weft show`; no other NIC of this host is free"
                : "check the name; NICs of this host that nobody uses are \(names)")
    }

    private mutating func checkVLAN(_ want: Link) {
        guard let parent = want.parent else { return }
        if let limit = wanted[parent]?.mtu ?? (isMade(parent) ? nil : actual[parent]?.mtu), let mtu = want.mtu, mtu > limit {
            refuse(
                .impossible, want.name, "\(want.name) wants an MTU of \(mtu), and its parent \(parent) has \(limit)",
                fix: "raise \(parent)'s mtu in the file, or lower this one")
        }
        guard isMade(want.name) else { return }
        if let rival = tagHolder(want), !goes(rival), let id = inTheEnd(want.name)?.vlanID {
            refuse(
                .impossible, want.name, "VLAN \(id) on \(parent) exists already, as \(rival)",
                fix: "use the name \(rival) in the file, or remove that link first")
        } else if let twin = namesake(of: want, on: parent) {
            refuse(
                .impossible, want.name, "\(want.name) keeps its id and protocol where the file says nothing of them, and would be the same VLAN on \(parent) as \(twin)",
                fix: "write the `protocol` of \(want.name)")
        }
    }

    /// Another VLAN that the same file wants with the same tag, where that comes of what the file does not say: what it says was checked.
    private func namesake(of want: Link, on parent: LinkName) -> LinkName? {
        guard recreated.contains(want.name), want.options[.vlanProtocol] == nil || want.vlanID == nil, let tag = inTheEnd(want.name).flatMap({ VLANTag($0) }) else { return nil }
        return wantedUppers[parent]?.first { other in other != want.name && inTheEnd(other).flatMap { VLANTag($0) } == tag }
    }
}

extension String {
    /// How many bytes have to be inserted, deleted or changed to make the one of the other.
    fileprivate func distance(to other: String) -> Int {
        let goal = Array(other.utf8)
        var row = Array(0...goal.count)
        for (place, byte) in utf8.enumerated() {
            var diagonal = row[0]
            row[0] = place + 1
            for column in goal.indices {
                let best = Swift.min(row[column] + 1, row[column + 1] + 1, diagonal + (goal[column] == byte ? 0 : 1))
                diagonal = row[column + 1]
                row[column + 1] = best
            }
        }
        return row[goal.count]
    }
}
