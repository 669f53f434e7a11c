public import HostNetwork

/// A directory of network scripts as a wanted network, with comments naming the file that each part came from.
///
/// The files are parsed, never executed. What is not understood is kept in comments and listed among the ``findings``.
/// Where the two readers understand something differently, an import for ``ScriptDialect/both`` has an error that names the two
/// meanings: the reader then has to be said.
public struct NetworkScriptImport: Sendable {
    /// The network that the files describe.
    public private(set) var network = HostNetwork()
    /// Comments for each link: where it came from, and what was left out.
    public private(set) var comments: [LinkName: [String]] = [:]
    /// Cards that their files know by an address (`HWADDR`) and by no name, under a name that is the topology's own.
    public var hardwareAddresses: [LinkName: MACAddress] { directory.matched.filter { network[$0.key]?.kind == .nic } }
    /// Slips, differences between the readers, and everything that stays in comments.
    public private(set) var findings: [ScriptFinding] = []

    private let directory: ScriptDirectory
    private let readings: [ScriptReader: Interpretation]

    /// Reads a directory.
    public init(_ directory: ScriptDirectory, dialect: ScriptDialect = .both) {
        self.directory = directory
        readings = Dictionary(uniqueKeysWithValues: ScriptReader.allCases.map { ($0, Interpretation(directory, as: $0)) })
        findings = directory.findings
        // A link that NetworkManager is kept away from has one reader.
        let lone = directory.unmanagedLinks
        let base = dialect.readers[0]
        guard let chosen = readings[base] else { return }
        if dialect == .both { findings += directory.linkFiles.compactMap(\.halfIgnoredFinding) }
        findings += directory.twinFindings
        network.links = chosen.links
        network.routes = chosen.routes
        network.bridgeVLANs = chosen.bridgeVLANs
        network.rules = chosen.rules.values.joined().sorted(by: Rule.goesBefore)
        for reader in dialect.readers {
            for finding in readings[reader]?.findings ?? [] where !findings.contains(finding) {
                if reader == .networkManager, dialect == .both, let link = finding.link, lone.contains(link) { continue }
                findings.append(finding)
            }
        }
        if dialect == .both, let other = readings[.networkManager] { settle(Comparison(chosen, other).differences, except: lone) }
        if dialect == .networkManager { takeDefaultsApart() }
        listPorts()
        let gateway = HostGateway(directory, chosen, beside: dialect == .both ? readings[.networkManager] : nil)
        if let route = gateway.route { network.routes.append(route) }
        collectComments(dialect.readers, lone, usedByGateway: gateway.used)
        for file in directory.unreadRouteFiles(by: dialect.readers.compactMap { readings[$0] }) {
            comments[file.link, default: []] += file.lines
            // NetworkManager's reading tells of files of rules by itself.
            if !findings.contains(where: { $0.mark == file.finding.mark }) { findings.append(file.finding) }
        }
        if base == .initscripts {
            for file in directory.legacyRouteFiles {
                comments[LinkName(kernel: "network"), default: []] += file.comments
                findings.append(file.finding)
            }
        }
        comments.merge(gateway.comments) { $0 + $1 }
        findings += gateway.findings + [gateway.difference.map(asking)].compactMap(\.self)
        listHostKeys(dialect.readers.compactMap { readings[$0] }, beside: gateway)
        findings.sort { ($0.mark?.file ?? "", $0.mark?.line ?? 0, $0.mark?.column ?? 0) < ($1.mark?.file ?? "", $1.mark?.line ?? 0, $1.mark?.column ?? 0) }
    }

    /// Adds what a check of the topology has refused, at the place in the files that says it.
    ///
    /// The network is left as the files have it: whoever writes the topology leaves the piece out.
    /// - Parameters:
    ///   - key: the key of the topology that the piece stands under; empty for the link as a whole.
    ///   - item: its number in the key's list, in the order of this network.
    ///   - link: the link; `nil` for routes and rules of the host.
    public mutating func refuse(_ message: String, fix: String?, key: String, item: Int?, link: LinkName?) {
        let place = place(of: key, item, link)
        findings.append(
            ScriptFinding(
                .warning, at: place?.mark ?? link.flatMap { network[$0]?.origin }, length: place?.length ?? 1, link: link,
                "\(message); it stays in a comment", fix: fix))
    }

    private func place(of key: String, _ item: Int?, _ link: LinkName?) -> (mark: SourceMark, length: Int)? {
        func field(_ name: LinkName?, _ field: String) -> (mark: SourceMark, length: Int)? {
            guard let name else { return nil }
            return ScriptReader.allCases.lazy.compactMap { readings[$0]?.places[Interpretation.Field(link: name, name: field)] }.first
        }
        func nth<Item>(_ items: [Item]) -> Item? { item.flatMap { items.indices.contains($0) ? items[$0] : nil } }
        switch key {
        case "routes": return nth(network.routes.filter { $0.link == link })?.sourceMark.map { ($0, 1) } ?? field(link, key)
        case "rules": return nth(network.rules.sorted(by: Rule.goesBefore))?.sourceMark.map { ($0, 1) }
        case "ports": return nth(link.flatMap { network[$0] }?.portOrder ?? []).flatMap { field($0, "master") }
        case "addresses": return nth(link.flatMap { network[$0]?.addresses } ?? []).flatMap { field(link, "address \($0.network)") } ?? field(link, key)
        case "self": return field(link, "vlans")
        default: return field(link, key)
        }
    }

    private mutating func settle(_ differences: [Difference], except lone: Set<LinkName>) {
        for difference in differences where !lone.contains(difference.link) {
            findings.append(difference.isDefault ? difference.finding : asking(difference.finding))
        }
    }

    /// Somebody has to say which of two meanings it is.
    private func asking(_ difference: ScriptFinding) -> ScriptFinding {
        ScriptFinding(
            .error, at: difference.mark, length: difference.length, link: difference.link, difference.message,
            fix: "say which of the two reads these files: --dialect initscripts or --dialect networkmanager")
    }

    /// NetworkManager's own default for miimon is the kernel's too in the modes that cannot do without.
    private mutating func takeDefaultsApart() {
        for (name, link) in network.links where link.kind == .bond {
            let isSaid = readings[.networkManager]?.places[Interpretation.Field(link: name, name: "miimon")] != nil
            if !isSaid, let mode = link.bondMode, !BondModes.withARPMonitor.contains(mode) { network[name]?.options[.miimon] = nil }
        }
    }

    private mutating func listPorts() {
        for link in network.sortedLinks {
            guard let master = link.master else { continue }
            network[master]?.portOrder.append(link.name)
        }
        for link in network.sortedLinks where link.kind.isMaster { network[link.name]?.listsPorts = true }
    }

    // MARK: Comments

    private mutating func collectComments(_ dialect: [ScriptReader], _ lone: Set<LinkName>, usedByGateway: [LinkName: Set<String>]) {
        func readers(of name: LinkName?) -> [ScriptReader] {
            dialect.count > 1 && name.map { lone.contains($0) } ?? false ? [.initscripts] : dialect
        }
        for file in directory.linkFiles where !dialect.contains(where: { $0 == file.ignoredBy }) {
            guard let name = file.link else {
                keepWhole(file)
                continue
            }
            var lines = comments[name] ?? []
            let beside = (Array(directory.routeBytes.keys) + Array(directory.ruleFiles.keys)).filter { $0.hasSuffix("-\(file.suffix)") || $0 == "\(file.suffix).route" }.sorted()
            lines.append("from \(([file.name] + beside).joined(separator: ", "))")
            let readers = readers(of: name)
            for reader in readers {
                for comment in readings[reader]?.comments[name] ?? [] where !lines.contains(comment) { lines.append(comment) }
            }
            comments[name] = lines
            guard network[name] != nil, !directory.isTwin(file) else {
                keepWhole(file)
                continue
            }
            let left = leftOver(file, readers, link: name, except: usedByGateway[name] ?? [])
            comments[name]?.append(contentsOf: left)
        }
        for (name, aliases) in directory.aliases.sorted(by: { $0.key < $1.key }) {
            let link = LinkName(kernel: name)
            for alias in aliases {
                if network[link] == nil {
                    let reason = name == "lo" ? "a topology has no addresses for" : "no ifcfg file here makes"
                    findings.append(
                        ScriptFinding(
                            .warning, at: alias.mark("DEVICE") ?? SourceMark(file: alias.text.file, line: 1, column: 1), link: link,
                            "\(alias.name) adds to \(link), which \(reason); it stays in comments", fix: name == "lo" ? nil : "write ifcfg-\(link)"))
                    keepWhole(alias)
                } else { comments[link, default: []] += leftOver(alias, readers(of: link), link: link) }
            }
        }
        if let loopback = directory.loopback {
            let usual = ["DEVICE": ["lo"], "IPADDR": ["127.0.0.1"], "NETMASK": ["255.0.0.0"], "PREFIX": ["8"], "NAME": ["loopback"], "TYPE": ["Loopback"], "BOOTPROTO": ["none", "static"]]
            let idle = loopback.text.assignments.filter { usual[$0.key]?.contains($0.initscripts ?? $0.networkManager ?? "") ?? false }
            let left = leftOver(loopback, dialect, link: LinkName(kernel: "lo"), except: Set(idle.map(\.key)))
            if !left.isEmpty { comments[LinkName(kernel: "lo"), default: []] += left }
        }
        for (name, lines) in readings[dialect[0]]?.comments ?? [:] where comments[name] == nil { comments[name] = lines }
    }

    /// What no chosen reader made use of.
    private mutating func leftOver(_ file: ScriptDirectory.LinkFile, _ readers: [ScriptReader], link: LinkName, except passedOver: Set<String> = []) -> [String] {
        var lines: [String] = []
        let used = readers.reduce(into: passedOver) { $0.formUnion(readings[$1]?.used[file.name] ?? []) }
        for assignment in file.text.assignments {
            let isUnknown = readers.allSatisfy { assignment.value(for: $0) == nil }
            guard !used.contains(assignment.key) || isUnknown else { continue }
            let value = assignment.initscripts ?? assignment.networkManager
            if !isUnknown, let value, IdleKeys.isIdle(assignment.key, value, of: network[link], named: link.text) { continue }
            let source = isUnknown ? file.text.lines[safe: assignment.mark.line - 1] ?? assignment.key : "\(assignment.key)=\(value ?? "")"
            lines.append("not carried over: \(source) (\(file.name))")
            if findings.contains(where: { $0.severity == .error && $0.mark == assignment.mark }) { continue }
            findings.append(
                ScriptFinding(
                    .note, at: assignment.mark, length: assignment.length, link: link,
                    isUnknown ? "\(assignment.key) stays in a comment" : "\(assignment.key) has no counterpart in a topology; it stays in a comment"))
        }
        for piece in file.text.unread { lines.append("not understood: \(piece.text) (\(file.name), line \(piece.line))") }
        return lines
    }

    /// What the file `network` says that nothing was made of.
    private mutating func listHostKeys(_ readings: [Interpretation], beside gateway: HostGateway) {
        guard let file = directory.hostFile else { return }
        let used = readings.reduce(into: Set(["GATEWAY"])) { $0.formUnion($1.inheritedKeys) }
        for assignment in file.assignments where !used.contains(assignment.key) {
            let value = assignment.initscripts ?? assignment.networkManager
            if let value, HostKeys.isIdle(assignment.key, value) || gateway.findings.contains(where: { $0.mark == assignment.mark }) { continue }
            let source = value.map { "\(assignment.key)=\($0)" } ?? file.lines[safe: assignment.mark.line - 1] ?? assignment.key
            comments[LinkName(kernel: "network"), default: []].append("not carried over: \(source) (network)")
            findings.append(
                ScriptFinding(.note, at: assignment.mark, length: assignment.length, "\(assignment.key) in the file network has no counterpart in a topology; it stays in a comment"))
        }
        for piece in file.unread { comments[LinkName(kernel: "network"), default: []].append("not understood: \(piece.text) (network, line \(piece.line))") }
    }

    private mutating func keepWhole(_ file: ScriptDirectory.LinkFile) {
        let name = file.link ?? LinkName(kernel: file.suffix)
        comments[name, default: []] += file.text.lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }.map { "not understood: \($0) (\(file.name))" }
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

/// Keys that say nothing about the network: what the readers keep for themselves, and defaults in so many words.
enum IdleKeys {
    static func isIdle(_ key: String, _ value: String, of owner: Link?, named link: String) -> Bool {
        if value.isEmpty || always.contains(key) || key.hasPrefix("BROADCAST") { return true }
        // A VLAN's reading has told what counts for nothing there.
        if owner?.kind == .vlan, vlanKeys.contains(key) { return true }
        if key == "NAME" { return value == link || value == "System \(link)" || value == "Bond \(link)" || value == "Bridge \(link)" || value == "Vlan \(link)" }
        if key == "DEVICETYPE" { return value.lowercased() == "eth" || value.lowercased() == "ethernet" }
        return usual[key]?.contains(value.lowercased()) ?? false
    }

    private static let always: Set<String> = [
        "UUID", "NM_CONTROLLED", "NOZEROCONF", "NETWORK", "ARPCHECK", "HOTPLUG", "LAST_CONNECT", "AUTOCONNECT_PRIORITY",
    ]

    private static let vlanKeys: Set<String> = ["VID", "VLAN_ID", "VLAN_FLAGS", "REORDER_HDR"]

    private static let usual: [String: Set<String>] = [
        "USERCTL": ["no"], "PEERDNS": ["yes"], "PEERROUTES": ["yes"], "DEFROUTE": ["yes"], "IPV4_FAILURE_FATAL": ["no"],
        "IPV6_FAILURE_FATAL": ["no"], "IPV6_DEFROUTE": ["yes"], "IPV6_PEERDNS": ["yes"], "IPV6_PEERROUTES": ["yes"],
        "IPV6_AUTOCONF": ["yes"], "IPV6_ADDR_GEN_MODE": ["stable-privacy", "eui64", "default"], "PROXY_METHOD": ["none"],
        "BROWSER_ONLY": ["no"], "IPV6INIT": ["yes", "no"], "SLAVE": ["yes", "no"], "BONDING_MASTER": ["yes", "no"], "VLAN": ["yes", "no"],
        "ONBOOT": ["yes"], "ONPARENT": ["yes"], "IPV6_PRIVACY": ["no"],
    ]
}
