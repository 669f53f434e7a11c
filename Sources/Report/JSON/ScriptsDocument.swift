/// Network scripts that were rendered, or are about to be written.
public struct ScriptsDocument: JSONDocument, Codable, Hashable {
    /// One file.
    public struct File: Codable, Hashable, Sendable {
        /// Its path below the directory.
        public let path: String
        /// Its content.
        public let text: String
        /// Whether it is a program.
        public let executable: Bool
        /// The link that it is about.
        public let link: String?

        /// Joins the parts.
        public init(path: String, text: String, executable: Bool, link: String?) {
            self.path = path
            self.text = text
            self.executable = executable
            self.link = link
        }
    }

    /// A file in a directory that changes.
    public struct Change: Codable, Hashable, Sendable {
        /// Its path below the directory.
        public let path: String
        /// `create`, `replace` or `delete`.
        public let kind: String
        /// The difference, as `diff -u` prints it.
        public let diff: [String]

        /// Joins the parts.
        public init(path: String, kind: String, diff: [String]) {
            self.path = path
            self.kind = kind
            self.diff = diff
        }
    }

    public let schemaVersion: Int
    /// The files, by path.
    public let files: [File]
    /// What cannot be said, or should be known.
    public let findings: [ErrorDocument.Detail]
    /// What differs in the directory; `nil` where the files were only printed.
    public let changes: [Change]?
    /// `nothing-to-do`, `differs` or `done`; `nil` where the files were only printed.
    public let ending: String?

    /// Joins the parts.
    public init(files: [File], findings: [ErrorDocument.Detail], changes: [Change]? = nil, ending: String? = nil) {
        schemaVersion = 1
        self.changes = changes
        self.ending = ending
        self.files = files
        self.findings = findings
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case files, findings, changes, ending
    }
}
