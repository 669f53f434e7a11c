internal import CNetlink
internal import HostNetwork

/// VLAN tables in messages of family `AF_BRIDGE`, as ranges: 4,094 ids are one message.
extension Message {
    /// Begins a message that changes a link's VLAN table.
    mutating func beginVLANs(_ type: some BinaryInteger, _ index: Int32) {
        var header = ifinfomsg()
        header.ifi_family = UInt8(AF_BRIDGE)
        header.ifi_index = index
        begin(type, 0, header)
    }

    /// Adds entries of a VLAN table.
    mutating func put(_ vlans: [BridgeVLAN], at place: BridgePlace) {
        nest(IFLA_AF_SPEC) { message in
            // Without it the kernel looks for the link's master: a bridge has none.
            if case .itself = place { message.put(IFLA_BRIDGE_FLAGS, UInt16(BRIDGE_FLAGS_SELF)) }
            // The kernel carries the entries out one by one. A new PVID comes first, so that untagged frames always belong somewhere.
            for vlan in vlans where vlan.isPVID { message.put(vlan) }
            for vlan in vlans where !vlan.isPVID { message.put(vlan) }
        }
    }

    /// Adds a range: its first id marked as a beginning and its last as an end, or one id.
    private mutating func put(_ vlan: BridgeVLAN) {
        let flags = (vlan.isUntagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0) | (vlan.isPVID ? BRIDGE_VLAN_INFO_PVID : 0)
        func entry(_ id: UInt16, _ more: Int32) -> bridge_vlan_info { bridge_vlan_info(flags: UInt16(flags | more), vid: id) }
        // A range of which one id is the PVID is refused, and would mean nothing.
        guard vlan.ids.count > 1 else { return put(IFLA_BRIDGE_VLAN_INFO, plain: entry(vlan.ids.lowerBound, 0)) }
        put(IFLA_BRIDGE_VLAN_INFO, plain: entry(vlan.ids.lowerBound, BRIDGE_VLAN_INFO_RANGE_BEGIN))
        put(IFLA_BRIDGE_VLAN_INFO, plain: entry(vlan.ids.upperBound, BRIDGE_VLAN_INFO_RANGE_END))
    }
}
