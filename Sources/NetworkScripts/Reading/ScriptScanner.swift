internal import HostNetwork

/// Reads the text of a file character by character, as the shell's grammar has it: blanks, comments, assignments, and words in
/// quotes of every kind. Nothing is ever run.
struct ScriptScanner {
    let file: String
    let lines: [String]
    private(set) var assignments: [Assignment] = []
    private(set) var unread: [UnreadText] = []
    private(set) var findings: [ScriptFinding] = []

    var text: [Unicode.Scalar]
    var place = 0
    var line = 1
    var column = 1

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        let isWide = bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff])
        let decoded = isWide ? Self.decoded(utf16: bytes) : String(decoding: bytes, as: UTF8.self)
        var scalars = Array(decoded.unicodeScalars)
        var findings: [ScriptFinding] = []
        let start = SourceMark(file: file, line: 1, column: 1)
        if isWide { findings.append(ScriptFinding(.warning, at: start, "the file is UTF-16, and neither reader understands any of it", fix: "save it as UTF-8")) }
        if !isWide, scalars.contains("\0") {
            scalars.removeAll { $0 == "\0" }
            findings.append(ScriptFinding(.warning, at: start, "the file holds NUL bytes, which initscripts pass over and NetworkManager does not", fix: "delete them"))
        }
        if scalars.first == "\u{feff}" {
            scalars.removeFirst()
            findings.append(
                ScriptFinding(
                    .warning, at: SourceMark(file: file, line: 1, column: 1),
                    "the file begins with a byte order mark, so that neither reader understands its first line", fix: "save it without"))
        }
        if let carriage = scalars.firstIndex(of: "\r") {
            let before = scalars[..<carriage]
            let line = before.count { $0 == "\n" } + 1
            let column = carriage - (before.lastIndex(of: "\n").map { $0 + 1 } ?? 0) + 1
            findings.append(
                ScriptFinding(
                    .warning, at: SourceMark(file: file, line: line, column: column),
                    "the lines end in CR LF: initscripts take the CR for a part of every value", fix: "save it with the line ends of Unix"))
            var clean: [Unicode.Scalar] = []
            for (index, scalar) in scalars.enumerated() {
                if scalar == "\r" {
                    // A CR alone ends a line too, in a file from an old Macintosh.
                    if index + 1 < scalars.count, scalars[index + 1] == "\n" { continue }
                    clean.append("\n")
                } else {
                    clean.append(scalar)
                }
            }
            scalars = clean
        }
        text = scalars
        lines = scalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var view = String.UnicodeScalarView()
            view.append(contentsOf: line)
            return String(view)
        }
        self.findings = findings
        if !isWide, String(validating: bytes, as: UTF8.self) == nil, let bad = scalars.firstIndex(of: "\u{fffd}") {
            let before = scalars[..<bad]
            warn(
                at: SourceMark(file: file, line: before.count { $0 == "\n" } + 1, column: bad - (before.lastIndex(of: "\n").map { $0 + 1 } ?? 0) + 1), 1,
                "the file is not UTF-8 here", fix: "save it as UTF-8")
        }
    }

    private static func decoded(utf16 bytes: [UInt8]) -> String {
        let isLittle = bytes[0] == 0xff
        let units = stride(from: 2, to: bytes.count - 1, by: 2).map { place in
            isLittle ? UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8 : UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])
        }
        return String(decoding: units, as: UTF16.self)
    }

    var current: Unicode.Scalar? { place < text.count ? text[place] : nil }
    var next: Unicode.Scalar? { place + 1 < text.count ? text[place + 1] : nil }
    var mark: SourceMark { SourceMark(file: file, line: line, column: column) }

    mutating func advance() {
        if current == "\n" {
            line += 1
            column = 1
        } else {
            column += 1
        }
        place += 1
    }

    mutating func warn(at mark: SourceMark, _ length: Int, _ message: String, fix: String? = nil) {
        findings.append(ScriptFinding(.warning, at: mark, length: max(length, 1), message, fix: fix))
    }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }

    static func isNameStart(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.isASCII && scalar.properties.isAlphabetic }

    static func isNamePart(_ scalar: Unicode.Scalar) -> Bool { isNameStart(scalar) || ("0"..."9").contains(scalar) }

    // MARK: Lines

    mutating func scan() {
        while let scalar = current {
            if Self.isBlank(scalar) || scalar == "\n" {
                advance()
            } else if scalar == "#" {
                skipLine()
            } else if LookAlike.ascii(for: scalar) == " " || LookAlike.ascii(for: scalar) == "" {
                warn(at: mark, 1, "\(LookAlike.name(of: scalar)) stands here, which neither reader passes over", fix: "delete it")
                advance()
            } else {
                scanCommand()
            }
        }
    }

    private mutating func skipLine() {
        while let scalar = current, scalar != "\n" { advance() }
    }

    private mutating func scanCommand() {
        let begin = place
        let mark = mark
        guard Self.isNameStart(text[place]) else { return leaveUnread(from: begin, at: mark) }
        var key = scanName()
        if key == "export", let scalar = current, Self.isBlank(scalar) {
            skipBlanks()
            warn(at: mark, 6, "NetworkManager does not take a line that begins with export", fix: "leave export out")
            key = scanName()
        }
        let equals = self.mark
        if current == "=" {
            advance()
            return finish(key, begin: begin, mark: mark)
        }
        if let scalar = current, LookAlike.ascii(for: scalar) == "=" {
            warn(at: equals, 1, "\(LookAlike.name(of: scalar)) is no equals sign, and neither reader takes the line", fix: "write =")
            advance()
            return finish(key, begin: begin, mark: mark)
        }
        if let scalar = current, Self.isBlank(scalar) {
            let saved = (place, line, column)
            skipBlanks()
            if current == "=" {
                warn(at: equals, 1, "blanks stand before '=', and neither reader takes the line", fix: "write \(key)= without blanks")
                advance()
                return finish(key, begin: begin, mark: mark)
            }
            (place, line, column) = saved
        }
        leaveUnread(from: begin, at: mark)
    }

    private mutating func finish(_ key: String, begin: Int, mark: SourceMark) {
        if let scalar = current, Self.isBlank(scalar) {
            // `KEY= value` runs a program named value; `KEY= ` and a comment are just empty.
            let blank = self.mark
            var look = place
            while look < text.count, Self.isBlank(text[look]) { look += 1 }
            if look < text.count, text[look] != "\n", text[look] != "#", text[look] != ";" {
                skipBlanks()
                warn(at: blank, 1, "a blank stands after '=', and neither reader takes the value", fix: "write it right behind the '='")
            }
        }
        let valueMark = self.mark
        let start = place
        var word = scanWord(key)
        let length = line == valueMark.line ? place - start : 1
        checkRest(key, &word, valueMark)
        assignments.append(
            Assignment(
                key: key, initscripts: word.initscripts, networkManager: word.networkManager, mark: valueMark, length: max(length, 1)))
    }

    /// What follows a value in its line.
    private mutating func checkRest(_ key: String, _ word: inout ScannedWord, _ valueMark: SourceMark) {
        skipBlanks()
        guard let scalar = current, scalar != "\n" else { return }
        if scalar == "#" { return skipLine() }
        let here = mark
        if scalar == ";" {
            advance()
            skipBlanks()
            if let following = current, following != "\n", following != "#" {
                word.networkManager = nil
                warn(at: here, 1, "NetworkManager takes no second command in a line, and so not this value", fix: "write one assignment a line")
            }
            return
        }
        word.networkManager = nil
        var end = place
        while end < text.count, text[end] != "\n" { end += 1 }
        let rest = String(String.UnicodeScalarView(text[place..<end]))
        warn(
            at: here, end - place, "the value of \(key) ends at the blank: what follows is lost to initscripts, and all of it to NetworkManager",
            fix: "put the value in quotes: \(key)=\"\(word.initscripts ?? "") \(rest)\"")
        // `A=1 B=2` are two assignments to a shell; `A=1 program` is none.
        let startsAssignment = Self.isNameStart(scalar) && rest.unicodeScalars.prefix { $0 != " " }.contains("=")
        if !startsAssignment {
            word.initscripts = nil
            leaveUnread(from: place, at: here, isReported: true)
        }
    }

    mutating func skipBlanks() {
        while let scalar = current, Self.isBlank(scalar) { advance() }
    }

    mutating func scanName() -> String {
        var name = String.UnicodeScalarView()
        while let scalar = current, Self.isNamePart(scalar) {
            name.append(scalar)
            advance()
        }
        return String(name)
    }

    /// Keeps a line that is no assignment.
    private mutating func leaveUnread(from begin: Int, at mark: SourceMark, isReported: Bool = false) {
        skipLine()
        let line = String(String.UnicodeScalarView(text[begin..<place]))
        unread.append(UnreadText(text: line, line: mark.line))
        if !isReported {
            warn(
                at: mark, place - begin, "this is no assignment: initscripts would run it, NetworkManager passes it over", fix: nil)
        }
    }

    /// A value of an assignment made earlier in this file.
    func value(of name: String) -> String?? { assignments.last { $0.key == name }.map(\.initscripts) }
}
