internal import CNetlink
internal import HostNetwork

/// Builds `RTM_NEWRULE` and `RTM_DELRULE`, by the message layer: libnl 3.7's rules know neither ports nor suppressed lengths.
enum RuleEncoder {
    /// Puts a rule into a message.
    /// - Parameter isRemoval: then the kernel takes away the first rule that has what is said, and perhaps more.
    static func encode(_ rule: Rule, isRemoval: Bool, into message: inout Message) {
        var header = fib_rule_hdr()
        header.family = UInt8(rule.family == .ipv4 ? AF_INET : AF_INET6)
        header.src_len = UInt8(rule.source?.prefixLength ?? 0)
        header.dst_len = UInt8(rule.destination?.prefixLength ?? 0)
        header.tos = rule.tos
        header.flags = rule.isInverted ? UInt32(FIB_RULE_INVERT) : 0
        switch rule.action {
        case .lookup(let table):
            header.action = UInt8(FR_ACT_TO_TBL)
            // The header's field has eight bits; the attribute is what counts.
            header.table = table < 256 ? UInt8(table) : UInt8(RT_TABLE_UNSPEC.rawValue)
        case .blackhole: header.action = UInt8(FR_ACT_BLACKHOLE)
        case .unreachable: header.action = UInt8(FR_ACT_UNREACHABLE)
        case .prohibit: header.action = UInt8(FR_ACT_PROHIBIT)
        case .other(let number): header.action = number
        }
        // Not with NLM_F_EXCL: by that the kernel takes a rule for one that says more, and refuses to set it beside that.
        message.begin(isRemoval ? RTM_DELRULE : RTM_NEWRULE, isRemoval ? 0 : NLM_F_CREATE, header)
        message.put(FRA_PRIORITY, rule.priority)
        if let table = rule.table { message.put(FRA_TABLE, table) }
        if let source = rule.source { message.put(FRA_SRC, source.address.bytes) }
        if let destination = rule.destination { message.put(FRA_DST, destination.address.bytes) }
        if let link = rule.inputLink { message.put(FRA_IIFNAME, link.text) }
        if let link = rule.outputLink { message.put(FRA_OIFNAME, link.text) }
        if let mark = rule.mark {
            message.put(FRA_FWMARK, mark.value)
            message.put(FRA_FWMASK, mark.mask)
        }
        if let number = rule.ipProtocol { message.put(FRA_IP_PROTO, number) }
        if let ports = rule.sourcePorts { message.put(FRA_SPORT_RANGE, plain: fib_rule_port_range(start: ports.lowerBound, end: ports.upperBound)) }
        if let ports = rule.destinationPorts {
            message.put(FRA_DPORT_RANGE, plain: fib_rule_port_range(start: ports.lowerBound, end: ports.upperBound))
        }
        if let length = rule.suppressedPrefixLength { message.put(FRA_SUPPRESS_PREFIXLEN, UInt32(length)) }
        message.put(FRA_PROTOCOL, rule.origin)
    }
}
