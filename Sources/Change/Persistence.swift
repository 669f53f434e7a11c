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

extension Journal {
    /// Finishes what a change with `--persist` has left: where it was cut off by a boot, that goes into the history; where the
    /// change had its good ending and its topology was not installed any more, that is done now. The lock must be held, and the
    /// journal be that of the host's own namespace, with no change under way.
    /// - Parameter path: the directory that checkpoints are kept in.
    /// - Returns: the change that was cut off by a boot; `nil` where there was none.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public func finishKept(in path: String = Persistence.defaultDirectory) throws(ChangeError) -> PastChange? {
        guard let kept = StateDirectory.existing(path) else { return nil }
        let found: Checkpoint?
        do { found = try read(keptIn: kept) } catch {
            // Nothing is undone from here, so what cannot be read must not keep a host from its network at boot.
            try kept.move(Persistence.file, to: kept, as: "\(Persistence.file).unreadable")
            return nil
        }
        guard var checkpoint = found else { return nil }
        if checkpoint.bootID == Clock.bootID {
            if try unfinished()?.number == checkpoint.number { return nil }
            guard let past = try ending(of: checkpoint.number), let persistence = checkpoint.persistence else {
                try kept.remove(Persistence.file)
                return nil
            }
            try persistence.settle(past.ending)
            return nil
        }
        // One that cannot be removed, as on a disk that is read-only since the power cut, is found again; it is told once.
        guard try !history().contains(where: { $0.ending == .lost && $0.author == checkpoint.author }) else {
            try kept.remove(Persistence.file)
            return nil
        }
        checkpoint.number = try nextNumber()
        checkpoint.persistence = nil
        try restore(checkpoint)
        try end(
            checkpoint, .lost,
            remarks: ["the system was started anew before the change had its ending: the topology that was confirmed last is this boot's"])
        try kept.remove(Persistence.file)
        return try ending(of: checkpoint.number)
    }
}
