internal import Glibc

/// What a change is to leave for the boots to come (`weft apply --persist`).
///
/// Until the change has its ending, its checkpoint is kept where a power cut does not take it. The kernel's state is gone after
/// a boot, so nothing is undone from there: it says what was cut off, and that the boot brings the topology confirmed last.
/// With a good ending the topology is installed, whoever gives that ending: `weft apply`, or `weft confirm` from elsewhere.
public struct Persistence: Codable, Hashable, Sendable {
    /// The topology file's text.
    public let topology: String
    /// The directory that it is installed in (``InstalledTopology``).
    public let installedIn: String
    /// The directory that keeps the checkpoint meanwhile.
    public let keptIn: String

    /// Where checkpoints are kept on every host.
    public static let defaultDirectory = "/var/lib/weft"

    static let file = "checkpoint"

    public init(
        topology: String, installedIn: String = InstalledTopology.defaultDirectory, keptIn: String = Persistence.defaultDirectory
    ) {
        self.topology = topology
        self.installedIn = installedIn
        self.keptIn = keptIn
    }

    enum CodingKeys: String, CodingKey {
        case topology
        case installedIn = "installed_in"
        case keptIn = "kept_in"
    }

    /// Makes sure, before the change, that all this can be written afterwards.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public func prepare() throws(ChangeError) {
        try InstalledTopology(directory: installedIn).prepare()
        _ = try StateDirectory.kept(in: keptIn)
    }

    /// Does what a change's ending means for the boots to come.
    func settle(_ ending: PastChange.Ending) throws(ChangeError) {
        switch ending {
        case .done, .confirmed: try InstalledTopology(directory: installedIn).install(topology)
        case .rolledBack, .notRolledBack, .lost: break
        }
        try release()
    }

    /// Gives the kept checkpoint up.
    func release() throws(ChangeError) { try StateDirectory.kept(in: keptIn).remove(Self.file) }
}

/// What became of a change that has left something for the boots to come.
public struct KeptEnding: Sendable {
    /// The change that a boot has cut off; `nil` where there was none, or it is in the history already.
    public var lost: PastChange?
    /// What could not be cleared away or installed, and is tried again by the next weft: none of it is a reason to keep a host
    /// from its network.
    public var problem: String?

    /// Nothing was left.
    public init(problem: String? = nil) { self.problem = problem }
}

extension Journal {
    /// Whether a change that is done, and confirmed where that was asked for, still waits for being installed for the boots to come.
    public func awaitsInstallation(keptIn path: String = Persistence.defaultDirectory) -> Bool {
        guard let kept = StateDirectory.existing(path), let checkpoint = try? read(keptIn: kept), checkpoint.bootID == Clock.bootID,
            let past = try? ending(of: checkpoint.number)
        else { return false }
        return past.author == checkpoint.author && [.done, .confirmed].contains(past.ending)
    }

    /// Finishes what a change with `--persist` has left: where it was cut off by a boot, that goes into the history; where the
    /// change had its good ending and its topology was not installed any more, that is done now. The lock must be held, and the
    /// journal be that of the host's own namespace, with no change under way.
    /// - Parameter path: the directory that checkpoints are kept in; it may have become read-only.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)`` of the journal's own directory.
    public func finishKept(in path: String = Persistence.defaultDirectory) throws(ChangeError) -> KeptEnding {
        guard let kept = StateDirectory.existing(path) else {
            return KeptEnding(problem: StateDirectory.distrust(of: path).map { "\(path) \($0): what a change may have left there for the boots to come is not looked at" })
        }
        let found: Checkpoint?
        do { found = try read(keptIn: kept) } catch let unreadable {
            // Nothing is undone from here.
            let file = "\(kept.path)/\(Persistence.file)"
            do { try kept.move(Persistence.file, to: kept, as: "\(Persistence.file).unreadable") } catch {
                return KeptEnding(problem: "\(unreadable); it cannot be put aside: \(error)")
            }
            return KeptEnding(
                problem: "\(file) was damaged, or of another version of weft, and is put aside as \(Persistence.file).unreadable: which change it kept, and whether that was confirmed, is not known; `weft plan` shows where the host differs from its file")
        }
        guard let checkpoint = found else { return KeptEnding() }
        var ending = KeptEnding()
        if checkpoint.bootID == Clock.bootID {
            if try unfinished()?.number == checkpoint.number { return ending }
            let past = try self.ending(of: checkpoint.number)
            do throws(ChangeError) {
                if let past, let persistence = checkpoint.persistence { try persistence.settle(past.ending) } else { try kept.remove(Persistence.file) }
            } catch {
                ending.problem = "the boots to come are not provided for: \(error)"
            }
            return ending
        }
        if !(try history().contains { $0.ending == .lost && $0.author == checkpoint.author }) { ending.lost = try lose(checkpoint) }
        do { try kept.remove(Persistence.file) } catch { ending.problem = "what a change before this boot has left cannot be cleared away: \(error)" }
        return ending
    }

    /// Puts a change that a boot has cut off into the history.
    private func lose(_ found: Checkpoint) throws(ChangeError) -> PastChange? {
        var checkpoint = found
        checkpoint.number = try nextNumber()
        checkpoint.persistence = nil
        try restore(checkpoint)
        try end(
            checkpoint, .lost,
            remarks: ["the system was started anew before the change had its ending: the topology that was confirmed last is this boot's"])
        return try self.ending(of: checkpoint.number)
    }
}
