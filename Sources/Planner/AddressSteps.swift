internal import HostNetwork

/// Setting addresses, and taking away those that are no longer wanted or have moved.
extension Draft {
    /// Plans the addresses of every link that stays or is made.
    mutating func planAddresses() {
        let touched = wanted.links.values.filter { $0.isPresent && $0.addresses != nil }.map(\.name)
        let owning = actual.links.values.filter { link in (link.addresses ?? []).contains { $0.isOwned } }.map(\.name)
        let ports = finalPorts()
        for name in Set(touched + owning + movesFrom.keys + movesTo.keys).sorted() {
            guard willExist(name) else { continue }
            let have = isMade(name) ? nil : actual[name]
            planNewAddresses(name, have, ports)
            if let have { planOldAddresses(name, have, movesFrom[name] ?? []) }
        }
        // The address stands at its new home before it leaves the old one.
        for move in moves { graph.require(addressStep[move.to], before: removalStep[move.from]) }
    }

    private mutating func planNewAddresses(_ name: LinkName, _ have: Link?, _ ports: FinalPorts) {
        let present = Set((have?.addresses ?? []).map(\.network))
        var changes: [FieldChange] = []
        var actions: [Action] = []
        let (rebuilt, rebuilding) = rebuildOrder(name, have)
        actions += rebuilding
        let wantedAddresses = wanted[name]?.addresses ?? []
        for address in (request.isRollback ? inOrder(wantedAddresses) : wantedAddresses).map({ asSet($0, on: name) }) where !present.contains(address.network) && !rebuilt.contains(address.network) {
            let move = movesTo[name]?.first { $0.address.network.address == address.network.address }
            if let former = have?.addresses?.first(where: { isOfAnotherLength($0, wantedAddresses) && $0.network.address == address.network.address }) {
                changes.append(FieldChange("address", old: former.network.description, new: address.network.description))
                actions += resetting(former, to: address, on: name)
                continue
            }
            changes.append(FieldChange("address", new: "\(address.network)\(move.map { " (from \($0.from))" } ?? "")"))
            actions += setting(address, on: name, from: move, ports)
        }
        for move in movesTo[name] ?? [] where move.isGivenBack && !present.contains(move.address.network) {
            var address = move.address
            if address.isOwned { address.origin = 0 }
            changes.append(FieldChange("address", new: "\(address.network) (back from \(move.from))"))
            actions += setting(address, on: name, from: move, ports)
        }
        // A change that was cut off between an address's two messages has left it marked as one that nobody asks about.
        for address in request.isRollback ? wanted[name]?.addresses ?? [] : [] {
            guard let now = have?.addresses?.first(where: { $0.network == address.network }), now.isUnasked != address.isUnasked else { continue }
            changes.append(FieldChange("address", old: "\(now.network)\(now.isUnasked ? " nodad" : "")", new: "\(address.network)\(address.isUnasked ? " nodad" : "")"))
            actions.append(.addAddress(address, to: name))
        }
        guard !actions.isEmpty else { return }
        if !rebuilt.isEmpty { actions += wantedRoutesAgain(on: name) }
        if !rebuilt.isEmpty { changes.append(FieldChange("order of addresses", new: rebuilt.sorted().map(\.description).joined(separator: ", "))) }
        let number = graph.add(step(.change, name, changes, actions), rebuilt.isEmpty ? .builds : .takes)
        addressStep[name] = number
        waitForLink(name, number)
    }

    /// Whether the file wants an IPv6 address with another prefix length. The kernel has it but once on a link: to be told of another length it
    /// has to forget it.
    private func isOfAnotherLength(_ address: Address, _ wanted: [Address]) -> Bool {
        guard address.network.address.family == .ipv6, !address.isKernelMade else { return false }
        return wanted.contains { $0.network.address == address.network.address } && !wanted.contains { $0.network == address.network }
    }

    /// The messages that give an IPv6 address another prefix length, and what speaks by it its source again. Nobody is asked whether he has
    /// it: the host has it now.
    private func resetting(_ former: Address, to address: Address, on name: LinkName) -> [Action] {
        var actions: [Action] = [.removeAddress(former, from: name)]
        if !former.isTentative, !former.isDuplicate, !address.isUnasked {
            var first = address
            first.isUnasked = true
            actions.append(.addAddress(first, to: name))
        }
        actions.append(.addAddress(address, to: name))
        return actions + routesBySource(address.network.address)
    }

    /// An address of the file as it is set: with weft's mark, and the broadcast address that it had where it comes from, or the
    /// usual one. A checkpoint's stays as it was.
    private func asSet(_ address: Address, on name: LinkName) -> Address {
        guard !request.isRollback else { return address }
        var address = address
        address.origin = Ownership.originNumber
        let former = movesTo[name]?.first { $0.address.network == address.network }
        // An address that moves takes its metric along.
        address.metric = address.metric ?? former?.address.metric
        address.broadcast = former.map(\.address.broadcast) ?? address.usualBroadcast
        return address
    }

    /// The file's IPv4 routes over a link, for when its addresses were all away for a moment.
    private func wantedRoutesAgain(on name: LinkName) -> [Action] {
        wanted.routes.filter { $0.links.contains(name) && $0.family == .ipv4 && $0.links.allSatisfy { !isMade($0) } }.sorted(by: Self.goesFirst).map { .replaceRoute($0) }
    }

    /// In a checkpoint the order of a prefix's IPv4 addresses counts: the first is the primary one, whose address the host's
    /// packets get. Where that order is lost, the prefix's addresses are set anew.
    /// - Returns: the addresses that this sets, and the messages that do it.
    private mutating func rebuildOrder(_ name: LinkName, _ have: Link?) -> (Set<IPNetwork>, [Action]) {
        guard request.isRollback, let have else { return ([], []) }
        func byPrefix(_ addresses: [Address]) -> [IPNetwork: [Address]] {
            Dictionary(grouping: addresses.filter { $0.network.address.family == .ipv4 && !$0.isKernelMade }, by: \.network.network)
        }
        let present = byPrefix(have.addresses ?? [])
        var rebuilt: Set<IPNetwork> = []
        var actions: [Action] = []
        for (prefix, order) in byPrefix(wanted[name]?.addresses ?? []).sorted(by: { $0.key < $1.key }) where order.count > 1 {
            let now = present[prefix] ?? []
            let common = now.map(\.network).filter { network in order.contains { $0.network == network } }
            // What is missing may be added behind what is there, if that is where it belongs.
            guard !common.isEmpty, common != order.prefix(common.count).map(\.network) else { continue }
            actions += now.reversed().map { .removeAddress($0, from: name) }
            actions += (order + now.filter { !common.contains($0.network) }).map { .addAddress($0, to: name) }
            rebuilt.formUnion(order.map(\.network))
        }
        return (rebuilt, actions)
    }

    /// Addresses and routes wait until the link is there, up, and has its ports.
    func waits(for name: LinkName) -> [Int] {
        ([createStep[name], changeStep[name], attachStep[name]] + (enteringSteps[name] ?? [])).compactMap { $0 } + changesBelow(name)
    }

    /// The changes of the links that this one lies on, and of the bond that it is a port of: where they go down on the way, the
    /// kernel drops IPv6 addresses and routes from here, too.
    private func changesBelow(_ name: LinkName) -> [Int] {
        var steps: [Int] = []
        var next = name
        for _ in 0..<8 {
            let bond = finalMaster(next).flatMap { finalKind($0) == .bond ? $0 : nil }
            guard let lower = wanted[next]?.parent ?? actual[next]?.parent ?? bond else { break }
            if let change = changeStep[lower] { steps.append(change) }
            if changesBond(lower), let attach = attachStep[lower] { steps.append(attach) }
            next = lower
        }
        return steps
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
        let kept = wanted[name]?.addresses ?? []
        let gone = goneAddresses(have).filter { !isOfAnotherLength($0, kept) }
        guard !gone.isEmpty else { return }
        var actions: [Action] = []
        for address in gone { actions.append(.removeAddress(address, from: name)) }
        // The kernel takes a primary address's secondaries along: they are set again at once.
        for address in (have.addresses ?? []) where !gone.contains(address) && !address.isKernelMade {
            let wentWith = gone.contains { $0.network.network == address.network.network && address.network.address.family == .ipv4 }
            if wentWith { actions.append(.addAddress(address, to: name)) }
        }
        for address in kept.map({ asSet($0, on: name) }) where !(have.addresses ?? []).contains(where: { $0.network == address.network }) {
            if gone.contains(where: { $0.network.network == address.network.network }), address.network.address.family == .ipv4 {
                actions.append(.addAddress(address, to: name))
            }
        }
        if actions.count > gone.count {
            // For a moment the link has no address of the prefix, and perhaps none at all: the kernel drops what rests on it.
            actions += restorations(of: [name], addresses: false) + wantedRoutesAgain(on: name)
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
