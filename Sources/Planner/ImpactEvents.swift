internal import HostNetwork

/// What changing a link's fields, deleting links, and changing addresses and routes does to those who use them.
extension Impacts {
    func fieldEvents(_ had: Link, _ has: Link, _ passing: Passing, _ before: ImpactState) -> [Event] {
        guard had.isUp == true else { return [] }
        let name = had.name
        var events: [Event] = []
        if passing.downed.contains(name), had.master == has.master || has.master == nil, passing.left[name] == nil {
            if has.isUp == true {
                // That its ports leave and come back says it all.
                if !passing.left.values.contains(name) {
                    events.append(
                        Event(
                            link: name, impact: .flap, means: .linkDown,
                            reason: ["\(name) goes down and comes up again", has.lacpText].compactMap { $0 }.joined(separator: ", "),
                            seconds: has.bondMode == .ieee8023ad ? Link.lacpSeconds : nil))
                }
            } else if has.master.flatMap({ now[$0]?.kind }) != .bond {
                events.append(Event(link: name, impact: .outage, means: .linkDown, reason: "\(name) is switched off"))
            }
        }
        if let old = had.mtu, let new = has.mtu, old != new { events += mtuEvents(name, old, new, before) }
        if let mac = has.mac, let old = had.mac, mac != old { events += macEvents(had, before) }
        for entry in has.options.entries where had.options[entry.id] != entry.value {
            guard let row = OptionRow.with(id: entry.id), let cost = OptionImpacts.cost(of: row, from: had.options[entry.id], to: entry.value, on: has)
            else { continue }
            events.append(Event(link: name, impact: cost.impact, means: .live, reason: cost.reason, seconds: cost.seconds))
        }
        if let master = has.master, master == had.master, passing.left[name] == nil, let bridge = now[master] {
            for entry in has.portOptions.entries where had.portOptions[entry.id] != entry.value {
                guard let row = OptionRow.with(id: entry.id),
                    let cost = OptionImpacts.portCost(of: row, from: had.portOptions[entry.id], to: entry.value, on: bridge)
                else { continue }
                events.append(Event(link: name, impact: cost.impact, means: .live, reason: cost.reason, seconds: cost.seconds))
            }
        }
        return events
    }

    private func mtuEvents(_ name: LinkName, _ old: UInt32, _ new: UInt32, _ before: ImpactState) -> [Event] {
        let cards = [name] + (before[name]?.kind == .bond ? (before.ports[name] ?? []).sorted() : [])
        if cards.contains(where: { before[$0]?.kind == .nic }) {
            return [Event(link: name, impact: .flap, means: .live, reason: "mtu: many drivers reset the card for another MTU")]
        }
        guard new < old else { return [] }
        return [Event(link: name, impact: .blip, means: .live, reason: "mtu: larger frames are lost until their senders have noticed")]
    }

    private func macEvents(_ had: Link, _ before: ImpactState) -> [Event] {
        // Without a port from the first there is nobody to notice, and without an address nobody to send to it.
        let isAlone = [first, before].allSatisfy { ($0.ports[had.name] ?? []).isEmpty }
        if had.kind == .bond && isAlone || had.mac?.isZero == true { return [] }
        let words = "mac: neighbours send to \(had.name)'s former address until they ask again"
        let event = Event(link: had.name, impact: .flap, means: .live, reason: words)
        if had.kind == .nic || spreadOf(event, before).hasHostTraffic { return [event] }
        return [Event(link: had.name, impact: .blip, means: .live, reason: words)]
    }

    func deletionEvents(_ names: [LinkName], _ step: Step, _ before: ImpactState) -> [Event] {
        let together = Set(names)
        var events: [Event] = []
        for name in names.sorted() {
            guard let had = before[name], had.isUp == true else { continue }
            if step.isRecreation, let back = makingSteps[name] {
                events.append(
                    Event(link: name, impact: .outage, means: .recreated, reason: "\(name) is deleted and made anew", untilStep: back))
                continue
            }
            let event = Event(link: name, impact: .outage, means: .removed, reason: "")
            // A master that has given all away already, or goes with all that it has, is missed by nobody.
            let goesWithItsPorts = had.kind.isMaster && (before.ports[name] ?? []).isSubset(of: together) && spreadOf(event, before).isEmpty
            if !goesWithItsPorts { events.append(event) }
        }
        return events
    }

    func addressEvents(_ address: Address, _ name: LinkName, _ before: ImpactState) -> [Event] {
        let ip = address.network.address
        guard let had = before[name], had.addresses?.contains(where: { $0.network == address.network }) ?? false else { return [] }
        if now[name]?.addresses?.contains(where: { $0.network.address == ip }) ?? false {
            let isSame = now[name]?.addresses?.contains { $0.network == address.network } ?? false
            guard isSame || now[name]?.addresses?.contains(where: { $0.network.network == address.network.network }) == false else { return [] }
            return [Event(link: name, impact: .blip, means: .live, reason: "\(address.network) is set anew", reach: .address(address))]
        }
        guard let home = homes[ip], home != name else {
            return [Event(link: name, impact: .outage, means: .removed, reason: "\(address.network) is taken away", reach: .address(address))]
        }
        let isHeardAlike = last[home]?.mac != nil && last[home]?.mac == had.mac
        let isAsked = ip.family == .ipv6 && !unasked.contains(ip)
        let doubts = (isHeardAlike ? "" : ", whose MAC the neighbours have yet to learn")
            + (isAsked ? ", which uses it once nobody else has answered to it (duplicate address detection)" : "")
        var events = [
            Event(
                link: name, impact: isHeardAlike && !isAsked ? .blip : .flap, means: .live,
                reason: "\(address.network) moves from \(name) to \(home)\(doubts)",
                reach: .address(address), seconds: isAsked ? Address.detectionSeconds : nil, isMove: true)
        ]
        if let old = before.zones?.zone(of: name), let new = last.zones?.zone(of: home), old != new {
            events.append(
                Event(
                    link: name, impact: .blip, means: .live, reason: "\(address.network) comes from firewalld's zone \(old) into \(new): what may reach it is another matter then",
                    reach: .address(address), sessionWords: "moves the address your SSH session uses into firewalld's zone \(new)"))
        }
        return events
    }

    /// A link whose addresses come into another zone of firewalld's.
    func zoneEvents(_ name: LinkName, _ before: ImpactState) -> [Event] {
        guard let old = before.zones?.zone(of: name), let new = now.zones?.zone(of: name), old != new,
            let addresses = before[name]?.addresses?.filter({ !$0.isKernelMade }), !addresses.isEmpty
        else { return [] }
        let words = addresses.map(\.network.description).joined(separator: ", ")
        return addresses.enumerated().map { place, address in
            Event(
                link: name, impact: .blip, means: .live,
                reason: place == 0 ? "\(words) \(addresses.count == 1 ? "comes" : "come") from firewalld's zone \(old) into \(new): what may reach \(addresses.count == 1 ? "it" : "them") is another matter then" : "",
                reach: .address(address), sessionWords: "moves the address your SSH session uses into firewalld's zone \(new)")
        }
    }

    func routeEvents(_ route: Route, _ before: ImpactState) -> [Event] {
        guard let had = before.routes[route.key] else {
            // A new route may take over what another one carried.
            guard let session = facts.session, session.changesItsWay(from: before, to: now, homes) else { return [] }
            return [Event(link: route.links.first ?? LinkName(kernel: "lo"), impact: .blip, means: .live, reason: "\(route.display) is a way of its own", reach: .route(route), isMove: true)]
        }
        guard had.links != route.links || had.gateway != route.gateway || had.nextHops != route.nextHops || had.type != route.type else { return [] }
        let isWayOfSession = facts.session?.changesItsWay(from: before, to: now, homes) ?? false
        return [
            Event(
                link: route.links.first ?? LinkName(kernel: "lo"), impact: .blip, means: .live, reason: "\(had.display) takes another way",
                reach: .route(had), isMove: isWayOfSession)
        ]
    }

    func routeRemovalEvents(_ route: Route, _ before: ImpactState) -> [Event] {
        guard before.routes[route.key] != nil, now.routes[route.key] == nil else { return [] }
        let stays = lastWays[RoutePlace(route)] != nil
        let isWayOfSession = facts.session?.changesItsWay(from: before, to: now, homes) ?? false
        let link = route.links.first ?? LinkName(kernel: "lo")
        if stays {
            guard isWayOfSession else { return [] }
            return [Event(link: link, impact: .blip, means: .live, reason: "\(route.display) goes, and another way is used", reach: .route(route), isMove: true)]
        }
        return [Event(link: link, impact: .outage, means: .removed, reason: "\(route.display) is taken away", reach: .route(route), isMove: isWayOfSession)]
    }

    func ruleEvent(_ rule: Rule) -> Event {
        Event(
            link: .host, impact: .blip, means: .live, reason: "rule \(rule.display): other routes are asked from here on",
            reach: .rule(rule), isMove: true)
    }
}
