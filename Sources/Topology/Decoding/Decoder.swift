internal import HostNetwork

/// Reads the tree of a file into a ``Draft``, and notes every mistake on the way.
///
/// What is wrong is left out of the draft, so that later checks do not complain of it again.
struct Decoder {
    var problems: Problems
    var draft = Draft()

    /// Texts that are no link's name, reported once, where the link is defined if it is.
    private var badNames: [String: (span: Span, error: ValueError, isDefinition: Bool)] = [:]

    /// Reads a whole document; `nil` is an empty one.
    init(_ root: YAMLNode?, problems: Problems) {
        self.problems = problems
        guard let root, !root.isNull else {
            self.problems.error(
                Span(line: 1, column: 1), "the file is empty",
                fix: "begin with 'version: 1', then say which bonds, VLANs and bridges there are")
            return
        }
        guard case .mapping(let entries) = root.content else {
            self.problems.error(
                root.span, "the file is \(root.noun), not a mapping", fix: "begin with 'version: 1', then keys such as 'bridges:'")
            return
        }
        decodeFile(entries)
        reportBadNames()
        draft.settle()
    }

    private mutating func decodeFile(_ entries: [YAMLEntry]) {
        var hasVersion = false
        var trunks: YAMLEntry?
        for entry in entries {
            switch FileKey(rawValue: entry.key) {
            case .version:
                hasVersion = true
                decodeVersion(entry)
            case .host: decodeHost(entry)
            case .defaults: decodeDefaults(entry)
            case .ethernets: decodeLinks(entry, in: .ethernets)
            case .bonds: decodeLinks(entry, in: .bonds)
            case .vlans: decodeLinks(entry, in: .vlans)
            case .bridges: decodeLinks(entry, in: .bridges)
            case .routes: draft.routes += decodeRoutes(entry, of: nil)
            case .rules: decodeRules(entry)
            // Trunks add to bridges that stand anywhere in the file.
            case .trunks: trunks = entry
            case .probes: decodeProbes(entry)
            case nil: unknownKey(entry, in: .file)
            }
        }
        if !hasVersion {
            problems.error(
                Span(line: 1, column: 1), "the file does not say which version of the format it has", fix: "begin it with 'version: 1'")
        }
        reportTwins()
        if let trunks { decodeTrunks(trunks) }
        takeDefaults()
    }

    private mutating func decodeDefaults(_ entry: YAMLEntry) {
        for item in mapping(entry, "what holds for every link that the file makes") ?? [] {
            switch DefaultKey(rawValue: item.key) {
            case .ipv6: draft.ipv6Default = flag(item).map { ($0, item.valueSpan) }
            case nil: unknownKey(item, in: .defaults)
            }
        }
    }

    /// Gives the file's defaults to the links that it makes and that say nothing themselves.
    private mutating func takeDefaults() {
        for (name, link) in draft.links {
            if let span = link.spans[.ipv6] { draft.links[name]?.ipv6Span = span }
            guard let ipv6 = draft.ipv6Default, link.section != .ethernets, link.link.isPresent, link.link.hasIPv6 == nil else { continue }
            draft.links[name]?.link.hasIPv6 = ipv6.value
            draft.links[name]?.ipv6Span = ipv6.span
        }
    }

    private mutating func decodeVersion(_ entry: YAMLEntry) {
        guard let text = text(entry) else { return }
        if text != "1" {
            problems.error(
                entry.valueSpan, "this version of weft does not understand version '\(text)' of the format", fix: "write 'version: 1'")
        }
    }

    private mutating func decodeHost(_ entry: YAMLEntry) {
        guard let text = text(entry) else { return }
        guard !text.isEmpty, text.utf8.count <= 64, !text.contains(where: \.isWhitespace) else {
            return problems.error(entry.valueSpan, "'\(text)' is not a host's name", fix: "write what 'hostname' prints, or leave it out")
        }
        draft.host = text
    }

    private mutating func decodeProbes(_ entry: YAMLEntry) {
        for item in list(entry) ?? [] {
            guard let text = text(ofItem: item, of: entry, example: "ping:192.0.2.1"),
                let probe = attempt(at: item.span, { () throws(ValueError) in try Probe(text) })
            else { continue }
            if draft.probes.contains(probe) {
                problems.error(item.span, "the probe \(probe) is listed twice")
            } else {
                draft.probes.append(probe)
            }
        }
    }

    private mutating func decodeLinks(_ entry: YAMLEntry, in section: Section) {
        let items = mapping(entry, "\(section.noun)s by name") ?? []
        let known = KeyContext.link("", in: section).known
        let stray = items.filter { !$0.value.isMapping && known.contains($0.key) }
        for item in stray {
            problems.error(
                item.keySpan, "'\(item.key)' stands where the name of a \(section.noun) belongs",
                fix: "indent it deeper, below the \(section.noun) it is for")
        }
        for item in items where item.value.isMapping || !known.contains(item.key) {
            decodeLink(item, in: section, hasStrayKeys: !stray.isEmpty && item.value.isNull)
        }
    }

    /// Two of the file's VLANs with one tag on one parent.
    private mutating func reportTwins() {
        var first: [VLANTag: LinkDraft] = [:]
        for link in draft.present {
            guard let tag = link.link.vlanTag else { continue }
            if let other = first[tag] {
                problems.error(
                    link.span, "\(link.name) is VLAN \(tag.id) on \(tag.parent), as \(other.name) is already",
                    fix: "keep one of the two, or give it another id", related: [(other.span, "\(other.name) is here")])
            } else {
                first[tag] = link
            }
        }
    }
}

// MARK: - Names

extension Decoder {
    /// `/proc/sys/net/ipv4/conf` and `/sys/class/net` have these for other uses; the kernel refuses them as EINVAL and EEXIST.
    private static let takenNames: Set<String> = ["all", "default", "bonding_masters"]

    /// Reads a link's name. What is wrong with it is kept back and reported once for the whole file.
    mutating func linkName(_ text: String, _ span: Span, isDefinition: Bool = false, fix: String? = nil) -> LinkName? {
        do throws(ValueError) {
            let name = try LinkName(text)
            if text == "lo" { throw ValueError("weft never touches the loopback link 'lo'", fix: "leave it out") }
            if Self.takenNames.contains(text) {
                throw ValueError("'\(text)' cannot be a link's name: the kernel has a file of that name where a link's would be")
            }
            if text.contains("%") { throw ValueError("the name '\(text)' contains '%', which the kernel would replace by a number") }
            return name
        } catch {
            let error = ValueError(error.message, fix: error.fix ?? fix)
            if let known = badNames[text], known.isDefinition || (!isDefinition && known.span < span) { return nil }
            badNames[text] = (span, error, isDefinition)
            return nil
        }
    }

    private mutating func reportBadNames() {
        for bad in badNames.values.sorted(by: { $0.span < $1.span }) { problems.error(bad.span, bad.error) }
    }
}

// MARK: - Values

extension Decoder {
    /// The entries of a mapping; none where the value is missing, `nil` where it is something else.
    mutating func mapping(_ entry: YAMLEntry, _ expected: String) -> [YAMLEntry]? {
        if entry.value.isPoisoned { return nil }
        if entry.value.isNull { return [] }
        guard case .mapping(let entries) = entry.value.content else {
            problems.error(
                entry.valueSpan, "'\(entry.key)' takes a mapping (\(expected)), not \(entry.value.noun)",
                fix: "write its keys on lines of their own, indented below '\(entry.key):'")
            return nil
        }
        return entries
    }

    /// The items of a list; `nil` where the value is something else.
    mutating func list(_ entry: YAMLEntry) -> [YAMLNode]? {
        if entry.value.isPoisoned { return nil }
        switch entry.value.content {
        case .list(let items): return items
        case .scalar(let text, isPlain: true) where text.hasPrefix("-") && !entry.value.isNull:
            problems.error(entry.valueSpan, "there is no blank after this hyphen, so this is no list", fix: "begin each item with '- '")
        case .scalar(let text, _) where !entry.value.isNull:
            let items = text.split { $0 == "," || $0.isWhitespace }.joined(separator: ", ")
            problems.error(entry.valueSpan, "'\(entry.key)' takes a list, not a single value", fix: "write \(entry.key): [\(items)]")
        case .scalar:
            problems.error(entry.keySpan, "'\(entry.key)' has no value", fix: "write a list; an empty one is \(entry.key): []")
        case .mapping:
            problems.error(entry.valueSpan, "'\(entry.key)' takes a list, not a mapping", fix: "begin each item with '- '")
        }
        return nil
    }

    /// The text of a single value; `nil` where there is none.
    mutating func text(_ entry: YAMLEntry) -> String? {
        if entry.value.isPoisoned { return nil }
        if entry.value.isNull {
            problems.error(entry.keySpan, "'\(entry.key)' has no value", fix: "write one, or leave the key out")
            return nil
        }
        guard case .scalar(let text, _) = entry.value.content else {
            problems.error(entry.valueSpan, "'\(entry.key)' takes one value, not \(entry.value.noun)")
            return nil
        }
        return text
    }

    /// The text of a list's item; `nil` where it is none.
    mutating func text(ofItem item: YAMLNode, of entry: YAMLEntry, example: String) -> String? {
        if item.isPoisoned { return nil }
        guard !item.isNull, case .scalar(let text, _) = item.content else {
            problems.error(item.span, "an item of '\(entry.key)' is one value, not \(item.noun)", fix: "write it like \(example)")
            return nil
        }
        return refuseSeveral(text, item) ? nil : text
    }

    /// Complains of items without a comma between them, which YAML reads as one; `false` where it is one.
    mutating func refuseSeveral(_ text: String, _ item: YAMLNode) -> Bool {
        let parts = text.split(separator: " ")
        guard parts.count > 1, case .scalar(_, isPlain: true) = item.content else { return false }
        problems.error(item.span, "there is no comma between these items", fix: "write \(parts.joined(separator: ", "))")
        return true
    }

    /// A plain decimal number in a range.
    mutating func number(_ entry: YAMLEntry, in range: ClosedRange<UInt32>, unit: String = "") -> UInt32? {
        guard let text = text(entry) else { return nil }
        let fix = "write a number from \(range.lowerBound) to \(range.upperBound)\(unit)"
        let number = attempt(at: entry.valueSpan) { () throws(ValueError) in
            guard let number = try Int64(decimalDigits: text) else {
                throw ValueError("'\(text)' is not a value of '\(entry.key)'", fix: fix)
            }
            guard number >= range.lowerBound, number <= range.upperBound else {
                throw ValueError("\(text) is out of range for '\(entry.key)'", fix: fix)
            }
            return number
        }
        return number.map { UInt32($0) }
    }

    /// A flag, in any of YAML's spellings.
    mutating func flag(_ entry: YAMLEntry) -> Bool? {
        guard let text = text(entry) else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default:
            problems.error(entry.valueSpan, "'\(text)' is not a value of '\(entry.key)'", fix: "true or false")
            return nil
        }
    }

    /// An IP address.
    mutating func address(_ entry: YAMLEntry) -> IPAddress? {
        guard let text = text(entry) else { return nil }
        return attempt(at: entry.valueSpan) { () throws(ValueError) in try IPAddress(text) }
    }

    /// A value, or a note of what is wrong with it.
    mutating func attempt<Value>(at span: Span, _ make: () throws(ValueError) -> Value) -> Value? {
        do throws(ValueError) {
            return try make()
        } catch {
            problems.error(span, error)
            return nil
        }
    }
}
