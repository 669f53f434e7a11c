internal import HostNetwork

/// A file of routes or rules that none of some readers gets to.
struct UnreadRouteFile {
    /// The link that it would be about, whether or not anything makes it.
    let link: LinkName
    /// Its lines, for comments; blank lines and comments left out.
    let lines: [String]
    /// Why nobody gets to it.
    let finding: ScriptFinding
}

extension ScriptDirectory {
    /// The files of routes and rules that none of some readings made use of, by their names. Backups are passed over.
    func unreadRouteFiles(by readings: [Interpretation]) -> [UnreadRouteFile] {
        routeBytes.merging(ruleFiles) { first, _ in first }.sorted { $0.key < $1.key }.compactMap { name, bytes in
            guard !readings.contains(where: { $0.routeFilesRead.contains(name) }),
                !ScriptReader.allCases.contains(where: { ScriptNames.isIgnored(name, by: $0) })
            else { return nil }
            let lines = bytes.scriptLines
            guard let first = lines.firstIndex(where: \.saysSomething) else { return nil }
            let mark = SourceMark(file: file(name), line: first + 1, column: 1)
            let (link, reason, fix) = reason(for: name, readings)
            return UnreadRouteFile(
                link: link,
                lines: lines.filter(\.saysSomething).map { "not understood: \($0) (\(name))" },
                finding: ScriptFinding(
                    .warning, at: mark, length: lines[first].count, link: link, "\(reason); it stays in a comment", fix: fix))
        }
    }

    /// Why no reader gets to a file, and what to do.
    private func reason(for name: String, _ readings: [Interpretation]) -> (link: LinkName, reason: String, fix: String?) {
        let parts = name.split(separator: "-", maxSplits: 1).map { String($0) }
        let isOldest = name.hasSuffix(".route") && !["route", "route6", "rule", "rule6"].contains(parts[0])
        let (kind, suffix) = isOldest ? ("route", String(name.dropLast(".route".count))) : (parts[0], parts.count > 1 ? parts[1] : "")
        if suffix == "lo" { return (LinkName(kernel: suffix), "\(name) is about the loopback link, which no topology has", nil) }
        guard let owner = linkFiles.first(where: { $0.suffix == suffix }) ?? linkFiles.first(where: { $0.link?.text == suffix }) else {
            let base = String(suffix.prefix { $0 != ":" })
            if base != suffix {
                let alias = aliases[base]?.first { $0.suffix == suffix || $0.text.assignments.contains { $0.key == "DEVICE" && $0.initscripts == suffix } }
                let reason = alias.map { "NetworkManager reads no such file of an alias, and to initscripts \($0.name) sets no routes" } ?? "there is no ifcfg-\(suffix)"
                return (LinkName(kernel: base), "no reader gets to \(name), for \(reason)", "write the lines in \(kind)-\(base)")
            }
            return (
                LinkName(kernel: suffix), "no ifcfg file is about '\(suffix)', and so no reader gets to \(name)",
                "write ifcfg-\(suffix), or write the lines in \(kind)-NAME of a link that has a file"
            )
        }
        let link = owner.link ?? LinkName(kernel: suffix)
        if let master = readings.lazy.compactMap({ $0.links[link]?.master ?? $0.impossibleMasters[link] }).first {
            return (link, "\(link) is a port of \(master), and nothing of \(name) holds for a port", "write what is still wanted in \(kind)-\(master)")
        }
        if isOldest {
            if readings.allSatisfy({ $0.reader == .networkManager }) { return (link, "NetworkManager reads no \(name)", "write the routes in route-\(owner.suffix)") }
            return (link, "\(name) has no ADDRESS0, without which initscripts pass it over", "write the routes in route-\(owner.suffix)")
        }
        if readings.allSatisfy({ $0.reader == .networkManager }), readings.contains(where: { $0.links[link] != nil }) {
            if owner.suffix != suffix {
                return (link, "NetworkManager goes by the name of \(owner.name), and reads no \(name)", "call it \(kind)-\(owner.suffix)")
            }
            return (link, "NetworkManager reads no \(kind.hasPrefix("rule") ? name : "\(name) beside a file of rules")", "write ROUTING_RULE_1 in \(owner.name) for the rules")
        }
        return (link, "\(owner.name) is not carried over, and neither is \(name), which belongs to it", nil)
    }

    /// The text of a line.
    func line(at mark: SourceMark) -> String? {
        guard let lines = sources.first(where: { $0.file == mark.file })?.lines, lines.indices.contains(mark.line - 1) else { return nil }
        return lines[mark.line - 1]
    }
}
