internal import Glibc

/// The system's log (`syslog`, and so the journal): a line for each change's ending, which nobody may have watched.
package enum SystemLog {
    static func write(_ past: PastChange) {
        let why = past.remarks.isEmpty ? "" : ": " + past.remarks.joined(separator: "; ")
        let left = past.left.isEmpty ? "" : "; left: " + past.left.joined(separator: "; ")
        let source = past.author.source.map { " from \($0)" } ?? ""
        let isGood = past.ending == .done || past.ending == .confirmed
        write("change \(past.number)\(source) by \(past.author.user): \(past.ending.rawValue)\(why)\(left)", isGood ? LOG_NOTICE : LOG_WARNING)
    }

    /// Writes one line.
    package static func write(_ line: String) { write(line, LOG_NOTICE) }

    private static func write(_ line: String, _ priority: Int32) {
        // A line's end within it, as in a file's name, would make two entries of it.
        let text = String(line.map { $0.isNewline ? " " : $0 }.prefix(2000))
        // As the format, for a list of arguments that holds one has the runtime search all of the program's conformances.
        unsafe withVaList([]) { unsafe vsyslog(LOG_DAEMON | priority, text.replacing("%", with: "%%"), $0) }
    }
}
