public import HostNetwork

/// A wanted network as a complete set of network scripts: `ifcfg-*`, `route-*`, `route6-*`, and files that load modules.
///
/// The same input gives the same bytes. What the dialect cannot say is an error among the ``findings``, or, where the
/// rendering is lossy, a warning; nothing is dropped in silence. The files of a rendering with errors are not to be used.
///
/// A file describes a link from nothing: what the topology leaves unset is a new link's default.
public struct NetworkScriptRendering: Sendable {
    /// The files, by path.
    public private(set) var files: [ScriptFile] = []
    /// What cannot be said, or should be known.
    public private(set) var findings: [ScriptFinding] = []

    /// Whether a text is a machine-id: 32 hexadecimal digits.
    public static func isMachineID(_ text: String) -> Bool { LinkUUID.digits(of: text) != nil }

    /// Renders a wanted network.
    /// - Parameters:
    ///   - network: what a topology resolved to.
    ///   - dialect: whom the files are for.
    ///   - source: the topology's name for the header.
    ///   - machineID: the host's machine-id, which UUIDs are derived from; without it the files have none.
    ///   - hardwareAddresses: the addresses that NICs were built with and that the topology knows them by; their files then hold for
    ///     no other card (`HWADDR`).
    ///   - isLossy: whether what cannot be said is left out.
    public init(
        _ network: HostNetwork, dialect: ScriptDialect = .both, source: String, machineID: String? = nil,
        hardwareAddresses: [LinkName: MACAddress] = [:], isLossy: Bool = false
    ) {
        // The initscripts search the files for some keys anywhere in a line, so a header must not hold one.
        let source = String(source.unicodeScalars.map { $0 == "=" || $0.properties.generalCategory == .control ? "_" : Character($0) })
        let routes = Dictionary(grouping: network.routes.filter { $0.link != nil }) { $0.link }
        let hostRoutes = HostRoutes(network, dialect: dialect)
        let rules = RuleLines(network, dialect: dialect)
        for link in network.sortedLinks where link.isPresent && link.isWorthAFile(in: network, hasRoutes: routes[link.name] != nil || hostRoutes.byLink[link.name] != nil || rules.lines[link.name] != nil) {
            let script = LinkScript(
                link, in: network, routes: (routes[link.name] ?? []) + (hostRoutes.byLink[link.name] ?? []), rules: rules.lines[link.name] ?? ([], []), dialect: dialect, source: source, machineID: machineID,
                hardwareAddress: hardwareAddresses[link.name])
            files += script.files
            findings += script.findings
        }
        for (route, message, fix) in hostRoutes.unsayable {
            findings.append(ScriptFinding(.error, at: route.sourceMark, message, fix: fix, canBeLeftOut: true))
        }
        for (rule, message, fix) in rules.unsayable {
            findings.append(ScriptFinding(.error, at: rule.sourceMark, message, fix: fix, canBeLeftOut: true))
        }
        if dialect.readers.contains(.initscripts) {
            for (link, parent) in BootOrder(network).tooEarly {
                findings.append(
                    ScriptFinding(
                        .warning, at: network[link]?.origin, link: link,
                        "at boot the initscripts bring \(link) up before \(parent), which it lies on, and it stays away: they go by the names",
                        fix: "choose a name with a dot, such as \(parent).10"))
            }
        }
        if isLossy {
            findings = findings.map { finding in
                var finding = finding
                if finding.severity == .error, finding.canBeLeftOut { finding.severity = .warning }
                return finding
            }
        }
        files += ModuleFiles.files(for: network, dialect: dialect, source: source)
        files.sort { $0.path < $1.path }
    }

    /// Notes parts of the topology that are no network, so that their absence is no surprise.
    public mutating func noteTheRest(of sections: [String]) {
        for section in sections { findings.append(ScriptFinding(.note, at: nil, "'\(section)' is no affair of network scripts, and stands in none of them")) }
    }
}

extension Link {
    /// Whether there is anything to say of the link.
    fileprivate func isWorthAFile(in network: HostNetwork, hasRoutes: Bool) -> Bool {
        kind != .loopback && (kind.isManaged || master != nil || isUp != nil || addresses?.isEmpty == false || hasRoutes || mtu != nil || mac != nil
            || alias != nil || txQueueLength != nil || dhcp4 != nil || dhcp6 != nil || dns?.isEmpty == false
            || zone?.isEmpty == false)
    }
}
