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
    /// Adds the last steps: they put back what the kernel drops on the way of what belongs to links, as far as it is not put back at once.
    ///
    /// A neighbour whose network moves to another link follows it there. What cannot be put back is noted. Where what belongs to the
    /// links is not known, it is found out which are disturbed (``disturbedLinks``).
    mutating func keepBelongings(_ request: PlanRequest, _ moves: [AddressMove]) {
        let known = request.isRollback ? request.wanted.belongings : [:]
        // Links that are made have nothing to lose.
        let actions = steps.lazy.flatMap(\.actions).filter { $0.concerns(request.actual) || !known.isEmpty }
        guard !known.isEmpty || !actions.isEmpty else { return }
        var ground = request.actual
        ground.routes = []
        ground.rules = []
        var disturbed: Set<LinkName> = []
        let after = ground.applying(actions, disturbing: &disturbed)
        disturbedLinks = disturbed.union(moves.map(\.from)).union(moves.map(\.to).filter { request.actual[$0] != nil }).union(known.keys).sorted()

        var places: [LinkName: [Belonging]] = [:]
        var unwanted: [LinkName: [Belonging]] = [:]
        var receivers: Set<LinkName> = []
        for name in Set(known.keys).union(request.actual.belongings.keys).sorted() {
            guard after[name] != nil, request.actual[name] == nil || request.actual.belongings[name] != nil else { continue }
            let have = after.belongings[name]?.entries ?? []
            var lost: [Belonging] = []
            for entry in request.belongings(of: name) {
                let isThere = have.contains(entry)
                let home = Home(of: entry, on: name, in: after, request, moves).link
                if let home, home != name || !isThere { places[home, default: []].append(entry) }
                if let home, home != name {
                    receivers.insert(home)
                    if isThere { unwanted[name, default: []].append(entry) }
                }
                if home == nil, !isThere { lost.append(entry) }
            }
            let moved = have.filter { request.hasMoved($0, to: name) }
            if !moved.isEmpty { unwanted[name, default: []] += moved }
            let gone = lost.filter { !$0.isSuperseded(on: name, in: after) }.map(\.display)
            if !gone.isEmpty, !request.isRollback || request.isRollbackAsked {
                notes.append(Note(link: name, message: "\(gone.joined(separator: ", ")) \(gone.count == 1 ? "goes" : "go"), and cannot be put back"))
            }
        }
        let chunk = (steps.last?.chunk ?? -1) + 1
        for name in Set(places.keys).union(unwanted.keys).sorted() {
            let (new, old) = (places[name] ?? [], unwanted[name] ?? [])
            let them = new.count + old.count == 1 ? "it" : "them"
            let reason = new.isEmpty || receivers.contains(name) ? "where the network is that \(them == "it" ? "it belongs" : "they belong") to" : "the kernel drops \(them) on the way"
            steps.append(
                Step(
                    verb: .change, subjects: [name], kind: (after[name] ?? request.wanted[name])?.kind ?? .nic, isRecreation: false,
                    changes: old.map { FieldChange($0.field, old: $0.text, new: nil) } + new.map { FieldChange($0.field, new: $0.text) },
                    actions: old.map { .forget($0, on: name) } + new.map { .restore($0, on: name) }, chunk: chunk, origin: nil,
                    reason: reason))
        }
    }
}

/// Where a thing belongs that the kernel has dropped from a link.
private struct Home {
    /// The link; `nil` where no link can have it.
    let link: LinkName?

    init(of entry: Belonging, on name: LinkName, in network: HostNetwork, _ request: PlanRequest, _ moves: [AddressMove]) {
        link = Self.find(entry, name, network, request, moves)
    }

    private static func find(_ entry: Belonging, _ name: LinkName, _ network: HostNetwork, _ request: PlanRequest, _ moves: [AddressMove]) -> LinkName? {
        guard let link = network[name] else { return nil }
        switch entry {
        case .neighbour(let neighbour):
            let staying = (link.addresses ?? []).contains { $0.network.contains(neighbour.address) }
            let move = staying || request.isRollback ? nil : moves.first { $0.from == name && $0.address.network.contains(neighbour.address) }
            let home = move?.to ?? name
            return neighbour.address.family == .ipv6 && network[home]?.takesIPv6 == false ? nil : home
        case .forwarding(let own):
            if own.isOfBridge == true { return link.kind == .bridge ? name : nil }
            guard let master = link.master, network[master]?.kind == .bridge, master == former(name, request) else { return nil }
            if let vlan = own.vlan, let table = network.bridgeVLANs[name], !table.contains(where: { $0.ids.contains(vlan) }) { return nil }
            return name
        case .group(let group):
            let bridge = network[group.bridge]
            // Where it does not snoop, or is down, the bridge takes no groups.
            guard bridge?.isUp != false, bridge?.options.number(.multicastSnooping) != 0 else { return nil }
            return name == group.bridge || link.master == group.bridge && group.bridge == former(name, request) ? name : nil
        case .setting(let setting):
            let isOfIPv6 = setting.family == .ipv6 || setting.family == .ipv6Neighbours
            return setting.mtu ?? 0 <= link.mtu ?? .max && (link.takesIPv6 || !isOfIPv6) ? name : nil
        }
    }

    /// The master that a link has where things are put back.
    private static func former(_ name: LinkName, _ request: PlanRequest) -> LinkName? {
        (request.isRollback ? request.wanted[name] : request.actual[name])?.master
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
