/// An 802.1Q VLAN id: 1 to 4094 (`IFLA_VLAN_ID`). 0 means priority tagging only, 4095 is reserved.
public struct VLANID: Hashable, Comparable, Sendable {
    /// The id as a number.
    public let number: UInt16

    /// Takes a number from 1 to 4094.
    /// - Throws: ``ValueError`` for any other number.
    public init(_ number: Int) throws(ValueError) {
        guard (1...4094).contains(number) else {
            throw ValueError("\(number) is not a VLAN id", fix: "VLAN ids go from 1 to 4094")
        }
        self.number = UInt16(number)
    }

    public static func < (left: VLANID, right: VLANID) -> Bool { left.number < right.number }
}

extension VLANID: CustomStringConvertible {
    public var description: String { String(number) }
}
