internal import HostNetwork

/// A look at the raw text before YAML's parser sees it: for what the parser reports badly, or takes without a word.
///
/// It knows as much of YAML as tells comments, quotes, free text (the value of `description`) and keys apart. Reported are
/// look-alikes of ASCII characters, control characters, tabs in the indentation, anchors, aliases and tags, and further
/// documents. Each is put right in the outcome, see ``ScannedText``.
struct TextScan {
    private(set) var problems: Problems
    private(set) var outcome = ScannedText()

    private enum Quote { case single, double }
    /// Where free text ends: at a line that is not deeper than its key, or at the end of its item in a flow collection.
    private enum FreeText {
        case block(keyColumn: Int)
        case flow(depth: Int)
    }

    private var quote: Quote?
    private var flowDepth = 0
    private var freeText: FreeText?
    /// The column that the lines of a literal or folded text are deeper than.
    private var literal: Int?
    private var hasContent = false
    /// Whether `...` has ended the document.
    private var isEnded = false
    private var lineNumber = 0

    /// Scans a whole file.
    init(_ source: SourceText, problems: Problems) {
        self.problems = problems
        for line in source.lines {
            lineNumber += 1
            let scalars = Array(line.unicodeScalars)
            if isDocumentMark(scalars) || isEnded {
                let isEnd = scalars.first == "." && !isEnded
                let begins = !isEnd && (hasContent || isEnded) && scalars.contains { !Self.isBlank($0) } && scalars.first != "#"
                if begins {
                    complain(
                        Span(line: lineNumber, column: 1, length: 3), "a second document begins here",
                        fix: "one file describes one host: put the second into a file of its own")
                    break
                }
                isEnded = isEnded || isEnd
                outcome.append(isEnded ? [] : scalars, columns: nil)
                continue
            }
            scan(scalars)
        }
    }

    /// The state within one line.
    private struct LineState {
        var input: [Unicode.Scalar]
        var output: [Unicode.Scalar] = []
        var columns: [Int] = []
        var position = 0
        /// Whether a key, a value or an indicator may begin here.
        var isTokenStart = true
        /// Where the current plain or quoted text began.
        var token: (start: Int, text: String)?
        /// Whether the line, or the item of a flow collection, has its key already.
        var hasKey = false
        /// The column that deeper lines belong to: the last key's or dash's.
        var indentColumn = 0
        /// A run of look-alikes, to be reported as one.
        var run: (start: Int, scalars: [Unicode.Scalar], ascii: String)?
        var isChanged = false

        init(_ input: [Unicode.Scalar]) { self.input = input }

        /// The next character that is not to be deleted.
        func next() -> Unicode.Scalar? {
            input[min(position + 1, input.count)...].first { LookAlike.ascii(for: $0) != "" }
        }

        mutating func emit(_ scalar: Unicode.Scalar) {
            output.append(scalar)
            columns.append(position)
        }
    }
}

// MARK: - Lines

extension TextScan {
    /// `---` or `...` alone in front of a line.
    private func isDocumentMark(_ line: [Unicode.Scalar]) -> Bool {
        guard quote == nil, flowDepth == 0, line.count >= 3, line.count == 3 || Self.isBlank(line[3]) else { return false }
        return line[..<3].allSatisfy { $0 == "-" } || line[..<3].allSatisfy { $0 == "." }
    }

    private mutating func scan(_ line: [Unicode.Scalar]) {
        let indentation = line.prefix { $0 == " " || $0 == "\t" }.count
        let isEmpty = indentation == line.count
        if let column = literal, quote == nil {
            if isEmpty || indentation > column { return outcome.append(clean(line), columns: nil) }
            literal = nil
        }
        let shownIndentation = line.prefix { LookAlike.blankWidth(of: $0) > 0 }.reduce(0) { $0 + LookAlike.blankWidth(of: $1) }
        if case .block(let column)? = freeText, !isEmpty, shownIndentation <= column, quote == nil { freeText = nil }
        var state = LineState(line)
        if quote == nil, flowDepth == 0, line[..<indentation].contains("\t") {
            // The parser stumbles even over a tab in an empty line or before a comment, where it does no harm.
            if !isEmpty, line[indentation] != "#" {
                complain(
                    Span(line: lineNumber, column: line.firstIndex(of: "\t")! + 1),
                    "a tab in the indentation", fix: "indent with blanks; YAML does not take tabs here")
            }
            for index in 0..<indentation { state.input[index] = " " }
        }
        if !isEmpty, line[indentation] != "#", !(lineNumber == 1 && line[0] == "%") { hasContent = true }
        state.indentColumn = indentation
        // A line that carries on a description begins nothing, whatever it begins with.
        if case .block? = freeText { state.isTokenStart = false }
        while state.position < state.input.count {
            step(&state)
        }
        report(&state)
        outcome.append(state.output, columns: state.isChanged ? state.columns : nil)
    }

    private mutating func step(_ state: inout LineState) {
        var scalar = state.input[state.position]
        if isForbidden(scalar) {
            report(&state)
            complain(
                Span(line: lineNumber, column: state.position + 1), "\(LookAlike.name(of: scalar)), a control character", fix: "delete it")
            scalar = " "
        } else if freeText == nil, let ascii = LookAlike.ascii(for: scalar) {
            return stepLookAlike(scalar, ascii, &state)
        }
        report(&state)
        interpret(scalar, &state)
        state.position += 1
    }

    /// Notes a look-alike, and goes on as if the right character stood there.
    private mutating func stepLookAlike(_ scalar: Unicode.Scalar, _ ascii: String, _ state: inout LineState) {
        if state.run == nil { state.run = (state.position, [], "") }
        state.run?.scalars.append(scalar)
        state.run?.ascii += ascii
        state.isChanged = true
        if let meant = ascii.unicodeScalars.first {
            let isQuote = meant == "\"" || meant == "'"
            if meant == ":", isKeySoFar(state), let next = state.next(), !Self.isBlank(next) {
                // A full-width colon brings its own room: the parser needs a blank.
                state.run?.ascii += " "
                interpret(":", blankFollows: true, &state)
                state.emit(" ")
                state.isTokenStart = true
            } else if isQuote, quote != nil, !closesQuote(meant, state) {
                state.emit(scalar)
            } else {
                // A blank in the indentation counts for as much as it looks like.
                if meant == " ", state.output.allSatisfy({ $0 == " " }) {
                    for _ in 1..<LookAlike.blankWidth(of: scalar) { state.emit(" ") }
                }
                interpret(meant, &state)
            }
        }
        state.position += 1
        // A comment that begins with a full-width # has no more to say.
        if state.position >= state.input.count { report(&state) }
    }

    /// Reports the look-alikes that have been gathered.
    private mutating func report(_ state: inout LineState) {
        guard let run = state.run else { return }
        state.run = nil
        let names = run.scalars.map { LookAlike.name(of: $0) }
        var distinct: [String] = []
        for name in names where !distinct.contains(name) { distinct.append(name) }
        let isBlank = run.ascii.allSatisfy { $0 == " " }
        let quote = run.ascii.contains("'") ? "\"" : "'"
        let fix = run.ascii.isEmpty ? "delete it" : isBlank ? "write an ASCII blank" : "write \(quote)\(run.ascii)\(quote)"
        complain(
            Span(line: lineNumber, column: run.start + 1, length: run.scalars.count),
            "\(distinct.joined(separator: " and ")) where YAML wants ASCII", fix: fix)
    }

    private mutating func complain(_ span: Span, _ message: String, fix: String?) {
        problems.error(span, message, fix: fix)
        outcome.damagedLines.insert(span.line)
    }

    /// The line without control characters, for text that is not looked into.
    private mutating func clean(_ line: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var clean = line
        for (index, scalar) in line.enumerated() where isForbidden(scalar) {
            complain(Span(line: lineNumber, column: index + 1), "\(LookAlike.name(of: scalar)), a control character", fix: "delete it")
            clean[index] = " "
        }
        return clean
    }

    /// What YAML allows nowhere, comments included.
    private func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x20..<0x7f, 0xa0..<0xfeff, 0xff00...0xfffd: false
        case 0xfeff: freeText != nil || literal != nil
        case 0x10000...0x10ffff: scalar == ScannedText.poison
        default: true
        }
    }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
}

// MARK: - Tokens

extension TextScan {
    /// Follows one character, which is copied out.
    private mutating func interpret(_ scalar: Unicode.Scalar, blankFollows: Bool? = nil, _ state: inout LineState) {
        if let quote {
            state.emit(scalar)
            state.token?.text.unicodeScalars.append(scalar)
            followQuoted(scalar, quote, &state)
            return
        }
        if Self.isBlank(scalar) {
            state.emit(scalar)
            if state.token == nil { return }
            state.token?.text.unicodeScalars.append(scalar)
            return
        }
        let isAfterBlank = state.output.last.map { Self.isBlank($0) } ?? true
        if scalar == "#", isAfterBlank {
            while state.position < state.input.count {
                let rest = state.input[state.position]
                state.emit(isForbidden(rest) || rest == "\u{feff}" ? " " : rest)
                state.position += 1
            }
            return
        }
        let follower = state.next()
        let endsToken = blankFollows ?? (follower.map { isEnd($0) || LookAlike.blankWidth(of: $0) > 0 } ?? true)
        if state.isTokenStart, startsSpecially(scalar, endsToken, &state) { return }
        if flowDepth > 0, followFlow(scalar, &state) { return }
        let isGlued = scalar == ":" && !endsToken && isGluedKey(state)
        if isGlued {
            complain(
                Span(line: lineNumber, column: state.position + 1), "there is no blank after this colon",
                fix: "write '\(state.token?.text ?? ""): …'")
        }
        if scalar == ":", endsToken || isGlued || (flowDepth > 0 && isQuotedKey(state)) {
            noteKey(&state)
            state.emit(scalar)
            state.isTokenStart = true
            if isGlued {
                state.emit(" ")
                state.isChanged = true
            }
            return
        }
        if state.token == nil { state.token = (state.output.count, "") }
        state.token?.text.unicodeScalars.append(scalar)
        state.isTokenStart = false
        state.emit(scalar)
    }

    /// Handles what has a meaning only where a token begins; `true` if it did.
    private mutating func startsSpecially(_ scalar: Unicode.Scalar, _ endsToken: Bool, _ state: inout LineState) -> Bool {
        switch scalar {
        case "'", "\"":
            quote = scalar == "'" ? .single : .double
            state.token = (state.output.count, String(scalar))
            state.isTokenStart = false
        case "-" where endsToken && flowDepth == 0, "?" where endsToken:
            state.indentColumn = state.output.count
        case "[", "{":
            flowDepth += 1
            state.isTokenStart = true
            state.hasKey = false
        case "|", ">":
            guard flowDepth == 0, isLiteralHeader(state) else { return false }
            literal = state.indentColumn
        case "&", "*", "!":
            guard !endsToken || scalar == "!" else { return false }
            refuse(scalar, &state)
            return true
        default: return false
        }
        state.emit(scalar)
        return true
    }

    /// Follows the brackets and commas of a flow collection; `true` if it was one.
    private mutating func followFlow(_ scalar: Unicode.Scalar, _ state: inout LineState) -> Bool {
        switch scalar {
        case ",":
            state.isTokenStart = true
            state.hasKey = false
        case "[", "{":
            flowDepth += 1
            state.isTokenStart = true
            state.hasKey = false
        case "]", "}":
            flowDepth -= 1
            state.isTokenStart = false
        default: return false
        }
        if case .flow(let depth)? = freeText, flowDepth < depth || (scalar == "," && flowDepth == depth) { freeText = nil }
        state.token = nil
        state.emit(scalar)
        return true
    }

    private mutating func followQuoted(_ scalar: Unicode.Scalar, _ quote: Quote, _ state: inout LineState) {
        let isEscape = quote == .double ? scalar == "\\" : scalar == "'" && state.next() == "'"
        if isEscape, let next = state.next() {
            // The next character belongs to this one.
            state.position += 1
            state.emit(isForbidden(next) ? " " : next)
        } else if scalar == (quote == .double ? "\"" : "'") {
            self.quote = nil
        }
    }

    /// Takes out an anchor, an alias or a tag. An alias leaves poison behind, for what it stood for is not known.
    private mutating func refuse(_ scalar: Unicode.Scalar, _ state: inout LineState) {
        let start = state.position
        var end = start + 1
        while end < state.input.count, !isEnd(state.input[end]), state.input[end] != ":" || scalar == "!" { end += 1 }
        let span = Span(line: lineNumber, column: start + 1, length: end - start)
        switch scalar {
        case "&": complain(span, "weft does not take YAML anchors", fix: "write the value out wherever it is needed")
        case "*": complain(span, "weft does not take YAML aliases", fix: "write the value out; or put it in quotes if the * is part of it")
        default: complain(span, "weft does not take YAML tags", fix: "leave it out; or put the value in quotes if the ! is part of it")
        }
        for position in start..<end {
            state.position = position
            state.emit(scalar == "*" ? ScannedText.poison : " ")
        }
        state.position = end - 1
        state.isTokenStart = scalar != "*"
    }

    /// Notes that a key has ended; after `description` comes free text.
    private mutating func noteKey(_ state: inout LineState) {
        guard let token = state.token else { return }
        state.token = nil
        state.hasKey = true
        let column = token.start
        state.indentColumn = column
        let key = token.text.trimmingBlanks.trimmingQuotes
        guard key == LinkKey.description.rawValue else { return }
        freeText = flowDepth > 0 ? .flow(depth: flowDepth) : .block(keyColumn: column)
    }

    /// Whether what stands before a full-width colon looks like a key.
    private func isKeySoFar(_ state: LineState) -> Bool {
        guard quote == nil, let token = state.token else { return false }
        let text = token.text.trimmingBlanks
        return !text.isEmpty && !text.contains(" ") && !text.contains(":") && !text.allSatisfy(\.isHexDigit)
            || isQuotedKey(state)
    }

    /// Whether what stands before a colon without a blank after it is one of weft's keys, where a key can stand.
    private func isGluedKey(_ state: LineState) -> Bool {
        guard freeText == nil, !state.hasKey, let next = state.next(), next != ":", let token = state.token else { return false }
        return KeyContext.everyKey.contains(token.text)
    }

    private func isQuotedKey(_ state: LineState) -> Bool {
        guard let text = state.token?.text, text.count > 1, let first = text.first else { return false }
        return (first == "\"" || first == "'") && text.last == first
    }

    /// Whether a look-alike of a quote is meant to end the quotation: nothing but a delimiter follows.
    private func closesQuote(_ meant: Unicode.Scalar, _ state: LineState) -> Bool {
        guard (quote == .double) == (meant == "\"") else { return false }
        return state.next().map { isEnd($0) || $0 == ":" || $0 == "," || LookAlike.ascii(for: $0) != nil } ?? true
    }

    private func isEnd(_ scalar: Unicode.Scalar) -> Bool {
        Self.isBlank(scalar) || (flowDepth > 0 && (scalar == "," || scalar == "]" || scalar == "}" || scalar == "[" || scalar == "{"))
    }

    /// Whether the rest of the line is `|`, `>` and their modifiers, and perhaps a comment.
    private func isLiteralHeader(_ state: LineState) -> Bool {
        let rest = state.input[(state.position + 1)...].drop { $0 == "+" || $0 == "-" || ("1"..."9").contains($0) }
        let tail = rest.drop { Self.isBlank($0) }
        return tail.isEmpty || (tail.first == "#" && tail.startIndex > rest.startIndex)
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        var view = Substring(self)
        while view.last == " " || view.last == "\t" { view.removeLast() }
        return String(view)
    }

    fileprivate var trimmingQuotes: String {
        guard count > 1, let first, first == "\"" || first == "'", last == first else { return self }
        return String(dropFirst().dropLast())
    }
}
