internal import HostNetwork
public import Planner

/// The planner's step, beside the document's own.
private typealias PlannedStep = Step
/// The planner's refusal.
typealias PlannedRefusal = Refusal

/// A plan for a program: the steps in the order in which they are done, and what stands against them.
public struct PlanDocument: JSONDocument, Codable, Hashable {
    /// What a plan comes to.
    public enum Outcome: String, Codable, Hashable, Sendable {
        /// There is something to do.
        case changes
        /// There is nothing to do.
        case none
        /// The plan must not be carried out; see ``PlanDocument/refusals``.
        case refused
    }

    /// One step.
    public struct Step: Codable, Hashable, Sendable {
        /// Its place in the order, from 1.
        public let number: Int
        /// `create`, `change` or `delete`.
        public let verb: String
        /// The links it is done to: one, or several that are deleted together.
        public let links: [String]
        /// What the first link is, by the kernel's name; `nic` and `loopback` for those without.
        public let kind: String
        /// Whether it is half of making a link anew.
        public let recreation: Bool
        /// The fields that change.
        public let changes: [Change]
        /// The group it is sent with; each group is acknowledged before the next is sent.
        public let chunk: Int
        /// Why it is done, where that is not plain.
        public let reason: String?
        /// Where the file asks for it.
        public let origin: OriginDocument?
    }

    /// One field of a link, before and after, in the words of the plan's text.
    public struct Change: Codable, Hashable, Sendable {
        /// The field, spelled as in the file.
        public let field: String
        /// The value before.
        public let old: String?
        /// The value after.
        public let new: String?
    }

    /// Links counted by what happens to them; each counts once.
    public struct Summary: Codable, Hashable, Sendable {
        /// Links that are made.
        public let create: Int
        /// Links that stay and change.
        public let change: Int
        /// Links that are deleted and made anew.
        public let recreate: Int
        /// Links that are deleted for good.
        public let delete: Int
    }

    /// Something to know besides.
    public struct Note: Codable, Hashable, Sendable {
        /// The link concerned.
        public let link: String
        /// What there is to know.
        public let message: String
    }

    /// A reason not to carry the plan out.
    public struct Refusal: Codable, Hashable, Sendable {
        /// A stable word: `missing-link`, `foreign`, `foreign-upper`, `outage`, `impossible` or `domain`.
        public let kind: String
        /// The link concerned.
        public let link: String
        /// The reason in words.
        public let message: String
        /// What to do about it.
        public let fix: String
        /// Where the file asks for it.
        public let origin: OriginDocument?
    }

    /// A driver of the kernel's that the plan needs.
    public struct Driver: Codable, Hashable, Sendable {
        /// The kernel module's name.
        public let module: String
        /// `available`, `loadable` (`weft apply` loads it) or `missing`.
        public let state: String
        /// Why it is missing.
        public let reason: String?

        /// Joins the parts.
        public init(module: String, state: String, reason: String? = nil) {
            self.module = module
            self.state = state
            self.reason = reason
        }
    }

    /// How carrying the plan out ended.
    public struct Result: Codable, Hashable, Sendable {
        /// `nothing-to-do`, `done`, `left`, `rolled-back` or `not-rolled-back`.
        public let ending: String
        /// What went wrong.
        public let problems: [String]
        /// What could not be put back, or what guests left undone.
        public let left: [String]

        /// Joins the parts.
        public init(ending: String, problems: [String] = [], left: [String] = []) {
            self.ending = ending
            self.problems = problems
            self.left = left
        }
    }

    public let schemaVersion: Int
    /// The drivers that the plan needs.
    public var drivers: [Driver] = []
    /// The file's warnings.
    public var warnings: [ErrorDocument.Detail] = []
    /// What happens to domains along with it; absent where the file names none.
    public let domains: DomainPlanDocument?
    /// How carrying it out ended; `nil` for a plan that is only shown.
    public var result: Result?
    /// How long it took; `nil` where that was not asked for.
    public var timing: TimingDocument?
    /// What the plan comes to.
    public let outcome: Outcome
    /// What is done, first to last.
    public let steps: [Step]
    /// The counts.
    public let summary: Summary
    /// Links of weft's that go for good, by name.
    public let removedLinks: [String]
    /// How many links on the host are weft's before the plan.
    public let ownedLinks: Int
    /// Whether more than half of weft's links go, so that a plain yes is not enough.
    public let removesMoreThanHalf: Bool
    /// What to know besides.
    public let notes: [Note]
    /// What stands against the plan.
    public let refusals: [Refusal]

    /// Takes a plan.
    /// - Parameter domains: what happens to domains along with it.
    public init(_ plan: Plan, domains: DomainPlan? = nil) {
        schemaVersion = 1
        let isEmpty = plan.steps.isEmpty && domains?.steps.isEmpty ?? true
        outcome = plan.refusals.isEmpty ? (isEmpty ? .none : .changes) : .refused
        self.domains = domains.map { DomainPlanDocument($0) }
        steps = plan.steps.enumerated().map { place, step in Step(step, number: place + 1) }
        let counts = plan.summary
        summary = Summary(create: counts.created, change: counts.changed, recreate: counts.recreated, delete: counts.deleted)
        removedLinks = plan.removedLinks.map(\.text)
        ownedLinks = plan.ownedLinkCount
        removesMoreThanHalf = plan.removesMoreThanHalf
        notes = plan.notes.map { Note(link: $0.link.text, message: $0.message) }
        refusals = plan.refusals.map { Refusal($0) }
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case drivers, warnings, domains, result, timing, outcome, steps, summary
        case removedLinks = "removed_links"
        case ownedLinks = "owned_links"
        case removesMoreThanHalf = "removes_more_than_half"
        case notes, refusals
    }
}

extension PlanDocument.Refusal {
    /// Takes a refusal of the planner's.
    init(_ refusal: PlannedRefusal) {
        self.init(
            kind: refusal.kind.rawValue, link: refusal.link.text, message: refusal.message, fix: refusal.fix,
            origin: refusal.origin.map { OriginDocument($0) })
    }
}

extension PlanDocument.Step {
    fileprivate init(_ step: PlannedStep, number: Int) {
        self.number = number
        verb = step.verb.rawValue
        links = step.subjects.map(\.text)
        kind = step.kind.displayName
        recreation = step.isRecreation
        changes = step.changes.map { PlanDocument.Change(field: $0.field, old: $0.old, new: $0.new) }
        chunk = step.chunk
        reason = step.reason
        origin = step.origin.map { OriginDocument($0) }
    }
}

extension OriginDocument {
    /// Takes a place as the topology module names it.
    init(_ mark: SourceMark) { self.init(file: mark.file, line: mark.line, column: mark.column) }
}
