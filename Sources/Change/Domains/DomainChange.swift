public import DomainService
public import HostNetwork
public import Planner

/// A change of domains: carried out and verified as a whole, or undone as a whole. What only a guest can bring about comes last,
/// and is left, not undone, where the guest does not.
public struct DomainChange: ~Copyable {
    /// How a change of domains ended.
    public enum Outcome: Sendable {
        /// Done and verified.
        case done
        /// Done but for what guests did not give; each a sentence. Nothing of that was changed.
        case left([String])
        /// It failed, and the domains are as they were.
        case rolledBack([String])
        /// It failed, and not everything could be put back.
        case notRolledBack([String], left: [String])
    }

    private let request: DomainRequest
    /// What is done.
    public let plan: DomainPlan
    var connection: DomainConnection
    /// The domains that something was asked for.
    private(set) var touched: Set<String> = []

    /// A change by a connection that may write.
    public init(request: DomainRequest, plan: DomainPlan, session: consuming DomainSession) {
        self.request = request
        self.plan = plan
        connection = DomainConnection(session)
    }

    /// What leads the domains back, for the change's checkpoint. What only a guest can bring about comes after the change, and is no
    /// part of it.
    public var checkpoint: DomainCheckpoint {
        DomainCheckpoint(uri: connection.uri, request.actual, touched: Set(plan.steps.filter { !$0.needsGuest }.map(\.domain)))
    }

    /// Carries everything out: what needs no guest, verified or undone; then what needs one.
    /// - Parameter network: reads the host's links.
    public mutating func carryOut(network: () -> HostNetwork?) -> Outcome {
        let problems = carryOutHostsPart(network: network)
        guard problems.isEmpty else {
            let left = rollBack()
            return left.isEmpty ? .rolledBack(problems) : .notRolledBack(problems, left: left)
        }
        let left = carryOutGuestsPart()
        return left.isEmpty ? .done : .left(left)
    }

    /// Does what needs no guest's consent, and verifies it.
    /// - Returns: what went wrong; empty when all is as it should be.
    public mutating func carryOutHostsPart(network: () -> HostNetwork?) -> [String] {
        for step in plan.steps where !step.needsGuest {
            do { try perform(step) } catch { return [error.sentence] }
        }
        return verify(network)
    }

    /// Does what only guests can bring about, one after the other.
    /// - Returns: what is left, a sentence each.
    public mutating func carryOutGuestsPart() -> [String] {
        var left: [String] = []
        for step in plan.steps where step.needsGuest {
            do { try perform(step) } catch { left.append("\(error.sentence). \(state(of: step))") }
        }
        return left
    }

    /// Puts every domain that was touched back as it was read before.
    /// - Returns: what could not be put back; empty when all is as it was.
    public mutating func rollBack() -> [String] {
        DomainWayBack.go(to: request.actual, of: touched, by: &connection)
    }

    // MARK: Taps as ports

    /// What is wanted of the taps that have been plugged in or moved: libvirt has given them back with what every new port has.
    mutating func newPorts() throws(DomainFailure) -> [TapPort] {
        let steps = plan.steps.filter { !$0.port.isEmpty }
        guard !steps.isEmpty else { return [] }
        let now = try connection.snapshot()
        return steps.compactMap { step in
            guard let live = now[step.domain]?.interfaces.first(where: { $0.live?.mac == step.mac })?.live, let tap = live.targetName,
                let bridge = live.bridgeName
            else { return nil }
            return TapPort(domain: step.domain, mac: step.mac, tap: tap, bridge: bridge, settings: step.port, origin: step.origin)
        }
    }

    // MARK: Parts

    private mutating func perform(_ step: DomainStep) throws(DomainFailure) {
        touched.insert(step.domain)
        for action in step.actions { try connection.perform(action, "\(step.attempt) (\(action.side.rawValue))") }
    }

    private mutating func verify(_ network: () -> HostNetwork?) -> [String] {
        guard !touched.isEmpty else { return [] }
        do {
            var again = request
            again.actual = try connection.snapshot()
            if let now = network() { again.network = now }
            again.laterNetwork = again.network
            let rest = Planner.plan(again).steps.filter { !$0.needsGuest }
            var problems = rest.map { step in
                "after the change: \(step.domain) \(step.mac): \(step.changes.map { "\($0.field) is \($0.old ?? "not set")" }.joined(separator: ", "))"
            }
            for step in plan.steps where step.newMaster != nil || step.verb == .create {
                guard let domain = again.actual[step.domain] else { continue }
                for (interface, faults) in zip(domain.interfaces, again.actual.faults(of: domain, in: again.network)) {
                    guard interface.current?.mac == step.mac else { continue }
                    for case .tapElsewhere(let tap, let master, let bridge) in faults {
                        problems.append("after the change: \(tap) of \(step.domain) is a port of \(master?.text ?? "nothing"), not of \(bridge)")
                    }
                }
            }
            return problems
        } catch {
            return ["the domains could not be read back: \(error.sentence)"]
        }
    }

    /// What is so of an interface that a guest has not given up.
    private mutating func state(of step: DomainStep) -> String {
        guard let now = try? connection.snapshot(), let domain = now[step.domain] else { return "What is so now could not be read" }
        let interface = domain.interfaces.first { $0.current?.mac == step.mac }
        let bridge = interface?.live?.bridge.map { " to \($0)" } ?? ""
        let live = interface?.live == nil ? "It is detached" : "It is still attached\(bridge)"
        let stored = interface?.stored == nil ? "its stored configuration does not have it" : "its stored configuration still has it"
        return "\(live), and \(stored): both as before"
    }
}
