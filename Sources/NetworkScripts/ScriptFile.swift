public import HostNetwork

/// A file below the directory of the network scripts.
public struct ScriptFile: Hashable, Sendable {
    /// Its path below the directory: `ifcfg-br0`, `modules-load.d/weft.conf`.
    public let path: String
    /// Its content, the last line end included.
    public let text: String
    /// Whether it is a program.
    public let isExecutable: Bool
    /// The link that it is about; `nil` for files about kernel modules.
    public let link: LinkName?

    init(_ path: String, _ lines: [String], isExecutable: Bool = false, link: LinkName? = nil) {
        self.path = path
        text = lines.joined(separator: "\n") + "\n"
        self.isExecutable = isExecutable
        self.link = link
    }

    /// How the first line of a file of weft's begins; a script has it in its second line.
    static let headerStart = "# Written by weft from "

    /// Whether a file's content carries weft's header: only such a file is weft's to change or delete.
    public static func isWrittenByWeft(_ text: String) -> Bool {
        let lines = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        return lines.prefix(2).contains { $0.hasPrefix(headerStart) } && (lines.first?.hasPrefix("#") ?? false)
    }
}

/// Something to be said about a place in a topology or in an `ifcfg` file.
public struct ScriptFinding: Hashable, Sendable {
    /// How grave it is.
    public enum Severity: String, Hashable, Sendable {
        /// It stands in the way.
        case error
        /// It may not be as it was meant.
        case warning
        /// Good to know.
        case note
    }

    /// How grave it is.
    public var severity: Severity
    /// Where it is; `nil` where it has no place.
    public let mark: SourceMark?
    /// How many characters from there it covers.
    public let length: Int
    /// The link it is about, if it is about one.
    public let link: LinkName?
    /// What is wrong, as a sentence without the final point.
    public let message: String
    /// What to do about it.
    public let fix: String?
    /// Whether the rest can be had without it, so that a lossy rendering leaves it out.
    let canBeLeftOut: Bool

    init(
        _ severity: Severity, at mark: SourceMark?, length: Int = 1, link: LinkName? = nil, _ message: String, fix: String? = nil,
        canBeLeftOut: Bool = false
    ) {
        self.severity = severity
        self.mark = mark
        self.length = length
        self.link = link
        self.message = message
        self.fix = canBeLeftOut ? (fix.map { "\($0); " } ?? "") + "--lossy leaves it out" : fix
        self.canBeLeftOut = canBeLeftOut
    }
}

extension [ScriptFinding] {
    /// Whether one of them is an error.
    public var hasErrors: Bool { contains { $0.severity == .error } }
}
