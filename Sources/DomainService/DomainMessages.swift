public import HostNetwork

/// What the helper program `weft-libvirt` is asked: one JSON document a line on its standard input.
public enum DomainQuery: Codable, Sendable {
    /// To connect; the first of all.
    case connect(uri: String, isReadOnly: Bool)
    /// To read the domains, with what went over their interfaces if that is wanted.
    case snapshot(withCounters: Bool)
    /// To connect and answer with the domains, and then, of its own accord, with each ``/HostNetwork/DomainEvent``. Nothing else can be
    /// asked before or after.
    case watch(uri: String)
    /// To do something, and to answer when it is done.
    case perform(DomainAction)
}

/// What the helper program answers: one JSON document a line on its standard output, for each query.
public enum DomainReply: Codable, Sendable {
    /// Done; there is nothing to tell.
    case done
    /// What was read.
    case snapshot(DomainSnapshot)
    /// What has happened meanwhile.
    case event(DomainEvent)
    /// It was not done.
    case failed(DomainFailure)
}

/// Why something was not done to a domain, or not read.
public struct DomainFailure: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// The helper program, or the library that it needs, is not installed.
        case notInstalled = "not-installed"
        /// No libvirt answers.
        case unreachable
        /// It did not answer in time; what it does may still happen.
        case timedOut = "timed-out"
        /// libvirt, or qemu below it, refused.
        case refused
        /// The guest did not give the interface up.
        case guest
    }

    /// What kind of failure it is.
    public var kind: Kind
    /// What was attempted, such as `attach 52:54:00:00:00:01 to vm1 (live)`.
    public var attempt: String
    /// What happened, in libvirt's words where it had any.
    public var words: String
    /// libvirt's number of the error (`virErrorNumber`), where it is libvirt's.
    public var code: Int?
    /// What to do about it; `nil` where nothing better can be said.
    public var fix: String?

    /// Joins the parts.
    public init(_ kind: Kind, attempt: String, words: String, code: Int? = nil, fix: String? = nil) {
        self.kind = kind
        self.attempt = attempt
        self.words = words
        self.code = code
        self.fix = fix
    }

    public var description: String { "cannot \(attempt): \(words)\(code.map { " [libvirt \($0)]" } ?? "")" }
}
