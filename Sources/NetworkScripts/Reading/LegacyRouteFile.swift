internal import HostNetwork

/// `/etc/sysconfig/static-routes` or `static-routes-ipv6`: lines that initscripts hand to `route add`, and nobody else reads.
///
/// weft does not read them either, for the words are those of another program. They stay in comments, and are listed.
struct LegacyRouteFile {
    /// The file's names, as they are looked for beside the file `network`.
    static let names = ["static-routes", "static-routes-ipv6"]

    let file: String
    /// All lines, for messages.
    let lines: [String]
    /// The lines that say something.
    let comments: [String]
    let finding: ScriptFinding

    /// `nil` where the file says nothing.
    init?(_ bytes: [UInt8], name: String, file: String) {
        self.file = file
        lines = bytes.scriptLines
        guard let first = lines.firstIndex(where: \.saysSomething) else { return nil }
        comments = lines.filter(\.saysSomething).map { "not understood: \($0) (\(name))" }
        finding = ScriptFinding(
            .warning, at: SourceMark(file: file, line: first + 1, column: 1), length: lines[first].count,
            "initscripts add the routes of \(name), and neither NetworkManager nor weft reads it; it stays in comments",
            fix: "write the routes in \(name.hasSuffix("ipv6") ? "route6" : "route")-NAME of their link")
    }
}
