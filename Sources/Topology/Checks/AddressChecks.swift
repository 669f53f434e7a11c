internal import HostNetwork

extension Checks {
    /// An address on two links, or on a port, whose master takes what is sent there.
    mutating func checkAddresses() {
        var first: [IPAddress: (link: LinkName, span: Span)] = [:]
        for link in draft.present {
            if let span = link.addressSpans.first, let edge = stack.uppers[link.name]?.first(where: \.isPort) {
                problems.warning(
                    span, "\(link.name) is a port of \(edge.upper), and hardly reachable by an address of its own",
                    fix: "put the address on \(edge.upper)", related: [(edge.span, "it is a port of \(edge.upper) here")])
            }
            if let mtu = link.link.mtu, mtu < 1280, let span = link.spans[.mtu],
                link.link.addresses?.contains(where: { $0.network.address.family == .ipv6 }) == true {
                problems.error(span, "\(link.name) has an IPv6 address, and an MTU of \(mtu) is too small for IPv6", fix: "1280 or more")
            }
            for (address, span) in zip(link.link.addresses ?? [], link.addressSpans) {
                // Link-local addresses mean something on their link only.
                let ip = address.network.address
                if ip.isIPv6LinkLocal { continue }
                if let other = first[ip] {
                    let place = other.link == link.name ? "twice on \(link.name)" : "on \(link.name) and on \(other.link)"
                    problems.error(
                        max(span, other.span), "\(ip) is \(place)", fix: "keep one of the two",
                        related: [(min(span, other.span), "the first is here")])
                } else {
                    first[ip] = (link.name, span)
                }
            }
        }
    }

    mutating func checkRoutes() {
        var first: [Route.Key: RouteDraft] = [:]
        var homes: [IPAddress: LinkName] = [:]
        for link in draft.present {
            for address in link.link.addresses ?? [] where homes[address.network.address] == nil { homes[address.network.address] = link.name }
        }
        for draft in draft.routes.sorted(by: { $0.span < $1.span }) {
            checkGateway(draft, homes)
            if let link = present(draft.link), link.link.isUp == false, let span = link.spans[.up] {
                problems.error(
                    draft.span, "a route over \(link.name), which is down", fix: "leave `up: false` out, or the route",
                    related: [(span, "it is switched off here")])
            }
            if let other = first[draft.route.key] {
                reportTwin(draft, other)
            } else {
                first[draft.route.key] = draft
            }
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
    private mutating func checkGateway(_ draft: RouteDraft, _ homes: [IPAddress: LinkName]) {
        guard let via = draft.route.gateway, let span = draft.viaSpan else { return }
        if let home = homes[via] {
            return problems.error(
                span, "the router \(via) is this host itself: \(home) has the address", fix: "write the router's address")
        }
        // Where the file says nothing of the addresses, they are what they are. Link-local routers are on every link.
        guard !draft.route.isOnLink, !via.isIPv6LinkLocal, let link = present(draft.link), let addresses = link.link.addresses,
            !addresses.isEmpty, !link.hasUnreadableAddresses, !link.link.isLeasing(via.family)
        else { return }
        let prefixes = addresses.map(\.network.network)
        if prefixes.contains(where: { $0.contains(via) }) { return }
        let direct = self.draft.routes.filter { $0.link == draft.link && $0.route.gateway == nil && $0.route.table == draft.route.table }
        if direct.contains(where: { $0.route.destination.contains(via) }) { return }
        let same = prefixes.filter { $0.address.family == via.family }
        let message =
            same.isEmpty
            ? "the router \(via) cannot be reached: \(link.name) has no \(via.family.rawValue) address"
            : "the router \(via) is outside every prefix of \(link.name): \(same.map(\.description).joined(separator: ", "))"
        problems.error(
            span, message,
            fix: "correct the router or the address; if the router answers on this link all the same, write a route with onlink: true")
    }
}
