internal import HostNetwork
internal import Netlink
internal import Planner

/// The way back to a network that was read: planned and carried out by the same planner and executor as every change, be it
/// right after a failure, for want of a confirmation, or by the next weft after a crash.
struct WayBack: Codable, Hashable, Sendable {
    /// What is to be put back.
    let part: TouchedPart
    /// All of the network as it was, for as long as the process lives that has read it: so it tells whether anything was lost elsewhere.
    private var whole: HostNetwork?
    /// The foreign links that weft may release from their masters: those on record, and those that the change put there.
    let portsPut: Set<LinkName>
    /// What the change deletes: the only links that are made anew although they are not weft's.
    let deleted: Set<LinkName>
    /// Taps that the change's domains move. They are put back by way of libvirt, or it would go on naming the other bridge.
    let movedByDomains: Set<LinkName>
    /// Whether the change touches no link, but domains alone: then none is put back either. Whatever is otherwise now is others' doing.
    let touchesNoLink: Bool?
    /// Ports whose `path_cost` the change sets.
    let weighedPorts: Set<LinkName>?
    /// Bonds whose active port the change may change.
    let steeredBonds: Set<LinkName>?
    /// Whether guests' taps lose their bridge on the way there, so that they are watched as they come back.
    let concernsTaps: Bool

    /// Cards and other links of the host's that the change names: that one of them is gone is no matter of others alone.
    let named: Set<LinkName>?

    /// What is known of the network to come back to.
    var before: HostNetwork { part.network }

    enum CodingKeys: String, CodingKey {
        case part, deleted, named
        case portsPut = "ports_put"
        case movedByDomains = "moved_by_domains"
        case touchesNoLink = "touches_no_link"
        case weighedPorts = "weighed_ports"
        case steeredBonds = "steered_bonds"
        case concernsTaps = "concerns_taps"
    }

    /// The way to a network that was read, from wherever.
    init(to before: HostNetwork, portsPut: Set<LinkName>) {
        part = TouchedPart(all: before)
        self.portsPut = portsPut
        deleted = []
        named = nil
        movedByDomains = []
        touchesNoLink = nil
        weighedPorts = nil
        steeredBonds = nil
        concernsTaps = false
    }

    /// The way back from a change, wherever it was cut off.
    init(request: PlanRequest, plan: Plan, domains: DomainCheckpoint?) {
        let taps = (domains?.before.members ?? []).compactMap { $0.interface.live?.targetName }
        part = TouchedPart(of: request.actual, touchedBy: plan, and: request.movedByDomains.union(taps))
        whole = request.actual
        movedByDomains = request.movedByDomains
        touchesNoLink = plan.steps.isEmpty ? true : nil
        weighedPorts = plan.weighedPorts
        steeredBonds = plan.steeredBonds(in: request.actual)
        concernsTaps = plan.concernsTaps(request)
        portsPut = request.portsPut.union(plan.portsPut)
        deleted = Set(plan.steps.filter { $0.verb == .delete }.flatMap(\.subjects))
        named = Set(plan.steps.flatMap(\.subjects).filter { request.actual[$0]?.kind.isManaged == false })
    }

    /// Plans back to what was, carries that out, reads again. A step that fails does not keep the others from being tried.
    /// - Parameter meanwhile: takes what others have added to the part, which stays; a sentence each.
    /// - Returns: what could not be put back; empty when the host is as it was.
    func go(on kernel: inout some Kernel & ~Copyable, _ meanwhile: inout [String]) -> [String] {
        if touchesNoLink == true { return [] }
        var refused: [String] = []
        var target: HostNetwork?
        for _ in 0..<3 {
            do {
                let (way, now) = try plan(to: &target, on: &kernel)
                if way.steps.isEmpty {
                    meanwhile = Verification.additions(to: part, in: now, portsPut: portsPut)
                    return way.refusals.map(\.message) + (try ending(now, on: &kernel))
                }
                refused = []
                for chunk in way.chunks {
                    refused += try Executor.performEach(chunk.flatMap(\.actions), on: &kernel).map(\.error.description)
                }
            } catch {
                refused.append(error.description)
            }
        }
        do {
            let (rest, now) = try plan(to: &target, on: &kernel)
            meanwhile = Verification.additions(to: part, in: now, portsPut: portsPut)
            if rest.isEmpty { return try ending(now, on: &kernel) }
            return rest.steps.map { Verification.unfinished($0) } + rest.refusals.map(\.message) + (try ending(now, on: &kernel)) + refused
        } catch {
            return refused + [error.description]
        }
    }

    /// Puts taps back into their bridges that libvirt was to put there, and cannot be asked to: their guests need a bridge now, whatever
    /// their configurations name meanwhile.
    func rescueTaps(on kernel: inout some Kernel & ~Copyable) {
        do {
            let now = try kernel.snapshot(vlanTables: false)
            let strays = movedByDomains.filter { tap in now[tap].map { $0.master == nil } ?? false && before[tap]?.master.map { now[$0]?.kind == .bridge } ?? false }
            guard !strays.isEmpty else { return }
            var target: HostNetwork?
            for chunk in try plan(to: &target, rescuing: strays, on: &kernel).plan.chunks {
                _ = try Executor.performEach(chunk.flatMap(\.actions), on: &kernel)
            }
        } catch {
            // They are told to be without a bridge by whoever watches them.
        }
    }

    /// What no plan shows, once all is planned for.
    private func ending(_ now: HostNetwork, on kernel: inout some Kernel & ~Copyable) throws(NetlinkError) -> [String] {
        var last = now
        // That it is there is all that matters here.
        var mended: [String] = []
        let lacks = try KeptBelongings.settle(before.belongings, in: &last, on: &kernel, &mended)
        let elsewhere = whole.map { Verification.losses(outside: part, of: $0, now: last, without: movedByDomains) } ?? []
        return goneForGood(now) + lacks.map(\.sentence) + unkept(last) + elsewhere
    }

    /// What went with links that were deleted, and nobody can put back.
    private func unkept(_ now: HostNetwork) -> [String] {
        let things = before.belongings.sorted { $0.key < $1.key }.flatMap { name, was in
            guard deleted.contains(name), now[name] != nil else { return [String]() }
            let have = Set(now.belongings[name]?.unkept ?? [])
            return was.unkept.filter { !have.contains($0) }.map { "\(name) has lost \($0), which nobody can put back" }
        }
        let routes = Dictionary(now.routes.map { ($0.key, $0) }) { first, _ in first }
        let objects = part.network.routes.filter { $0.hasUnknownAttributes && routes[$0.key]?.hasUnknownAttributes == false }
        return things + objects.map { "the route \($0.display) has lost its next hop object, which nobody can put back" }
    }

    /// The plan from what is now to what was.
    /// - Parameters:
    ///   - target: the network to come back to; found out from the first one that is read.
    ///   - strays: taps that are not left to libvirt.
    private func plan(to target: inout HostNetwork?, rescuing strays: Set<LinkName> = [], on kernel: inout some Kernel & ~Copyable) throws(NetlinkError) -> (plan: Plan, now: HostNetwork) {
        var now = try kernel.snapshot(vlanTables: true)
        if self.before.belongings.contains(where: { !$0.value.isEmpty }) { now.belongings = try kernel.belongings(of: Set(self.before.belongings.keys)) }
        var before = target ?? part.restored(in: now)
        target = before
        // Who has given a link of his own a master since is asked no more than he would be elsewhere.
        for taken in part.network.taken(in: now, portsPut: portsPut) where before[taken.master] != nil {
            before.links[taken.port] = now[taken.port]
            before.bridgeVLANs[taken.port] = now.bridgeVLANs[taken.port]
        }
        var back = PlanRequest(wanted: before.asCheckpoint, actual: now)
        // What went by itself meanwhile, such as the tap of a guest that ended, is not to be brought back.
        for (name, was) in before.links where !was.kind.isManaged && back.actual[name] == nil && !deleted.contains(name) {
            back.wanted[name] = nil
        }
        for bond in steeredBonds ?? [] { back.wanted[bond]?.activePort = before[bond]?.activePort }
        for name in movedByDomains.subtracting(strays) { back.wanted[name] = nil }
        back.isRollback = true
        back.allowsOutage = true
        back.portsPut = portsPut
        back.weighedPorts = weighedPorts ?? []
        var way = Planner.plan(back)
        // Somebody may have put a link on one of weft's since. Then more is left than before, and nothing of his is lost.
        if way.refusals.contains(where: { $0.kind == .foreignUpper }) { way.steps.removeAll { $0.verb == .delete } }
        return (way, back.actual)
    }

    /// What no message brings back: a card that was pulled, or got another name, and what hung on it. Taps come and go with guests.
    private func goneForGood(_ now: HostNetwork) -> [String] {
        before.sortedLinks.compactMap { was in
            guard !was.kind.isManaged, was.kind != .other("tun"), now[was.name] == nil, !deleted.contains(was.name) else { return nil }
            let had = was.hostAddresses
            if let master = was.master, portsPut.contains(was.name) { return "\(was.name) is gone, and not by weft: it was a port of \(master)" }
            guard !had.isEmpty || named?.contains(was.name) ?? false else { return nil }
            return "\(was.name) is gone, and not by weft\(had.isEmpty ? "" : ": it had \(had.joined(separator: ", "))")"
        }
    }
}

extension Plan {
    /// Bonds that have an active port, and may have another one after the plan; `nil` where there are none.
    fileprivate func steeredBonds(in network: HostNetwork) -> Set<LinkName>? {
        var bonds: Set<LinkName> = []
        func note(_ name: LinkName?) { if let name, network[name]?.activePort != nil { bonds.insert(name) } }
        for action in steps.lazy.flatMap(\.actions) {
            switch action {
            case .change(let link), .create(let link):
                for name in [link.name, network[link.name]?.master, link.master] { note(name) }
            case .delete(let names): for name in names { [name, network[name]?.master].forEach { note($0) } }
            default: break
            }
        }
        return bonds.isEmpty ? nil : bonds
    }

    /// Ports whose `path_cost` it sets; `nil` where it sets none, as most plans do.
    fileprivate var weighedPorts: Set<LinkName>? {
        var ports: Set<LinkName> = []
        for case .change(let link) in steps.lazy.flatMap(\.actions) where link.portOptions[.pathCost] != nil { ports.insert(link.name) }
        return ports.isEmpty ? nil : ports
    }
}
