internal import HostNetwork

/// A topology file's text in lines, so that a message can show the line it is about.
public struct SourceText: Hashable, Sendable {
    /// The file's name as it was given.
    public let file: String
    /// The lines without their ends, and without a byte order mark in front.
    public let lines: [String]

    /// Splits a text at every line end that YAML knows: LF, CR LF, CR, NEL, LS and PS.
    public init(_ text: String, file: String) {
        self.file = file
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars.drop(while: { $0 == "\u{feff}" }) {
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                lines.append(String(line))
                line = String.UnicodeScalarView()
            default: line.append(scalar)
            }
            previous = scalar
        }
        if !line.isEmpty { lines.append(String(line)) }
        self.lines = lines
    }

    /// Takes lines that another reader has split.
    package init(file: String, lines: [String]) {
        self.file = file
        self.lines = lines
    }

    /// The text of a line, from 1; empty past the end.
    public func line(_ number: Int) -> String {
        lines.indices.contains(number - 1) ? lines[number - 1] : ""
    }
}

/// A stretch of one line: where a key or a value stands. Line and column count from 1, columns in Unicode scalars.
struct Span: Hashable {
    var line: Int
    var column: Int
    var length: Int

    init(line: Int, column: Int, length: Int = 1) {
        self.line = line
        self.column = column
        self.length = length
    }

    func mark(in file: String) -> SourceMark { SourceMark(file: file, line: line, column: column) }
}

extension Span: Comparable {
    static func < (left: Span, right: Span) -> Bool { (left.line, left.column) < (right.line, right.column) }
}
