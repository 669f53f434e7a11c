/// A value as both readers take it for just that value: initscripts by sourcing the file in a shell, NetworkManager by rules of
/// its own.
enum ShellWord {
    /// The value, in double quotes unless it is plain.
    ///
    /// Within double quotes `"`, `\`, `$` and the backquote are escaped; nothing else has a meaning to either reader there.
    static func quoted(_ value: String) -> String {
        if !value.isEmpty, value.utf8.allSatisfy({ isPlain($0) }) { return value }
        var word = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" || scalar == "\\" || scalar == "$" || scalar == "`" { word.unicodeScalars.append("\\") }
            word.unicodeScalars.append(scalar)
        }
        return word + "\""
    }

    /// Whether a value can stand in one line: neither reader takes a line break inside of quotes, nor a NUL.
    static func isOneLine(_ value: String) -> Bool {
        !value.unicodeScalars.contains { $0 == "\n" || $0 == "\r" || $0 == "\0" }
    }

    /// `[A-Za-z0-9_./:,@%+=-]`
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+")...UInt8(ascii: ":"),
            UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
