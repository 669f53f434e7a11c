internal import HostNetwork

/// Files of somebody else's, beside those that weft writes, that make something else of them.
public struct ScriptSurroundings: Sendable {
    /// What each of them does, at the place that says it.
    public private(set) var findings: [ScriptFinding] = []

    /// Looks through a directory as it is.
    /// - Parameter written: the files that are going to stand in it.
    public init(_ directory: ScriptDirectory, written: [ScriptFile]) {
        let names = Set(written.map(\.path))
        let links = Set(written.compactMap(\.link))
        for file in directory.linkFiles where !names.contains(file.name) && !ScriptFile.isWrittenByWeft(file.text.lines.joined(separator: "\n")) {
            guard let name = file.link, !links.contains(name) else { continue }
            findings += Self.masters(of: file, name, among: links)
        }
        if let finding = Self.defaultDevice(directory, written) { findings.append(finding) }
    }

    /// A link that another file puts into one that the topology describes.
    private static func masters(of file: ScriptDirectory.LinkFile, _ name: LinkName, among links: Set<LinkName>) -> [ScriptFinding] {
        let settings = ScriptReader.allCases.filter { $0 != file.ignoredBy }.map { Settings(file.text, for: $0) }
        return ["MASTER", "BRIDGE"].compactMap { key in
            guard let reading = settings.first(where: { links.contains(LinkName(kernel: $0.peek(key) ?? "")) }), let master = reading.peek(key) else { return nil }
            let place = reading.place(key)
            return ScriptFinding(
                .warning, at: place?.mark, length: place?.length ?? 1, link: name,
                "\(file.name) is not weft's, and puts \(name) into \(master), where the topology has no such port", fix: "remove the file, or list \(name) among the ports of \(master)")
        }
    }

    /// `GATEWAYDEV` takes the default route from every link but one.
    private static func defaultDevice(_ directory: ScriptDirectory, _ written: [ScriptFile]) -> ScriptFinding? {
        guard let file = directory.hostFile else { return nil }
        let settings = Settings(file, for: .initscripts)
        guard let device = settings.peek("GATEWAYDEV") else { return nil }
        let others = written.filter { script in
            script.link.map { $0.text != device } ?? false && script.text.split(separator: "\n").contains { $0.hasPrefix("GATEWAY=") }
        }
        guard let other = others.first?.link else { return nil }
        let place = settings.place("GATEWAYDEV")
        return ScriptFinding(
            .warning, at: place?.mark, length: place?.length ?? 1, link: other,
            "GATEWAYDEV=\(device) keeps both readers from setting the default route of \(other)", fix: "leave it out of this file")
    }
}
