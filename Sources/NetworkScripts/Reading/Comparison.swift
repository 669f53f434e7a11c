internal import HostNetwork

/// A property of a link that the two readers understand differently.
struct Difference {
    let link: LinkName
    /// The property's key in a topology file.
    let field: String
    let toInitscripts: String
    let toNetworkManager: String
    let place: (mark: SourceMark, length: Int)?
    /// Whether only what is *not* said differs: each reader has a default of its own.
    let isDefault: Bool
    /// Whether the file `network` says it, for all links.
    let isOfHost: Bool

    var finding: ScriptFinding {
        ScriptFinding(
            .warning, at: place?.mark, length: place?.length ?? 1, link: link,
            "\(link): '\(field)' is \(toInitscripts) to initscripts and \(toNetworkManager) to NetworkManager",
            fix: isDefault ? "say it in the file" : isOfHost ? "write it in the ifcfg files of the links that it is for" : "use a spelling that both read alike")
    }
}

/// Where two readings of one directory differ.
struct Comparison {
    private(set) var differences: [Difference] = []

    private let initscripts: Interpretation
    private let networkManager: Interpretation

    init(_ initscripts: Interpretation, _ networkManager: Interpretation) {
        self.initscripts = initscripts
        self.networkManager = networkManager
        for name in initscripts.links.keys.sorted() {
            guard let ours = initscripts.links[name], let theirs = networkManager.links[name] else { continue }
            compare(ours, theirs)
        }
    }

    private mutating func compare(_ left: Link, _ right: Link) {
        let name = left.name
        add(name, "kind", left.kind.displayName, right.kind.displayName)
        // What follows from it goes without saying.
        guard left.kind == right.kind else { return }
        add(name, "parent", left.parent?.text, right.parent?.text)
        add(name, "master", left.master?.text, right.master?.text)
        add(name, "mtu", left.mtu.map { String($0) }, right.mtu.map { String($0) })
        add(name, "mac", left.mac?.description, right.mac?.description)
        add(name, "description", left.alias, right.alias)
        add(name, "dhcp4", Self.text(left.dhcp4), Self.text(right.dhcp4))
        add(name, "dhcp6", Self.text(left.dhcp6), Self.text(right.dhcp6))
        add(name, "ipv6", Self.text(left.hasIPv6), Self.text(right.hasIPv6))
        add(name, "up", Self.text(left.isUp), Self.text(right.isUp))
        if left.master == right.master { compareAddresses(left, right) }
        add(name, "vlans", initscripts.bridgeVLANs[name]?.display, networkManager.bridgeVLANs[name]?.display)
        compare(left.options, right.options, of: left)
        if left.master == right.master { compare(left.portOptions, right.portOptions, of: left) }
    }

    /// What a port has none of.
    private mutating func compareAddresses(_ left: Link, _ right: Link) {
        let name = left.name
        func list(_ link: Link) -> String? { link.addresses.map { $0.map(\.network.description).joined(separator: ", ") } }
        add(name, "addresses", list(left), list(right), at: placeOfFirstDifference(left, right))
        let servers = [left, right].map { $0.nameServers.isEmpty ? nil : $0.nameServers.map(\.description).joined(separator: ", ") }
        add(name, "dns", servers[0], servers[1])
        let search = [left, right].map { link in link.dns.flatMap { $0.search.isEmpty ? nil : $0.search.joined(separator: ", ") } }
        add(name, "search", search[0], search[1])
        add(name, "zone", left.zone, right.zone)
        func routes(_ interpretation: Interpretation) -> String? {
            let own = (interpretation.routesByFile[name] ?? []).map { Self.text($0) }.sorted()
            return own.isEmpty ? nil : own.joined(separator: "; ")
        }
        add(name, "routes", routes(initscripts), routes(networkManager), at: placeOfFirstDifference(in: \.routesByFile, of: name, mark: \.sourceMark))
        func rules(_ interpretation: Interpretation) -> String? { interpretation.rules[name].map { $0.map(\.display).joined(separator: "; ") } }
        add(name, "rules", rules(initscripts), rules(networkManager), at: placeOfFirstDifference(in: \.rules, of: name, mark: \.sourceMark))
    }

    private mutating func compare(_ left: OptionValues, _ right: OptionValues, of link: Link) {
        var conditions: Set<NetworkScriptSpelling.Condition> = []
        for options in [left, right] {
            if options.number(.stpState) == 1 { conditions.insert(.stp) }
            if options.number(.vlanFiltering) == 1 { conditions.insert(.vlanFiltering) }
        }
        for id in Set((left.entries + right.entries).map(\.id)).sorted() {
            guard let row = OptionRow.with(id: id) else { continue }
            let (ours, theirs) = (left[row] ?? row.kernelDefault, right[row] ?? row.kernelDefault)
            guard ours != theirs else { continue }
            // What NetworkManager heeds only with STP, or with filtering, has no effect without.
            if let condition = row.spelling(for: .networkManager)?.condition, !conditions.contains(condition) { continue }
            let field = Interpretation.Field(link: link.name, name: row.name)
            let isSaid = initscripts.places[field] != nil || networkManager.places[field] != nil
            if !isSaid, row.id == OptionRow.miimon.id, Self.needsMIIMon(link) { continue }
            func text(_ value: OptionValue?) -> String { value.map { row.display(of: $0) } ?? "not said" }
            append(link.name, row.name, text(ours), text(theirs), isDefault: !isSaid)
        }
    }

    /// In modes 4 to 6 the kernel takes the same default as NetworkManager.
    private static func needsMIIMon(_ link: Link) -> Bool { link.bondMode.map { !BondModes.withARPMonitor.contains($0) } ?? false }

    private typealias Place = (mark: SourceMark, length: Int)

    /// Where the first address stands that only one of the two readers sets.
    private func placeOfFirstDifference(_ left: Link, _ right: Link) -> Place? {
        let (ours, theirs) = ((left.addresses ?? []).map(\.network), (right.addresses ?? []).map(\.network))
        func place(_ network: IPNetwork, _ reading: Interpretation) -> Place? {
            reading.places[Interpretation.Field(link: left.name, name: "address \(network)")]
        }
        return ours.lazy.filter { !theirs.contains($0) }.compactMap { place($0, initscripts) }.first
            ?? theirs.lazy.filter { !ours.contains($0) }.compactMap { place($0, networkManager) }.first
    }

    /// Where the first route or rule stands that only one of the two readers has.
    private func placeOfFirstDifference<Item: Hashable>(
        in list: KeyPath<Interpretation, [LinkName: [Item]]>, of link: LinkName, mark: WritableKeyPath<Item, SourceMark?>
    ) -> Place? {
        func plain(_ item: Item) -> Item {
            var plain = item
            plain[keyPath: mark] = nil
            return plain
        }
        let (ours, theirs) = (initscripts[keyPath: list][link] ?? [], networkManager[keyPath: list][link] ?? [])
        let (oursPlain, theirsPlain) = (Set(ours.map(plain)), Set(theirs.map(plain)))
        let lone = ours.first { !theirsPlain.contains(plain($0)) } ?? theirs.first { !oursPlain.contains(plain($0)) }
        return lone.flatMap { $0[keyPath: mark] }.map { ($0, 1) }
    }

    private mutating func add(_ link: LinkName, _ field: String, _ left: String?, _ right: String?, at place: Place? = nil) {
        guard left != right else { return }
        append(link, field, left ?? "not said", right ?? "not said", isDefault: false, at: place)
    }

    private mutating func append(_ link: LinkName, _ field: String, _ left: String, _ right: String, isDefault: Bool, at known: Place? = nil) {
        let key = Interpretation.Field(link: link, name: field)
        let place = known ?? initscripts.places[key] ?? networkManager.places[key] ?? initscripts.links[link]?.origin.map { ($0, 1) }
        let isOfHost = place.map { $0.mark.file == initscripts.directory.hostFile?.file } ?? false
        differences.append(
            Difference(link: link, field: field, toInitscripts: left, toNetworkManager: right, place: place, isDefault: isDefault, isOfHost: isOfHost))
    }

    private static func text(_ flag: Bool?) -> String? { flag.map { $0 ? "true" : "false" } }

    private static func text(_ route: Route) -> String {
        var words = [route.destination.isEverything ? "default" : route.destination.description]
        if route.type != Route.unicastType, let name = Route.typeNames[route.type] { words.insert(name, at: 0) }
        if let gateway = route.gateway { words.append("via \(gateway)") }
        if let link = route.link { words.append("dev \(link)") }
        for hop in route.nextHops { words.append("nexthop via \(hop.gateway?.description ?? "-") dev \(hop.link) weight \(hop.weight)") }
        if let metric = route.metric { words.append("metric \(metric)") }
        if route.table != Route.mainTable { words.append("table \(route.table)") }
        return words.joined(separator: " ")
    }
}
