internal import HostNetwork

/// Finds what each step of a plan costs, and whom, by going through the plan's own messages: so it holds for every plan,
/// however it came about, and a part of the planner cannot forget to say what it does.
struct Impacts {
    /// Something that happens to a link in a step.
    struct Event {
        /// Whom it reaches.
        enum Reach {
            /// The link's own addresses and routes.
            case own
            /// The link, and all that lies on it.
            case all
            /// What the link's bond or bridge has besides it.
            case master(LinkName)
            /// One address, on its way.
            case address(Address)
            /// One route.
            case route(Route)
            /// Whose packets a routing rule is about.
            case rule(Rule)
        }

        let link: LinkName
        let impact: Impact
        let means: StepImpact.Means
        let reason: String
        var reach = Reach.all
        var untilStep: Int?
        var seconds: Double?
        /// Whether the host's own address or way to somebody changes its place, which counts for whoever types on it.
        var isMove = false
        /// What it does to the session, where that is told in other words than those of a move.
        var sessionWords: String?
    }

    /// What happens to the connection that the command was typed on.
    struct SessionTrouble {
        let step: Int
        let link: LinkName
        let impact: Impact
        let words: String
    }

    let facts: HostFacts
    /// The network before the plan, as the plan goes on, and after it.
    let first: ImpactState
    private var before: ImpactState
    private(set) var now: ImpactState
    let last: ImpactState
    /// The links by which each destination is reached after the plan.
    let lastWays: [RoutePlace: Set<LinkName>]
    /// Where each address ends up.
    let homes: [IPAddress: LinkName]
    /// IPv6 addresses that are set without asking whether somebody else has them.
    private(set) var unasked: Set<IPAddress> = []
    let connections: ConnectionCounts
    /// The numbers of the last steps, from 1, that make a link, put a port into a master, or take an address away.
    private(set) var makingSteps: [LinkName: Int] = [:]
    private var enteringSteps: [LinkName: Int] = [:]
    private var removalSteps: [LinkName: Int] = [:]
    private var sessionTroubles: [SessionTrouble] = []
    /// Taps that domains' own changes take elsewhere before anything is deleted for good.
    private var movers: Set<LinkName>
    /// New links that neither state knows yet: they cost nobody anything, so they are made up for when a step comes that may.
    private var unnoted: [Action] = []

    private init(_ plan: Plan, _ actual: HostNetwork, _ facts: HostFacts, _ movers: Set<LinkName>) {
        self.facts = facts
        self.movers = movers
        connections = ConnectionCounts(facts)
        first = ImpactState(actual)
        before = first
        now = first
        var state = first
        for (place, step) in plan.steps.enumerated() {
            for action in step.actions {
                switch action {
                case .create(let link):
                    makingSteps[link.name] = place + 1
                    if let master = link.master { enteringSteps[master] = place + 1 }
                case .change(let link):
                    if let master = link.master {
                        enteringSteps[master] = place + 1
                        // What is made anew serves again once it is back in its master.
                        if makingSteps[link.name] != nil { makingSteps[link.name] = place + 1 }
                    }
                case .removeAddress(_, let name): removalSteps[name] = place + 1
                case .addAddress(let address, let name):
                    let wasThere = actual[name]?.addresses?.contains { $0.network.address == address.network.address } ?? false
                    if wasThere, makingSteps[name] != nil { makingSteps[name] = place + 1 }
                    if address.isUnasked { unasked.insert(address.network.address) }
                case .delete, .setVLANs, .removeVLANs, .addName, .removeName, .addRoute, .replaceRoute, .removeRoute, .addRule, .removeRule, .restore, .forget, .service: break
                }
                state.apply(action)
            }
        }
        last = state
        lastWays = Dictionary(grouping: state.routes.values) { RoutePlace($0) }.mapValues { Set($0.flatMap(\.links)) }
        homes = state.homes
    }

    /// Says of each step of a plan what it costs.
    /// - Returns: what happens to the session that the command was typed on, step by step.
    static func assess(_ plan: inout Plan, _ request: PlanRequest) -> [SessionTrouble] {
        guard !plan.steps.isEmpty else { return [] }
        var impacts = Impacts(plan, request.actual, request.facts, request.movedByDomains)
        for place in plan.steps.indices { plan.steps[place].impact = impacts.next(plan.steps[place], number: place + 1) }
        return impacts.sessionTroubles.isEmpty ? impacts.lostWay(plan) : impacts.sessionTroubles
    }

    /// A way to whoever types on the session that ends up another, though no step of its own seemed to touch it: a prefix that
    /// became narrower, or a new address whose network takes in the other end.
    private func lostWay(_ plan: Plan) -> [SessionTrouble] {
        guard let session = facts.session, let way = first.wayOut(to: session.remoteAddress), last.wayOut(to: session.remoteAddress) != way
        else { return [] }
        var state = first
        for (place, step) in plan.steps.enumerated() {
            for action in step.actions { state.apply(action) }
            guard state.wayOut(to: session.remoteAddress) != way else { continue }
            let words = "changes the way to \(session.remoteAddress), where your SSH session comes from"
            return [SessionTrouble(step: place + 1, link: step.subject, impact: .outage, words: words)]
        }
        return []
    }

    /// Goes one step on.
    private mutating func next(_ step: Step, number: Int) -> StepImpact {
        if step.verb == .delete, !step.isRecreation, !movers.isEmpty {
            for tap in movers {
                before.release(tap)
                now.release(tap)
            }
            movers = []
        }
        if step.verb == .create, step.actions.allSatisfy({ $0.onlyMakes(step.subject) }) {
            unnoted += step.actions
            return .nothing
        }
        for action in unnoted {
            before.apply(action)
            now.apply(action)
        }
        unnoted = []
        var passing = Passing()
        for action in step.actions {
            passing.note(action, now)
            now.apply(action)
        }
        let (impact, troubles) = assess(step, number, before, passing)
        sessionTroubles += troubles
        // It follows on its own: a copy of the whole state a step would make long plans slow.
        for action in step.actions { before.apply(action) }
        return impact
    }

    private func assess(_ step: Step, _ number: Int, _ before: ImpactState, _ passing: Passing) -> (StepImpact, [SessionTrouble]) {
        let events = events(of: step, number, before, passing)
        guard !events.isEmpty else { return (.nothing, []) }
        var affected = AffectedList()
        var troubles: [SessionTrouble] = []
        var impact = Impact.none
        for event in events {
            let own = spreadOf(event, before)
            // What is left to nobody is no worse than the event itself.
            impact = max(impact, event.impact, own.worst)
            if let trouble = trouble(event, own, number, before) { troubles.append(trouble) }
            affected.formUnion(own)
        }
        // The step says itself which links it is about.
        affected.remove(links: step.subjects)
        let reasons = events.sorted { $0.impact > $1.impact }.map(\.reason).filter { !$0.isEmpty }
        let cost = StepImpact(
            impact: impact, means: events.map(\.means).max() ?? .live,
            reasons: reasons.enumerated().filter { place, reason in reasons.firstIndex(of: reason) == place }.map(\.element),
            untilStep: events.compactMap(\.untilStep).filter { $0 > number }.max(), protocolSeconds: events.compactMap(\.seconds).max(),
            affected: affected.sorted)
        return (cost, troubles)
    }

    /// What an event does to the session, if it is more than a blip on the way.
    private func trouble(_ event: Event, _ affected: AffectedList, _ number: Int, _ before: ImpactState) -> SessionTrouble? {
        guard let session = facts.session, let hit = affected.session, hit.impact > .none else { return nil }
        guard event.isMove || event.sessionWords != nil || hit.impact >= .flap else { return nil }
        let from = before.homes[session.localAddress]
        let to = homes[session.localAddress]
        let words =
            if let words = event.sessionWords {
                words
            } else if event.isMove, let from, let to, from != to {
                "moves the address your SSH session uses (\(session.localAddress), from \(from) to \(to))"
            } else if event.isMove {
                "changes the way to \(session.remoteAddress), where your SSH session comes from"
            } else {
                "cuts your SSH session off \(hit.impact == .flap ? "for seconds" : event.untilStep.map { "until step \($0)" } ?? "for good") (\(event.reason))"
            }
        return SessionTrouble(step: number, link: event.link, impact: hit.impact, words: words)
    }

    // MARK: What happens

    /// What a step does on the way, and its end no longer shows.
    struct Passing {
        /// Ports that leave a master, with it, and links that are switched off.
        var left: [LinkName: LinkName] = [:]
        var downed: Set<LinkName> = []
        var removed: [(address: Address, link: LinkName)] = []

        mutating func note(_ action: Action, _ state: ImpactState) {
            switch action {
            case .change(let change):
                guard let link = state[change.name] else { return }
                if let attachment = change.attachment, attachment != link.attachment, let master = link.master {
                    left[link.name] = left[link.name] ?? master
                }
                if change.isUp == false, link.isUp == true { downed.insert(link.name) }
            case .removeAddress(let address, let name): removed.append((address, name))
            case .create, .delete, .setVLANs, .removeVLANs, .addName, .removeName, .addAddress, .addRoute, .replaceRoute, .removeRoute, .addRule, .removeRule, .restore, .forget, .service: break
            }
        }
    }

    private func events(of step: Step, _ number: Int, _ before: ImpactState, _ passing: Passing) -> [Event] {
        var events: [Event] = []
        var seen: Set<LinkName> = []
        for action in step.actions {
            switch action {
            case .create: break
            case .change(let change):
                guard seen.insert(change.name).inserted, let had = before[change.name], let has = now[change.name], first[change.name] != nil
                else { continue }
                // Of a link that this plan has made anew nobody has anything yet.
                if makingSteps[change.name].map({ $0 <= number }) ?? false { continue }
                events += masterEvents(had, has, passing, before, number)
                events += fieldEvents(had, has, passing, before)
                if had.hasIPv6 == true, has.hasIPv6 == false {
                    // The kernel drops all of its IPv6 addresses at once.
                    for address in had.addresses ?? [] where address.network.address.family == .ipv6 && !address.isKernelMade {
                        events += addressEvents(address, change.name, before)
                    }
                }
            case .delete(let names): events += deletionEvents(names, step, before)
            case .removeAddress(let address, let name): events += addressEvents(address, name, before)
            case .setVLANs(let vlans, let place): events += vlanEvents(set: vlans, at: place, before)
            case .removeVLANs(let ids, let place): events += vlanEvents(removed: ids, at: place, before)
            case .service(.setZone(_, let name)): events += zoneEvents(name, before)
            case .addAddress, .addName, .removeName, .restore, .forget, .service(.setDNS): break
            case .addRoute(let route), .replaceRoute(let route): events += routeEvents(route, before)
            case .removeRoute(let route): events += routeRemovalEvents(route, before)
            case .addRule(let rule), .removeRule(let rule): events.append(ruleEvent(rule))
            }
        }
        return events
    }

    private func masterEvents(_ had: Link, _ has: Link, _ passing: Passing, _ before: ImpactState, _ number: Int) -> [Event] {
        let name = had.name
        let old = passing.left[name]
        let new = has.master
        guard old != nil || had.master != new else { return [] }
        let wasUp = had.isUp == true
        var events: [Event] = []
        if let old, old == new, let master = now[old] {
            // Its whole family of ports does the same, in the same step.
            let ports = passing.left.keys.filter { passing.left[$0] == old && now[$0]?.master == old }.sorted()
            guard ports.first == name else { return [] }
            let one = ports.count == 1
            let words = "\(ports.map(\.text).joined(separator: ", ")) \(one ? "leaves" : "leave") \(old) and \(one ? "comes" : "come") back"
            events.append(
                Event(
                    link: old, impact: .flap, means: .portFlap,
                    reason: [words + (master.kind == .bond ? ": seconds on hardware" : ""), master.kind == .bond ? master.lacpText : nil].compactMap { $0 }.joined(separator: ", "),
                    seconds: master.bondMode == .ieee8023ad ? Link.lacpSeconds : master.runsSTP ? master.settlingSeconds : nil))
            // What somebody has put on a port itself goes down with it.
            events += ports.map { Event(link: $0, impact: .flap, means: .portFlap, reason: "") }
            return events
        }
        if let old { events += leavingEvents(had, old, new, passing, before, number, wasUp) }
        if let new, let master = now[new], had.master != new { events += enteringEvents(had, master, before, wasUp) }
        return events
    }

    private func leavingEvents(
        _ had: Link, _ old: LinkName, _ new: LinkName?, _ passing: Passing, _ before: ImpactState, _ number: Int, _ wasUp: Bool
    ) -> [Event] {
        guard wasUp, let master = before[old] else { return [] }
        let name = had.name
        let later = enteringSteps[old].flatMap { $0 > number ? $0 : nil }
        if master.kind == .bond {
            // Who leaves in the same step for good stands in for nobody.
            let standIns = before.standIns(for: name, in: old).filter { passing.left[$0] != old || now[$0]?.master == old }
            let settled = standIns.filter { first[$0]?.master == old }
            var events = [
                Event(link: name, impact: .flap, means: .portFlap, reason: "\(name) goes down on leaving \(old): seconds on hardware")
            ]
            let words = (settled.isEmpty ? standIns : settled).map(\.text).joined(separator: ", ")
            if !settled.isEmpty {
                let verb = settled.count == 1 ? "carries" : "carry"
                events.append(
                    Event(link: name, impact: .blip, means: .portFlap, reason: "\(words) \(verb) on what \(name) carried for \(old)", reach: .master(old)))
            } else if !standIns.isEmpty {
                let reason = ["\(old) has but \(words) left, which \(standIns.count == 1 ? "has" : "have") just entered: seconds on hardware", master.lacpText]
                events.append(
                    Event(
                        link: name, impact: .flap, means: .portFlap, reason: reason.compactMap(\.self).joined(separator: ", "), reach: .master(old),
                        seconds: master.bondMode == .ieee8023ad ? Link.lacpSeconds : nil))
            } else {
                events.append(
                    Event(
                        link: name, impact: .outage, means: .portFlap, reason: "\(old) has no port left", reach: .master(old), untilStep: later))
            }
            return events
        }
        let cycles = master.kind == .vrf
            ? [Event(link: name, impact: .flap, means: .portFlap, reason: "\(name) goes down and comes up again on leaving \(old): seconds on hardware")] : []
        guard before.isUplink(name) else {
            let isMoving = new != nil
            return cycles + [
                Event(
                    link: name, impact: isMoving ? .blip : .outage, means: isMoving ? .portFlap : .removed,
                    reason: "\(name) \(isMoving ? "changes from \(old) to \(new?.text ?? "")" : "leaves \(old), and whoever is behind it is cut off")")
            ]
        }
        // By itself it disturbs nobody: it depends on who is on the bridge.
        let others = (before.ports[old] ?? []).filter { $0 != name && before.isUplink($0) && before[$0]?.isUp != false }
        let isSpare = !others.isEmpty && master.runsSTP
        let users = spreadOf(Event(link: name, impact: isSpare ? .flap : .outage, means: .removed, reason: "", reach: .master(old)), before)
        return cycles + [
            Event(
                link: name, impact: max(.blip, users.worst), means: new == nil ? .removed : .portFlap,
                reason: users.isEmpty ? "\(name) leaves \(old)" : "\(old) loses its way out by \(name)", reach: .master(old),
                untilStep: later, seconds: isSpare ? master.settlingSeconds : nil)
        ]
    }

    private func enteringEvents(_ had: Link, _ master: Link, _ before: ImpactState, _ wasUp: Bool) -> [Event] {
        let name = had.name
        if master.kind == .bond {
            // One that has left its bond by an earlier step is down already.
            guard wasUp || first[name]?.isUp == true && now[name]?.isUp == true else { return [] }
            let verb = wasUp ? "goes down on entering" : "comes up in"
            let words = ["\(name) \(verb) \(master.name): seconds on hardware", master.lacpText].compactMap { $0 }
            return [
                Event(
                    link: name, impact: .flap, means: .portFlap, reason: words.joined(separator: ", "),
                    untilStep: removalSteps[name], seconds: master.bondMode == .ieee8023ad ? Link.lacpSeconds : nil, isMove: isLeft(had))
            ]
        }
        guard wasUp else { return [] }
        let isUsed = isUsedItself(had, before)
        if master.runsSTP {
            return [
                Event(
                    link: name, impact: .flap, means: .portFlap, reason: "STP: \(name) listens and learns for \(master.settlingText) before it forwards",
                    reach: .own, untilStep: removalSteps[name], seconds: master.settlingSeconds, isMove: isLeft(had))
            ]
        }
        guard isUsed else { return [] }
        let stays = (had.addresses ?? []).contains { !$0.isKernelMade && homes[$0.network.address] == name }
        return [
            Event(
                link: name, impact: stays ? .outage : .blip, means: .live,
                reason: "\(name) hears nothing for itself once it is a port of \(master.name)", reach: .own, untilStep: removalSteps[name],
                isMove: isLeft(had))
        ]
    }

    /// Whether the host's session leaves this link for another in the plan.
    private func isLeft(_ link: Link) -> Bool {
        guard let session = facts.session else { return false }
        let isHere = (link.addresses ?? []).contains { $0.network.address == session.localAddress }
        return isHere && homes[session.localAddress] != link.name
    }

    /// Whether the host itself speaks over a link, rather than something above it.
    private func isUsedItself(_ link: Link, _ before: ImpactState) -> Bool {
        (link.addresses ?? []).contains { !$0.isKernelMade } || !before.routes(over: link.name).isEmpty
    }
}

extension Action {
    /// Whether it makes a link, which takes nothing from anybody, or sets something of a new link alone: IPv6 is switched off before it
    /// comes up.
    fileprivate func onlyMakes(_ name: LinkName) -> Bool {
        if case .change(let link) = self { return link.name == name && link.attachment == nil }
        if case .create = self { return true }
        return false
    }
}
