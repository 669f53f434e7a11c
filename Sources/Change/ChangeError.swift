public import Planner

/// Why a change did not begin.
public enum ChangeError: Error, Sendable, CustomStringConvertible {
    /// Another weft works on the same network namespace.
    case locked(LockHolder)
    /// weft's own directory cannot be used.
    case stateDirectory(path: String, problem: String)
    /// A saved plan cannot be used: it is not whole, was changed, or is none.
    case savedPlan(path: String, problem: String)
    /// The plan holds reasons not to carry it out.
    case refused([Refusal])

    public var description: String {
        switch self {
        case .locked(let holder): "another weft is at work: \(holder)"
        case .stateDirectory(let path, let problem): "\(path): \(problem)"
        case .savedPlan(let path, let problem): "\(path): \(problem)"
        case .refused(let refusals): refusals.map(\.message).joined(separator: "; ")
        }
    }
}

/// Who holds the lock of a network namespace.
public struct LockHolder: Hashable, Sendable, CustomStringConvertible {
    /// What the holder wrote of itself: process id, user, command line and since when.
    public let text: String

    public var description: String { text.isEmpty ? "it has not said who it is" : text }
}
