internal import Glibc
internal import HostNetwork

/// `--allow-recreate` stands alone, for any link, or before a link's name. The parser knows no option whose value may be
/// missing, so the second form is turned into an option of its own before it is asked.
enum OptionalValue {
    private static let option = "--allow-recreate"
    /// The option with a value, which nobody types.
    static let optionWithValue = "allow-recreate-link"

    static func expand(_ arguments: [String]) -> [String] {
        var expanded: [String] = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--" { return expanded + [word] + rest }
            if word.hasPrefix("\(option)=") {
                expanded += ["--\(optionWithValue)", String(word.dropFirst(option.count + 1))]
            } else if word == option, let next = rest.first, isLinkName(next) {
                expanded += ["--\(optionWithValue)", next]
                rest.removeFirst()
            } else {
                expanded.append(word)
            }
        }
        return expanded
    }

    /// Whether a word is a link's name rather than the file, which may come next as well.
    private static func isLinkName(_ word: String) -> Bool {
        let isFile = [".yaml", ".yml", ".weft"].contains { word.hasSuffix($0) } || access(word, F_OK) == 0
        return !word.hasPrefix("-") && !isFile && (try? LinkName(word)) != nil
    }
}
