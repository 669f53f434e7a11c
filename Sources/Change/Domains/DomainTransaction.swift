internal import DomainService
public import HostNetwork
public import Planner

/// A change of domains, and of links along with them, with its lock held: what the host does alone is one transaction. What only
/// guests can bring about is another, after it: a guest that keeps its interface, and whatever cuts off the waiting for it, takes
/// nothing back that was done and verified before.
public struct DomainTransaction: Sendable {
    private let request: PlanRequest
    private let plan: Plan
    private let persistence: Persistence?

    /// What came of it.
    public struct Ending: Sendable {
        /// How the host's part ended; of a change that only guests can bring about, how theirs did.
        public let outcome: Transaction.Outcome
        /// What guests have not brought about, a sentence each. Of that nothing was changed.
        public let left: [String]
    }

    /// Links and domains as one, for a plan that has been shown.
    /// - Parameter persistence: what the change is to leave for the boots to come.
    public init(request: PlanRequest, plan: Plan, persistence: Persistence? = nil) {
        self.request = request
        self.plan = plan
        self.persistence = persistence
    }

    /// Domains alone, on a host of which no link changes by itself.
    /// - Parameter network: the host's links as they are.
    public init(of domains: DomainPlan, on network: HostNetwork) {
        var request = PlanRequest(wanted: HostNetwork(), actual: network)
        request.scope = .only([])
        request.movedByDomains = Set(domains.steps.filter { $0.newMaster != nil }.compactMap(\.tap))
        self.init(request: request, plan: Plan())
    }

    /// Carries out links and domains, and then asks the guests.
    /// - Parameters:
    ///   - kernel: has been read once.
    ///   - directory: where checkpoints and the history are kept.
    ///   - author: who makes the change.
    ///   - caution: what is asked of the host before its part counts as done.
    ///   - arm: see ``Transaction/carryOut(on:directory:by:caution:progress:waiting:arm:)``.
    /// - Throws: ``ChangeError`` only while nothing has been done.
    public func carryOut(
        _ change: consuming DomainChange, on kernel: consuming some Kernel & ~Copyable, directory: StateDirectory, by author: ChangeAuthor,
        caution: Caution = Caution(), arm: (Checkpoint) throws(ChangeError) -> Void = { _ in }
    ) throws(ChangeError) -> Ending {
        var both = KernelWithDomains(kernel, change: change)
        var outcome = Transaction.Outcome.nothingToDo
        if !both.change.steps.isEmpty || !plan.steps.isEmpty || persistence != nil {
            outcome = try Transaction(
                request: request, plan: plan, persistence: persistence, domains: both.change.checkpoint, domainSteps: both.change.steps.count
            ).carryOut(on: &both, directory: directory, by: author, caution: caution, arm: arm)
            guard case .done = outcome else { return Ending(outcome: outcome, left: []) }
        }
        guard !both.change.guestSteps.isEmpty else { return Ending(outcome: outcome, left: []) }
        do {
            let guests = try askGuests(&both, directory, author)
            let left = both.change.left
            switch (outcome, guests) {
            case (.nothingToDo, .done(var completion)):
                completion.remarks.removeAll { left.contains($0) }
                outcome = .done(completion)
            case (.nothingToDo, _): outcome = guests
            case (_, .rolledBack(let failure)), (_, .notRolledBack(let failure, _)): return Ending(outcome: outcome, left: left + failure.problems)
            case (_, .done), (_, .nothingToDo): break
            }
            return Ending(outcome: outcome, left: left)
        } catch {
            if case .nothingToDo = outcome { throw error }
            return Ending(outcome: outcome, left: ["the guests were not asked: \(error)"])
        }
    }

    private func askGuests(
        _ both: inout KernelWithDomains<some Kernel & ~Copyable>, _ directory: StateDirectory, _ author: ChangeAuthor
    ) throws(ChangeError) -> Transaction.Outcome {
        let now: HostNetwork
        do {
            try both.change.turnToGuests()
            now = try both.snapshot()
        } catch {
            throw .domains("\(error)")
        }
        let guests = DomainTransaction(of: DomainPlan(), on: now)
        return try Transaction(
            request: guests.request, plan: guests.plan, domains: both.change.checkpoint, domainSteps: both.change.guestSteps.count
        ).carryOut(on: &both, directory: directory, by: author, caution: Caution(settle: 0))
    }
}
