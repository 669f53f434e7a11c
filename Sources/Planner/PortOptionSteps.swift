internal import HostNetwork

/// Options that a link has as a port of its master.
extension Draft {
    /// Plans what changes of the options of a port that stays where it is.
    mutating func planPortOptions(_ link: Link) {
        guard let master = link.master, let scope = finalKind(master)?.portScope, var wanted = wanted[link.name]?.portOptions else { return }
        if request.isRollback {
            wanted = wanted.known(in: finalMode(of: master))
            // Both follow the link's speed, which is no matter of a checkpoint, unless the change has set one.
            if isAutomatic(wanted), isAutomatic(link.portOptions), !request.weighedPorts.contains(link.name) { wanted[.pathCost] = nil }
        }
        let changes = optionChanges(scope, old: link.portOptions, new: wanted)
        guard !changes.isEmpty else { return }
        var options = OptionValues()
        for entry in wanted.entries where link.portOptions[entry.id] != entry.value { options[entry.id] = entry.value }
        let freed = options[.queueID] == nil ? [] : freedQueues(master)
        let number = graph.add(step(.change, link.name, changes, freed + [change(link.name) { $0.portOptions = options }]), .builds)
        graph.require(changeStep[link.name], before: number)
        graph.require(changeStep[master], before: number)
        if options[.queueID] != nil {
            graph.require(queueStep[master], before: number)
            if queueStep[master] == nil { queueStep[master] = number }
        }
        attachStep[link.name] = number
    }

    private func isAutomatic(_ options: OptionValues) -> Bool {
        options.number(.pathCost).map { OptionRow.automaticPathCosts.contains($0) } ?? false
    }

    /// What a port that enters its master is given: what the file says, and on a rollback all that differs from a new port.
    func newPortOptions(_ name: LinkName, _ master: LinkName) -> OptionValues {
        var options = wanted[name]?.portOptions ?? OptionValues()
        if request.isRollback, finalKind(master) == .bond {
            options = options.known(in: finalMode(of: master))
            options.removeDefaults()
        }
        return options
    }

    /// What a port is given that leaves its master for a moment: what it had and the file does not change.
    func keptPortOptions(_ name: LinkName, _ master: LinkName) -> OptionValues {
        var options = actual[name]?.portOptions ?? OptionValues()
        options.take(wanted[name]?.portOptions ?? OptionValues())
        options = options.known(in: finalMode(of: master))
        options.removeDefaults()
        if isAutomatic(options), wanted[name]?.portOptions[.pathCost] == nil { options[.pathCost] = nil }
        return options
    }

    private func finalMode(of master: LinkName) -> BondMode? { wanted[master]?.bondMode ?? actual[master]?.bondMode }

    // MARK: Queues

    /// Frees the queue ids that ports of a bond hand on to one another: the kernel lets no two ports have one, be it for a moment.
    private func freedQueues(_ bond: LinkName) -> [Action] {
        guard queueStep[bond] == nil else { return [] }
        let ports = (portsByMaster[bond] ?? []).filter { finalMaster($0) == bond }
        return ports.filter { port in
            guard let have = actual[port]?.portOptions.number(.queueID), have != 0, let want = wanted[port]?.portOptions.number(.queueID), want != have
            else { return false }
            return ports.contains { $0 != port && wanted[$0]?.portOptions.number(.queueID) == have }
        }.map { port in change(port) { $0.portOptions[.queueID] = .number(0) } }
    }

    /// How many queues a new bond gets: at least as many as its ports ask for, as it never gets more.
    func queuesOfNew(_ want: Link, _ former: Link?) -> UInt32? {
        guard want.kind == .bond else { return nil }
        let highest = wantedLinks.filter { $0.master == want.name }.compactMap { $0.portOptions.number(.queueID) }.max() ?? 0
        let had = want.transmitQueues ?? former?.transmitQueues
        return highest == 0 ? had : max(UInt32(clamping: highest), had ?? Link.usualTransmitQueues)
    }

    /// Refuses a queue id that a bond which stays has no queue for.
    mutating func refuseMissingQueues() {
        guard !request.isRollback else { return }
        for want in wantedLinks where want.isPresent {
            guard let id = want.portOptions.number(.queueID), let bond = want.master, !isMade(bond),
                let queues = actual[bond]?.transmitQueues, id > queues
            else { continue }
            refuse(
                .impossible, want.name, "\(want.name) wants queue_id \(id), and \(bond) was made with \(queues) transmit queues",
                fix: "write \(queues) or less, or take \(bond) away first: weft makes it with as many queues as its ports ask for")
        }
    }

    /// Refuses a queue id that a port which the file does not speak of has.
    mutating func refuseTakenQueues() {
        guard !request.isRollback else { return }
        for want in wantedLinks where want.isPresent {
            guard let id = want.portOptions.number(.queueID), id != 0, let bond = want.master else { continue }
            let holder = (portsByMaster[bond] ?? []).first { port in
                port != want.name && finalMaster(port) == bond && wanted[port]?.portOptions[.queueID] == nil
                    && actual[port]?.portOptions.number(.queueID) == id
            }
            guard let holder else { continue }
            refuse(
                .impossible, want.name, "\(want.name) wants queue_id \(id), which \(holder) has, and no two ports of \(bond) can have one",
                fix: "write a queue_id for \(holder) too: {name: \(holder), queue_id: 0}")
        }
    }
}
