/// An address with its prefix length, such as `172.16.0.52/16`: a link's address, or a route's destination.
public struct IPNetwork: Hashable, Sendable {
    /// The address, its host part included.
    public let address: IPAddress
    /// How many leading bits name the network: 0 to 32 or 0 to 128.
    public let prefixLength: Int

    /// Joins an address and a prefix length; `nil` if the family has fewer bits.
    public init?(_ address: IPAddress, prefixLength: Int) {
        guard (0...address.family.bitWidth).contains(prefixLength) else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// Takes `ADDRESS/LENGTH`.
    /// - Throws: ``ValueError`` where either part is missing or out of range; a netmask is answered with its length.
    public init(_ text: String) throws(ValueError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let address = try IPAddress(String(parts[0]))
        guard parts.count == 2 else {
            throw ValueError("'\(text)' lacks a prefix length", fix: "write it like \(text)/\(address.family == .ipv4 ? 24 : 64)")
        }
        let tail = String(parts[1])
        let isNumber = tail.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } && (tail.count == 1 || !tail.hasPrefix("0"))
        guard isNumber, let length = Int(tail) else {
            if let mask = try? IPAddress(tail), let length = Self.length(ofMask: mask), mask.family == address.family {
                throw ValueError("'\(text)' has a netmask in place of a prefix length", fix: "write \(address)/\(length)")
            }
            throw ValueError("'\(tail)' is not a prefix length", fix: "a number from 0 to \(address.family.bitWidth)")
        }
        guard let network = IPNetwork(address, prefixLength: length) else {
            throw ValueError(
                "the prefix length \(length) is too long for \(address.family.rawValue)",
                fix: "a number from 0 to \(address.family.bitWidth)")
        }
        self = network
    }

    /// The length of a netmask whose set bits all stand in front; `nil` for others.
    public static func length(ofMask mask: IPAddress) -> Int? {
        guard case .v4(let bits) = mask else { return nil }
        let length = (~bits).leadingZeroBitCount
        return IPAddress.v4(~0).masked(to: length) == mask ? length : nil
    }

    /// The default route's destination of a family: `0.0.0.0/0` or `::/0`.
    public static func everything(_ family: IPAddress.Family) -> IPNetwork {
        IPNetwork(family == .ipv4 ? .v4(0) : .v6(0, 0), prefixLength: 0)!
    }

    /// The same prefix with the host part cleared: `172.16.0.0/16`.
    public var network: IPNetwork { IPNetwork(address.masked(to: prefixLength), prefixLength: prefixLength)! }

    /// Whether an address lies in this network.
    public func contains(_ other: IPAddress) -> Bool {
        other.family == address.family && other.masked(to: prefixLength) == address.masked(to: prefixLength)
    }

    /// Whether this is `0.0.0.0/0` or `::/0`.
    public var isEverything: Bool { prefixLength == 0 }
}

extension IPNetwork: Comparable {
    public static func < (left: IPNetwork, right: IPNetwork) -> Bool {
        (left.address, left.prefixLength) < (right.address, right.prefixLength)
    }
}

extension IPNetwork: CustomStringConvertible {
    public var description: String { "\(address)/\(prefixLength)" }
}
