public import DomainService
internal import HostNetwork
public import Planner

/// A change of domains, in two parts: what the host does alone is verified, or undone as a whole. What only a guest can bring about
/// comes after that, and is left, not undone, where the guest does not. ``DomainTransaction`` carries out both.
public struct DomainChange: ~Copyable {
    /// Who brings about what is done.
    enum Part {
        /// The host, by way of libvirt.
        case host
        /// The guests, which have to agree.
        case guests
    }

    private var request: DomainRequest
    /// What is done.
    public let plan: DomainPlan
    var connection: DomainConnection
    /// Whose turn it is.
    private(set) var part = Part.host
    /// The domains that something was asked for.
    private(set) var touched: Set<String> = []
    /// What guests have not brought about, a sentence each.
    private(set) var left: [String] = []

    /// A change by a connection that may write.
    public init(request: DomainRequest, plan: DomainPlan, session: consuming DomainSession) {
        self.request = request
        self.plan = plan
        connection = DomainConnection(session)
    }

    /// The steps of the part whose turn it is.
    var steps: [DomainStep] { plan.steps.filter { $0.needsGuest == (part == .guests) } }

    /// The steps that need a guest.
    var guestSteps: [DomainStep] { plan.steps.filter(\.needsGuest) }

    /// What leads the domains back from the part whose turn it is.
    var checkpoint: DomainCheckpoint { DomainCheckpoint(uri: connection.uri, request.actual, touched: Set(steps.map(\.domain))) }

    /// The taps that libvirt is to put into other bridges, with these.
    var moves: [LinkName: LinkName] {
        var bridges: [LinkName: LinkName] = [:]
        for step in plan.steps where !step.needsGuest { if let tap = step.tap, let bridge = step.newMaster { bridges[tap] = bridge } }
        return bridges
    }

    // MARK: The host's part

    /// Does what needs no guest's consent, domain by domain, until a signal asks for an end. Links that are to come up only when
    /// their taps are on their VLANs are still down.
    /// - Returns: what went wrong; nothing was done after that.
    mutating func performHostsPart() -> [String] {
        perform { !$0.isLast }
    }

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

    /// Brings the links up that had to wait.
    /// - Returns: what went wrong; nothing was done after that.
    mutating func raiseLinks() -> [String] {
        perform(\.isLast)
    }

    private mutating func perform(_ isDue: (DomainAction) -> Bool) -> [String] {
        for step in plan.steps where !step.needsGuest {
            if let signal = SignalGuard.pending { return ["interrupted by \(signal)"] }
            do { try perform(step, step.actions.filter(isDue)) } catch { return [error.sentence] }
        }
        return []
    }

    private mutating func perform(_ step: DomainStep, _ actions: [DomainAction]) throws(DomainFailure) {
        touched.insert(step.domain)
        for action in actions { try connection.perform(action, "\(step.attempt) (\(action.side.rawValue))") }
    }

    /// Reads the domains again, and compares them with what was wanted.
    /// - Parameter network: the host's links as they are now; `nil` where they could not be read.
    /// - Returns: what is not as it should be.
    mutating func verify(_ network: HostNetwork?) -> [String] {
        guard !touched.isEmpty else { return [] }
        do {
            var again = request
            again.actual = try connection.snapshot()
            if let network { again.network = network }
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

    // MARK: The guests' part

    /// Goes on to what only guests can bring about. The way back from that leads to what is so now.
    mutating func turnToGuests() throws(DomainFailure) {
        request.actual = try connection.snapshot()
        part = .guests
        touched = []
    }

    /// Asks each guest, one after the other.
    mutating func performGuestsPart() {
        for step in guestSteps {
            do { try ask(step) } catch { left.append("\(error.sentence). \(state(of: step))") }
        }
    }

    /// Has a guest give up an interface, and then takes that out of the stored configuration. What goes wrong after the guest has
    /// agreed is undone: both configurations change, or neither.
    private mutating func ask(_ step: DomainStep) throws(DomainFailure) {
        let before = try connection.snapshot()
        touched.insert(step.domain)
        do {
            for action in step.actions { try connection.perform(action, "\(step.attempt) (\(action.side.rawValue))", isInterruptible: true) }
        } catch {
            if error.kind != .guest { _ = DomainWayBack.go(to: before, of: [step.domain], by: &connection) }
            throw error
        }
    }

    /// What is so of an interface that a guest has not given up.
    private mutating func state(of step: DomainStep) -> String {
        guard let now = try? connection.snapshot(), let domain = now[step.domain] else { return "What is so now could not be read" }
        let interface = domain.interfaces.first { $0.current?.mac == step.mac }
        let before = request.actual[step.domain]?.interfaces.first { $0.current?.mac == step.mac }
        let bridge = interface?.live?.bridge.map { " to \($0)" } ?? ""
        let live = interface?.live == nil ? "It is detached" : "It is still attached\(bridge)"
        let stored = interface?.stored == nil ? "its stored configuration does not have it" : "its stored configuration still has it"
        let isAsBefore = (interface?.live == nil) == (before?.live == nil) && (interface?.stored == nil) == (before?.stored == nil)
        return "\(live), and \(stored)\(isAsBefore ? ": both as before" : "")"
    }
}
