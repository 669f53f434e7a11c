internal import HostNetwork
internal import Netlink
public import Planner

/// One change of a host: carried out and verified as a whole, or undone as a whole.
public struct Transaction: Sendable {
    /// How a change ended.
    public enum Outcome: Sendable {
        /// There was nothing to do; nothing was sent.
        case nothingToDo
        /// Done and verified; it may still wait for somebody's confirmation.
        case done(Completion)
        /// It failed, and the host is as it was; that has been read back and verified.
        case rolledBack(Failure)
        /// It failed, and not everything could be put back; what differs is listed.
        case notRolledBack(Failure, left: [String])
    }

    /// A change that is done and verified.
    public struct Completion: Sendable {
        /// The change's number in the history.
        public let number: Int
        /// What else the verification saw: what others changed meanwhile, a bond without a partner. A sentence each.
        public internal(set) var remarks: [String]
        /// The confirmation that the change waits for: it is undone unless that comes in time. `nil` where none was asked for.
        public let confirmation: Confirmation?
        /// What became of guests' taps that were without their bridge; `nil` where none was.
        public let ports: RestoredPorts?

        init(number: Int, remarks: [String], confirmation: Confirmation?, ports: RestoredPorts? = nil) {
            self.number = number
            self.remarks = remarks
            self.confirmation = confirmation
            self.ports = ports
        }
    }

    /// Why a change failed.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// The step that the kernel refused; `nil` where no single step is to blame.
        public let step: Step?
        /// What went wrong, in the kernel's words where it had any; a sentence each.
        public let problems: [String]
        /// What became of guests' taps that were without their bridge; `nil` where none was, or nothing was undone.
        public internal(set) var ports: RestoredPorts?
        /// What others have added meanwhile to what the change touches, and what therefore stays after it was undone; a sentence each.
        public internal(set) var meanwhile: [String] = []

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
    /// What the change is to leave for the boots to come; `nil` for nothing.
    public let persistence: Persistence?
    /// The domains that change along, by a ``KernelWithDomains``; `nil` where none does.
    public let domains: DomainCheckpoint?
    /// How many steps the plan for the domains has.
    let domainSteps: Int

    /// A transaction for a plan that has been shown.
    public init(request: PlanRequest, plan: Plan, persistence: Persistence? = nil, domains: DomainCheckpoint? = nil, domainSteps: Int = 0) {
        self.request = request
        self.plan = plan
        self.persistence = persistence
        self.domains = domains
        self.domainSteps = domainSteps
    }

    /// Carries the plan out; on failure goes back to the network of ``request``.
    ///
    /// Before the first message the way back is on disk, so that whoever comes next can go it if this process cannot
    /// (``Recovery``). SIGINT, SIGTERM, SIGHUP and SIGQUIT are held back meanwhile, unless they are ignored; one that comes
    /// before the change is verified undoes it. So are those that a terminal or a reader of the output that goes away would send.
    /// - Parameters:
    ///   - kernel: the kernel of the namespace that ``request`` was read from.
    ///   - directory: where checkpoints and the history are kept, and which links weft put into masters.
    ///   - author: who makes the change.
    ///   - caution: what is asked of the host before the change counts as done.
    ///   - progress: called before each portion of a group with the number of steps done and of all.
    ///   - waiting: called while the host settles with what is waited for, and for how many seconds at most.
    ///   - arm: with a confirmation asked for, called once the checkpoint is on disk: starts whoever undoes the change without
    ///     one, and throws where nobody could be started. Nothing has been sent by then.
    /// - Throws: ``ChangeError`` only while nothing has been sent.
    public func carryOut(
        on kernel: inout some Kernel & ~Copyable, directory: StateDirectory, by author: ChangeAuthor = .thisProcess(),
        caution: Caution = Caution(), progress: (Int, Int) -> Void = { _, _ in }, waiting: ([String], Int) -> Void = { _, _ in },
        arm: (Checkpoint) throws(ChangeError) -> Void = { _ in }
    ) throws(ChangeError) -> Outcome {
        guard plan.refusals.isEmpty else { throw .refused(plan.refusals) }
        guard !plan.steps.isEmpty || domains != nil else { return .nothingToDo }
        let record = try PortRecord.load(from: directory)
        let journal = Journal(in: directory)
        let expected = request.actual.applying(plan.steps)
        let signals = SignalGuard()
        let probing = Probing(caution, before: request.actual)
        let checkpoint = try journal.begin(request, plan, by: author, record: record, persistence: persistence, domains: domains, domainSteps: domainSteps)
        do throws(ChangeError) {
            if let seconds = caution.confirmWithin {
                try journal.awaitConfirmation(of: checkpoint, seconds: seconds, isComplete: false)
                try arm(checkpoint)
            }
            // Recorded before the act: a port without its record would stay for ever.
            try record.adding(plan.portsPut, in: expected).save(to: directory)
        } catch {
            try? record.save(to: directory)
            try? journal.forget(checkpoint)
            throw error
        }

        let watch = plan.concernsTaps(request) ? kernel.watchPorts(request.actual) : nil
        var after: HostNetwork?
        var remarks = probing.remarks
        var confirmation: Confirmation?
        var failure = Executor.carryOut(plan, of: request.actual, on: &kernel, signals, progress, &remarks)
        if failure == nil { failure = verify(on: &kernel, caution, expected, signals, waiting, &remarks, &after) }
        if failure == nil { failure = probe(probing, on: &kernel, signals, waiting) }
        if failure == nil, let seconds = caution.confirmWithin {
            do { confirmation = try journal.awaitConfirmation(of: checkpoint, seconds: seconds, isComplete: true) } catch {
                failure = Failure(step: nil, problems: ["nobody could confirm the change: \(error)"])
            }
        }
        guard let failure else {
            var masters = plan.tapMasters(in: request.actual)
            for tap in request.movedByDomains { masters[tap] = .some(nil) }
            let ports = after.flatMap { after in watch.flatMap { RestoredPorts($0.finish(), before: request.actual, after: after, masters: masters) } }
            // What is recorded too much does no harm, so a full disk now is no reason to undo what was verified.
            try? record.adding(plan.portsPut, in: expected).pruned(by: expected).save(to: directory)
            if request.isWholeTopology { try? OptionRecord(of: request.wanted).save(to: directory) }
            if confirmation == nil { remarks += journal.close(checkpoint, .done, remarks: remarks) }
            signals.discard()
            return .done(Completion(number: checkpoint.number, remarks: remarks, confirmation: confirmation, ports: ports))
        }
        let outcome = Recovery.goBack(from: checkpoint, because: failure, in: journal, on: &kernel, watch)
        signals.discard()
        return outcome
    }

    private func probe(
        _ probing: Probing, on kernel: inout some Kernel & ~Copyable, _ signals: borrowing SignalGuard, _ waiting: ([String], Int) -> Void
    ) -> Failure? {
        guard !probing.isEmpty else { return nil }
        do {
            let limit = Settling(before: request.actual, expected: request.actual, plan: plan, caution: Caution()).usualLimit
            let problems = try probing.ask(on: &kernel, limit: limit, signals, waiting)
            return problems.isEmpty ? nil : Failure(step: nil, problems: problems)
        } catch {
            return Failure(step: nil, problems: ["the network could not be read back: \(error.description)"])
        }
    }

    private func verify(
        on kernel: inout some Kernel & ~Copyable, _ caution: Caution, _ expected: HostNetwork, _ signals: borrowing SignalGuard,
        _ waiting: ([String], Int) -> Void, _ remarks: inout [String], _ after: inout HostNetwork?
    ) -> Failure? {
        do {
            let settling = Settling(before: request.actual, expected: expected, plan: plan, caution: caution)
            var settled = try settling.wait(on: &kernel, signals, waiting)
            after = settled.network
            if let signal = settled.signal { return Failure(step: nil, problems: ["interrupted by \(signal)"]) }
            remarks += settled.remarks
            remarks += Verification.foreignChanges(plan, before: request.actual, expected: expected, after: settled.network, plugsTaps: domains != nil)
            var problems = Verification.differences(request, before: request.actual, expected: expected, carriedOut: plan, after: settled.network)
            problems += try KeptBelongings.settle(plan.belongingsAtStake(in: expected), in: &settled.network, on: &kernel, &remarks).map(\.sentence)
            problems += settled.problems
            guard problems.isEmpty else { return Failure(step: nil, problems: problems.map { "after the change: \($0)" } + remarks) }
            return nil
        } catch {
            return Failure(step: nil, problems: ["the network could not be read back: \(error.description)"])
        }
    }
}

extension PlanRequest {
    /// Whether what is wanted is a topology of the host's, rather than the way back, or to take a file's links away.
    fileprivate var isWholeTopology: Bool { !isRollback && hostWide == nil && scope != .only([]) && !wanted.links.isEmpty }
}
