public import HostNetwork

extension HostNetwork {
    /// This network as it would be after these actions, if the kernel did just what it is told.
    ///
    /// Of the kernel's side effects it knows those that every plan rests on: a port is up when it has entered a bond, and down
    /// when it has left; a bond without ports loses its address; a VLAN has its parent's; and what belongs to a link goes upon
    /// ``HostNetwork/Belonging/Loss``. What the kernel changes besides is what a comparison with the real network shows.
    public func applying(_ actions: some Sequence<Action>) -> HostNetwork {
        var disturbed: Set<LinkName> = []
        return applying(actions, disturbing: &disturbed)
    }

    /// The same of a plan's steps: two loops, for a sequence of another module's is stepped through by many calls for each action.
    public func applying(_ steps: [Step]) -> HostNetwork {
        var next = self
        var table = RouteTable(routes)
        var around = Surroundings()
        for step in steps {
            for action in step.actions { next.apply(action, &table, &around) }
        }
        next.routes = table.routes
        return next
    }

    /// - Parameter disturbed: takes the links that go, or upon which something comes that costs a link some of its ``belongings``, be
    ///   they known or not.
    func applying(_ actions: some Sequence<Action>, disturbing disturbed: inout Set<LinkName>) -> HostNetwork {
        var next = self
        var table = RouteTable(routes)
        var around = Surroundings()
        for action in actions { next.apply(action, &table, &around) }
        disturbed.formUnion(around.disturbed)
        // A port that has left may have been another one's backup.
        for bridge in around.leftBridges where next.links[bridge] != nil {
            around.open(next)
            disturbed.formUnion(around.ports(of: bridge))
        }
        next.routes = table.routes
        return next
    }

    private mutating func apply(_ action: Action, _ table: inout RouteTable, _ around: inout Surroundings) {
        switch action {
        case .create(let link):
            var made = link
            made.addresses = []
            made.attachment = link.attachment ?? .free
            made.alternativeNames = []
            made.hasIPv6 = true
            made.addressGeneration = .eui64
            made.isUp = link.isUp ?? false
            if made.kind == .bond { made.transmitQueues = link.transmitQueues ?? Link.usualTransmitQueues }
            fillDefaults(of: &made, &around)
            made.portOptions = newPortOptions(in: made.master)
            made.portOptions.take(link.portOptions)
            links[link.name] = made
            bridgeVLANs[link.name] = nil
            if made.kind == .bridge { bridgeVLANs[link.name] = .initial(defaultPVID: made.defaultPVID) }
            enterTables(link.name, of: made.master)
            around.enter(made)
            changePorts(of: made.master, &around)
        case .change(let change):
            if let attachment = change.attachment, let link = links[change.name], attachment != link.attachment {
                around.open(self)
                if let master = link.master, links[master]?.kind == .bond {
                    links[change.name]?.isUp = false
                    lose(.state, change.name, &around)
                    // An address that nobody can foresee.
                    if around.ports(of: master).count == 1 { setMAC(of: master, nil, &around) }
                }
                if [link.master, attachment.master].contains(where: { $0.flatMap { links[$0]?.kind } == .vrf }) { lose(.state, change.name, &around) }
                if let master = link.master, links[master]?.kind == .bridge {
                    lose(.bridge, change.name, &around)
                    loseBackup(change.name, in: master, &around)
                }
                changePorts(of: link.master, &around)
                changePorts(of: attachment.master, &around)
                around.move(change.name, from: link.master, to: attachment.master)
                if let bond = attachment.master.flatMap({ links[$0] }), bond.kind == .bond {
                    links[change.name]?.isUp = true
                    if let mtu = bond.mtu, mtu != link.mtu {
                        changeMTU(of: change.name, to: mtu, &around)
                        links[change.name]?.mtu = mtu
                    }
                    lose(.mac, change.name, &around)
                }
                let options = newPortOptions(in: attachment.master)
                links[change.name]?.portOptions = options
                if link.kind != .bridge { bridgeVLANs[change.name] = nil }
                enterTables(change.name, of: attachment.master)
            }
            if let mac = change.mac { setMAC(of: change.name, mac, &around) }
            let formerPVID = links[change.name]?.defaultPVID
            if change.isUp == false { lose(.state, change.name, &around) }
            if let mtu = change.mtu, mtu != links[change.name]?.mtu { changeMTU(of: change.name, to: mtu, &around) }
            if let hasIPv6 = change.hasIPv6, hasIPv6 != links[change.name]?.hasIPv6 { lose(.ipv6, change.name, &around) }
            links[change.name]?.take(change)
            if change.hasIPv6 == false {
                links[change.name]?.addresses?.removeAll { $0.network.address.family == .ipv6 }
                table.removeWays(over: [change.name], of: .ipv6)
            }
            if let formerPVID, let bridge = links[change.name], bridge.kind == .bridge { followDefaultPVID(of: bridge, from: formerPVID) }
        case .delete(let names):
            let gone = Set(names)
            let mayHavePorts = names.contains { links[$0].map { $0.kind != .vlan } ?? false }
            if mayHavePorts { around.open(self) }
            for name in names {
                if let link = links[name] {
                    around.disturbed.insert(name)
                    if let master = link.master, links[master]?.kind == .bridge { loseBackup(name, in: master, &around) }
                    around.leave(link)
                }
                links[name] = nil
                bridgeVLANs[name] = nil
                belongings[name] = nil
            }
            if mayHavePorts {
                for master in names {
                    for name in around.takePorts(of: master) where links[name]?.master == master {
                        lose(.bridge, name, &around)
                        links[name]?.attachment = .free
                        bridgeVLANs[name] = nil
                    }
                }
            }
            table.removeWays(over: gone)
        case .addName(let text, let name):
            let names = links[name]?.alternativeNames ?? []
            links[name]?.alternativeNames = (names + [text]).sorted()
        case .removeName(let text, let name): links[name]?.alternativeNames?.removeAll { $0 == text }
        case .setVLANs(let vlans, let place): bridgeVLANs[place.link] = (bridgeVLANs[place.link] ?? []).setting(vlans)
        case .removeVLANs(let ids, let place):
            bridgeVLANs[place.link] = (bridgeVLANs[place.link] ?? []).removing(ids)
            loseVLANs(of: place.link, &around)
        case .addAddress(let address, let name):
            links[name]?.addresses?.removeAll { $0.network == address.network }
            var address = address
            address.isOwned = address.origin == Ownership.originNumber
            links[name]?.addresses?.append(address)
        case .removeAddress(let address, let name):
            links[name]?.addresses?.removeAll { $0.network == address.network }
            // With the first address of a network the kernel takes the others of it away, and may be told not to.
            let isLast = address.network.address.family == .ipv4 && links[name]?.addresses?.contains {
                $0.network.address.family == .ipv4 && $0.network.network != address.network.network
            } == false
            if isLast { lose(.ipv4, name, &around) }
        case .addRoute(let route), .replaceRoute(let route):
            var route = route
            route.sourceMark = nil
            table.replace(with: route)
        case .removeRoute(let route): table.remove(route)
        case .restore(let entry, let name):
            belongings[name, default: Belongings()].entries.removeAll { $0.isSameThing(as: entry) }
            belongings[name]?.entries.append(entry)
        case .forget(let entry, let name): belongings[name]?.entries.removeAll { $0 == entry }
        case .service(.setDNS(let dns, let name, _)): links[name]?.dns = dns
        case .service(.setZone(let zone, let name)):
            services?.zones?.bindings[name] = zone
            if links[name]?.zone != nil { links[name]?.zone = zone ?? "" }
        case .addRule(let rule):
            var rule = rule
            rule.sourceMark = nil
            if !rules.contains(where: { $0.identity == rule.identity }) { rules.append(rule) }
        case .removeRule(let rule):
            if let place = rules.firstIndex(where: { $0.identity == rule.identity }) { rules.remove(at: place) }
        }
    }

    /// What a port has that has just entered a master.
    private func newPortOptions(in master: LinkName?) -> OptionValues {
        master.flatMap { links[$0]?.kind.portScope }.flatMap { Self.kernelDefaults[$0] } ?? OptionValues()
    }

    /// A bridge gives its default VLAN to a new port.
    private mutating func enterTables(_ port: LinkName, of master: LinkName?) {
        guard let bridge = master.flatMap({ links[$0] }), bridge.kind == .bridge else { return }
        bridgeVLANs[port] = .initial(defaultPVID: bridge.defaultPVID)
    }

    /// A new default VLAN takes the old one's place in every table that still has it.
    private mutating func followDefaultPVID(of bridge: Link, from old: UInt16) {
        guard old != bridge.defaultPVID else { return }
        for name in [bridge.name] + ports(of: bridge.name).map(\.name) {
            bridgeVLANs[name] = bridgeVLANs[name]?.replacingDefaultPVID(old, by: bridge.defaultPVID)
        }
    }

    /// VLANs that have their parent's address follow it, and so does a bridge that has no address of its own.
    private mutating func setMAC(of name: LinkName, _ mac: MACAddress?, _ around: inout Surroundings) {
        guard let old = links[name] else { return }
        links[name]?.mac = mac
        lose(.mac, name, &around)
        if let master = old.master, links[master]?.keepsMAC == false { lose(.mac, master, &around) }
        for upper in vlans(on: name, &around) where upper.mac == old.mac { setMAC(of: upper.name, mac, &around) }
    }

    /// A master that was given no address and no MTU may take another port's.
    private mutating func changePorts(of master: LinkName?, _ around: inout Surroundings) {
        guard let master else { return }
        lose(.mac, master, &around)
        if links[master]?.kind == .bridge { lose(.mtu, master, &around) }
    }

    /// The kinds of links whose MTU falls with that of the link below.
    private static let loweredWithParent: Set<LinkKind> = [.vlan, .other("macvlan"), .other("macvtap"), .other("ipvlan")]

    /// What lies on a link cannot have a larger MTU than it, a bridge may have its ports', and a bond's ports have the bond's.
    private mutating func changeMTU(of name: LinkName, to mtu: UInt32, _ around: inout Surroundings, depth: Int = 0) {
        guard let link = links[name], depth < 16 else { return }
        lose(.mtu, name, &around)
        if mtu < 1280 || link.mtu ?? 1280 < 1280 { lose(.smallMTU, name, &around) }
        around.open(self)
        for upper in around.uppers(of: name) where links[upper]?.mtu ?? 0 > mtu {
            changeMTU(of: upper, to: mtu, &around, depth: depth + 1)
            if links[upper].map({ Self.loweredWithParent.contains($0.kind) }) ?? false { links[upper]?.mtu = mtu }
        }
        if link.kind == .bond {
            for port in around.ports(of: name).sorted() {
                changeMTU(of: port, to: mtu, &around, depth: depth + 1)
                links[port]?.mtu = mtu
            }
        }
        if let master = link.master, links[master]?.kind == .bridge, depth == 0 || links[name]?.kind != .bridge {
            changeMTU(of: master, to: mtu, &around, depth: depth + 1)
        }
    }

    /// What belongs to a link goes as far as the kernel drops it. VLANs go down with what is below them, and may change their address with
    /// it; and so may a bond's ports with the bond. Whether a bridge's address does is not foreseen.
    private mutating func lose(_ loss: Belonging.Loss, _ name: LinkName, _ around: inout Surroundings) {
        guard let link = links[name] else { return }
        around.disturbed.insert(name)
        belongings[name]?.entries.removeAll { $0.goes(with: loss) }
        guard loss == .state || loss == .mac else { return }
        for upper in vlans(on: name, &around) { lose(loss, upper.name, &around) }
        guard loss == .mac, link.kind == .bond else { return }
        for port in around.ports(of: name).sorted() {
            around.disturbed.insert(port)
            belongings[port]?.entries.removeAll { $0.goes(with: loss) }
        }
    }

    /// Ports that a port of their bridge was to stand in for have none once that has left.
    private mutating func loseBackup(_ port: LinkName, in bridge: LinkName, _ around: inout Surroundings) {
        around.leftBridges.insert(bridge)
        for other in around.ports(backedUpBy: port, belongings) { belongings[other]?.entries.removeAll { $0 == .backupPort(port) } }
    }

    /// What is set for a VLAN goes with its last entry: on a port, and for all of the bridge.
    private mutating func loseVLANs(of place: LinkName, _ around: inout Surroundings) {
        guard let link = links[place] else { return }
        around.open(self)
        let bridge = link.kind == .bridge ? place : link.master
        for name in [place, bridge].compactMap(\.self) {
            around.disturbed.insert(name)
            let places = name == bridge ? [name] + around.ports(of: name) : [name]
            belongings[name]?.entries.removeAll { entry in
                guard case .vlanSetting(let setting) = entry else { return false }
                return !(setting.key.isGlobal ? places : [name]).contains { bridgeVLANs[$0]?.contains { $0.ids.contains(setting.vlan) } ?? false }
            }
        }
    }

    private func vlans(on name: LinkName, _ around: inout Surroundings) -> [Link] {
        around.open(self)
        return around.uppers(of: name).compactMap { links[$0] }.filter { $0.kind == .vlan }
    }

    private static let kernelDefaults: [OptionRow.Scope: OptionValues] = Dictionary(
        uniqueKeysWithValues: OptionRow.Scope.allCases.map { scope in
            var options = OptionValues()
            for row in OptionRow.rows(of: scope) where row.untold == nil { options[row] = row.kernelDefault }
            return (scope, options)
        })

    /// A new link has the kernel's defaults where nothing is said.
    private func fillDefaults(of link: inout Link, _ around: inout Surroundings) {
        if let scope = link.kind.optionScope {
            let told = link.options
            if scope == .bridge, let last = around.lastBridge, last.told == told {
                // Thousands of bridges are told the same, and what they have is kept in one place.
                link.options = last.all
            } else {
                var options = Self.kernelDefaults[scope] ?? OptionValues()
                for row in [OptionRow.miimon, .multicastStartupQueryInterval] where row.scope == scope { options[row] = usualValue(of: row, in: link.bondMode) }
                for entry in told.entries { options[entry.id] = entry.value }
                link.options = options
                if scope == .bridge { around.lastBridge = (told, options) }
            }
        }
        link.mtu = link.mtu ?? link.parent.flatMap { links[$0]?.mtu } ?? 1500
        link.alias = link.alias ?? ""
        link.mac = link.mac ?? link.parent.flatMap { links[$0]?.mac }
    }
}

/// Routes that change one by one, found by their key. A host has several a link, and most changes touch none: they are looked at only
/// when one does.
private struct RouteTable {
    private let original: [Route]
    private var slots: [Route?] = []
    private var places: [Route.Key: [Int]] = [:]
    private var isOpen = false

    init(_ routes: [Route]) { original = routes }

    var routes: [Route] { isOpen ? slots.compactMap { $0 } : original }

    private mutating func open() {
        guard !isOpen else { return }
        isOpen = true
        slots = original
        for (place, route) in original.enumerated() { places[route.key, default: []].append(place) }
    }

    mutating func replace(with route: Route) {
        open()
        for place in places[route.key] ?? [] { slots[place] = nil }
        places[route.key] = [slots.count]
        slots.append(route)
    }

    mutating func remove(_ route: Route) {
        open()
        for place in places[route.key] ?? [] {
            guard let there = slots[place] else { continue }
            if Set(there.links).isSubset(of: route.links) {
                slots[place] = nil
            } else if there.family == .ipv6 {
                slots[place] = there.without(Set(route.links))
            }
        }
    }

    /// What the kernel drops with links: every route over one of them. Of an IPv6 route the other ways stay.
    mutating func removeWays(over gone: Set<LinkName>, of family: IPAddress.Family? = nil) {
        open()
        for (place, route) in slots.enumerated() {
            guard let route, family.map({ $0 == route.family }) ?? true, route.links.contains(where: { gone.contains($0) }) else { continue }
            slots[place] = route.family == .ipv6 ? route.without(gone) : nil
        }
    }
}

extension Route {
    /// An IPv6 route of several ways without those over some links; `nil` where none is left.
    fileprivate func without(_ gone: Set<LinkName>) -> Route? {
        var left = self
        left.nextHops.removeAll { gone.contains($0.link) }
        guard let first = left.nextHops.first else { return nil }
        if left.nextHops.count == 1 {
            left.link = first.link
            left.gateway = first.gateway
            left.isOnLink = first.isOnLink
            left.nextHops = []
        }
        return left
    }
}

extension Link {
    /// Whether it keeps its address whatever becomes of its ports. Whether a master was given one is not to be seen.
    fileprivate var keepsMAC: Bool { !kind.isMaster }

    /// Takes over every field that a change sets.
    fileprivate mutating func take(_ change: Link) {
        parent = change.parent ?? parent
        attachment = change.attachment ?? attachment
        isUp = change.isUp ?? isUp
        mtu = change.mtu ?? mtu
        mac = change.mac ?? mac
        txQueueLength = change.txQueueLength ?? txQueueLength
        alias = change.alias ?? alias
        hasIPv6 = change.hasIPv6 ?? hasIPv6
        addressGeneration = change.addressGeneration ?? addressGeneration
        group = change.group ?? group
        options.take(change.options)
        portOptions.take(change.portOptions)
    }
}
