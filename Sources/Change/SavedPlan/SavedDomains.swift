public import HostNetwork
public import Planner

/// What a saved plan does to domains: the steps, what was wanted, and the state that they rest on.
public struct SavedDomains: Hashable, Codable, Sendable {
    /// libvirt's name of the connection that the domains were read by.
    public var uri: String
    /// How long a guest may take to give an interface up, in seconds.
    public var patience: Double
    /// What the file wants of domains, those that were not defined included.
    public var wanted: [WantedDomain]
    /// What will be done.
    public var plan: DomainPlan
    /// What must still be so.
    public var ground: DomainGround

    enum CodingKeys: String, CodingKey {
        case uri, patience, wanted, plan
        case ground = "state"
    }

    /// Takes a plan, and out of what it was planned from the part that it rests on.
    public init(_ plan: DomainPlan, for request: DomainRequest, uri: String) {
        self.uri = uri
        patience = request.patience
        wanted = request.wanted
        self.plan = plan
        ground = DomainGround(of: plan, in: request.actual)
    }

    /// What is otherwise now than when the plan was made; empty when it may be carried out.
    public func differences(to snapshot: DomainSnapshot) -> [PlanGround.Difference] {
        ground.differences(to: DomainGround(of: plan, in: snapshot), wanted: plan)
    }

    /// What carrying out just this plan asks for now: of what was wanted, the interfaces that have a step.
    /// - Parameters:
    ///   - links: the plan of the links that goes along with it.
    ///   - network: the host's links now.
    public func request(on snapshot: DomainSnapshot, _ links: Plan, _ network: HostNetwork) -> DomainRequest {
        let building = links.steps.filter { $0.verb != .delete || $0.isRecreation }
        let domains = wanted.compactMap { domain -> WantedDomain? in
            let macs = Set(plan.steps.filter { $0.domain == domain.name }.map(\.mac))
            let whole = domain
            var domain = domain
            for place in domain.interfaces.indices {
                // Known by its place no longer, once others are left out.
                let want = domain.interfaces[place]
                domain.interfaces[place].mac = want.mac ?? mac(of: want, in: snapshot[domain.name]) ?? whole.derivedMAC(place, host: snapshot.host)
            }
            domain.interfaces.removeAll { $0.mac.map { !macs.contains($0) } ?? true }
            return domain.interfaces.isEmpty ? nil : domain
        }
        var request = DomainRequest(
            wanted: domains, actual: snapshot, network: network, laterNetwork: network.applying(building))
        request.leavingBridges = Set(links.removedLinks)
        request.patience = patience
        return request
    }

    /// The MAC of an interface that is known by the name of the host's end.
    private func mac(of want: WantedInterface, in domain: Domain?) -> MACAddress? {
        guard let target = want.settings.target else { return nil }
        return domain?.interfaces.first { $0.live?.target == target || $0.stored?.target == target }?.current?.mac
    }
}
