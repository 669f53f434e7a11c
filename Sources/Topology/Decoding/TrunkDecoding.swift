internal import HostNetwork

/// `trunks:` — a VLAN and a bridge for each id, in one line.
extension Decoder {
    /// What a trunk says of all its VLANs, or an item of its list of some.
    private struct Naming {
        /// The VLANs' names.
        var link: NameTemplate
        /// The bridges' names; `nil` where the VLANs get no bridge.
        var bridge: NameTemplate?
        var mtu: (value: UInt32, span: Span)?
    }

    private struct Item {
        var ids: ClosedRange<Int>
        var span: Span
        var naming: Naming
    }

    mutating func decodeTrunks(_ entry: YAMLEntry) {
        var tags: [VLANTag: LinkDraft] = [:]
        for link in draft.present {
            if let tag = link.link.vlanTag { tags[tag] = link }
        }
        for trunk in mapping(entry, "trunks by the name of their link") ?? [] { decodeTrunk(trunk, &tags) }
    }

    private mutating func decodeTrunk(_ entry: YAMLEntry, _ tags: inout [VLANTag: LinkDraft]) {
        let parent = linkName(entry.key, entry.keySpan)
        guard let entries = mapping(entry, "the trunk's keys") else { return }
        var common = Naming(link: NameTemplate("{parent}.{id}", entry.keySpan), bridge: NameTemplate("brvlan-{id}", entry.keySpan))
        var model = LinkDraft(Link(parent ?? .unreadable, kind: .vlan), section: .vlans, span: entry.keySpan)
        var vlans: YAMLEntry?
        for item in entries {
            switch TrunkKey(rawValue: item.key) {
            case .vlans: vlans = item
            case .bridge: common.bridge = bridgeTemplate(item, otherwise: common.bridge)
            case .name: common.link = template(item) ?? common.link
            case .mtu:
                if let mtu = number(item, in: Self.mtuRange, unit: " bytes") { common.mtu = (mtu, item.valueSpan) }
            case .ipv6:
                model.link.hasIPv6 = flag(item)
                model.ipv6Span = item.valueSpan
            case nil:
                guard let row = OptionRow.named(item.key, in: .vlan), row.id != OptionRow.vlanID.id else {
                    unknownKey(item, in: .trunk(entry.key))
                    continue
                }
                guard noteOption(row, item, in: &model.options) != nil, let value = optionValue(row, item) else { continue }
                model.link.options[row] = value
            }
        }
        guard let vlans else {
            return problems.error(entry.keySpan, "trunk \(entry.key) has no 'vlans'", fix: "write the ids: vlans: [10, 20, 100-119]")
        }
        let items = trunkItems(vlans, common)
        guard let parent else { return }
        checkTemplates(items, common)
        var noted: Set<[Span]> = []
        for item in items {
            var isNameReported = false
            for id in item.ids {
                add(id, of: item, on: parent, model, &tags, &noted, &isNameReported)
            }
        }
    }

    // MARK: Reading

    private mutating func trunkItems(_ entry: YAMLEntry, _ common: Naming) -> [Item] {
        var items: [Item] = []
        for node in list(entry) ?? [] {
            if node.isPoisoned { continue }
            switch node.content {
            case .scalar(let text, _) where !node.isNull:
                if let ids = attempt(at: node.span, { () throws(ValueError) in try Self.ids(text) }) {
                    items.append(Item(ids: ids, span: node.span, naming: common))
                }
            case .scalar, .list:
                problems.error(node.span, "a trunk's VLAN is an id or a range, not \(node.noun)", fix: "write it like 10 or 100-119")
            case .mapping(let entries):
                if let item = trunkItem(entries, node.span, common) { items.append(item) }
            }
        }
        return items
    }

    private mutating func trunkItem(_ entries: [YAMLEntry], _ span: Span, _ common: Naming) -> Item? {
        var naming = common
        var ids: (ClosedRange<Int>, Span)?
        var hasID = false
        for entry in entries {
            switch TrunkVLANKey(rawValue: entry.key) {
            case .id:
                hasID = true
                guard let text = text(entry) else { break }
                ids = attempt(at: entry.valueSpan) { () throws(ValueError) in try Self.ids(text) }.map { ($0, entry.valueSpan) }
            case .name: naming.link = template(entry) ?? naming.link
            case .bridge: naming.bridge = bridgeTemplate(entry, otherwise: naming.bridge)
            case .mtu:
                if let mtu = number(entry, in: Self.mtuRange, unit: " bytes") { naming.mtu = (mtu, entry.valueSpan) }
            case nil: unknownKey(entry, in: .trunkVLAN)
            }
        }
        if !hasID { problems.error(span, "this VLAN has no 'id'", fix: "write it like {id: 10, bridge: storage}") }
        return ids.map { Item(ids: $0.0, span: $0.1, naming: naming) }
    }

    /// Reads `10` or `100-119`.
    static func ids(_ text: String) throws(ValueError) -> ClosedRange<Int> {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        var numbers: [Int] = []
        for part in parts {
            guard let number = try Int64(decimalDigits: part) else {
                throw ValueError("'\(text)' is neither a VLAN id nor a range", fix: "write it like 10 or 100-119")
            }
            guard number <= 4094 else { throw ValueError("\(part) is not a VLAN id", fix: "VLAN ids go from 1 to 4094") }
            numbers.append(Int(try VLANID(Int(number)).number))
        }
        guard let low = numbers.first, let high = numbers.last, low <= high else {
            throw ValueError("the range '\(text)' goes backwards", fix: "write \(parts[1])-\(parts[0])")
        }
        return low...high
    }

    private mutating func bridgeTemplate(_ entry: YAMLEntry, otherwise: NameTemplate?) -> NameTemplate? {
        if entry.value.isPoisoned { return otherwise }
        if entry.value.isNull { return nil }
        if case .scalar(let text, isPlain: true) = entry.value.content, ["none", "false", "no", "off"].contains(text.lowercased()) {
            return nil
        }
        return template(entry) ?? otherwise
    }

    private mutating func template(_ entry: YAMLEntry) -> NameTemplate? {
        if case .mapping = entry.value.content {
            problems.error(
                entry.valueSpan, "'\(entry.key)' takes one value, not a mapping", fix: "put a name that begins with a brace in quotes")
            return nil
        }
        guard let text = text(entry) else { return nil }
        var rest = Substring(text).replacing("{id}", with: "").replacing("{parent}", with: "")
        if let open = rest.firstIndex(of: "{") {
            let close = rest[open...].firstIndex(of: "}") ?? rest.index(before: rest.endIndex)
            rest = rest[open...close]
            problems.error(entry.valueSpan, "'\(rest)' stands for nothing in a name", fix: "a name can contain {parent} and {id}")
            return nil
        }
        return NameTemplate(text, entry.valueSpan)
    }

    // MARK: Making links

    /// A template without `{id}` that several VLANs would have to share.
    private mutating func checkTemplates(_ items: [Item], _ common: Naming) {
        func check(_ template: NameTemplate?, _ what: String, _ count: Int) {
            guard let template, count > 1, !template.hasID else { return }
            problems.error(
                template.span, "'\(template.text)' would be the name of \(count) \(what)",
                fix: "write {id} into it: \"\(template.text)-{id}\"")
        }
        var links: [Span: (template: NameTemplate, count: Int)] = [:]
        var bridges: [Span: (template: NameTemplate, count: Int)] = [:]
        for item in items {
            links[item.naming.link.span, default: (item.naming.link, 0)].count += item.ids.count
            if let bridge = item.naming.bridge { bridges[bridge.span, default: (bridge, 0)].count += item.ids.count }
        }
        for link in links.values { check(link.template, "VLANs", link.count) }
        for bridge in bridges.values { check(bridge.template, "bridges", bridge.count) }
    }

    private mutating func add(
        _ id: Int, of item: Item, on parent: LinkName, _ model: LinkDraft, _ tags: inout [VLANTag: LinkDraft], _ noted: inout Set<[Span]>,
        _ isNameReported: inout Bool
    ) {
        let template = item.naming.link
        let text = template.name(parent: parent, id: id)
        guard let name = generated(text, item, "VLAN", "name: vlan{id}", &isNameReported) else { return }
        var vlan = model
        vlan.link = Link(name, kind: .vlan)
        vlan.link.options = model.link.options
        vlan.link.hasIPv6 = model.link.hasIPv6
        vlan.link.options[.vlanID] = .number(Int64(id))
        vlan.link.parent = parent
        vlan.link.mtu = item.naming.mtu?.value
        vlan.span = item.span
        vlan.spans = [.parent: model.span]
        vlan.spans[.mtu] = item.naming.mtu?.span
        vlan.trunk = parent
        if let tag = vlan.link.vlanTag {
            if let other = tags[tag] {
                if noted.insert([item.span, other.span]).inserted {
                    problems.error(
                        item.span, "VLAN \(id) on \(parent) is here twice", fix: "keep one of the two",
                        related: [(other.span, "the first is here")])
                }
                return
            }
            tags[tag] = vlan
        }
        if let other = draft.links[name] {
            if template.hasID || other.trunk != parent { collide(name, item, other, "name", parent, &noted) }
            return
        }
        draft.add(vlan)
        addBridge(id, of: item, on: parent, vlan, &noted, &isNameReported)
    }

    private mutating func addBridge(
        _ id: Int, of item: Item, on parent: LinkName, _ vlan: LinkDraft, _ noted: inout Set<[Span]>, _ isNameReported: inout Bool
    ) {
        guard let template = item.naming.bridge else { return }
        let text = template.name(parent: parent, id: id)
        guard let name = generated(text, item, "bridge", "bridge: br{id}", &isNameReported) else { return }
        var port = PortDraft(name: vlan.name, span: item.span)
        port.trunk = parent
        if var other = draft.links[name] {
            guard other.section == .bridges, other.trunk == nil, other.link.isPresent else {
                if template.hasID || other.trunk != parent { collide(name, item, other, "bridge", parent, &noted) }
                return
            }
            // Written out as well, for an address or an option: the trunk adds its port. Two VLANs of trunks meet in one
            // bridge only where its own list says so.
            if other.ports?.contains(where: { $0.name == vlan.name && !$0.isAbsent }) != true {
                if let twin = other.ports?.first(where: { $0.trunk != nil }) {
                    other.trunk = twin.trunk
                    other.span = twin.span
                    if template.hasID || twin.trunk != parent { collide(name, item, other, "bridge", parent, &noted) }
                    return
                }
                other.ports = (other.ports ?? []) + [port]
            }
            other.link.listsPorts = true
            takeIPv6(of: vlan, into: &other)
            draft.links[name] = other
            return
        }
        var bridge = LinkDraft(Link(name, kind: .bridge), section: .bridges, span: item.span)
        bridge.trunk = parent
        bridge.link.listsPorts = true
        bridge.ports = [port]
        takeIPv6(of: vlan, into: &bridge)
        draft.add(bridge)
    }

    /// What the trunk says of IPv6 holds for its bridges too, where they say nothing themselves.
    private func takeIPv6(of vlan: LinkDraft, into bridge: inout LinkDraft) {
        guard bridge.link.hasIPv6 == nil, let hasIPv6 = vlan.link.hasIPv6 else { return }
        bridge.link.hasIPv6 = hasIPv6
        bridge.ipv6Span = vlan.ipv6Span
    }

    /// A name made from a template; one that the kernel would refuse is reported once for its item.
    private mutating func generated(_ text: String, _ item: Item, _ what: String, _ example: String, _ isReported: inout Bool) -> LinkName?
    {
        do throws(ValueError) {
            return try LinkName(text)
        } catch {
            if !isReported {
                let length = text.utf8.count
                let message =
                    length > LinkName.maximumLength
                    ? "the \(what)'s name '\(text)' would have \(length) bytes; the kernel takes \(LinkName.maximumLength)" : error.message
                problems.error(item.span, message, fix: "give the trunk a shorter template: \(example)")
            }
            isReported = true
            return nil
        }
    }

    private mutating func collide(
        _ name: LinkName, _ item: Item, _ other: LinkDraft, _ key: String, _ parent: LinkName, _ noted: inout Set<[Span]>
    ) {
        guard noted.insert([item.span, other.span]).inserted else { return }
        let what =
            other.trunk.map { "trunk \($0) makes already" }
            ?? (other.link.isPresent ? "is a \(other.section.noun) already" : "is to be absent")
        let example =
            key == "name" ? "v{id}" : NameTemplate("br-{parent}-{id}", item.span).name(parent: parent, id: 4094).utf8.count > 15 ? "br2-{id}" : "br-{parent}-{id}"
        problems.error(
            item.span, "trunk \(parent) would make '\(name)', which \(what)",
            fix: "give the trunk a template of its own: \(key): \"\(example)\"", related: [(other.span, "'\(name)' is here")])
    }
}
