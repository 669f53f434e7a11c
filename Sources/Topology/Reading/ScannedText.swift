/// A file's text as it goes to the YAML parser: what ``TextScan`` complained about is put right, so that all that comes
/// after is still found, and once only.
struct ScannedText {
    /// The lines for the parser.
    var lines: [[Unicode.Scalar]] = []
    /// For a line that changed, the column in the file of each scalar for the parser, both from 0.
    private var columns: [Int: [Int]] = [:]
    /// Lines with a complaint, from 1.
    var damagedLines: Set<Int> = []

    /// A key or value that has been complained about already: who reads it says nothing more.
    static let poison: Unicode.Scalar = "\u{10fffd}"

    /// The text for the parser.
    var text: String {
        var view = String.UnicodeScalarView()
        for line in lines {
            view.append(contentsOf: line)
            view.append("\n")
        }
        return String(view)
    }

    mutating func append(_ line: [Unicode.Scalar], columns map: [Int]?) {
        if let map { columns[lines.count] = map }
        lines.append(line)
    }

    /// Where a place for the parser stands in the file; both from 1.
    func place(line: Int, column: Int) -> (line: Int, column: Int) {
        guard let map = columns[line - 1] else { return (line, column) }
        if map.indices.contains(column - 1) { return (line, map[column - 1] + 1) }
        return (line, (map.last ?? -1) + 2)
    }
}
