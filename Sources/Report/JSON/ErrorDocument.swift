public import HostNetwork

/// A failure for a program: printed in place of the document that was asked for, so that a reader looks for `error` first.
public struct ErrorDocument: JSONDocument, Codable, Hashable {
    /// What failed.
    public struct Failure: Codable, Hashable, Sendable {
        /// A stable word for the kind of failure, such as `topology`, `kernel`, `permission` or `usage`.
        public let kind: String
        /// What is wrong, in words.
        public let message: String
        /// Its parts, such as each mistake in a file; empty where the message says it all.
        public let details: [Detail]
    }

    /// One part of a failure.
    public struct Detail: Codable, Hashable, Sendable {
        /// `error`, `warning`, or another stable word for its gravity or kind.
        public let severity: String
        /// What is wrong, in words.
        public let message: String
        /// What to do about it.
        public let fix: String?
        /// The link concerned.
        public let link: String?
        /// Where the file has to do with it.
        public let origin: OriginDocument?

        /// Joins the parts.
        public init(_ message: String, severity: String = "error", fix: String? = nil, link: String? = nil, origin: SourceMark? = nil) {
            self.severity = severity
            self.message = message
            self.fix = fix
            self.link = link
            self.origin = origin.map { OriginDocument($0) }
        }
    }

    public let schemaVersion: Int
    /// What failed.
    public let error: Failure

    /// Joins the parts.
    public init(kind: String, message: String, details: [Detail] = []) {
        schemaVersion = 1
        error = Failure(kind: kind, message: message, details: details)
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case error
    }
}

/// A topology file that was checked and has no errors.
public struct CheckDocument: JSONDocument, Codable, Hashable {
    public let schemaVersion: Int
    /// The file's name.
    public let file: String
    /// How many links the file speaks of.
    public let links: Int
    /// Its warnings.
    public let warnings: [ErrorDocument.Detail]

    /// Joins the parts.
    public init(file: String, links: Int, warnings: [ErrorDocument.Detail]) {
        schemaVersion = 1
        self.file = file
        self.links = links
        self.warnings = warnings
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case file, links, warnings
    }
}
