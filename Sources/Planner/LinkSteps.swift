internal import HostNetwork

/// Making links, and changing those that exist.
extension Draft {
    /// Plans every wanted link's own fields and options. Its place in a master, its addresses and routes come afterwards.
    mutating func planLinks() {
        let order = wantedLinks.filter { $0.isPresent }
        for want in order where want.kind.isManaged && isMade(want.name) { planCreation(want) }
        for want in order where !isMade(want.name) {
            guard let have = actual[want.name], have.kind != .loopback, have.kind == want.kind || !want.kind.isManaged else { continue }
            planChange(want, have)
        }
        for want in order {
            guard let own = createStep[want.name] else { continue }
            if let parent = want.parent {
                graph.require(createStep[parent], before: own)
                graph.require(changeStep[parent], before: own)
            }
            if let master = want.master {
                graph.require(createStep[master], before: own)
                if emptiedMasters.contains(master) { graph.require(changeStep[master], before: own) }
            }
        }
        for master in emptiedMasters {
            for port in portsByMaster[master] ?? [] where recreated.contains(port) { graph.require(deleteStep[port], before: changeStep[master]) }
        }
        orderMTUs()
    }

    // MARK: Creation

    private mutating func planCreation(_ want: Link) {
        let former = recreated.contains(want.name) ? actual[want.name] : nil
        var link = Link(want.name, kind: want.kind)
        link.parent = want.parent ?? former?.parent
        link.isUp = want.isUp
        link.mtu = want.mtu
        link.txQueueLength = want.txQueueLength
        link.transmitQueues = queuesOfNew(want, former)
        link.alias = want.alias
        link.group = want.group ?? Ownership.group
        link.options = want.options.lasting
        if let former, former.kind == want.kind { keep(of: former, in: &link) }
        // A checkpoint says every option. A new link has the defaults, and the kernel refuses some of them by name.
        if request.isRollback {
            link.options = link.options.known(in: link.bondMode)
            link.options.removeDefaults(in: link.bondMode)
        }
        // Without miimon there is no delay, and the kernel refuses even to be told so.
        if link.kind == .bond { link.options.removeIdleDelays(miimon: link.options.number(.miimon) ?? 0) }
        link.mac = want.mac ?? pinnedMAC(want)
        // A bond takes a port only while it is down, so entering one is a step of its own.
        if let master = want.master, finalKind(master) == .bridge {
            link.attachment = want.attachment
            link.portOptions = want.portOptions
        }
        if want.master.flatMap({ finalKind($0) }) == .bond { link.isUp = nil }

        let fields = lateFields(want, former)
        let settings = former != nil || request.isRollback ? settings(ofNew: want.name) : []
        let comesUpLater = (fields != nil || !settings.isEmpty) && link.isUp == true
        if comesUpLater { link.isUp = nil }
        var actions: [Action] = []
        if want.kind == .bridge, let mtu = link.mtu, !request.isRollback || mtu != mtuByPorts(want.name) {
            // A bridge's MTU follows its ports' until somebody changes it: so it is made with another one, and changed.
            link.mtu = mtu > 1000 ? mtu - 1 : mtu + 1
            actions = [.create(link), change(want.name) { $0.mtu = mtu }]
            link.mtu = mtu
        } else {
            actions = [.create(link)]
        }
        actions += settings
        if comesUpLater { link.isUp = true }
        if var late = fields {
            late.isUp = comesUpLater ? true : nil
            actions.append(.change(late))
        } else if comesUpLater {
            actions.append(change(want.name) { $0.isUp = true })
        }
        actions += namesOfNew(want, former)
        let entering = link.master.map { tableOnEntering(want.name, $0) } ?? (changes: [], actions: [])
        let own = tableOfNewBridge(link)
        actions += entering.actions + own.actions
        if let former {
            actions += restorations(of: [former.name], addresses: true)
        } else if request.isRollback {
            actions += belongings(of: [want.name], isRemade: true)
        }
        let reason = former.map { recreationReasons[$0.name] ?? "\($0.parent?.text ?? "the link below it") is made anew" }
        let changes = creationChanges(link, from: former) + lateChanges(fields, want, former) + entering.changes + own.changes
        let creation = step(.create, want.name, changes, actions, reason: reason, isRecreation: former != nil)
        let number = graph.add(creation, .builds)
        createStep[want.name] = number
        if let former {
            var deletion = step(.delete, former.name, [], [.delete([former.name])], reason: recreationReasons[former.name], isRecreation: true)
            deletion.kind = former.kind
            let gone = graph.add(deletion, .takes)
            graph.require(gone, before: number)
            deleteStep[former.name] = gone
            // Its uppers go first, or the kernel takes them along; a new parent stands before its VLANs.
            for upper in uppersByParent[former.name] ?? [] { graph.require(deleteStep[upper], before: gone) }
            if let parent = former.parent { graph.require(gone, before: deleteStep[parent]) }
        }
    }

    /// A link made anew keeps what the file does not say.
    private func keep(of former: Link, in link: inout Link) {
        link.isUp = link.isUp ?? former.isUp
        // A VLAN's can be no larger than that of the link below, which may be another now.
        let limit = link.kind == .vlan ? link.parent.flatMap { finalMTU($0) } : nil
        link.mtu = link.mtu ?? former.mtu.map { min($0, limit ?? $0) }
        link.txQueueLength = link.txQueueLength ?? former.txQueueLength
        link.alias = link.alias ?? former.alias
        for entry in former.options.lasting.entries where link.options[entry.id] == nil { link.options[entry.id] = entry.value }
    }

    /// A new bridge or bond gets the MAC of its first port at once: then it flips neither when ports come and go, nor by udev.
    private func pinnedMAC(_ want: Link, depth: Int = 0) -> MACAddress? {
        guard want.kind.isMaster, depth < 8 else { return nil }
        if recreated.contains(want.name), let mac = actual[want.name]?.mac { return mac }
        for port in want.portOrder {
            if let mac = macOfPort(port, depth: depth) { return mac }
        }
        return nil
    }

    /// The address that a link has in the end, as far as it can be foreseen.
    private func macOfPort(_ port: LinkName, depth: Int) -> MACAddress? {
        // Each VLAN of a trunk asks for the one parent's.
        if let known = portMACs.known[port] { return known }
        let mac = foreseenMAC(ofPort: port, depth: depth)
        portMACs.known[port] = .some(mac)
        return mac
    }

    private func foreseenMAC(ofPort port: LinkName, depth: Int) -> MACAddress? {
        let want = wanted[port]
        if let mac = want?.mac { return mac }
        if let want, want.kind == .vlan, depth < 8, let parent = want.parent {
            // A VLAN has its parent's address, and follows it, unless it was given one.
            let inherits = isMade(port) || actual[port]?.mac == actual[parent]?.mac
            if inherits { return macOfPort(parent, depth: depth + 1) }
        }
        if let want, isMade(port) { return pinnedMAC(want, depth: depth + 1) }
        guard let have = actual[port] else { return nil }
        if let want, hasBorrowedMAC(want, have) { return replacementMAC(want, have, depth: depth + 1) }
        // Whichever port is active then, the first one's is that of a NIC below.
        if let want, willFollowActivePort(want, have), let mac = pinnedMAC(want, depth: depth + 1) { return mac }
        return have.permanentMAC ?? have.mac
    }

    /// The address that an existing link is to have; `nil` where it is left to what it has.
    func finalMAC(_ want: Link, _ have: Link) -> MACAddress? {
        want.mac ?? (hasBorrowedMAC(want, have) || lacksMAC(want, have) ? replacementMAC(want, have) : nil)
    }

    /// Whether a bridge that all its ports have left, and their address with them, is to have other VLANs of its own: without an
    /// address it takes none (`fdb_add_local()`).
    private func lacksMAC(_ want: Link, _ have: Link) -> Bool {
        guard have.kind == .bridge, have.mac?.isZero == true else { return false }
        let table = actual.bridgeVLANs[want.name]
        return (wanted.bridgeVLANs[want.name] ?? table) != table || finalDefaultPVID(want.name) != have.defaultPVID
    }

    /// What takes the place of a borrowed address: the first port's, or where there is no port, one of the link's own that
    /// is the same whenever it is asked for. The kernel would take a random one, which no plan can foresee.
    private func replacementMAC(_ want: Link, _ have: Link, depth: Int = 0) -> MACAddress? {
        pinnedMAC(want, depth: depth) ?? have.mac.map { $0.locallyAdministered(for: want.name) }
    }

    /// Whether a bond or bridge of weft's has an address that was pinned to a NIC which is no longer below it: two links with
    /// one address would steal each other's frames.
    private func hasBorrowedMAC(_ want: Link, _ have: Link) -> Bool {
        guard want.kind.isMaster, have.isOwned, !request.isRollback, let mac = have.mac, let owners = nicsByMAC[mac] else { return false }
        // One that has its active port's takes the next one's by itself.
        return !willFollowActivePort(want, have) && !owners.contains { lies(want.name, on: $0) }
    }

    private func willFollowActivePort(_ want: Link, _ have: Link) -> Bool {
        guard have.kind == .bond else { return false }
        var final = have
        final.options.take(want.options)
        return final.hasMACOfActivePort
    }

    /// Whether a link has another one below it in the end, directly or not.
    private func lies(_ name: LinkName, on bottom: LinkName, depth: Int = 0) -> Bool {
        // The kernel stacks no deeper (`MAX_NEST_DEV`).
        guard depth <= 8 else { return false }
        let want = wanted[name]
        func isFound(_ lower: LinkName) -> Bool { lower == bottom || lies(lower, on: bottom, depth: depth + 1) }
        if want?.portOrder.contains(where: isFound) == true { return true }
        if portsByMaster[name]?.contains(where: { finalMaster($0) == name && isFound($0) }) == true { return true }
        return (want?.parent ?? actual[name]?.parent).map(isFound) ?? false
    }

    /// What a new link gets; of one that is made anew, what is different afterwards.
    private func creationChanges(_ link: Link, from former: Link?) -> [FieldChange] {
        guard let former, former.kind == link.kind else { return creationChanges(link) }
        let old = Dictionary(creationChanges(former).map { ($0.field, $0.new) }) { first, _ in first }
        return creationChanges(link).compactMap { change in
            guard let was = old[change.field] else { return change }
            return was == change.new ? nil : FieldChange(change.field, old: was, new: change.new)
        }
    }

    private func creationChanges(_ link: Link) -> [FieldChange] {
        var changes: [FieldChange] = []
        func say(_ field: String, _ value: String?) {
            if let value { changes.append(FieldChange(field, new: value)) }
        }
        say("parent", link.parent?.text)
        if let scope = link.kind.optionScope { changes += optionChanges(scope, old: OptionValues(), new: link.options) }
        say("mac", link.mac?.description)
        say("mtu", link.mtu.map { String($0) })
        say("numtxqueues", link.transmitQueues.flatMap { $0 == Link.usualTransmitQueues ? nil : String($0) })
        say("txqueuelen", link.txQueueLength.map { String($0) })
        say("description", link.alias.flatMap { $0.isEmpty ? nil : $0 })
        say("master", link.master?.text)
        if let scope = link.portOptions.entries.first.flatMap({ OptionRow.scope(of: $0.id) }) {
            changes += optionChanges(scope, old: OptionValues(), new: link.portOptions)
        }
        say("state", (link.isUp ?? false) ? "up" : "down")
        return changes
    }

    /// The options that differ, in the table's order and the file's spelling.
    func optionChanges(_ scope: OptionRow.Scope, old: OptionValues, new: OptionValues) -> [FieldChange] {
        guard !new.isEmpty else { return [] }
        return OptionRow.rows(of: scope).compactMap { row in
            guard let value = new[row]?.withoutRemovals, value != old[row] else { return nil }
            // An empty list or map is none.
            func display(_ value: OptionValue?) -> String? { value.flatMap { row.text(of: $0).isEmpty ? nil : row.display(of: $0) } }
            return FieldChange(row.name, old: display(old[row]), new: display(value))
        }
    }

    // MARK: Change

    private mutating func planChange(_ want: Link, _ have: Link) {
        var live = Link(want.name, kind: have.kind)
        var changes: [FieldChange] = []
        var takes = false
        // What leaves a bond is given its own again by the step with which it does.
        let leavesBond = leavesBond(want.name)
        if let mtu = want.mtu, mtu != have.mtu, !leavesBond, !getsMTU(mtu, of: have) {
            live.mtu = mtu
            takes = mtu < have.mtu ?? 0
            changes.append(FieldChange("mtu", old: have.mtu.map { String($0) }, new: String(mtu)))
            if takes { noteSilentClamps(want.name, mtu) }
        }
        var reason: String?
        var heldMAC: MACAddress?
        var isSpread = false
        if let mac = finalMAC(want, have), mac != have.mac, !losesItsAddress(have), !getsMACBack(have), !followsPort(have), !(leavesBond && want.mac != nil) {
            let spreads = have.givesPortsItsMAC && (portsByMaster[want.name] ?? []).count { finalMaster($0) == want.name } > 1
            if have.passesOverMAC || spreads { heldMAC = mac } else { live.mac = mac }
            isSpread = spreads
            changes.append(FieldChange("mac", old: have.mac?.description, new: mac.description))
            if want.mac == nil {
                reason = have.mac?.isZero == true
                    ? "without an address it takes no VLANs of its own" : "the address that it has is that of a NIC which is no longer below it"
            }
        }
        if let length = want.txQueueLength, length != have.txQueueLength {
            live.txQueueLength = length
            changes.append(FieldChange("txqueuelen", old: have.txQueueLength.map { String($0) }, new: String(length)))
        }
        if let alias = want.alias, alias != have.alias ?? "" {
            live.alias = alias
            changes.append(FieldChange("description", old: have.alias, new: alias))
        }
        // Where IPv6 is off the mode has no effect, but whoever switches it on again finds it as it was.
        let hasMode = request.isRollback ? have.addressGeneration != nil : want.hasIPv6 ?? (needsIPv6(want) || have.hasIPv6 != false || have.addressGeneration != nil)
        if let mode = want.addressGeneration, mode != have.addressGeneration, hasMode {
            live.addressGeneration = mode
            changes.append(FieldChange("addr_gen_mode", old: have.addressGeneration?.name, new: mode.name))
        }
        // Below 1280 bytes there is no IPv6, and it comes back with its usual settings.
        if want.hasIPv6 == false, let mtu = live.mtu, mtu >= 1280, have.mtu ?? 0 < 1280 { live.hasIPv6 = false }
        if want.hasIPv6 ?? needsIPv6(want), have.hasIPv6 == false, want.mtu ?? have.mtu ?? 1280 >= 1280 {
            live.hasIPv6 = true
            changes.append(FieldChange("ipv6", old: "false", new: "true"))
        }
        if let group = want.group, group != have.group {
            live.group = group
            changes.append(FieldChange("group", old: have.group.map { String($0) }, new: String(group)))
        }
        // A port's state changes with its place in a bond, see the attachments.
        if let isUp = want.isUp, isUp != have.isUp, !changesBond(want.name) {
            live.isUp = isUp
            takes = takes || !isUp
            if !isUp { refuseSwitchingOff(have) }
            changes.append(FieldChange("state", old: have.isUp ?? false ? "up" : "down", new: isUp ? "up" : "down"))
        }
        var (options, rules) = changedOptions(want, have)
        if heldMAC != nil { rules.insert(.noPorts) }
        if waitsToFilter(want, have) { for row in Self.optionsOfFiltering { options[row] = nil } }
        if let scope = have.kind.optionScope { changes += optionChanges(scope, old: have.options, new: options) }
        guard !changes.isEmpty else { return }

        var actions: [Action] = []
        if rules.isEmpty {
            live.options = options
            options = OptionValues()
        }
        let newMAC = live.mac
        // The kernel takes the options only before the link is switched on.
        let isHeld = !options.isEmpty || heldMAC != nil
        if isHeld, live.isUp == true { live.isUp = nil }
        actions += endOfSpanningTree(live, have)
        // Of one message the kernel takes the options before the address, without which it does not take them.
        if lacksMAC(want, have), let mac = live.mac {
            actions.append(change(want.name) { $0.mac = mac })
            live.mac = nil
        }
        if live != Link(want.name, kind: have.kind) { actions.append(.change(live)) }
        if live.isUp == false { actions += addressesAgain(on: have) }
        if isHeld {
            takes = true
            let conditions = [rules.contains(.linkDown) ? "is down" : nil, rules.contains(.noPorts) ? "has no ports" : nil].compactMap(\.self)
            reason = "the kernel changes it only while the \(have.kind.displayName) \(conditions.joined(separator: " and "))"
            if isSpread { reason = "the kernel would give all of its ports the same address, and in mode 5 each is to have its own" }
            if rules.contains(.noPorts) { emptiedMasters.insert(want.name) }
            if rules.contains(.noPorts) { reason? += ": they leave and come back" }
            var mac = newMAC ?? heldMAC ?? have.mac
            if rules.contains(.noPorts), isEmptiedForGood(have), let final = finalMAC(want, have) {
                // Its ports do not come back, and VLANs take its address as it comes up.
                mac = final
                if final != have.mac { changes.append(FieldChange("mac", old: have.mac?.description, new: final.description)) }
            }
            actions += changeWhileDown(want, have, options, rules, mac: mac)
        }
        changeStep[want.name] = graph.add(step(.change, want.name, changes, actions, reason: reason), takes ? .takes : .builds)
    }

    /// Whether a rollback puts the link into a bond, which gives it its own MTU: as a port's it would be there when it leaves, too.
    private func getsMTU(_ mtu: UInt32, of have: Link) -> Bool {
        guard request.isRollback, let bond = finalMaster(have.name), bond != have.master, finalKind(bond) == .bond else { return false }
        return wanted[bond]?.mtu ?? actual[bond]?.mtu == mtu
    }

    /// Whether a rollback takes the link out of a bond, which gives it back the MAC that it came with.
    private func getsMACBack(_ have: Link) -> Bool {
        request.isRollback && !have.kind.isManaged && changesBond(have.name) && have.master.flatMap { actual[$0]?.kind } == .bond
    }

    /// Whether a rollback finds a VLAN on a port of a bond that hands its ports' addresses round: the VLAN's follows.
    private func followsPort(_ have: Link) -> Bool {
        guard request.isRollback, have.kind == .vlan, let bond = have.parent.flatMap({ finalMaster($0) }), finalKind(bond) == .bond else { return false }
        let mode = wanted[bond]?.bondMode ?? actual[bond]?.bondMode
        return mode == .balanceTLB || mode == .balanceALB
    }

    /// A link that the host speaks over is not switched off unasked.
    private mutating func refuseSwitchingOff(_ have: Link) {
        let addresses = (have.addresses ?? []).filter { !$0.isKernelMade && !moves($0, from: have.name) }.map(\.network.description)
        guard !request.allowsOutage, !request.isRollback, !addresses.isEmpty else { return }
        refuse(
            .outage, have.name, "\(have.name) has the host's \(addresses.joined(separator: ", ")) and would be switched off",
            fix: "leave `up: false` out, or give --allow-outage")
    }

    // MARK: MTU

    /// The MTU that a link has in the end, as far as the file or the host tells; `nil` where the kernel chooses.
    private func finalMTU(_ name: LinkName, depth: Int = 0) -> UInt32? {
        if let mtu = wanted[name]?.mtu { return mtu }
        let had = actual[name]?.mtu
        guard isMade(name), depth < 8 else { return had }
        let below = wanted[name]?.parent.flatMap { finalMTU($0, depth: depth + 1) }
        return recreated.contains(name) ? had.map { min($0, below ?? $0) } : below
    }

    /// The MTU that a bridge has of itself: its ports' lowest. A checkpoint's that has another one was set by somebody.
    private func mtuByPorts(_ bridge: LinkName) -> UInt32 {
        wanted.links.values.filter { $0.master == bridge }.compactMap(\.mtu).min() ?? 1500
    }

    /// MTUs are raised from the bottom up and lowered from the top down.
    private mutating func orderMTUs() {
        for want in wanted.links.values {
            guard let parent = want.parent ?? actual[want.name]?.parent, let own = changeStep[want.name], let below = changeStep[parent],
                let mtu = want.mtu, let was = actual[want.name]?.mtu
            else { continue }
            if mtu < was { graph.require(own, before: below) } else { graph.require(below, before: own) }
        }
    }

    private mutating func noteSilentClamps(_ name: LinkName, _ mtu: UInt32) {
        for upper in uppersByParent[name] ?? [] where !goes(upper) && wanted[upper]?.mtu == nil {
            if let above = actual[upper], above.kind == .vlan, above.mtu ?? 0 > mtu {
                note(upper, "its MTU falls to \(mtu) with that of \(name): the kernel lowers a VLAN with its parent")
            }
        }
    }
}
