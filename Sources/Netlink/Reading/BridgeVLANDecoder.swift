internal import CNetlink
internal import HostNetwork

/// Reads a bridge's VLAN table out of `RTM_NEWLINK` of family `AF_BRIDGE`, asked for with `RTEXT_FILTER_BRVLAN_COMPRESSED`.
struct BridgeVLANDecoder: ~Copyable {
    private let attributes = AttributeTable(highest: Int(IFLA_AF_SPEC))

    /// Reads one message: the port's (or the bridge's own) index, and its ranges in ascending order.
    func decode(_ message: ReceivedMessage) -> (link: Int32, vlans: [BridgeVLAN])? {
        guard message.type == RTM_NEWLINK, let header = message.body(ifinfomsg.self) else { return nil }
        attributes.parse(message, after: MemoryLayout<ifinfomsg>.size)
        guard let spec = attributes[IFLA_AF_SPEC] else { return nil }
        var vlans: [BridgeVLAN] = []
        var begin: UInt16?
        spec.forEachNested { type, attribute in
            guard type == Int(IFLA_BRIDGE_VLAN_INFO), let info = attribute.structure(bridge_vlan_info.self) else { return }
            let flags = Int32(info.flags)
            // A range is two entries: its first id, marked as a beginning, and its last, marked as an end.
            if flags & BRIDGE_VLAN_INFO_RANGE_BEGIN != 0 {
                begin = info.vid
                return
            }
            let first = flags & BRIDGE_VLAN_INFO_RANGE_END != 0 ? begin ?? info.vid : info.vid
            begin = nil
            guard first <= info.vid else { return }
            vlans.append(
                BridgeVLAN(
                    ids: first...info.vid, isUntagged: flags & BRIDGE_VLAN_INFO_UNTAGGED != 0,
                    isPVID: flags & BRIDGE_VLAN_INFO_PVID != 0))
        }
        return vlans.isEmpty ? nil : (header.ifi_index, vlans)
    }
}
