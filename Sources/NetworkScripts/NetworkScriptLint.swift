internal import HostNetwork

/// What is wrong in a directory of network scripts, or understood differently by its two readers.
public struct NetworkScriptLint: Sendable {
    /// What was found, in the order of the files.
    public private(set) var findings: [ScriptFinding] = []

    /// Reads a directory as both readers would.
    public init(_ directory: ScriptDirectory) {
        findings = directory.findings
        let readings = ScriptReader.allCases.map { Interpretation(directory, as: $0) }
        findings += directory.unreadRouteFiles(by: readings).map(\.finding)
        // What NetworkManager is kept away from has one reader.
        let lone = directory.unmanagedLinks
        for reading in readings {
            for finding in reading.findings where finding.severity != .note && !findings.contains(finding) {
                if reading.reader == .networkManager, let link = finding.link, lone.contains(link) { continue }
                findings.append(finding)
            }
        }
        for difference in Comparison(readings[0], readings[1]).differences where difference.field != "forward_delay" && !lone.contains(difference.link) {
            findings.append(difference.finding)
        }
        if let difference = HostGateway(directory, readings[0], beside: readings[1]).difference { findings.append(difference) }
        checkDelays(directory, readings[0], lone)
        checkTwins(directory)
        for reading in readings { checkAddresses(reading) }
        checkNames(directory, readings[0])
        for file in directory.linkFiles {
            if let finding = file.halfIgnoredFinding { findings.append(finding) }
        }
        findings += directory.legacyRouteFiles.map(\.finding)
        findings.sort { ($0.mark?.file ?? "", $0.mark?.line ?? 0, $0.mark?.column ?? 0) < ($1.mark?.file ?? "", $1.mark?.line ?? 0, $1.mark?.column ?? 0) }
    }

    private mutating func add(_ mark: SourceMark, _ length: Int, _ link: LinkName?, _ message: String, fix: String?) {
        findings.append(ScriptFinding(.warning, at: mark, length: length, link: link, message, fix: fix))
    }

    /// The one key that has had both units in the same reader.
    private mutating func checkDelays(_ directory: ScriptDirectory, _ reading: Interpretation, _ lone: Set<LinkName>) {
        guard let row = OptionRow.named("forward_delay", in: .bridge) else { return }
        for file in directory.linkFiles {
            guard let name = file.link, reading.links[name]?.kind == .bridge, let delay = file.text.assignments.last(where: { $0.key == "DELAY" }),
                let number = Int64(delay.initscripts ?? ""), number != 0
            else { continue }
            let hasSTP = reading.links[name]?.options.number(.stpState) == 1
            let centiseconds = row.display(of: .number(number))
            // Initscripts alone disagree over it, too: those that called brctl with those that call ip.
            let isLone = lone.contains(name)
            let readers = isLone ? "\(number)s to initscripts before 2018 and \(centiseconds) to those since" : "\(number)s to NetworkManager and \(centiseconds) to initscripts"
            let remedy = isLone ? "BRIDGING_OPTS forward_delay=\(number) is \(centiseconds) to all initscripts" : "there is no spelling that both read alike; leave it out for the usual 15s"
            add(
                delay.mark, delay.length, name,
                "\(name): DELAY=\(number) is \(readers)" + (hasSTP ? "" : "; without STP it has no effect"),
                fix: hasSTP ? remedy : "write DELAY=0, which is the same to both, or leave it out")
        }
    }

    private mutating func checkTwins(_ directory: ScriptDirectory) {
        findings += directory.twinFindings
        for key in ["UUID", "HWADDR"] {
            var first: [String: String] = [:]
            for file in directory.linkFiles where file.ignoredBy == nil {
                guard let found = file.text.assignments.last(where: { $0.key == key }), let value = found.initscripts ?? found.networkManager, !value.isEmpty else { continue }
                if let other = first[value.lowercased()] {
                    add(found.mark, found.length, file.link, "\(key)=\(value) stands in \(other) too", fix: "each link has its own; leave it out of the copy")
                } else {
                    first[value.lowercased()] = file.name
                }
            }
        }
    }

    /// One address on two links answers on the one or on the other.
    private mutating func checkAddresses(_ reading: Interpretation) {
        var first: [IPAddress: LinkName] = [:]
        for link in reading.links.values.sorted(by: { $0.name < $1.name }) {
            for network in (link.addresses ?? []).map(\.network) where !Self.isLinkLocal(network.address) {
                guard let other = first[network.address] else {
                    first[network.address] = link.name
                    continue
                }
                let place = reading.places[Interpretation.Field(link: link.name, name: "address \(network)")]
                guard other != link.name, let place, !findings.contains(where: { $0.mark == place.mark && $0.message.contains("too") }) else { continue }
                add(place.mark, place.length, link.name, "\(network.address) is on \(other), too", fix: "give each link an address of its own")
            }
        }
    }

    private static func isLinkLocal(_ address: IPAddress) -> Bool { address.family == .ipv6 && address.bytes.prefix(2).elementsEqual([0xfe, 0x80]) }

    private mutating func checkNames(_ directory: ScriptDirectory, _ reading: Interpretation) {
        for file in directory.linkFiles where file.ignoredBy == nil {
            guard let link = file.link else { continue }
            let device = file.text.assignments.last { $0.key == "DEVICE" }
            // NetworkManager calls a file like the connection, with '_' for blanks.
            let isNamed = file.text.assignments.contains { $0.key == "NAME" && $0.networkManager?.replacing(" ", with: "_") == file.suffix }
            if let device, link.text != file.suffix, !isNamed {
                add(
                    device.mark, device.length, link, "the file is named for \(file.suffix) and is about \(link): was it copied and not edited?",
                    fix: "rename it to ifcfg-\(link), or write DEVICE=\(file.suffix)")
            }
            let kind = reading.links[link]?.kind
            if kind == .bond || kind == .vlan, ScriptNames.isHelper(link), !file.text.assignments.contains(where: { $0.key == "DEVICETYPE" }) {
                add(
                    device?.mark ?? SourceMark(file: file.text.file, line: 1, column: 1), device?.length ?? 1, link,
                    "ifup of initscripts runs a helper of its own for a link named \(link)", fix: "write DEVICETYPE=eth, or choose another name")
            }
        }
    }
}

extension ScriptDirectory.LinkFile {
    /// What there is to say about a file that only one of the readers takes for a backup.
    var halfIgnoredFinding: ScriptFinding? {
        guard let ignoredBy else { return nil }
        let other = ignoredBy == .initscripts ? ScriptReader.networkManager : .initscripts
        return ScriptFinding(
            .warning, at: SourceMark(file: text.file, line: 1, column: 1), link: link,
            "\(ignoredBy.displayName) takes the file for a backup and passes it over; \(other.displayName) reads it",
            fix: "give it an ending that both pass over, such as .bak")
    }
}

extension ScriptDirectory {
    /// Links that their file keeps NetworkManager away from (`NM_CONTROLLED=no`).
    var unmanagedLinks: Set<LinkName> {
        Set(
            linkFiles.filter { file in
                var settings = Settings(file.text, for: .networkManager)
                return settings.takesYes("NM_CONTROLLED") == false
            }.compactMap(\.link))
    }

    /// Whether an earlier file is about the same link.
    func isTwin(_ file: LinkFile) -> Bool {
        file.ignoredBy == nil && linkFiles.prefix { $0.name != file.name }.contains { $0.link == file.link && $0.ignoredBy == nil }
    }

    /// Files about a link that has one already.
    var twinFindings: [ScriptFinding] {
        linkFiles.filter { isTwin($0) }.compactMap { file in
            guard let link = file.link, let first = linkFiles.first(where: { $0.link == link && $0.ignoredBy == nil }) else { return nil }
            let mark = file.mark("DEVICE") ?? SourceMark(file: file.text.file, line: 1, column: 1)
            return ScriptFinding(
                .warning, at: mark, length: link.text.count, link: link, "\(link) has a file already, \(first.name): which of the two counts is chance",
                fix: "keep one of them")
        }
    }
}
