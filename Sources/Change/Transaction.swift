internal import HostNetwork
internal import Netlink
public import Planner

/// One change of a host: carried out and verified as a whole, or undone as a whole.
public struct Transaction: Sendable {
    /// How a change ended.
    public enum Outcome: Sendable {
        /// There was nothing to do; nothing was sent.
        case nothingToDo
        /// Done and verified.
        case done
        /// It failed, and the host is as it was; that has been read back and verified.
        case rolledBack(Failure)
        /// It failed, and not everything could be put back; what differs is listed.
        case notRolledBack(Failure, left: [String])
    }

    /// Why a change failed.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// The step that the kernel refused; `nil` where no single step is to blame.
        public let step: Step?
        /// What went wrong, in the kernel's words where it had any; a sentence each.
        public let problems: [String]

        public var description: String { problems.joined(separator: "; ") }

        init(step: Step?, problems: [String]) {
            self.step = step
            self.problems = problems
        }

        /// A failure that is no single step's.
        init(_ problems: [String]) { self.init(step: nil, problems: problems) }
    }

    /// What is wanted, of what, and with what leave.
    public let request: PlanRequest
    /// The plan that is carried out: that of ``request``.
    public let plan: Plan

    /// A transaction for a plan that has been shown.
    public init(request: PlanRequest, plan: Plan) {
        self.request = request
        self.plan = plan
    }

    /// Carries the plan out; on failure goes back to the network of ``request``.
    ///
    /// SIGINT, SIGTERM, SIGHUP and SIGQUIT are held back meanwhile, unless they are ignored; one that comes before the last
    /// portion was sent undoes the change. So are those that a terminal or a reader of the output that goes away would send.
    /// - Parameters:
    ///   - kernel: the kernel of the namespace that ``request`` was read from.
    ///   - directory: where it is kept which links weft put into masters.
    ///   - progress: called before each portion of a group with the number of steps done and of all.
    /// - Throws: ``ChangeError`` only while nothing has been sent.
    public func carryOut(
        on kernel: inout some Kernel & ~Copyable, directory: StateDirectory, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(ChangeError) -> Outcome {
        guard plan.refusals.isEmpty else { throw .refused(plan.refusals) }
        guard !plan.steps.isEmpty else { return .nothingToDo }
        let record = try PortRecord.load(from: directory)
        // Recorded before the act: a port without its record would stay for ever.
        let expected = request.actual.applying(plan.steps.lazy.flatMap(\.actions))
        let next = record.adding(plan.portsPut, in: expected)
        try next.save(to: directory)

        let signals = SignalGuard()
        let failure = execute(plan, on: &kernel, signals, progress) ?? verify(on: &kernel)
        guard let failure else {
            // What is recorded too much does no harm, so a full disk now is no reason to undo what was verified.
            try? next.pruned(by: expected).save(to: directory)
            signals.discard()
            return .done
        }
        let left = rollBack(on: &kernel)
        signals.discard()
        do { try record.save(to: directory) } catch {
            return .notRolledBack(failure, left: left + ["the record of ports: \(error)"])
        }
        return left.isEmpty ? .rolledBack(failure) : .notRolledBack(failure, left: left)
    }

    private func execute(
        _ plan: Plan, on kernel: inout some Kernel & ~Copyable, _ signals: borrowing SignalGuard, _ progress: (Int, Int) -> Void
    ) -> Failure? {
        let portions = plan.chunks.flatMap { Portion.portions(of: $0) }
        let all = portions.reduce(0) { $0 + $1.weight }
        var done = 0
        var isTold = false
        for portion in portions {
            if let signal = signals.pending { return Failure(step: nil, problems: ["interrupted by \(signal)"]) }
            progress(done, all)
            do {
                if !isTold, portion.owners.contains(where: { $0.deletesBridge(of: request.actual) }) {
                    isTold = true
                    try kernel.linksStand()
                }
                let failures = try Self.perform(portion.actions, on: &kernel)
                if let first = failures.first(where: { !isOfPortWithoutCarrier($0, in: plan) }) {
                    let step = portion.owners[first.index]
                    return Failure(step: step, problems: [Self.describe(first.error, in: step)])
                }
            } catch {
                return Failure(step: nil, problems: [error.description])
            }
            done += portion.weight
        }
        progress(done, all)
        do { if !isTold { try kernel.linksStand() } } catch { return Failure(step: nil, problems: [error.description]) }
        return nil
    }

    /// Sends actions, and what the kernel module held back behind a failure that is none.
    /// - Returns: real failures, the first one in front, with their places in the whole list.
    private static func perform(_ actions: [Action], on kernel: inout some Kernel & ~Copyable) throws(NetlinkError) -> [ActionFailure] {
        var places = Array(actions.indices)
        while true {
            let failures = try kernel.perform(places.map { actions[$0] }).map { failure in
                ActionFailure(index: places[failure.index], action: failure.action, error: failure.error)
            }
            let real = failures.filter { !$0.isAlreadySo && $0.error.kind != .notSent }
            let held = failures.filter { $0.error.kind == .notSent }
            if !real.isEmpty || held.isEmpty { return real + (real.isEmpty ? [] : held) }
            if held.count == places.count { return held }
            places = held.map(\.index)
        }
    }

    /// Whether a port that has just entered its bond could not be made the active one: its carrier comes after seconds, and the
    /// next plan says so.
    private func isOfPortWithoutCarrier(_ failure: ActionFailure, in plan: Plan) -> Bool {
        guard failure.error.code == .invalidArgument, case .change(let link) = failure.action, let port = link.activePort,
            link.options.entries.count == 1
        else { return false }
        return plan.enters(port, link.name)
    }

    private static func describe(_ error: NetlinkError, in step: Step) -> String {
        guard let origin = step.origin else { return error.description }
        return "\(error.description) (\(origin))"
    }

    private func verify(on kernel: inout some Kernel & ~Copyable) -> Failure? {
        do {
            let after = try kernel.snapshot()
            let problems = Verification.differences(request, before: request.actual, carriedOut: plan, after: after)
            return problems.isEmpty ? nil : Failure(step: nil, problems: problems.map { "after the change: \($0)" })
        } catch {
            return Failure(step: nil, problems: ["the network could not be read back: \(error.description)"])
        }
    }

    /// Plans back to what was, carries that out, reads again. A step that fails does not keep the others from being tried.
    /// - Returns: what could not be put back; empty when the host is as it was.
    private func rollBack(on kernel: inout some Kernel & ~Copyable) -> [String] {
        var refused: [String] = []
        for _ in 0..<3 {
            do {
                let way = try wayBack(on: &kernel)
                if way.steps.isEmpty { return try way.refusals.map(\.message) + lostVLANs(on: &kernel) }
                refused = []
                for chunk in way.chunks {
                    refused += try Self.perform(chunk.flatMap(\.actions), on: &kernel).map(\.error.description)
                }
            } catch {
                refused.append(error.description)
            }
        }
        do {
            let rest = try wayBack(on: &kernel)
            if rest.isEmpty { return try lostVLANs(on: &kernel) }
            return rest.steps.map { Verification.unfinished($0) } + rest.refusals.map(\.message) + refused
        } catch {
            return refused + [error.description]
        }
    }

    /// The VLAN tables of foreign bridges' ports, which a port loses as it leaves, and no plan sets again.
    private func lostVLANs(on kernel: inout some Kernel & ~Copyable) throws(NetlinkError) -> [String] {
        let before = request.actual.bridgeVLANs.filter { !$0.value.isEmpty }
        guard !before.isEmpty else { return [] }
        let now = try kernel.snapshot().bridgeVLANs
        return before.filter { now[$0.key] != $0.value }.keys.sorted().map { "\($0)'s table of VLANs as a bridge's port is another than before" }
    }

    /// The plan from what is now to what was.
    private func wayBack(on kernel: inout some Kernel & ~Copyable) throws(NetlinkError) -> Plan {
        var back = PlanRequest(wanted: request.actual.asCheckpoint, actual: try kernel.snapshot())
        // What went by itself meanwhile, such as the tap of a guest that ended, is not to be brought back.
        let deleted = Set(plan.steps.filter { $0.verb == .delete }.flatMap(\.subjects))
        for (name, was) in request.actual.links where !was.kind.isManaged && back.actual[name] == nil && !deleted.contains(name) {
            back.wanted[name] = nil
        }
        // Domains are put back by way of libvirt, or it would go on naming the other bridge.
        for name in request.movedByDomains { back.wanted[name] = nil }
        back.isRollback = true
        back.allowsOutage = true
        back.portsPut = request.portsPut.union(plan.portsPut)
        var way = Planner.plan(back)
        // Somebody may have put a link on one of weft's since. Then more is left than before, and nothing of his is lost.
        if way.refusals.contains(where: { $0.kind == .foreignUpper }) { way.steps.removeAll { $0.verb == .delete } }
        return way
    }
}

extension ActionFailure {
    /// Whether what was to be taken away is gone already: the kernel itself drops routes with their address, and both with their
    /// link. What should be there is read back in any case.
    fileprivate var isAlreadySo: Bool {
        switch action {
        case .removeRoute: error.code == .noSuchRoute
        case .removeAddress: error.code == .addressNotAvailable
        case .removeRule: error.code == .noEntry
        case .create, .change, .delete, .addAddress, .addRoute, .replaceRoute, .addRule: false
        }
    }
}

/// A part of a chunk that is sent without looking up: short enough that an interruption is heard within a second or two.
private struct Portion {
    var actions: [Action] = []
    /// The step that each action belongs to, so that a failure names its line of the file.
    var owners: [Step] = []

    /// As many as the netlink module deletes at once.
    static let mostDeletions = 64
    static let mostActions = 128

    /// How much work it is, in links and the like.
    var weight: Int {
        actions.reduce(0) { sum, action in
            if case .delete(let names) = action { sum + names.count } else { sum + 1 }
        }
    }

    static func portions(of chunk: ArraySlice<Step>) -> [Portion] {
        var portions: [Portion] = []
        var open = Portion()
        func close() {
            if !open.actions.isEmpty { portions.append(open) }
            open = Portion()
        }
        for step in chunk {
            for action in step.actions {
                if case .delete(let names) = action, names.count > mostDeletions {
                    close()
                    for start in stride(from: 0, to: names.count, by: mostDeletions) {
                        let some = Array(names[start..<min(start + mostDeletions, names.count)])
                        portions.append(Portion(actions: [.delete(some)], owners: [step]))
                    }
                    continue
                }
                open.actions.append(action)
                open.owners.append(step)
            }
            // Between two steps, never within one: the messages of a step belong together.
            if open.actions.count >= mostActions { close() }
        }
        close()
        return portions
    }
}

extension Step {
    /// Whether a bridge goes for good by it, so that whatever hangs on that has to have left.
    fileprivate func deletesBridge(of network: HostNetwork) -> Bool {
        verb == .delete && !isRecreation && subjects.contains { network[$0]?.kind == .bridge }
    }
}
