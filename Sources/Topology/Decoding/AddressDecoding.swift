internal import HostNetwork

/// Addresses, routes and gateways.
extension Decoder {
    mutating func decodeAddresses(_ entry: YAMLEntry, into link: inout LinkDraft) {
        guard let items = list(entry) else { return }
        var addresses: [Address] = []
        for item in items {
            guard let text = text(ofItem: item, of: entry, example: "192.0.2.10/24"),
                let network = attempt(at: item.span, { () throws(ValueError) in try Self.hostAddress(text) })
            else {
                link.hasUnreadableAddresses = true
                continue
            }
            if let index = addresses.firstIndex(where: { $0.network == network }) {
                problems.error(
                    item.span, "\(network) is listed twice on \(link.name)", fix: "keep one of the two",
                    related: [(link.addressSpans[index], "the first is here")])
                continue
            }
            addresses.append(Address(network))
            link.addressSpans.append(item.span)
        }
        link.link.addresses = addresses
    }

    /// An address that a host can have on a link.
    private static func hostAddress(_ text: String) throws(ValueError) -> IPNetwork {
        let network = try IPNetwork(text)
        let address = network.address
        if address.isMulticast { throw ValueError("\(address) is a multicast address, which no host can have") }
        if address.isUnspecified { throw ValueError("\(address) is no address that a host can have") }
        if address == .v6(0, 1) { throw ValueError("\(address) is the loopback address, which only 'lo' can have") }
        guard address.family == .ipv4, network.prefixLength < 31 else { return network }
        let length = network.prefixLength
        if address == network.network.address {
            throw ValueError(
                "\(address) is the network itself at a prefix length of \(length)", fix: "write a host's address inside \(network.network)")
        }
        if case .v4(let bits) = address, bits | (~0 << UInt32(32 - length)) == ~0, length > 0 {
            throw ValueError("\(address) is the broadcast address of \(network.network)", fix: "write a host's address inside it")
        }
        return network
    }

    mutating func decodeGateways(_ entry: YAMLEntry, of link: LinkName) -> [RouteDraft] {
        var found: [(gateway: IPAddress, span: Span)] = []
        if case .list(let items) = entry.value.content {
            for item in items {
                guard let text = text(ofItem: item, of: entry, example: "192.0.2.1") else { continue }
                guard let gateway = attempt(at: item.span, { () throws(ValueError) in try Self.gateway(text) }) else { continue }
                found.append((gateway, item.span))
            }
        } else if let text = text(entry) {
            let gateway = attempt(at: entry.valueSpan) { () throws(ValueError) in try Self.gateway(text) }
            if let gateway { found = [(gateway, entry.valueSpan)] }
        }
        var drafts: [RouteDraft] = []
        for (gateway, span) in found {
            if let first = drafts.first(where: { $0.route.family == gateway.family }) {
                problems.error(
                    span, "\(link) has two \(gateway.family.rawValue) gateways",
                    fix:
                        "keep one; for a second one write a route with a metric of its own: routes: [{to: default, via: \(gateway), metric: 100}]",
                    related: [(first.span, "the first is here")])
                continue
            }
            var route = Route(to: .everything(gateway.family), via: gateway, link: link)
            route.sourceMark = span.mark(in: problems.file)
            drafts.append(RouteDraft(route: route, span: span, viaSpan: span, link: link))
        }
        return drafts
    }

    private static func gateway(_ text: String) throws(ValueError) -> IPAddress {
        let parts = text.split { $0 == "," || $0 == " " }
        if parts.count > 1 {
            throw ValueError("'\(text)' is more than one router", fix: "write a list: [\(parts.joined(separator: ", "))]")
        }
        if text.contains("/"), let network = try? IPNetwork(text) {
            throw ValueError("a gateway has no prefix length", fix: "write \(network.address)")
        }
        let gateway = try IPAddress(text)
        if gateway.isMulticast || gateway.isUnspecified { throw ValueError("\(gateway) is no address of a router") }
        return gateway
    }

    mutating func decodeRoutes(_ entry: YAMLEntry, of link: LinkName) -> [RouteDraft] {
        var routes: [RouteDraft] = []
        for item in list(entry) ?? [] {
            if item.isPoisoned { continue }
            guard case .mapping(let entries) = item.content else {
                problems.error(
                    item.span, "a route is a mapping, not \(item.noun)", fix: "write it like {to: 198.51.100.0/24, via: 192.0.2.1}")
                continue
            }
            if let route = decodeRoute(entries, at: item.span, of: link) { routes.append(route) }
        }
        return routes
    }

    /// What a route's keys said, before it is known whether they fit together.
    private struct RouteParts {
        var to: (text: String, span: Span)?
        var hasTo = false
        var via: IPAddress?
        var viaSpan: Span?
        var source: (address: IPAddress, entry: YAMLEntry)?
        var hasMistake = false
    }

    private mutating func decodeRoute(_ entries: [YAMLEntry], at span: Span, of link: LinkName) -> RouteDraft? {
        var parts = RouteParts()
        var route = Route(to: .everything(.ipv4), link: link)
        for entry in entries {
            switch RouteKey(rawValue: entry.key) {
            case .to:
                parts.hasTo = true
                if let text = text(entry) { parts.to = (text, entry.valueSpan) }
            case .via:
                parts.viaSpan = entry.valueSpan
                guard let text = text(entry) else { break }
                parts.via = attempt(at: entry.valueSpan) { () throws(ValueError) in try Self.gateway(text) }
            case .metric: route.metric = number(entry, in: 0...UInt32.max)
            case .table: route.table = table(entry) ?? Route.mainTable
            case .source, .src:
                if let first = parts.source {
                    problems.error(
                        entry.keySpan, "'\(entry.key)' and '\(first.entry.key)' are the same", fix: "keep one of the two",
                        related: [(first.entry.keySpan, "the first is here")])
                } else if let address = address(entry) {
                    parts.source = (address, entry)
                }
            case .onlink: route.isOnLink = flag(entry) ?? false
            case .mtu: route.mtu = number(entry, in: Self.mtuRange, unit: " bytes")
            case nil: unknownKey(entry, in: .route)
            }
        }
        guard parts.hasTo else {
            problems.error(span, "this route has no 'to'", fix: "write to: default, or the network it leads to")
            return nil
        }
        guard let to = parts.to, parts.viaSpan == nil || parts.via != nil else { return nil }
        guard let destination = attempt(at: to.span, { () throws(ValueError) in try Self.destination(to.text, via: parts.via) }) else {
            return nil
        }
        return finish(&route, parts, destination, at: span, of: link)
    }

    private mutating func finish(
        _ route: inout Route, _ parts: RouteParts, _ destination: IPNetwork, at span: Span, of link: LinkName
    ) -> RouteDraft? {
        route.destination = destination
        route.gateway = parts.via
        route.sourceMark = span.mark(in: problems.file)
        let family = destination.address.family
        if let via = parts.via, let viaSpan = parts.viaSpan, family == .ipv6, via.family == .ipv4 {
            problems.error(viaSpan, "an IPv6 route cannot lead over the IPv4 router \(via)")
            return nil
        }
        if let source = parts.source {
            if source.address.family == family {
                route.source = source.address
            } else {
                problems.error(source.entry.valueSpan, "the source \(source.address) is not of the route's family, \(family.rawValue)")
            }
        }
        if route.isOnLink, parts.via == nil {
            problems.error(span, "'onlink' says something about a router, and this route has no 'via'", fix: "leave 'onlink' out")
            return nil
        }
        // The kernel takes 0 for its default here, which it then reports as 1024.
        if family == .ipv6, route.metric == 0 { route.metric = nil }
        return RouteDraft(route: route, span: span, viaSpan: parts.viaSpan, link: link)
    }

    private static func destination(_ text: String, via: IPAddress?) throws(ValueError) -> IPNetwork {
        if text == "default" {
            guard let via else {
                throw ValueError("a default route without 'via' does not say its family", fix: "write 0.0.0.0/0 or ::/0 for 'default'")
            }
            return .everything(via.family)
        }
        if !text.contains("/"), let address = try? IPAddress(text) {
            throw ValueError("'\(text)' lacks a prefix length", fix: "write \(text)/\(address.family.bitWidth) for the one host")
        }
        let network = try IPNetwork(text)
        guard network == network.network else {
            throw ValueError("\(network) has bits set after its prefix", fix: "write \(network.network)")
        }
        return network
    }

    private mutating func table(_ entry: YAMLEntry) -> UInt32? {
        if case .scalar("main", _) = entry.value.content { return Route.mainTable }
        guard let number = number(entry, in: 1...UInt32.max) else { return nil }
        guard number != Route.localTable else {
            problems.error(entry.valueSpan, "table \(number) is the kernel's own", fix: "leave 'table' out, or write another number")
            return nil
        }
        return number
    }
}
