public import Planner

/// Why a change did not begin.
public enum ChangeError: Error, Sendable, CustomStringConvertible {
    /// Another weft works on the same network namespace.
    case locked(LockHolder)
    /// weft's own directory cannot be used.
    case stateDirectory(path: String, problem: String)
    /// A saved plan cannot be used: it is not whole, was changed, or is none.
    case savedPlan(path: String, problem: String)
    /// There can be no rehearsal: no namespace could be made, or read.
    case rehearsal(String)
    /// The plan holds reasons not to carry it out.
    case refused([Refusal])
    /// The last change waits for its confirmation.
    case unconfirmed(ChangeAuthor, secondsLeft: Int)
    /// There is nothing to confirm, or no longer.
    case nothingToConfirm(String)
    /// The confirmation cannot be written down, so that the change still waits for it.
    case unconfirmable(String)
    /// Nobody could be started who undoes the change without a confirmation.
    case guardian(problem: String)
    /// The domains could not be read.
    case domains(String)

    public var description: String {
        switch self {
        case .locked(let holder): "another weft is at work: \(holder)"
        case .stateDirectory(let path, let problem): "\(path): \(problem)"
        case .savedPlan(let path, let problem): "\(path): \(problem)"
        case .rehearsal(let problem): "the plan cannot be rehearsed: \(problem)"
        case .refused(let refusals): refusals.map(\.message).joined(separator: "; ")
        case .unconfirmed(let author, let seconds):
            "the change by \(author.user), `\(author.command)`, waits \(seconds) s more for its confirmation"
        case .nothingToConfirm(let why), .unconfirmable(let why): why
        case .domains(let problem): problem
        case .guardian(let problem): "nobody could be started to undo the change without a confirmation: \(problem)"
        }
    }
}

/// Who holds the lock of a network namespace.
public struct LockHolder: Hashable, Sendable, CustomStringConvertible {
    /// What the holder wrote of itself: process id, user, command line and since when.
    public let text: String

    public var description: String { text.isEmpty ? "it has not said who it is" : text }
}
