public import HostNetwork

/// The part of domains' state that a plan for them rests on, in words: of each domain that it changes, whether it runs and is stored,
/// and the interfaces that it is about.
///
/// Whether a running domain is paused, what went over an interface, the names that libvirt gives out for taps, and a domain's other
/// interfaces are no part of it.
public struct DomainGround: Hashable, Codable, Sendable {
    /// Each domain's properties; none of a domain that is not there.
    public let domains: [String: [String: String]]

    /// Takes the ground of a plan out of what was read.
    public init(of plan: DomainPlan, in snapshot: DomainSnapshot) {
        var found: [String: [String: String]] = [:]
        for step in plan.steps {
            guard let domain = snapshot[step.domain] else { continue }
            found[step.domain, default: [:]]["uuid"] = domain.uuid
            found[step.domain]?["running"] = domain.isActive ? "yes" : "no"
            found[step.domain]?["stored"] = domain.isPersistent ? "yes" : "no"
            let interface = domain.interfaces.first { $0.current?.mac == step.mac }
            for side in domain.sides { found[step.domain]?["\(step.mac), \(side.rawValue)"] = interface?[side]?.ground ?? "not there" }
        }
        domains = found
    }

    /// The ground as text, a line a property: the same for the same ground.
    public var text: String {
        domains.sorted { $0.key < $1.key }.map { name, properties in
            properties.sorted { $0.key < $1.key }.map { "domain \(name)\t\($0.key)\t\($0.value)\n" }.joined()
        }.joined()
    }

    /// What is otherwise now than then, with what the plan was to bring about.
    public func differences(to now: DomainGround, wanted plan: DomainPlan) -> [PlanGround.Difference] {
        var found: [PlanGround.Difference] = []
        for name in Set(domains.keys).union(now.domains.keys).sorted() {
            let old = domains[name] ?? [:]
            let new = now.domains[name] ?? [:]
            guard !old.isEmpty, !new.isEmpty else {
                found.append(.init(link: name, property: "domain", then: old.isEmpty ? nil : "defined", now: new.isEmpty ? nil : "defined", wanted: nil))
                continue
            }
            for property in Set(old.keys).union(new.keys).sorted() where old[property] != new[property] {
                let step = plan.steps.first { $0.domain == name && property.hasPrefix("\($0.mac), ") }
                let wanted = step.map { step in step.verb == .delete ? "not there" : step.changes.map { "\($0.field) \($0.new ?? "")" }.joined(separator: ", ") }
                found.append(.init(link: name, property: property, then: old[property], now: new[property], wanted: wanted))
            }
        }
        return found
    }
}

extension DomainDevice {
    /// What a step may depend on.
    fileprivate var ground: String {
        let name = target.flatMap { $0.hasPrefix("vnet") ? nil : "target \($0)" }
        let words = [
            network.map { "network \($0)" } ?? bridge.map { "bridge \($0)" } ?? type, model.map { "model \($0)" }, name, mtu.map { "mtu \($0)" },
            isIsolated ? "isolated" : nil, isLinkUp ? nil : "link down",
        ]
        return words.compactMap { $0 }.joined(separator: ", ")
    }
}
