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
    private let domains: DomainPlan
    private let domainsAreKnown: Bool
    private let file: String?
    private let purpose: Purpose
    private let style: Style

    /// Takes a plan and how to write it.
    ///
    /// - Parameters:
    ///   - domainsAreKnown: whether libvirt has told how the file's domains are.
    ///   - file: the topology file's name, for "The host is as FILE says."
    public init(
        _ plan: Plan, domains: DomainPlan? = nil, domainsAreKnown: Bool = true, file: String? = nil, purpose: Purpose = .apply, style: Style = .plain
    ) {
        self.plan = plan
        self.domains = domains ?? DomainPlan()
        self.domainsAreKnown = domainsAreKnown
        self.file = file
        self.purpose = purpose
        self.style = style
    }

    /// The whole text, without a line end after its last line.
    public var text: String { lines.joined(separator: "\n") }

    /// The text's lines.
    public var lines: [String] {
        let sections = [removals, steps, domainSteps, guests, notes, refusals, summary]
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

    private var domainSteps: [StyledText] {
        var only = domains
        only.notes = []
        guard !only.steps.isEmpty else { return [] }
        let moment = plan.steps.contains { $0.verb == .delete } ? ", before anything is deleted" : plan.steps.isEmpty ? "" : ", then"
        return [StyledText("Domains\(moment):")] + DomainPlanText(only, style: style).lines
    }

    /// The domains on what changes, and what each of them notices.
    private var guests: [StyledText] {
        guard let report = plan.guests else { return [] }
        guard report.failure == nil else {
            return paragraph("note: ", .bold, "libvirt could not be asked whose domains this concerns, and taps are named instead: \(report.failure ?? "")")
        }
        guard !report.interfaces.isEmpty else { return [] }
        let shown = report.interfaces.prefix(Self.mostGuests)
        var lines = [StyledText("Domains on what changes, and what they notice:")]
        for guest in shown {
            var line = StyledText("  ")
            line.append(guest.impact == .none ? "  " : "! ", guest.impact >= .flap ? .alarm : .changed)
            line.append(guest.domain.printable, .bold)
            let place = [guest.tap?.text ?? guest.state.rawValue, guest.bridge.map { "on \($0)" }].compactMap { $0 }.joined(separator: " ")
            line.append(" \(guest.mac) (\(place)): ")
            let step = guest.steps.isEmpty ? "" : "step\(guest.steps.count == 1 ? "" : "s") \(ImpactText.ranges(guest.steps)): "
            line.append((step + guest.notices).printable)
            lines.append(line)
        }
        if report.interfaces.count > shown.count { lines.append(StyledText("    and \(report.interfaces.count - shown.count) more; --json names all of them")) }
        return lines
    }

    /// How many interfaces of domains are named before the rest is counted.
    private static let mostGuests = 24

    private var heading: String {
        let subject = plan.refusals.isEmpty ? "What will be done, in this order" : "What would be done, in this order"
        let hasBarriers = plan.steps.first?.chunk != plan.steps.last?.chunk
        return hasBarriers ? "\(subject) (\"then\": once all before is acknowledged):" : "\(subject):"
    }

    private var notes: [StyledText] {
        plan.notes.flatMap { note in
            paragraph("note: ", .bold, note.link == .host || note.message.hasPrefix(note.link.text) ? note.message : "\(note.link): \(note.message)")
        } + domains.notes.flatMap { paragraph("note: ", .bold, $0) }
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
        guard !plan.isEmpty || !domains.steps.isEmpty else { return [StyledText(nothing, .bold)] }
        let counts = plan.summary
        var text = StyledText("Plan: ", .bold)
        text.append(
            "\(counts.created) to create, \(counts.changed) to change, \(counts.recreated) to recreate, \(counts.deleted) to delete.")
        if !domains.steps.isEmpty {
            func count(_ verb: Step.Verb) -> Int { domains.steps.count { $0.verb == verb } }
            text.append(" Domains: \(count(.create)) to attach, \(count(.change)) to change, \(count(.delete)) to detach.")
        }
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
        case .apply where !domainsAreKnown: "No link changes. Whether the domains are as \(file ?? "the file") says is not known."
        case .apply where plan.notes.contains { $0.leavesOpen == true }: "No changes. As far as it can be read, the host is as \(file ?? "the file") says."
        case .apply: "No changes. The host is as \(file ?? "the file") says."
        case .destroy: "No changes. There is nothing of weft's to take away."
        case .adopt: "No changes. There is nothing to adopt."
        case .rollback: plan.notes.isEmpty ? "No changes. The host is as it was." : "No changes. What can be put back is as it was."
        case .repair: "No changes. Every tap is in the bridge that its domain names."
        }
    }
}
