/// What a namespace's directory says of the change that has no ending.
public enum ChangeStatus: Sendable {
    /// There is none.
    case idle
    /// Somebody is at it.
    case underWay(LockHolder)
    /// It is done, and undone unless somebody confirms it: by its guardian, if that is still there.
    case pending(Checkpoint, Confirmation, isGuarded: Bool)
    /// Its process is gone, or its confirmation did not come and its guardian is gone too.
    case cutOff(Checkpoint)
    /// One was undone, but for domains that libvirt could not be asked for.
    case domainsLeft(PastChange)

    /// Looks. Nothing is changed, and no lock is held afterwards.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public init(in directory: StateDirectory?) throws(ChangeError) {
        self = .idle
        guard let directory else { return }
        let journal = Journal(in: directory)
        if let holder = try HostLock.holder(in: directory) {
            self = .underWay(holder)
        } else if let checkpoint = try journal.unfinished() {
            if let confirmation = try journal.confirmation(of: checkpoint), confirmation.isComplete, confirmation.secondsLeft > 0 {
                self = .pending(checkpoint, confirmation, isGuarded: Guardian(in: directory, of: checkpoint.number).isAlive)
            } else {
                self = .cutOff(checkpoint)
            }
        } else if let (past, _) = try? journal.waitingForDomains() {
            // What cannot be read hides no state: `weft history` says so.
            self = .domainsLeft(past)
        }
    }
}
