internal import HostNetwork

/// Addresses that change their link, and the routes that rest on them. From the moment a NIC enters a bridge until its
/// address is off it, the host is deaf; the steps of that stretch stand together and hold nothing else.
extension Draft {
    /// Finds every address that moves, and refuses where one would be cut off without anybody having asked for it.
    mutating func moveAddresses() {
        var homes: [IPAddress: LinkName] = [:]
        for want in wantedLinks where want.isPresent {
            for address in want.addresses ?? [] { homes[address.network.address] = want.name }
        }
        for have in actualLinks where have.kind != .loopback && !(have.addresses ?? []).isEmpty {
            for address in have.addresses ?? [] where !address.isKernelMade { move(address, of: have, homes) }
        }
        moveRoutes()
        findLostRoutes()
    }

    private mutating func move(_ address: Address, of have: Link, _ homes: [IPAddress: LinkName]) {
        let ip = address.network.address
        if let home = homes[ip] {
            // Before the change both may have had it, as two links of a host may.
            guard home != have.name, !staysWanted(address, on: have.name) else { return }
            if wanted[have.name] != nil || goes(have.name) || address.isOwned {
                add(AddressMove(from: have.name, address: address, to: home, isGivenBack: false))
            } else if request.allowsOutage || request.isRollback {
                note(have.name, "has \(ip) too; the file gives it to \(home), and \(have.name) is not in the file")
            } else {
                refuse(
                    .outage, have.name, "\(have.name) has \(ip), which the file gives to \(home); \(have.name) is neither weft's nor in the file",
                    fix: "take the address off \(have.name) first, or name \(have.name) in the file, or give --allow-outage",
                    origin: wanted[home]?.origin)
            }
            return
        }
        if request.isRollback { return refuseLosing(address, of: have) }
        guard !staysWanted(address, on: have.name) else { return }
        if removed.contains(have.name) {
            giveBack(address, of: have, homes)
        } else if !address.isOwned, let master = finalMaster(have.name), have.master != master {
            if request.allowsOutage {
                let isRival = wanted[top(of: master)]?.addresses?.contains { $0.network.network == address.network.network } ?? false
                if isRival { cutOff[have.name, default: []].append(address) }
                note(
                    have.name,
                    isRival
                        ? "loses \(address.network), which would keep \(top(of: master)) from its own network"
                        : "keeps \(address.network), which nobody reaches while it is a port of \(master)")
            } else if address.isDynamic, wanted[top(of: master)]?.leavesToDHCP(address) == true {
                refuse(
                    .outage, have.name,
                    "\(have.name) has \(address.network) of a lease, which nobody reaches once \(have.name) is a port of \(master), until the host's DHCP client has one for \(top(of: master))",
                    fix: "have the client ready for \(top(of: master)), and give --allow-outage")
            } else {
                refuse(
                    .outage, have.name,
                    "\(have.name) has \(address.network), which nobody reaches once \(have.name) is a port of \(master), and the file does not say where it goes",
                    fix: "name \(address.network) in the `addresses` of \(top(of: master)), or give --allow-outage")
            }
        }
    }

    /// Going back to an older state takes no address unasked that others have set since on a link which goes.
    private mutating func refuseLosing(_ address: Address, of have: Link) {
        guard !request.mayCutOff, removed.contains(have.name), !address.isOwned, plan.refusals.last?.link != have.name else { return }
        let all = (have.addresses ?? []).filter { !$0.isKernelMade && !$0.isOwned }.map(\.network.description).joined(separator: ", ")
        refuse(.outage, have.name, "\(have.name) holds \(all), which weft did not set, and would be taken away", fix: "give --allow-outage if that is meant")
    }

    private func staysWanted(_ address: Address, on name: LinkName) -> Bool {
        wanted[name]?.addresses?.contains { $0.network.address == address.network.address } ?? false
    }

    /// The link at the top of a stack of masters, where an address belongs.
    private func top(of name: LinkName) -> LinkName {
        var top = name
        for _ in 0..<8 {
            guard let master = finalMaster(top) else { break }
            top = master
        }
        return top
    }

    /// A bridge that goes gives its addresses back to its NIC, where there is just one.
    private mutating func giveBack(_ address: Address, of have: Link, _ homes: [IPAddress: LinkName]) {
        let nics = (portsByMaster[have.name] ?? []).filter { port in
            guard let link = actual[port], !goes(port), finalMaster(port) == nil else { return false }
            return link.kind == .nic || request.portsPut.contains(port)
        }
        let only = have.kind == .bridge && nics.count == 1 ? nics[0] : nil
        let heir = only.flatMap { wanted[$0]?.excludes(address) == true ? nil : $0 }
        let lack = only.map { "the addresses of \($0) are exclusive" } ?? "no single NIC can take \(request.allowsOutage ? "it" : "them") over"
        guard request.allowsOutage else {
            let way = heir.map { "then they go back to \($0)" } ?? "then they are lost: \(lack)"
            // Once a link is enough, however many addresses it holds.
            if plan.refusals.last?.link != have.name {
                let all = (have.addresses ?? []).filter { !$0.isKernelMade && homes[$0.network.address] == nil }.map(\.network.description).joined(separator: ", ")
                refuse(
                    .outage, have.name, "\(have.name) holds the host's \(all) and would be taken away",
                    fix: "give --allow-outage; \(way)")
            }
            return
        }
        if let heir {
            add(AddressMove(from: have.name, address: address, to: heir, isGivenBack: true))
        } else {
            note(have.name, "\(address.network) goes with \(have.name): \(lack)")
        }
    }

    // MARK: Routes that rest on a moved address

    private mutating func moveRoutes() {
        let covered = Set(wanted.routes.map { RouteHome($0) })
        for (name, own) in movesFrom.sorted(by: { $0.key < $1.key }) {
            for route in (routesByLink[name] ?? []).sorted(by: { $0.key < $1.key }) where !route.isKernelMade {
                guard route.nextHops.isEmpty else {
                    if wantedRoutes[route.key] == nil { moveMultipath(route, over: name) }
                    continue
                }
                guard let move = own.first(where: { rests(route, on: $0, amongAll: own) }) else { continue }
                if route.isDynamic {
                    note(name, "the route \(route.display) came from a router's advertisement and stays with \(name)")
                    continue
                }
                if wantedRoutes[route.key] != nil || route.isOwned && !move.isGivenBack { continue }
                // The file's own default route takes the place of the NIC's, whatever its metric was.
                if covered.contains(RouteHome(route, on: move.to)) {
                    staleRoutes.append(route)
                    continue
                }
                var moved = route
                moved.link = move.to
                if move.isGivenBack, route.isOwned { moved.origin = Route.staticOrigin }
                movedRoutes.append(moved)
            }
        }
    }

    /// Moves a route of several ways along with the addresses that its ways rest on. Where one of them would lead nowhere, all of it is
    /// lost: with one gone the kernel drops it.
    private mutating func moveMultipath(_ route: Route, over name: LinkName) {
        // It stands under each of its links.
        if movedRoutes.contains(where: { $0.key == route.key }) || staleRoutes.contains(route) { return }
        guard !route.isDynamic, !route.hasUnknownAttributes, let (moved, isGivenBack) = multipathInTheEnd(route), moved != route, !route.isOwned || isGivenBack else {
            return loseMultipath(route, over: name)
        }
        if wanted.routes.contains(where: { $0.destination == route.destination && $0.table == route.table && $0.links.contains { moved.links.contains($0) } }) {
            staleRoutes.append(route)
        } else {
            movedRoutes.append(moved)
        }
    }

    private func multipathInTheEnd(_ route: Route) -> (route: Route, isGivenBack: Bool)? {
        var moved = route
        var isGivenBack = false
        for (place, hop) in route.nextHops.enumerated() {
            var way = route
            (way.nextHops, way.link, way.gateway, way.isOnLink) = ([], hop.link, hop.gateway, hop.isOnLink)
            let own = movesFrom[hop.link] ?? []
            if let move = own.first(where: { rests(way, on: $0, amongAll: own) }) {
                moved.nextHops[place].link = move.to
                isGivenBack = isGivenBack || move.isGivenBack
            } else if goes(hop.link) || actual[hop.link]?.master != finalMaster(hop.link) {
                return nil
            }
        }
        if isGivenBack, route.isOwned { moved.origin = Route.staticOrigin }
        return (moved, isGivenBack)
    }

    private mutating func loseMultipath(_ route: Route, over name: LinkName) {
        if request.allowsOutage || request.isRollback {
            lose(route)
        } else if !plan.refusals.contains(where: { $0.link == name && $0.message.contains("multipath") }) {
            refuse(
                .outage, name, "the multipath route \(route.display) goes over \(name), and would be lost",
                fix: "take the route away first, or give --allow-outage")
        }
    }

    /// Whether a route rests on an address that moves: by its source, by its gateway, or because the link that it goes over is
    /// of no more use to the host.
    private func rests(_ route: Route, on move: AddressMove, amongAll own: [AddressMove]) -> Bool {
        func isNamed(by move: AddressMove) -> Bool {
            if let source = route.source { return source == move.address.network.address }
            return route.gateway.map { move.address.network.contains($0) } ?? false
        }
        guard route.family == move.address.network.address.family else { return false }
        if isNamed(by: move) { return true }
        let isUseless = goes(move.from) || finalMaster(move.from) != nil
        let isAnywhere = route.gateway.map { $0.isIPv6LinkLocal || route.isOnLink } ?? true
        return isUseless && isAnywhere && !own.contains { isNamed(by: $0) }
    }
}

/// Where a route leads and over which link, whatever its metric.
private struct RouteHome: Hashable {
    let destination: IPNetwork
    let table: UInt32
    let link: LinkName?

    init(_ route: Route) { self.init(route, on: route.link) }

    init(_ route: Route, on link: LinkName?) {
        destination = route.destination
        table = route.table
        self.link = link
    }
}
