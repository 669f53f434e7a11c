internal import HostNetwork

extension Checks {
    mutating func checkBridges() {
        for bridge in draft.present where bridge.section == .bridges { checkSnooping(bridge) }
    }

    /// The kernel keeps listeners by VLAN only while the bridge filters VLANs.
    private mutating func checkSnooping(_ bridge: LinkDraft) {
        guard bridge.link.options.number(.multicastVLANSnooping) == 1, bridge.link.options.number(.vlanFiltering) != 1,
            let option = bridge.options[OptionRow.multicastVLANSnooping.id]
        else { return }
        problems.error(
            option.keySpan, "'\(option.key)' needs vlan_filtering, which \(bridge.name) does not have",
            fix: "write vlan_filtering: true as well, or leave '\(option.key)' out")
    }
}
