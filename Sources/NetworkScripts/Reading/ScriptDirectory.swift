internal import HostNetwork

/// A directory's network scripts as they were read, for ``NetworkScriptImport`` and ``NetworkScriptLint``.
public struct ScriptDirectory: Sendable {
    /// One `ifcfg` file.
    struct LinkFile {
        let name: String
        let text: ScriptText
        /// Its link: `DEVICE`, or the file's name where that is missing.
        let link: LinkName?
        /// The reader that takes the file for a backup and passes it over, if one does.
        var ignoredBy: ScriptReader?
        /// The part of the name behind `ifcfg-`.
        var suffix: String { String(name.dropFirst("ifcfg-".count)) }
        /// Whether it is a `-range` file, by its name.
        var isRange: Bool { !suffix.contains(":") && suffix.contains("-range") }

        func mark(_ key: String) -> SourceMark? { text.assignments.last { $0.key == key }?.mark }
    }

    /// A file's name and bytes.
    public struct Entry: Sendable {
        /// The name, without the directory.
        public let name: String
        /// The content.
        public let bytes: [UInt8]

        /// Joins the two.
        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// What was found while splitting the files into lines.
    private(set) var findings: [ScriptFinding] = []
    private(set) var linkFiles: [LinkFile] = []
    /// `ifcfg-lo`, which describes no link of a topology.
    private(set) var loopback: LinkFile?
    /// `ifcfg-eth0:1` and its like, by the name of the link below.
    private(set) var aliases: [String: [LinkFile]] = [:]
    private(set) var routeFiles: [String: ScriptText] = [:]
    private(set) var routeBytes: [String: [UInt8]] = [:]
    private(set) var ruleFiles: [String: [UInt8]] = [:]
    /// `/etc/sysconfig/network`, which says some things for all links.
    private(set) var hostFile: ScriptText?
    /// Files of routes in a form that weft does not read.
    private(set) var legacyRouteFiles: [LegacyRouteFile] = []
    /// Cards that their files know by `HWADDR` alone.
    private(set) var matched: [LinkName: MACAddress] = [:]

    /// Names of files beside the scripts that say things for all links, without a directory.
    public static let hostFileNames = ["network"] + LegacyRouteFile.names

    /// Takes the files of a directory; those that are no network scripts are passed over. A file `network`, or `../network`, is
    /// read for its default routes; what the files `static-routes` hold is listed and not read.
    /// - Parameter path: the directory's name for messages.
    public init(_ entries: [Entry], path: String = "") {
        self.path = path
        for entry in entries.sorted(by: { $0.name < $1.name }) {
            let name = entry.name
            if name == "network" || name == "../network", hostFile == nil {
                let text = ScriptText(entry.bytes, file: path.isEmpty ? name : "\(path)/\(name)")
                findings += text.findings
                hostFile = text
                continue
            }
            let plain = name.hasPrefix("../") ? String(name.dropFirst(3)) : name
            if LegacyRouteFile.names.contains(plain) {
                let file = LegacyRouteFile(entry.bytes, name: plain, file: path.isEmpty ? name : "\(path)/\(name)")
                if let file, !legacyRouteFiles.contains(where: { $0.file == file.file }) { legacyRouteFiles.append(file) }
                continue
            }
            guard Self.isScript(name) else { continue }
            let ignoring = ScriptReader.allCases.filter { ScriptNames.isIgnored(name, by: $0) }
            if ignoring.count == 2 { continue }
            let file = path.isEmpty ? name : "\(path)/\(name)"
            if name == "ifcfg-lo" {
                loopback = LinkFile(name: name, text: ScriptText(entry.bytes, file: file), link: nil)
            } else if name.hasPrefix("ifcfg-") {
                add(ScriptText(entry.bytes, file: file), name: name, ignoredBy: ignoring.first)
            } else if name.hasPrefix("rule") {
                ruleFiles[name] = entry.bytes
            } else {
                routeBytes[name] = entry.bytes
                if Self.isNumbered(entry.bytes) {
                    let text = ScriptText(entry.bytes, file: file)
                    routeFiles[name] = text
                    findings += text.findings
                }
            }
        }
    }

    private let path: String

    /// A file's name for messages.
    func file(_ name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }

    /// How many links are described.
    public var linkCount: Int { Set(linkFiles.compactMap(\.link)).count }

    /// Whether no file is about a link, not even as an alias.
    public var isEmpty: Bool { linkFiles.isEmpty && aliases.isEmpty }

    /// The files' lines by their names in messages.
    public var sources: [(file: String, lines: [String])] {
        let scripts = (linkFiles + aliases.values.joined() + [loopback].compactMap(\.self)).map(\.text) + [hostFile].compactMap(\.self)
        let routes = routeBytes.merging(ruleFiles) { first, _ in first }
        return scripts.map { ($0.file, $0.lines) } + routes.map { name, bytes in (file(name), bytes.scriptLines) }
            + legacyRouteFiles.map { ($0.file, $0.lines) }
    }

    /// Whether a file in the directory is a network script, by its name.
    public static func isScript(_ name: String) -> Bool {
        ["ifcfg-", "route-", "route6-", "rule-", "rule6-"].contains { name.hasPrefix($0) && name.count > $0.count }
            || name.hasSuffix(".route") && !name.hasPrefix(".") && !name.contains("/")
    }

    /// Whether a route file has the form `ADDRESS0=…`, by the very search that the initscripts do.
    private static func isNumbered(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard line.hasPrefix("ADDRESS") else { return false }
            let digits = line.dropFirst("ADDRESS".count).prefix { $0.isASCII && $0.isNumber }
            return !digits.isEmpty && line.dropFirst("ADDRESS".count + digits.count).first == "="
        }
    }

    /// `HWADDR`, by which both readers find the card where the file has no `DEVICE`.
    private static func hardwareAddress(_ text: ScriptText) -> MACAddress? {
        let found = text.assignments.last { $0.key == "HWADDR" }
        return found.flatMap { $0.initscripts ?? $0.networkManager }.flatMap { try? MACAddress($0) }
    }

    /// The link that an alias or a range of them is of, to which the readers look by the file's name.
    private static func base(ofAlias suffix: String, _ text: ScriptText, _ device: String) -> String? {
        if suffix.contains(":") { return String(suffix.prefix { $0 != ":" }) }
        if device == suffix || text.assignments.contains(where: { $0.key == "IPADDR_START" }), let range = suffix.firstRange(of: "-range") {
            return String(suffix[..<range.lowerBound])
        }
        return device.contains(":") ? String(device.prefix { $0 != ":" }) : nil
    }

    private mutating func add(_ text: ScriptText, name: String, ignoredBy: ScriptReader?) {
        findings += text.findings
        var foreignKeys: Set<String> = ["BRIDGE_PORTS", "BONDING_MODULE_OPTS", "BONDING_SLAVE0", "BONDING_SLAVE_0"]
        // cloud-init writes STARTMODE for every distribution, beside keys that SUSE's files do not have.
        if !text.assignments.contains(where: { ["DEVICE", "ONBOOT", "TYPE"].contains($0.key) }) { foreignKeys.insert("STARTMODE") }
        if let foreign = text.assignments.first(where: { foreignKeys.contains($0.key) }) {
            findings.append(
                ScriptFinding(
                    .error, at: foreign.mark, length: foreign.length,
                    "\(foreign.key) is a key of SUSE's network scripts, a dialect of its own, which weft does not read"))
        }
        let suffix = String(name.dropFirst("ifcfg-".count))
        let device = text.assignments.last { $0.key == "DEVICE" }
        let stated = device.flatMap { $0.initscripts ?? $0.networkManager } ?? ""
        let whole = stated.isEmpty ? suffix : stated
        if let base = Self.base(ofAlias: suffix, text, whole) {
            aliases[base, default: []].append(LinkFile(name: name, text: text, link: try? LinkName(base)))
            return
        }
        var link: LinkName?
        let address = stated.isEmpty ? Self.hardwareAddress(text) : nil
        do {
            link = try LinkName(whole)
        } catch {
            if let address {
                // Its own name for the card will do, for both readers go by the address.
                link = try? LinkName("nic-" + address.description.suffix(8).replacing(":", with: ""))
            } else {
                findings.append(
                    ScriptFinding(
                        .warning, at: device?.mark ?? SourceMark(file: text.file, line: 1, column: 1), length: device?.length ?? 1,
                        "\(error.message); the file stays in comments", fix: error.fix))
            }
        }
        if let link, let address {
            matched[link] = address
        } else if stated.isEmpty, link != nil {
            findings.append(
                ScriptFinding(
                    .warning, at: SourceMark(file: text.file, line: 1, column: 1),
                    "the file has no DEVICE; it is taken to be about '\(suffix)', by its name", fix: "write DEVICE=\(suffix)"))
        }
        linkFiles.append(LinkFile(name: name, text: text, link: link, ignoredBy: ignoredBy))
    }
}

extension Collection<UInt8> {
    /// The lines of a file, without their ends, which may be LF or CR LF. As bytes: in a text CR LF is one character.
    var scriptLines: [String] {
        split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
    }
}

extension String {
    /// Whether a line of a file of routes or rules says something: it is no comment, and not blank.
    var saysSomething: Bool { first { !$0.isWhitespace }.map { $0 != "#" } ?? false }
}
