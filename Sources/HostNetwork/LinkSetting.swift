/// A setting of one link's own under `/proc/sys/net`, such as `net.ipv4.conf.web.rp_filter`.
public struct LinkSetting: Hashable, Codable, Sendable {
    /// The kernel's families of such settings.
    public enum Family: String, Hashable, Codable, Sendable, CaseIterable {
        /// `net.ipv4.conf.LINK`.
        case ipv4 = "ipv4/conf"
        /// `net.ipv6.conf.LINK`.
        case ipv6 = "ipv6/conf"
        /// `net.ipv4.neigh.LINK`.
        case ipv4Neighbours = "ipv4/neigh"
        /// `net.ipv6.neigh.LINK`.
        case ipv6Neighbours = "ipv6/neigh"

        /// The directory of a link's settings; that of `default` has what a new link gets.
        public func directory(of link: String) -> String { "/proc/sys/net/\(rawValue)/\(link)" }

        /// What is no setting of its own: another name of one, or something of which weft knows by another way (`ipv6: false`,
        /// `addr_gen_mode`).
        public var passedOver: Set<String> {
            switch self {
            case .ipv4: []
            case .ipv6: ["disable_ipv6", "addr_gen_mode", Self.secret]
            case .ipv4Neighbours, .ipv6Neighbours: ["base_reachable_time", "retrans_time", "unres_qlen"]
            }
        }

        /// Out of which a link makes its addresses in the mode `stable_secret`: never brought along, as it is a secret.
        public static let secret = "stable_secret"
    }

    /// Which of the kernel's families it belongs to.
    public let family: Family
    /// Its name there.
    public let key: String
    /// Its value as the kernel prints it.
    public let value: String

    /// Joins the parts; `nil` where the key cannot be the name of a setting.
    public init?(_ family: Family, _ key: String, _ value: String) {
        func isPlain(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") } }
        guard isPlain(key), isPlain(value), key != ".", key != ".." else { return nil }
        self.family = family
        self.key = key
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        let read = LinkSetting(
            try keys.decode(Family.self, forKey: .family), try keys.decode(String.self, forKey: .key), try keys.decode(String.self, forKey: .value))
        guard let read else { throw decoder.corrupt("no setting has such a name or value") }
        self = read
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case family, key, value }

    /// Its file, for a link.
    public func path(of link: LinkName) -> String { "\(family.directory(of: link.text))/\(key)" }

    /// The setting in the words of `sysctl`, without the link.
    public var display: String { "net.\(family.rawValue.replacing("/", with: ".")) \(key)=\(value)" }

    /// The largest IPv6 packet, which cannot exceed the link's own MTU; `nil` for every other setting.
    public var mtu: UInt32? { family == .ipv6 && key == "mtu" ? UInt32(value) : nil }
}
