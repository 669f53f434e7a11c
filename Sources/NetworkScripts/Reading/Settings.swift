internal import HostNetwork

/// One file's keys as one reader sees them, and which of them were made use of.
struct Settings {
    let reader: ScriptReader
    private let values: [String: (value: String, mark: SourceMark, length: Int)]
    private(set) var used: Set<String> = []

    init(_ text: ScriptText, for reader: ScriptReader) {
        self.reader = reader
        var values: [String: (value: String, mark: SourceMark, length: Int)] = [:]
        for assignment in text.assignments {
            if let value = assignment.value(for: reader) {
                values[assignment.key] = (value, assignment.mark, assignment.length)
            } else if reader == .networkManager {
                values[assignment.key] = nil
            }
        }
        self.values = values
    }

    /// A key's value, which counts as made use of; `nil` where it is missing or empty, which is the same to both readers.
    mutating func take(_ key: String) -> String? {
        used.insert(key)
        return peek(key)
    }

    /// A key's value, which does not count as made use of.
    func peek(_ key: String) -> String? { values[key].flatMap { $0.value.isEmpty ? nil : $0.value } }

    /// Where a key's value stands.
    func place(_ key: String) -> (mark: SourceMark, length: Int)? { values[key].map { ($0.mark, $0.length) } }

    /// Whether a key says yes, in the way of the reader.
    mutating func takesYes(_ key: String) -> Bool? {
        guard let text = take(key) else { return nil }
        return Self.truth(text, to: reader)
    }

    /// What a reader takes a word for: `is_true` of the initscripts knows `on`, NetworkManager does not.
    static func truth(_ text: String, to reader: ScriptReader) -> Bool? {
        switch text.lowercased() {
        case "yes", "true", "t", "y", "1": true
        case "no", "false", "f", "n", "0": false
        case "on" where reader == .initscripts: true
        case "off" where reader == .initscripts: false
        default: nil
        }
    }
}
