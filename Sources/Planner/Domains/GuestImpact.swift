public import HostNetwork

/// What a plan does to one interface of a domain.
public struct GuestImpact: Hashable, Codable, Sendable {
    /// The domain's name.
    public var domain: String
    /// Whether the domain runs.
    public var state: Domain.State
    /// The guest's address on the interface.
    public var mac: MACAddress
    /// The host's end; `nil` where the domain does not run.
    public var tap: LinkName?
    /// The bridge that the interface hangs on, or, where the domain does not run, will hang on; `nil` for one on no bridge.
    public var bridge: String?
    /// How bad the worst of it is.
    public var impact: Impact
    /// The numbers of the steps that it feels, from 1; empty where that is none.
    public var steps: [Int]
    /// The number of the step with whose end the worst is over.
    public var untilStep: Int?
    /// What it notices, as a sentence without the final point.
    public var notices: String

    enum CodingKeys: String, CodingKey {
        case domain, state, mac, tap, bridge, impact, steps
        case untilStep = "until_step"
        case notices
    }
}

/// Whose domains a plan concerns: those on the bridges that it touches, running or stopped.
public struct GuestReport: Hashable, Codable, Sendable {
    /// Each interface, the worst hit first, then by domain.
    public var interfaces: [GuestImpact]
    /// Why libvirt could not be asked; the plan then names taps, and not whose they are.
    public var failure: String?

    /// A report of what libvirt told, or of why it did not.
    public init(interfaces: [GuestImpact] = [], failure: String? = nil) {
        self.interfaces = interfaces
        self.failure = failure
    }
}

extension Plan {
    /// Guests' taps that a step disturbs.
    public var disturbedTaps: Set<LinkName> {
        Set(steps.lazy.flatMap(\.impact.affected).filter { $0.kind == .tap }.map(\.link))
    }

    /// The bridges of a network that a step changes, takes away or disturbs, with those of disturbed taps.
    public func touchedBridges(in network: HostNetwork) -> Set<LinkName> {
        var bridges = Set(steps.lazy.flatMap(\.subjects))
        bridges.formUnion(steps.lazy.flatMap(\.impact.affected).filter { $0.kind == .link }.map(\.link))
        bridges.formUnion(disturbedTaps.compactMap { network[$0]?.master })
        return bridges.filter { network[$0]?.kind == .bridge }
    }

    /// Whether there may be domains that the plan concerns, so that it is worth asking libvirt.
    public func concernsGuests(of network: HostNetwork) -> Bool {
        !disturbedTaps.isEmpty || !touchedBridges(in: network).isEmpty
    }

    /// Names the domains that the plan concerns, in its steps and as a whole.
    /// - Parameters:
    ///   - snapshot: the domains, with their taps among the links of the network.
    ///   - network: the host's network before the plan.
    ///   - domains: what happens to domains along with it: who leaves a bridge in time is not hit by its end.
    public mutating func name(_ snapshot: DomainSnapshot, in network: HostNetwork, changing domains: DomainPlan = DomainPlan()) {
        var owners: [LinkName: String] = [:]
        for member in snapshot.members { if let tap = member.interface.live?.targetName { owners[tap] = member.domain.name } }
        for place in steps.indices {
            for hit in steps[place].impact.affected.indices where steps[place].impact.affected[hit].kind == .tap {
                steps[place].impact.affected[hit].domain = owners[steps[place].impact.affected[hit].link]
            }
        }
        let naming = GuestNaming(self, network, domains)
        let hits = snapshot.members.compactMap { naming.impact(on: $0) }
        guests = GuestReport(interfaces: hits.sorted { left, right in
            if left.impact != right.impact { return left.impact > right.impact }
            return (left.domain, left.mac.description) < (right.domain, right.mac.description)
        })
    }
}

/// Finds what a plan does to domains' interfaces.
private struct GuestNaming {
    private struct Hit {
        var step: Int
        var impact: Impact
        var cost: StepImpact
    }

    private let bridges: Set<LinkName>
    /// The bridges that are not there any more after the plan.
    private let gone: Set<LinkName>
    private let hits: [LinkName: [Hit]]
    private let domains: DomainPlan

    init(_ plan: Plan, _ network: HostNetwork, _ domains: DomainPlan) {
        bridges = plan.touchedBridges(in: network)
        gone = Set(plan.removedLinks)
        self.domains = domains
        var hits: [LinkName: [Hit]] = [:]
        for (place, step) in plan.steps.enumerated() {
            for affected in step.impact.affected where affected.kind == .tap {
                hits[affected.link, default: []].append(Hit(step: place + 1, impact: affected.impact, cost: step.impact))
            }
        }
        self.hits = hits
    }

    /// What happens to an interface; `nil` for one that the plan does not concern.
    func impact(on member: DomainSnapshot.Member) -> GuestImpact? {
        guard let device = member.interface.current else { return nil }
        let live = member.interface.live
        let change = domains.steps.first { $0.domain == member.domain.name && $0.mac == device.mac }
        var result = GuestImpact(
            domain: member.domain.name, state: member.domain.state, mac: device.mac, tap: live?.targetName, bridge: device.bridge, impact: .none,
            steps: [], untilStep: nil, notices: "nothing")
        let felt = live?.targetName.flatMap { hits[$0] } ?? []
        if let worst = felt.max(by: { $0.impact < $1.impact }) {
            result.impact = worst.impact
            result.steps = felt.map(\.step)
            result.untilStep = worst.impact == .outage ? worst.cost.untilStep : nil
            result.notices = Self.words(worst.impact, worst.cost)
        } else if !isOn(live), !isOn(member.interface.stored) {
            return nil
        } else if let new = change?.newMaster {
            result.impact = .blip
            result.notices = "it moves to \(new): frames may be lost for less than a second"
        } else if live == nil {
            result.notices = "nothing: \(member.domain.isActive ? "it is plugged in at the domain's next start" : "it does not run")"
        }
        if change == nil, let next = member.interface.stored?.bridgeName, gone.contains(next), member.interface.stored?.isOnBridge == true {
            result.impact = .outage
            let fails = "the domain's next start fails, for there is no \(next) any more"
            result.notices = felt.isEmpty ? fails : "\(result.notices); \(fails)"
        }
        return result
    }

    private func isOn(_ device: DomainDevice?) -> Bool { device?.bridgeName.map { bridges.contains($0) } ?? false }

    private static func words(_ impact: Impact, _ cost: StepImpact) -> String {
        switch impact {
        case .none: "nothing"
        case .blip: "frames may be lost for less than a second"
        case .flap: "no frames for seconds\(cost.protocolSeconds.map { ", \(Int($0.rounded(.up))) s of them by the protocol's own timers" } ?? "")"
        case .outage: "no network \(cost.untilStep.map { "until step \($0) is done" } ?? "any more")"
        }
    }
}
