/// How the kernel makes a link's IPv6 link-local address (`IN6_ADDR_GEN_MODE_*`).
///
/// ``none`` does not mean that the link has no IPv6: a router's advertisement gives it an address all the same.
public enum AddressGeneration: UInt8, Hashable, Sendable, CaseIterable {
    /// Of the MAC address. The kernel's default.
    case eui64 = 0
    /// Not at all.
    case none = 1
    /// Of a secret (`stable_secret`), which must have been set.
    case stableSecret = 2
    /// Of a secret that the kernel makes up.
    case random = 3

    /// The name that `ip` uses.
    public var name: String {
        switch self {
        case .eui64: "eui64"
        case .none: "none"
        case .stableSecret: "stable_secret"
        case .random: "random"
        }
    }

    /// Takes a name as `ip` prints it.
    public init?(name: String) {
        guard let mode = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = mode
    }
}
