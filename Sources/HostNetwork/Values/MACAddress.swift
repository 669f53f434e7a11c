/// A 48-bit Ethernet address (`IFLA_ADDRESS`).
public struct MACAddress: Hashable, Sendable {
    /// The address as a number: the first byte on the wire is the highest of the low 48 bits.
    public let bits: UInt64

    /// Takes six bytes in the order of the wire; `nil` for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        bits = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Takes `52:54:00:12:34:56` or `52-54-00-12-34-56`, in either case.
    /// - Throws: ``ValueError`` for any other text.
    public init(_ text: String) throws(ValueError) {
        let fields = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        let bytes = fields.compactMap { field in
            field.utf8.count == 2 && field.allSatisfy(\.isHexDigit) ? UInt8(field, radix: 16) : nil
        }
        guard fields.count == 6, bytes.count == 6, let address = MACAddress(bytes: bytes) else {
            throw ValueError("'\(text)' is not a MAC address", fix: "six bytes such as 52:54:00:12:34:56")
        }
        self = address
    }

    /// The six bytes in the order of the wire.
    public var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: bits >> (40 - 8 * $0)) } }

    /// A locally administered address made of this one and a link's name: always the same for the same two.
    public func locallyAdministered(for name: LinkName) -> MACAddress {
        // FNV-1a, folded to the 46 bits that are free.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes + Array(name.text.utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let folded = (hash ^ hash >> 48) & 0xffff_ffff_ffff
        return MACAddress(bits: folded & ~(1 << 40) | 1 << 41)
    }

    /// Takes the low 48 bits of a number.
    package init(bits: UInt64) { self.bits = bits & 0xffff_ffff_ffff }

    /// `00:00:00:00:00:00`: none.
    public static let zero = MACAddress(bits: 0)

    /// A group address, which no link can have as its own.
    public var isMulticast: Bool { bits >> 40 & 1 == 1 }

    /// `00:00:00:00:00:00`, which no link can have as its own.
    public var isZero: Bool { bits == 0 }
}

extension MACAddress: CustomStringConvertible {
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)], UInt8(ascii: ":")] }
        return String(decoding: text.dropLast(), as: UTF8.self)
    }
}
