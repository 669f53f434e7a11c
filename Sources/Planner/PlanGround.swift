public import HostNetwork

/// The part of a host's state that a plan rests on, in words: of each link that the plan touches, and of what lies below and above
/// it, what must still be so when the plan is carried out.
///
/// Counters, carriers, learnt addresses, neighbours, what is left of a lifetime, and links that the plan leaves alone are no
/// part of it.
public struct PlanGround: Hashable, Codable, Sendable {
    /// Each link's properties, by the names of the plan's text. A link that is not there has none.
    public let links: [String: [String: String]]

    /// Takes the ground of a plan out of a network.
    public init(of plan: Plan, in network: HostNetwork) {
        let touched = plan.touchedLinks
        let around = Self.neighbours(of: touched, plan, network).subtracting(touched)
        var ports: [LinkName: [LinkName]] = [:]
        for link in network.links.values { if let master = link.master { ports[master, default: []].append(link.name) } }
        var routes: [LinkName: [String]] = [:]
        for route in network.routes where !network.comesByItself(route) && !route.isDynamic {
            for link in route.links { routes[link, default: []].append(route.ground) }
        }
        var found: [String: [String: String]] = [:]
        for name in touched.union(around) {
            guard let link = network[name], link.kind != .loopback else { continue }
            var properties = link.ground
            // A bond gives its ports its own address, and in modes 5 and 6 hands them round.
            if link.master.flatMap({ network[$0]?.kind }) == .bond { properties["mac"] = nil }
            if link.kind.isMaster { properties["ports"] = (ports[name] ?? []).sorted().map(\.text).joined(separator: ", ") }
            if let vlans = network.bridgeVLANs[name], !vlans.isEmpty { properties["bridge VLANs"] = vlans.map(\.ground).joined(separator: ", ") }
            if touched.contains(name) {
                properties["routes"] = (routes[name] ?? []).sorted().joined(separator: ", ")
            } else {
                // How a neighbour is described, or how long its queue is, no step depends on.
                properties["description"] = nil
                properties["txqueuelen"] = nil
                properties["dns"] = nil
                properties["ipv6"] = nil
                properties["addr_gen_mode"] = nil
                properties["altnames"] = nil
            }
            found[name.text] = properties
        }
        if plan.changesRules {
            let rules = network.rules.filter { !$0.isKernelMade }.sorted(by: Rule.goesBefore)
            found["(rules)"] = ["rules": rules.map(\.display).joined(separator: ", ")]
        }
        links = found
    }

    /// All links below the touched ones, and all above them.
    private static func neighbours(of touched: Set<LinkName>, _ plan: Plan, _ network: HostNetwork) -> Set<LinkName> {
        var below: [LinkName: Set<LinkName>] = [:]
        var above: [LinkName: Set<LinkName>] = [:]
        func join(_ lower: LinkName, _ upper: LinkName) {
            below[upper, default: []].insert(lower)
            above[lower, default: []].insert(upper)
        }
        for link in network.links.values {
            if let parent = link.parent { join(parent, link.name) }
            if let master = link.master { join(link.name, master) }
        }
        // What a step will put them on or into.
        for step in plan.steps {
            for action in step.actions {
                switch action {
                case .create(let link), .change(let link):
                    if let parent = link.parent { below[link.name, default: []].insert(parent) }
                    if let master = link.master { above[link.name, default: []].insert(master) }
                case .delete, .setVLANs, .removeVLANs, .addName, .removeName, .addAddress, .removeAddress, .addRoute, .replaceRoute, .removeRoute, .addRule, .removeRule, .restore, .forget, .service: break
                }
            }
        }
        var found: Set<LinkName> = []
        for ways in [below, above] {
            var seen = touched
            var open = Array(touched)
            while let name = open.popLast() {
                for next in ways[name] ?? [] where seen.insert(next).inserted { open.append(next) }
            }
            found.formUnion(seen)
        }
        return found
    }

    /// The ground as text, a line a property: the same for the same ground. Its digest names the ground.
    public var text: String {
        links.sorted { $0.key < $1.key }.map { name, properties in
            properties.sorted { $0.key < $1.key }.map { "\(name)\t\($0.key)\t\($0.value)\n" }.joined()
        }.joined()
    }

    /// One property that is another now than it was.
    public struct Difference: Hashable, Sendable {
        /// The link.
        public let link: String
        /// The property; `link` is whether there is such a link, and of which kind.
        public let property: String
        /// What it was when the plan was made.
        public let then: String?
        /// What it is now.
        public let now: String?
        /// What the topology wants it to be; `nil` where it does not say.
        public let wanted: String?

        init(link: String, property: String, then: String?, now: String?, wanted: String?) {
            self.link = link
            self.property = property
            self.then = then
            self.now = now
            self.wanted = wanted
        }
    }

    /// What is otherwise now than then, with what is wanted.
    public func differences(to now: PlanGround, wanted: HostNetwork) -> [Difference] {
        var found: [Difference] = []
        for name in Set(links.keys).union(now.links.keys).sorted() {
            let old = links[name] ?? [:]
            let new = now.links[name] ?? [:]
            let want = (try? LinkName(name)).flatMap { wanted[$0] }?.ground ?? [:]
            // A link that is there only once is one difference, not twenty.
            let properties = old.isEmpty || new.isEmpty ? ["link"] : Set(old.keys).union(new.keys).sorted()
            for property in properties where old[property] != new[property] {
                found.append(Difference(link: name, property: property, then: old[property], now: new[property], wanted: want[property]))
            }
        }
        return found
    }
}

extension Plan {
    fileprivate var changesRules: Bool {
        steps.contains { step in
            step.actions.contains { action in
                switch action {
                case .addRule, .removeRule: true
                case .create, .change, .delete, .setVLANs, .removeVLANs, .addName, .removeName, .addAddress, .removeAddress, .addRoute,
                    .replaceRoute, .removeRoute, .restore, .forget, .service:
                    false
                }
            }
        }
    }
}

extension Link {
    /// What a plan may depend on, in the words of its text.
    fileprivate var ground: [String: String] {
        var properties = ["link": kind.displayName]
        properties["parent"] = parent?.text
        properties["master"] = attachment.map { $0.master?.text ?? "none" }
        properties["state"] = isUp.map { $0 ? "up" : "down" }
        properties["mtu"] = mtu.map { String($0) }
        properties["mac"] = mac?.description
        properties["permanent mac"] = permanentMAC?.description
        properties["txqueuelen"] = txQueueLength.map { String($0) }
        properties["description"] = alias
        properties["dns"] = dns.map { ($0.servers.map(\.display) + $0.search).joined(separator: ", ") }
        properties["zone"] = zone
        properties["ipv6"] = hasIPv6.map { String($0) }
        properties["addr_gen_mode"] = addressGeneration?.name
        properties["altnames"] = alternativeNames.flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") }
        properties["group"] = group.map { String($0) }
        for entry in options.entries {
            // Which port a bond uses is the bond's own affair, from one moment to the next.
            guard let row = OptionRow.with(id: entry.id), !row.isMomentary else { continue }
            properties[row.name] = row.display(of: entry.value)
        }
        for entry in portOptions.entries {
            guard let row = OptionRow.with(id: entry.id) else { continue }
            // Nobody has said it, and it follows the speed.
            if row.id == OptionRow.pathCost.id, case .number(let cost) = entry.value, OptionRow.automaticPathCosts.contains(cost) { continue }
            properties["port \(row.name)"] = row.display(of: entry.value)
        }
        if let addresses {
            properties["addresses"] = addresses.filter { !$0.isKernelMade }.map(\.ground).sorted().joined(separator: ", ")
        }
        return properties
    }
}

extension Address {
    fileprivate var ground: String {
        let words = [network.description, peer.map { "peer \($0)" }, isDynamic ? "leased" : nil, isOwned ? "by weft" : nil]
        return words.compactMap { $0 }.joined(separator: " ")
    }
}

extension Route {
    fileprivate var ground: String { "\(display) proto \(origin)" }
}

extension BridgeVLAN {
    fileprivate var ground: String {
        let range = ids.count == 1 ? "\(ids.lowerBound)" : "\(ids.lowerBound)-\(ids.upperBound)"
        return "\(range)\(isPVID ? " pvid" : "")\(isUntagged ? " untagged" : "")"
    }
}
