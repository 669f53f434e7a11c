internal import HostNetwork

/// The lines of `weft show bond` and its siblings in the making: a heading, fields, and tables with a line a port.
struct StatusPage {
    private var lines: [StyledText] = []
    /// Fields that stand together and are aligned with one another.
    private var open: [(name: String, value: String)] = []

    init(_ name: String, _ what: String) {
        var heading = StyledText(name, .bold)
        heading.append(" (\(what))")
        lines.append(heading)
    }

    /// Fields, one a line; those without a value are left out.
    mutating func fields(_ fields: [(name: String, value: String?)]) {
        for field in fields { if let value = field.value { open.append((field.name, value)) } }
    }

    /// Options with their units, in the table's order; of a bond, those that its mode knows.
    mutating func options(_ scope: OptionRow.Scope, _ values: OptionValues, mode: BondMode? = nil) {
        for row in OptionRow.rows(of: scope) {
            guard let value = values[row], mode.map({ row.modes.contains($0) }) ?? true else { continue }
            let text = row.display(of: value)
            open.append((row.name, text.isEmpty ? "none" : text))
        }
    }

    private mutating func closeFields() {
        let column = (open.map(\.name.count).max() ?? 0) + 4
        for field in open {
            var line = StyledText("  \(field.name)", .dim)
            line.pad(to: column)
            line.append(field.value)
            lines.append(line)
        }
        open = []
    }

    /// A table: a title a column, a row a line. A column in which nothing stands is left out.
    mutating func table(_ title: String, _ columns: [String], _ rows: [[String]]) {
        closeFields()
        lines.append(StyledText())
        lines.append(StyledText(title, .dim))
        guard !rows.isEmpty else { return lines.append(StyledText("  none")) }
        let used = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        let widths = used.map { column in ([columns[column]] + rows.map { $0[column].printable }).map(\.displayWidth).max() ?? 0 }
        func line(_ cells: [String], _ tone: Tone) -> StyledText {
            var line = StyledText("  ")
            for (place, column) in used.enumerated() {
                line.append((cells[column].isEmpty && tone == .plain ? "-" : cells[column]).printable.padded(to: widths[place] + 2), tone)
            }
            return line
        }
        lines.append(line(columns, .dim))
        for row in rows { lines.append(line(row, .plain)) }
    }

    /// The whole text.
    func text(_ style: Style) -> String {
        var page = self
        page.closeFields()
        return page.lines.map { $0.rendered(style) }.joined(separator: "\n")
    }

    /// Hundredths of a second as seconds: `14.52`.
    static func seconds(_ hundredths: UInt64) -> String {
        let rest = hundredths % 100
        return rest == 0 ? "\(hundredths / 100)s" : "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)s"
    }
}
