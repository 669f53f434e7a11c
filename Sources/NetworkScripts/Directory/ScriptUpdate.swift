public import HostNetwork

/// What writing a rendering to a directory would change there.
public struct ScriptUpdate: Sendable {
    /// One file that changes.
    public struct Change: Sendable, Equatable {
        /// Its path below the directory.
        public let path: String
        /// What is there; `nil` where nothing is.
        public let old: String?
        /// What is to be there; `nil` for a file that goes.
        public let new: String?
        /// Whether the new file is a program.
        public let isExecutable: Bool

        /// The difference as `diff -u` prints it.
        public var diff: [String] { UnifiedDiff.lines(from: old, to: new, path: path) }
    }

    /// A file of somebody else's that stands in the way.
    public struct Foreign: Sendable, Equatable {
        /// Its path below the directory.
        public let path: String
        /// The link that it is about.
        public let link: LinkName?
    }

    /// What changes, by path.
    public private(set) var changes: [Change] = []
    /// Files of somebody else's that the rendering would replace, or whose link it describes in another file. They have no
    /// ``changes`` unless they were to be taken over.
    public private(set) var foreign: [Foreign] = []

    /// Whether the directory is as the rendering wants it.
    public var isEmpty: Bool { changes.isEmpty && foreign.isEmpty }

    /// Compares a rendering with what is there.
    /// - Parameters:
    ///   - files: what is to be there.
    ///   - present: the network scripts and weft's own files that are there, by path, as text and whether they can be run.
    ///   - takesOver: whether files of somebody else's are replaced, or set aside, like weft's own.
    init(_ files: [ScriptFile], present: [String: (text: String, isExecutable: Bool)], takesOver: Bool) {
        let wanted = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        let links = Set(files.compactMap(\.link))
        for file in files {
            guard let old = present[file.path] else {
                changes.append(Change(path: file.path, old: nil, new: file.text, isExecutable: file.isExecutable))
                continue
            }
            if old.text == file.text, old.isExecutable == file.isExecutable { continue }
            guard takesOver || old.text == file.text || ScriptFile.isWrittenByWeft(old.text) else {
                foreign.append(Foreign(path: file.path, link: file.link))
                continue
            }
            changes.append(Change(path: file.path, old: old.text, new: file.text, isExecutable: file.isExecutable))
        }
        for (path, old) in present.sorted(by: { $0.key < $1.key }) where wanted[path] == nil {
            if ScriptFile.isWrittenByWeft(old.text) {
                changes.append(Change(path: path, old: old.text, new: nil, isExecutable: false))
            } else if let link = Self.link(ofFile: path, old.text), links.contains(link) {
                if takesOver {
                    changes.append(Change(path: path, old: old.text, new: nil, isExecutable: false))
                } else {
                    foreign.append(Foreign(path: path, link: link))
                }
            }
        }
        changes.sort { $0.path < $1.path }
        foreign.sort { $0.path < $1.path }
    }

    /// The link that somebody else's file is about, by its `DEVICE` or its name.
    private static func link(ofFile path: String, _ text: String) -> LinkName? {
        if path.hasPrefix("ifcfg-") {
            guard !ScriptReader.allCases.allSatisfy({ ScriptNames.isIgnored(path, by: $0) }) else { return nil }
            let device = ScriptText(Array(text.utf8), file: path).assignments.last { $0.key == "DEVICE" }
            let name = device.flatMap { $0.initscripts ?? $0.networkManager } ?? String(path.dropFirst("ifcfg-".count))
            // An alias file adds addresses to the link.
            return try? LinkName(String(name.prefix { $0 != ":" }))
        }
        for prefix in ["route-", "route6-", "rule-", "rule6-"] where path.hasPrefix(prefix) { return try? LinkName(String(path.dropFirst(prefix.count))) }
        return nil
    }
}
