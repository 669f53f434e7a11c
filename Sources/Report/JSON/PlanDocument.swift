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
        /// How bad it is for the worst hit: `none`, `blip`, `flap` or `outage`.
        public let impact: String
        /// By what it comes about: `live`, `port flap`, `link down`, `recreated` or `removed`.
        public let means: String
        /// What happens, a sentence each.
        public let impactReasons: [String]
        /// The number of the step with whose end it is over.
        public let untilStep: Int?
        /// The seconds that STP or LACP take by their own settings.
        public let protocolSeconds: Double?
        /// Who feels it, the worst hit first.
        public let affected: [Affected]

        enum CodingKeys: String, CodingKey {
            case number, verb, links, kind, recreation, changes, chunk, reason, origin, impact, means
            case impactReasons = "impact_reasons"
            case untilStep = "until_step"
            case protocolSeconds = "protocol_seconds"
            case affected
        }
    }

    /// Somebody whom a step disturbs.
    public struct Affected: Codable, Hashable, Sendable {
        /// A stable word: `session`, `connections`, `address`, `default-route`, `route`, `tap`, `port` or `link`.
        public let kind: String
        /// An address, a route's destination, a link's name, or what connections are for.
        public let name: String
        /// More in words.
        public let detail: String?
        /// Of a tap: the domain that it is of, where libvirt was asked.
        public let domain: String?
        /// The link that it uses.
        public let link: String
        /// How bad it is for this one.
        public let impact: String
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

    /// What happens to an interface of a domain's on a bridge that the plan touches.
    public struct Guest: Codable, Hashable, Sendable {
        /// The domain's name.
        public let domain: String
        /// Its state, in `virsh`'s words.
        public let state: String
        /// The guest's address.
        public let mac: String
        /// The host's end; `nil` where the domain does not run.
        public let tap: String?
        /// The bridge that it hangs on, or will.
        public let bridge: String?
        /// How bad the worst of it is.
        public let impact: String
        /// The steps that it feels.
        public let steps: [Int]
        /// The step with whose end the worst is over.
        public let untilStep: Int?
        /// What it notices, in words.
        public let notices: String

        enum CodingKeys: String, CodingKey {
            case domain, state, mac, tap, bridge, impact, steps
            case untilStep = "until_step"
            case notices
        }

        init(_ guest: GuestImpact) {
            domain = guest.domain
            state = guest.state.rawValue
            mac = guest.mac.description
            tap = guest.tap?.text
            bridge = guest.bridge
            impact = guest.impact.rawValue
            steps = guest.steps
            untilStep = guest.untilStep
            notices = guest.notices
        }
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
        /// A stable word: `missing-link`, `foreign`, `foreign-upper`, `outage`, `impossible`, `recreation`, `session`, `manager` or `domain`.
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

        /// What became of guests' taps that were without their bridge; `nil` where none was.
        public let ports: Ports?

        /// Joins the parts.
        public init(ending: String, problems: [String] = [], left: [String] = [], ports: Ports? = nil) {
            self.ending = ending
            self.problems = problems
            self.left = left
            self.ports = ports
        }

        enum CodingKeys: String, CodingKey {
            case ending, problems, left
            case ports = "vm_ports"
        }
    }

    /// Guests' taps that lost their bridge in a change, or had lost it before.
    public struct Ports: Codable, Hashable, Sendable {
        /// How many there were.
        public let total: Int
        /// How many are back.
        public let restored: Int
        /// The longest time without, in milliseconds; `nil` where it was not measured.
        public let longestGap: Int?
        /// Those that are not back.
        public let missing: [String]

        enum CodingKeys: String, CodingKey {
            case total, restored
            case longestGap = "longest_gap_ms"
            case missing
        }

        /// Joins the parts.
        public init(total: Int, restored: Int, longestGap: Int?, missing: [String]) {
            self.total = total
            self.restored = restored
            self.longestGap = longestGap
            self.missing = missing
        }
    }

    /// When and where a saved plan was made.
    public struct Saved: Codable, Hashable, Sendable {
        /// The host that it is for.
        public let host: String
        /// When it was made: ISO 8601, in UTC.
        public let madeAt: String
        /// Who made it.
        public let madeBy: String
        /// The weft that made it.
        public let weftVersion: String
        /// The topology file that it was made from.
        public let file: String
        /// The digest of the state that it rests on.
        public let stateDigest: String

        /// Joins the parts.
        public init(host: String, madeAt: String, madeBy: String, weftVersion: String, file: String, stateDigest: String) {
            self.host = host
            self.madeAt = madeAt
            self.madeBy = madeBy
            self.weftVersion = weftVersion
            self.file = file
            self.stateDigest = stateDigest
        }

        enum CodingKeys: String, CodingKey {
            case host
            case madeAt = "made_at"
            case madeBy = "made_by"
            case weftVersion = "weft_version"
            case file
            case stateDigest = "state_sha256"
        }
    }

    /// How a rehearsal went.
    public struct Rehearsal: Codable, Hashable, Sendable {
        /// `done` or `failed`.
        public let ending: String
        /// What the kernel refused, or what was left to do.
        public let problems: [String]
        /// In what the stage was not like the host.
        public let gaps: [String]
        /// What no rehearsal can show.
        public let cannotShow: [String]
        /// What the host's kernel was asked for besides: modules that were loaded.
        public let remarks: [String]

        /// Joins the parts.
        public init(ending: String, problems: [String], gaps: [String], cannotShow: [String], remarks: [String]) {
            self.ending = ending
            self.problems = problems
            self.gaps = gaps
            self.cannotShow = cannotShow
            self.remarks = remarks
        }

        enum CodingKeys: String, CodingKey {
            case ending, problems, gaps, remarks
            case cannotShow = "cannot_show"
        }
    }

    public let schemaVersion: Int
    /// How a rehearsal of it went; `nil` where there was none.
    public var rehearsal: Rehearsal?
    /// When and where it was made; `nil` for a plan that is not a saved one.
    public var saved: Saved?
    /// The drivers that the plan needs.
    public var drivers: [Driver] = []
    /// The file's warnings.
    public var warnings: [ErrorDocument.Detail] = []
    /// What happens to domains along with it; absent where the file names none.
    public let domains: DomainPlanDocument?
    /// The domains on what changes; absent where nobody had to be asked.
    public let guests: [Guest]?
    /// Why libvirt could not be asked whose the taps are.
    public let guestsUnknown: String?
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
    /// The worst that any step does: `none`, `blip`, `flap` or `outage`.
    public let worstImpact: String
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
        worstImpact = plan.worstImpact.rawValue
        guests = plan.guests.flatMap { report in report.failure == nil ? report.interfaces.map { Guest($0) } : nil }
        guestsUnknown = plan.guests?.failure
        removedLinks = plan.removedLinks.map(\.text)
        ownedLinks = plan.ownedLinkCount
        removesMoreThanHalf = plan.removesMoreThanHalf
        notes = plan.notes.map { Note(link: $0.link.text, message: $0.message) }
        refusals = plan.refusals.map { Refusal($0) }
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case rehearsal, saved, drivers, warnings, domains, guests
        case guestsUnknown = "guests_unknown"
        case result, timing, outcome, steps, summary
        case worstImpact = "worst_impact"
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
        impact = step.impact.impact.rawValue
        means = step.impact.means.rawValue
        impactReasons = step.impact.reasons
        untilStep = step.impact.untilStep
        protocolSeconds = step.impact.protocolSeconds
        affected = step.impact.affected.map { hit in
            PlanDocument.Affected(kind: hit.kind.rawValue, name: hit.name, detail: hit.detail, domain: hit.domain, link: hit.link.text, impact: hit.impact.rawValue)
        }
    }
}

extension OriginDocument {
    /// Takes a place as the topology module names it.
    init(_ mark: SourceMark) { self.init(file: mark.file, line: mark.line, column: mark.column) }
}
