internal import HostNetwork

/// Routes and rules that cannot be, or that are there twice.
extension Checks {
    mutating func checkRoutes() {
        var first: [Route.Key: RouteDraft] = [:]
        var homes: [IPAddress: LinkName] = [:]
        for link in draft.present {
            for address in link.link.addresses ?? [] where homes[address.network.address] == nil { homes[address.network.address] = link.name }
        }
        for draft in draft.routes.sorted(by: { $0.span < $1.span }) {
            for way in draft.ways {
                checkGateway(draft.route, way, homes)
                checkLink(way, of: draft)
            }
            if let other = first[draft.route.key] {
                reportTwin(draft, other)
            } else {
                first[draft.route.key] = draft
            }
        }
    }

    /// A route over a link that is switched off, or that is to go.
    private mutating func checkLink(_ way: WayDraft, of draft: RouteDraft) {
        guard let link = self.draft.links[way.link] else { return }
        if !link.link.isPresent {
            problems.error(
                way.span, "a route over \(way.link), which is to go", fix: "leave the route out",
                related: [(link.spans[.state] ?? link.span, "it is absent here")])
        } else if link.link.isUp == false, let span = link.spans[.up] {
            problems.error(
                draft.span, "a route over \(link.name), which is down", fix: "leave `up: false` out, or the route",
                related: [(span, "it is switched off here")])
        }
    }

    private mutating func reportTwin(_ twin: RouteDraft, _ other: RouteDraft) {
        let route = twin.route
        let what = route.isDefault ? "default route for \(route.family.rawValue)" : "route to \(route.destination)"
        let metric = route.metric.map { "metric \($0)" } ?? "the default metric"
        let place = route.table == Route.mainTable ? metric : "\(metric) in table \(route.table)"
        problems.error(
            twin.span, "a second \(what) with \(place)", fix: "give one of them another metric, or leave it out",
            related: [(other.span, "the first is here")])
    }

    /// A next router that the link cannot reach.
    private mutating func checkGateway(_ route: Route, _ way: WayDraft, _ homes: [IPAddress: LinkName]) {
        guard let via = way.gateway else { return }
        let isOwn = present(way.link)?.link.addresses?.contains { $0.network.address == via } ?? false
        if isOwn, via.family == .ipv4, !route.isDefault, route.destination.contains(via) {
            // The kernel takes this for a network on the link itself, and there are programs that write it so (VDSM). Elsewhere it
            // is a slip, and one that cuts a host off.
            return problems.warning(
                way.span, "the router \(via) is \(way.link)'s own address: the kernel takes the network for one on the link itself",
                fix: "leave 'via' out")
        }
        if let home = homes[via] {
            return problems.error(
                way.span, "the router \(via) is this host itself: \(home) has the address", fix: "write the router's address")
        }
        // Where the file says nothing of the addresses, they are what they are. Link-local routers are on every link.
        guard !route.isOnLink(over: way.link), !via.isIPv6LinkLocal, let link = present(way.link), let addresses = link.link.addresses,
            !addresses.isEmpty, !link.hasUnreadableAddresses, !link.link.isLeasing(via.family)
        else { return }
        let prefixes = addresses.map(\.network.network)
        if prefixes.contains(where: { $0.contains(via) }) { return }
        let direct = draft.routes.filter { $0.route.table == route.table && $0.ways.contains { $0.link == way.link && $0.gateway == nil } }
        if direct.contains(where: { $0.route.destination.contains(via) }) { return }
        let same = prefixes.filter { $0.address.family == via.family }
        let message =
            same.isEmpty
            ? "the router \(via) cannot be reached: \(link.name) has no \(via.family.rawValue) address"
            : "the router \(via) is outside every prefix of \(link.name): \(same.map(\.description).joined(separator: ", "))"
        problems.error(
            way.span, message,
            fix: "correct the router or the address; if the router answers on this link all the same, write a route with onlink: true")
    }

    /// The same rule twice, at one priority: the kernel takes it once.
    mutating func checkRules() {
        var first: [Rule: RuleDraft] = [:]
        for draft in draft.rules where draft.hasPriority {
            if let other = first[draft.rule.identity] {
                problems.error(
                    draft.span, "this rule is there twice, with priority \(draft.rule.priority)", fix: "leave one of the two out",
                    related: [(other.span, "the first is here")])
            } else {
                first[draft.rule.identity] = draft
            }
        }
    }
}

extension Route {
    /// Whether the way over a link takes its router to be there although no prefix says so.
    func isOnLink(over link: LinkName) -> Bool {
        guard !nextHops.isEmpty else { return isOnLink }
        return nextHops.contains { $0.link == link && $0.isOnLink }
    }
}
