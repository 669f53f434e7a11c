internal import HostNetwork
public import Planner

/// What the host lacked at its last boot, kept until the next one for `weft status`.
public struct BootReport: Hashable, Sendable {
    /// What is not there or not whole, and why; empty after a boot that brought everything.
    public let shortfalls: [Note]

    /// A report of these.
    public init(shortfalls: [Note]) { self.shortfalls = shortfalls }

    private static let file = "boot"

    /// Reads a namespace's report; `nil` where no boot has left one.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)`` where it is there and cannot be read.
    public static func load(from directory: StateDirectory?) throws(ChangeError) -> BootReport? {
        guard let text = try directory?.read(file) else { return nil }
        return BootReport(
            shortfalls: text.split(separator: "\n").compactMap { line in
                // No name of a link has a blank in it.
                let words = line.split(separator: " ", maxSplits: 1).map { String($0) }
                guard words.count == 2, let link = try? LinkName(words[0]) else { return nil }
                return Note(link: link, message: words[1])
            })
    }

    /// Writes the report.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public func save(to directory: StateDirectory) throws(ChangeError) {
        let lines = shortfalls.map { "\($0.link) \($0.message.split(whereSeparator: \.isNewline).joined(separator: " "))\n" }
        try directory.write(lines.joined(), to: Self.file)
    }
}
