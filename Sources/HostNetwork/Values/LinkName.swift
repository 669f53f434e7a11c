/// The name of a link as the kernel takes it: 1 to 15 bytes, without `/`, `:` or blanks, and neither `.` nor `..`.
///
/// The kernel's rule is `dev_valid_name()` in `net/core/dev.c`; `IFNAMSIZ` counts the final zero.
///
/// A plan for thousands of links looks names up and sorts them all the time. So a name is its bytes in two numbers, which are
/// copied, compared and hashed as such, and becomes a string only where somebody reads it.
public struct LinkName: Hashable, Sendable {
    /// The first eight bytes and the next seven, each from the top; what is not used is zero.
    private let head: UInt64
    private let tail: UInt64

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
        // Nearly every name: what follows would find nothing in it, and takes its time.
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }) {
            self.init(kernel: text)
            return
        }
        for scalar in text.unicodeScalars where scalar == "/" || scalar == ":" || scalar.properties.isWhitespace {
            let shown = scalar.properties.isWhitespace ? "a blank" : "'\(scalar)'"
            throw ValueError("the name '\(text)' contains \(shown), which the kernel refuses")
        }
        if let control = text.unicodeScalars.first(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            throw ValueError("the name contains the control character U+\(String(control.value, radix: 16))")
        }
        self.init(kernel: text)
    }

    /// Takes a name that the kernel itself gave, which needs no check. What is longer than any name of the kernel's, such as one that
    /// is no UTF-8 and has been repaired, is kept shortened, with an ellipsis.
    package init(kernel text: String) {
        var (head, tail): (UInt64, UInt64) = (0, 0)
        var place = 0
        for byte in (text.utf8.count <= Self.maximumLength ? text : Self.shortened(text)).utf8 {
            if place < 8 { head |= UInt64(byte) << (56 - 8 * place) } else { tail |= UInt64(byte) << (120 - 8 * place) }
            place += 1
        }
        self.head = head
        self.tail = tail
    }

    private static func shortened(_ text: String) -> String {
        let ellipsis = "…"
        var short = ""
        for scalar in text.unicodeScalars {
            guard short.utf8.count + scalar.utf8.count + ellipsis.utf8.count <= maximumLength else { break }
            short.unicodeScalars.append(scalar)
        }
        return short + ellipsis
    }

    /// What dictionaries and sets of names ask for. A plan looks names up a hundred times for each link, and the general hash, which
    /// withstands an attacker who chooses the keys, would be a sixth of its time; whoever may name links needs no such attack.
    public func _rawHashValue(seed: Int) -> Int {
        let product = (head ^ UInt64(truncatingIfNeeded: seed) ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: tail ^ 0xe703_7ed1_a0b4_28db)
        return Int(truncatingIfNeeded: product.high ^ product.low)
    }

    /// The name itself.
    public var text: String {
        unsafe withUnsafeBytes(of: (head.bigEndian, tail.bigEndian)) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Stands for the host itself where a step or a note is about no link, such as a routing rule. No link can have the name,
    /// for the blank in it.
    public static let host = LinkName(kernel: "the host")
}

extension LinkName: Comparable {
    /// Orders as a person does: digits count as numbers, so `eth2` comes before `eth10`.
    public static func < (left: LinkName, right: LinkName) -> Bool {
        guard left != right else { return false }
        let place = (left.head != right.head ? (left.head ^ right.head).leadingZeroBitCount : 64 + (left.tail ^ right.tail).leadingZeroBitCount) / 8
        // The numbers that differ here may have begun before, with digits that they share.
        var start = place
        while start > 0, left.hasDigit(at: start &- 1) { start &-= 1 }
        if left.hasDigit(at: start), right.hasDigit(at: start) {
            let (leftEnd, rightEnd) = (left.endOfDigits(from: place), right.endOfDigits(from: place))
            // Without zeros in front, the longer number is the larger, and of two that are as long the bytes decide.
            if left.byte(start) == 48 || right.byte(start) == 48 {
                let (leftValue, rightValue) = (left.number(start..<leftEnd), right.number(start..<rightEnd))
                if leftValue != rightValue { return leftValue < rightValue }
            }
            if leftEnd != rightEnd { return leftEnd < rightEnd }
        }
        return left.byte(place) < right.byte(place)
    }

    /// A byte of the name by its place, 0 to 15; zero after its end.
    @inline(__always)
    private func byte(_ place: Int) -> UInt8 {
        // The shift counts modulo 64, so that it begins anew with the tail.
        UInt8(truncatingIfNeeded: (place < 8 ? head : tail) &>> UInt64(truncatingIfNeeded: 56 &- 8 &* place))
    }

    @inline(__always)
    private func hasDigit(at place: Int) -> Bool { byte(place) &- 48 < 10 }

    @inline(__always)
    private func endOfDigits(from begin: Int) -> Int {
        var place = begin
        while hasDigit(at: place) { place &+= 1 }
        return place
    }

    /// The number at the name's end, and the name without it; `nil` where it ends with none, or with one that is written with zeros in front.
    var numbered: (stem: LinkName, number: Int)? {
        let end = tail != 0 ? 16 &- tail.trailingZeroBitCount / 8 : 8 &- head.trailingZeroBitCount / 8
        var start = end
        while start > 0, hasDigit(at: start &- 1) { start &-= 1 }
        guard start < end, end == start &+ 1 || byte(start) != 48 else { return nil }
        let kept = (start < 8 ? ~(UInt64.max >> (8 * start)) : .max, start <= 8 ? 0 : ~(UInt64.max >> (8 * (start - 8))))
        return (LinkName(head: head & kept.0, tail: tail & kept.1), Int(number(start..<end)))
    }

    private init(head: UInt64, tail: UInt64) {
        self.head = head
        self.tail = tail
    }

    /// The number in some digits; 15 always fit.
    private func number(_ digits: Range<Int>) -> UInt64 { digits.reduce(0) { $0 * 10 + UInt64(byte($1) - 48) } }
}

extension LinkName: CustomStringConvertible {
    public var description: String { text }
}
