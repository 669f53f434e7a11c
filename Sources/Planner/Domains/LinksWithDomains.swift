public import HostNetwork

extension Planner {
    /// Plans links and domains as one: the domains change when the links are made and before any is deleted.
    ///
    /// Taps that lost their bridge are put back by the plan of the links, where that bridge is one of the file's; libvirt itself
    /// does not notice. Taps that domains' own changes move are left out of it. The VLANs and options of taps that stay are part of
    /// it too; those of taps that are plugged in or moved are set right after that.
    public static func plan(
        links asked: PlanRequest, domains: [WantedDomain], snapshot: DomainSnapshot, patience: Double
    ) -> (links: PlanRequest, linkPlan: Plan, domains: (request: DomainRequest, plan: DomainPlan)) {
        var links = asked
        let made = Set(asked.wanted.links.values.filter { $0.kind == .bridge && $0.isPresent }.map(\.name))
        let strays = snapshot.strayTaps(in: asked.actual, made: made).filter { stray in
            asked.wanted[stray.name] == nil && stray.master.map { made.contains($0) } ?? false
        }
        for stray in strays { links.wanted[stray.name] = stray }
        let astray = Set(strays.map(\.name))
        for port in snapshot.tapPorts(of: domains) where asked.wanted[port.tap] == nil {
            if asked.actual[port.tap]?.master == port.bridge || astray.contains(port.tap) { links.wanted.want(port) }
        }

        func domainPlan(_ linkPlan: Plan) -> (DomainRequest, DomainPlan) {
            let building = linkPlan.steps.filter { $0.verb != .delete || $0.isRecreation }
            var request = DomainRequest(
                wanted: domains, actual: snapshot, network: links.actual, laterNetwork: links.actual.applying(building.lazy.flatMap(\.actions)))
            request.leavingBridges = Set(linkPlan.removedLinks)
            request.patience = patience
            return (request, plan(request))
        }
        var linkPlan = plan(links)
        var (request, domainPlan) = domainPlan(linkPlan)
        let moved = Set(domainPlan.steps.filter { $0.newMaster != nil }.compactMap(\.tap))
        if !moved.isEmpty {
            for stray in strays where moved.contains(stray.name) { links.wanted[stray.name] = nil }
            links.movedByDomains = moved
            linkPlan = plan(links)
            request.leavingBridges = Set(linkPlan.removedLinks)
        }
        linkPlan.refusals += domainPlan.refusals
        return (links, linkPlan, (request, domainPlan))
    }
}
