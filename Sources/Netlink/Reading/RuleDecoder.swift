internal import CNetlink
internal import HostNetwork

/// Reads routing rules out of `RTM_NEWRULE`.
struct RuleDecoder: ~Copyable {
    private let attributes = AttributeTable(highest: Int(FRA_DSCP_OR_LATER))

    /// The attributes that a ``Rule`` keeps.
    private static let known: Set<Int> = [
        FRA_DST, FRA_SRC, FRA_IIFNAME, FRA_OIFNAME, FRA_PRIORITY, FRA_FWMARK, FRA_FWMASK, FRA_SUPPRESS_PREFIXLEN, FRA_TABLE, FRA_PAD,
        FRA_PROTOCOL, FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE,
    ].reduce(into: []) { $0.insert(Int($1)) }

    /// The flags that a ``Rule`` keeps, and those that only tell a state.
    private static let knownFlags = UInt32(FIB_RULE_INVERT | FIB_RULE_IIF_DETACHED | FIB_RULE_OIF_DETACHED | FIB_RULE_PERMANENT)

    /// Reads one message; `nil` for a rule of another family, such as multicast routing's.
    func decode(_ message: ReceivedMessage) -> Rule? {
        guard message.type == RTM_NEWRULE, let header = message.body(fib_rule_hdr.self) else { return nil }
        let family: IPAddress.Family
        switch Int32(header.family) {
        case AF_INET: family = .ipv4
        case AF_INET6: family = .ipv6
        default: return nil
        }
        attributes.parse(message, after: MemoryLayout<fib_rule_hdr>.size)
        let table = attributes[FRA_TABLE]?.u32 ?? UInt32(header.table)
        var rule = Rule(family, priority: attributes[FRA_PRIORITY]?.u32 ?? 0, Self.action(header.action, table: table))
        rule.isInverted = header.flags & UInt32(FIB_RULE_INVERT) != 0
        rule.source = network(FRA_SRC, length: header.src_len)
        rule.destination = network(FRA_DST, length: header.dst_len)
        rule.inputLink = attributes[FRA_IIFNAME].map { LinkName(kernel: $0.text) }
        rule.outputLink = attributes[FRA_OIFNAME].map { LinkName(kernel: $0.text) }
        rule.mark = mark
        rule.tos = header.tos
        rule.ipProtocol = attributes[FRA_IP_PROTO]?.u8
        rule.sourcePorts = ports(FRA_SPORT_RANGE)
        rule.destinationPorts = ports(FRA_DPORT_RANGE)
        // The kernel tells -1 where nothing is suppressed.
        rule.suppressedPrefixLength = attributes[FRA_SUPPRESS_PREFIXLEN].flatMap { $0.i32 < 0 ? nil : Int($0.i32) }
        rule.origin = attributes[FRA_PROTOCOL]?.u8 ?? 0
        rule.hasUnknownAttributes = header.flags & ~Self.knownFlags != 0 || attributes.contains { !Self.known.contains($0) }
        return rule
    }

    private static func action(_ number: UInt8, table: UInt32) -> Rule.Action {
        switch Int(number) {
        case Int(FR_ACT_TO_TBL): .lookup(table: table)
        case Int(FR_ACT_BLACKHOLE): .blackhole
        case Int(FR_ACT_UNREACHABLE): .unreachable
        case Int(FR_ACT_PROHIBIT): .prohibit
        default: .other(number)
        }
    }

    private func network(_ number: some BinaryInteger, length: UInt8) -> IPNetwork? {
        attributes[number]?.ipAddress.flatMap { IPNetwork($0, prefixLength: Int(length)) }
    }

    /// The mask is told without a mark as well, as 0.
    private var mark: Rule.Mark? {
        let value = attributes[FRA_FWMARK]?.u32
        let mask = attributes[FRA_FWMASK]?.u32
        guard value != nil || (mask ?? 0) != 0 else { return nil }
        return Rule.Mark(value ?? 0, mask: mask ?? .max)
    }

    private func ports(_ number: some BinaryInteger) -> ClosedRange<UInt16>? {
        guard let range = attributes[number]?.structure(fib_rule_port_range.self), range.start <= range.end else { return nil }
        return range.start...range.end
    }
}

/// Attributes of kernels newer than the headers are seen as far as this, so that a rule with one is not taken for a plain one
/// (`FRA_DSCP` came with 6.13, masks of ports and DSCP with 6.15).
private let FRA_DSCP_OR_LATER = 40
