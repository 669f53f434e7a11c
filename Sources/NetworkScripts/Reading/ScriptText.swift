internal import HostNetwork

/// One `KEY=value` of a file, with what each reader takes the value for.
struct Assignment {
    let key: String
    /// The value to initscripts, which source the file; `nil` where only running it would tell, or where they never see it.
    var initscripts: String?
    /// The value to NetworkManager, which has a parser of its own; `nil` where it takes none.
    var networkManager: String?
    /// Where the value stands.
    let mark: SourceMark
    let length: Int

    func value(for reader: ScriptReader) -> String? { reader == .initscripts ? initscripts : networkManager }
}

/// A piece of a file that is no assignment either reader could be told to understand.
struct UnreadText {
    let text: String
    let line: Int
}

/// A file's assignments. The file is read, never executed.
///
/// Slips that leave no doubt about what was meant (a pasted quotation mark, a carriage return) are reported and then taken as
/// they were meant.
struct ScriptText {
    let file: String
    /// The lines, for messages.
    let lines: [String]
    private(set) var assignments: [Assignment] = []
    private(set) var unread: [UnreadText] = []
    private(set) var findings: [ScriptFinding] = []

    /// Splits a file's bytes into assignments.
    init(_ bytes: [UInt8], file: String) {
        self.file = file
        var scanner = ScriptScanner(bytes, file: file)
        lines = scanner.lines
        scanner.scan()
        assignments = scanner.assignments
        unread = scanner.unread
        findings = scanner.findings
        findDuplicates()
    }

    private mutating func findDuplicates() {
        var first: [String: Assignment] = [:]
        for assignment in assignments {
            if let former = first[assignment.key], former.initscripts != assignment.initscripts || former.networkManager != assignment.networkManager {
                findings.append(
                    ScriptFinding(
                        .warning, at: assignment.mark, length: assignment.length,
                        "\(assignment.key) is set in line \(former.mark.line) already; the last one counts", fix: "keep one of the two"))
            }
            first[assignment.key] = assignment
        }
    }
}
