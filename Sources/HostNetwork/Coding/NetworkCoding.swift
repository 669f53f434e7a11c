/// A network as `{"links": [...], "routes": [...], "rules": [...], "bridge_vlans": {"PORT": [...]}}`, links by name, the
/// lists in their order.
///
/// Nothing is lost on the way: a checkpoint on disk and a saved plan are made of this. Every stored property has its key; what
/// is absent is `nil`, empty, or `false`.
extension HostNetwork: Codable {
    enum CodingKeys: String, CodingKey {
        case links, routes, rules, belongings
        case bridgeVLANs = "bridge_vlans"
        case kernel, services
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        self.init(
            links: try keys.decode([Link].self, forKey: .links), routes: try keys.decode(.routes, or: []),
            rules: try keys.decode(.rules, or: []), bridgeVLANs: try keys.decode(.bridgeVLANs, or: [:]))
        kernel = try keys.decode(.kernel)
        services = try keys.decode(.services)
        belongings = try keys.decode(.belongings, or: [:])
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(sortedLinks, forKey: .links)
        try keys.encode(routes, unless: [], .routes)
        try keys.encode(rules, unless: [], .rules)
        try keys.encode(belongings, unless: [:], .belongings)
        try keys.encode(bridgeVLANs, unless: [:], .bridgeVLANs)
        try keys.encodeIfPresent(kernel, forKey: .kernel)
        try keys.encodeIfPresent(services, forKey: .services)
    }
}

extension BridgeVLAN: Codable {
    enum CodingKeys: String, CodingKey { case first, last, untagged, pvid }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        let first = try keys.decode(UInt16.self, forKey: .first)
        let last: UInt16 = try keys.decode(.last, or: first)
        guard first <= last else { throw decoder.corrupt("the VLAN ids \(first) to \(last) are no range") }
        self.init(ids: first...last, isUntagged: try keys.decode(.untagged, or: false), isPVID: try keys.decode(.pvid, or: false))
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(ids.lowerBound, forKey: .first)
        try keys.encode(ids.upperBound, unless: ids.lowerBound, .last)
        try keys.encode(isUntagged, unless: false, .untagged)
        try keys.encode(isPVID, unless: false, .pvid)
    }
}

extension Link: Codable {
    enum CodingKeys: String, CodingKey {
        case name, kind, index, parent
        case attachment = "master"
        case isUp = "up"
        case hasCarrier = "carrier"
        case operationalState = "operational_state"
        case mtu, mac
        case permanentMAC = "permanent_mac"
        case driver
        case busPath = "bus_path"
        case txQueueLength = "tx_queue_length"
        case transmitQueues = "transmit_queues"
        case alias
        case alternativeNames = "altnames"
        case hasIPv6 = "ipv6"
        case addressGeneration = "addr_gen_mode"
        case group, options
        case portOptions = "port_options"
        case lacpPartner = "lacp_partner"
        case portState = "port_state"
        case overriddenOptions = "overridden_options"
        case addresses
        case isPresent = "present"
        case listsPorts = "lists_ports"
        case portOrder = "port_order"
        case addressesAreExclusive = "addresses_exclusive"
        case dhcp4, dhcp6
        case dns, zone
        case origin
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        self.init(try keys.decode(LinkName.self, forKey: .name), kind: try keys.decode(LinkKind.self, forKey: .kind))
        index = try keys.decode(.index)
        parent = try keys.decode(.parent)
        attachment = try keys.decode(.attachment)
        isUp = try keys.decode(.isUp)
        hasCarrier = try keys.decode(.hasCarrier)
        operationalState = try keys.decode(.operationalState)
        mtu = try keys.decode(.mtu)
        mac = try keys.decode(.mac)
        permanentMAC = try keys.decode(.permanentMAC)
        driver = try keys.decode(.driver)
        busPath = try keys.decode(.busPath)
        txQueueLength = try keys.decode(.txQueueLength)
        transmitQueues = try keys.decode(.transmitQueues)
        alias = try keys.decode(.alias)
        alternativeNames = try keys.decode(.alternativeNames)
        hasIPv6 = try keys.decode(.hasIPv6)
        addressGeneration = try keys.decode(.addressGeneration)
        group = try keys.decode(.group)
        options = try keys.decode(.options, or: options)
        portOptions = try keys.decode(.portOptions, or: portOptions)
        lacpPartner = try keys.decode(.lacpPartner)
        portState = try keys.decode(.portState)
        let overridden: [String] = try keys.decode(.overriddenOptions, or: [])
        overriddenOptions = try overridden.map { name in
            guard let row = OptionRow.named(name, in: .bridge) else { throw decoder.corrupt("unknown option '\(name)' of a bridge") }
            return row.id
        }
        addresses = try keys.decode(.addresses)
        isPresent = try keys.decode(.isPresent, or: true)
        listsPorts = try keys.decode(.listsPorts, or: false)
        portOrder = try keys.decode(.portOrder, or: [])
        addressesAreExclusive = try keys.decode(.addressesAreExclusive, or: false)
        dhcp4 = try keys.decode(.dhcp4)
        dhcp6 = try keys.decode(.dhcp6)
        dns = try keys.decode(.dns)
        zone = try keys.decode(.zone)
        origin = try keys.decode(.origin)
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(name, forKey: .name)
        try keys.encode(kind, forKey: .kind)
        try keys.encodeIfPresent(index, forKey: .index)
        try keys.encodeIfPresent(parent, forKey: .parent)
        try keys.encodeIfPresent(attachment, forKey: .attachment)
        try keys.encodeIfPresent(isUp, forKey: .isUp)
        try keys.encodeIfPresent(hasCarrier, forKey: .hasCarrier)
        try keys.encodeIfPresent(operationalState, forKey: .operationalState)
        try keys.encodeIfPresent(mtu, forKey: .mtu)
        try keys.encodeIfPresent(mac, forKey: .mac)
        try keys.encodeIfPresent(permanentMAC, forKey: .permanentMAC)
        try keys.encodeIfPresent(driver, forKey: .driver)
        try keys.encodeIfPresent(busPath, forKey: .busPath)
        try keys.encodeIfPresent(txQueueLength, forKey: .txQueueLength)
        try keys.encodeIfPresent(transmitQueues, forKey: .transmitQueues)
        try keys.encodeIfPresent(alias, forKey: .alias)
        try keys.encodeIfPresent(alternativeNames, forKey: .alternativeNames)
        try keys.encodeIfPresent(hasIPv6, forKey: .hasIPv6)
        try keys.encodeIfPresent(addressGeneration, forKey: .addressGeneration)
        try keys.encodeIfPresent(group, forKey: .group)
        if !options.isEmpty { try keys.encode(options, forKey: .options) }
        if !portOptions.isEmpty { try keys.encode(portOptions, forKey: .portOptions) }
        try keys.encodeIfPresent(lacpPartner, forKey: .lacpPartner)
        try keys.encodeIfPresent(portState, forKey: .portState)
        try keys.encode(overriddenOptions.compactMap { OptionRow.with(id: $0)?.name }, unless: [], .overriddenOptions)
        try keys.encodeIfPresent(addresses, forKey: .addresses)
        try keys.encode(isPresent, unless: true, .isPresent)
        try keys.encode(listsPorts, unless: false, .listsPorts)
        try keys.encode(portOrder, unless: [], .portOrder)
        try keys.encode(addressesAreExclusive, unless: false, .addressesAreExclusive)
        try keys.encodeIfPresent(dhcp4, forKey: .dhcp4)
        try keys.encodeIfPresent(dhcp6, forKey: .dhcp6)
        try keys.encodeIfPresent(dns, forKey: .dns)
        try keys.encodeIfPresent(zone, forKey: .zone)
        try keys.encodeIfPresent(origin, forKey: .origin)
    }
}
