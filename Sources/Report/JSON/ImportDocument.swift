/// A topology made of another program's files.
public struct ImportDocument: JSONDocument, Codable, Hashable {
    public let schemaVersion: Int
    /// The topology file's text.
    public let topology: String
    /// Slips in the files, and what stays in comments.
    public let findings: [ErrorDocument.Detail]

    /// Joins the parts.
    public init(topology: String, findings: [ErrorDocument.Detail]) {
        schemaVersion = 1
        self.topology = topology
        self.findings = findings
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case topology, findings
    }
}
