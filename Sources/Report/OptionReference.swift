internal import HostNetwork

/// The reference page of link options, written from the option table: `docs/options.md`.
public enum OptionReference {
    /// The page as Markdown.
    public static var markdown: String {
        var page = """
            # Link options

            Every option that a topology file can set on a link, from the one table in `Sources/HostNetwork/Options`. An option
            stands as a key of its link (for a port: of the port's entry under `ports`). `OPTION: default` sets the
            kernel's default where that is the same on every link. What is unset stays as it is on a link that exists, and is
            the kernel's default on a new one.

            *Changes* says when the kernel lets the option change on a link that exists: **live**, with the link **down**,
            with its ports **out**, or only by making the link **anew**. weft finds the way; the plan shows it.

            """
        for scope in OptionRow.Scope.allCases {
            page += "\n## \(title(scope))\n\n| option | other spellings | values | default | changes | kernel | meaning |\n|---|---|---|---|---|---|---|\n"
            for row in OptionRow.rows(of: scope) { page += line(row) }
        }
        return page
    }

    private static func line(_ row: OptionRow) -> String {
        let cells = [
            "`\(row.name)`",
            row.aliases.map { "`\($0)`" }.joined(separator: ", "),
            row.rangeText,
            row.kernelDefault.map { row.text(of: $0) } ?? "",
            rule(row.change),
            "`\(row.attributeName)`",
            row.summary + (row.modes == .all ? "" : " In modes \(row.modes.names) only.")
                + (row.since.map { " Linux \($0) and later." } ?? ""),
        ]
        return "| \(cells.joined(separator: " | ")) |\n"
    }

    private static func rule(_ change: OptionRow.ChangeRule) -> String {
        if change.contains(.recreate) { return "anew" }
        let words = [change.contains(.linkDown) ? "down" : nil, change.contains(.noPorts) ? "ports out" : nil].compactMap(\.self)
        return words.isEmpty ? "live" : words.joined(separator: ", ")
    }

    private static func title(_ scope: OptionRow.Scope) -> String {
        switch scope {
        case .bond: "Bonds (`bonds:`)"
        case .bondPort: "Ports of bonds (in `ports:`)"
        case .bridge: "Bridges (`bridges:`)"
        case .bridgePort: "Ports of bridges (in `ports:`)"
        case .vlan: "VLANs (`vlans:`)"
        }
    }
}
