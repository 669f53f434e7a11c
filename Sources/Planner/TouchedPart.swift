public import HostNetwork

/// The part of a host's network that a change can touch, as it was before: what a checkpoint holds of it.
///
/// What a change cannot touch stays as it is found when somebody goes back. So a checkpoint is as large as its change, whatever
/// the host, and going back takes nothing from others who have changed the rest meanwhile. Routing rules, routes over no link and
/// what services keep are few, and always belong to it.
public struct TouchedPart: Hashable, Sendable {
    /// The links that belong to it. One that ``network`` lacks was not there.
    public let links: Set<LinkName>
    /// The part of the network as it was.
    public let network: HostNetwork

    /// Takes all of a network.
    public init(all network: HostNetwork) {
        links = Set(network.links.keys)
        self.network = network
    }

    /// Takes out of a network what a plan can touch: what its messages name, and what follows that by itself.
    /// - Parameter others: links that something besides the plan changes.
    public init(of network: HostNetwork, touchedBy plan: Plan, and others: Set<LinkName> = []) {
        var reach = Reach(network, others)
        for step in plan.steps {
            for action in step.actions { reach.note(action) }
        }
        reach.alone.formUnion(plan.disturbedLinks)
        links = reach.links
        self.network = network.part(links)
    }

    /// What a network that was read before the change holds besides this part: its links, and the routes over them.
    public func rest(of before: HostNetwork) -> HostNetwork {
        var rest = before
        for name in links { rest[name] = nil }
        let keys = Set(network.routes.map(\.key))
        rest.routes = before.routes.filter { !$0.belongs(to: links) && !keys.contains($0.key) }
        rest.rules = []
        return rest
    }

    /// The network that there was before the change, if nothing but the change has happened to this part since, and whatever else has
    /// happened elsewhere: the rest is as it is now. Links that somebody has put on one that was not there are not in it.
    public func restored(in now: HostNetwork) -> HostNetwork {
        var before = now
        // What has a name that was free, and is not weft's, somebody else has made since.
        let others = links.filter { name in network.links[name] == nil && now[name].map { $0.kind.isManaged && !$0.isOwned } ?? false }
        for name in links.subtracting(others) {
            before.links[name] = network.links[name]
            before.bridgeVLANs[name] = network.bridgeVLANs[name]
        }
        let made = links.filter { network.links[$0] == nil && !others.contains($0) }
        if !made.isEmpty { before.remove(uppersOf: made) }
        let keys = Set(network.routes.map(\.key))
        before.routes = now.routes.filter { !$0.belongs(to: links.subtracting(others)) && !keys.contains($0.key) } + network.routes
        before.rules = network.rules
        before.services = network.services
        before.belongings = network.belongings
        return before
    }
}

/// As `{"absent": [...], "network": {...}}`: the links that were not there, and those that were.
extension TouchedPart: Codable {
    enum CodingKeys: String, CodingKey { case absent, network }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        network = try keys.decode(HostNetwork.self, forKey: .network)
        links = Set(try keys.decode([LinkName].self, forKey: .absent)).union(network.links.keys)
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(links.filter { network.links[$0] == nil }.sorted(), forKey: .absent)
        try keys.encode(network, forKey: .network)
    }
}

extension HostNetwork {
    /// Links of others that have no master here, and have one now that weft has not given them: whoever did that goes on using it.
    public func taken(in now: HostNetwork, portsPut: Set<LinkName>) -> [(port: LinkName, master: LinkName)] {
        links.values.compactMap { was -> (port: LinkName, master: LinkName)? in
            guard was.master == nil, !was.isOwned, !portsPut.contains(was.name), let master = now[was.name]?.master else { return nil }
            return (was.name, master)
        }.sorted { $0.port < $1.port }
    }

    /// What it holds of these links, and of what is about no link.
    fileprivate func part(_ names: Set<LinkName>) -> HostNetwork {
        var part = HostNetwork(links: names.compactMap { links[$0] }, rules: rules)
        for name in names { part.bridgeVLANs[name] = bridgeVLANs[name] }
        let own = Set(part.links.keys)
        part.routes = routes.filter { $0.belongs(to: own) }
        part.belongings = belongings
        part.services = services
        part.kernel = kernel
        return part
    }

    /// Removes what lies on links that are not there, and lets their ports go.
    fileprivate mutating func remove(uppersOf missing: Set<LinkName>) {
        var gone = missing
        var size = 0
        while gone.count != size {
            size = gone.count
            for link in links.values where link.parent.map({ gone.contains($0) }) ?? false { gone.insert(link.name) }
        }
        for name in gone.subtracting(missing) {
            links[name] = nil
            bridgeVLANs[name] = nil
        }
        for (name, link) in links where link.master.map({ gone.contains($0) }) ?? false { links[name]?.attachment = .free }
    }
}

extension Route {
    /// Whether a route is over one of these links, or over none.
    fileprivate func belongs(to names: Set<LinkName>) -> Bool {
        if let link { return names.contains(link) }
        return nextHops.isEmpty || nextHops.contains { names.contains($0.link) }
    }
}

/// How far a change reaches.
private struct Reach {
    private let network: HostNetwork
    /// Links that change, and nothing elsewhere with them.
    var alone: Set<LinkName>
    /// Links that are made, deleted, or changed in what others follow: state, master, MAC, MTU.
    private var followed: Set<LinkName> = []
    /// What routes the plan sets and takes away.
    private var routeKeys: Set<Route.Key> = []

    init(_ network: HostNetwork, _ others: Set<LinkName>) {
        self.network = network
        alone = others.union(others.compactMap { network[$0]?.master })
    }

    mutating func note(_ action: Action) {
        switch action {
        case .create(let link), .change(let link):
            followed.insert(link.name)
            if let master = link.master { followed.insert(master) }
        case .delete(let names): followed.formUnion(names)
        case .addAddress(_, let name), .removeAddress(_, let name), .addName(_, let name), .removeName(_, let name), .restore(_, let name), .forget(_, let name): alone.insert(name)
        case .setVLANs(_, let place), .removeVLANs(_, let place): alone.insert(place.link)
        case .addRoute(let route), .replaceRoute(let route), .removeRoute(let route):
            alone.formUnion(route.links)
            routeKeys.insert(route.key)
        case .service(let action): alone.insert(action.link)
        case .addRule, .removeRule: break
        }
    }

    /// All links that may be otherwise after the change, those included that it makes.
    var links: Set<LinkName> {
        var all = alone.union(followed)
        var open = followed.filter { network[$0] != nil }
        if !open.isEmpty {
            var above: [LinkName: [LinkName]] = [:]
            var ports: [LinkName: [LinkName]] = [:]
            for link in network.links.values {
                if let parent = link.parent { above[parent, default: []].append(link.name) }
                if let master = link.master { ports[master, default: []].append(link.name) }
            }
            var seen = open
            while let name = open.popFirst() {
                var next = above[name] ?? []
                // A bond tells its ports, a bridge is told by them.
                if let link = network[name] {
                    if link.kind == .bridge { all.formUnion(ports[name] ?? []) } else { next += ports[name] ?? [] }
                    if let master = link.master { next.append(master) }
                }
                for other in next where seen.insert(other).inserted { open.insert(other) }
            }
            all.formUnion(seen)
        }
        // A route that is replaced may go out elsewhere, and so may one whose source is an address of these links.
        let sources = Set(all.lazy.compactMap { network[$0]?.addresses }.joined().map(\.network.address))
        for route in network.routes where !route.isKernelMade {
            if routeKeys.contains(route.key) || route.source.map({ sources.contains($0) }) ?? false { all.formUnion(route.links) }
        }
        return all
    }
}
