internal import HostNetwork

/// What the kernel drops by itself when a link goes down, and how it is put back at once.
extension Draft {
    /// The links whose routes and IPv6 addresses go when this link goes down: itself, and every VLAN above it.
    func dropped(byDowning name: LinkName) -> [LinkName] {
        var all = [name]
        var open = [name]
        while let lower = open.popLast() {
            for upper in uppersByParent[lower] ?? [] where actual[upper]?.kind == .vlan && !goes(upper) {
                all.append(upper)
                open.append(upper)
            }
        }
        return all
    }

    /// The messages that put back what these links lost: VLANs that were down on purpose, IPv6 addresses, routes of every
    /// table. With `addresses`, the IPv4 addresses too, for a link that was made anew.
    mutating func restorations(of names: [LinkName], addresses: Bool) -> [Action] {
        var actions: [Action] = []
        for name in names {
            guard let have = actual[name] else { continue }
            if name != names.first, have.isUp == false, wanted[name]?.isUp != true {
                actions.append(change(name) { $0.isUp = false })
            }
            let entersBond = finalMaster(name).flatMap { finalKind($0) } == .bond
            for address in inOrder(have.addresses ?? []) where !have.comesByItself(address) && staysOn(name, address) {
                if entersBond, address.isKernelMade { continue }
                if addresses || address.network.address.family == .ipv6 { actions.append(.addAddress(address, to: name)) }
            }
        }
        var routes: [Route] = []
        var multipath: Set<Route> = []
        for name in names {
            for route in routesByLink[name] ?? [] where !actual.comesByItself(route) && !route.isDynamic && staysAsItIs(route) {
                if let have = actual[name], isGroundless(route, on: have) {
                    lose(route)
                    continue
                }
                // It comes back once all of its links are there again, see the routes.
                if route.nextHops.contains(where: { $0.link != names.first && recreated.contains($0.link) }) { continue }
                // A multipath route stands under each of its links.
                guard route.nextHops.isEmpty || multipath.insert(route).inserted else { continue }
                routes.append(route)
                if route.hasUnknownAttributes { note(name, "the next hop object of \(route.display) goes, and the route comes back without it") }
            }
        }
        return actions + belongings(of: names, isRemade: addresses) + routes.sorted(by: Self.goesFirst).map { .replaceRoute($0) }
    }

    /// The messages that put back what a link that is switched off and stays so lost: its IPv6 addresses. Routes it can have none.
    func addressesAgain(on have: Link) -> [Action] {
        guard (wanted[have.name]?.hasIPv6 ?? have.hasIPv6) != false else { return [] }
        return inOrder(have.addresses ?? []).compactMap { address in
            guard address.network.address.family == .ipv6, !have.comesByItself(address), staysOn(have.name, address) else { return nil }
            return .addAddress(address, to: have.name)
        }
    }

    /// Addresses in the order in which they are to be set, out of that in which the kernel tells them: of IPv6's it tells the one first that
    /// was set last, and which the host speaks by.
    func inOrder(_ addresses: [Address]) -> [Address] {
        addresses.filter { $0.network.address.family == .ipv4 } + addresses.reversed().filter { $0.network.address.family == .ipv6 }
    }

    /// The messages that set again at once what else belonged to links: neighbours, IPv6's MTU, and what is a new bridge's own. A new
    /// link's settings are set earlier, see ``settings(ofNew:)``; all the rest by ``Plan/keepBelongings(_:)``.
    func belongings(of names: [LinkName], isRemade: Bool) -> [Action] {
        names.flatMap { name in
            request.belongings(of: name).compactMap { entry in
                guard isRemade || entry.goes(with: .state) else { return nil }
                switch entry {
                case .neighbour: break
                case .setting(let setting):
                    // IPv6 takes no larger packets than the link.
                    guard let mtu = setting.mtu, mtu <= wanted[name]?.mtu ?? actual[name]?.mtu ?? .max else { return nil }
                // The bridge's own come back with it; those of ports, once all of its VLANs stand.
                case .forwarding(let own): guard own.isOfBridge == true && finalKind(name) == .bridge else { return nil }
                case .group, .backupPort, .vlanSetting, .ownAddress, .attribute, .token: return nil
                }
                return .restore(entry, on: name)
            }
        }
    }

    /// The messages that give a link made anew the settings that it had, before it comes up: what it may take from strangers
    /// (`accept_ra`, `rp_filter`) is to hold from its first packet on.
    func settings(ofNew name: LinkName) -> [Action] {
        request.belongings(of: name).compactMap { entry in
            guard case .setting = entry, !entry.goes(with: .state) else { return nil }
            return .restore(entry, on: name)
        }
    }

    /// Names what is found on links made anew and nobody can put back.
    mutating func noteUnkept() {
        for name in recreated.sorted() {
            let unkept = actual.belongings[name]?.unkept ?? []
            guard !unkept.isEmpty else { continue }
            note(name, "\(unkept.joined(separator: ", ")) \(unkept.count == 1 ? "goes" : "go") with it and cannot be put back")
        }
    }

    /// Whether an address leaves this link for another.
    func moves(_ address: Address, from name: LinkName) -> Bool {
        movesFrom[name]?.contains { $0.address == address } ?? false
    }

    private func staysOn(_ name: LinkName, _ address: Address) -> Bool {
        if moves(address, from: name) { return false }
        guard let wantedAddresses = wanted[name]?.addresses else { return !(address.isOwned && isInScope(name)) }
        if wantedAddresses.contains(where: { $0.network == address.network }) { return true }
        return !address.isOwned && wanted[name]?.excludes(address) != true
    }

    /// The messages that set again routes that stay and name an address as their source, which the kernel has taken off them with it.
    func routesBySource(_ address: IPAddress) -> [Action] {
        actual.routes.filter { $0.source == address && !$0.isKernelMade && staysAsItIs($0) }.sorted(by: Self.goesFirst).map { .replaceRoute($0) }
    }

    private func staysAsItIs(_ route: Route) -> Bool {
        if let want = wantedRoutes[route.key] { return want.sameWay(as: route) }
        if staleRoutes.contains(route) { return false }
        return !isUnwanted(route) && !movedRoutes.contains { $0.key == route.key }
    }
}
