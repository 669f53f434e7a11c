internal import HostNetwork

extension Planner {
    /// Plans what is to be done to domains' interfaces. Pure, as ``plan(_:)`` is.
    public static func plan(_ request: DomainRequest) -> DomainPlan {
        if let before = request.returning { return returning(request, to: before) }
        var draft = DomainDraft(request)
        for domain in request.wanted { draft.plan(domain) }
        // What a guest has to agree to comes last: what is left undone then holds up nothing.
        draft.plan.steps = draft.plan.steps.filter { !$0.needsGuest } + draft.plan.steps.filter(\.needsGuest)
        return draft.plan
    }
}

/// A plan for domains in the making.
private struct DomainDraft {
    let request: DomainRequest
    var plan = DomainPlan()
    /// The MACs that the wanted interfaces have, so that no two get one.
    private var given: [MACAddress: String] = [:]

    init(_ request: DomainRequest) { self.request = request }

    mutating func plan(_ wanted: WantedDomain) {
        guard let domain = request.actual[wanted.name] else {
            guard wanted.interfaces.contains(where: \.isPresent) else { return }
            plan.notes.append("\(wanted.name) is not defined yet: its interfaces wait until it is")
            return
        }
        let places = ShiftedPlaces(wanted, domain, host: request.actual.host, network: request.network)
        if let shift = places.first { return refuse(wanted.interfaces[shift.place], shift.message, fix: shift.fix) }
        plan.notes += places.notes
        for (place, interface) in wanted.interfaces.enumerated() {
            plan(interface, wanted.match(place, in: domain, host: request.actual.host), domain)
        }
        guard domain.hasSavedState == true, plan.steps.contains(where: { $0.domain == domain.name }) else { return }
        plan.notes.append(
            "\(domain.name) was saved while it ran: its next start goes on with the interfaces of that moment, and only the one after it takes these; `virsh managedsave-remove` gives the saved state up")
    }

    private mutating func plan(_ want: WantedInterface, _ match: (mac: MACAddress, interface: DomainInterface?), _ domain: Domain) {
        let (mac, have) = match
        if let other = given.updateValue(domain.name, forKey: mac) {
            return refuse(want, "\(mac) is wanted twice, in \(other) and in \(domain.name)", fix: "give one of the two another MAC")
        }
        if sides(of: domain).contains(where: { side in domain.interfaces.count { $0[side]?.mac == mac } > 1 }) {
            return refuse(
                want, "\(domain.name) has \(mac) twice, and weft cannot tell which of the two is meant",
                fix: "give one of them another MAC: `virsh edit \(domain.name)`")
        }
        if want.isPresent {
            if let have, !isReplaced(have) { change(want, mac, have, domain) } else { attach(want, mac, have, domain) }
        } else if let have {
            detach(want, mac, have, domain)
        }
    }

    /// Whether an interface is on none of the configurations that are changed.
    private func isReplaced(_ have: DomainInterface) -> Bool { !request.sides.contains { have[$0] != nil } }

    private func sides(of domain: Domain) -> [DomainSide] { domain.sides.filter { request.sides.contains($0) } }

    private mutating func refuse(_ want: WantedInterface, _ message: String, fix: String) {
        let link = want.settings.bridge ?? want.settings.target ?? ""
        plan.refusals.append(Refusal(kind: .domain, link: LinkName(kernel: link), message: message, fix: fix, origin: want.origin))
    }

    // MARK: Checks

    /// Whether the wanted bridge will be there.
    private mutating func hasBridge(_ want: WantedInterface, _ have: DomainInterface?, _ domain: Domain) -> Bool {
        // An interface of which no bridge is said stays where it is.
        guard let bridge = want.settings.bridge ?? (want.port.vlans == nil ? nil : have?.current?.bridge) else { return true }
        guard let name = try? LinkName(bridge), let link = request.laterNetwork[name], !request.leavingBridges.contains(name) else {
            let network = request.actual.networks?[bridge]
            refuse(
                want, "\(domain.name) cannot hang on \(bridge): there is no such bridge on this host",
                fix: network.map { "start libvirt's network \($0), whose bridge that is: `virsh net-start \($0)`" } ?? "make it first, or name one of \(bridges)")
            return false
        }
        guard link.kind == .bridge else {
            refuse(
                want, "\(domain.name) cannot hang on \(bridge), which is a \(link.kind.displayName), not a bridge",
                fix: "put \(bridge) into a bridge, or name one of \(bridges)")
            return false
        }
        if want.port.vlans != nil, !link.filtersVLANs {
            refuse(
                want, "\(domain.name) cannot be on VLANs of \(bridge), which does not tell VLANs apart",
                fix: "write vlan_filtering: true for \(bridge), or hang the interface on the VLAN's own bridge and leave its VLANs out")
            return false
        }
        return true
    }

    private var bridges: String {
        let names = request.laterNetwork.sortedLinks.filter { $0.kind == .bridge && !request.leavingBridges.contains($0.name) }.map(\.name.text)
        return names.isEmpty ? "the bridges that you make" : names.joined(separator: ", ")
    }

    /// Names the libvirt network in place of a bridge that libvirt makes for it.
    private func onNetwork(_ settings: DomainDeviceSettings) -> DomainDeviceSettings {
        guard let network = settings.bridge.flatMap({ request.actual.networks?[$0] }) else { return settings }
        var settings = settings
        settings.network = network
        settings.bridge = nil
        return settings
    }

    /// Whether nobody else has the MAC, on this libvirt or among the host's links.
    private mutating func isFree(_ mac: MACAddress, _ want: WantedInterface, _ domain: Domain) -> Bool {
        let others = request.actual.domains.filter { other in
            other.uuid != domain.uuid && other.interfaces.contains { $0.live?.mac == mac || $0.stored?.mac == mac }
        }.map { "the domain \($0.name)" } + request.network.holders(of: mac)
        guard let other = others.first else { return true }
        refuse(
            want, "\(mac) cannot be \(domain.name)'s: \(other) has it, and two with one address steal each other's frames",
            fix: "write another MAC, or none: weft then derives one")
        return false
    }

    private mutating func isFree(target: String, _ want: WantedInterface, _ mac: MACAddress, _ domain: Domain) -> Bool {
        if target.hasPrefix("vnet") {
            refuse(
                want, "the host's end cannot be called \(target): names that begin with vnet libvirt gives out itself",
                fix: "choose another, such as web0")
            return false
        }
        let owner = request.actual.members.first { member in
            (member.interface.live?.target == target || member.interface.stored?.target == target)
                && !(member.domain.uuid == domain.uuid && member.interface.current?.mac == mac)
        }
        let holder = owner.map { "the domain \($0.domain.name)" }
        let isLink = (try? LinkName(target)).flatMap { request.network[$0] } != nil
        let isOwn = domain.interfaces.contains { $0.current?.mac == mac && $0.live?.target == target }
        guard holder != nil || (isLink && !isOwn) else { return true }
        refuse(
            want, "the host's end cannot be called \(target): \(holder.map { "\($0) has that name" } ?? "the host has a link of that name")",
            fix: "choose another name")
        return false
    }

    // MARK: Steps

    private mutating func attach(_ want: WantedInterface, _ mac: MACAddress, _ have: DomainInterface?, _ domain: Domain) {
        guard let bridge = want.settings.bridge else {
            let macs = domain.interfaces.compactMap { $0.current?.mac.description }
            return refuse(
                want, "\(domain.name) has no interface \(want.mac?.description ?? want.settings.target ?? mac.description)",
                fix: macs.isEmpty ? "it has none at all" : "it has \(macs.joined(separator: ", "))")
        }
        guard hasBridge(want, have, domain), isFree(mac, want, domain) else { return }
        if let target = want.settings.target, !isFree(target: target, want, mac, domain) { return }
        let sides = sides(of: domain)
        guard !sides.isEmpty else { return refuseSides(want, domain) }
        let settings = onNetwork(want.settings)
        var changes = [FieldChange("bridge", new: settings.network.map { "\(bridge) (network \($0))" } ?? bridge), FieldChange("model", new: want.settings.model ?? "virtio")]
        if let target = want.settings.target { changes.append(FieldChange("target", new: target)) }
        if let mtu = want.settings.mtu { changes.append(FieldChange("mtu", new: String(mtu))) }
        if want.settings.isIsolated == true { changes.append(FieldChange("isolated", new: "true")) }
        if want.settings.isLinkUp == false { changes.append(FieldChange("link", new: "down")) }
        changes += portChanges(want)
        // The stored configuration first: it can be put back whatever the guest does.
        var actions = sides.reversed().map { DomainAction.attach(domain: domain.uuid, mac: mac, settings: settings, side: $0) }
        if sides.contains(.live), want.settings.isLinkUp != false { holdLink(&actions, want, bridge) }
        plan.steps.append(
            DomainStep(
                verb: .create, domain: domain.name, mac: mac, tap: nil, changes: changes, sides: Set(sides), actions: actions, origin: want.origin,
                port: sides.contains(.live) ? want.port : PortSettings()))
    }

    /// Lets the guest see a link only once the tap is on its VLANs, where the bridge would have it on another until then.
    private func holdLink(_ actions: inout [DomainAction], _ want: WantedInterface, _ bridge: String) {
        guard let vlans = want.port.vlans, let link = (try? LinkName(bridge)).flatMap({ request.laterNetwork[$0] }) else { return }
        guard vlans != .initial(defaultPVID: link.defaultPVID), link.defaultPVID != 0 else { return }
        for place in actions.indices {
            switch actions[place] {
            case .attach(let domain, let mac, var settings, .live):
                settings.isLinkUp = false
                actions[place] = .attach(domain: domain, mac: mac, settings: settings, side: .live)
                actions.append(.raiseLink(domain: domain, mac: mac))
            case .update(let domain, let mac, var settings, .live):
                settings.isLinkUp = false
                actions[place] = .update(domain: domain, mac: mac, settings: settings, side: .live)
                actions.append(.raiseLink(domain: domain, mac: mac))
            case .attach, .update, .detach, .restore, .raiseLink: break
            }
        }
    }

    /// What is set on the tap once it is there; of a domain that does not run, at its start.
    private func portChanges(_ want: WantedInterface) -> [FieldChange] {
        let vlans = want.port.vlans.map { [FieldChange("vlans", new: $0.display)] } ?? []
        return vlans + want.port.options.entries.compactMap { entry in
            OptionRow.all.first { $0.id == entry.id }.map { FieldChange($0.name, new: $0.display(of: entry.value)) }
        }
    }

    private mutating func change(_ want: WantedInterface, _ mac: MACAddress, _ have: DomainInterface, _ domain: Domain) {
        guard hasBridge(want, have, domain) else { return }
        var changes: [FieldChange] = []
        var actions: [DomainAction] = []
        var sides: Set<DomainSide> = []
        var newMaster: LinkName?
        var hasNewTap = false
        for side in self.sides(of: domain) {
            guard let device = have[side] else {
                // It is in the other configuration: here it is plugged in as it is there.
                guard let other = have.current, let bridge = want.settings.bridge ?? other.bridge else { continue }
                var settings = want.settings
                let network = want.settings.bridge == nil ? other.network : nil
                if let network { settings.network = network } else { settings.bridge = bridge }
                settings = onNetwork(settings)
                settings.model = settings.model ?? other.model
                settings.mtu = settings.mtu ?? other.mtu
                actions.append(.attach(domain: domain.uuid, mac: mac, settings: settings, side: side))
                changes.append(FieldChange("\(side.rawValue) configuration", new: network.map { "network \($0)" } ?? bridge))
                sides.insert(side)
                if side == .live { hasNewTap = true }
                continue
            }
            let (settings, fields) = differences(want, device, side, domain)
            guard !fields.isEmpty else { continue }
            for field in fields where !changes.contains(field) { changes.append(field) }
            sides.insert(side)
            if side == .live, settings.bridge != nil || settings.network != nil { newMaster = want.settings.bridge.flatMap { try? LinkName($0) } }
            actions.append(.update(domain: domain.uuid, mac: mac, settings: settings, side: side))
        }
        guard !actions.isEmpty else { return }
        if changes.contains(where: { $0.field == "bridge" }), let vlans = have.current?.switchVLANs {
            plan.notes.append(
                "\(domain.name) \(mac): VLAN \(vlans), which libvirt sets for it on \(have.current?.switchType ?? "its network"), goes: on a bridge of the kernel's libvirt sets none")
        }
        // A tap that stays where it is is a matter of the links' plan.
        let portIsNew = hasNewTap || newMaster != nil
        if portIsNew {
            changes += portChanges(want)
            let isUp = want.settings.isLinkUp ?? have.live?.isLinkUp ?? have.current?.isLinkUp ?? true
            if isUp, let bridge = want.settings.bridge ?? have.current?.bridge { holdLink(&actions, want, bridge) }
        }
        if let target = want.settings.target, changes.contains(where: { $0.field == "target" }), !isFree(target: target, want, mac, domain) { return }
        plan.steps.append(
            DomainStep(
                verb: .change, domain: domain.name, mac: mac, tap: have.live?.targetName, changes: changes, sides: sides, actions: actions,
                origin: want.origin, port: portIsNew ? want.port : PortSettings(), newMaster: newMaster))
    }

    /// What of an interface is otherwise than wanted, as far as this configuration can be changed.
    private mutating func differences(
        _ want: WantedInterface, _ have: DomainDevice, _ side: DomainSide, _ domain: Domain
    ) -> (DomainDeviceSettings, [FieldChange]) {
        var settings = DomainDeviceSettings()
        var fields: [FieldChange] = []
        if let bridge = want.settings.bridge, bridge != have.bridge {
            if side == .live, !have.isOnBridge {
                refuse(
                    want, "\(domain.name) cannot move \(have.mac) from \(have.place) to \(bridge) while it runs: libvirt only moves what hangs on a bridge of the kernel's",
                    fix: "shut the domain down first; or change the stored configuration alone (`weft vm move --config`); or detach the interface, and attach another")
            }
            settings.bridge = bridge
            settings = onNetwork(settings)
            fields.append(FieldChange("bridge", old: have.place, new: settings.network.map { "\(bridge) (network \($0))" } ?? bridge))
        }
        if let isIsolated = want.settings.isIsolated, isIsolated != have.isIsolated {
            settings.isIsolated = isIsolated
            fields.append(FieldChange("isolated", old: String(have.isIsolated), new: String(isIsolated)))
        }
        if let isLinkUp = want.settings.isLinkUp, isLinkUp != have.isLinkUp {
            settings.isLinkUp = isLinkUp
            fields.append(FieldChange("link", old: have.isLinkUp ? "up" : "down", new: isLinkUp ? "up" : "down"))
        }
        // A card that is plugged in keeps its kind, its name and its MTU.
        var fixed: [FieldChange] = []
        if let model = want.settings.model, model != have.model { fixed.append(FieldChange("model", old: have.model, new: model)) }
        if let target = want.settings.target, target != have.target { fixed.append(FieldChange("target", old: have.target, new: target)) }
        if let mtu = want.settings.mtu, mtu != have.mtu { fixed.append(FieldChange("mtu", old: have.mtu.map { String($0) }, new: String(mtu))) }
        guard !fixed.isEmpty else { return (settings, fields) }
        if side == .stored {
            settings.model = want.settings.model
            settings.target = want.settings.target
            settings.mtu = want.settings.mtu
            return (settings, fields + fixed)
        }
        let words = fixed.map { "\($0.field) \($0.new ?? "")" }.joined(separator: ", ")
        plan.notes.append("\(domain.name) \(have.mac): \(words) takes effect when the domain is shut down and started again")
        return (settings, fields)
    }

    private mutating func detach(_ want: WantedInterface, _ mac: MACAddress, _ have: DomainInterface, _ domain: Domain) {
        let asked = sides(of: domain)
        guard !asked.isEmpty else { return refuseSides(want, domain) }
        let sides = asked.filter { have[$0] != nil }
        guard !sides.isEmpty else { return }
        // The running one first: where its guest does not answer, the stored configuration stays as it is too.
        let actions = sides.map { DomainAction.detach(domain: domain.uuid, mac: mac, side: $0, patience: request.patience) }
        let old = have.current?.place
        plan.steps.append(
            DomainStep(
                verb: .delete, domain: domain.name, mac: mac, tap: have.live?.targetName, changes: [FieldChange("bridge", old: old, new: nil)],
                sides: Set(sides), actions: actions, origin: want.origin))
    }

    private mutating func refuseSides(_ want: WantedInterface, _ domain: Domain) {
        let asked = request.sides.map(\.rawValue).joined()
        refuse(
            want, "\(domain.name) is \(domain.state.rawValue)\(domain.isPersistent ? "" : " and transient"): it has no \(asked) configuration",
            fix: domain.isActive ? "leave --config out" : "leave --live out, or start it first")
    }
}
