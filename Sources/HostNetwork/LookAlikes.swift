/// Characters that look like what a file's syntax wants and are not: pasted from a page, or typed with a Chinese or Japanese keyboard.
package enum LookAlike {
    /// The ASCII character to write in place of a scalar, empty where it is to be deleted; `nil` for all that is innocent.
    package static func ascii(for scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case ..<0xa0: nil
        // The full-width forms stand in the order of ASCII.
        case 0xff01...0xff5e: String(UnicodeScalar(UInt8(scalar.value - 0xfee0)))
        default: others[scalar]
        }
    }

    /// How a message names a scalar: `'：' (U+FF1A)`, or the number alone for one that cannot be seen.
    package static func name(of scalar: Unicode.Scalar) -> String {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        let number = "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
        switch scalar.properties.generalCategory {
        case .spaceSeparator: return "a blank that is not the ASCII one (\(number))"
        case .format, .control: return "an invisible character (\(number))"
        default: return "'\(scalar)' (\(number))"
        }
    }

    private static let others: [Unicode.Scalar: String] = {
        var table: [Unicode.Scalar: String] = [:]
        func add(_ scalars: String, _ ascii: String) {
            for scalar in scalars.unicodeScalars { table[scalar] = ascii }
        }
        add("“”„‟″〝〞「」『』«»", "\"")
        add("‘’‚‛′", "'")
        add("、", ",")
        add("。｡", ".")
        add("【〔", "[")
        add("】〕", "]")
        add("｛", "{")
        add("｝", "}")
        add("‐‑‒–—―−", "-")
        add("\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}", " ")
        add("\u{202f}\u{205f}\u{3000}", " ")
        add("\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2060}\u{feff}", "")
        return table
    }()
}
