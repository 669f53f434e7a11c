internal import HostNetwork
internal import Netlink

/// Finishing a change whose process is gone, or whose confirmation did not come: back to its checkpoint, verified.
public enum Recovery {
    /// Goes back to the checkpoint of a change that has no ending. The namespace's lock must be held.
    ///
    /// It may be cut off and begun again any number of times: the checkpoint goes only once the host is read back.
    /// - Parameters:
    ///   - checkpoint: what ``Journal/unfinished()`` found.
    ///   - reason: why, for the history.
    /// - Returns: how it ended; ``Transaction/Outcome/nothingToDo`` for a change of an earlier boot, of which nothing is left.
    public static func goBack(
        from checkpoint: Checkpoint, because reason: String, in journal: Journal, on kernel: inout some Kernel & ~Copyable
    ) -> Transaction.Outcome {
        guard checkpoint.bootID == Clock.bootID else {
            _ = journal.close(checkpoint, .lost, remarks: ["the system was started anew before the change had ended"])
            return .nothingToDo
        }
        let signals = SignalGuard()
        // What cannot be asked shows when it is written.
        try? kernel.prepare(for: checkpoint.network)
        let now = checkpoint.wayBack.concernsTaps ? try? kernel.snapshot() : nil
        let watch = now.flatMap { kernel.watchPorts($0) }
        let outcome = goBack(from: checkpoint, because: Transaction.Failure(step: nil, problems: [reason]), in: journal, on: &kernel, watch)
        signals.discard()
        return outcome
    }

    static func goBack(
        from checkpoint: Checkpoint, because failure: Transaction.Failure, in journal: Journal, on kernel: inout some Kernel & ~Copyable, _ watch: PortWatch?
    ) -> Transaction.Outcome {
        var failure = failure
        var left = checkpoint.wayBack.go(on: &kernel)
        do { try PortRecord(text: checkpoint.portRecord).save(to: journal.directory) } catch {
            left.append("the record of ports: \(error)")
        }
        if let watch, let now = try? kernel.snapshot() {
            failure.ports = RestoredPorts(watch.finish(), before: checkpoint.network, after: now, masters: [:])
        }
        let remarks = failure.problems + (failure.ports.map { [$0.sentence] } ?? [])
        left += journal.close(checkpoint, left.isEmpty ? .rolledBack : .notRolledBack, remarks: remarks, left: left)
        return left.isEmpty ? .rolledBack(failure) : .notRolledBack(failure, left: left)
    }
}

extension Journal {
    /// Gives a change its ending, whatever the disk says: a change that is over must not be undone by the next weft.
    /// - Returns: what went wrong, for people.
    func close(_ checkpoint: Checkpoint, _ ending: PastChange.Ending, remarks: [String] = [], left: [String] = []) -> [String] {
        do {
            return try end(checkpoint, ending, remarks: remarks, left: left)
        } catch {
            do { try forget(checkpoint) } catch { return ["the ending could not be written down: \(error)"] }
            return ["the change is missing in the history: \(error)"]
        }
    }
}
