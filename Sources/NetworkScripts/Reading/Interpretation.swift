internal import HostNetwork

/// What one reader makes of a directory: links and routes, each with the place that says so.
struct Interpretation {
    /// A property of a link that the two readers can be compared in.
    struct Field: Hashable {
        let link: LinkName
        let name: String
    }

    let reader: ScriptReader
    var links: [LinkName: Link] = [:]
    var routes: [Route] = []
    /// The same routes, by the link whose files hold them: those of several ways, and those that lead nowhere, have no link.
    var routesByFile: [LinkName: [Route]] = [:]
    /// VLAN tables of bridges and their ports, as in ``/HostNetwork/HostNetwork/bridgeVLANs``.
    var bridgeVLANs: [LinkName: [BridgeVLAN]] = [:]
    /// Routing rules, by the link whose files hold them.
    var rules: [LinkName: [Rule]] = [:]
    /// Where a field was said.
    var places: [Field: (mark: SourceMark, length: Int)] = [:]
    var findings: [ScriptFinding] = []
    /// The keys of each file that were made use of.
    var used: [String: Set<String>] = [:]
    /// The keys of the file `network` that stand in for one that a link's own file lacks.
    private(set) var inheritedKeys: Set<String> = []
    /// The files of routes and rules that were read.
    private(set) var routeFilesRead: Set<String> = []
    /// What is to stand as a comment at a link.
    var comments: [LinkName: [String]] = [:]

    private var vlanEntries: [LinkName: [BridgeVLAN]] = [:]
    private var hostWideRoutes: Set<Route> = []

    let directory: ScriptDirectory
    /// Links that another file names as its bond or bridge.
    let masters: (bonds: Set<String>, bridges: Set<String>)
    let uuids: [String: LinkName]
    /// What the files make of their links; `nil` within for a kind that weft does not know.
    private(set) var kinds: [LinkName: LinkKind?] = [:]
    /// Links whose file names a master that they cannot be a port of.
    private(set) var impossibleMasters: [LinkName: LinkName] = [:]

    init(_ directory: ScriptDirectory, as reader: ScriptReader) {
        self.directory = directory
        self.reader = reader
        var bonds: Set<String> = []
        var bridges: Set<String> = []
        var uuids: [String: LinkName] = [:]
        for file in directory.linkFiles where file.ignoredBy != reader {
            let settings = Settings(file.text, for: reader, over: directory.hostFile)
            if let master = settings.peek("MASTER") { bonds.insert(master) }
            if let master = settings.peek("BRIDGE") { bridges.insert(master) }
            if let uuid = settings.peek("UUID"), let link = file.link { uuids[uuid.lowercased()] = link }
        }
        masters = (bonds, bridges)
        self.uuids = uuids
        for file in directory.linkFiles where file.ignoredBy != reader {
            guard let name = file.link, kinds[name] == nil else { continue }
            var reading = LinkReading(file, name: name, of: self)
            kinds.updateValue(reading.kind(), forKey: name)
        }
        for file in directory.linkFiles where file.ignoredBy != reader {
            guard let name = file.link, links[name] == nil else { continue }
            var reading = LinkReading(file, name: name, of: self)
            reading.read()
            take(reading, file)
        }
        for name in links.keys.sorted() { addMissingMaster(of: name) }
        for name in vlanEntries.keys.sorted() { fillVLANTable(of: name) }
        for name in routesByFile.keys.sorted() { leaveOutStrayRoutes(of: name) }
        if reader == .initscripts {
            leaveOutReplacedRoutes()
            numberRules()
        }
    }

    /// The links in the order in which initscripts bring them up at boot, without bonds' ports.
    var bootOrder: [LinkName] {
        var network = HostNetwork()
        network.links = links
        return BootOrder(network).sequence
    }

    private mutating func take(_ reading: LinkReading, _ file: ScriptDirectory.LinkFile) {
        findings += reading.findings
        used[file.name] = reading.settings.used
        routeFilesRead.formUnion(reading.routeFilesRead)
        for (name, keys) in reading.aliasKeys { used[name, default: []].formUnion(keys) }
        inheritedKeys.formUnion(reading.settings.usedOfHost)
        guard let link = reading.link else { return }
        impossibleMasters[link.name] = reading.impossibleMaster
        links[link.name] = link
        routesByFile[link.name] = reading.routes
        for route in reading.routes {
            // A route of several ways may stand in each of its links' files.
            var plain = route
            plain.sourceMark = nil
            if route.link != nil || hostWideRoutes.insert(plain).inserted { routes.append(route) }
        }
        vlanEntries[link.name] = reading.vlanEntries
        if !reading.rules.isEmpty { rules[link.name] = reading.rules }
        for (name, place) in reading.places { places[Field(link: link.name, name: name)] = place }
        comments[link.name] = reading.comments
    }

    /// A line may name another link with `dev`; where no file makes that one, a topology has no place for the route.
    private mutating func leaveOutStrayRoutes(of file: LinkName) {
        func plain(_ route: Route) -> Route {
            var plain = route
            plain.sourceMark = nil
            return plain
        }
        for route in routesByFile[file] ?? [] {
            let named = [route.link].compactMap { $0 } + route.nextHops.map(\.link)
            guard let missing = named.first(where: { links[$0] == nil }) else { continue }
            routes.removeAll { plain($0) == plain(route) }
            routesByFile[file]?.removeAll { plain($0) == plain(route) }
            let line = route.sourceMark.flatMap { directory.line(at: $0) } ?? ""
            findings.append(
                ScriptFinding(
                    .warning, at: route.sourceMark, length: max(line.count, 1), link: file,
                    "the route leads over \(missing), which no ifcfg file here makes; it stays in a comment",
                    fix: "write ifcfg-\(missing), or name a link that has a file"))
            let source = route.sourceMark?.file.split(separator: "/").last ?? ""
            comments[file, default: []].append("not understood: \(line) (\(source))")
        }
    }

    /// The table that comes of a file's entries on its bridge.
    private mutating func fillVLANTable(of name: LinkName) {
        guard let entries = vlanEntries[name], let link = links[name] else { return }
        let bridge = link.kind == .bridge ? link : link.master.flatMap { links[$0] }
        guard let bridge, bridge.filtersVLANs else {
            let place = places[Field(link: name, name: "vlans")]
            findings.append(
                ScriptFinding(
                    .warning, at: place?.mark, length: place?.length ?? 1, link: name,
                    "NetworkManager heeds a VLAN table only on a bridge with vlan_filtering=1, and \(bridge?.name.text ?? "the bridge") has none",
                    fix: "write BRIDGING_OPTS=vlan_filtering=1 in ifcfg-\(bridge?.name.text ?? "NAME"), or leave the table out"))
            return comments[name, default: []].append("not understood: the VLAN table \(BridgeVLANText.text(of: entries)), as the bridge does not filter")
        }
        bridgeVLANs[name] = [BridgeVLAN].initial(defaultPVID: bridge.defaultPVID).setting(entries)
    }

    /// The initscripts make a master that no file describes, with a new link's defaults.
    private mutating func addMissingMaster(of name: LinkName) {
        guard let link = links[name], let master = link.master, links[master] == nil else { return }
        let isBond = places[Field(link: name, name: "master")].map { _ in link.portOptions.isEmpty && isBondPort(name) } ?? false
        var made = Link(master, kind: isBond ? .bond : .bridge)
        made.isUp = true
        links[master] = made
        let place = places[Field(link: name, name: "master")]
        findings.append(
            ScriptFinding(
                .warning, at: place?.mark, length: place?.length ?? 1, link: name,
                "\(name) is to be a port of \(master), and no file describes \(master): initscripts make it with defaults, NetworkManager leaves \(name) alone",
                fix: "write ifcfg-\(master)"))
        comments[master, default: []].append("no file describes it; \(name) names it")
    }

    private func isBondPort(_ name: LinkName) -> Bool {
        guard let file = directory.linkFiles.first(where: { $0.link == name && $0.ignoredBy != reader }) else { return false }
        let settings = Settings(file.text, for: reader)
        return settings.peek("BRIDGE") == nil && settings.peek("BRIDGE_UUID") == nil
    }
}
