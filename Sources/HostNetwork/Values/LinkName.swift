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

    /// Stands for the host itself where a step or a note is about no link, such as a routing rule. No link can have the name,
    /// for the blank in it.
    public static let host = LinkName(kernel: "the host")
}

extension LinkName: Comparable {
    /// Orders as a person does: digits count as numbers, so `eth2` comes before `eth10`.
    public static func < (left: LinkName, right: LinkName) -> Bool {
        // Plans sort thousands of names: the bytes are compared where they lie, without a copy on the heap.
        let (first, second) = (left.text.utf8, right.text.utf8)
        return naturallyPrecedes(first.span, second.span)
    }

    private static func naturallyPrecedes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
        let shorter = min(left.count, right.count)
        var place = 0
        while place < shorter, left[place] == right[place] { place += 1 }
        // The numbers that differ here may have begun before, with digits that they share.
        var start = place
        while start > 0, isDigit(left[start - 1]) { start -= 1 }
        if start < shorter, isDigit(left[start]), isDigit(right[start]) {
            let leftNumber = number(left, from: start)
            let rightNumber = number(right, from: start)
            if leftNumber.value != rightNumber.value { return leftNumber.value < rightNumber.value }
            if leftNumber.digits != rightNumber.digits { return leftNumber.digits < rightNumber.digits }
        }
        guard place < shorter else { return left.count < right.count }
        return left[place] < right[place]
    }

    /// The number that begins here; 15 digits always fit.
    private static func number(_ text: Span<UInt8>, from begin: Int) -> (value: UInt64, digits: Int) {
        var place = begin
        var value: UInt64 = 0
        while place < text.count, text[place] >= 48, text[place] <= 57 {
            value = value &* 10 &+ UInt64(text[place] - 48)
            place += 1
        }
        return (value, place - begin)
    }
}

extension LinkName: CustomStringConvertible {
    public var description: String { text }
}
