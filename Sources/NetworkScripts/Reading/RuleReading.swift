internal import HostNetwork

/// Reading routing rules: `rule-NAME` and `rule6-NAME` of initscripts, `ROUTING_RULE_1` and so on of NetworkManager.
extension LinkReading {
    mutating func readRuleFile(_ file: String, _ family: IPAddress.Family) {
        guard let bytes = directory.ruleFiles[file] else { return }
        if reader == .initscripts { routeFilesRead.insert(file) }
        for (index, line) in bytes.scriptLines.enumerated() {
            guard let first = line.first(where: { !$0.isWhitespace }), first != "#" else { continue }
            let mark = SourceMark(file: directory.file(file), line: index + 1, column: 1)
            guard reader == .initscripts else {
                findings.append(
                    ScriptFinding(
                        .warning, at: mark, length: line.count, link: name,
                        "NetworkManager reads no \(file), and no routes of \(name) beside it", fix: "write ROUTING_RULE_1 in \(self.file.name) for it"))
                return
            }
            add(String(line), family, at: mark, length: line.count, from: file)
        }
    }

    mutating func readRuleKeys() {
        guard reader == .networkManager else { return }
        for (prefix, family) in [("ROUTING_RULE_", IPAddress.Family.ipv4), ("ROUTING_RULE6_", .ipv6)] {
            for assignment in file.text.assignments where assignment.key.hasPrefix(prefix) && Int(assignment.key.dropFirst(prefix.count)) != nil {
                guard let text = settings.take(assignment.key) else { continue }
                add(text, family, at: assignment.mark, length: assignment.length, from: file.name)
            }
        }
    }

    private mutating func add(_ line: String, _ family: IPAddress.Family, at mark: SourceMark, length: Int, from file: String) {
        let words = line.split(whereSeparator: \.isWhitespace).map { String($0) }
        do throws(ValueError) {
            var rule = try Self.rule(words, family)
            // The kernel chooses for initscripts (`numberRules`).
            guard rule.priority > 0 || reader == .initscripts else { throw ValueError("it has no priority, without which NetworkManager takes no rule", fix: "write priority 100") }
            rule.sourceMark = mark
            rules.append(rule)
            if places["rules"] == nil { places["rules"] = (mark, length) }
        } catch {
            findings.append(ScriptFinding(.warning, at: mark, length: length, link: name, "the rule cannot be said in a topology: \(error.message)", fix: error.fix))
            comments.append("not understood: \(line) (\(file))")
        }
    }

    /// Reads the arguments of `ip rule add`.
    private static func rule(_ words: [String], _ family: IPAddress.Family) throws(ValueError) -> Rule {
        var rule = Rule(family, priority: 0, .lookup(table: Route.mainTable))
        var rest = words[...]
        func next(_ word: String) throws(ValueError) -> String {
            guard let value = rest.popFirst() else { throw ValueError("nothing follows '\(word)'") }
            return value
        }
        func number<Number: FixedWidthInteger>(_ word: String, _ text: String) throws(ValueError) -> Number {
            let value = text.hasPrefix("0x") ? Number(text.dropFirst(2), radix: 16) : Number(text)
            guard let value else { throw ValueError("'\(text)' behind '\(word)' is no number that fits") }
            return value
        }
        func ports(_ word: String) throws(ValueError) -> ClosedRange<UInt16> {
            let parts = try next(word).split(separator: "-").map { String($0) }
            guard let first = parts.first else { throw ValueError("nothing follows '\(word)'") }
            let low: UInt16 = try number(word, first)
            let high: UInt16 = try number(word, parts.last ?? first)
            guard low <= high else { throw ValueError("the ports \(low)-\(high) go backwards") }
            return low...high
        }
        func network(_ word: String) throws(ValueError) -> IPNetwork? {
            let text = try next(word)
            if text == "all" || text == "any" || text == "default" { return nil }
            return try IPNetwork(text.contains("/") ? text : "\(text)/\(family.bitWidth)")
        }
        while let word = rest.popFirst() {
            switch word {
            case "not": rule.isInverted = true
            case "from": rule.source = try network(word)
            case "to": rule.destination = try network(word)
            case "iif", "dev": rule.inputLink = try LinkName(try next(word))
            case "oif": rule.outputLink = try LinkName(try next(word))
            case "tos", "dsfield": rule.tos = try number(word, try next(word))
            case "fwmark":
                let parts = try next(word).split(separator: "/").map { String($0) }
                rule.mark = Rule.Mark(try number(word, parts.first ?? ""), mask: parts.count > 1 ? try number(word, parts[1]) : .max)
            case "ipproto":
                let text = try next(word)
                rule.ipProtocol = if let known = Rule.protocolNames[text] { known } else { try number(word, text) }
            case "sport": rule.sourcePorts = try ports(word)
            case "dport": rule.destinationPorts = try ports(word)
            case "priority", "prio", "preference", "pref", "order": rule.priority = try number(word, try next(word))
            case "table", "lookup":
                let text = try next(word)
                let table: UInt32 = text == "main" ? Route.mainTable : text == "default" ? Route.defaultTable : try number(word, text)
                rule.action = .lookup(table: table)
            case "suppress_prefixlength": rule.suppressedPrefixLength = try number(word, try next(word))
            case "blackhole": rule.action = .blackhole
            case "unreachable": rule.action = .unreachable
            case "prohibit": rule.action = .prohibit
            default: throw ValueError("weft does not know '\(word)'")
            }
        }
        return rule
    }
}

extension Interpretation {
    /// Gives rules without a priority the one that the kernel gives them: one less than the first rule behind that of the table `local`.
    mutating func numberRules() {
        for family in [IPAddress.Family.ipv4, .ipv6] {
            // That of the table `main`.
            var first: UInt32 = 32_766
            for link in bootOrder {
                for index in (rules[link] ?? []).indices {
                    guard let rule = rules[link]?[index], rule.family == family else { continue }
                    if rule.priority == 0 {
                        rules[link]?[index].priority = first - 1
                        findings.append(
                            ScriptFinding(
                                .note, at: rule.sourceMark, link: link,
                                "the rule has no priority: the kernel gives it \(first - 1) on a host that has no rules but those of these files", fix: "write priority \(first - 1)"))
                    }
                    first = min(first, rules[link]?[index].priority ?? first)
                }
            }
        }
    }
}
