internal import HostNetwork

extension Checks {
    mutating func checkBridges() {
        for bridge in draft.present where bridge.section == .bridges {
            checkSnooping(bridge)
            checkAuthentication(bridge)
        }
    }

    /// Only a port that lets nobody in can note who knocks. Where the file does not say, it may well be locked on the host.
    private mutating func checkAuthentication(_ bridge: LinkDraft) {
        for port in bridge.ports ?? [] where !port.isAbsent && port.options.number(.macAuthentication) == 1 && port.options.number(.locked) == 0 {
            guard let option = port.spans[OptionRow.macAuthentication.id] else { continue }
            problems.error(option.keySpan, "'\(option.key)' needs a port that is locked", fix: "write locked: true, or leave '\(option.key)' out")
        }
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
