/// Text as a YAML scalar that every reader takes for just that text.
///
/// Plain is only what no version of YAML takes for anything else: `on`, `1e3`, `0x10`, `null`, `52:54:00:12:34:56` (a number to
/// base 60) and all that begins with neither a letter nor an IPv4 address are put in quotes.
enum YAMLScalar {
    /// A name, an address, an option's word.
    static func word(_ text: String) -> String {
        isPlain(text) ? text : quoted(text) { $0.isASCII || $0.isLetterOfPlainForm }
    }

    /// A text for people, such as a description: it stays as readable as quotes allow.
    static func freeText(_ text: String) -> String {
        isPlain(text) ? text : quoted(text) { _ in true }
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.allSatisfy({ isWordByte($0) }) else { return false }
        if isLetter(first) { return !reserved.contains(text.lowercased()) }
        return isIPv4(text)
    }

    /// `172.16.0.1` and `172.16.0.0/16`: three points make it no number.
    private static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let fields = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        return fields.count == 4 && (fields + parts.dropFirst()).allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    private static func isLetter(_ byte: UInt8) -> Bool { byte >= 65 && byte <= 90 || byte >= 97 && byte <= 122 }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == 45 || byte == 46 || byte == 95 || byte == 43 || byte == 47
    }

    private static let reserved: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "nan", "inf"]

    private static func quoted(_ text: String, _ staysAsIs: (Unicode.Scalar) -> Bool) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case _ where scalar.isPrintableInYAML && staysAsIs(scalar): quoted.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x100: quoted += "\\x" + hex(scalar, 2)
            case _ where scalar.value < 0x10000: quoted += "\\u" + hex(scalar, 4)
            default: quoted += "\\U" + hex(scalar, 8)
            }
        }
        return quoted + "\""
    }

    private static func hex(_ scalar: Unicode.Scalar, _ digits: Int) -> String {
        let text = String(scalar.value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

extension Unicode.Scalar {
    /// Neither a control or format character nor a blank other than ASCII's.
    fileprivate var isPrintableInYAML: Bool {
        if isASCII { return value >= 0x20 && value != 0x7f }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
        default: return true
        }
    }

    /// A letter, digit or mark that cannot be mistaken for an ASCII one (full-width forms can).
    fileprivate var isLetterOfPlainForm: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .nonspacingMark,
            .spacingMark:
            !(0xff00...0xffef).contains(value)
        default: false
        }
    }
}
