internal import HostNetwork

extension Checks {
    mutating func checkBridges() {
        for bridge in draft.present where bridge.section == .bridges {
            checkForwardDelay(bridge)
            checkSnooping(bridge)
            checkAuthentication(bridge)
        }
    }

    /// The spanning tree needs time; without it any delay is taken, and none is heeded.
    private mutating func checkForwardDelay(_ bridge: LinkDraft) {
        guard let delay = bridge.link.options.number(.forwardDelay), delay < OptionRow.leastForwardDelayWithSTP,
            bridge.link.options.number(.stpState) ?? 0 != 0, let option = bridge.options[OptionRow.forwardDelay.id]
        else { return }
        problems.error(
            option.valueSpan, "'\(option.key)' must be at least 2 seconds where STP runs", fix: "write 2 or more, or stp_state: false",
            related: bridge.options[OptionRow.stpState.id].map { [($0.keySpan, "STP is switched on here")] } ?? [])
    }

    /// Only a port that lets nobody in can note who knocks, and only one that learns. Where the file does not say, it may well be so
    /// on the host.
    private mutating func checkAuthentication(_ bridge: LinkDraft) {
        for port in bridge.ports ?? [] where !port.isAbsent && port.options.number(.macAuthentication) == 1 {
            guard let option = port.spans[OptionRow.macAuthentication.id] else { continue }
            for (row, words) in [(OptionRow.locked, "is locked"), (.learning, "learns")] where port.options.number(row) == 0 {
                problems.error(option.keySpan, "'\(option.key)' needs a port that \(words)", fix: "write \(row.name): true, or leave '\(option.key)' out")
            }
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
