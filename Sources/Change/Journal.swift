#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
public import HostNetwork
internal import Planner

/// The changes of a network namespace: the one that is under way, and those that have ended.
///
/// `checkpoint` is the change that has no ending yet, `confirmation` that it waits for a word. An ended change is `history/N`,
/// moved there in one instant, with its ending in `history/N.ending`, which was written before: so a change has no ending or one.
public struct Journal: Sendable {
    /// The namespace's directory.
    public let directory: StateDirectory

    private static let checkpointFile = "checkpoint"
    private static let confirmationFile = "confirmation"
    private static let forgottenFile = "forgotten"
    private static let historyDirectory = "history"
    /// The most changes that are remembered, and about how many bytes: `/run` is memory.
    private static let mostChanges = 50
    private static let mostBytes = 64 << 20

    /// The journal in a namespace's directory.
    public init(in directory: StateDirectory) { self.directory = directory }

    // MARK: The change under way

    /// Writes the checkpoint of a change that is about to begin. The lock must be held.
    func begin(
        _ request: PlanRequest, _ plan: Plan, by author: ChangeAuthor, record: PortRecord, persistence: Persistence? = nil,
        domains: DomainCheckpoint? = nil, domainSteps: Int = 0
    ) throws(ChangeError) -> Checkpoint {
        try directory.removeDrafts()
        try directory.remove(Self.forgottenFile)
        let checkpoint = Checkpoint(
            number: try nextNumber(), author: author, bootID: Clock.bootID, wayBack: WayBack(request: request, plan: plan, domains: domains),
            steps: plan.steps.count + domainSteps, portRecord: record.text, persistence: persistence, domains: domains)
        let line = try encode(checkpoint)
        try directory.write(line, to: Self.checkpointFile)
        if let persistence {
            do {
                let kept = try StateDirectory.kept(in: persistence.keptIn)
                try kept.removeDrafts()
                try kept.write(line, to: Persistence.file)
            } catch {
                try? forget(checkpoint)
                throw error
            }
        }
        return checkpoint
    }

    /// The number of the next change.
    func nextNumber() throws(ChangeError) -> Int { (try numbers().last ?? 0) + 1 }

    /// Makes a change the one that has no ending.
    func restore(_ checkpoint: Checkpoint) throws(ChangeError) {
        try directory.write(try encode(checkpoint), to: Self.checkpointFile)
    }

    /// The checkpoint that a change with `--persist` has left in a directory.
    func read(keptIn kept: StateDirectory) throws(ChangeError) -> Checkpoint? {
        try decode(Checkpoint.self, Persistence.file, in: kept)
    }

    /// The change that has no ending; `nil` where there is none. Whether somebody is still at it, only the lock tells.
    public func unfinished() throws(ChangeError) -> Checkpoint? {
        try decode(Checkpoint.self, Self.checkpointFile, in: directory)
    }

    /// The confirmation that the unfinished change waits for, or will; `nil` where it needs none.
    public func confirmation(of checkpoint: Checkpoint) throws(ChangeError) -> Confirmation? {
        let found = try awaited()
        return found?.number == checkpoint.number ? found : nil
    }

    /// The confirmation that is on disk, whatever change it belongs to: a small file, to be looked at often.
    func awaited() throws(ChangeError) -> Confirmation? {
        try decode(Confirmation.self, Self.confirmationFile, in: directory)
    }

    /// The change that waits for a confirmation, or will; `nil` where none does.
    func pending() throws(ChangeError) -> (checkpoint: Checkpoint, confirmation: Confirmation)? {
        guard let checkpoint = try unfinished(), let confirmation = try confirmation(of: checkpoint) else { return nil }
        return (checkpoint, confirmation)
    }

    /// Writes what a change waits for anew.
    func restore(_ confirmation: Confirmation) throws(ChangeError) {
        try directory.write(try encode(confirmation), to: Self.confirmationFile)
    }

    /// Has a change wait for a confirmation, from now on.
    @discardableResult
    func awaitConfirmation(of checkpoint: Checkpoint, seconds: Int, isComplete: Bool) throws(ChangeError) -> Confirmation {
        let confirmation = Confirmation(
            number: checkpoint.number, seconds: seconds, deadline: Clock.sinceBoot + Int64(seconds), isComplete: isComplete)
        try restore(confirmation)
        return confirmation
    }

    /// Keeps the change that waits for its confirmation. The lock must be held.
    /// - Throws: ``ChangeError/nothingToConfirm(_:)``, ``ChangeError/unconfirmable(_:)``.
    /// - Returns: the change, and what went wrong with what it leaves for the boots to come, a sentence each.
    public func confirm() throws(ChangeError) -> (past: PastChange, problems: [String]) {
        guard let checkpoint = try unfinished() else { throw .nothingToConfirm("no change waits for its confirmation") }
        // The lock is ours, so that nobody is at it: it was cut off, on its way there or back.
        guard let confirmation = try confirmation(of: checkpoint), confirmation.isComplete else {
            throw .nothingToConfirm("change \(checkpoint.number) was cut off, on the way there or back, and is being undone: `weft recover` finishes that now")
        }
        guard confirmation.secondsLeft > 0 else {
            let late = "change \(checkpoint.number) was to be confirmed within \(confirmation.seconds) s, which are over"
            let isGuarded = Guardian(in: directory, of: checkpoint.number).isAlive
            throw .nothingToConfirm(isGuarded ? "\(late): it is being undone" : "\(late); its guardian is gone, and it stands until `weft recover` undoes it")
        }
        let problems: [String]
        do { problems = try end(checkpoint, .confirmed) } catch {
            throw .unconfirmable("change \(checkpoint.number) still waits, and is undone in \(confirmation.secondsLeft) s: that it is confirmed cannot be written down: \(error)")
        }
        guard let past = try ending(of: checkpoint.number) else { throw .nothingToConfirm("change \(checkpoint.number) is gone") }
        return (past, problems)
    }

    /// Is told before the first message of the way back: from then on there is nothing left to confirm, and whoever finds the change without
    /// its owner, the guardian first, goes on.
    func beginReturn(from checkpoint: Checkpoint) {
        guard let confirmation = try? confirmation(of: checkpoint), confirmation.isComplete else { return }
        do { try awaitConfirmation(of: checkpoint, seconds: confirmation.seconds, isComplete: false) } catch {
            // A full disk lets nothing be written, and something be removed.
            try? directory.remove(Self.confirmationFile)
        }
    }

    /// Takes back a change of which nothing was sent.
    func forget(_ checkpoint: Checkpoint) throws(ChangeError) {
        try? checkpoint.persistence?.release()
        // Its guardian is to see that this is no accident (``isOver(_:)``).
        try? directory.move(Self.checkpointFile, to: directory, as: Self.forgottenFile)
        try directory.remove(Self.confirmationFile)
        try directory.remove(Self.checkpointFile)
    }

    /// Whether a change has its ending, or was forgotten on purpose; otherwise what is missing of it here somebody has cleared away.
    func isOver(_ number: Int) throws(ChangeError) -> Bool {
        if directory.size(of: Self.forgottenFile) > 0 { return true }
        return try ending(of: number) != nil
    }

    /// Whether there is a change without an ending, readable or not.
    var hasCheckpoint: Bool { directory.size(of: Self.checkpointFile) > 0 }

    /// Whether the change without an ending is there and can be read.
    var isReadable: Bool {
        guard hasCheckpoint else { return false }
        do { return try unfinished() != nil } catch { return false }
    }

    /// Gives a change its ending. From the moment it has one, nobody undoes it any more.
    /// - Returns: what went wrong with what it leaves for the boots to come, for people.
    @discardableResult
    func end(
        _ checkpoint: Checkpoint, _ ending: PastChange.Ending, remarks: [String] = [], left: [String] = [], domainsLeft: [String] = [],
        meanwhile: [String] = []
    ) throws(ChangeError) -> [String] {
        let past = PastChange(
            number: checkpoint.number, author: checkpoint.author, ended: Clock.now, ending: ending, remarks: remarks, left: left,
            steps: checkpoint.steps, domainsLeft: domainsLeft.isEmpty ? nil : domainsLeft, meanwhile: meanwhile.isEmpty ? nil : meanwhile)
        let history = try directory.subdirectory(Self.historyDirectory)
        try history.write(try encode(past), to: "\(checkpoint.number).ending")
        try directory.move(Self.checkpointFile, to: history, as: String(checkpoint.number))
        // It has its ending now, whatever becomes of the rest.
        try? directory.remove(Self.confirmationFile)
        SystemLog.write(past)
        try? forgetOldest(history)
        // After the ending: a kept checkpoint whose change has one says what is still to be done (``finishKept(in:)``).
        do { try checkpoint.persistence?.settle(ending) } catch { return ["the boots to come are not provided for: \(error)"] }
        return []
    }

    /// Gives an ended change another ending, because more of it could be put back since.
    func amend(_ past: PastChange) throws(ChangeError) {
        try directory.subdirectory(Self.historyDirectory).write(try encode(past), to: "\(past.number).ending")
        SystemLog.write(past)
    }

    // MARK: Past changes

    /// The changes that have ended, oldest first.
    /// - Parameter unreadable: is told of a change whose ending cannot be read, which does not hide the others.
    public func history(unreadable: (_ number: Int, _ problem: ChangeError) -> Void = { _, _ in }) throws(ChangeError) -> [PastChange] {
        guard let history = directory.existingSubdirectory(Self.historyDirectory) else { return [] }
        var past: [PastChange] = []
        for number in try numbers() {
            do throws(ChangeError) {
                if let change = try decode(PastChange.self, "\(number).ending", in: history) { past.append(change) }
            } catch {
                unreadable(number, error)
            }
        }
        return past
    }

    /// The last change whose domains still wait for libvirt, with its checkpoint; `nil` where none do, where the system was started anew
    /// since, and where a later change has decided about one of them.
    func waitingForDomains() throws(ChangeError) -> (past: PastChange, checkpoint: Checkpoint)? {
        let numbers = try numbers()
        // What cannot be read of the last one is told; an older one does not take its place.
        if let last = numbers.last { _ = try ending(of: last) }
        guard let place = numbers.lastIndex(where: { (try? ending(of: $0))?.domainsLeft != nil }), let past = try ending(of: numbers[place]),
            let checkpoint = try checkpoint(of: past.number), checkpoint.bootID == Clock.bootID, let domains = checkpoint.domains
        else { return nil }
        let names = Set(domains.before.domains.map(\.name))
        for number in numbers[(place + 1)...] {
            guard let later = try? ending(of: number), [.done, .confirmed].contains(later.ending) else { continue }
            let decided = try self.checkpoint(of: number)?.domains?.before.domains.map(\.name) ?? []
            if !names.isDisjoint(with: decided) { return nil }
        }
        return (past, checkpoint)
    }

    /// How one change ended; `nil` for one that has not, and one that is forgotten.
    public func ending(of number: Int) throws(ChangeError) -> PastChange? {
        guard let history = directory.existingSubdirectory(Self.historyDirectory), history.size(of: String(number)) > 0 else { return nil }
        return try decode(PastChange.self, "\(number).ending", in: history)
    }

    /// The checkpoint of a past change.
    public func checkpoint(of number: Int) throws(ChangeError) -> Checkpoint? {
        guard let history = directory.existingSubdirectory(Self.historyDirectory) else { return nil }
        return try decode(Checkpoint.self, String(number), in: history)
    }

    /// The network before a past change, seen from now: what that change and those since could touch is as it was before the first of
    /// them that could; the rest is as it is now.
    public func network(before number: Int, now: HostNetwork) throws(ChangeError) -> HostNetwork {
        var network = now
        for later in try numbers().reversed() where later >= number {
            if let checkpoint = try checkpoint(of: later) { network = checkpoint.restored(in: network) }
        }
        return network
    }

    /// The numbers of the past changes, ascending.
    private func numbers() throws(ChangeError) -> [Int] {
        try directory.existingSubdirectory(Self.historyDirectory)?.names().compactMap { Int($0) }.sorted() ?? []
    }

    /// The last change is kept, whatever its size.
    private func forgetOldest(_ history: StateDirectory) throws(ChangeError) {
        try history.removeDrafts()
        var bytes = 0
        for (place, number) in try numbers().reversed().enumerated() {
            bytes += history.size(of: String(number))
            if place > 0, place >= Self.mostChanges || bytes > Self.mostBytes {
                try history.remove(String(number))
                try history.remove("\(number).ending")
            }
        }
    }

    // MARK: Files

    private func encode(_ value: some Encodable) throws(ChangeError) -> [UInt8] {
        do {
            return try StreamingJSON.line(of: value)
        } catch {
            throw .stateDirectory(path: directory.path, problem: "a checkpoint cannot be written: \(error)")
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ name: String, in directory: StateDirectory) throws(ChangeError) -> Value? {
        guard let text = try directory.read(name) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw .stateDirectory(path: "\(directory.path)/\(name)", problem: "is damaged, or another version of weft has written it; once it is moved away, nothing is known of that change any more, and `weft plan` shows what is left of it")
        }
    }
}
