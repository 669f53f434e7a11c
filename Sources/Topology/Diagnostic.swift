public import HostNetwork

/// Something to be said about a place in a topology file.
public struct Diagnostic: Hashable, Sendable {
    /// How grave it is.
    public enum Severity: String, Hashable, Sendable {
        /// The file cannot be used.
        case error
        /// The file can be used, but perhaps not as it was meant.
        case warning
    }

    /// Another place that has to do with it.
    public struct Related: Hashable, Sendable {
        /// Where it is.
        public let mark: SourceMark
        /// How many characters from there it covers.
        public let length: Int
        /// What it has to do with it.
        public let message: String
    }

    /// How grave it is.
    public let severity: Severity
    /// Where it is.
    public let mark: SourceMark
    /// How many characters from there it covers, at least 1.
    public let length: Int
    /// What is wrong, as a sentence without the final point.
    public let message: String
    /// What to write instead; `nil` where nothing better can be said.
    public let fix: String?
    /// Other places that have to do with it, such as the first of two definitions.
    public let related: [Related]

    package init(severity: Severity, mark: SourceMark, length: Int, message: String, fix: String?, related: [Related] = []) {
        self.severity = severity
        self.mark = mark
        self.length = length
        self.message = message
        self.fix = fix
        self.related = related
    }

    /// The message as a person reads it: place, line, caret, fix, and the related places; without a final line end.
    ///
    /// Carets stand right under CJK text and tabs too.
    public func rendered(source: SourceText, color: Bool) -> String {
        let paint = Paint(isOn: color)
        let head = severity == .error ? paint(.red, "error:") : paint(.magenta, "warning:")
        var text = "\(paint(.bold, mark.description + ":")) \(head) \(paint(.bold, Self.printable(message)))\n"
        text += Self.excerpt(mark, length, of: source, paint)
        if let fix { text += "  \(paint(.cyan, "fix:")) \(Self.printable(fix))\n" }
        for note in related {
            text += "\(paint(.bold, note.mark.description + ":")) \(paint(.cyan, "note:")) \(Self.printable(note.message))\n"
            text += Self.excerpt(note.mark, note.length, of: source, paint)
        }
        text.removeLast()
        return text
    }

    /// A line of the file, and below it a caret and a wave under the place.
    private static func excerpt(_ mark: SourceMark, _ length: Int, of source: SourceText, _ paint: Paint) -> String {
        let line = source.line(mark.line)
        guard !line.isEmpty else { return "" }
        let scalars = Array(line.unicodeScalars)
        let start = min(max(mark.column - 1, 0), scalars.count)
        let end = min(start + max(length, 1), scalars.count)
        // A tab stays a tab in both lines, so that they agree whatever the terminal makes of it.
        let blanks = String(String.UnicodeScalarView(scalars[..<start])).split(separator: "\t", omittingEmptySubsequences: false)
            .map { String(repeating: " ", count: printable(String($0)).displayWidth) }.joined(separator: "\t")
        let marked = printable(String(String.UnicodeScalarView(scalars[start..<end])).replacing("\t", with: " "))
        let wave = "^" + String(repeating: "~", count: max(marked.displayWidth - 1, 0))
        return "\(printable(line))\n\(blanks)\(paint(.green, wave))\n"
    }

    /// The text without what would steer a terminal: each control character but a tab as U+FFFD, one cell wide.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 != "\t" && $0.properties.generalCategory == .control }) else { return text }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            clean.append(scalar != "\t" && scalar.properties.generalCategory == .control ? "\u{fffd}" : scalar)
        }
        return String(clean)
    }
}

/// The mistakes of a topology file, all of them.
public struct TopologyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Errors and warnings in the order of the file; at least one is an error.
    public let diagnostics: [Diagnostic]
    /// The file's text, for ``Diagnostic/rendered(source:color:)``.
    public let source: SourceText

    /// All messages as a person reads them, one after the other.
    public func rendered(color: Bool) -> String {
        diagnostics.map { $0.rendered(source: source, color: color) }.joined(separator: "\n")
    }

    public var description: String { rendered(color: false) }
}

/// Colours by escape sequences, or none.
private struct Paint {
    enum Style: String {
        case bold = "1"
        case red = "1;31"
        case green = "1;32"
        case magenta = "1;35"
        case cyan = "1;36"
    }

    let isOn: Bool

    func callAsFunction(_ style: Style, _ text: String) -> String {
        isOn ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }
}

/// What has been found in one file so far.
struct Problems {
    let file: String
    private var found: [Diagnostic] = []
    private var known: Set<Diagnostic> = []

    init(file: String) { self.file = file }

    var hasErrors: Bool { found.contains { $0.severity == .error } }

    /// What has been found, in the order of the file; what stands at one place in the order it was found.
    var inFileOrder: [Diagnostic] {
        found.enumerated().sorted { left, right in
            (left.element.mark.line, left.element.mark.column, left.offset)
                < (right.element.mark.line, right.element.mark.column, right.offset)
        }.map(\.element)
    }

    mutating func error(_ span: Span, _ message: String, fix: String? = nil, related: [(Span, String)] = []) {
        add(.error, span, message, fix, related)
    }

    /// Takes over what another has found.
    mutating func add(_ other: Problems) {
        for diagnostic in other.found where known.insert(diagnostic).inserted { found.append(diagnostic) }
    }

    mutating func error(_ span: Span, _ error: ValueError) { add(.error, span, error.message, error.fix, []) }

    mutating func warning(_ span: Span, _ message: String, fix: String? = nil, related: [(Span, String)] = []) {
        add(.warning, span, message, fix, related)
    }

    private mutating func add(
        _ severity: Diagnostic.Severity, _ span: Span, _ message: String, _ fix: String?, _ related: [(Span, String)]
    ) {
        let diagnostic = Diagnostic(
            severity: severity, mark: span.mark(in: file), length: span.length, message: message, fix: fix,
            related: related.map { Diagnostic.Related(mark: $0.0.mark(in: file), length: $0.0.length, message: $0.1) })
        if known.insert(diagnostic).inserted { found.append(diagnostic) }
    }
}
