internal import CNetlink
public import HostNetwork

extension KernelConnection {
    /// Reads what nobody sets of every link: counters, and its present part in bonds and spanning trees. After a ``snapshot(vlanTables:)``.
    public mutating func linkStatus() throws(NetlinkError) -> [LinkName: LinkStatus] {
        let decoder = StatusDecoder()
        let found = try socket.dump("links' state", .dump(Int(RTM_GETLINK), ifinfomsg()), into: { [LinkStatus]() }) { found, message in
            if let status = decoder.decode(message) { found.append(status) }
        }
        return Dictionary(found.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Reads a bridge's forwarding table, and the addresses that its ports listen to themselves. After a ``snapshot(vlanTables:)``.
    public mutating func forwardingTable(of bridge: LinkName) throws(NetlinkError) -> [ForwardingEntry] {
        let attempted = "read the forwarding table of \(bridge)"
        guard let index = links[bridge]?.index else {
            throw NetlinkError(attempted, .unknownLink, .noDevice, detail: "there is no link named \(bridge)")
        }
        var header = ndmsg()
        header.ndm_family = UInt8(AF_BRIDGE)
        var request = Message.dump(Int(RTM_GETNEIGH), header)
        request.put(NDA_MASTER, index)
        let decoder = ForwardingDecoder()
        let links = links
        return try socket.dump("forwarding table of \(bridge)", request, into: { [ForwardingEntry]() }) { found, message in
            if let entry = decoder.decode(message, nameOf: { links[$0] }) { found.append(entry) }
        }
    }
}

/// Reads `RTM_NEWNEIGH` of family `AF_BRIDGE`.
private struct ForwardingDecoder: ~Copyable {
    private let attributes = AttributeTable(highest: Int(NDA_MASTER))

    func decode(_ message: ReceivedMessage, nameOf name: (Int32) -> LinkName?) -> ForwardingEntry? {
        guard message.type == RTM_NEWNEIGH, let header = message.body(ndmsg.self), Int32(header.ndm_family) == AF_BRIDGE else { return nil }
        attributes.parse(message, after: MemoryLayout<ndmsg>.size)
        guard let mac = attributes[NDA_LLADDR]?.mac, let link = name(header.ndm_ifindex) else { return nil }
        let kind: ForwardingEntry.Kind =
            switch Int32(header.ndm_state) {
            case let state where state & NUD_PERMANENT != 0: .local
            case let state where state & NUD_NOARP != 0: .static
            default: .learned
            }
        var entry = ForwardingEntry(mac: mac, link: link, vlan: attributes[NDA_VLAN]?.u16, kind: kind)
        let flags = Int32(header.ndm_flags)
        entry.isOwnList = flags & NTF_SELF != 0
        entry.isExternallyLearned = flags & NTF_EXT_LEARNED != 0
        entry.isOffloaded = flags & NTF_OFFLOADED != 0
        entry.isSticky = flags & NTF_STICKY != 0
        if let times = attributes[NDA_CACHEINFO]?.structure(nda_cacheinfo.self) {
            entry.updated = UInt64(times.ndm_updated)
            entry.used = UInt64(times.ndm_used)
        }
        return entry
    }
}

/// Reads the state of links out of `RTM_NEWLINK`. The kernel's ticks are hundredths of a second towards user space.
private struct StatusDecoder: ~Copyable {
    private let attributes = AttributeTable(highest: Int(__IFLA_MAX) - 1)
    private let info = AttributeTable(highest: Int(__IFLA_INFO_MAX) - 1)
    private let data = AttributeTable(highest: max(Int(__IFLA_BR_MAX) - 1, Int(IFLA_BOND_AD_INFO)))
    private let port = AttributeTable(highest: max(Int(__IFLA_BRPORT_MAX) - 1, Int(IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE)))
    private let aggregation = AttributeTable(highest: Int(IFLA_BOND_AD_INFO_PARTNER_MAC))

    func decode(_ message: ReceivedMessage) -> LinkStatus? {
        guard message.type == RTM_NEWLINK else { return nil }
        attributes.parse(message, after: MemoryLayout<ifinfomsg>.size)
        guard let name = attributes[IFLA_IFNAME]?.text else { return nil }
        var status = LinkStatus(LinkName(kernel: name))
        // A kernel newer than the headers has more counters behind these.
        if let stats = attributes[IFLA_STATS64]?.structure(rtnl_link_stats64.self) {
            status.counters = LinkStatus.Counters(
                receivedFrames: stats.rx_packets, receivedBytes: stats.rx_bytes, receivedMulticast: stats.multicast, sentFrames: stats.tx_packets,
                sentBytes: stats.tx_bytes)
        }
        info.parse(attributes[IFLA_LINKINFO])
        switch info[IFLA_INFO_KIND]?.text {
        case "bond":
            data.parse(info[IFLA_INFO_DATA])
            status.aggregation = data[IFLA_BOND_AD_INFO].map { decodeAggregation($0) }
        case "bridge":
            data.parse(info[IFLA_INFO_DATA])
            status.bridge = decodeBridge()
        default: break
        }
        switch info[IFLA_INFO_SLAVE_KIND]?.text {
        case "bond":
            port.parse(info[IFLA_INFO_SLAVE_DATA])
            status.bondPort = decodeBondPort()
        case "bridge":
            port.parse(info[IFLA_INFO_SLAVE_DATA])
            status.bridgePort = decodeBridgePort()
        default: break
        }
        return status
    }

    private func decodeAggregation(_ nest: Attribute) -> LinkStatus.Aggregation {
        aggregation.parse(nest)
        var found = LinkStatus.Aggregation()
        found.aggregator = aggregation[IFLA_BOND_AD_INFO_AGGREGATOR]?.u16 ?? 0
        found.portCount = aggregation[IFLA_BOND_AD_INFO_NUM_PORTS]?.u16 ?? 0
        found.actorKey = aggregation[IFLA_BOND_AD_INFO_ACTOR_KEY]?.u16 ?? 0
        found.partnerKey = aggregation[IFLA_BOND_AD_INFO_PARTNER_KEY]?.u16 ?? 0
        found.partnerMAC = aggregation[IFLA_BOND_AD_INFO_PARTNER_MAC]?.mac
        return found
    }

    private func decodeBondPort() -> LinkStatus.BondPort {
        var found = LinkStatus.BondPort()
        found.isActive = port[IFLA_BOND_SLAVE_STATE]?.u8 == UInt8(BOND_STATE_ACTIVE)
        found.status = port[IFLA_BOND_SLAVE_MII_STATUS].map { Self.linkState($0.u8) } ?? ""
        found.failureCount = port[IFLA_BOND_SLAVE_LINK_FAILURE_COUNT]?.u32 ?? 0
        found.permanentMAC = port[IFLA_BOND_SLAVE_PERM_HWADDR]?.mac
        found.queueID = port[IFLA_BOND_SLAVE_QUEUE_ID]?.u16
        found.aggregator = port[IFLA_BOND_SLAVE_AD_AGGREGATOR_ID]?.u16
        found.actorState = port[IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE].map { LinkStatus.LACPState(rawValue: UInt16($0.u8)) }
        found.partnerState = port[IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE].map { LinkStatus.LACPState(rawValue: $0.u16) }
        return found
    }

    /// `BOND_LINK_*`, in the words of /proc/net/bonding.
    private static func linkState(_ number: UInt8) -> String {
        switch Int32(number) {
        case BOND_LINK_UP: "up"
        case BOND_LINK_FAIL: "going down"
        case BOND_LINK_DOWN: "down"
        case BOND_LINK_BACK: "going back"
        default: String(number)
        }
    }

    private func decodeBridge() -> LinkStatus.Bridge {
        var found = LinkStatus.Bridge()
        found.id = data[IFLA_BR_BRIDGE_ID].map { Self.bridgeID($0) } ?? ""
        found.root = data[IFLA_BR_ROOT_ID].map { Self.bridgeID($0) } ?? ""
        found.rootPort = data[IFLA_BR_ROOT_PORT]?.u16 ?? 0
        found.rootPathCost = data[IFLA_BR_ROOT_PATH_COST]?.u32 ?? 0
        found.isTopologyChanging = data[IFLA_BR_TOPOLOGY_CHANGE]?.u8 ?? 0 != 0
        found.hasDetectedChange = data[IFLA_BR_TOPOLOGY_CHANGE_DETECTED]?.u8 ?? 0 != 0
        found.helloTimer = data[IFLA_BR_HELLO_TIMER]?.u64 ?? 0
        found.changeNoticeTimer = data[IFLA_BR_TCN_TIMER]?.u64 ?? 0
        found.changeTimer = data[IFLA_BR_TOPOLOGY_CHANGE_TIMER]?.u64 ?? 0
        found.cleaningTimer = data[IFLA_BR_GC_TIMER]?.u64 ?? 0
        return found
    }

    private func decodeBridgePort() -> LinkStatus.BridgePort {
        var found = LinkStatus.BridgePort()
        found.number = port[IFLA_BRPORT_NO]?.u16 ?? 0
        found.id = port[IFLA_BRPORT_ID]?.u16 ?? 0
        found.designatedRoot = port[IFLA_BRPORT_ROOT_ID].map { Self.bridgeID($0) } ?? ""
        found.designatedBridge = port[IFLA_BRPORT_BRIDGE_ID].map { Self.bridgeID($0) } ?? ""
        found.designatedPort = port[IFLA_BRPORT_DESIGNATED_PORT]?.u16 ?? 0
        found.designatedCost = port[IFLA_BRPORT_DESIGNATED_COST]?.u16 ?? 0
        found.messageAgeTimer = port[IFLA_BRPORT_MESSAGE_AGE_TIMER]?.u64 ?? 0
        found.forwardDelayTimer = port[IFLA_BRPORT_FORWARD_DELAY_TIMER]?.u64 ?? 0
        found.holdTimer = port[IFLA_BRPORT_HOLD_TIMER]?.u64 ?? 0
        found.isConfigurationPending = port[IFLA_BRPORT_CONFIG_PENDING]?.u8 ?? 0 != 0
        found.isChangeAcknowledged = port[IFLA_BRPORT_TOPOLOGY_CHANGE_ACK]?.u8 ?? 0 != 0
        return found
    }

    /// `struct ifla_bridge_id` as `brctl` and `ip` print it: `8000.525400000001`.
    private static func bridgeID(_ attribute: Attribute) -> String {
        guard let id = attribute.structure(ifla_bridge_id.self) else { return "" }
        let bytes = [id.prio.0, id.prio.1, id.addr.0, id.addr.1, id.addr.2, id.addr.3, id.addr.4, id.addr.5]
        let digits = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return digits[..<2].joined() + "." + digits[2...].joined()
    }
}
