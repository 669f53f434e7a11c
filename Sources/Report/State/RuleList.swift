internal import HostNetwork

/// The routing rules that somebody set: all but the three that the kernel has by itself.
struct RuleList {
    private let rules: [Rule]

    init(_ rules: [Rule]) { self.rules = rules.filter { !$0.isKernelMade }.sorted(by: Rule.goesBefore) }

    /// A title and a line each, with who made the rule.
    var lines: [StyledText] {
        guard !rules.isEmpty else { return [] }
        let texts = rules.map(\.display.printable)
        let column = (texts.map(\.displayWidth).max() ?? 0) + 4
        return [StyledText("RULES", .dim)]
            + zip(rules, texts).map { rule, text in
                var line = StyledText("  \(text)")
                line.pad(to: column)
                line.append(Origin.ofRoute(rule.origin), .dim)
                return line
            }
    }
}
