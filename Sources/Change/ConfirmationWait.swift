internal import Glibc

/// Waiting in the foreground for the word that keeps a change, or for its end without one.
public enum ConfirmationWait {
    /// How the waiting ended.
    public enum Result: Sendable {
        /// The change has its ending: somebody confirmed it, or it was undone.
        case ended(PastChange)
        /// Whoever waits is asked to end, by the signal of this name. A terminal that went away is no reason to undo anything: its
        /// user may come back by another way and confirm.
        case interrupted(String, isTerminalGone: Bool)
        /// The time is over, and nobody has undone the change: the guardian is gone.
        case overdue
    }

    /// Waits for a change to be confirmed or undone.
    /// - Parameters:
    ///   - confirmation: what is waited for.
    ///   - journal: where it will show.
    ///   - tick: called about four times a second, with the seconds left.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public static func wait(for confirmation: Confirmation, in journal: Journal, tick: (Int) -> Void = { _ in }) throws(ChangeError) -> Result {
        let signals = SignalGuard()
        while true {
            if let ending = try journal.ending(of: confirmation.number) { return .ended(ending) }
            if let name = signals.pending {
                signals.discard()
                return .interrupted(name, isTerminalGone: name == "SIGHUP")
            }
            // The guardian needs a moment of its own for the way back, on a big host some seconds.
            if Clock.sinceBoot > confirmation.deadline + 5, try HostLock.holder(in: journal.directory) == nil,
                try journal.ending(of: confirmation.number) == nil
            {
                return .overdue
            }
            tick(confirmation.secondsLeft)
            Clock.sleep(milliseconds: 250)
        }
    }
}
