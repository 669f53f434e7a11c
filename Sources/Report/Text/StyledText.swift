internal import HostNetwork

/// What a piece of text is, from which its colour follows.
enum Tone: String {
    case plain = ""
    case bold = "1"
    case dim = "2"
    case added = "32"
    case changed = "33"
    case removed = "31"
    case alarm = "1;31"
}

/// One line's worth of text whose pieces have tones: it knows its width whether or not it will be coloured.
struct StyledText {
    private var pieces: [(tone: Tone, text: String)] = []
    /// How many cells it takes.
    private(set) var width = 0

    init() {}

    init(_ text: String, _ tone: Tone = .plain) { append(text, tone) }

    /// Adds a piece; what would steer a terminal is made visible.
    mutating func append(_ text: String, _ tone: Tone = .plain) {
        guard !text.isEmpty else { return }
        // Nearly everything, which is looked at once.
        if text.isPlainASCII {
            pieces.append((tone, text))
            width += text.utf8.count
            return
        }
        let text = text.printable
        pieces.append((tone, text))
        width += text.displayWidth
    }

    mutating func append(_ other: StyledText) {
        pieces += other.pieces
        width += other.width
    }

    /// Adds blanks until a column is reached; none where the text is past it.
    mutating func pad(to column: Int) {
        if width < column { append(String(blanks: column - width)) }
    }

    /// The text as it is printed, without blanks at its end.
    func rendered(_ style: Style) -> String {
        var pieces = self.pieces
        while let last = pieces.last {
            let blanks = last.text.utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count
            let trimmed = String(last.text.dropLast(blanks))
            pieces.removeLast()
            if trimmed.isEmpty { continue }
            pieces.append((last.tone, trimmed))
            break
        }
        return pieces.reduce(into: "") { line, piece in
            line += style.color && piece.tone != .plain ? "\u{1b}[\(piece.tone.rawValue)m\(piece.text)\u{1b}[0m" : piece.text
        }
    }
}

extension String {
    /// The text without what steers a terminal or turns its reading direction: such characters are written as `\n` or
    /// `\u{1b}`. A link's description can hold any bytes.
    var printable: String {
        if isPlainASCII { return self }
        guard unicodeScalars.contains(where: { $0.isUnsafeToPrint }) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where scalar.isUnsafeToPrint: text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    /// The text, padded with blanks to a number of cells.
    func padded(to width: Int) -> String {
        self + String(blanks: max(0, width - displayWidth))
    }

    /// So many blanks.
    init(blanks count: Int) { self.init(decoding: repeatElement(UInt8(ascii: " "), count: count), as: UTF8.self) }

    /// The text broken between words, so that no line is wider than `width`, unless one word is.
    func wrapped(to width: Int?) -> [String] {
        guard let width, displayWidth > width else { return [self] }
        return split(separator: " ", omittingEmptySubsequences: true).map { String($0) }.wrapped(to: width, separator: " ")
    }
}

extension [String] {
    /// The items joined with a separator, and broken after it so that no line is wider than `width`, unless one item is.
    func wrapped(to width: Int, separator: String) -> [String] {
        let tail = String(separator.reversed().drop { $0 == " " }.reversed())
        var lines: [String] = []
        var line = ""
        var lineWidth = 0
        for (place, item) in enumerated() {
            let isLast = place == count - 1
            let itemWidth = item.displayWidth + (isLast ? 0 : tail.displayWidth)
            if place > 0, lineWidth + separator.displayWidth - tail.displayWidth + itemWidth > width {
                lines.append(line)
                line = ""
                lineWidth = 0
            } else if place > 0 {
                let blanks = String(separator.dropFirst(tail.count))
                line += blanks
                lineWidth += blanks.displayWidth
            }
            line += item + (isLast ? "" : tail)
            lineWidth += itemWidth
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }
}

extension Unicode.Scalar {
    /// Control characters, line ends of every kind, and the marks that turn the direction of writing.
    fileprivate var isUnsafeToPrint: Bool {
        if value >= 0x20 && value < 0x7f { return false }
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
        default: return properties.isBidiControl
        }
    }
}
