internal import HostNetwork

/// Options of links that exist: which of them change, and what has to be done around them so that the kernel takes them.
extension Draft {
    /// The options that differ from the kernel's, and the strictest rule among them.
    func changedOptions(_ want: Link, _ have: Link) -> (OptionValues, OptionRow.ChangeRule) {
        var changed = OptionValues()
        var rules: OptionRow.ChangeRule = .live
        let mode = want.bondMode ?? have.bondMode
        for entry in want.options.lasting.entries where have.options[entry.id] != entry.value {
            if let row = OptionRow.with(id: entry.id), actual.isTold(have.options[entry.id], of: entry.value, row) { continue }
            // What only a new link can have was refused.
            if OptionRow.with(id: entry.id)?.change.contains(.recreate) == true { continue }
            // Nor can what the spanning tree has put its own in place of; a note says so.
            if have.overriddenOptions.contains(entry.id) { continue }
            guard mode.map({ OptionRow.with(id: entry.id)?.modes.contains($0) != false }) ?? true else { continue }
            if have.options[entry.id] == nil, entry.value == OptionRow.with(id: entry.id)?.untold { continue }
            changed[entry.id] = entry.value.replacing(have.options[entry.id])
            if let row = OptionRow.with(id: entry.id) { rules.formUnion(row.change) }
        }
        if changed[.miimon] != nil {
            // The kernel keeps the delays multiples of miimon, and scales them with it.
            for row in OptionRow.bond where row.isMultipleOfMiimon {
                if let value = want.options[row] { changed[row] = value }
            }
        }
        // Either way of watching ends the other, and miimon ends the checking of answers.
        if changed[.miimon] != nil || changed[.arpInterval] != nil, let value = want.options[.arpValidate],
            mode.map({ OptionRow.arpValidate.modes.contains($0) }) ?? true
        {
            changed[.arpValidate] = value
        }
        changed.removeIdleDelays(miimon: finalMiimon(want, have))
        return (changed, rules)
    }

    /// How often a bond looks at its ports' carriers in the end: ARP monitoring switches that off.
    private func finalMiimon(_ want: Link, _ have: Link) -> Int64? {
        want.options.number(.miimon) ?? (want.options.number(.arpInterval) ?? 0 == 0 ? have.options.number(.miimon) : 0)
    }

    /// What switches a spanning tree off before the delay is set that only a bridge without one takes: in one message the kernel
    /// looks at the delay first.
    func endOfSpanningTree(_ change: Link, _ have: Link) -> [Action] {
        guard have.kind == .bridge, have.options.number(.stpState) ?? 0 != 0, change.options.number(.stpState) == 0,
            let delay = change.options.number(.forwardDelay), delay < OptionRow.leastForwardDelayWithSTP
        else { return [] }
        return [self.change(change.name) { $0.options[.stpState] = .number(0) }]
    }

    /// Refuses a forward delay that a bridge's spanning tree, of which the file says nothing, does not take.
    mutating func refuseShortDelays() {
        guard !request.isRollback else { return }
        for want in wantedLinks where want.isPresent && want.kind == .bridge && want.options[.stpState] == nil && !isMade(want.name) {
            guard let delay = want.options.number(.forwardDelay), delay < OptionRow.leastForwardDelayWithSTP,
                actual[want.name]?.options.number(.stpState) ?? 0 != 0
            else { continue }
            refuse(
                .impossible, want.name, "\(want.name) runs STP, which takes a forward_delay of at least 2 seconds",
                fix: "write 2 or more, or stp_state: false")
        }
    }

    /// Down, change, up; without its ports where the kernel asks for that; and then back in place what the kernel dropped.
    mutating func changeWhileDown(
        _ want: Link, _ have: Link, _ options: OptionValues, _ rules: OptionRow.ChangeRule, mac: MACAddress?
    ) -> [Action] {
        let name = want.name
        let ports = rules.contains(.noPorts) ? (portsByMaster[name] ?? []).filter { !recreated.contains($0) } : []
        let wasUp = have.isUp ?? false
        let goesDown = wasUp && rules.contains(.linkDown)
        if !ports.isEmpty { leavingBonds.insert(name) }
        var actions: [Action] = []
        // A bridge whose address is its ports' has none while they are away, drops its neighbours, and takes no VLANs of its own.
        if have.kind == .bridge, !ports.isEmpty, let mac, mac == have.mac, !mac.isZero { actions.append(change(name) { $0.mac = mac }) }
        actions += ports.map { port in change(port) { $0.attachment = .free } }
        if goesDown { actions.append(change(name) { $0.isUp = false }) }
        // A bond whose last port leaves gets a random address.
        if rules.contains(.noPorts), have.kind == .bond, let mac, !ports.isEmpty || mac != have.mac { actions += settingMAC(mac, of: have) }
        if let mode = options[.mode] {
            // What the new mode does not know can be set back only in the old one.
            var parting = want.options.lasting.known(in: have.bondMode)
            for entry in parting.entries where want.options.known(in: want.bondMode)[entry.id] != nil || have.options[entry.id] == entry.value {
                parting[entry.id] = nil
            }
            if !parting.isEmpty { actions.append(change(name) { $0.options = parting }) }
            // A mode resets other options, so the mode goes first and the rest is said again.
            actions.append(change(name) { $0.options[.mode] = mode })
            var rest = want.options.lasting.known(in: want.bondMode)
            rest[.mode] = nil
            rest.removeIdleDelays(miimon: finalMiimon(want, have))
            if !rest.isEmpty { actions.append(change(name) { $0.options = rest }) }
        } else if !options.isEmpty {
            var change = Link(name, kind: have.kind)
            change.options = options
            actions += endOfSpanningTree(change, have) + [.change(change)]
        }
        if goesDown || !wasUp, want.isUp ?? wasUp { actions.append(change(name) { $0.isUp = true }) }
        for port in ports where finalMaster(port) == name {
            actions.append(change(port) { $0.attachment = .port(of: name) })
            let options = keptPortOptions(port, name)
            if !options.isEmpty { actions.append(change(port) { $0.portOptions = options }) }
            actions += keptTable(port, name)
        }
        // A port that leaves a bond goes down as well.
        let portsDown = have.kind == .bond ? ports.filter { finalMaster($0) == name }.flatMap { dropped(byDowning: $0) } : []
        return actions + restorations(of: (goesDown ? dropped(byDowning: name) : []) + portsDown, addresses: false)
    }
}

extension OptionRow {
    /// Whether the kernel counts the option in steps of miimon.
    var isMultipleOfMiimon: Bool { id == Self.peerNotifyDelay.id || scope == .bond && (name == "updelay" || name == "downdelay") }
}

extension OptionValues {
    /// Drops delays of 0 where there is no miimon: the kernel takes no delay at all then, and has none.
    mutating func removeIdleDelays(miimon: Int64?) {
        guard miimon == 0 else { return }
        for row in OptionRow.bond where row.isMultipleOfMiimon && number(row) == 0 { self[row] = nil }
    }
}

extension OptionValue {
    /// The value as it is sent in place of another: mappings that it lacks are taken away by naming them.
    func replacing(_ old: OptionValue?) -> OptionValue {
        guard case .priorities(let new) = self, case .priorities(let former)? = old else { return self }
        let gone = former.filter { was in !new.contains { $0.from == was.from } }.map { PriorityMapping(from: $0.from, to: 0) }
        return .priorities((new + gone).sorted { $0.from < $1.from })
    }

    /// The value without the mappings that are only there to be taken away.
    var withoutRemovals: OptionValue {
        guard case .priorities(let mappings) = self else { return self }
        return .priorities(mappings.filter { $0.to != 0 })
    }
}
