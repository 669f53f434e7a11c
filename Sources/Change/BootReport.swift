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
                let words = line.split(separator: "\t", maxSplits: 1).map { String($0) }
                return words.count == 2 ? Note(link: LinkName(kernel: words[0]), message: words[1]) : nil
            })
    }

    /// Writes the report.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public func save(to directory: StateDirectory) throws(ChangeError) {
        let lines = shortfalls.map { "\($0.link)\t\($0.message.split(whereSeparator: \.isNewline).joined(separator: " "))\n" }
        try directory.write(lines.joined(), to: Self.file)
    }

    /// Notes that the host is whole after all, as a topology of its administrator's says; where no boot has left a report there is
    /// nothing to note.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public static func mend(in directory: StateDirectory) throws(ChangeError) {
        guard let report = try load(from: directory), !report.shortfalls.isEmpty else { return }
        try BootReport(shortfalls: []).save(to: directory)
    }
}
