internal import CLinux

/// A routing rule (`RTM_NEWRULE`, `ip rule`): which packets are looked up in which table.
///
/// The kernel goes through its rules by ``priority``, lowest first, and takes the first route that one of them leads to.
public struct Rule: Hashable, Sendable {
    /// What becomes of a packet that the rule is about (`fib_rule_hdr.action`).
    public enum Action: Hashable, Sendable {
        /// A route is looked for in a table (`FR_ACT_TO_TBL`).
        case lookup(table: UInt32)
        /// It is dropped in silence (`FR_ACT_BLACKHOLE`).
        case blackhole
        /// It is refused with "network unreachable" (`FR_ACT_UNREACHABLE`).
        case unreachable
        /// It is refused with "administratively prohibited" (`FR_ACT_PROHIBIT`).
        case prohibit
        /// One that a topology file has no word for, by its number: goto, nop.
        case other(UInt8)
    }

    /// A firewall mark and the bits of it that count (`FRA_FWMARK`, `FRA_FWMASK`).
    public struct Mark: Hashable, Sendable {
        /// The mark.
        public var value: UInt32
        /// The bits that are compared; all of them unless said.
        public var mask: UInt32

        /// Joins the parts.
        public init(_ value: UInt32, mask: UInt32 = .max) {
            self.value = value
            self.mask = mask
        }
    }

    /// The family of the packets.
    public var family: IPAddress.Family
    /// The place among the rules, lowest first (`FRA_PRIORITY`).
    public var priority: UInt32
    /// Whether the rule is about all packets but those that it describes (`FIB_RULE_INVERT`).
    public var isInverted = false
    /// Where the packets come from (`FRA_SRC`); `nil` is anywhere.
    public var source: IPNetwork?
    /// Where they go to (`FRA_DST`); `nil` is anywhere.
    public var destination: IPNetwork?
    /// The link that they came in by (`FRA_IIFNAME`); `lo` are the host's own. It need not exist.
    public var inputLink: LinkName?
    /// The link that their socket is bound to (`FRA_OIFNAME`). It need not exist.
    public var outputLink: LinkName?
    /// Their firewall mark.
    public var mark: Mark?
    /// Their type of service, without the two bits of ECN (`fib_rule_hdr.tos`); 0 is any.
    public var tos: UInt8 = 0
    /// Their protocol (`FRA_IP_PROTO`), such as 6 for TCP.
    public var ipProtocol: UInt8?
    /// Their source ports (`FRA_SPORT_RANGE`).
    public var sourcePorts: ClosedRange<UInt16>?
    /// Their destination ports (`FRA_DPORT_RANGE`).
    public var destinationPorts: ClosedRange<UInt16>?
    /// What becomes of them.
    public var action: Action
    /// Routes that are no more specific than this are passed over (`FRA_SUPPRESS_PREFIXLEN`): 0 passes over default routes.
    public var suppressedPrefixLength: Int?
    /// Who made the rule (`FRA_PROTOCOL`).
    public var origin: UInt8
    /// Whether the kernel told something of it that weft does not keep: such a rule can be shown, but not made again.
    public var hasUnknownAttributes = false
    /// Where the file speaks of the rule. Wanted only, and no part of what the rule is.
    public var sourceMark: SourceMark?

    /// A rule of weft's about every packet of a family.
    public init(_ family: IPAddress.Family, priority: UInt32, _ action: Action) {
        self.family = family
        self.priority = priority
        self.action = action
        origin = Ownership.originNumber
    }

    /// Whether weft made the rule.
    public var isOwned: Bool { origin == Ownership.originNumber }

    /// Whether the kernel made the rule by itself (`RTPROT_KERNEL`): those of the tables local, main and default.
    public var isKernelMade: Bool { origin == UInt8(RTPROT_KERNEL) }

    /// The table that is looked into; `nil` for other actions.
    public var table: UInt32? {
        if case .lookup(let table) = action { table } else { nil }
    }

    /// The rule without what does not tell it from others: the kernel makes no two rules that are alike in the rest.
    public var identity: Rule {
        var identity = self
        identity.origin = 0
        identity.sourceMark = nil
        return identity
    }

    /// The priority of the first rule that is given none, and the distance to the next: the rules stand in the order of the file,
    /// before those that `ip rule` adds, and before the main table's, 32766.
    public static let firstUnsaidPriority: UInt32 = 10_000
    public static let unsaidPriorityStep: UInt32 = 10

    /// Orders rules as the kernel goes through them, and those of one priority by what they say.
    public static func goesBefore(_ left: Rule, _ right: Rule) -> Bool {
        if left.family != right.family { return left.family < right.family }
        return left.priority == right.priority ? left.display < right.display : left.priority < right.priority
    }

    /// The rule as `ip rule` writes it: `100: from 192.0.2.0/24 lookup 100`.
    public var display: String {
        var words = ["\(priority):"]
        if family == .ipv6, source == nil, destination == nil { words.append("(IPv6)") }
        if isInverted { words.append("not") }
        words.append("from \(source.map { $0.description } ?? "all")")
        if let destination { words.append("to \(destination)") }
        if tos != 0 { words.append("tos 0x\(String(tos, radix: 16))") }
        if let mark { words.append("fwmark \(mark.display)") }
        if let inputLink { words.append("iif \(inputLink)") }
        if let outputLink { words.append("oif \(outputLink)") }
        if let ipProtocol { words.append("ipproto \(Self.protocolName(ipProtocol))") }
        if let sourcePorts { words.append("sport \(sourcePorts.display)") }
        if let destinationPorts { words.append("dport \(destinationPorts.display)") }
        switch action {
        case .lookup(let table): words.append("lookup \(Route.tableName(table))")
        case .blackhole, .unreachable, .prohibit: words.append(action.word)
        case .other: words.append("action \(action.word)")
        }
        if let suppressedPrefixLength { words.append("suppress_prefixlength \(suppressedPrefixLength)") }
        return words.joined(separator: " ")
    }

    /// The protocols that a rule may name in words (`/etc/protocols`).
    public static let protocolNames: [String: UInt8] = [
        "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "ipv6-icmp": 58, "ospf": 89, "vrrp": 112, "sctp": 132,
    ]

    /// A protocol's name, or its number where it has none here.
    public static func protocolName(_ number: UInt8) -> String {
        protocolNames.first { $0.value == number }?.key ?? String(number)
    }
}

extension Rule.Mark {
    /// The mark as `ip rule` writes it: `0x10/0xff`, or `0x10` where every bit counts.
    public var display: String {
        let text = "0x\(String(value, radix: 16))"
        return mask == .max ? text : "\(text)/0x\(String(mask, radix: 16))"
    }
}

extension ClosedRange<UInt16> {
    /// The ports as `ip rule` writes them: `80`, or `1000-2000`.
    public var display: String { lowerBound == upperBound ? String(lowerBound) : "\(lowerBound)-\(upperBound)" }
}

extension Route {
    /// A table's name, for those that have one everywhere (`/etc/iproute2/rt_tables`), or its number.
    public static func tableName(_ number: UInt32) -> String {
        switch number {
        case mainTable: "main"
        case localTable: "local"
        case defaultTable: "default"
        default: String(number)
        }
    }

    /// The number of the table that is looked into last, and usually empty (`RT_TABLE_DEFAULT`).
    public static let defaultTable = UInt32(RT_TABLE_DEFAULT.rawValue)
}
