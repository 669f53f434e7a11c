#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An IPv4 or IPv6 address, without prefix length or zone.
public enum IPAddress: Hashable, Sendable {
    /// An IPv4 address; the first byte on the wire is the highest.
    case v4(UInt32)
    /// An IPv6 address as its two halves, the first on the wire first.
    case v6(UInt64, UInt64)

    /// An address family.
    public enum Family: String, Hashable, Sendable, CaseIterable, Comparable {
        /// IPv4 (`AF_INET`).
        case ipv4 = "IPv4"
        /// IPv6 (`AF_INET6`).
        case ipv6 = "IPv6"

        /// The number of bits of an address: 32 or 128.
        public var bitWidth: Int { self == .ipv4 ? 32 : 128 }

        public static func < (left: Family, right: Family) -> Bool { left == .ipv4 && right == .ipv6 }
    }

    /// Takes `192.0.2.1` or `2001:db8::1`.
    /// - Throws: ``ValueError`` for any other text, a prefix length or a zone included.
    public init(_ text: String) throws(ValueError) {
        var buffer = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &buffer) == 1 {
            self = IPAddress(bytes: buffer[0..<4])!
        } else if unsafe inet_pton(AF_INET6, text, &buffer) == 1 {
            self = IPAddress(bytes: buffer[0..<16])!
        } else {
            throw ValueError("'\(text)' is not an IP address", fix: "write it like 192.0.2.1 or 2001:db8::1")
        }
    }

    /// Takes 4 or 16 bytes in the order of the wire; `nil` for any other count.
    public init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self = .v6(
                bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    /// The family that the address belongs to.
    public var family: Family {
        switch self {
        case .v4: .ipv4
        case .v6: .ipv6
        }
    }

    /// The bytes in the order of the wire: 4 or 16.
    public var bytes: [UInt8] {
        switch self {
        case .v4(let bits): (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * $0)) }
        case .v6(let high, let low):
            (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
                + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * $0)) }
        }
    }

    /// The address with every bit after the first `length` cleared.
    public func masked(to length: Int) -> IPAddress {
        switch self {
        case .v4(let bits): return .v4(length == 0 ? 0 : bits & ~0 << UInt32(32 - length))
        case .v6(let high, let low):
            if length >= 64 { return .v6(high, length == 64 ? 0 : low & ~0 << UInt64(128 - length)) }
            return .v6(length == 0 ? 0 : high & ~0 << UInt64(64 - length), 0)
        }
    }

    /// `fe80::/10`: an address that means something on one link only.
    public var isIPv6LinkLocal: Bool {
        if case .v6(let high, _) = self { high >> 54 == 0xfe80 >> 6 } else { false }
    }

    /// `224.0.0.0/4` or `ff00::/8`.
    public var isMulticast: Bool {
        switch self {
        case .v4(let bits): bits >> 28 == 0xe
        case .v6(let high, _): high >> 56 == 0xff
        }
    }

    /// `0.0.0.0` or `::`.
    public var isUnspecified: Bool { self == .v4(0) || self == .v6(0, 0) }
}

extension IPAddress: Comparable {
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        switch (left, right) {
        case (.v4(let a), .v4(let b)): a < b
        case (.v6(let a, let b), .v6(let c, let d)): (a, b) < (c, d)
        case (.v4, .v6): true
        case (.v6, .v4): false
        }
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .v4: return bytes.map { String($0) }.joined(separator: ".")
        case .v6:
            var text = [CChar](repeating: 0, count: 64)
            let written = unsafe bytes.withUnsafeBytes { source in
                unsafe inet_ntop(AF_INET6, source.baseAddress, &text, 64) != nil
            }
            precondition(written, "inet_ntop takes every IPv6 address")
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
