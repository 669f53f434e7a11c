internal import HostNetwork

/// The VLAN tables of a bridge's ports and of the bridge itself. A table that is wanted is complete; one that is not stays.
extension Draft {
    // MARK: Tables of what enters or is made

    /// What gives a link its table as it enters a bridge: the kernel has just given it the bridge's default VLAN.
    func tableOnEntering(_ name: LinkName, _ bridge: LinkName) -> (changes: [FieldChange], actions: [Action]) {
        guard finalKind(bridge) == .bridge, let table = wantedTable(ofEntering: name, bridge) else { return ([], []) }
        return table.reached(from: .initial(defaultPVID: finalDefaultPVID(bridge)), at: .port(name))
    }

    /// What gives a port that leaves its bridge and comes back the table that it had.
    func keptTable(_ name: LinkName, _ bridge: LinkName) -> [Action] {
        guard let have = actual[bridge], let table = actual.bridgeVLANs[name], finalKind(bridge) == .bridge else { return [] }
        let pvid = finalDefaultPVID(bridge)
        return table.replacingDefaultPVID(have.defaultPVID, by: pvid).reached(from: .initial(defaultPVID: pvid), at: .port(name)).actions
    }

    /// What gives a bridge that is made its own table.
    func tableOfNewBridge(_ link: Link) -> (changes: [FieldChange], actions: [Action]) {
        guard link.kind == .bridge, let table = wanted.bridgeVLANs[link.name] else { return ([], []) }
        return table.reached(from: .initial(defaultPVID: link.defaultPVID), at: .itself(link.name))
    }

    /// The file's table; of a link that is made anew in its place, the one that it had.
    private func wantedTable(ofEntering name: LinkName, _ bridge: LinkName) -> [BridgeVLAN]? {
        if let table = wanted.bridgeVLANs[name] { return table }
        guard recreated.contains(name), actual[name]?.master == bridge, !goes(bridge) else { return nil }
        return actual.bridgeVLANs[name]
    }

    func finalDefaultPVID(_ bridge: LinkName) -> UInt16 {
        let said = OptionRow.defaultPVIDRow.flatMap { wanted[bridge]?.options.number($0) }.map { UInt16(truncatingIfNeeded: $0) }
        return said ?? (isMade(bridge) ? nil : actual[bridge]?.defaultPVID) ?? Link.usualDefaultPVID
    }

    // MARK: Tables of what stays

    /// Plans the tables of ports that stay and of bridges that exist, and switches filtering on where that has waited for them.
    mutating func planVLANTables() {
        var steps: [LinkName: [Int]] = [:]
        for name in wanted.bridgeVLANs.keys.sorted() {
            guard let (bridge, place) = stayingPlace(name), let table = wanted.bridgeVLANs[name], let have = actual[bridge] else { continue }
            // The bridge's own step comes first, and with it what a new default VLAN does to the tables.
            let old = (actual.bridgeVLANs[name] ?? .initial(defaultPVID: have.defaultPVID))
                .replacingDefaultPVID(have.defaultPVID, by: finalDefaultPVID(bridge))
            steps[bridge, default: []] += planTable(place, bridge, from: old, to: table)
        }
        // What is made into a bridge gets the bridge's default VLAN as it is then.
        for want in wantedLinks where want.isPresent && isMade(want.name) {
            guard let bridge = want.master, let have = actual[bridge], have.defaultPVID != finalDefaultPVID(bridge) else { continue }
            graph.require(changeStep[bridge], before: createStep[want.name])
        }
        for want in wantedLinks {
            guard let have = actual[want.name], waitsToFilter(want, have) else { continue }
            var options = OptionValues()
            for row in Self.optionsOfFiltering { if let value = want.options[row], value != have.options[row] { options[row] = value } }
            let number = graph.add(
                step(
                    .change, want.name, optionChanges(.bridge, old: have.options, new: options),
                    [change(want.name) { $0.options = options }], reason: "its ports have their VLANs by now"),
                .takes)
            for first in [changeStep[want.name]].compactMap({ $0 }) + steps[want.name, default: []] + enteringSteps[want.name, default: []] {
                graph.require(first, before: number)
            }
        }
    }

    /// Filtering, and what the kernel takes only while the bridge filters.
    static let optionsOfFiltering: [OptionRow] = [.vlanFiltering, .multicastVLANSnooping]

    /// Whether a bridge is to begin to filter, and tables are written for it: they go first, so that nobody is cut off between.
    func waitsToFilter(_ want: Link, _ have: Link) -> Bool {
        guard have.kind == .bridge, want.isPresent, !isMade(want.name), want.options.number(.vlanFiltering) == 1, !have.filtersVLANs else { return false }
        return wanted.bridgeVLANs.keys.contains { $0 == want.name || finalMaster($0) == want.name }
    }

    /// The bridge and the place in it that a table belongs to, where both exist and stay as they are.
    private func stayingPlace(_ name: LinkName) -> (bridge: LinkName, place: BridgePlace)? {
        guard let have = actual[name], willExist(name), !isMade(name) else { return nil }
        if have.kind == .bridge { return (name, .itself(name)) }
        guard let master = have.master, finalMaster(name) == master, !goes(master), finalKind(master) == .bridge else { return nil }
        return (master, .port(name))
    }

    /// Whether all ports that a bridge has leave it, be it for a moment.
    private func fallsEmpty(_ bridge: LinkName) -> Bool {
        guard let ports = portsByMaster[bridge], !ports.isEmpty else { return false }
        return leavingBonds.contains(bridge) || ports.allSatisfy { goes($0) || finalMaster($0) != bridge }
    }

    /// Whether the bridge's own step, which comes first, gives it an address.
    private func isGivenMAC(_ bridge: LinkName) -> Bool {
        graph.actions(of: changeStep[bridge]).contains { action in
            if case .change(let link) = action { link.name == bridge && link.mac != nil } else { false }
        }
    }

    /// What lets more through comes before what lets less through, on all ports: two steps, where the bridge filters meanwhile.
    private mutating func planTable(_ place: BridgePlace, _ bridge: LinkName, from old: [BridgeVLAN], to new: [BridgeVLAN]) -> [Int] {
        guard old != new else { return [] }
        let filters = actual[bridge]?.filtersVLANs == true && wanted[bridge]?.options.number(.vlanFiltering) != 0
        var widening = new.missing(in: old)
        // A new PVID takes untagged frames away from the old one.
        if old.pvid != nil { widening.removeAll(where: \.isPVID) }
        let between = filters ? old.setting(widening) : new
        var numbers: [Int] = []
        for (from, to, character) in [(old, between, StepGraph.Character.builds), (between, new, .takes)] where from != to {
            var (changes, actions) = to.reached(from: from, at: place)
            if case .itself = place, fallsEmpty(bridge), !isGivenMAC(bridge), let mac = actual[bridge]?.mac {
                // Without ports and without an address of its own a bridge has none, and takes no VLAN (`fdb_add_local()`).
                actions.insert(change(bridge) { $0.mac = mac }, at: 0)
            }
            let number = graph.add(step(.change, place.link, changes, actions), character)
            graph.require(changeStep[bridge], before: number)
            graph.require(numbers.last, before: number)
            numbers.append(number)
        }
        return numbers
    }
}

extension [BridgeVLAN] {
    /// The way from one table to this one: what is set before what is removed.
    fileprivate func reached(from old: [BridgeVLAN], at place: BridgePlace) -> (changes: [FieldChange], actions: [Action]) {
        guard old != self else { return ([], []) }
        let set = differing(from: old)
        let gone = old.missing(in: self).map(\.ids)
        var actions: [Action] = []
        if !set.isEmpty { actions.append(.setVLANs(set, at: place)) }
        if !gone.isEmpty { actions.append(.removeVLANs(gone, at: place)) }
        let field =
            switch place {
            case .port: "vlans"
            case .itself: "self"
            }
        return ([FieldChange(field, old: old.display, new: display)], actions)
    }
}
