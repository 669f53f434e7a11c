internal import HostNetwork
public import Planner

/// What happens to domains, for a person; in the manner of a plan's steps.
public struct DomainPlanText: Sendable {
    private let plan: DomainPlan
    private let style: Style

    /// Takes a plan and how to write it.
    public init(_ plan: DomainPlan, style: Style = .plain) {
        self.plan = plan
        self.style = style
    }

    /// The whole text, without a line end after its last line; empty where there is nothing to say.
    public var text: String { lines.map { $0.rendered(style) }.joined(separator: "\n") }

    /// The steps; first those that the host does alone.
    var lines: [StyledText] {
        let own = plan.steps.filter { !$0.needsGuest }
        let guests = plan.steps.filter(\.needsGuest)
        var lines = own.flatMap { self.lines(of: $0) }
        if !guests.isEmpty {
            if !lines.isEmpty { lines.append(StyledText()) }
            lines.append(StyledText("Last, as far as the guests give it:"))
            lines += guests.flatMap { self.lines(of: $0) }
        }
        return lines + notes
    }

    private var notes: [StyledText] {
        plan.notes.map { note in
            var line = StyledText("note: ", .bold)
            line.append(note)
            return line
        }
    }

    private func lines(of step: DomainStep) -> [StyledText] {
        var heading = StyledText("  ")
        switch step.verb {
        case .create: heading.append("+ ", .added)
        case .change: heading.append("~ ", .changed)
        case .delete: heading.append("- ", .removed)
        }
        heading.append(step.domain, .bold)
        heading.append(" \(step.mac)")
        if let tap = step.tap { heading.append(" (\(tap))") }
        heading.append("  \(words(step))")
        let sides = DomainSide.allCases.filter { step.sides.contains($0) }.map(\.rawValue).joined(separator: " and ")
        heading.append("  # \(sides)", .dim)
        if let origin = step.origin {
            let file = origin.file.split(separator: "/").last.map { String($0) } ?? origin.file
            heading.append(", \(file):\(origin.line)", .dim)
        }
        return [heading]
    }

    private func words(_ step: DomainStep) -> String {
        step.changes.map { change in
            switch (change.old, change.new) {
            case (let old?, let new?): "\(change.field): \(old) → \(new)"
            case (nil, let new?): "\(change.field) \(new)"
            case (let old?, nil): "unplugged from \(old)"
            case (nil, nil): change.field
            }
        }.joined(separator: ", ")
    }
}
