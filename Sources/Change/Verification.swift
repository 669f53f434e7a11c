internal import HostNetwork
internal import Planner

/// What a change left otherwise than it should have.
enum Verification {
    /// Compares the network after a change with what was wanted, and with what nobody asked to change.
    /// - Parameter expected: the network that the plan makes of the one before.
    /// - Returns: one sentence a difference; empty when all is as it should be.
    static func differences(
        _ request: PlanRequest, before: HostNetwork, expected: HostNetwork, carriedOut plan: Plan, after: HostNetwork
    ) -> [String] {
        var again = request
        again.actual = after
        again.portsPut.formUnion(plan.portsPut)
        // A guest that has ended meanwhile has taken its tap along, and with it what was wanted of that.
        for was in before.links.values where was.kind == .other("tun") && after[was.name] == nil {
            again.wanted[was.name] = nil
            again.wanted.bridgeVLANs[was.name] = nil
        }
        let rest = Planner.plan(again)
        // A port that has just entered its bond is active once it has carrier, and not before.
        let open = rest.steps.filter { step in
            !step.actions.allSatisfy { action in
                guard case .change(let link) = action, let port = link.activePort, link.options.entries.count == 1 else { return false }
                return plan.enters(port, link.name)
            }
        }
        var differences = open.map { unfinished($0) } + rest.refusals.map(\.message)
        // A change of domains alone: what else is otherwise now is others' doing.
        if plan.steps.isEmpty { return differences }
        let touched = Set(plan.steps.flatMap(\.subjects))
        differences += losses(from: before, to: after, expected, touched, without: request.movedByDomains)
        return differences
    }

    /// A step that is still to be done, in words.
    static func unfinished(_ step: Step) -> String {
        let names = step.subjects.map(\.text).joined(separator: ", ")
        switch step.verb {
        case .create: return "\(names) was not made"
        case .delete: return "\(names) is still there"
        case .change:
            let fields = step.changes.map { "\($0.field) is \($0.old ?? "not set") and should be \($0.new ?? "gone")" }
            return "\(names): \(fields.joined(separator: ", "))"
        }
    }

    /// What is no longer there outside of a part of a host, a sentence each: whoever took it away, no way back of this part gives it back.
    static func losses(outside part: TouchedPart, of before: HostNetwork, now: HostNetwork, without moved: Set<LinkName>) -> [String] {
        let rest = part.rest(of: before)
        return losses(from: rest, to: now, rest, [], without: moved).map { "\($0), which this change does not touch" }
    }

    /// What others have added to a part of a host while a change was under way and undone, a sentence each: no way back takes it away.
    static func additions(to part: TouchedPart, in now: HostNetwork, portsPut: Set<LinkName>) -> [String] {
        var seen = part.network.taken(in: now, portsPut: portsPut).map { "\($0.port) has become a port of \($0.master)" }
        for was in part.network.sortedLinks {
            let known = Set((was.addresses ?? []).map(\.network))
            for address in now[was.name]?.addresses ?? [] where !address.isKernelMade && !address.isDynamic && !known.contains(address.network) {
                seen.append("\(was.name) has got the address \(address.network)")
            }
        }
        let links = Set(part.network.links.keys)
        let known = Set(part.network.routes.map(\.key))
        for route in now.routes where !route.isKernelMade && !route.isDynamic && !known.contains(route.key) && !links.isDisjoint(with: route.links) {
            seen.append("the route \(route.display) has appeared")
        }
        return seen.map { foreign($0) }
    }

    private static func foreign(_ sentence: String) -> String { "meanwhile, not by weft: \(sentence)" }

    /// What was on the host before, was not to be touched, and is no longer there.
    private static func losses(
        from before: HostNetwork, to after: HostNetwork, _ expected: HostNetwork, _ touched: Set<LinkName>, without moved: Set<LinkName>
    ) -> [String] {
        var lost: [String] = []
        let taken = Set(expected.taken(in: after, portsPut: touched).map(\.port))
        for was in before.sortedLinks {
            guard let should = expected[was.name] else { continue }
            if moved.contains(was.name) { continue }
            guard let now = after[was.name] else {
                // A guest that ends takes its tap along, and a card may be pulled: nobody's doing here.
                if was.isOwned || was.kind.isManaged { lost.append("\(was.name) is gone") }
                continue
            }
            if now.attachment != should.attachment, !taken.contains(was.name) {
                lost.append("\(was.name) is a port of \(now.master?.text ?? "nothing"), not of \(should.master?.text ?? "nothing")")
            }
            // Guests start and stop at any time, and their taps with them.
            let isNoGuests = touched.contains(was.name) || was.kind == .nic || was.kind.isManaged
            if !taken.contains(was.name), let table = after.bridgeVLANs[was.name], let due = expected.bridgeVLANs[was.name], table != due, isNoGuests {
                lost.append("\(was.name) lets VLAN \(table.display) through, not \(due.display)")
            }
            if now.isUp != should.isUp, isNoGuests { lost.append("\(was.name) is \(now.isUp == true ? "up" : "down")") }
            let present = Set((now.addresses ?? []).map(\.network))
            for address in should.addresses ?? [] where !address.isKernelMade && !address.isDynamic && !present.contains(address.network) {
                lost.append("\(was.name) has lost \(address.network)")
            }
        }
        let routes = Set(after.routes.map(\.key))
        for route in expected.routes where !route.isKernelMade && !route.isDynamic && !routes.contains(route.key) {
            lost.append("the route \(route.display) is lost")
        }
        let rules = Set(after.rules.map(\.identity))
        for rule in expected.rules where !rules.contains(rule.identity) { lost.append("the rule \(rule.display) is lost") }
        return lost
    }

    /// What others have done to the host while the change was under way, as far as two readings show it. None of it fails the
    /// change, and all of it is told.
    /// - Parameter plugsTaps: whether domains change along, so that taps which come, go or move are the change's own.
    static func foreignChanges(
        _ plan: Plan, before: HostNetwork, expected: HostNetwork, after: HostNetwork, plugsTaps: Bool = false
    ) -> [String] {
        var touched = Set(plan.steps.flatMap(\.subjects))
        if plugsTaps {
            let taps = Set((Array(before.links.values) + Array(after.links.values)).filter { $0.kind == .other("tun") }.map(\.name))
            for tap in taps where before[tap]?.master != after[tap]?.master { touched.formUnion([tap, before[tap]?.master, after[tap]?.master].compactMap(\.self)) }
        }
        let near = near(touched, in: after)
        var seen: [String] = []
        // Of what the change is about itself, only addresses are looked at: mostly there are none.
        let concerned = after.sortedLinks { link in
            !near.contains(link.name) || expected[link.name] == nil || link.addresses?.contains { !$0.isKernelMade && !$0.isDynamic } == true
        }
        for now in concerned {
            guard let should = expected[now.name] else {
                if before[now.name] == nil, !plugsTaps || now.kind != .other("tun") { seen.append("\(now.name) has appeared") }
                continue
            }
            let known = Set((should.addresses ?? []).map(\.network))
            for address in now.addresses ?? [] where !address.isKernelMade && !address.isDynamic && !known.contains(address.network) {
                seen.append("\(now.name) has got the address \(address.network)")
            }
            guard !near.contains(now.name) else { continue }
            func changed(_ field: String, _ old: (some Equatable & CustomStringConvertible)?, _ new: (some Equatable & CustomStringConvertible)?) {
                let (old, new) = (old?.description ?? "none", new?.description ?? "none")
                if old != new { seen.append("\(now.name)'s \(field) has changed from \(old) to \(new)") }
            }
            changed("mtu", should.mtu, now.mtu)
            changed("mac", should.mac, now.mac)
            changed("group", should.group, now.group)
            changed("description", should.alias, now.alias)
            // Guests come and go, and the carriers of their taps with them.
            if !now.kind.isManaged, now.kind != .other("tun") { changed("carrier", should.hasCarrier, now.hasCarrier) }
            guard should.options != now.options else { continue }
            let overridden = should.overriddenOptions + now.overriddenOptions
            for row in OptionRow.all where should.options[row] != now.options[row] && !overridden.contains(row.id) {
                changed(row.name, should.options[row].map { row.display(of: $0) }, now.options[row].map { row.display(of: $0) })
            }
        }
        for was in before.sortedLinks(where: { expected[$0.name] != nil && after[$0.name] == nil && !$0.isOwned && !$0.kind.isManaged }) {
            if plugsTaps, was.kind == .other("tun") { continue }
            seen.append("\(was.name) has disappeared")
        }
        seen += expected.taken(in: after, portsPut: touched).map { "\($0.port) has become a port of \($0.master)" }
        let known = Set(expected.routes.map(\.key)).union(before.routes.map(\.key))
        for route in after.routes where !route.isKernelMade && !route.isDynamic && !known.contains(route.key) {
            seen.append("the route \(route.display) has appeared")
        }
        return seen.map { foreign($0) }
    }

    /// Links and all that may follow them by itself in MAC, MTU or carrier: their ports, what they are ports of, and what lies on
    /// any of these.
    private static func near(_ touched: Set<LinkName>, in network: HostNetwork) -> Set<LinkName> {
        var near = touched
        var size = 0
        while near.count != size {
            size = near.count
            let masters = Set(near.compactMap { network[$0]?.master })
            for (name, link) in network.links where !near.contains(name) {
                let follows = masters.contains(name) || link.parent.map { near.contains($0) } ?? false || link.master.map { near.contains($0) } ?? false
                if follows { near.insert(name) }
            }
        }
        return near
    }
}
