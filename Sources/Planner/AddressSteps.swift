internal import HostNetwork

/// Setting addresses, and taking away those that are no longer wanted or have moved.
extension Draft {
    /// Plans the addresses of every link that stays or is made.
    mutating func planAddresses() {
        let touched = wanted.links.values.filter { $0.isPresent && $0.addresses != nil }.map(\.name)
        let owning = actual.links.values.filter { link in (link.addresses ?? []).contains { $0.isOwned } }.map(\.name)
        for name in Set(touched + owning + movesFrom.keys + movesTo.keys).sorted() {
            guard willExist(name) else { continue }
            let have = isMade(name) ? nil : actual[name]
            planNewAddresses(name, have)
            if let have { planOldAddresses(name, have, movesFrom[name] ?? []) }
        }
        // The address stands at its new home before it leaves the old one.
        for move in moves { graph.require(addressStep[move.to], before: removalStep[move.from]) }
    }

    private mutating func planNewAddresses(_ name: LinkName, _ have: Link?) {
        let present = Set((have?.addresses ?? []).map(\.network))
        var changes: [FieldChange] = []
        var actions: [Action] = []
        for var address in wanted[name]?.addresses ?? [] where !present.contains(address.network) {
            if !request.isRollback { address.origin = Ownership.originNumber }
            let former = movesTo[name]?.first { $0.address.network.address == address.network.address }?.from
            changes.append(FieldChange("address", new: "\(address.network)\(former.map { " (from \($0))" } ?? "")"))
            actions.append(.addAddress(address, to: name))
        }
        for move in movesTo[name] ?? [] where move.isGivenBack && !present.contains(move.address.network) {
            var address = move.address
            if address.isOwned { address.origin = 0 }
            changes.append(FieldChange("address", new: "\(address.network) (back from \(move.from))"))
            actions.append(.addAddress(address, to: name))
        }
        guard !actions.isEmpty else { return }
        let number = graph.add(step(.change, name, changes, actions), .builds)
        addressStep[name] = number
        waitForLink(name, number)
    }

    /// Addresses and routes wait until the link is there, up, and has its ports.
    func waits(for name: LinkName) -> [Int] {
        ([createStep[name], changeStep[name], attachStep[name]] + (enteringSteps[name] ?? [])).compactMap { $0 }
    }

    mutating func waitForLink(_ name: LinkName, _ number: Int) {
        for first in waits(for: name) { graph.require(first, before: number) }
        // A stack of masters carries frames once the NIC at its foot is in.
        var lower = enteringPorts(name)
        for _ in 0..<8 where !lower.isEmpty {
            for port in lower { for first in waits(for: port) { graph.require(first, before: number) } }
            lower = lower.flatMap { enteringPorts($0) }
        }
    }

    private func enteringPorts(_ name: LinkName) -> [LinkName] {
        guard let want = wanted[name], want.kind.isMaster else { return [] }
        return want.portOrder
    }

    private mutating func planOldAddresses(_ name: LinkName, _ have: Link, _ moved: [AddressMove]) {
        let want = wanted[name]
        let kept = want?.addresses ?? []
        var gone: [Address] = []
        for address in have.addresses ?? [] where !address.isKernelMade {
            if kept.contains(where: { $0.network == address.network }) { continue }
            let hasMoved = moved.contains { $0.address == address }
            let hasNewPrefix = kept.contains { $0.network.address == address.network.address }
            let isUnwanted = address.isOwned && (isInScope(name) || want?.addresses != nil)
            let isExcluded = want?.addresses != nil && want?.addressesAreExclusive == true
            if hasMoved || hasNewPrefix || isUnwanted || isExcluded { gone.append(address) }
        }
        guard !gone.isEmpty else { return }
        var actions: [Action] = []
        for address in gone { actions.append(.removeAddress(address, from: name)) }
        // The kernel takes a primary address's secondaries along: they are set again at once.
        for address in (have.addresses ?? []) where !gone.contains(address) && !address.isKernelMade {
            let wentWith = gone.contains { $0.network.network == address.network.network && address.network.address.family == .ipv4 }
            if wentWith { actions.append(.addAddress(address, to: name)) }
        }
        for address in kept where !(have.addresses ?? []).contains(where: { $0.network == address.network }) {
            var address = address
            if !request.isRollback { address.origin = Ownership.originNumber }
            if gone.contains(where: { $0.network.network == address.network.network }), address.network.address.family == .ipv4 {
                actions.append(.addAddress(address, to: name))
            }
        }
        let changes = gone.map { address in
            let home = moved.first { $0.address == address }?.to
            return FieldChange("address", old: "\(address.network)\(home.map { " (now on \($0))" } ?? "")", new: nil)
        }
        let hasMoved = !moved.isEmpty
        let number = graph.add(step(.change, name, changes, actions), hasMoved ? .takes : .clears)
        removalStep[name] = number
        graph.require(addressStep[name], before: number)
        graph.require(attachStep[name], before: number)
        graph.require(changeStep[name], before: number)
    }
}
