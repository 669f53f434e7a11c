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

    public let schemaVersion: Int
    /// The files, by path.
    public let files: [File]
    /// What cannot be said, or should be known.
    public let findings: [ErrorDocument.Detail]

    /// Joins the parts.
    public init(files: [File], findings: [ErrorDocument.Detail]) {
        schemaVersion = 1
        self.files = files
        self.findings = findings
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case files, findings
    }
}
