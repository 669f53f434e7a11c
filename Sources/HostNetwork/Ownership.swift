/// The marks by which weft knows its own work in the kernel. What carries none is foreign.
public enum Ownership {
    /// The link group of every link that weft made or adopted (`IFLA_GROUP`): "weft" in ASCII.
    public static let group: UInt32 = 2_003_134_068
    /// The group that links are moved to for their deletion in one message; it counts as weft's.
    public static let scratchGroup: UInt32 = 2_003_134_069
    /// The origin of weft's routes (`RTA_PROTOCOL`) and addresses (`IFA_PROTO`): "w" in ASCII, free in `rt_protos`.
    public static let originNumber: UInt8 = 119

    /// Whether a link of this group is weft's.
    public static func owns(group: UInt32) -> Bool { group == Self.group || group == scratchGroup }
}
