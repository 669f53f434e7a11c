internal import HostNetwork

/// What belongs to links besides their addresses and routes, and outlives a plan.
extension PlanRequest {
    /// What is to belong to a link in the end, as far as it is known: what belongs to it now. Going back, what belonged to it then; what others
    /// have added since stays.
    func belongings(of name: LinkName) -> [Belonging] {
        let now = actual.belongings[name]?.entries ?? []
        guard isRollback, let then = wanted.belongings[name]?.entries else { return now }
        return then + now.filter { entry in !then.contains { $0.isSameThing(as: entry) } && !hasMoved(entry, to: name) }
    }

    /// Whether a neighbour followed its network to this link, and goes back with it.
    func hasMoved(_ entry: Belonging, to name: LinkName) -> Bool {
        guard isRollback, case .neighbour = entry, let then = wanted.belongings[name], !then.entries.contains(entry) else { return false }
        return wanted.belongings.contains { $0.key != name && $0.value.entries.contains(entry) }
    }
}

extension Plan {
    /// Adds the last steps: they put back what the kernel drops on the way of what belongs to links, as far as no step before does so.
    ///
    /// A neighbour whose network moves to another link follows it there. What cannot be put back is noted. Where what belongs to the
    /// links is not known, it is found out which are disturbed (``disturbedLinks``).
    mutating func keepBelongings(_ request: PlanRequest) {
        let known = request.isRollback ? request.wanted.belongings : [:]
        let all = steps.flatMap(\.actions)
        // Links that are made have nothing to lose.
        let actions = all.filter { $0.concerns(request.actual) || !known.isEmpty }
        guard !known.isEmpty || !actions.isEmpty else { return }
        var ground = request.actual
        ground.routes = []
        ground.rules = []
        var disturbed: Set<LinkName> = []
        let after = ground.applying(actions, disturbing: &disturbed)
        let moves = all.addressMoves(from: request.actual, to: after)
        disturbedLinks = disturbed.union(moves.flatMap { [$0.from, $0.to] }.filter { request.actual[$0] != nil }).union(known.keys).sorted()

        var kept = KeptEntries()
        for name in Set(known.keys).union(request.actual.belongings.keys).sorted() {
            guard request.actual[name] == nil || request.actual.belongings[name] != nil else { continue }
            let have = after.belongings[name]?.entries ?? []
            var gone: [String] = []
            for entry in request.belongings(of: name) {
                let isThere = have.contains(entry)
                let home = request.home(of: entry, on: name, in: after, request.isRollback ? [] : moves)
                if let home, home != name {
                    kept.move(entry, from: isThere ? name : nil, to: home)
                } else if home != nil, !isThere {
                    kept.restore(entry, on: name)
                } else if !isThere, after[name] != nil, !entry.isSuperseded(on: name, in: after) {
                    gone.append(entry.display)
                }
            }
            for entry in have where request.hasMoved(entry, to: name) { kept.forget(entry, on: name) }
            guard !gone.isEmpty, !request.isRollback || request.isRollbackAsked else { continue }
            let note = Note(link: name, message: "\(gone.joined(separator: ", ")) \(gone.count == 1 ? "goes" : "go"), and cannot be put back")
            if !notes.contains(note) { notes.append(note) }
        }
        let chunk = (steps.last?.chunk ?? -1) + 1
        for name in kept.links {
            let (new, old) = (kept.restored[name] ?? [], kept.forgotten[name] ?? [])
            steps.append(
                Step(
                    verb: .change, subjects: [name], kind: (after[name] ?? request.wanted[name])?.kind ?? .nic, isRecreation: false,
                    changes: old.map { FieldChange($0.field, old: $0.text, new: nil) } + new.map { FieldChange($0.field, new: $0.text) },
                    actions: old.map { .forget($0, on: name) } + new.map { .restore($0, on: name) }, chunk: chunk, origin: nil,
                    reason: kept.movesConcern(name) ? "neighbours follow their network" : "the kernel drops \(new.count == 1 ? "it" : "them") on the way"))
        }
    }
}

extension Plan {
    /// Takes out the last steps, which ``keepBelongings(_:)`` makes, and of the others whatever puts back what is there no more.
    mutating func forgetBelongings(but known: [LinkName: Belongings]) {
        steps.removeAll { step in
            !step.actions.isEmpty && step.actions.allSatisfy {
                switch $0 {
                case .restore, .forget: true
                default: false
                }
            }
        }
        for place in steps.indices {
            steps[place].actions.removeAll { action in
                guard case .restore(let entry, let name) = action, let now = known[name] else { return false }
                return !now.entries.contains(entry)
            }
        }
    }
}

/// What is put back on links and taken off them after all other steps.
private struct KeptEntries {
    private(set) var restored: [LinkName: [Belonging]] = [:]
    private(set) var forgotten: [LinkName: [Belonging]] = [:]
    private var receivers: Set<LinkName> = []

    /// The links concerned.
    var links: [LinkName] { Set(restored.keys).union(forgotten.keys).sorted() }

    /// Whether something has come to the link from another, or goes.
    func movesConcern(_ name: LinkName) -> Bool { receivers.contains(name) || forgotten[name] != nil }

    mutating func restore(_ entry: Belonging, on name: LinkName) { restored[name, default: []].append(entry) }

    mutating func forget(_ entry: Belonging, on name: LinkName) { forgotten[name, default: []].append(entry) }

    /// - Parameter former: the link that it has to be taken off.
    mutating func move(_ entry: Belonging, from former: LinkName?, to name: LinkName) {
        if let former { forget(entry, on: former) }
        restore(entry, on: name)
        receivers.insert(name)
    }
}

extension PlanRequest {
    /// Where a thing belongs in the end that belongs to a link now; `nil` where no link can have it.
    fileprivate func home(of entry: Belonging, on name: LinkName, in network: HostNetwork, _ moves: [AddressMove]) -> LinkName? {
        if case .neighbour(let neighbour) = entry {
            let addresses = network[name]?.addresses ?? []
            let isStaying = addresses.contains { $0.network.contains(neighbour.address) }
            let move = isStaying ? nil : moves.first { $0.from == name && $0.address.network.contains(neighbour.address) }
            guard let home = move?.to ?? (network[name] == nil ? nil : name) else { return nil }
            return neighbour.address.family == .ipv6 && network[home]?.takesIPv6 == false ? nil : home
        }
        guard let link = network[name] else { return nil }
        let former = (isRollback ? wanted[name] : actual[name])?.master
        switch entry {
        case .neighbour: return nil
        case .forwarding(let own):
            if own.isOfBridge == true { return link.kind == .bridge ? name : nil }
            guard let master = link.master, network[master]?.kind == .bridge, master == former else { return nil }
            if let vlan = own.vlan, let table = network.bridgeVLANs[name], !table.contains(where: { $0.ids.contains(vlan) }) { return nil }
            return name
        case .group(let group):
            let bridge = network[group.bridge]
            // Where it does not snoop, or is down, the bridge takes no groups.
            guard bridge?.isUp != false, bridge?.options.number(.multicastSnooping) != 0 else { return nil }
            return name == group.bridge || link.master == group.bridge && group.bridge == former ? name : nil
        case .attribute: return link.kind == (isRollback ? wanted[name] : actual[name])?.kind ? name : nil
        case .ownAddress: return name
        case .token: return link.takesIPv6 ? name : nil
        case .backupPort(let port):
            let bridge = link.master
            return bridge != nil && bridge == former && network[port]?.master == bridge ? name : nil
        case .vlanSetting(let setting):
            let bridge = link.kind == .bridge ? name : link.master == former ? link.master : nil
            guard let bridge, let options = network[bridge]?.options, options.number(.vlanFiltering) == 1 else { return nil }
            // The state of a port in one VLAN is then nobody's to set.
            if setting.key == .state, options.number(.stpState) == 1 || options.number(.mstEnabled) == 1 { return nil }
            let places = setting.key.isGlobal ? [name] + network.ports(of: name).map(\.name) : [name]
            return places.contains { network.bridgeVLANs[$0]?.contains { $0.ids.contains(setting.vlan) } ?? false } ? name : nil
        case .setting(let setting):
            let isOfIPv6 = setting.family == .ipv6 || setting.family == .ipv6Neighbours
            return setting.mtu ?? 0 <= link.mtu ?? .max && (link.takesIPv6 || !isOfIPv6) ? name : nil
        }
    }
}

extension [Action] {
    /// The addresses that another link has after these actions than before, whatever moves them.
    fileprivate func addressMoves(from before: HostNetwork, to after: HostNetwork) -> [AddressMove] {
        var takers: [IPAddress: LinkName] = [:]
        for case .addAddress(let address, let name) in self { takers[address.network.address] = name }
        guard !takers.isEmpty else { return [] }
        return before.sortedLinks.flatMap { link in
            (link.addresses ?? []).compactMap { address in
                let ip = address.network.address
                guard let taker = takers[ip], taker != link.name, after[link.name]?.addresses?.contains(where: { $0.network.address == ip }) != true else { return nil }
                return AddressMove(from: link.name, address: address, to: taker, isGivenBack: false)
            }
        }
    }
}

extension Link {
    /// Whether there is IPv6 on it.
    fileprivate var takesIPv6: Bool { hasIPv6 != false && mtu ?? 1280 >= 1280 }
}

extension Belonging {
    /// Whether nobody misses it: IPv6's own MTU, where the link's is no larger any more.
    fileprivate func isSuperseded(on name: LinkName, in network: HostNetwork) -> Bool {
        guard case .setting(let setting) = self, let mtu = setting.mtu, let own = network[name]?.mtu else { return false }
        return own <= mtu
    }
}

extension Action {
    /// Whether it is done to a link that is there, or to its port, and may cost it something.
    fileprivate func concerns(_ network: HostNetwork) -> Bool {
        switch self {
        case .create(let link), .change(let link): network[link.name] != nil || link.master.map { network[$0] != nil } ?? false
        case .delete: true
        case .addAddress(_, let name), .removeAddress(_, let name), .restore(_, let name), .forget(_, let name): network[name] != nil
        case .setVLANs(_, let place), .removeVLANs(_, let place): network[place.link] != nil
        case .addName, .removeName, .addRoute, .replaceRoute, .removeRoute, .addRule, .removeRule, .service: false
        }
    }
}
