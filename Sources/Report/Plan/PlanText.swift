internal import HostNetwork
public import Planner

/// A plan for a person, in terraform's manner: what is done, in the order in which it is done, then what to know, what
/// stands against it, and the counts in the last line.
public struct PlanText: Sendable {
    /// What the plan is for; a few sentences depend on it.
    public enum Purpose: Hashable, Sendable {
        /// To make the host what a file says.
        case apply
        /// To take away what is weft's.
        case destroy
        /// To mark existing links as weft's.
        case adopt
        /// To go back to a checkpoint.
        case rollback
        /// To put domains' taps back into their bridges.
        case repair
    }

    private let plan: Plan
    private let file: String?
    private let purpose: Purpose
    private let style: Style

    /// Takes a plan and how to write it.
    ///
    /// - Parameter file: the topology file's name, for "The host is as FILE says."
    public init(_ plan: Plan, file: String? = nil, purpose: Purpose = .apply, style: Style = .plain) {
        self.plan = plan
        self.file = file
        self.purpose = purpose
        self.style = style
    }

    /// The whole text, without a line end after its last line.
    public var text: String { lines.joined(separator: "\n") }

    /// The text's lines.
    public var lines: [String] {
        let sections = [removals, steps, notes, refusals, summary]
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [StyledText()])).map { $0.rendered(style) }
    }

    // MARK: Sections

    /// That links go is said before everything else.
    private var removals: [StyledText] {
        let count = plan.removedLinks.count
        guard count > 0, purpose == .apply || purpose == .destroy else { return [] }
        let whole = plan.ownedLinkCount
        let part = count <= whole ? "\(count) of weft's \(whole) \(whole == 1 ? "link" : "links")" : "\(count) links"
        let verb = count == 1 ? "is" : "are"
        let reason = purpose == .apply ? ": \(file ?? "the file") does not want \(count == 1 ? "it" : "them")." : "."
        let more = purpose == .apply && plan.removesMoreThanHalf ? " That is more than half: it takes --remove \(count)." : ""
        return "\(part) \(verb) removed\(reason)\(more)".printable.wrapped(to: style.sentenceWidth).map { StyledText($0, .alarm) }
    }

    private var steps: [StyledText] {
        guard !plan.steps.isEmpty else { return [] }
        return heading.wrapped(to: style.sentenceWidth).map { StyledText($0) } + [StyledText()] + PlanSteps(plan.steps, style: style).lines
    }

    private var heading: String {
        let subject = plan.refusals.isEmpty ? "What will be done, in this order" : "What would be done, in this order"
        let hasBarriers = plan.steps.first?.chunk != plan.steps.last?.chunk
        return hasBarriers ? "\(subject) (\"then\": once all before is acknowledged):" : "\(subject):"
    }

    private var notes: [StyledText] {
        plan.notes.flatMap { note in
            paragraph("note: ", .bold, note.link == .host || note.message.hasPrefix(note.link.text) ? note.message : "\(note.link): \(note.message)")
        }
    }

    private var refusals: [StyledText] {
        plan.refusals.flatMap { refusal in
            let place = refusal.origin.map { " (\($0))" } ?? ""
            return paragraph("refused: ", .alarm, refusal.message + place) + paragraph("    fix: ", .bold, refusal.fix)
        }
    }

    /// A label and a sentence whose further lines are indented as far as the label is wide.
    private func paragraph(_ label: String, _ tone: Tone, _ sentence: String) -> [StyledText] {
        guard !sentence.isEmpty else { return [] }
        return sentence.printable.wrapped(to: style.sentenceWidth.map { $0 - label.displayWidth }).enumerated().map { place, line in
            var text = place == 0 ? StyledText(label, tone) : StyledText()
            text.pad(to: label.displayWidth)
            text.append(line)
            return text
        }
    }

    // MARK: The last lines

    private var summary: [StyledText] {
        guard !plan.isEmpty else { return [StyledText(nothing, .bold)] }
        let counts = plan.summary
        var text = StyledText("Plan: ", .bold)
        text.append(
            "\(counts.created) to create, \(counts.changed) to change, \(counts.recreated) to recreate, \(counts.deleted) to delete.")
        var lines = [text]
        if !plan.steps.isEmpty, purpose != .adopt { lines += paragraph("Worst impact: ", .bold, ImpactText.summary(of: plan)) }
        guard !plan.refusals.isEmpty else { return lines }
        let count = plan.refusals.count
        var refused = StyledText("Refused", .alarm)
        refused.append(", for \(count == 1 ? "the reason" : "the \(count) reasons") above: nothing is done.")
        return lines + [refused]
    }

    private var nothing: String {
        switch purpose {
        case .apply: "No changes. The host is as \(file ?? "the file") says."
        case .destroy: "No changes. There is nothing of weft's to take away."
        case .adopt: "No changes. There is nothing to adopt."
        case .rollback: "No changes. The host is as it was."
        case .repair: "No changes. Every tap is in the bridge that its domain names."
        }
    }
}
