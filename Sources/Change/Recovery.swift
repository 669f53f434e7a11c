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
            let domains = checkpoint.domains?.before.domains.map(\.name).joined(separator: ", ")
            let stored = domains.map { ["the stored configuration of \($0) may have been changed: `weft vm list` shows it"] } ?? []
            _ = journal.close(checkpoint, .lost, remarks: ["the system was started anew before the change had ended"] + stored)
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

    /// Tries again to put back the domains of a change, where libvirt could not be asked when that was undone.
    /// - Returns: how that change ended now; `nil` where no domains wait.
    public static func retryDomains(in journal: Journal, on kernel: inout some Kernel & ~Copyable) throws(ChangeError) -> PastChange? {
        guard let (waiting, checkpoint) = try journal.waitingForDomains(), let lacking = waiting.domainsLeft, let domains = checkpoint.domains else { return nil }
        var past = waiting
        let left = kernel.putDomainsBack(domains, checkpoint.network, isWaiting: true)
        past.left = past.left.filter { !lacking.contains($0) } + left
        past.domainsLeft = left.isEmpty ? nil : left
        if past.left.isEmpty { past.ending = .rolledBack }
        try journal.amend(past)
        return past
    }

    static func goBack(
        from checkpoint: Checkpoint, because failure: Transaction.Failure, in journal: Journal, on kernel: inout some Kernel & ~Copyable, _ watch: PortWatch?
    ) -> Transaction.Outcome {
        var failure = failure
        journal.beginReturn(from: checkpoint)
        // Where their bridges are there still, domains hang on them again before anything is taken away: they notice less.
        let isEarly = checkpoint.domains.map { $0.canReturn(to: try? kernel.snapshot()) } ?? false
        var domainsLeft = isEarly ? checkpoint.domains.map { kernel.putDomainsBack($0, checkpoint.network, isWaiting: false) } : nil
        var left = checkpoint.wayBack.go(on: &kernel, &failure.meanwhile)
        do { try PortRecord(text: checkpoint.portRecord).save(to: journal.directory) } catch {
            left.append("the record of ports: \(error)")
        }
        if domainsLeft?.isEmpty != true { domainsLeft = checkpoint.domains.map { kernel.putDomainsBack($0, checkpoint.network, isWaiting: true) } }
        left += domainsLeft ?? []
        if domainsLeft?.isEmpty == false { checkpoint.wayBack.rescueTaps(on: &kernel) }
        if let watch, let now = try? kernel.snapshot() {
            failure.ports = RestoredPorts(watch.finish(), before: checkpoint.wayBack.before, after: now, masters: [:])
        }
        let meanwhile = failure.meanwhile
        let remarks = failure.problems + meanwhile.filter { !failure.problems.contains($0) } + (failure.ports.map { [$0.sentence] } ?? [])
        left += journal.close(checkpoint, left.isEmpty ? .rolledBack : .notRolledBack, remarks: remarks, left: left, domainsLeft: domainsLeft ?? [], meanwhile: meanwhile)
        return left.isEmpty ? .rolledBack(failure) : .notRolledBack(failure, left: left)
    }
}

extension Journal {
    /// Gives a change its ending, whatever the disk says: a change that is over must not be undone by the next weft.
    /// - Returns: what went wrong, for people.
    func close(_ checkpoint: Checkpoint, _ ending: PastChange.Ending, remarks: [String] = [], left: [String] = [], domainsLeft: [String] = [], meanwhile: [String] = []) -> [String] {
        do {
            return try end(checkpoint, ending, remarks: remarks, left: left, domainsLeft: domainsLeft, meanwhile: meanwhile)
        } catch {
            do { try forget(checkpoint) } catch { return ["the ending could not be written down: \(error)"] }
            return ["the change is missing in the history: \(error)"]
        }
    }
}
