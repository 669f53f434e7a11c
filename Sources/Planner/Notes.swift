internal import HostNetwork

/// What a reader of the plan should know besides its steps.
extension Draft {
    /// Names what stays although the file does not list it, and what is left to others.
    mutating func noteWhatStays() {
        guard !request.isRollback else { return }
        noteUnkept()
        for want in wantedLinks where want.isPresent {
            if want.listsPorts, !isMade(want.name) { noteForeignPorts(want.name) }
            if want.kind == .bond { noteSwitch(want) }
            noteSpanningTree(want)
            if want.addresses != nil, !isMade(want.name), let have = actual[want.name] { noteForeignAddresses(want, have) }
            noteDHCP(want)
            noteDroppedOptions(want)
        }
    }

    /// What the switch must be, where that is new: for a bond that is made, gets another mode, or gets its first ports.
    private mutating func noteSwitch(_ want: Link) {
        let have = isMade(want.name) ? nil : actual[want.name]
        guard let mode = want.bondMode ?? have?.bondMode ?? (have == nil ? .balanceRR : nil) else { return }
        let hadPorts = have != nil && !(portsByMaster[want.name] ?? []).isEmpty
        guard !hadPorts || mode != have?.bondMode, !want.portOrder.isEmpty || hadPorts else { return }
        note(want.name, "mode \(mode.rawValue) (\(mode.name)): \(mode.switchRequirement)")
    }

    /// Timers that are the spanning tree's for now: whether they are as the file says shows later.
    private mutating func noteSpanningTree(_ want: Link) {
        guard !isMade(want.name), let have = actual[want.name] else { return }
        let rows = have.overriddenOptions.compactMap { OptionRow.with(id: $0) }.filter { row in
            want.options[row].map { !actual.isTold(have.options[row], of: $0, row) } ?? false
        }
        guard !rows.isEmpty else { return }
        let names = rows.map(\.name).joined(separator: ", ")
        let message = "its spanning tree decides \(names) for now, and what the bridge itself is set to cannot be read: plan again when the tree stands still, or this bridge is its root"
        plan.notes.append(Note(link: want.name, message: message, leavesOpen: true))
    }

    /// What the last file said of a link and this one does not is left as it is: unset means unmanaged.
    private mutating func noteDroppedOptions(_ want: Link) {
        guard let last = request.lastOptions[want.name], !isMade(want.name), let have = actual[want.name] else { return }
        for entry in last.entries where want.options[entry.id] == nil && want.portOptions[entry.id] == nil {
            guard let row = OptionRow.with(id: entry.id), let value = have.options[row] ?? have.portOptions[row],
                value != actual.usualValue(of: row, in: have.bondMode), actual.isTold(value, of: entry.value, row)
            else { continue }
            let reset = row.kernelDefault == nil ? "" : "; `\(row.name): default` takes it back"
            note(want.name, "\(row.name) stays \(row.display(of: entry.value)): the last file set it, and this one does not speak of it\(reset)")
        }
    }

    /// weft starts no DHCP client, and keeps its hands off what one has set.
    private mutating func noteDHCP(_ want: Link) {
        for (family, isWanted) in [(IPAddress.Family.ipv4, want.dhcp4), (.ipv6, want.dhcp6)] where isWanted == true {
            let have = isMade(want.name) ? nil : actual[want.name]
            let leased = (have?.addresses ?? []).filter { $0.network.address.family == family && want.leavesToDHCP($0) && !$0.isKernelMade }
            let names = leased.map(\.network.description).joined(separator: ", ")
            note(
                want.name,
                leased.isEmpty
                    ? "its \(family.rawValue) address is left to the host's own DHCP client: weft starts none"
                    : "\(names) is left to the host's own DHCP client")
        }
    }

    private mutating func noteForeignPorts(_ master: LinkName) {
        let stays = (portsByMaster[master] ?? []).filter { port in
            !request.movedByDomains.contains(port) && !request.domainTaps.contains(port) && actual[port].map { isOthers($0) && wanted[port]?.attachment == nil } ?? false
        }
        guard !stays.isEmpty else { return }
        let one = stays.count == 1
        note(master, "\(stays.map(\.text).joined(separator: ", ")) \(one ? "stays a port" : "stay ports"): weft did not put \(one ? "it" : "them") there")
    }

    private mutating func noteForeignAddresses(_ want: Link, _ have: Link) {
        let stays = (have.addresses ?? []).filter { address in
            !address.isKernelMade && !address.isOwned && !want.leavesToDHCP(address) && !want.excludes(address) && !(want.addresses ?? []).contains { $0.network.address == address.network.address }
                && !moves(address, from: have.name)
        }
        guard !stays.isEmpty else { return }
        note(
            want.name,
            "\(stays.map(\.network.description).joined(separator: ", ")) stays: weft did not set it\(want.addressesAreExclusive ? ", and the file's list says nothing of its family" : " (`addresses_exclusive: true` removes it)")")
    }
}
