internal import HostNetwork

/// Routing rules.
extension Decoder {
    mutating func decodeRules(_ entry: YAMLEntry) {
        for item in list(entry) ?? [] {
            if item.isPoisoned { continue }
            guard case .mapping(let entries) = item.content else {
                problems.error(item.span, "a rule is a mapping, not \(item.noun)", fix: "write it like {from: 192.0.2.0/24, table: 100}")
                continue
            }
            if let rule = decodeRule(entries, at: item.span) { draft.rules.append(rule) }
        }
    }

    /// What a rule's keys said, before it is known whether they fit together.
    private struct RuleParts {
        var priority: UInt32?
        var family: (family: IPAddress.Family, span: Span)?
        /// The families of `from` and `to`.
        var networks: [(network: IPNetwork, span: Span)] = []
        var action: (word: String, span: Span)?
        var table: (number: UInt32, entry: YAMLEntry)?
        var suppress: (length: UInt32, entry: YAMLEntry)?
        var ipProtocol: (text: String, span: Span)?
        var ports: [YAMLEntry] = []
        var tos: YAMLEntry?
        var isWhole = true
    }

    private static let actions: [String: Rule.Action] = ["blackhole": .blackhole, "unreachable": .unreachable, "prohibit": .prohibit]

    private mutating func decodeRule(_ entries: [YAMLEntry], at span: Span) -> RuleDraft? {
        var parts = RuleParts()
        var rule = Rule(.ipv4, priority: 0, .lookup(table: Route.mainTable))
        for entry in entries {
            guard let key = RuleKey(rawValue: entry.key) else {
                unknownKey(entry, in: .rule)
                parts.isWhole = false
                continue
            }
            decode(key, entry, into: &rule, &parts)
        }
        guard parts.isWhole, let action = action(parts, at: span), let family = family(parts) else { return nil }
        rule.action = action
        rule.family = family
        // IPv4 rules look at the four bits of the old type of service only (`IPTOS_TOS_MASK`).
        if family == .ipv4, rule.tos & ~0x1c != 0, let entry = parts.tos {
            problems.error(entry.valueSpan, "an IPv4 rule cannot look at the type of service \(rule.tos)", fix: "write 4, 8, 12, 16, 20, 24 or 28; larger ones are for IPv6")
            return nil
        }
        if let (length, entry) = parts.suppress {
            guard length <= UInt32(family.bitWidth) else {
                problems.error(entry.valueSpan, "\(length) is out of range for '\(entry.key)'", fix: "write a number from 0 to \(family.bitWidth)")
                return nil
            }
            rule.suppressedPrefixLength = Int(length)
        }
        if rule.ipProtocol == nil, let entry = parts.ports.first {
            problems.error(entry.keySpan, "'\(entry.key)' needs the protocol that has ports", fix: "write ipproto: tcp or ipproto: udp")
            return nil
        }
        rule.priority = parts.priority ?? 0
        rule.sourceMark = span.mark(in: problems.file)
        return RuleDraft(rule: rule, hasPriority: parts.priority != nil, span: span)
    }

    private mutating func decode(_ key: RuleKey, _ entry: YAMLEntry, into rule: inout Rule, _ parts: inout RuleParts) {
        func noted<Value>(_ value: Value?) -> Value? {
            if value == nil { parts.isWhole = false }
            return value
        }
        switch key {
        // 0 is the local table's rule, which everything comes to first.
        case .priority: parts.priority = noted(number(entry, in: 1...UInt32.max))
        case .family:
            guard let text = noted(text(entry)) else { return }
            guard let family = IPAddress.Family.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else {
                problems.error(entry.valueSpan, "'\(text)' is not a value of 'family'", fix: "one of ipv4, ipv6")
                return parts.isWhole = false
            }
            parts.family = (family, entry.valueSpan)
        case .not: rule.isInverted = noted(flag(entry)) ?? false
        case .from: rule.source = network(entry, &parts)
        case .to: rule.destination = network(entry, &parts)
        case .iif: rule.inputLink = noted(ruleLink(entry))
        case .oif: rule.outputLink = noted(ruleLink(entry))
        case .fwmark: rule.mark = noted(mark(entry))
        case .tos:
            parts.tos = entry
            rule.tos = noted(typeOfService(entry)) ?? 0
        case .ipproto: rule.ipProtocol = noted(protocolNumber(entry))
        case .sport:
            parts.ports.append(entry)
            rule.sourcePorts = noted(ports(entry))
        case .dport:
            parts.ports.append(entry)
            rule.destinationPorts = noted(ports(entry))
        case .action:
            guard let text = noted(text(entry)) else { return }
            guard text == "lookup" || Self.actions[text] != nil else {
                problems.error(entry.valueSpan, "'\(text)' is not a value of 'action'", fix: "one of lookup, blackhole, unreachable, prohibit")
                return parts.isWhole = false
            }
            parts.action = (text, entry.valueSpan)
        case .table: parts.table = noted(tableNumber(entry)).map { ($0, entry) }
        case .suppressPrefixLength: parts.suppress = noted(number(entry, in: 0...128)).map { ($0, entry) }
        }
    }

    // MARK: What fits together

    private mutating func action(_ parts: RuleParts, at span: Span) -> Rule.Action? {
        guard let (word, _) = parts.action, let action = Self.actions[word] else {
            guard let table = parts.table else {
                problems.error(span, "this rule does not say which table is looked into", fix: "write table: and its number, or an 'action'")
                return nil
            }
            return .lookup(table: table.number)
        }
        for entry in [parts.table?.entry, parts.suppress?.entry].compactMap({ $0 }) {
            problems.error(entry.keySpan, "a rule of action \(word) looks into no table", fix: "leave '\(entry.key)' out, or 'action'")
            return nil
        }
        return action
    }

    /// The family that is said, or that of the addresses; IPv4 where neither says it, as with `ip rule`.
    private mutating func family(_ parts: RuleParts) -> IPAddress.Family? {
        let said = parts.family?.family
        guard let first = parts.networks.first?.network.address.family else { return said ?? .ipv4 }
        for (network, span) in parts.networks where network.address.family != said ?? first {
            problems.error(span, "\(network) is not of the rule's family, \((said ?? first).rawValue)", fix: "a rule is about one family: write two")
            return nil
        }
        return first
    }

    // MARK: Values

    private mutating func network(_ entry: YAMLEntry, _ parts: inout RuleParts) -> IPNetwork? {
        guard let text = text(entry) else {
            parts.isWhole = false
            return nil
        }
        if text == "all" || text == "any" { return nil }
        let network = attempt(at: entry.valueSpan) { () throws(ValueError) in
            if !text.contains("/"), let address = try? IPAddress(text) { return IPNetwork(address, prefixLength: address.family.bitWidth)! }
            let network = try IPNetwork(text)
            guard network == network.network else { throw ValueError("\(network) has bits set after its prefix", fix: "write \(network.network)") }
            return network
        }
        guard let network else {
            parts.isWhole = false
            return nil
        }
        parts.networks.append((network, entry.valueSpan))
        // A prefix of no length is everything, which the kernel does not keep.
        return network.isEverything ? nil : network
    }

    /// A link that a rule names: it need not exist, and `lo` are the host's own packets.
    private mutating func ruleLink(_ entry: YAMLEntry) -> LinkName? {
        guard let text = text(entry) else { return nil }
        return text == "lo" ? LinkName(kernel: text) : linkName(text, entry.valueSpan)
    }

    private mutating func mark(_ entry: YAMLEntry) -> Rule.Mark? {
        guard let text = text(entry) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Self.number(String($0)) }
        switch parts.count {
        case 1: if let value = parts[0] { return Rule.Mark(value) }
        case 2:
            guard let value = parts[0], let mask = parts[1] else { break }
            if mask == 0 {
                problems.error(entry.valueSpan, "a mask of 0 looks at no bit of the mark, and every packet matches", fix: "leave 'fwmark' out")
                return nil
            }
            if value & ~mask != 0 {
                problems.error(entry.valueSpan, "'\(text)' has bits outside its mask, and no packet matches", fix: "write a mask that covers them")
                return nil
            }
            return Rule.Mark(value, mask: mask)
        default: break
        }
        problems.error(entry.valueSpan, "'\(text)' is not a firewall mark", fix: "write it like 0x10, 16 or 0x10/0xff")
        return nil
    }

    /// A decimal number, or a hexadecimal one with 0x in front.
    private static func number(_ text: String) -> UInt32? {
        if text.lowercased().hasPrefix("0x") { return UInt32(text.dropFirst(2), radix: 16) }
        return text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? UInt32(text) : nil
    }

    /// A type of service, of a rule or a route.
    mutating func typeOfService(_ entry: YAMLEntry) -> UInt8? {
        guard let text = text(entry) else { return nil }
        // The two lowest bits are those of ECN, which nothing is routed by.
        if let number = Self.number(text), number > 0, number < 256, number & 3 == 0 { return UInt8(number) }
        problems.error(entry.valueSpan, "'\(text)' is not a type of service", fix: "write a multiple of 4 from 4 to 252, such as 0x10")
        return nil
    }

    private mutating func protocolNumber(_ entry: YAMLEntry) -> UInt8? {
        guard let text = text(entry) else { return nil }
        if let number = Rule.protocolNames[text.lowercased()] { return number }
        if let number = Self.number(text), number > 0, number < 256 { return UInt8(number) }
        let names = Rule.protocolNames.sorted { $0.value < $1.value }.map(\.key).joined(separator: ", ")
        problems.error(entry.valueSpan, "'\(text)' is not a protocol that weft knows", fix: "write its number, or one of \(names)")
        return nil
    }

    private mutating func ports(_ entry: YAMLEntry) -> ClosedRange<UInt16>? {
        guard let text = text(entry) else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Self.number(String($0)) }
        if parts.count == 1 || parts.count == 2, let first = parts[0], let last = parts[parts.count - 1], first > 0, first <= last, last < 65535 {
            return UInt16(first)...UInt16(last)
        }
        problems.error(entry.valueSpan, "'\(text)' is no range of ports", fix: "write it like 80 or 1000-2000")
        return nil
    }
}
