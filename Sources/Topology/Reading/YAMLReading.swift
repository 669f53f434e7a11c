/// Reads a scanned text into a tree of ``YAMLNode``.
///
/// Of a key that stands twice in a mapping the last one counts, so that everything in the file is checked.
struct YAMLReading {
    private(set) var problems: Problems
    /// The document; `nil` where there is none, or where it is no YAML.
    private(set) var root: YAMLNode?

    private let source: SourceText
    private let scanned: ScannedText
    /// How many nodes a file may have, which is more than a host can have links.
    private var budget = 1_000_000
    /// How many lists and mappings may lie in one another, which is more than a topology has levels.
    private static let deepest = 200

    /// Reads the document.
    init(_ source: SourceText, scanned: ScannedText, problems: Problems) {
        self.source = source
        self.scanned = scanned
        self.problems = problems
        do throws(YAMLFailure) {
            var events = YAMLEvents(scanned.text)
            root = try node(beginningWith: try events.next(), &events, depth: 0)
        } catch {
            // What was found in a text that is no YAML means little.
            self.problems = problems
            report(error)
        }
    }
}

// MARK: - The tree

extension YAMLReading {
    private func span(_ mark: YAMLMark, length: Int = 1) -> Span {
        let place = scanned.place(line: mark.line, column: mark.column)
        return Span(line: place.line, column: place.column, length: max(1, length))
    }

    /// The node that begins with an event; `nil` where that ends the list, the mapping or the document around it.
    private mutating func node(beginningWith event: YAMLEvent, _ events: inout YAMLEvents, depth: Int) throws(YAMLFailure) -> YAMLNode? {
        budget -= 1
        if budget == 0 { problems.error(Span(line: 1, column: 1), "the file is too large") }
        guard depth <= Self.deepest else { throw .nesting }
        var node: YAMLNode
        switch event {
        case .scalar(let text, let style, let mark):
            node = YAMLNode(content: .scalar(text, isPlain: style == .plain), span: span(mark, length: length(of: text, style, mark)))
        case .listBegins(let mark):
            var items: [YAMLNode] = []
            while let item = try self.node(beginningWith: try events.next(), &events, depth: depth + 1) { items.append(item) }
            node = YAMLNode(content: .list(items), span: span(mark))
        case .mappingBegins(let mark): node = YAMLNode(content: .mapping(try entries(&events, depth: depth)), span: span(mark))
        case .alias(let mark): throw .syntax(problem: "found undefined alias", context: nil, at: mark)
        case .collectionEnds, .documentEnds: return nil
        }
        if budget <= 0 { node = YAMLNode(content: .list([]), span: Span(line: 1, column: 1)) }
        return node
    }

    private mutating func entries(_ events: inout YAMLEvents, depth: Int) throws(YAMLFailure) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var firsts: [String: (place: Int, span: Span)] = [:]
        while let key = try node(beginningWith: try events.next(), &events, depth: depth + 1) {
            guard let value = try node(beginningWith: try events.next(), &events, depth: depth + 1) else { break }
            guard case .scalar(let text, _) = key.content else {
                if budget > 0 { problems.error(key.span, "a key must be a single word, not a list or a mapping") }
                continue
            }
            if key.isPoisoned { continue }
            let entry = YAMLEntry(key: text, keySpan: key.span, value: value)
            if let first = firsts[text] {
                problems.error(key.span, "'\(text)' stands twice here", fix: "keep one of the two", related: [(first.span, "the first is here")])
                entries[first.place] = entry
            } else {
                firsts[text] = (entries.count, key.span)
                entries.append(entry)
            }
        }
        return entries
    }

    /// How many characters of its line a scalar takes, quotes included.
    private func length(of text: String, _ style: YAMLEvent.Style, _ mark: YAMLMark) -> Int {
        let plain = text.prefix { !$0.isNewline }.unicodeScalars.count
        guard style == .singleQuoted || style == .doubleQuoted, scanned.lines.indices.contains(mark.line - 1) else { return plain }
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
    private mutating func report(_ failure: YAMLFailure) {
        switch failure {
        case .syntax(let problem, let context, let mark):
            report(YAMLComplaint(problem: problem, context: context?.text), at: mark, from: context?.mark)
        case .unreadable(let problem, let offset):
            let before = String(decoding: scanned.text.utf8.prefix(offset), as: UTF8.self).unicodeScalars
            let line = before.count { $0 == "\n" } + 1
            let column = before.reversed().prefix { $0 != "\n" }.count + 1
            let place = scanned.place(line: line, column: column)
            problems.error(Span(line: place.line, column: place.column), "the file cannot be read: \(problem)")
        case .nesting: problems.error(Span(line: 1, column: 1), "lists and mappings are nested too deeply")
        }
    }

    private mutating func report(_ complaint: YAMLComplaint, at mark: YAMLMark, from context: YAMLMark?) {
        // What was put right before the parser saw it may still have broken this line: that has been said.
        for line in [mark.line, mark.line - 1, context?.line ?? mark.line] where scanned.damagedLines.contains(line) { return }
        let atContext = complaint.pointsAtContext ? context : nil
        var span = self.span(atContext ?? mark)
        // The parser often notices only at the next token: the end of the last line with something on it is where it is.
        if span.line > source.lines.count {
            span = Span(line: max(1, source.lines.count), column: (source.lines.last?.unicodeScalars.count ?? 0) + 1)
        }
        var related: [(Span, String)] = []
        if let note = complaint.contextNote, let context, context.line != span.line {
            related.append((self.span(context), note))
        }
        let line = source.line(span.line)
        var fix = complaint.fix
        if line.contains("{id}") || line.contains("{parent}") {
            fix = "put a name with {id} or {parent} in quotes when it stands inside braces"
        } else if line.contains("::") {
            fix = "put an IPv6 address in quotes when it stands inside braces or brackets"
        }
        problems.error(span, complaint.message, fix: fix, related: related)
    }
}
