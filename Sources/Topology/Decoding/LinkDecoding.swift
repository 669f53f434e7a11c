internal import HostNetwork

extension Decoder {
    /// Reads a link of one of the sections. `hasStrayKeys` says that its keys seem to stand elsewhere.
    mutating func decodeLink(_ entry: YAMLEntry, in section: Section, hasStrayKeys: Bool) {
        let fix =
            section == .vlans
            ? "any short name will do: 'parent' and 'id' say which VLAN it is"
            : section == .ethernets ? "write the name that 'ip link' shows" : "choose a shorter or plainer name"
        let name = linkName(entry.key, entry.keySpan, isDefinition: true, fix: fix)
        let entries = mapping(entry, "the \(section.noun)'s keys")
        // A link with a bad name is read all the same, for the mistakes inside it; then it is forgotten.
        let readName = name ?? LinkName.unreadable
        var link = LinkDraft(Link(readName, kind: section.kind), section: section, span: entry.keySpan)
        var routes: [RouteDraft] = []
        link.hasUnknownKeys = entries == nil || hasStrayKeys
        for item in entries ?? [] { decode(item, into: &link, routes: &routes, context: .link(entry.key, in: section)) }
        guard name != nil else { return }
        if !link.link.isPresent {
            if section == .ethernets {
                let span = link.spans[.state] ?? link.span
                return problems.error(
                    span, "weft neither makes nor deletes a NIC, so '\(readName)' cannot be absent", fix: "leave 'state' out")
            }
            // Nothing else that is said of the link can hold.
            link = absent(link)
            routes = []
        } else if section == .vlans, let entries, !hasStrayKeys {
            requireVLANKeys(link, entry, entries)
        } else if section == .bonds {
            settleDefaults(of: &link)
        }
        if let first = draft.links[readName] {
            return problems.error(
                entry.keySpan, "'\(readName)' is defined twice", fix: "keep one of the two",
                related: [(first.span, "it is a \(first.section.noun) here")])
        }
        draft.add(link)
        draft.routes += routes
    }

    /// Puts in place what a bond's options are by default where that depends on its mode, which may stand behind them.
    private mutating func settleDefaults(of bond: inout LinkDraft) {
        for (id, option) in bond.options.sorted(by: { $0.key < $1.key }) where option.isDefault {
            guard let row = OptionRow.with(id: id), row.defaultDependsOnMode else { continue }
            if let mode = bond.link.bondMode {
                bond.link.options[row] = row.kernelDefault(in: mode)
            } else if bond.options[OptionRow.mode.id] == nil, !bond.hasUnknownKeys {
                bond.link.options[row] = nil
                problems.error(
                    option.valueSpan, "what '\(option.key)' is by default depends on the mode, and \(bond.name) says none",
                    fix: "write the mode as well, or a number here")
            }
        }
    }

    private func absent(_ link: LinkDraft) -> LinkDraft {
        var absent = LinkDraft(Link(link.name, kind: link.link.kind), section: link.section, span: link.span)
        absent.link.isPresent = false
        absent.spans = link.spans
        return absent
    }

    private mutating func requireVLANKeys(_ link: LinkDraft, _ entry: YAMLEntry, _ entries: [YAMLEntry]) {
        let parts = link.name.text.split(separator: ".")
        let isDotted = parts.count == 2 && Int(parts[1]) != nil
        // A mistyped key has been complained about.
        let known = KeyContext.link("", in: .vlans).known
        let meant = Set(entries.filter { !known.contains($0.key) }.compactMap { KeyGuess.nearest(to: $0.key, among: known) })
        if !entries.contains(where: { $0.key == LinkKey.parent.rawValue }), !meant.contains(LinkKey.parent.rawValue) {
            problems.error(
                entry.keySpan, "VLAN \(link.name) has no 'parent'",
                fix: "say which link it lies on: parent: \(isDotted ? String(parts[0]) : "ens37")")
        }
        if !entries.contains(where: { OptionRow.named($0.key, in: .vlan)?.id == OptionRow.vlanID.id }), !meant.contains(OptionRow.vlanID.name) {
            problems.error(
                entry.keySpan, "VLAN \(link.name) has no '\(OptionRow.vlanID.name)'",
                fix: "write \(OptionRow.vlanID.name): \(isDotted ? String(parts[1]) : "10")")
        }
    }

    private mutating func decode(_ entry: YAMLEntry, into link: inout LinkDraft, routes: inout [RouteDraft], context: KeyContext) {
        if let key = LinkKey(rawValue: entry.key), key.applies(to: link.section) {
            link.spans[key] = entry.valueSpan
            decode(key, entry, into: &link, routes: &routes)
        } else if let scope = link.section.kind.optionScope, let row = OptionRow.named(entry.key, in: scope) {
            guard let option = noteOption(row, entry, in: &link.options) else { return }
            if let value = optionValue(row, entry) { link.link.options[row] = value } else { link.options[row.id] = option }
        } else {
            link.hasUnknownKeys = true
            unknownKey(entry, in: context)
        }
    }

    private mutating func decode(_ key: LinkKey, _ entry: YAMLEntry, into link: inout LinkDraft, routes: inout [RouteDraft]) {
        switch key {
        case .mtu: link.link.mtu = number(entry, in: Self.mtuRange, unit: " bytes")
        case .mac: link.link.mac = mac(entry)
        case .up: link.link.isUp = flag(entry)
        case .txqueuelen: link.link.txQueueLength = number(entry, in: 0...UInt32(Int32.max), unit: " packets")
        case .description: link.link.alias = descriptionText(entry)
        case .altnames: link.link.alternativeNames = alternativeNames(entry)
        case .ipv6: link.link.hasIPv6 = flag(entry)
        case .match: link.match = match(entry)
        case .addressGeneration:
            guard let text = text(entry) else { return }
            link.link.addressGeneration = AddressGeneration(name: text)
            if link.link.addressGeneration == nil {
                let names = AddressGeneration.allCases.map(\.name).joined(separator: ", ")
                problems.error(entry.valueSpan, "'\(text)' is not a value of 'addr_gen_mode'", fix: "one of \(names)")
            }
        case .addresses: decodeAddresses(entry, into: &link)
        case .addressesExclusive: link.link.addressesAreExclusive = flag(entry) ?? false
        case .dhcp4: link.link.dhcp4 = flag(entry)
        case .dhcp6: link.link.dhcp6 = flag(entry)
        case .routes: routes += decodeRoutes(entry, of: link.name)
        case .gateway: routes += decodeGateways(entry, of: link.name)
        case .dns: link.link.dns = dns(entry)
        case .zone: link.link.zone = zone(entry)
        case .state: link.link.isPresent = isPresent(entry)
        case .ports: decodePorts(entry, into: &link)
        case .itself: decodeOwnVLANs(entry, into: &link)
        case .parent:
            guard let text = text(entry) else { return }
            link.link.parent = linkName(text, entry.valueSpan)
        }
    }

    /// 68 bytes is the least that IPv4 works with (`ETH_MIN_MTU`), 65535 the most that Ethernet links take (`ETH_MAX_MTU`).
    static let mtuRange: ClosedRange<UInt32> = 68...65535

    mutating func mac(_ entry: YAMLEntry) -> MACAddress? {
        guard let text = text(entry) else { return nil }
        return attempt(at: entry.valueSpan) { () throws(ValueError) in
            let mac = try MACAddress(text)
            if mac.isMulticast { throw ValueError("\(mac) is a group address, which no link can have", fix: "the first byte must be even") }
            if mac.isZero { throw ValueError("\(mac) is no address that a link can have") }
            return mac
        }
    }

    private mutating func descriptionText(_ entry: YAMLEntry) -> String? {
        guard let text = text(entry) else { return nil }
        let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
        if line.contains(where: \.isNewline) {
            problems.error(entry.valueSpan, "a description is one line")
            return nil
        }
        // An escape, \0, in quotes.
        if line.unicodeScalars.contains("\0") {
            problems.error(entry.valueSpan, "the description contains U+0000, where the kernel would end it", fix: "leave it out")
            return nil
        }
        // The kernel's IFALIASZ counts the final zero.
        guard line.utf8.count < 256 else {
            problems.error(entry.valueSpan, "the description has \(line.utf8.count) bytes; the kernel takes 255")
            return nil
        }
        return line
    }

    /// Further names, which share the space of links' names: none can be one of a link, and none two links'.
    private mutating func alternativeNames(_ entry: YAMLEntry) -> [String]? {
        guard let items = list(entry) else { return nil }
        var names: [String] = []
        for item in items {
            guard let name = text(ofItem: item, of: entry, example: "uplink") else { continue }
            if name.isEmpty || name.utf8.count > 127 || name == "." || name == ".." || name.contains(where: { $0 == "/" || $0.isWhitespace }) {
                problems.error(item.span, "'\(name)' cannot be a link's further name", fix: "1 to 127 bytes without '/' and blanks")
            } else if let first = draft.alternativeNames[name] {
                problems.error(item.span, "'\(name)' is a further name already", fix: "keep one of the two", related: [(first, "the first is here")])
            } else {
                draft.alternativeNames[name] = item.span
                names.append(name)
            }
        }
        return names.sorted()
    }

    /// Reads `state`: `present` or `absent`.
    mutating func isPresent(_ entry: YAMLEntry) -> Bool {
        guard let text = text(entry) else { return true }
        if text != "absent", text != "present" {
            problems.error(entry.valueSpan, "'\(text)' is not a state", fix: "write 'absent', or leave 'state' out")
        }
        return text != "absent"
    }
}

extension LinkName {
    /// Stands for a name that could not be read, while the mistakes beside it are looked for.
    static let unreadable = LinkName(placeholder: "?")

    private init(placeholder: String) { self.init(kernel: placeholder) }
}

// MARK: - Options

extension Decoder {
    /// Notes that an option is written; `nil` and an error where it is written already, under its name or an alias.
    mutating func noteOption(_ row: OptionRow, _ entry: YAMLEntry, in options: inout [OptionRow.ID: OptionDraft]) -> OptionDraft? {
        let option = OptionDraft(key: entry.key, keySpan: entry.keySpan, valueSpan: entry.valueSpan, isDefault: entry.value.isDefaultWord)
        if let first = options[row.id] {
            problems.error(
                entry.keySpan, "'\(entry.key)' and '\(first.key)' are the same option", fix: "keep one of the two",
                related: [(first.keySpan, "the first is here")])
            return nil
        }
        options[row.id] = option
        return option
    }

    /// The items of an option that is written as a list, or as a mapping where it takes one: `{0: 1, 3: 5}` is `[0:1, 3:5]`.
    /// An item that is no text has been complained about, and is `nil`.
    private mutating func listItems(_ row: OptionRow, _ entry: YAMLEntry) -> [String?]? {
        switch (entry.value.content, row.meaning) {
        case (.list(let items), .priorityMap): items.map { text(ofItem: $0, of: entry, example: "0:1") }
        case (.list(let items), _): items.map { text(ofItem: $0, of: entry, example: "192.0.2.1") }
        case (.mapping(let entries), .priorityMap): entries.map { inner in text(inner).map { "\(inner.key):\($0)" } }
        case (.mapping, _), (.scalar, _): nil
        }
    }

    /// An option's value, by its row.
    mutating func optionValue(_ row: OptionRow, _ entry: YAMLEntry) -> OptionValue? {
        if entry.value.isPoisoned { return nil }
        if let items = listItems(row, entry) {
            guard !items.contains(nil) else { return nil }
            return attempt(at: entry.valueSpan) { () throws(ValueError) in try row.parse(list: items.compactMap(\.self)) }
        }
        guard let text = text(entry) else { return nil }
        if case .link = row.meaning, text != "default", text != "none" { return linkName(text, entry.valueSpan).map { .link($0) } }
        do throws(ValueError) {
            return try row.parse(text)
        } catch {
            // The message names the option as the table does; the file may have used an alias.
            problems.error(entry.valueSpan, error.message.replacing("'\(row.name)'", with: "'\(entry.key)'"), fix: error.fix)
            return nil
        }
    }
}

// MARK: - Ports

extension Decoder {
    private mutating func decodePorts(_ entry: YAMLEntry, into link: inout LinkDraft) {
        guard let items = list(entry) else { return }
        var ports: [PortDraft] = []
        for item in items {
            guard let port = decodePort(item, entry, link.section) else {
                link.hasUnreadablePorts = true
                continue
            }
            if let first = ports.first(where: { $0.name == port.name }) {
                problems.error(
                    port.span, "\(port.name) is listed twice among the ports of \(link.name)", fix: "keep one of the two",
                    related: [(first.span, "the first is here")])
            } else {
                ports.append(port)
            }
        }
        link.ports = ports
        link.link.listsPorts = true
    }

    private mutating func decodePort(_ item: YAMLNode, _ list: YAMLEntry, _ section: Section) -> PortDraft? {
        if item.isPoisoned { return nil }
        switch item.content {
        case .scalar(let text, _) where !item.isNull:
            if refuseSeveral(text, item) { return nil }
            return linkName(text, item.span).map { PortDraft(name: $0, span: item.span) }
        case .scalar, .list:
            problems.error(item.span, "a port is a name or a mapping, not \(item.noun)", fix: "write it like ens37 or {name: ens37}")
            return nil
        case .mapping(let entries): return decodePort(entries, item.span, section)
        }
    }

    private mutating func decodePort(_ entries: [YAMLEntry], _ span: Span, _ section: Section) -> PortDraft? {
        var port = PortDraft(name: .unreadable, span: span)
        var label = "of a \(section.noun)"
        var hasName = false
        if let entry = entries.first(where: { $0.key == PortKey.name.rawValue }) {
            hasName = true
            if let text = text(entry) {
                label = text
                if let name = linkName(text, entry.valueSpan) {
                    port.name = name
                    port.span = entry.valueSpan
                }
            }
        }
        var options: [OptionRow.ID: OptionDraft] = [:]
        var vlans: [(key: VLANKey, entry: YAMLEntry)] = []
        for entry in entries {
            if section == .bridges, let key = VLANKey(rawValue: entry.key) {
                vlans.append((key, entry))
                continue
            }
            switch PortKey(rawValue: entry.key) {
            case .name: break
            case .state: port.isAbsent = !isPresent(entry)
            case nil:
                guard let row = section.kind.portScope.flatMap({ OptionRow.named(entry.key, in: $0) }) else {
                    unknownKey(entry, in: .port(label, of: section))
                    continue
                }
                guard noteOption(row, entry, in: &options) != nil else { continue }
                if let value = optionValue(row, entry) { port.options[row] = value }
            }
        }
        port.vlans = vlanTable(vlans)
        if !hasName {
            problems.error(span, "this port has no 'name'", fix: "write it like {name: ens37}")
        }
        port.spans = options
        return port.name == .unreadable ? nil : port
    }
}
