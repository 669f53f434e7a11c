public import HostNetwork

extension Topology {
    /// Whether a NIC is to be known by its driver or its place on the bus, which ``/HostNetwork/Link/driver`` and
    /// ``/HostNetwork/Link/busPath`` have to hold before ``resolved(on:)``.
    public var asksForHardware: Bool { draft.links.values.contains { $0.match?.driver != nil || $0.match?.path != nil } }

    /// Whether a NIC is known by `match`, so that only ``resolved(on:leavesMissing:)`` tells its name.
    public var matchesNICs: Bool { draft.present.contains { $0.match != nil } }

    /// The addresses that NICs are known by (`match: {mac: …}`), under the names that they have here.
    public var matchedAddresses: [LinkName: MACAddress] {
        Dictionary(draft.present.compactMap { link in link.match?.mac.map { (link.name, $0) } }) { first, _ in first }
    }

    /// The topology with the host's own names in place of those that the file gives to NICs by `match`.
    ///
    /// Names that are made of the file's name (a trunk's VLANs) stay as the file has them.
    /// - Parameter leavesMissing: whether a NIC that no link matches, or several, keeps the file's name: at boot it counts as missing.
    /// - Throws: ``TopologyError`` where no NIC of the host matches, or more than one, with those that may be meant.
    public func resolved(on actual: HostNetwork, leavesMissing: Bool = false) throws(TopologyError) -> Topology {
        var problems = Problems(file: file)
        var unfound = Problems(file: file)
        var names: [LinkName: LinkName] = [:]
        var keys: [LinkName: LinkDraft] = [:]
        for link in draft.present {
            guard let match = link.match else { continue }
            guard let name = actual.nic(match, of: link.name, &unfound) else { continue }
            names[link.name] = name
            if let other = keys[name] {
                problems.error(
                    match.span, "\(link.name) is \(name), as \(other.name) is already", fix: "keep one of the two",
                    related: [(other.span, "\(other.name) is here")])
            } else if name != link.name, let other = draft.links[name] {
                problems.error(
                    match.span, "\(link.name) is \(name), which the file names too", fix: "write everything of it in one place",
                    related: [(other.span, "\(name) is here")])
            } else if name != link.name, actual[link.name] != nil {
                problems.error(
                    link.span, "\(link.name) is \(name) by its match, and another link of this host has the name \(link.name)",
                    fix: "choose a name that no link has")
            }
            keys[name] = link
        }
        if !leavesMissing { problems.add(unfound) }
        guard !problems.hasErrors else { throw TopologyError(diagnostics: problems.inFileOrder, source: source) }
        guard !names.isEmpty else { return self }
        let named = draft.renamed { names[$0] ?? $0 }
        return Topology(
            file: file, host: host, network: Resolution(named, Stack(named), file: file).network, probes: probes, domains: domains, warnings: warnings,
            source: source, draft: named)
    }
}

extension HostNetwork {
    /// The one NIC that matches; otherwise `nil`, and an error that names those that may be meant.
    fileprivate func nic(_ match: NICMatch, of key: LinkName, _ problems: inout Problems) -> LinkName? {
        // A macvlan can have its NIC's address, and a tap is a guest's.
        let all = sortedLinks { !$0.kind.isManaged && $0.kind != .loopback && $0.parent == nil && $0.kind != .other("tun") }
        let found = all.filter { $0.satisfies(match) }
        let nics = found.filter { $0.kind == .nic }
        let candidates = nics.isEmpty ? found : nics
        if candidates.count == 1 { return candidates[0].name }
        if let first = candidates.first {
            let names = candidates.map(\.name.text).joined(separator: ", ")
            let hint = [match.mac == nil ? first.builtMAC.map { "mac: \($0)" } : nil, match.path == nil ? first.busPath.map { "path: \($0)" } : nil]
            let example = hint.compactMap(\.self).first.map { ", such as \(first.name)'s \($0)" } ?? ""
            problems.error(match.span, "\(key) may be any of \(names): all of them have \(match.words)", fix: "say more of it\(example)")
            return nil
        }
        // Those for which a part holds, or else those that nobody uses, first with a carrier.
        let near = all.filter { $0.satisfiesAPart(of: match) }
        let free = all.filter { $0.kind == .nic && $0.master == nil && !($0.addresses ?? []).contains { !$0.isKernelMade } }
        let likely = near.isEmpty ? free.filter { $0.hasCarrier == true } + free.filter { $0.hasCarrier != true } : near
        let names = likely.prefix(4).map { link in
            let facts = [link.builtMAC?.description, link.driver, link.busPath, link.hasCarrier == true ? "has carrier" : nil].compactMap(\.self)
            return facts.isEmpty ? link.name.text : "\(link.name) (\(facts.joined(separator: ", ")))"
        }
        problems.error(
            match.span, "no NIC of this host has \(match.words)",
            fix: names.isEmpty ? "`weft show` shows what there is" : "may be meant: \(names.joined(separator: "; "))")
        return nil
    }
}

extension Link {
    /// The address that the link was built with, or the one it has where it is no hardware.
    fileprivate var builtMAC: MACAddress? { permanentMAC ?? mac }

    fileprivate func satisfies(_ match: NICMatch) -> Bool {
        (match.mac == nil || match.mac == builtMAC) && (match.driver == nil || match.driver == driver) && (match.path == nil || match.path == busPath)
    }

    fileprivate func satisfiesAPart(of match: NICMatch) -> Bool {
        (match.mac != nil && match.mac == builtMAC) || (match.driver != nil && match.driver == driver) || (match.path != nil && match.path == busPath)
    }
}

extension Draft {
    /// The draft with other names for links.
    fileprivate func renamed(_ name: (LinkName) -> LinkName) -> Draft {
        var next = self
        next.links = [:]
        next.order = order.map(name)
        for var link in links.values {
            link.link.name = name(link.name)
            link.link.parent = link.link.parent.map(name)
            link.trunk = link.trunk.map(name)
            for entry in link.link.options.entries {
                if case .link(let other) = entry.value { link.link.options[entry.id] = .link(name(other)) }
            }
            link.ports = link.ports?.map { port in
                var port = port
                port.name = name(port.name)
                port.trunk = port.trunk.map(name)
                return port
            }
            next.links[link.name] = link
        }
        for place in next.routes.indices {
            next.routes[place].route.link = next.routes[place].route.link.map(name)
            for way in next.routes[place].route.nextHops.indices {
                next.routes[place].route.nextHops[way].link = name(next.routes[place].route.nextHops[way].link)
            }
            for way in next.routes[place].ways.indices { next.routes[place].ways[way].link = name(next.routes[place].ways[way].link) }
        }
        for place in next.rules.indices {
            next.rules[place].rule.inputLink = next.rules[place].rule.inputLink.map(name)
            next.rules[place].rule.outputLink = next.rules[place].rule.outputLink.map(name)
        }
        return next
    }
}
