public import HostNetwork

/// A routing rule. A field that the rule does not have is left out.
public struct RuleDocument: Codable, Hashable, Sendable {
    /// A range of ports.
    public struct Ports: Codable, Hashable, Sendable {
        /// The lowest port.
        public let first: UInt16
        /// The highest port.
        public let last: UInt16

        fileprivate init(_ range: ClosedRange<UInt16>) {
            first = range.lowerBound
            last = range.upperBound
        }
    }

    /// Its place among the rules, lowest first.
    public let priority: UInt32
    /// `ipv4` or `ipv6`.
    public let family: String
    /// `weft`, or `foreign`.
    public let owner: String
    /// Who made it, by the names of `/etc/iproute2/rt_protos`, or a number.
    public let origin: String
    /// `lookup`, `blackhole`, `unreachable`, `prohibit`, or a number.
    public let action: String
    /// The table that is looked into.
    public let table: UInt32?
    /// Whether it is about all packets but those described; left out where it is not.
    public let not: Bool?
    /// Where packets come from.
    public let from: String?
    /// Where they go to.
    public let to: String?
    /// The link that they came in by.
    public let iif: String?
    /// The link that their socket is bound to.
    public let oif: String?
    /// Their firewall mark.
    public let fwmark: UInt32?
    /// The mark's bits that count.
    public let fwmask: UInt32?
    /// Their type of service.
    public let tos: UInt8?
    /// Their protocol's number.
    public let ipProtocol: UInt8?
    /// Their source ports.
    public let sourcePorts: Ports?
    /// Their destination ports.
    public let destinationPorts: Ports?
    /// Routes that are no more specific than this are passed over.
    public let suppressedPrefixLength: Int?

    /// Takes a rule as it was read.
    public init(_ rule: Rule) {
        priority = rule.priority
        family = rule.family.rawValue.lowercased()
        owner = rule.isOwned ? "weft" : "foreign"
        origin = Origin.ofRoute(rule.origin)
        action = rule.action.word
        table = rule.table
        not = rule.isInverted ? true : nil
        from = rule.source?.description
        to = rule.destination?.description
        iif = rule.inputLink?.text
        oif = rule.outputLink?.text
        fwmark = rule.mark?.value
        fwmask = rule.mark?.mask
        tos = rule.tos == 0 ? nil : rule.tos
        ipProtocol = rule.ipProtocol
        sourcePorts = rule.sourcePorts.map { Ports($0) }
        destinationPorts = rule.destinationPorts.map { Ports($0) }
        suppressedPrefixLength = rule.suppressedPrefixLength
    }

    enum CodingKeys: String, CodingKey {
        case priority, family, owner, origin, action, table, not, from, to, iif, oif, fwmark, fwmask, tos
        case ipProtocol = "ipproto"
        case sourcePorts = "sport"
        case destinationPorts = "dport"
        case suppressedPrefixLength = "suppress_prefixlength"
    }
}
