internal import HostNetwork

/// Who stands on whom while a plan goes on: as much of a network as the impact of its steps depends on, cheap to change step
/// by step, for a plan may have thousands.
struct ImpactState {
    private(set) var links: [LinkName: Link]
    private(set) var ports: [LinkName: Set<LinkName>] = [:]
    private(set) var uppers: [LinkName: Set<LinkName>] = [:]
    private(set) var routes: [Route.Key: Route] = [:]
    private var routeKeys: [LinkName: Set<Route.Key>] = [:]
    /// firewalld's zones; `nil` where it does not run.
    private(set) var zones: LinkServices.Zones?

    init(_ network: HostNetwork) {
        links = network.links
        zones = network.services?.zones
        for link in network.links.values {
            if let master = link.master { ports[master, default: []].insert(link.name) }
            if let parent = link.parent { uppers[parent, default: []].insert(link.name) }
        }
        for route in network.routes where !route.isKernelMade { set(route) }
    }

    subscript(name: LinkName) -> Link? { links[name] }

    /// The routes over a link that are not the kernel's own, in their order.
    func routes(over name: LinkName) -> [Route] {
        guard let keys = routeKeys[name], !keys.isEmpty else { return [] }
        return keys.sorted().compactMap { routes[$0] }
    }

    /// What lies on a link, by name. Nothing lies on most of thousands, and nothing is sorted for them.
    func sortedUppers(of name: LinkName) -> [LinkName] { uppers[name].map { $0.count > 1 ? $0.sorted() : Array($0) } ?? [] }

    /// The ports of a master, by name.
    func sortedPorts(of name: LinkName) -> [LinkName] { ports[name].map { $0.count > 1 ? $0.sorted() : Array($0) } ?? [] }

    mutating func apply(_ action: Action) {
        switch action {
        case .create(let made):
            var link = made
            link.addresses = []
            link.isUp = made.isUp ?? false
            links[link.name] = link
            if let parent = link.parent { uppers[parent, default: []].insert(link.name) }
            if let master = link.master { ports[master, default: []].insert(link.name) }
        case .change(let change): take(change)
        case .delete(let names): for name in names { remove(name) }
        case .addAddress(let address, let name):
            links[name]?.addresses?.removeAll { $0.network == address.network }
            links[name]?.addresses?.append(address)
        case .removeAddress(let address, let name): links[name]?.addresses?.removeAll { $0.network == address.network }
        case .addRoute(let route), .replaceRoute(let route): set(route)
        case .removeRoute(let route): if routes[route.key]?.links == route.links { remove(route.key) }
        case .setVLANs, .removeVLANs, .addName, .removeName, .addRule, .removeRule, .restore, .forget: break
        case .service(.setZone(let zone, let name)): zones?.bindings[name] = zone
        case .service(.setDNS): break
        }
    }

    /// Lets a port go from its master.
    mutating func release(_ name: LinkName) {
        if let master = links[name]?.master { ports[master]?.remove(name) }
        links[name]?.attachment = .free
    }

    private mutating func take(_ change: Link) {
        guard var link = links[change.name] else { return }
        if change.hasIPv6 == false { link.addresses?.removeAll { $0.network.address.family == .ipv6 } }
        link.hasIPv6 = change.hasIPv6 ?? link.hasIPv6
        if let attachment = change.attachment, attachment != link.attachment {
            if let master = link.master {
                ports[master]?.remove(link.name)
                if links[master]?.kind == .bond { link.isUp = false }
            }
            if let master = attachment.master {
                ports[master, default: []].insert(link.name)
                if links[master]?.kind == .bond { link.isUp = true }
            }
            link.attachment = attachment
            if attachment == .free { link.portOptions = OptionValues() }
        }
        link.isUp = change.isUp ?? link.isUp
        link.mtu = change.mtu ?? link.mtu
        link.mac = change.mac ?? link.mac
        for entry in change.options.entries { link.options[entry.id] = entry.value }
        for entry in change.portOptions.entries { link.portOptions[entry.id] = entry.value }
        links[change.name] = link
    }

    private mutating func remove(_ name: LinkName) {
        guard let link = links.removeValue(forKey: name) else { return }
        if let master = link.master { ports[master]?.remove(name) }
        if let parent = link.parent { uppers[parent]?.remove(name) }
        for port in ports.removeValue(forKey: name) ?? [] { links[port]?.attachment = .free }
        for key in routeKeys[name] ?? [] { remove(key) }
    }

    private mutating func set(_ route: Route) {
        if routes[route.key] != nil { remove(route.key) }
        routes[route.key] = route
        for link in route.links { routeKeys[link, default: []].insert(route.key) }
    }

    private mutating func remove(_ key: Route.Key) {
        guard let route = routes.removeValue(forKey: key) else { return }
        for link in route.links { routeKeys[link]?.remove(key) }
    }

    // MARK: Looking

    /// Where each address of the host's stands.
    var homes: [IPAddress: LinkName] {
        var homes: [IPAddress: LinkName] = [:]
        for link in links.values {
            for address in link.addresses ?? [] where !address.isKernelMade { homes[address.network.address] = link.name }
        }
        return homes
    }

    /// The bond's other ports that can carry its frames.
    func standIns(for port: LinkName, in bond: LinkName) -> [LinkName] {
        (ports[bond] ?? []).filter { name in
            name != port && links[name]?.isUp != false && links[name]?.hasCarrier != false
        }.sorted()
    }

    /// Whether a bridge reaches the wire, or another network, by this port: all but a guest's or a container's end.
    func isUplink(_ name: LinkName) -> Bool {
        guard let kind = links[name]?.kind else { return false }
        switch kind {
        case .nic, .bond, .vlan, .bridge: return true
        case .loopback: return false
        case .other(let name): return !["tun", "veth", "macvtap", "macvlan", "ipvtap", "ipvlan"].contains(name)
        }
    }

    /// A way to somebody: the link, and the router on it.
    struct Way: Hashable {
        let link: LinkName?
        let gateway: IPAddress?
    }

    /// The best way to an address by the main table: that of the longest prefix, then of the lowest metric; the networks of
    /// the host's own addresses are routes too. `nil` where there is none.
    func wayOut(to address: IPAddress) -> Way? {
        var best: (length: Int, metric: UInt32, way: Way)?
        func offer(_ length: Int, _ metric: UInt32, _ way: Way) {
            if let best, (-best.length, best.metric, best.way.link?.text ?? "") <= (-length, metric, way.link?.text ?? "") { return }
            best = (length, metric, way)
        }
        for route in routes.values where route.table == Route.mainTable && route.destination.contains(address) {
            let hop = route.nextHops.first
            offer(route.destination.prefixLength, route.effectiveMetric, Way(link: route.link ?? hop?.link, gateway: route.gateway ?? hop?.gateway))
        }
        for link in links.values where link.isUp == true {
            for own in link.addresses ?? [] where own.hasPrefixRoute && own.network.contains(address) {
                offer(own.network.prefixLength, 0, Way(link: link.name, gateway: nil))
            }
        }
        return best?.way
    }
}
