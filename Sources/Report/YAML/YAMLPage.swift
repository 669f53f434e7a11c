/// The lines of a YAML file in the making: mappings in block style, short lists in one line.
struct YAMLPage {
    private(set) var lines: [String] = []

    /// A value that stands in one line.
    indirect enum Value {
        /// A number or a truth value, written as it is.
        case literal(String)
        /// Text that is quoted where it must be.
        case word(String)
        /// Text for people.
        case freeText(String)
        /// A mapping in one line: `{to: default, via: 172.16.0.1}`.
        case mapping([(key: String, value: Value)])
        /// A list in one line: `[10, 20-30]`.
        case list([Value])

        var text: String {
            switch self {
            case .literal(let text): text
            case .word(let text): YAMLScalar.word(text)
            case .freeText(let text): YAMLScalar.freeText(text)
            case .mapping(let entries): "{\(entries.map { "\(YAMLScalar.word($0.key)): \($0.value.text)" }.joined(separator: ", "))}"
            case .list(let items): "[\(items.map(\.text).joined(separator: ", "))]"
            }
        }

        fileprivate var isMapping: Bool { if case .mapping = self { true } else { false } }
    }

    /// `key:`, with what belongs to it to follow one level deeper; a comment may stand behind it.
    mutating func key(_ key: String, _ level: Int, comment: String? = nil) {
        add("\(YAMLScalar.word(key)):\(comment.map { "  # \($0.printable)" } ?? "")", level)
    }

    /// `key: value`.
    mutating func entry(_ key: String, _ value: Value, _ level: Int) { add("\(YAMLScalar.word(key)): \(value.text)", level) }

    /// `key: [a, b]`, or an item a line where that would be long or hold mappings beside others.
    mutating func list(_ key: String, _ items: [Value], _ level: Int) {
        let flow = "\(YAMLScalar.word(key)): [\(items.map(\.text).joined(separator: ", "))]"
        if level * 2 + flow.count <= Self.width, items.count <= 1 || !items.contains(where: \.isMapping) { return add(flow, level) }
        add("\(YAMLScalar.word(key)):", level)
        for item in items { add("- \(item.text)", level + 1) }
    }

    /// A comment; what cannot stand in one line is made visible.
    mutating func comment(_ text: String, _ level: Int) { add("# \(text.printable)", level) }

    mutating func blank() { lines.append("") }

    private mutating func add(_ text: String, _ level: Int) { lines.append(String(repeating: "  ", count: level) + text) }

    private static let width = 100
}
