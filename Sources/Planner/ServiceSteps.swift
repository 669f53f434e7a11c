internal import HostNetwork

/// What is handed to services of the host's: zones before anything arrives on a link, name servers when all else is done.
extension Draft {
    mutating func planServices() {
        if request.isRollback { planZonesBack() }
        for want in wantedLinks where want.isPresent {
            if !request.isRollback, let zone = want.zone { planZone(want, zone) }
            planDNS(want)
        }
        for name in removed.sorted() { planFarewell(name) }
    }

    // MARK: Zones

    private mutating func planZone(_ want: Link, _ zone: String) {
        guard let zones = actual.services?.zones else {
            if !zone.isEmpty { note(want.name, "zone \(zone) is left: firewalld does not run here") }
            return
        }
        guard zone.isEmpty || zones.known.contains(zone) else {
            refuse(
                .impossible, want.name, "firewalld has no zone '\(zone)'",
                fix: "one of \(zones.known.joined(separator: ", ")); `firewall-cmd --permanent --new-zone=\(zone)` makes it")
            return
        }
        addZoneStep(want.name, from: zones.bindings[want.name], to: zone.isEmpty ? nil : zone)
    }

    /// Every zone as it was, of links that are not there as well: a change may have failed before it made them.
    private mutating func planZonesBack() {
        guard let now = actual.services?.zones, let then = wanted.services?.zones else { return }
        for name in Set(now.bindings.keys).union(then.bindings.keys).sorted() { addZoneStep(name, from: now.bindings[name], to: then.bindings[name]) }
    }

    private mutating func addZoneStep(_ name: LinkName, from old: String?, to new: String?) {
        guard old != new else { return }
        let number = graph.add(
            step(.change, name, [FieldChange("zone", old: old ?? "default", new: new ?? "default")], [.service(.setZone(new, of: name))]), .builds)
        // A link or an address that came first would for a moment be open to whom the usual zone lets in.
        for later in [createStep[name], changeStep[name], attachStep[name], addressStep[name]] { graph.require(number, before: later) }
        for move in movesTo[name] ?? [] { graph.require(number, before: removalStep[move.from]) }
    }

    // MARK: Name servers

    private mutating func planDNS(_ want: Link) {
        let name = want.name
        guard let resolver = actual.services?.resolver else {
            if let dns = want.dns, !dns.isEmpty, !request.isRollback {
                note(name, "dns \(dns.words) is left to you: neither systemd-resolved nor resolvconf is here to take it (/etc/resolv.conf)")
            }
            return
        }
        let had = actual[name]?.dns ?? LinkDNS()
        let forgets = resolver == .resolved && isMade(name)
        guard var dns = want.dns ?? (forgets && !goesForGood(name) ? had : nil) else { return }
        if resolver == .resolvconf, !request.isRollback {
            let unsaid = dns.search.filter { $0.hasPrefix("~") }
            dns.search.removeAll { $0.hasPrefix("~") }
            if !unsaid.isEmpty { note(name, "search \(unsaid.joined(separator: ", ")) is left: resolvconf knows no domains that are only for asking") }
        }
        let have = forgets ? LinkDNS() : had
        guard dns != have else { return }
        let reason = want.dns == nil ? "systemd-resolved forgets a link that is made anew" : nil
        let number = graph.add(
            step(.change, name, dnsChanges(from: have, to: dns), [.service(.setDNS(dns, of: name, by: resolver))], reason: reason), .hands)
        for earlier in [createStep[name], changeStep[name], attachStep[name], addressStep[name], routeStep[name]] { graph.require(earlier, before: number) }
    }

    private func goesForGood(_ name: LinkName) -> Bool { removed.contains(name) }

    private func dnsChanges(from old: LinkDNS, to new: LinkDNS) -> [FieldChange] {
        func words(_ items: [String]) -> String? { items.isEmpty ? nil : items.joined(separator: ", ") }
        var changes: [FieldChange] = []
        if old.servers != new.servers { changes.append(FieldChange("dns", old: words(old.servers.map(\.display)), new: words(new.servers.map(\.display)))) }
        if old.search != new.search { changes.append(FieldChange("search", old: words(old.search), new: words(new.search))) }
        return changes
    }

    // MARK: Links that go for good

    /// What would be kept under a link's name when it is gone.
    private mutating func planFarewell(_ name: LinkName) {
        if !request.isRollback, let zone = actual.services?.zones?.bindings[name] {
            let number = graph.add(step(.change, name, [FieldChange("zone", old: zone, new: "default")], [.service(.setZone(nil, of: name))]), .hands)
            graph.require(deleteStep[name], before: number)
        }
        if actual.services?.resolver == .resolvconf, let dns = actual[name]?.dns, !dns.isEmpty {
            let number = graph.add(
                step(.change, name, dnsChanges(from: dns, to: LinkDNS()), [.service(.setDNS(LinkDNS(), of: name, by: .resolvconf))]), .hands)
            graph.require(deleteStep[name], before: number)
        }
    }
}

extension LinkDNS {
    /// All of it in one line.
    fileprivate var words: String { (servers.map(\.display) + search).joined(separator: ", ") }
}
