internal import HostNetwork

/// Routes that lose the address they rest on.
extension Draft {
    /// The addresses that leave a link which itself stays: moved, no longer wanted, or of another prefix length now.
    func goneAddresses(_ have: Link) -> [Address] {
        let want = wanted[have.name]
        let kept = want?.addresses ?? []
        return (have.addresses ?? []).filter { address in
            if address.isKernelMade || kept.contains(where: { $0.network == address.network }) { return false }
            let hasNewPrefix = kept.contains { $0.network.address == address.network.address }
            let isUnwanted = address.isOwned && (isInScope(have.name) || want?.addresses != nil)
            let isExcluded = want?.excludes(address) == true
            if cutOff[have.name]?.contains(address) == true { return true }
            return moves(address, from: have.name) || hasNewPrefix || isUnwanted || isExcluded
        }
    }

    /// The kernel drops IPv4 routes whose source address goes, and all of a link that has no IPv4 address left. The plan
    /// says so, as if it took them away itself.
    mutating func findLostRoutes() {
        for have in actualLinks where !goes(have.name) {
            if have.isUp == true, wanted[have.name]?.isUp == false {
                // Over a link that is switched off the kernel keeps no route.
                for route in routesByLink[have.name] ?? [] where route.nextHops.isEmpty && !route.isKernelMade && !route.isDynamic { lose(route) }
                continue
            }
            let gone = goneAddresses(have)
            guard !gone.isEmpty else { continue }
            let isBare = !stayingAddresses(have, without: gone).contains { $0.network.address.family == .ipv4 }
            for route in routesByLink[have.name] ?? [] where route.family == .ipv4 && route.nextHops.isEmpty && !route.isKernelMade {
                let losesSource = route.source.map { source in gone.contains { $0.network.address == source } } ?? false
                if isBare || losesSource { lose(route) }
            }
        }
    }

    /// Whether a route's gateway is in the network of an address that goes, and of none that stays: on a link that was down the
    /// kernel would not take it again.
    func isGroundless(_ route: Route, on have: Link) -> Bool {
        guard let gateway = route.gateway, !gateway.isIPv6LinkLocal, !route.isOnLink else { return false }
        let gone = goneAddresses(have)
        return gone.contains { $0.network.contains(gateway) }
            && !stayingAddresses(have, without: gone).contains { $0.network.contains(gateway) }
    }

    /// Marks a route as gone, unless the file wants it, or it has moved.
    mutating func lose(_ route: Route) {
        guard wantedRoutes[route.key] == nil, !movedRoutes.contains(where: { $0.key == route.key }), !staleRoutes.contains(route) else { return }
        staleRoutes.append(route)
    }

    private func stayingAddresses(_ have: Link, without gone: [Address]) -> [Address] {
        (have.addresses ?? []).filter { !gone.contains($0) } + (wanted[have.name]?.addresses ?? [])
    }
}
