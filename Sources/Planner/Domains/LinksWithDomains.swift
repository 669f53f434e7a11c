public import HostNetwork

extension Planner {
    /// Plans links and domains as one: the domains change when the links are made and before any is deleted.
    ///
    /// Taps that lost their bridge are put back by the plan of the links, where that bridge is one of the file's; libvirt itself
    /// does not notice. Taps that domains' own changes move are left out of it. The VLANs and options of taps that stay are part of
    /// it too; those of taps that are plugged in or moved are set right after that.
    /// - Parameter before: the domains as they were, where they are to be so again.
    public static func plan(
        links asked: PlanRequest, domains: [WantedDomain], snapshot: DomainSnapshot, patience: Double, returning before: DomainSnapshot? = nil
    ) -> (links: PlanRequest, linkPlan: Plan, domains: (request: DomainRequest, plan: DomainPlan)) {
        var links = asked
        let made = Set(asked.wanted.links.values.filter { $0.kind == .bridge && $0.isPresent }.map(\.name))
        let strays = snapshot.strayTaps(in: asked.actual, made: made).filter { stray in
            asked.wanted[stray.name] == nil && stray.master.map { made.contains($0) } ?? false
        }
        for stray in strays { links.wanted[stray.name] = stray }
        let astray = Set(strays.map(\.name))
        links.domainTaps = snapshot.taps(of: domains)
        for port in snapshot.tapPorts(of: domains) where asked.wanted[port.tap] == nil {
            if asked.actual[port.tap]?.master == port.bridge || astray.contains(port.tap) { links.wanted.want(port) }
        }

        func domainPlan(_ linkPlan: Plan) -> (DomainRequest, DomainPlan) {
            let building = linkPlan.steps.filter { $0.verb != .delete || $0.isRecreation }
            var request = DomainRequest(
                wanted: domains, actual: snapshot, network: links.actual, laterNetwork: links.actual.applying(building))
            request.leavingBridges = Set(linkPlan.removedLinks)
            request.patience = patience
            request.returning = before
            return (request, plan(request))
        }
        var linkPlan = plan(links)
        var (request, domainPlan) = domainPlan(linkPlan)
        if before != nil {
            // What the taps were as ports stands in the checkpoint of the links.
            for place in domainPlan.steps.indices {
                let step = domainPlan.steps[place]
                guard let tap = step.tap, let master = step.newMaster, let was = asked.wanted[tap], was.master == master else { continue }
                let vlans = asked.wanted[master]?.filtersVLANs == true ? asked.wanted.bridgeVLANs[tap] : nil
                domainPlan.steps[place].port = PortSettings(vlans: vlans, options: was.portOptions)
            }
        }
        let moved = Set(domainPlan.steps.filter { $0.newMaster != nil }.compactMap(\.tap))
        if !moved.isEmpty {
            for stray in strays where moved.contains(stray.name) { links.wanted[stray.name] = nil }
            // A checkpoint wants every tap where it was; this is libvirt's to do.
            if before != nil { for tap in moved { links.wanted[tap] = nil } }
            links.movedByDomains = moved
            linkPlan = plan(links)
            request.leavingBridges = Set(linkPlan.removedLinks)
        }
        linkPlan.refusals += domainPlan.refusals
        return (links, linkPlan, (request, domainPlan))
    }
}
