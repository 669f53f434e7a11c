extension String {
    /// How many cells of a terminal the text takes: two for a CJK or full-width character and an emoji, none for a
    /// combining mark or a control character (a tab included: who prints tabs decides what they are).
    package var displayWidth: Int {
        if isPlainASCII { return utf8.count }
        return reduce(0) { $0 + $1.displayWidth }
    }

    /// Whether all of it is ASCII that can be printed: then a byte is a character of one cell.
    package var isPlainASCII: Bool {
        // The bytes where they lie: going along a string's own view takes several times as long, and a plan of thousands of lines is asked.
        unsafe utf8.withContiguousStorageIfAvailable { unsafe $0.allSatisfy { $0 >= 0x20 && $0 < 0x7f } } ?? utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
    }
}

extension Character {
    /// How many cells of a terminal the character takes.
    package var displayWidth: Int {
        let scalars = unicodeScalars
        guard scalars.count > 1 else { return scalars.first!.displayWidth }
        // An emoji sequence (joined, coloured, a flag, or made an emoji by U+FE0F) is one picture of two cells.
        let isSequence = scalars.contains {
            $0.value == 0x200d || $0.value == 0xfe0f || $0.properties.isEmojiModifier || (0x1f1e6...0x1f1ff).contains($0.value)
        }
        if isSequence, scalars.first!.properties.isEmoji { return 2 }
        return scalars.reduce(0) { $0 + $1.displayWidth }
    }
}

extension Unicode.Scalar {
    /// How many cells of a terminal the scalar takes when it stands alone.
    package var displayWidth: Int {
        if value >= 0x20 && value < 0x7f { return 1 }
        switch properties.generalCategory {
        case .control, .format, .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator: return 0
        default: break
        }
        // The vowels and final consonants of Hangul join the syllable before them.
        if (0x1160...0x11ff).contains(value) { return 0 }
        return properties.isEmojiPresentation || isEastAsianWide ? 2 : 1
    }

    /// Wide or full-width by Unicode's EastAsianWidth.txt, apart from emoji, which have a property of their own.
    private var isEastAsianWide: Bool {
        guard value >= 0x1100 else { return false }
        var low = 0
        var high = Self.wide.count
        while low < high {
            let middle = (low + high) / 2
            if Self.wide[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < Self.wide.count && Self.wide[low].contains(value)
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x3247, 0x3250...0xa4c6, 0xa960...0xa97c, 0xac00...0xd7a3,
        0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x16ff6, 0x17000...0x18d08,
        0x1aff0...0x1b2fb, 0x1f200...0x1f265, 0x20000...0x2fffd, 0x30000...0x3fffd,
    ]
}
