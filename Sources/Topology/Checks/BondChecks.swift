internal import HostNetwork

extension Checks {
    mutating func checkBonds() {
        for bond in draft.present where bond.section == .bonds {
            checkModes(bond)
            checkMonitors(bond)
            checkActivePort(bond)
            checkMAC(bond)
            checkBondPorts(bond)
            checkPortMTUs(bond)
            checkPortList(bond)
            checkGuests(bond)
        }
    }

    /// Options that the bond's mode does not know.
    private mutating func checkModes(_ bond: LinkDraft) {
        // Without a mode in the file, the bond keeps the one it has.
        guard let mode = bond.link.bondMode else { return }
        for row in OptionRow.bond where !row.modes.contains(mode) {
            guard let option = bond.options[row.id] else { continue }
            let related = bond.span(of: .mode).map { [($0, "the mode is set here")] } ?? []
            problems.error(
                option.keySpan, "'\(option.key)' does not apply to mode \(mode.name)", fix: "leave it out, or use mode \(row.modes.names)",
                related: related)
        }
    }

    /// How the bond notices a dead port.
    private mutating func checkMonitors(_ bond: LinkDraft) {
        let miimon = bond.link.options.number(.miimon)
        let arp = bond.link.options.number(.arpInterval)
        if let miimon, let arp, miimon != 0, arp != 0, let span = bond.options[OptionRow.arpInterval.id]?.keySpan,
            let other = bond.options[OptionRow.miimon.id]?.keySpan
        {
            let later = max(span, other)
            problems.error(
                later, "\(bond.name) cannot watch its ports by both miimon and arp_interval", fix: "keep one of the two",
                related: [(min(span, other), "the other is here")])
            return
        }
        // A new bond of the other modes has miimon by itself.
        let mayLackMonitor = miimon != nil || bond.link.bondMode.map { BondModes.withARPMonitor.contains($0) } ?? true
        if !bond.hasUnknownKeys, mayLackMonitor, (miimon ?? 0) == 0, (arp ?? 0) == 0, bond.options[OptionRow.miimon.id] == nil || miimon != nil,
            bond.options[OptionRow.arpInterval.id] == nil || arp != nil
        {
            problems.warning(
                bond.span, "nothing tells \(bond.name) that a port is dead: it has neither miimon nor arp_interval",
                fix: "write miimon: 100")
        }
        if let arp, arp != 0, let option = bond.options[OptionRow.arpInterval.id], !bond.hasUnknownKeys,
            bond.link.bondMode.map({ OptionRow.arpInterval.modes.contains($0) }) ?? true,
            let targets = OptionRow.named("arp_ip_target", in: .bond), bond.options[targets.id] == nil,
            bond.options[OptionRow.neighborTargets.id] == nil
        {
            problems.warning(
                option.keySpan, "\(bond.name) has nobody to send its ARP requests to: it has no arp_ip_target",
                fix: "name hosts that always answer: arp_ip_target: [192.0.2.1]")
        }
        if let validate = bond.link.options.number(.arpValidate), validate != 0, let miimon, miimon != 0,
            let option = bond.options[OptionRow.arpValidate.id], let other = bond.options[OptionRow.miimon.id]
        {
            problems.error(
                option.keySpan, "'\(option.key)' checks answers to ARP monitoring, and \(bond.name) watches its ports by miimon",
                fix: "leave '\(option.key)' out, or write arp_interval in place of miimon", related: [(other.keySpan, "miimon is here")])
        }
        checkDelays(bond, miimon: miimon)
    }

    /// A wish that another one takes back at the next event.
    private mutating func checkActivePort(_ bond: LinkDraft) {
        guard let active = bond.link.activePort, case .link(let primary)? = bond.link.options[.primary], active != primary,
            let span = bond.span(of: .activePort), let other = bond.span(of: .primary), bond.link.options.number(.primaryReselect) ?? 0 == 0
        else { return }
        problems.warning(
            span, "\(active) is active only until a port comes or goes: then \(primary), which is primary, takes over",
            fix: "leave one of the two out, or write primary_reselect: failure", related: [(other, "the primary port is named here")])
    }

    /// An address that the driver never gives the bond: it says yes, and does nothing.
    private mutating func checkMAC(_ bond: LinkDraft) {
        guard bond.link.mac != nil, bond.link.bondMode == .activeBackup, bond.link.options.number(.failOverMAC) == 1,
            let span = bond.spans[.mac], let option = bond.options[OptionRow.failOverMAC.id]
        else { return }
        problems.error(
            span, "\(bond.name) has its active port's address with fail_over_mac: active, and no other", fix: "leave 'mac' out, or fail_over_mac",
            related: [(option.keySpan, "fail_over_mac is here")])
    }

    /// Options of the bond's ports: what its mode does not know, and a queue that two ports want.
    private mutating func checkBondPorts(_ bond: LinkDraft) {
        var queues: [Int64: PortDraft] = [:]
        for port in bond.ports ?? [] where !port.isAbsent {
            if let mode = bond.link.bondMode {
                for row in OptionRow.bondPort where !row.modes.contains(mode) {
                    guard let option = port.spans[row.id] else { continue }
                    problems.error(
                        option.keySpan, "'\(option.key)' does not apply to mode \(mode.name)", fix: "leave it out, or use mode \(row.modes.names)",
                        related: bond.span(of: .mode).map { [($0, "the mode is set here")] } ?? [])
                }
            }
            guard let id = port.options.number(.queueID), id != 0, let span = port.spans[OptionRow.queueID.id]?.valueSpan else { continue }
            if let other = queues[id], let first = other.spans[OptionRow.queueID.id]?.valueSpan {
                problems.error(
                    span, "\(other.name) has queue_id \(id) already, and no two ports of a bond can have one", fix: "give them different ones",
                    related: [(first, "\(other.name)'s is here")])
            } else {
                queues[id] = port
            }
        }
    }

    /// The kernel rounds delays down to a multiple of miimon, and takes none without it.
    private mutating func checkDelays(_ bond: LinkDraft, miimon: Int64?) {
        guard let miimon else { return }
        for row in OptionRow.bond where row.isLinkDelay {
            guard let delay = bond.link.options.number(row), delay > 0, let option = bond.options[row.id] else { continue }
            if miimon == 0 {
                problems.error(
                    option.keySpan, "'\(option.key)' needs miimon, which is 0", fix: "write miimon: 100, or leave '\(option.key)' out")
            } else if delay % miimon != 0 {
                let below = delay / miimon * miimon
                problems.error(
                    option.valueSpan, "'\(option.key)' must be a multiple of miimon, which is \(miimon)",
                    fix: "write \(below == 0 ? "\(miimon)" : "\(below) or \(below + miimon)")")
            }
        }
    }

    /// A bond gives its MTU to its ports.
    private mutating func checkPortMTUs(_ bond: LinkDraft) {
        guard let mtu = bond.link.mtu, let bondSpan = bond.spans[.mtu] else { return }
        for port in bond.ports ?? [] where !port.isAbsent {
            guard let link = present(port.name), let portMTU = link.link.mtu, portMTU != mtu, let span = link.spans[.mtu] else { continue }
            problems.error(
                span, "\(port.name) gets the MTU of its bond \(bond.name), which is \(mtu)", fix: "leave it out here",
                related: [(bondSpan, "the bond's MTU is set here")])
        }
    }

    private mutating func checkPortList(_ bond: LinkDraft) {
        if let span = bond.spans[.ports] {
            // A list that is there and could not be read has been complained about.
            guard let ports = bond.ports, ports.allSatisfy(\.isAbsent), !bond.hasUnreadablePorts else { return }
            problems.warning(span, "the bond \(bond.name) has no ports, and carries nothing", fix: "list them: ports: [ens37, ens38]")
        } else if !bond.hasUnknownKeys {
            problems.warning(
                bond.span, "the bond \(bond.name) lists no ports: a new one carries nothing, one that exists keeps what it has",
                fix: "list them: ports: [ens37, ens38]")
        }
    }

    /// What a bond's way with MAC addresses does to guests behind bridges on it.
    private mutating func checkGuests(_ bond: LinkDraft) {
        let bridges = stack.closure(above: bond.name).filter { draft.links[$0]?.section == .bridges }
        guard let first = bridges.min(), let last = bridges.max() else { return }
        let others = bridges.count > 1 ? " and \(bridges.count == 2 ? last.text : "\(bridges.count - 1) more")" : ""
        let start = "\(bond.name) carries the bridge\(bridges.count == 2 ? "s" : "") \(first)\(others)"
        guard let mode = bond.link.bondMode, let span = bond.span(of: .mode) else {
            // A mode that could not be read has been complained about.
            guard bond.options[OptionRow.mode.id] == nil, !bond.hasUnknownKeys else { return }
            let message = "\(start) and says no mode: a new bond gets mode 0 (balance-rr), with which guests lose frames"
            return problems.warning(bond.span, message, fix: "write mode: 802.3ad (the switch needs LACP) or mode: active-backup")
        }
        let place = "\(start) in mode \(mode.rawValue) (\(mode.name))"
        let safe = "use mode 802.3ad (the switch needs LACP) or active-backup"
        switch mode {
        case .balanceRR:
            let message = "it spreads one guest's MAC address over all ports, and guests lose frames"
            problems.warning(span, "\(place): \(message)", fix: safe)
        case .balanceTLB, .balanceALB:
            problems.warning(span, "\(place): it rewrites and spreads MAC addresses, and guests lose frames", fix: safe)
        case .activeBackup:
            problems.warning(
                span, "\(place): after a failover a guest may be unreachable until it sends",
                fix: "use mode 802.3ad where the switch has LACP; otherwise this is the best there is")
        case .balanceXOR, .broadcast, .ieee8023ad: break
        }
    }
}

extension OptionRow {
    /// Whether the option is a time in steps of miimon (`updelay`, `downdelay`, `peer_notify_delay`).
    var isLinkDelay: Bool { scope == .bond && (name == "updelay" || name == "downdelay" || id == Self.peerNotifyDelay.id) }
}
