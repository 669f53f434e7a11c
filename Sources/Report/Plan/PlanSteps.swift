internal import HostNetwork
internal import Planner

/// A plan's steps as numbered lines: a heading each with sign, link and kind, and below it what changes.
///
/// A creation of few fields stays on one line, so that a trunk of a hundred VLANs can still be read.
struct PlanSteps {
    private let steps: [Step]
    private let style: Style
    private let numberWidth: Int
    private let signWidth: Int

    init(_ steps: [Step], style: Style) {
        self.steps = steps
        self.style = style
        numberWidth = String(steps.count).count
        signWidth = steps.contains { $0.isRecreation } ? 3 : 1
    }

    /// Where a step's link begins: indentation, number, blanks, sign, blank.
    private var margin: Int { 2 + numberWidth + 2 + signWidth + 1 }

    var lines: [StyledText] {
        let blocks = steps.enumerated().map { place, step in block(step, number: place + 1) }
        let column = originColumn(blocks)
        var lines: [StyledText] = []
        for (place, step) in steps.enumerated() {
            if place > 0, steps[place - 1].chunk != step.chunk {
                var then = StyledText()
                then.pad(to: margin - signWidth - 1)
                then.append("then", .dim)
                lines.append(then)
            }
            lines += withOrigin(blocks[place], step.origin, column)
        }
        return lines
    }

    // MARK: The file's line

    /// One column for all places in the file, right of the usual heading; a longer heading pushes its own.
    private func originColumn(_ blocks: [[StyledText]]) -> Int {
        let widths = zip(blocks, steps).filter { $1.origin != nil }.map { $0.0[0].width }.sorted()
        let limit = style.listWidth * 3 / 4
        return (widths.last { $0 <= limit } ?? widths.first ?? 0) + 2
    }

    private func withOrigin(_ block: [StyledText], _ origin: SourceMark?, _ column: Int) -> [StyledText] {
        guard let origin else { return block }
        let file = origin.file.utf8.lastIndex(of: UInt8(ascii: "/")).map { origin.file[origin.file.utf8.index(after: $0)...] } ?? origin.file[...]
        let place = StyledText("# \(file):\(origin.line)", .dim)
        var heading = block[0]
        if let width = style.sentenceWidth, max(heading.width + 2, column) + place.width > width {
            // No room beside the heading; below it nothing is cut off.
            guard heading.width + 2 + place.width > width else {
                heading.append("  ")
                heading.append(place)
                return [heading] + block.dropFirst()
            }
            var below = StyledText()
            below.pad(to: margin + 2)
            below.append(place)
            return [heading, below] + block.dropFirst()
        }
        heading.pad(to: max(column, heading.width + 2))
        heading.append(place)
        return [heading] + block.dropFirst()
    }

    // MARK: One step

    private func block(_ step: Step, number: Int) -> [StyledText] {
        if step.verb == .delete, !step.isRecreation, step.subjects.count > 1 { return deletion(step, number) }
        var heading = start(step, number)
        heading.append(step.subject.text, .bold)
        if step.subject != .host { heading.append(" (\(step.kind.displayName))") }
        if step.isRecreation, step.verb == .delete { heading.append(" is deleted, to be \(Self.madeAnew)") }
        let tail = compact(step)
        if let tail, heading.width + 2 + tail.displayWidth <= style.listWidth {
            heading.append("  \(tail)")
            return [heading] + reason(step) + impact(step)
        }
        return [heading] + fields(step.changes) + reason(step) + impact(step)
    }

    private func start(_ step: Step, _ number: Int) -> StyledText {
        var text = StyledText()
        let digits = String(number)
        text.pad(to: 2 + numberWidth - digits.count)
        text.append("\(digits)  ", .dim)
        switch (step.isRecreation, step.verb) {
        case (true, .create), (true, .delete), (true, .change):
            text.append("-", .removed)
            text.append("/")
            text.append("+", .added)
        case (false, .create): text.append("+".padded(to: signWidth), .added)
        case (false, .change): text.append("~".padded(to: signWidth), .changed)
        case (false, .delete): text.append("-".padded(to: signWidth), .removed)
        }
        text.append(" ")
        return text
    }

    /// Every name of many that go, as many a line as there is room for.
    private func deletion(_ step: Step, _ number: Int) -> [StyledText] {
        let names = step.subjects.map(\.text.printable)
        let rows = names.wrapped(to: max(style.listWidth - margin, 20), separator: ", ")
        var lines = rows.enumerated().map { place, row in
            var line = place == 0 ? start(step, number) : StyledText()
            line.pad(to: margin)
            line.append(row, .bold)
            return line
        }
        var count = StyledText()
        count.pad(to: margin + 2)
        count.append("# \(names.count) links, deleted together", .dim)
        lines.append(count)
        return lines + reason(step) + impact(step)
    }

    /// The fields of a creation in one line, where they are few and all plain.
    private func compact(_ step: Step) -> String? {
        guard step.verb == .create, (1...Self.mostFieldsOnALine).contains(step.changes.count),
            step.changes.allSatisfy({ $0.old == nil && $0.new != nil })
        else { return nil }
        return step.changes.map { change in
            let value = change.new ?? ""
            if change.field == "state" { return value }
            return "\(change.field) \(value.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") } ? "'\(value)'" : value)"
        }.joined(separator: ", ").printable
    }

    private static let mostFieldsOnALine = 5
    /// What the planner gives as the reason where it has no better one, and what the heading says already.
    private static let madeAnew = "made anew"

    private func reason(_ step: Step) -> [StyledText] {
        guard let reason = step.reason, !reason.isEmpty, !(step.isRecreation && reason == Self.madeAnew) else { return [] }
        let width = style.sentenceWidth.map { $0 - margin - 4 }
        return reason.printable.wrapped(to: width).map { row in
            var line = StyledText()
            line.pad(to: margin + 2)
            line.append("# \(row)", .dim)
            return line
        }
    }

    /// What the step costs, and whom; nothing for one that disturbs nobody.
    private func impact(_ step: Step) -> [StyledText] {
        guard let text = ImpactText(step.impact) else { return [] }
        let tone: Tone = step.impact.impact >= .flap ? .alarm : .changed
        let width = style.sentenceWidth.map { $0 - margin - 4 }
        var lines: [StyledText] = []
        for (place, row) in text.what.printable.wrapped(to: width).enumerated() {
            var line = StyledText()
            line.pad(to: margin + 2)
            line.append(place == 0 ? "! " : "  ", tone)
            line.append(row)
            lines.append(line)
        }
        for row in text.who?.printable.wrapped(to: width) ?? [] {
            var line = StyledText()
            line.pad(to: margin + 4)
            line.append(row)
            lines.append(line)
        }
        return lines
    }

    // MARK: Fields

    private func fields(_ changes: [FieldChange]) -> [StyledText] {
        let column = (changes.map { $0.field.printable.displayWidth }.max() ?? 0) + 2
        return changes.flatMap { change in
            var line = StyledText()
            line.pad(to: margin + 2)
            // An empty text (a description taken away) is none.
            let old = change.old.flatMap { $0.isEmpty ? nil : $0 }
            let new = change.new.flatMap { $0.isEmpty ? nil : $0 }
            switch (old, new) {
            case (nil, _?): line.append("+ ", .added)
            case (_?, nil): line.append("- ", .removed)
            case (_?, _?), (nil, nil): line.append("~ ", .changed)
            }
            line.append("\(change.field.printable):".padded(to: column))
            let values = [old, new].compactMap { $0 }
            let whole = values.joined(separator: " → ")
            guard values.count == 2, line.width + whole.printable.displayWidth > style.listWidth else {
                line.append(whole)
                return [line]
            }
            var below = StyledText()
            below.pad(to: line.width - 2)
            below.append("→ \(values[1])")
            line.append(values[0])
            return [line, below]
        }
    }
}
