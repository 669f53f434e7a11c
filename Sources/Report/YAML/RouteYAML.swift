internal import HostNetwork

/// The routes and rules that belong to no single link: blackholes, routes of several ways, and all rules.
extension StateYAML {
    func writeHostWide(to page: inout YAMLPage) {
        let routes = hostWideRoutes
        if !routes.isEmpty {
            page.blank()
            page.list("routes", routes.map(\.entries), 0)
        }
        let rules = network.rules.filter(\.isSaid).sorted(by: Rule.goesBefore)
        if !rules.isEmpty {
            page.blank()
            page.list("rules", rules.map(\.entries), 0)
        }
    }

    /// The routes of the file's own list.
    var hostWideRoutes: [Route] {
        network.routes.filter { route in
            route.isSaid && route.link == nil && route.nextHops.allSatisfy { isSayable($0) }
        }.sorted { $0.key < $1.key }
    }

    /// A way over a link that is up, and whose router lies in a prefix that the file says of the link, or says nothing of.
    private func isSayable(_ hop: Route.NextHop) -> Bool {
        guard isSayable(hop.link), let link = network[hop.link], link.kind != .loopback, link.isUp != false else { return false }
        let said = addresses(of: link)
        guard let gateway = hop.gateway, !hop.isOnLink, !gateway.isIPv6LinkLocal else { return true }
        return said.isEmpty || said.contains { $0.network.contains(gateway) }
    }
}

extension Route {
    /// Whether a topology file can say the route, and an administrator or weft set it.
    var isSaid: Bool {
        let isByHand = isOwned || origin == Self.staticOrigin || origin == 3 || origin == 0
        let isKnown = Self.typeNames[type] != nil && (tos == 0 || family == .ipv4 && tos & 3 == 0) && !hasUnknownAttributes && sourcePrefix == nil && otherAttributes.isEmpty
        return isByHand && !isDynamic && isKnown && table != Self.localTable && !(type == Self.unicastType && links.isEmpty)
    }

    /// Whether the router lies in a prefix that the file says, or that the file says nothing of.
    func isReachable(by addresses: [Address], beside others: [Route], dynamic: [Address]) -> Bool {
        guard let gateway, !isOnLink, !gateway.isIPv6LinkLocal else { return true }
        if addresses.contains(where: { $0.network.contains(gateway) }) { return true }
        // The router of a lease comes with the lease.
        if dynamic.contains(where: { $0.network.contains(gateway) }) { return false }
        return addresses.isEmpty || others.contains { $0.gateway == nil && $0.table == table && $0.destination.contains(gateway) }
    }

    /// The route as a mapping in one line.
    var entries: YAMLPage.Value {
        let isPlainDefault = destination.isEverything && gateway?.family == family
        var entries: [(key: String, value: YAMLPage.Value)] = [("to", .word(isPlainDefault ? "default" : destination.description))]
        if type != Self.unicastType, let name = Self.typeNames[type] { entries.append(("type", .word(name))) }
        if let gateway { entries.append(("via", .word(gateway.description))) }
        if !nextHops.isEmpty { entries.append(("nexthops", .list(nextHops.map(\.entries)))) }
        if effectiveMetric != (family == .ipv4 ? 0 : 1024) { entries.append(("metric", .literal(String(effectiveMetric)))) }
        if table != Self.mainTable { entries.append(("table", .literal(String(table)))) }
        if let source { entries.append(("source", .word(source.description))) }
        if let scope, family == .ipv4, type == Self.unicastType, scope != usualScope, let name = Self.scopeNames[scope] {
            entries.append(("scope", .word(name)))
        }
        if isOnLink { entries.append(("onlink", .literal("true"))) }
        if let mtu { entries.append(("mtu", .literal(String(mtu)))) }
        if tos != 0 { entries.append(("tos", .literal(String(tos)))) }
        return .mapping(entries)
    }
}

extension Route.NextHop {
    fileprivate var entries: YAMLPage.Value {
        var entries: [(key: String, value: YAMLPage.Value)] = []
        if let gateway { entries.append(("via", .word(gateway.description))) }
        entries.append(("link", .word(link.text)))
        if weight != 1 { entries.append(("weight", .literal(String(weight)))) }
        if isOnLink { entries.append(("onlink", .literal("true"))) }
        return .mapping(entries)
    }
}

extension Rule {
    /// Whether a topology file can say the rule, and an administrator or weft set it.
    var isSaid: Bool {
        let isByHand = isOwned || origin == Route.staticOrigin || origin == 3 || origin == 0
        let isLinkSayable = [inputLink, outputLink].allSatisfy { $0.map { $0.text == "lo" || (try? LinkName($0.text)) != nil } ?? true }
        if case .other = action { return false }
        return isByHand && !hasUnknownAttributes && isLinkSayable && priority > 0
    }

    /// The rule as a mapping in one line.
    var entries: YAMLPage.Value {
        var entries: [(key: String, value: YAMLPage.Value)] = [("priority", .literal(String(priority)))]
        if family == .ipv6, source == nil, destination == nil { entries.append(("family", .word("ipv6"))) }
        if isInverted { entries.append(("not", .literal("true"))) }
        if let source { entries.append(("from", .word(source.description))) }
        if let destination { entries.append(("to", .word(destination.description))) }
        if let inputLink { entries.append(("iif", .word(inputLink.text))) }
        if let outputLink { entries.append(("oif", .word(outputLink.text))) }
        if let mark { entries.append(("fwmark", .word(mark.display))) }
        if tos != 0 { entries.append(("tos", .literal(String(tos)))) }
        if let ipProtocol { entries.append(("ipproto", .literal(Self.protocolName(ipProtocol)))) }
        if let sourcePorts { entries.append(("sport", .literal(sourcePorts.display))) }
        if let destinationPorts { entries.append(("dport", .literal(destinationPorts.display))) }
        switch action {
        case .lookup(let table): entries.append(("table", .literal(Route.tableName(table))))
        case .blackhole, .unreachable, .prohibit, .other: entries.append(("action", .word(action.word)))
        }
        if let suppressedPrefixLength { entries.append(("suppress_prefixlength", .literal(String(suppressedPrefixLength)))) }
        return .mapping(entries)
    }
}
