internal import HostNetwork

/// `domains:` — virtual machines and the bridges that their interfaces hang on.
extension Decoder {
    mutating func decodeDomains(_ entry: YAMLEntry) {
        for item in mapping(entry, "domains by name") ?? [] { decodeDomain(item) }
    }

    private mutating func decodeDomain(_ entry: YAMLEntry) {
        if entry.key.isEmpty || entry.key.contains(where: { $0 == "/" || $0.isNewline }) {
            problems.error(entry.keySpan, "'\(entry.key)' cannot be a domain's name", fix: "write the name that 'virsh list --all' shows")
        }
        var domain = DomainDraft(name: entry.key, span: entry.keySpan)
        for item in mapping(entry, "the domain's keys") ?? [] {
            switch DomainKey(rawValue: item.key) {
            case .interfaces:
                for node in list(item) ?? [] {
                    if let interface = decodeInterface(node, of: entry.key) { domain.interfaces.append(interface) }
                }
            case nil: unknownKey(item, in: .domain(entry.key))
            }
        }
        draft.domains.append(domain)
    }

    private mutating func decodeInterface(_ node: YAMLNode, of domain: String) -> InterfaceDraft? {
        if node.isPoisoned { return nil }
        guard case .mapping(let entries) = node.content else {
            problems.error(node.span, "a domain's interface is a mapping, not \(node.noun)", fix: "write it like {bridge: brvlan-10}")
            return nil
        }
        var interface = InterfaceDraft(span: node.span)
        var vlans: [(key: VLANKey, entry: YAMLEntry)] = []
        for entry in entries {
            if let key = InterfaceKey(rawValue: entry.key) {
                interface.spans[key] = entry.valueSpan
                decode(key, entry, into: &interface)
            } else if let key = VLANKey(rawValue: entry.key) {
                vlans.append((key, entry))
            } else if let row = InterfaceKey.portOption(entry.key) {
                guard noteOption(row, entry, in: &interface.options) != nil else { continue }
                if let value = optionValue(row, entry) { interface.want.port.options[row] = value }
            } else {
                interface.hasUnknownKeys = true
                unknownKey(entry, in: .interface(of: domain))
            }
        }
        interface.vlans = vlanTable(vlans)
        requireKeys(interface)
        return interface
    }

    private mutating func decode(_ key: InterfaceKey, _ entry: YAMLEntry, into interface: inout InterfaceDraft) {
        switch key {
        case .bridge: interface.want.settings.bridge = text(entry).flatMap { linkName($0, entry.valueSpan) }?.text
        case .vlan:
            guard let text = text(entry) else { return }
            interface.vlan = attempt(at: entry.valueSpan) { () throws(ValueError) in
                guard let number = try Int64(decimalDigits: text) else {
                    throw ValueError("'\(text)' is not a VLAN id", fix: "VLAN ids go from 1 to 4094")
                }
                return try VLANID(Int(clamping: number))
            }
        case .mac: interface.want.mac = mac(entry)
        case .model: interface.want.settings.model = model(entry)
        case .target: interface.want.settings.target = target(entry)
        case .mtu: interface.want.settings.mtu = number(entry, in: Self.mtuRange, unit: " bytes")
        case .isolated: interface.want.settings.isIsolated = flag(entry)
        case .link:
            guard let text = text(entry) else { return }
            guard text == "up" || text == "down" else {
                return problems.error(entry.valueSpan, "'\(text)' is not a value of 'link'", fix: "up or down")
            }
            interface.want.settings.isLinkUp = text == "up"
        case .state: interface.want.isPresent = isPresent(entry)
        }
    }

    private mutating func model(_ entry: YAMLEntry) -> String? {
        guard let text = text(entry) else { return nil }
        guard DomainDeviceSettings.isModel(text) else {
            problems.error(entry.valueSpan, "'\(text)' cannot be a card's model", fix: "virtio, e1000, e1000e, rtl8139 and the like")
            return nil
        }
        return text
    }

    private mutating func target(_ entry: YAMLEntry) -> String? {
        guard let text = text(entry), let name = linkName(text, entry.valueSpan) else { return nil }
        guard !text.hasPrefix("vnet") else {
            problems.error(
                entry.valueSpan, "names that begin with vnet libvirt gives out itself, and forgets one that is written",
                fix: "choose another, such as web0, or leave 'target' out")
            return nil
        }
        return name.text
    }

    /// What an interface needs so that one knows which it is, and where it hangs.
    private mutating func requireKeys(_ interface: InterfaceDraft) {
        guard !interface.hasUnknownKeys else { return }
        let isKnown = interface.spans[.mac] != nil || interface.spans[.target] != nil
        if let span = interface.spans[.vlan], interface.spans[.bridge] != nil {
            problems.error(span, "'vlan' and 'bridge' both say where the interface hangs", fix: "keep one of the two")
        } else if !interface.want.isPresent, !isKnown {
            problems.error(interface.span, "nothing says which interface is to be absent", fix: "write its 'mac', which `weft vm list` shows")
        } else if interface.spans[.bridge] == nil, interface.spans[.vlan] == nil, !isKnown {
            problems.error(interface.span, "nothing says where the interface hangs", fix: "write its bridge: brvlan-10, or its vlan: 10")
        }
    }
}
