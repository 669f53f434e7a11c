internal import HostNetwork
internal import Planner

/// What a step costs, and whom, in words: a sentence with what happens, and one with those who feel it.
struct ImpactText {
    private let cost: StepImpact

    /// Takes a step's impact; `nil` for one that disturbs nobody, of which there is nothing to say.
    init?(_ cost: StepImpact) {
        guard cost.impact > .none else { return nil }
        self.cost = cost
    }

    /// `flap (port flap), until step 5: ens33 goes down on entering bond0`
    var what: String {
        var text = "\(cost.impact.rawValue) (\(cost.means.rawValue))"
        if let step = cost.untilStep { text += ", until step \(step)" } else if cost.impact == .outage { text += ", for good" }
        return cost.reasons.isEmpty ? text : "\(text): \(cost.reasons.joined(separator: "; "))"
    }

    /// `for your SSH session, 172.16.0.52/16, guest vnet0`; `nil` where nobody is known to feel it.
    var who: String? {
        let groups = Impact.allCases.reversed().compactMap { impact -> String? in
            let hit = cost.affected.filter { $0.impact == impact }
            guard !hit.isEmpty else { return nil }
            let names = hit.prefix(Self.most).map { Self.name($0) }.joined(separator: ", ")
            let more = hit.count > Self.most ? " and \(hit.count - Self.most) more" : ""
            return "\(impact == cost.impact ? "" : "\(impact.rawValue) ")for \(names)\(more)"
        }
        return groups.isEmpty ? nil : groups.joined(separator: "; ")
    }

    /// How many are named before the rest is counted; a program finds all of them in the JSON.
    private static let most = 8

    private static func name(_ affected: Affected) -> String {
        switch affected.kind {
        case .session: "YOUR SSH SESSION"
        case .connections: "\(affected.name)\(affected.detail.map { " (\($0))" } ?? "")"
        case .address, .link: affected.name
        case .defaultRoute, .route: affected.detail ?? affected.name
        case .tap: affected.domain.map { "guest \($0) (\(affected.name))" } ?? "guest \(affected.name)"
        case .port: "port \(affected.name)"
        }
    }

    /// The line about a whole plan.
    static func summary(of plan: Plan) -> String {
        let worst = plan.worstImpact
        guard worst > .none else { return "none; no step disturbs anybody." }
        let numbers = plan.steps.enumerated().filter { $0.element.impact.impact == worst }.map { $0.offset + 1 }
        let isForGood = worst == .outage && plan.steps.contains { $0.impact.impact == worst && $0.impact.untilStep == nil }
        let words = "\(worst.rawValue)\(isForGood ? " for good" : ""), in step\(numbers.count == 1 ? "" : "s") \(ranges(numbers))."
        return plan.steps.contains { $0.impact.impact == .none } ? "\(words) Steps without a ! disturb nobody." : words
    }

    /// `2, 4 to 9`
    static func ranges(_ numbers: [Int]) -> String {
        var runs: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = runs.last, last.upperBound + 1 == number { runs[runs.count - 1] = last.lowerBound...number } else { runs.append(number...number) }
        }
        let texts = runs.flatMap { $0.count < 3 ? $0.map { String($0) } : ["\($0.lowerBound) to \($0.upperBound)"] }
        return texts.count > most ? "\(texts.prefix(most).joined(separator: ", ")) and \(texts.count - most) more places" : texts.joined(separator: ", ")
    }
}
