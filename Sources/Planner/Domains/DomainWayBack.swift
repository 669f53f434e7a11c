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

    /// The way back as a plan like any other (`weft rollback --to N`), a step for each interface.
    static func returning(_ request: DomainRequest, to before: DomainSnapshot) -> DomainPlan {
        var plan = DomainPlan()
        for was in before.domains where !request.actual.domains.contains(where: { $0.uuid == was.uuid }) {
            plan.notes.append("\(was.name) is not defined any more")
        }
        for (_, action) in wayBack(to: before, from: request.actual, of: Set(before.domains.map(\.name))) {
            guard let domain = request.actual.domains.first(where: { $0.uuid == action.domain }) else { continue }
            let now = domain.interfaces.first { $0.current?.mac == action.mac }?[action.side]
            var step = DomainStep(
                verb: now == nil ? .create : .change, domain: domain.name, mac: action.mac, tap: action.side == .live ? now?.targetName : nil,
                changes: [], sides: [action.side], actions: [action], origin: nil)
            switch action {
            case .restore(_, let device, let side):
                let isMove = now?.bridge != device.bridge
                step.changes = isMove ? [FieldChange("bridge", old: now?.bridge, new: device.bridge ?? device.type)] : [FieldChange("settings", new: "as before")]
                if isMove, side == .live, now != nil { step.newMaster = device.bridgeName }
            case .detach:
                step.verb = .delete
                step.changes = [FieldChange("bridge", old: now?.bridge, new: nil)]
            case .attach, .update, .raiseLink: break
            }
            plan.steps.append(step)
        }
        plan.steps = plan.steps.filter { !$0.needsGuest } + plan.steps.filter(\.needsGuest)
        return plan
    }
}

extension DomainAction {
    /// The UUID of the domain that it is done to.
    fileprivate var domain: String {
        switch self {
        case .attach(let domain, _, _, _), .update(let domain, _, _, _), .detach(let domain, _, _, _), .restore(let domain, _, _),
            .raiseLink(let domain, _): domain
        }
    }

    /// The interface that it is about.
    fileprivate var mac: MACAddress {
        switch self {
        case .attach(_, let mac, _, _), .update(_, let mac, _, _), .detach(_, let mac, _, _), .raiseLink(_, let mac): mac
        case .restore(_, let device, _): device.mac
        }
    }
}

extension DomainDevice {
    /// Whether two descriptions are of one interface in one state; what libvirt fills in by itself does not count.
    fileprivate func isSame(as other: DomainDevice) -> Bool {
        mac == other.mac && type == other.type && network == other.network && bridge == other.bridge && model == other.model && mtu == other.mtu
            && isIsolated == other.isIsolated && isLinkUp == other.isLinkUp
    }
}
