internal import CNetlink
internal import HostNetwork

/// A link as one message tells it, with the links that it refers to still by index.
struct DecodedLink {
    var link: Link
    let index: Int32
    var parent: Int32 = 0
    var master: Int32 = 0
    var pendingOptions: [OptionDecoder.PendingLink] = []
}

/// Reads links out of `RTM_NEWLINK`. Its tables are used again for each message, so that a link costs few allocations.
///
/// By the message layer and not by libnl's link objects: those know neither all options nor strangers' kinds, and reading
/// through their cache takes more than twice the time.
struct LinkDecoder: ~Copyable {
    private let attributes = AttributeTable(highest: Int(__IFLA_MAX) - 1)
    private let info = AttributeTable(highest: Int(__IFLA_INFO_MAX) - 1)
    private let bondInfo = AttributeTable(highest: Int(IFLA_BOND_AD_INFO))
    private let partnerInfo = AttributeTable(highest: Int(IFLA_BOND_AD_INFO_PARTNER_MAC))
    private let bridgeInfo = AttributeTable(highest: Int(IFLA_BR_TOPOLOGY_CHANGE))
    private let portInfo = AttributeTable(highest: Int(IFLA_BRPORT_STATE))
    private let bondPortInfo = AttributeTable(highest: Int(IFLA_BOND_SLAVE_PERM_HWADDR))
    private let bond = OptionDecoder(.bond)
    private let bondPort = OptionDecoder(.bondPort)
    private let bridge = OptionDecoder(.bridge)
    private let bridgePort = OptionDecoder(.bridgePort)
    private let vlan = OptionDecoder(.vlan)

    /// Reads one message; `nil` if it is no link, or one without a name.
    func decode(_ message: ReceivedMessage) -> DecodedLink? {
        guard message.type == RTM_NEWLINK, let header = message.body(ifinfomsg.self) else { return nil }
        attributes.parse(message, after: MemoryLayout<ifinfomsg>.size)
        guard let name = attributes[IFLA_IFNAME]?.text else { return nil }
        let linkInfo = attributes[IFLA_LINKINFO]
        info.parse(linkInfo)
        let kind = kind(hardware: header.ifi_type)

        var link = Link(LinkName(kernel: name), kind: kind)
        link.index = header.ifi_index
        link.isUp = header.ifi_flags & UInt32(IFF_UP) != 0
        link.hasCarrier = header.ifi_flags & UInt32(IFF_LOWER_UP.rawValue) != 0
        link.operationalState = attributes[IFLA_OPERSTATE].map { Self.operationalState($0.u8) }
        link.mtu = attributes[IFLA_MTU]?.u32
        link.mac = attributes[IFLA_ADDRESS]?.mac
        link.permanentMAC = attributes[IFLA_PERM_ADDRESS]?.mac
        link.txQueueLength = attributes[IFLA_TXQLEN]?.u32
        if kind == .bond { link.transmitQueues = attributes[IFLA_NUM_TX_QUEUES]?.u32 }
        link.alias = attributes[IFLA_IFALIAS]?.text ?? ""
        link.group = attributes[IFLA_GROUP]?.u32
        link.alternativeNames = alternativeNames
        readIPv6(into: &link)
        link.addresses = []

        var decoded = DecodedLink(link: consume link, index: header.ifi_index)
        decoded.master = attributes[IFLA_MASTER]?.i32 ?? 0
        decoded.parent = parent(of: kind)
        decodeOptions(&decoded)
        return decoded
    }

    private func kind(hardware: UInt16) -> LinkKind {
        guard let kind = info[IFLA_INFO_KIND] else { return Int32(hardware) == ARPHRD_LOOPBACK ? .loopback : .nic }
        switch kind.text {
        case "bond": return .bond
        case "bridge": return .bridge
        case "vlan": return .vlan
        case let other: return .other(other)
        }
    }

    /// The index of the link below; 0 where there is none, or it is in another namespace.
    private func parent(of kind: LinkKind) -> Int32 {
        // An index of another namespace means nothing here.
        guard attributes[IFLA_LINK_NETNSID] == nil, let lower = attributes[IFLA_LINK]?.i32 else { return 0 }
        switch kind {
        // These come in pairs, and name each other: the peer lies beside such a link, not below it.
        case .other("veth"), .other("netkit"), .other("vxcan"): return 0
        case .nic, .loopback, .bond, .bridge, .vlan, .other: return lower
        }
    }

    private var alternativeNames: [String] {
        var names: [String] = []
        attributes[IFLA_PROP_LIST]?.forEachNested { type, item in
            if type == Int(IFLA_ALT_IFNAME) { names.append(item.text) }
        }
        return names.sorted()
    }

    /// What IPv6 says of the link, out of its settings: the mode of its addresses has an attribute of its own, which comes only
    /// with the counters that the dump is asked to leave out. A link with an MTU below 1280 has no IPv6 at all.
    private func readIPv6(into link: inout Link) {
        link.hasIPv6 = false
        attributes[IFLA_AF_SPEC]?.forEachNested { family, part in
            guard family == Int(AF_INET6) else { return }
            part.forEachNested { type, settings in
                guard type == Int(IFLA_INET6_CONF) else { return }
                link.hasIPv6 = settings.int32(at: Int(DEVCONF_DISABLE_IPV6)) == 0
                link.addressGeneration = settings.int32(at: Int(DEVCONF_ADDR_GEN_MODE)).flatMap { AddressGeneration(rawValue: UInt8(truncatingIfNeeded: $0)) }
            }
        }
    }

    private func decodeOptions(_ decoded: inout DecodedLink) {
        let data = info[IFLA_INFO_DATA]
        switch decoded.link.kind {
        case .bond:
            decoded.link.options = bond.decode(data, pending: &decoded.pendingOptions)
            bondInfo.parse(data)
            partnerInfo.parse(bondInfo[IFLA_BOND_AD_INFO])
            decoded.link.lacpPartner = partnerInfo[IFLA_BOND_AD_INFO_PARTNER_MAC]?.mac.flatMap { $0.isZero ? nil : $0 }
        case .bridge:
            decoded.link.options = bridge.decode(data, pending: &decoded.pendingOptions)
            bridgeInfo.parse(data)
            decoded.link.overriddenOptions = overriddenOptions
        case .vlan: decoded.link.options = vlan.decode(data, pending: &decoded.pendingOptions)
        case .nic, .loopback, .other: break
        }
        let portData = info[IFLA_INFO_SLAVE_DATA]
        switch info[IFLA_INFO_SLAVE_KIND]?.text {
        case "bond":
            decoded.link.portOptions = bondPort.decode(portData, pending: &decoded.pendingOptions)
            guard decoded.link.permanentMAC == nil else { return }
            // A veth or dummy has no address it was built with; the bond keeps the one it came with.
            bondPortInfo.parse(portData)
            decoded.link.permanentMAC = bondPortInfo[IFLA_BOND_SLAVE_PERM_HWADDR]?.mac
        case "bridge":
            decoded.link.portOptions = bridgePort.decode(portData, pending: &decoded.pendingOptions)
            portInfo.parse(portData)
            decoded.link.portState = portInfo[IFLA_BRPORT_STATE].map { Self.portState($0.u8) }
        default: break
        }
    }

    /// Where the spanning tree is in force, and so what the bridge was set to is not told.
    private var overriddenOptions: [OptionRow.ID] {
        var rows: [OptionRow] = []
        if let root = bridgeInfo[IFLA_BR_ROOT_ID]?.u64, root != bridgeInfo[IFLA_BR_BRIDGE_ID]?.u64 { rows += OptionRow.rootTimers }
        if bridgeInfo[IFLA_BR_TOPOLOGY_CHANGE]?.u8 == 1 { rows.append(.ageingTime) }
        return rows.map(\.id)
    }

    /// As `ip` prints it.
    private static func operationalState(_ number: UInt8) -> String {
        switch Int(number) {
        case Int(IF_OPER_UNKNOWN): "UNKNOWN"
        case Int(IF_OPER_NOTPRESENT): "NOTPRESENT"
        case Int(IF_OPER_DOWN): "DOWN"
        case Int(IF_OPER_LOWERLAYERDOWN): "LOWERLAYERDOWN"
        case Int(IF_OPER_TESTING): "TESTING"
        case Int(IF_OPER_DORMANT): "DORMANT"
        case Int(IF_OPER_UP): "UP"
        default: String(number)
        }
    }

    /// As `bridge link` prints it.
    private static func portState(_ number: UInt8) -> String {
        switch Int32(number) {
        case BR_STATE_DISABLED: "disabled"
        case BR_STATE_LISTENING: "listening"
        case BR_STATE_LEARNING: "learning"
        case BR_STATE_FORWARDING: "forwarding"
        case BR_STATE_BLOCKING: "blocking"
        default: String(number)
        }
    }
}
