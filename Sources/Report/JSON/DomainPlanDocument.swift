internal import HostNetwork
public import Planner

/// What happens to domains, for a program: a part of the plan's document, and what `weft vm attach`, `move` and `detach` print.
public struct DomainPlanDocument: JSONDocument, Codable, Hashable {
    /// What happens to an interface.
    public struct Step: Codable, Hashable, Sendable {
        /// `create` (plugged in), `change` or `delete` (unplugged).
        public let verb: String
        /// The domain's name.
        public let domain: String
        /// The interface.
        public let mac: String
        /// The host's end of a running domain's interface.
        public let tap: String?
        /// What changes.
        public let changes: [PlanDocument.Change]
        /// The configurations that change: `live`, `stored`.
        public let sides: [String]
        /// Whether only the guest can bring it about.
        public let needsGuest: Bool
        /// Where the file asks for it.
        public let origin: OriginDocument?

        enum CodingKeys: String, CodingKey {
            case verb, domain, mac, tap, changes, sides
            case needsGuest = "needs_guest"
            case origin
        }
    }

    public let schemaVersion: Int
    /// What is done, first to last.
    public let steps: [Step]
    /// What to know besides.
    public let notes: [String]
    /// What stands against it.
    public let refusals: [PlanDocument.Refusal]
    /// How it ended; `nil` where it was only planned.
    public var result: PlanDocument.Result?

    /// Takes a plan.
    public init(_ plan: DomainPlan) {
        schemaVersion = 1
        steps = plan.steps.map { step in
            Step(
                verb: step.verb.rawValue, domain: step.domain, mac: step.mac.description, tap: step.tap?.text,
                changes: step.changes.map { PlanDocument.Change(field: $0.field, old: $0.old, new: $0.new) },
                sides: DomainSide.allCases.filter { step.sides.contains($0) }.map(\.rawValue), needsGuest: step.needsGuest,
                origin: step.origin.map { OriginDocument($0) })
        }
        notes = plan.notes
        refusals = plan.refusals.map { PlanDocument.Refusal($0) }
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case steps, notes, refusals, result
    }
}
