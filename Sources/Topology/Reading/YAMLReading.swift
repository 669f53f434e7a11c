internal import Yams

/// Reads a scanned text into a tree of ``YAMLNode``.
///
/// The parser stops at a mapping with a key that occurs twice. Here the first of the two is made unreadable and the file
/// is read again, so that the second and everything else is checked too.
struct YAMLReading {
    private(set) var problems: Problems
    /// The document; `nil` where there is none, or where it is no YAML.
    private(set) var root: YAMLNode?

    private let source: SourceText
    private var scanned: ScannedText
    /// The keys that occur again further down, by their line and column for the parser.
    private var earlierKeys: [Span: String] = [:]
    /// How many nodes a file may have, which is more than a host can have links.
    private var budget = 1_000_000

    /// Reads the document.
    init(_ source: SourceText, scanned: ScannedText, problems: Problems) {
        self.source = source
        self.scanned = scanned
        self.problems = problems
        while true {
            do {
                let parser = try Parser(yaml: self.scanned.text, resolver: .basic, constructor: .default, encoding: .utf8)
                if let node = try parser.nextRoot() { root = convert(node) }
                return
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                if let key = keys.first, hide(key, at: context.mark) { continue }
                self.problems.error(span(context.mark, length: 1), "a key stands twice in this mapping")
                return
            } catch {
                report(error)
                return
            }
        }
    }

    /// Overwrites a key in the parser's text; `false` where it is not one that stands in one line.
    private mutating func hide(_ key: String, at mark: Mark) -> Bool {
        guard scanned.lines.indices.contains(mark.line - 1) else { return false }
        let line = scanned.lines[mark.line - 1]
        let start = mark.column - 1
        guard line.indices.contains(start), line[start] != ScannedText.poison else { return false }
        var end = start + key.unicodeScalars.count
        if line[start] == "\"" || line[start] == "'" {
            guard let close = line[(start + 1)...].firstIndex(of: line[start]) else { return false }
            end = close + 1
        }
        guard end > start, end <= line.count, earlierKeys.count < Self.mostDuplicates else { return false }
        // Each hidden key is a run of poison and a number of its own, or two in one mapping would be duplicates again.
        let number = Unicode.Scalar(0xf0000 + UInt32(earlierKeys.count)) ?? ScannedText.poison
        for column in start..<end { scanned.lines[mark.line - 1][column] = column == start ? ScannedText.poison : number }
        if end == start + 1 { scanned.lines[mark.line - 1][start] = number }
        earlierKeys[Span(line: mark.line, column: mark.column, length: 0)] = key
        return true
    }

    private static let mostDuplicates = 1000
}

// MARK: - The tree

extension YAMLReading {
    private func place(_ span: Span) -> Span {
        let place = scanned.place(line: span.line, column: span.column)
        return Span(line: place.line, column: place.column, length: span.length)
    }

    private func span(_ mark: Mark?, length: Int) -> Span {
        place(Span(line: mark?.line ?? 1, column: mark?.column ?? 1, length: max(1, length)))
    }

    private mutating func convert(_ node: Node) -> YAMLNode {
        budget -= 1
        guard budget > 0 else {
            if budget == 0 { problems.error(Span(line: 1, column: 1), "the file is too large") }
            return YAMLNode(content: .list([]), span: Span(line: 1, column: 1))
        }
        switch node {
        case .scalar(let scalar):
            return YAMLNode(
                content: .scalar(scalar.string, isPlain: scalar.style == .plain), span: span(scalar.mark, length: length(of: scalar)))
        case .sequence(let sequence):
            return YAMLNode(content: .list(sequence.map { convert($0) }), span: span(sequence.mark, length: 1))
        case .mapping(let mapping):
            return YAMLNode(content: .mapping(convert(mapping)), span: span(mapping.mark, length: 1))
        case .alias(let alias):
            return YAMLNode(content: .scalar(String(ScannedText.poison), isPlain: true), span: span(alias.mark, length: 1))
        }
    }

    private mutating func convert(_ mapping: Node.Mapping) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var earlier: [String: Span] = [:]
        for (keyNode, valueNode) in mapping {
            let value = convert(valueNode)
            guard case .scalar(let scalar) = keyNode else {
                problems.error(span(keyNode.mark, length: 1), "a key must be a single word, not a list or a mapping")
                continue
            }
            let keySpan = span(scalar.mark, length: length(of: scalar))
            let mark = Span(line: scalar.mark?.line ?? 0, column: scalar.mark?.column ?? 0, length: 0)
            if let key = earlierKeys[mark] {
                earlier[key] = keySpan
            } else if scalar.string.unicodeScalars.contains(ScannedText.poison) {
                continue
            } else {
                entries.append(YAMLEntry(key: scalar.string, keySpan: keySpan, value: value))
            }
        }
        for entry in entries {
            guard let first = earlier[entry.key] else { continue }
            problems.error(
                entry.keySpan, "'\(entry.key)' stands twice here", fix: "keep one of the two", related: [(first, "the first is here")])
        }
        return entries
    }

    /// How many characters of its line a scalar takes, quotes included.
    private func length(of scalar: Node.Scalar) -> Int {
        let plain = scalar.string.prefix { !$0.isNewline }.unicodeScalars.count
        guard scalar.style == .singleQuoted || scalar.style == .doubleQuoted, let mark = scalar.mark,
            scanned.lines.indices.contains(mark.line - 1)
        else { return plain }
        let line = scanned.lines[mark.line - 1]
        guard line.indices.contains(mark.column - 1) else { return plain }
        let quote = line[mark.column - 1]
        var column = mark.column
        while column < line.count, line[column] != quote { column += quote == "\"" && line[column] == "\\" ? 2 : 1 }
        return min(column + 1, line.count) - (mark.column - 1)
    }
}

// MARK: - What the parser refuses

extension YAMLReading {
    private mutating func report(_ error: any Error) {
        guard let error = error as? YamlError else {
            return problems.error(Span(line: 1, column: 1), "the file cannot be read as YAML: \(error)")
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            report(YAMLComplaint(problem: problem, context: context?.text), at: mark, from: context?.mark)
        case .reader(let problem, let offset, _, _):
            let before = scanned.text.unicodeScalars.prefix(offset ?? 0)
            let line = before.count { $0 == "\n" } + 1
            let column = before.reversed().prefix { $0 != "\n" }.count + 1
            problems.error(place(Span(line: line, column: column)), "the file cannot be read: \(problem)")
        case .memory:
            problems.error(Span(line: 1, column: 1), "lists and mappings are nested too deeply")
        case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping:
            problems.error(Span(line: 1, column: 1), "the file cannot be read as YAML")
        }
    }

    private mutating func report(_ complaint: YAMLComplaint, at mark: Mark, from context: Mark?) {
        // What was put right before the parser saw it may still have broken this line: that has been said.
        for line in [mark.line, mark.line - 1, context?.line ?? mark.line] where scanned.damagedLines.contains(line) { return }
        let atContext = complaint.pointsAtContext ? context : nil
        var span = self.span(atContext ?? mark, length: 1)
        // The parser often notices only at the next token: the end of the last line with something on it is where it is.
        if span.line > source.lines.count {
            span = Span(line: max(1, source.lines.count), column: (source.lines.last?.unicodeScalars.count ?? 0) + 1)
        }
        var related: [(Span, String)] = []
        if let note = complaint.contextNote, let context, context.line != span.line { related.append((self.span(context, length: 1), note)) }
        let line = source.line(span.line)
        let fix = line.contains("{id}") || line.contains("{parent}")
            ? "put a name with {id} or {parent} in quotes when it stands inside braces" : complaint.fix
        problems.error(span, complaint.message, fix: fix, related: related)
    }
}
