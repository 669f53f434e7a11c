/// The name of a link as the kernel takes it: 1 to 15 bytes, without `/`, `:` or blanks, and neither `.` nor `..`.
///
/// The kernel's rule is `dev_valid_name()` in `net/core/dev.c`; `IFNAMSIZ` counts the final zero.
public struct LinkName: Hashable, Sendable {
    /// The name itself. At 15 bytes it never leaves Swift's inline string, so a name costs no allocation.
    public let text: String

    /// The most bytes that a link's name can have (`IFNAMSIZ - 1`).
    public static let maximumLength = 15

    /// Takes a name if the kernel would.
    /// - Throws: ``ValueError`` that says which rule is broken.
    public init(_ text: String) throws(ValueError) {
        let length = text.utf8.count
        guard length > 0 else { throw ValueError("a link's name is empty") }
        guard length <= Self.maximumLength else {
            throw ValueError("the name '\(text)' has \(length) bytes; the kernel takes \(Self.maximumLength)")
        }
        guard text != ".", text != ".." else { throw ValueError("'\(text)' cannot be a link's name") }
        for scalar in text.unicodeScalars where scalar == "/" || scalar == ":" || scalar.properties.isWhitespace {
            let shown = scalar.properties.isWhitespace ? "a blank" : "'\(scalar)'"
            throw ValueError("the name '\(text)' contains \(shown), which the kernel refuses")
        }
        if let control = text.unicodeScalars.first(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            throw ValueError("the name contains the control character U+\(String(control.value, radix: 16))")
        }
        self.text = text
    }

    /// Takes a name that the kernel itself gave, which needs no check.
    package init(kernel text: String) { self.text = text }
}

extension LinkName: Comparable {
    /// Orders as a person does: digits count as numbers, so `eth2` comes before `eth10`.
    public static func < (left: LinkName, right: LinkName) -> Bool {
        naturallyPrecedes(Array(left.text.utf8), Array(right.text.utf8))
    }

    private static func naturallyPrecedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        var i = 0
        var j = 0
        func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
        while i < left.count, j < right.count {
            guard isDigit(left[i]), isDigit(right[j]) else {
                if left[i] != right[j] { return left[i] < right[j] }
                i += 1
                j += 1
                continue
            }
            let leftEnd = left[i...].firstIndex { !isDigit($0) } ?? left.count
            let rightEnd = right[j...].firstIndex { !isDigit($0) } ?? right.count
            let leftDigits = left[i..<leftEnd].drop { $0 == 48 }
            let rightDigits = right[j..<rightEnd].drop { $0 == 48 }
            if leftDigits.count != rightDigits.count { return leftDigits.count < rightDigits.count }
            if !leftDigits.elementsEqual(rightDigits) { return leftDigits.lexicographicallyPrecedes(rightDigits) }
            if leftEnd - i != rightEnd - j { return leftEnd - i < rightEnd - j }
            i = leftEnd
            j = rightEnd
        }
        return left.count - i < right.count - j
    }
}

extension LinkName: CustomStringConvertible {
    public var description: String { text }
}
