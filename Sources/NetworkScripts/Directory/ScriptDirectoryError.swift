/// Why a directory of network scripts could not be read or written.
public struct ScriptDirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted, and on which path.
    public let attempt: String
    /// The C library's words, or weft's.
    public let problem: String
    /// The error number, 0 where there is none.
    public let number: Int32

    package init(_ attempt: String, _ problem: String, number: Int32 = 0) {
        self.attempt = attempt
        self.problem = problem
        self.number = number
    }

    public var description: String { "\(attempt): \(problem)" }
}
