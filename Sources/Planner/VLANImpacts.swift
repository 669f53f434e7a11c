internal import HostNetwork

/// What a change to the VLAN table of a bridge's port costs whoever is behind the port. Guests behind other ports are not known.
extension Impacts {
    /// Of VLANs that are let through or treated otherwise: only frames without a tag may go elsewhere than before.
    func vlanEvents(set vlans: [BridgeVLAN], at place: BridgePlace, _ before: ImpactState) -> [Event] {
        guard let port = stayingPort(place, before), let pvid = vlans.pvid else { return [] }
        return [Event(link: port, impact: .blip, means: .live, reason: "frames without a tag belong to VLAN \(pvid) on \(port) from here on", reach: .own)]
    }

    /// Of VLANs that are no longer let through.
    func vlanEvents(removed ids: [ClosedRange<UInt16>], at place: BridgePlace, _ before: ImpactState) -> [Event] {
        guard let port = stayingPort(place, before) else { return [] }
        let text = ids.map { BridgeVLAN.text(of: $0) }.joined(separator: ", ")
        return [Event(link: port, impact: .outage, means: .live, reason: "VLAN \(text) no longer passes \(port)", reach: .own)]
    }

    /// The port, if it was one of this bridge before and the bridge filters. What a bridge itself no longer has, a VLAN on it would
    /// need, and that is refused before.
    private func stayingPort(_ place: BridgePlace, _ before: ImpactState) -> LinkName? {
        guard case .port(let name) = place, let master = before[name]?.master, first[name]?.master == master, now[name]?.master == master,
            before[master]?.filtersVLANs == true
        else { return nil }
        return name
    }
}
