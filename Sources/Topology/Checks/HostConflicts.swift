public import HostNetwork

extension Topology {
    /// Mistakes that show only against the links that the host has: an existing bond0.10 beside a wanted br1.10, a second
    /// VLAN with an id that is taken, an MTU above that of an existing parent, an option that the bond's present mode does
    /// not know.
    ///
    /// What the plan will take away (links of weft's that the file omits, ports that leave) does not count.
    /// - Parameter portsPut: foreign links that weft put into their masters, from its record: a list of ports without them takes them out.
    /// - Returns: errors in the order of the file; none when all is well.
    public func conflicts(with actual: HostNetwork, portsPut: Set<LinkName> = []) -> [Diagnostic] {
        HostConflicts(draft, wanted: network, actual: actual, file: file, portsPut: portsPut).problems.inFileOrder
    }

    /// What ``conflicts(with:)`` finds on any host that has nothing yet but the NICs of the file, as their drivers made them: a router
    /// on a link without an address, an MTU above that of a link that says none.
    package var conflictsOfItsOwn: [Diagnostic] {
        HostConflicts(draft, wanted: network, actual: HostNetwork(), file: file, hasNewNICs: true).problems.inFileOrder
    }
}

/// See ``Topology/conflicts(with:)``.
private struct HostConflicts {
    private(set) var problems: Problems
    private let draft: Draft
    private let wanted: HostNetwork
    private let actual: HostNetwork
    /// Whether NICs that the host does not have are taken to be there, new.
    private let hasNewNICs: Bool
    /// Foreign links that weft put into their masters.
    private let portsPut: Set<LinkName>

    init(_ draft: Draft, wanted: HostNetwork, actual: HostNetwork, file: String, hasNewNICs: Bool = false, portsPut: Set<LinkName> = []) {
        problems = Problems(file: file)
        self.portsPut = portsPut
        self.hasNewNICs = hasNewNICs
        self.draft = draft
        self.wanted = wanted
        self.actual = actual
        let vlans = hostVLANs
        checkTwins(vlans)
        checkTags(vlans)
        for link in draft.present {
            checkMTU(link)
            checkPortKinds(link)
            checkMode(link)
            checkPortMTUs(link)
            checkDelays(link)
            checkKernel(link)
        }
        for interface in draft.domains.flatMap(\.interfaces) { checkTap(interface) }
        for route in draft.routes { checkReach(route) }
        for vlan in vlans + draft.present.map({ $0.link }) { checkFilteringParent(vlan) }
    }

    /// The host's VLANs that the file does not define and the plan leaves in place.
    private var hostVLANs: [Link] {
        actual.sortedLinks { link in
            guard link.kind == .vlan, draft.links[link.name] == nil else { return false }
            return wanted[link.name] != nil || !link.isOwned
        }
    }

    /// A wanted VLAN with a tag that another VLAN of the host takes from the same parent.
    private mutating func checkTwins(_ vlans: [Link]) {
        guard !vlans.isEmpty else { return }
        let byTag = Dictionary(vlans.compactMap { link in link.vlanTag.map { ($0, link.name) } }) { first, _ in first }
        for link in draft.present {
            guard let tag = link.link.vlanTag, let other = byTag[tag] else { continue }
            problems.error(
                link.span, "the host has VLAN \(tag.id) on \(tag.parent) already, as \(other)",
                fix: "use that name for it, or delete \(other) first: ip link delete \(other)")
        }
    }

    /// VLANs on a master and on its port with one id, not all of it from the file.
    private mutating func checkTags(_ hostVLANs: [Link]) {
        let vlans = hostVLANs + draft.present.map { $0.link }.filter { $0.kind == .vlan }
        let byTag = Dictionary(vlans.compactMap { link in link.vlanTag.map { ($0, link.name) } }) { first, _ in first }
        for below in vlans {
            guard let tag = below.vlanTag else { continue }
            // Most parents are no port of anything.
            guard master(of: tag.parent) != nil else { continue }
            var portSpan: Span?
            var isFromFile = true
            var seen: Set<LinkName> = [tag.parent]
            var port = tag.parent
            while let (master, span) = master(of: port), seen.insert(master).inserted {
                port = master
                portSpan = portSpan ?? span
                isFromFile = isFromFile && span != nil
                guard let above = byTag[VLANTag(parent: master, id: tag.id, proto: tag.proto)] else { continue }
                report(below.name, above, tag, master, portSpan, isFromFile)
            }
        }
    }

    private mutating func report(
        _ below: LinkName, _ above: LinkName, _ tag: VLANTag, _ master: LinkName, _ portSpan: Span?, _ portsAreFromFile: Bool
    ) {
        // What only the host says is its own affair; what only the file says has been checked.
        let spans = [draft.links[below]?.span, draft.links[above]?.span]
        guard let span = spans.compactMap({ $0 }).first ?? portSpan, spans.contains(nil) || !portsAreFromFile else { return }
        let onHost = [below, above].filter { draft.links[$0] == nil }
        let names = onHost.map(\.text).joined(separator: " and ")
        let note = onHost.isEmpty ? "" : " (\(names) \(onHost.count == 1 ? "is" : "are") on the host)"
        problems.error(
            span, "\(below) takes tag \(tag.id) away from \(above): \(tag.parent) is a port of \(master)\(note)",
            fix: "keep the VLAN on \(master), or the one on \(tag.parent)")
    }

    /// A VLAN on a bridge that filters, or that the file makes filter, and that does not let it through to itself. What the file
    /// alone says has been checked; what the host alone says, and the plan leaves, is its own affair.
    private mutating func checkFilteringParent(_ vlan: Link) {
        guard vlan.kind == .vlan, let bridge = vlan.parent, let id = vlan.vlanID, wanted[bridge]?.isPresent != false else { return }
        let host = actual[bridge].flatMap { $0.kind == .bridge ? $0 : nil }
        let said = draft.links[bridge]
        let filters = said?.link.options.number(.vlanFiltering).map { $0 == 1 } ?? host?.filtersVLANs ?? false
        guard filters, said?.section == .bridges || said == nil, host != nil || said != nil else { return }
        if draft.links[vlan.name] != nil, said?.link.options.number(.vlanFiltering) == 1 { return }
        let tags = said?.link.options.number(OptionRow.bridgeVLANProtocol) ?? (host ?? said?.link)?.filteredProtocol
        guard vlan.tagProtocol == tags else { return }
        let now = actual.bridgeVLANs[bridge]
        let table = wanted.bridgeVLANs[bridge] ?? now ?? .initial(defaultPVID: (said?.link ?? host)?.defaultPVID ?? Link.usualDefaultPVID)
        guard let problem = table.problem(ofVLAN: id, on: bridge) else { return }
        if draft.links[vlan.name] == nil, host?.filtersVLANs == true, now.map({ $0.problem(ofVLAN: id, on: bridge) != nil }) ?? true { return }
        guard let span = draft.links[vlan.name]?.span ?? said?.vlans?.span ?? said?.span(of: .vlanFiltering) ?? said?.span else { return }
        let remark = draft.links[vlan.name] == nil ? " (it is on the host)" : ""
        problems.error(span, "\(vlan.name) would be cut off\(remark): \(problem)", fix: table.fix(forVLAN: id, on: bridge))
    }

    /// The master that a link will be a port of, and where the file says so.
    private func master(of port: LinkName) -> (master: LinkName, span: Span?)? {
        if let attachment = wanted[port]?.attachment {
            guard let master = attachment.master else { return nil }
            return (master, draft.links[master]?.ports?.first { $0.name == port && !$0.isAbsent }?.span)
        }
        guard let link = actual[port], let master = link.master, wanted[master]?.isPresent != false else { return nil }
        // The file's list of ports is complete as far as NICs, weft's links and those go that weft put there.
        let isPut = portsPut.contains(port)
        if wanted[master]?.listsPorts == true, link.kind == .nic || link.isOwned || isPut { return nil }
        if wanted[master] == nil, isPut || actual[master]?.isOwned == true { return nil }
        return (master, nil)
    }

    /// A VLAN with an MTU above that of a parent whose MTU the file leaves alone.
    private mutating func checkMTU(_ vlan: LinkDraft) {
        guard let mtu = vlan.link.mtu, let span = vlan.spans[.mtu], let parent = vlan.link.parent, wanted[parent]?.mtu == nil,
            let limit = actual[parent].map(\.mtu) ?? newMTU(of: parent), mtu > limit
        else { return }
        // A bridge's MTU follows its ports' by itself, and a port's follows its bond's.
        let lower = actual[parent]
        guard lower.map({ $0.kind != .bridge && wanted[parent]?.attachment == nil }) ?? true else { return }
        problems.error(
            span,
            "the MTU of \(vlan.trunk.map { "the VLANs on \($0)" } ?? vlan.name.text) is above that of \(parent), which \(lower == nil ? "will have \(limit)" : "has \(limit) on this host")",
            fix: "write \(limit) or less, or set the MTU of \(parent) too")
    }

    /// What a bond or a bridge that the file makes without an MTU has (`ETH_DATA_LEN`), and a new NIC; `nil` for other links.
    private func newMTU(of link: LinkName) -> UInt32? {
        guard actual[link] == nil else { return nil }
        let section = draft.links[link]?.section
        // A port's follows its bond's.
        let isNewNIC = hasNewNICs && wanted[link]?.kind == .nic && wanted[link]?.master == nil
        return section == .bonds || section == .bridges || isNewNIC ? 1500 : nil
    }

    /// A port with an MTU of its own in a bond whose MTU the file leaves alone: the bond's is what the port gets.
    private mutating func checkPortMTUs(_ bond: LinkDraft) {
        guard bond.section == .bonds, bond.link.mtu == nil, let limit = actual[bond.name].map(\.mtu) ?? newMTU(of: bond.name) else { return }
        for port in bond.ports ?? [] where !port.isAbsent {
            guard let link = draft.links[port.name], let mtu = link.link.mtu, mtu != limit, let span = link.spans[.mtu] else { continue }
            problems.error(
                span, "\(port.name) gets the MTU of its bond \(bond.name), which \(actual[bond.name] == nil ? "will have" : "has") \(limit)",
                fix: "write it at the bond: mtu: \(mtu)", related: [(bond.span, "\(bond.name) is here")])
        }
    }

    /// Delays of a bond that says no miimon, against the one that it has or will get.
    private mutating func checkDelays(_ bond: LinkDraft) {
        guard bond.section == .bonds, bond.options[OptionRow.miimon.id] == nil else { return }
        let existing = actual[bond.name].flatMap { $0.kind == .bond ? $0 : nil }
        guard (existing?.options.number(.miimon) ?? 0) == 0 else { return }
        // These modes bring miimon along (`bond_option_mode_set()`).
        if let mode = bond.link.bondMode ?? existing?.bondMode, [.ieee8023ad, .balanceTLB, .balanceALB].contains(mode) { return }
        for row in OptionRow.bond where row.isLinkDelay {
            guard let delay = bond.link.options.number(row), delay > 0, let option = bond.options[row.id] else { continue }
            problems.error(
                option.keySpan, "'\(option.key)' needs miimon, which \(bond.name) does not have",
                fix: "write miimon: 100, or leave '\(option.key)' out")
        }
    }

    /// VLANs of a domain's interface on a bridge that is only on the host, and does not tell VLANs apart there.
    private mutating func checkTap(_ interface: InterfaceDraft) {
        checkKernel(interface.options)
        guard let table = interface.vlans, let bridge = interface.want.settings.bridge.map({ LinkName(kernel: $0) }), draft.links[bridge] == nil,
            let link = actual[bridge], link.kind == .bridge, !link.filtersVLANs
        else { return }
        problems.error(
            table.span, "\(bridge) does not tell VLANs apart on this host: every VLAN would reach the interface, whatever this says",
            fix: "write it down with filtering: bridges: {\(bridge): {vlan_filtering: true}}")
    }

    /// Options that the running kernel would pass over in silence.
    private mutating func checkKernel(_ link: LinkDraft) {
        guard !link.options.isEmpty || link.ports?.contains(where: { !$0.spans.isEmpty }) == true else { return }
        checkKernel(link.options.merging((link.ports ?? []).reduce(into: [:]) { $0.merge($1.spans) { first, _ in first } }) { first, _ in first })
    }

    private mutating func checkKernel(_ places: [OptionRow.ID: OptionDraft]) {
        guard let kernel = actual.kernel else { return }
        for (id, option) in places.sorted(by: { $0.key < $1.key }) {
            guard let row = OptionRow.with(id: id), let since = row.since, !actual.knows(row) else { continue }
            problems.error(
                option.keySpan, "\(option.key) needs Linux \(since); this is \(kernel.version)",
                fix: "leave '\(option.key)' out, or run a newer kernel")
        }
    }

    /// A router that nothing on its link leads to, where the file leaves the link's addresses alone; a source that nobody has.
    private mutating func checkReach(_ route: RouteDraft) {
        if let source = route.route.source, !wanted.has(source), !actual.has(source) {
            problems.error(
                route.span, "the route's source \(source) is no address of this host", fix: "give it to a link in 'addresses', or leave 'source' out")
        }
        for way in route.ways { checkReach(way, of: route.route) }
    }

    private mutating func checkReach(_ way: WayDraft, of route: Route) {
        guard let via = way.gateway, !route.isOnLink(over: way.link), !via.isIPv6LinkLocal,
            let link = draft.links[way.link], link.link.isPresent, link.link.addresses?.isEmpty ?? true, !link.hasUnreadableAddresses,
            !link.hasUnknownKeys, !link.link.isLeasing(via.family)
        else { return }
        let onHost = actual[way.link]?.addresses ?? []
        if onHost.contains(where: { $0.hasPrefixRoute && $0.network.contains(via) }) { return }
        let direct = draft.routes.map(\.route) + actual.routes
        if direct.contains(where: { $0.link == way.link && $0.gateway == nil && !$0.isDefault && $0.destination.contains(via) }) { return }
        let isBare = onHost.contains { $0.network.contains(via) }
        let what = onHost.isEmpty ? "\(way.link) has no address" : isBare ? "the address of \(way.link) whose prefix contains it is without that prefix's route (noprefixroute)" : "no prefix of \(way.link) on this host contains it"
        problems.error(
            way.span, "the router \(via) cannot be reached: \(what)",
            fix: "write the link's 'addresses'; if the router answers all the same, write a route with onlink: true")
    }

    /// A port that is a bridge or a bond on this host.
    private mutating func checkPortKinds(_ master: LinkDraft) {
        for port in master.ports ?? [] where !port.isAbsent && draft.links[port.name] == nil {
            guard let kind = actual[port.name]?.kind else { continue }
            switch (kind, master.section) {
            case (.bridge, _), (.bond, .bonds), (.loopback, _):
                problems.error(
                    port.span,
                    "\(port.name) is a \(kind.displayName) on this host, and cannot be a port of the \(master.section.noun) \(master.name)",
                    fix: "list the link that is meant, or delete \(port.name) first")
            default: break
            }
        }
    }

    /// Options of a bond that says no mode, against the mode that it has or will get.
    private mutating func checkMode(_ bond: LinkDraft) {
        guard bond.section == .bonds, bond.link.bondMode == nil else { return }
        let existing = actual[bond.name].flatMap { $0.kind == .bond ? $0 : nil }
        guard let mode = existing.map(\.bondMode) ?? .balanceRR else { return }
        let owner = existing == nil ? "which a new bond has" : "which \(bond.name) has on this host"
        for row in OptionRow.bond where !row.modes.contains(mode) {
            guard let option = bond.options[row.id] else { continue }
            problems.error(
                option.keySpan, "'\(option.key)' does not apply to mode \(mode.name), \(owner)",
                fix: "write the mode: one of \(row.modes.names)")
        }
    }
}

extension HostNetwork {
    /// Whether one of the links has an address.
    fileprivate func has(_ address: IPAddress) -> Bool {
        links.values.contains { $0.isPresent && ($0.addresses ?? []).contains { $0.network.address == address } }
    }
}
