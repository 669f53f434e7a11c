internal import HostNetwork

/// Routing rules, each with the link whose files are to hold it: rules belong to no link, but only links have files.
struct RuleLines {
    /// The rules of each link, as the arguments of `ip rule add`.
    private(set) var lines: [LinkName: (ipv4: [String], ipv6: [String])] = [:]
    /// Rules that the dialect cannot say.
    private(set) var unsayable: [(rule: Rule, message: String, fix: String?)] = []

    init(_ network: HostNetwork, dialect: ScriptDialect) {
        for rule in network.rules.sorted(by: Rule.goesBefore) {
            let name = "the rule '\(rule.display)'"
            if dialect == .both {
                unsayable.append(
                    (
                        rule,
                        "\(name) has no spelling that both readers understand alike: initscripts read it from rule-NAME, beside which NetworkManager "
                            + "takes no routes; NetworkManager reads ROUTING_RULE_1, which initscripts do not know",
                        "render with --dialect initscripts or --dialect networkmanager"
                    ))
                continue
            }
            guard let link = Self.link(for: rule, in: network) else {
                unsayable.append((rule, "\(name) has to do with no link that has a file", nil))
                continue
            }
            guard let line = Self.line(rule, dialect) else {
                unsayable.append((rule, "\(name) is of a kind that NetworkManager does not take", "render with --dialect initscripts"))
                continue
            }
            if rule.family == .ipv4 { lines[link, default: ([], [])].ipv4.append(line) } else { lines[link, default: ([], [])].ipv6.append(line) }
        }
    }

    /// The link that the rule's table leads out by, that it names, or that has the address it is about.
    private static func link(for rule: Rule, in network: HostNetwork) -> LinkName? {
        func hasFile(_ name: LinkName?) -> LinkName? {
            guard let name, let link = network[name], link.isPresent, link.master == nil else { return nil }
            return name
        }
        let outgoing = network.routes.filter { $0.table == rule.table && $0.family == rule.family }.compactMap { hasFile($0.link) }.min()
        let addressed = network.sortedLinks.first { link in
            hasFile(link.name) != nil && (link.addresses ?? []).contains { rule.source?.contains($0.network.address) ?? false }
        }
        return outgoing ?? hasFile(rule.outputLink) ?? hasFile(rule.inputLink) ?? addressed?.name
    }

    private static func line(_ rule: Rule, _ dialect: ScriptDialect) -> String? {
        var words: [String] = rule.isInverted ? ["not"] : []
        words += ["from", rule.source?.description ?? "all"]
        if let destination = rule.destination { words += ["to", destination.description] }
        if rule.tos != 0 { words += ["tos", "0x\(String(rule.tos, radix: 16))"] }
        if let mark = rule.mark { words += ["fwmark", mark.display] }
        if let link = rule.inputLink { words += ["iif", link.text] }
        if let link = rule.outputLink { words += ["oif", link.text] }
        if let number = rule.ipProtocol { words += ["ipproto", Rule.protocolName(number)] }
        if let ports = rule.sourcePorts { words += ["sport", ports.display] }
        if let ports = rule.destinationPorts { words += ["dport", ports.display] }
        words += ["priority", String(rule.priority)]
        switch rule.action {
        case .lookup(let table): words += ["table", String(table)]
        case .blackhole, .unreachable, .prohibit:
            if dialect == .networkManager { return nil }
            words.append(rule.action.word)
        case .other: return nil
        }
        if let length = rule.suppressedPrefixLength { words += ["suppress_prefixlength", String(length)] }
        return words.joined(separator: " ")
    }
}
