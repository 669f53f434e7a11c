internal import CLinux

/// The options of an 802.1Q sub-interface (`net/8021q/vlan_netlink.c`).
extension OptionRow {
    /// The VLAN's id. The kernel answers success to a change and changes nothing, so the link is made anew.
    public static let vlanID = OptionRow(
        .vlan, "id", IFLA_VLAN_ID, "IFLA_VLAN_ID", .u16, .count, range: 1...4094, change: .recreate, "The VLAN's id.")
    /// The tag's EtherType; changing it makes the link anew.
    public static let vlanProtocol = OptionRow(
        .vlan, "protocol", IFLA_VLAN_PROTOCOL, "IFLA_VLAN_PROTOCOL", .bigEndian16,
        .choice([Choice("802.1Q", Int64(ETH_P_8021Q)), Choice("802.1ad", Int64(ETH_P_8021AD))]), kernelDefault: Int64(ETH_P_8021Q),
        change: .recreate,
        "The kind of tag: 802.1Q, or 802.1ad for the outer tag of a stack.")

    /// Every VLAN option, in the order of display.
    public static let vlan: [OptionRow] = [
        vlanID, vlanProtocol,
        flag("reorder_hdr", VLAN_FLAG_REORDER_HDR, kernelDefault: 1, "Whether the tag is taken out of the frame before the link's readers see it."),
        flag("gvrp", VLAN_FLAG_GVRP, "Whether the VLAN is announced to the switch by GVRP."),
        flag("mvrp", VLAN_FLAG_MVRP, "Whether the VLAN is announced to the switch by MVRP."),
        looseBinding, bridgeBinding, ingressMap, egressMap,
    ]

    /// Whether the link's state is independent of its parent's.
    public static let looseBinding = flag(
        "loose_binding", VLAN_FLAG_LOOSE_BINDING, "Whether the link's state is independent of its parent's.")

    /// Whether the link's carrier is that of the bridge's ports which carry the VLAN.
    public static let bridgeBinding = flag(
        "bridge_binding", VLAN_FLAG_BRIDGE_BINDING,
        "Whether the link has carrier only while a port of the bridge below it that carries the VLAN has; for VLANs on bridges.")
    /// Which priority a packet gets from its tag.
    public static let ingressMap = OptionRow(
        .vlan, "ingress_qos_map", aliases: ["ingress_qos"], IFLA_VLAN_INGRESS_QOS, "IFLA_VLAN_INGRESS_QOS", .priorityMap,
        .priorityMap(from: 0...7, to: 0...UInt32.maximum), defaultValue: .priorities([]),
        "Which priority a packet gets by the one in its tag. A map that is written is complete.")
    /// Which priority a tag gets from its packet.
    public static let egressMap = OptionRow(
        .vlan, "egress_qos_map", aliases: ["egress_qos"], IFLA_VLAN_EGRESS_QOS, "IFLA_VLAN_EGRESS_QOS", .priorityMap,
        .priorityMap(from: 0...UInt32.maximum, to: 0...7), defaultValue: .priorities([]),
        "Which priority a tag gets by that of its packet. A map that is written is complete.")

    private static func flag(_ name: String, _ bit: vlan_flags, kernelDefault: Int64 = 0, _ summary: String) -> OptionRow {
        OptionRow(
            .vlan, name, IFLA_VLAN_FLAGS, "IFLA_VLAN_FLAGS", .vlanFlag(bit.rawValue), .flag, kernelDefault: kernelDefault, summary)
    }
}
