public import HostNetwork

extension Planner {
    /// What puts domains back as they were read: planning towards what was, with each interface's own description.
    /// - Parameters:
    ///   - before: as they were.
    ///   - now: as they are.
    ///   - domains: the names of those that were touched; the others are somebody else's affair.
    public static func wayBack(to before: DomainSnapshot, from now: DomainSnapshot, of domains: Set<String>) -> [(attempt: String, action: DomainAction)] {
        var actions: [(attempt: String, action: DomainAction)] = []
        for was in before.domains where domains.contains(was.name) {
            guard let domain = now.domains.first(where: { $0.uuid == was.uuid }) else { continue }
            for side in [DomainSide.stored, .live] where was.sides.contains(side) && domain.sides.contains(side) {
                let old = was.interfaces.compactMap { $0[side] }
                let new = domain.interfaces.compactMap { $0[side] }
                for device in new where !old.contains(where: { $0.mac == device.mac }) {
                    actions.append(("detach \(device.mac) from \(was.name) again", .detach(domain: was.uuid, mac: device.mac, side: side, patience: 10)))
                }
                for device in old where !new.contains(where: { $0.isSame(as: device) }) {
                    actions.append(("put \(device.mac) of \(was.name) back to \(device.bridge ?? device.type)", .restore(domain: was.uuid, device: device, side: side)))
                }
            }
        }
        return actions
    }
}

extension DomainDevice {
    /// Whether two descriptions are of one interface in one state; what libvirt fills in by itself does not count.
    fileprivate func isSame(as other: DomainDevice) -> Bool {
        mac == other.mac && type == other.type && network == other.network && bridge == other.bridge && model == other.model && mtu == other.mtu
            && isIsolated == other.isIsolated && isLinkUp == other.isLinkUp
    }
}
