internal import HostNetwork

/// A value as each reader takes it.
struct ScannedWord {
    /// To a shell; `nil` where only running something would tell.
    var initscripts: String? = ""
    /// To NetworkManager; `nil` where it takes none.
    var networkManager: String? = ""

    mutating func append(_ scalar: Unicode.Scalar) {
        initscripts?.unicodeScalars.append(scalar)
        networkManager?.unicodeScalars.append(scalar)
    }
}

extension ScriptScanner {
    /// Reads the value of an assignment up to the blank, semicolon or line end behind it.
    mutating func scanWord(_ key: String) -> ScannedWord {
        var word = ScannedWord()
        while let scalar = current, !Self.isBlank(scalar), scalar != "\n", scalar != ";" {
            switch scalar {
            case "'": scanSingleQuotes(into: &word)
            case "\"": scanDoubleQuotes(into: &word)
            case "$" where next == "'": scanANSIQuotes(into: &word)
            case "\\": scanBackslash(into: &word)
            case "$", "`": scanExpansion(into: &word, isQuoted: false)
            case "|", "&", "(", ")", "<", ">":
                warn(at: mark, 1, "'\(scalar)' is a command to a shell, and NetworkManager takes no value with it", fix: "put the value in quotes")
                word.initscripts = nil
                word.networkManager = nil
                advance()
            default:
                if LookAlike.ascii(for: scalar) == "\"" || LookAlike.ascii(for: scalar) == "'", scanPastedQuotes(into: &word) { break }
                scanPlain(scalar, key, into: &word)
            }
        }
        return word
    }

    private mutating func scanPlain(_ scalar: Unicode.Scalar, _ key: String, into word: inout ScannedWord) {
        let mark = mark
        advance()
        guard !Self.isFreeText(key), let ascii = LookAlike.ascii(for: scalar) else { return word.append(scalar) }
        warn(
            at: mark, 1, "\(LookAlike.name(of: scalar)) stands in the value of \(key), and is part of it to both readers",
            fix: ascii.isEmpty || ascii == " " ? "delete it" : "write \(ascii)")
        for plain in ascii.unicodeScalars where plain != " " { word.append(plain) }
    }

    /// Keys whose value is text for people, where every character is welcome.
    private static func isFreeText(_ key: String) -> Bool { key == "DESCRIPTION" || key == "NAME" }

    private mutating func scanSingleQuotes(into word: inout ScannedWord) {
        let begin = mark
        advance()
        while let scalar = current, scalar != "'" {
            if scalar == "\n" { if endsUnclosed(begin, &word) { return } }
            word.append(scalar)
            advance()
        }
        close(begin, &word)
    }

    private mutating func scanDoubleQuotes(into word: inout ScannedWord) {
        let begin = mark
        advance()
        while let scalar = current, scalar != "\"" {
            switch scalar {
            case "\n":
                if endsUnclosed(begin, &word) { return }
                word.append(scalar)
                advance()
            case "$", "`": scanExpansion(into: &word, isQuoted: true)
            case "\\":
                advance()
                guard let escaped = current else { return close(begin, &word) }
                if escaped == "\n" {
                    word.networkManager = nil
                } else {
                    if escaped != "$" && escaped != "`" && escaped != "\"" && escaped != "\\" { word.append("\\") }
                    word.append(escaped)
                }
                advance()
            default:
                word.append(scalar)
                advance()
            }
        }
        close(begin, &word)
    }

    /// A quote that is still open at the line's end: a mistake, unless it is closed in a later line, which only a shell takes.
    private mutating func endsUnclosed(_ begin: SourceMark, _ word: inout ScannedWord) -> Bool {
        let quote = text[place...].prefix { $0 != "\"" && $0 != "'" }
        // A later line that looks like an assignment means that the closing quote was forgotten.
        let lines = quote.split(separator: "\n", omittingEmptySubsequences: true)
        let runsIntoAssignment = lines.contains { line in
            let name = line.prefix { Self.isNamePart($0) }
            return !name.isEmpty && line.dropFirst(name.count).first == "="
        }
        if quote.count == text.count - place || runsIntoAssignment {
            warn(at: begin, 1, "the quotes that begin here are not closed: initscripts can read nothing from here on, NetworkManager not this value", fix: "close them")
            return true
        }
        if word.networkManager != nil {
            warn(at: begin, 1, "the value goes over several lines, and NetworkManager takes none such", fix: "write it in one line")
            word.networkManager = nil
        }
        return false
    }

    private mutating func close(_ begin: SourceMark, _ word: inout ScannedWord) {
        guard current != nil else {
            return warn(
                at: begin, 1, "the quotes that begin here are not closed: initscripts can read nothing from here on, NetworkManager not this value",
                fix: "close them")
        }
        advance()
    }

    private mutating func scanBackslash(into word: inout ScannedWord) {
        advance()
        guard let scalar = current else { return }
        if scalar == "\n" {
            if word.networkManager != nil { warn(at: mark, 1, "the line goes on in the next one, which NetworkManager does not do", fix: "write it in one line") }
            word.networkManager = nil
        } else {
            word.append(scalar)
        }
        advance()
    }

    /// `$NAME`, `${NAME}`, and all that would have to be run.
    private mutating func scanExpansion(into word: inout ScannedWord, isQuoted: Bool) {
        let begin = mark
        let start = place
        if current == "`" {
            advance()
            while let scalar = current, scalar != "`", scalar != "\n" { advance() }
            if current == "`" { advance() }
            return leaveOut(begin, start, &word)
        }
        advance()
        if current == "(" {
            skipBracketed("(", ")")
            return leaveOut(begin, start, &word)
        }
        let isBraced = current == "{"
        if isBraced { advance() }
        let name = scanName()
        if isBraced, current != "}" {
            while let scalar = current, scalar != "}", scalar != "\n" { advance() }
            if current == "}" { advance() }
            return leaveOut(begin, start, &word)
        }
        if isBraced { advance() }
        guard !name.isEmpty else {
            // A dollar sign alone is one, but to NetworkManager not in double quotes.
            word.initscripts?.append("$")
            if isQuoted { word.networkManager = nil } else { word.networkManager?.append("$") }
            return
        }
        let raw = String(String.UnicodeScalarView(text[start..<place]))
        if isQuoted { word.networkManager = nil } else { word.networkManager?.append(raw) }
        if let known = value(of: name) {
            if let known { word.initscripts?.append(known) } else { word.initscripts = nil }
            warn(at: begin, place - start, "only initscripts put the value of \(name) here; NetworkManager does not", fix: "write the value itself")
        } else {
            word.initscripts = nil
            warn(at: begin, place - start, "what \(raw) is, this file does not say", fix: "write the value itself")
        }
    }

    private mutating func skipBracketed(_ open: Unicode.Scalar, _ close: Unicode.Scalar) {
        var depth = 0
        while let scalar = current, scalar != "\n" {
            if scalar == open { depth += 1 }
            if scalar == close { depth -= 1 }
            advance()
            if depth == 0 { return }
        }
    }

    private mutating func leaveOut(_ begin: SourceMark, _ start: Int, _ word: inout ScannedWord) {
        warn(at: begin, place - start, "initscripts would run this; it is not run here, so the value is not known", fix: "write the value itself")
        word.initscripts = nil
        word.networkManager = nil
    }

    /// `$'…'`, with the escapes of C.
    private mutating func scanANSIQuotes(into word: inout ScannedWord) {
        let begin = mark
        advance()
        advance()
        while let scalar = current, scalar != "'", scalar != "\n" {
            advance()
            guard scalar == "\\", let escape = current else {
                word.append(scalar)
                continue
            }
            advance()
            switch escape {
            case "n": word.append("\n")
            case "t": word.append("\t")
            case "r": word.append("\r")
            case "a": word.append("\u{7}")
            case "b": word.append("\u{8}")
            case "e", "E": word.append("\u{1b}")
            case "f": word.append("\u{c}")
            case "v": word.append("\u{b}")
            case "\\", "'", "\"", "?": word.append(escape)
            case "x": appendNumber(16, 2, into: &word)
            case "u": appendNumber(16, 4, into: &word)
            case "U": appendNumber(16, 8, into: &word)
            case "0"..."7":
                place -= 1
                column -= 1
                appendNumber(8, 3, into: &word)
            default:
                word.append("\\")
                word.append(escape)
            }
        }
        if current == "'" { advance() } else { warn(at: begin, 1, "the quotes that begin here are not closed", fix: "close them") }
    }

    private mutating func appendNumber(_ radix: Int, _ most: Int, into word: inout ScannedWord) {
        var digits = ""
        while digits.count < most, let scalar = current, Int(String(scalar), radix: radix) != nil {
            digits.unicodeScalars.append(scalar)
            advance()
        }
        if let number = UInt32(digits, radix: radix), let scalar = Unicode.Scalar(number), number != 0 { word.append(scalar) }
    }

    /// Quotation marks pasted from a page, around a value: taken as they were meant. False where they do not close in the line.
    private mutating func scanPastedQuotes(into word: inout ScannedWord) -> Bool {
        guard let first = current, let plain = LookAlike.ascii(for: first) else { return false }
        var end = place + 1
        while end < text.count, text[end] != "\n", text[end] == "#" || LookAlike.ascii(for: text[end]) ?? String(text[end]) != plain { end += 1 }
        guard end < text.count, text[end] != "\n" else { return false }
        warn(at: mark, 1, "\(LookAlike.name(of: first)) is no quotation mark to either reader", fix: "write \(plain)")
        advance()
        while place < end, let scalar = current {
            if let ascii = LookAlike.ascii(for: scalar) {
                warn(at: mark, 1, "\(LookAlike.name(of: scalar)) stands in the value", fix: ascii.isEmpty ? "delete it" : "write \(ascii)")
                for plain in ascii.unicodeScalars { word.append(plain) }
            } else {
                word.append(scalar)
            }
            advance()
        }
        advance()
        return true
    }
}
