internal import HostNetwork

/// Links entering and leaving bonds and bridges.
extension Draft {
    /// Whether a link enters or leaves a bond, and so goes down on the way.
    func changesBond(_ name: LinkName) -> Bool {
        let before = actual[name]?.master
        let after = finalMaster(name)
        guard before != after || before.map({ recreated.contains($0) }) ?? false else { return false }
        return [before, after].contains { $0.flatMap { finalKind($0) ?? actual[$0]?.kind } == .bond }
    }

    /// Whether a link goes down and comes up again by itself when it changes its master.
    private func isCycled(from before: LinkName?, to after: LinkName?) -> Bool {
        [before, after].contains { $0.flatMap { actual[$0]?.kind } == .vrf }
    }

    /// Plans every change of master, and the options of ports that stay. Links that carry addresses go last, so that the time
    /// in which they are deaf holds nothing else.
    mutating func planAttachments() {
        let existing = actualLinks.filter { !goes($0.name) && $0.kind != .loopback }
        for link in existing where !carriesHost(link) { planAttachment(link) }
        for link in existing where carriesHost(link) { planAttachment(link) }
        // Links that this plan makes enter a bond by a step of their own; a bridge they are made into.
        for want in wantedLinks where want.isPresent && isMade(want.name) {
            guard let master = want.master else { continue }
            if finalKind(master) == .bond {
                var actions = [change(want.name) { $0.attachment = .port(of: master) }]
                let options = newPortOptions(want.name, master)
                if !options.isEmpty { actions.append(change(want.name) { $0.portOptions = options }) }
                enter(want.name, master, actions, from: nil, isTaking: false)
            } else if let own = createStep[want.name] {
                enteringSteps[master, default: []].append(own)
            }
        }
    }

    /// Whether the host itself, or links above, use this link directly.
    func carriesHost(_ link: Link) -> Bool {
        let speaks = (link.addresses ?? []).contains { !$0.isKernelMade }
        let routed = (routesByLink[link.name] ?? []).contains { !$0.isKernelMade }
        return (link.isUp ?? false) && (speaks || routed || !(uppersByParent[link.name] ?? []).isEmpty)
    }

    private mutating func planAttachment(_ link: Link) {
        let name = link.name
        let after = finalMaster(name)
        // A master that is made anew has lost its ports.
        let before = link.master.flatMap { recreated.contains($0) ? nil : $0 }
        guard before != after else {
            if after != nil { planPortOptions(link) } else if losesBond(link) { planStranded(link) }
            return
        }
        if let after { planEntering(link, before, after) } else if let before { planLeaving(link, before) }
    }

    private mutating func planEntering(_ link: Link, _ before: LinkName?, _ after: LinkName) {
        let name = link.name
        let leavesBond = leavesBond(name)
        let entersBond = finalKind(after) == .bond
        // Leaving it by a step, or by its deletion.
        let fallsDown = leavesBond || losesBond(link)
        refuseIfTaken(link, after)
        var actions: [Action] = []
        if let before, goesRound(before, after) {
            planParting(link, before)
        } else if before != nil, entersBond || leavesBond {
            actions.append(change(name) { $0.attachment = .free })
        }
        let own = fallsDown ? ownOnLeaving(link, entersBond: entersBond) : (changes: [], actions: [])
        actions += own.actions
        // A bond takes a port only from down; leaving another bond has put it down already.
        if entersBond, link.isUp ?? false, !leavesBond { actions.append(change(name) { $0.isUp = false }) }
        // On the way back it comes with the address that it is to have when it leaves some day.
        if entersBond, request.isRollback, !leavesBond, let mac = wanted[name]?.permanentMAC, mac != link.mac { actions.append(change(name) { $0.mac = mac }) }
        actions.append(change(name) { $0.attachment = .port(of: after) })
        let options = newPortOptions(name, after)
        if !options.isEmpty { actions.append(change(name) { $0.portOptions = options }) }
        let wantsUp = wanted[name]?.isUp ?? link.isUp ?? false
        if entersBond, !wantsUp { actions.append(change(name) { $0.isUp = false }) }
        if !entersBond, fallsDown, wantsUp { actions.append(change(name) { $0.isUp = true }) }
        if entersBond || fallsDown || isCycled(from: before, to: after) { actions += restorations(of: dropped(byDowning: name), addresses: false) }
        enter(name, after, actions, own.changes, from: partingStep[name] == nil ? before : nil, isTaking: carriesHost(link) || before != nil)
    }

    /// Whether a link leaves a bond by a step of this plan.
    func leavesBond(_ name: LinkName) -> Bool {
        guard let bond = actual[name]?.master, actual[bond]?.kind == .bond, !recreated.contains(bond), !goes(name) else { return false }
        return finalMaster(name) != bond
    }

    /// Whether a link is a port of a bond that is deleted to be made anew as something else: it goes down with that.
    private func losesBond(_ link: Link) -> Bool {
        guard let bond = link.master, recreated.contains(bond), !goes(link.name) else { return false }
        return actual[bond]?.kind == .bond && finalKind(bond) != .bond
    }

    /// Plans that a port comes up again whose bond is deleted, and that gets no other master.
    private mutating func planStranded(_ link: Link) {
        let name = link.name
        let isUp = wanted[name]?.isUp ?? link.isUp ?? false
        let own = ownOnLeaving(link, entersBond: false)
        var actions = own.actions
        if isUp { actions.append(change(name) { $0.isUp = true }) }
        actions += restorations(of: dropped(byDowning: name), addresses: false)
        guard !actions.isEmpty else { return }
        let number = graph.add(step(.change, name, own.changes, actions, reason: "it goes down with \(link.master?.text ?? "its bond")"), .takes)
        attachStep[name] = number
        graph.require(link.master.flatMap { deleteStep[$0] }, before: number)
        for upper in wantedUppers[name] ?? [] { graph.require(number, before: createStep[upper]) }
    }

    /// What is set again of a port that has left its bond: the kernel gives it the MTU and the MAC with which it came.
    private func ownOnLeaving(_ have: Link, entersBond: Bool) -> (changes: [FieldChange], actions: [Action]) {
        var changes: [FieldChange] = []
        var own = Link(have.name, kind: have.kind)
        if !entersBond, let mtu = wanted[have.name]?.mtu {
            own.mtu = mtu
            if mtu != have.mtu { changes.append(FieldChange("mtu", old: have.mtu.map { String($0) }, new: String(mtu))) }
        }
        // On a rollback the one with which it came is the right one.
        if !request.isRollback, let mac = wanted[have.name]?.mac {
            own.mac = mac
            if mac != have.mac { changes.append(FieldChange("mac", old: have.mac?.description, new: mac.description)) }
        }
        return (changes, own == Link(have.name, kind: have.kind) ? [] : [.change(own)])
    }

    /// Whether bonds hand all of their ports on to one another in a circle. Each is to get its address again when its last port has
    /// left and before the first enters, so that here no port can leave and enter in one step.
    private func goesRound(_ before: LinkName, _ after: LinkName) -> Bool {
        func isEmptied(_ bond: LinkName) -> Bool {
            guard let have = actual[bond], wanted[bond]?.isPresent == true, !isMade(bond) else { return false }
            return losesItsAddress(have)
        }
        guard isEmptied(before) else { return false }
        var open = [after]
        var seen: Set<LinkName> = []
        while let bond = open.popLast() {
            if bond == before { return true }
            guard seen.insert(bond).inserted, isEmptied(bond) else { continue }
            open += (portsByMaster[bond] ?? []).compactMap { finalMaster($0) }
        }
        return false
    }

    /// Plans that a port leaves its bond by a step of its own, long before it enters the next one.
    private mutating func planParting(_ link: Link, _ before: LinkName) {
        let parting = step(
            .change, link.name, [FieldChange("master", old: before.text, new: nil)], [change(link.name) { $0.attachment = .free }],
            reason: "\(before) and others hand all of their ports on to one another")
        let number = graph.add(parting, .takes)
        graph.require(changeStep[before], before: number)
        partingStep[link.name] = number
    }

    /// One link has one reader of its frames: with a macvlan or ipvlan on it, it can be no port.
    private mutating func refuseIfTaken(_ link: Link, _ master: LinkName) {
        let readers: Set<LinkKind> = [.other("macvlan"), .other("macvtap"), .other("ipvlan"), .other("ipvtap")]
        guard let reader = (uppersByParent[link.name] ?? []).first(where: { actual[$0].map { readers.contains($0.kind) } ?? false }) else { return }
        refuse(
            .impossible, link.name, "\(link.name) cannot become a port of \(master) while \(reader) (\(actual[reader]?.kind.displayName ?? "")) lies on it",
            fix: "put \(reader) on \(master), or remove it")
    }

    private mutating func enter(
        _ name: LinkName, _ master: LinkName, _ actions: [Action], _ own: [FieldChange] = [], from before: LinkName?, isTaking: Bool
    ) {
        var changes = [FieldChange("master", old: before?.text, new: master.text)] + own
        if let scope = finalKind(master)?.portScope { changes += optionChanges(scope, old: OptionValues(), new: newPortOptions(name, master)) }
        let wasUp = actual[name]?.isUp ?? false
        let isUp = wanted[name]?.isUp ?? wasUp
        if wasUp != isUp, changeStep[name] == nil { changes.append(FieldChange("state", old: wasUp ? "up" : "down", new: isUp ? "up" : "down")) }
        let table = tableOnEntering(name, master)
        changes += table.changes
        var actions = actions + table.actions
        if let mtu = wanted[master]?.mtu, finalKind(master) == .bridge, !isMade(master) {
            // The port may have changed it, if nobody ever set it by hand.
            actions.append(change(master) { $0.mtu = mtu })
        }
        let number = graph.add(step(.change, name, changes, actions), isTaking ? .takes : .builds)
        attachStep[name] = number
        enteringSteps[master, default: []].append(number)
        // A guest's tap is its domain's, wherever weft puts it back.
        if let own = actual[name], !own.isOwned, own.kind != .other("tun") { plan.portsPut.append(name) }
        if let former = actual[name]?.master, emptiedMasters.contains(former) { graph.require(changeStep[former], before: number) }
        graph.require(partingStep[name], before: number)
        graph.require(createStep[name], before: number)
        graph.require(changeStep[name], before: number)
        graph.require(createStep[master], before: number)
        graph.require(changeStep[master], before: number)
        // VLANs that are made on the port wait until it is up again.
        for upper in wantedUppers[name] ?? [] { graph.require(number, before: createStep[upper]) }
        if finalKind(master) == .bond, !isTaking {
            // The kernel carries a new port's properties up to each VLAN: a third more work where there are a hundred already.
            for upper in wantedUppers[master] ?? [] { graph.require(number, before: createStep[upper]) }
        }
    }

    private mutating func planLeaving(_ link: Link, _ before: LinkName) {
        let name = link.name
        // A foreign port of a bridge that goes is freed by the deletion itself; a bond's would go down with it.
        if removed.contains(before), isOthers(link), wanted[name]?.attachment == nil, actual[before]?.kind != .bond { return }
        var actions: [Action] = [change(name) { $0.attachment = .free }]
        var changes = [FieldChange("master", old: before.text, new: nil)]
        let isUp = wanted[name]?.isUp ?? link.isUp ?? false
        if actual[before]?.kind == .bond {
            let own = ownOnLeaving(link, entersBond: false)
            changes += own.changes
            actions += own.actions
            if isUp { actions.append(change(name) { $0.isUp = true }) }
        }
        if actual[before]?.kind == .bond || isCycled(from: before, to: nil) { actions += restorations(of: dropped(byDowning: name), addresses: false) }
        if link.isUp ?? false != isUp { changes.append(FieldChange("state", old: isUp ? "down" : "up", new: isUp ? "up" : "down")) }
        let number = graph.add(step(.change, name, changes, actions), .takes)
        attachStep[name] = number
        graph.require(changeStep[before], before: number)
        for upper in wantedUppers[name] ?? [] { graph.require(number, before: createStep[upper]) }
    }
}
