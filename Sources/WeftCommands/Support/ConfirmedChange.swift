internal import ArgumentParser
internal import Change
internal import Netlink

/// The part of a change that waits for `weft confirm`: starting its guardian before, and staying until it has its ending.
struct ConfirmedChange {
    let namespace: NetworkNamespace
    let directory: StateDirectory
    let output: OutputOptions

    /// Starts the guardian of a change that is about to begin.
    func arm(_ checkpoint: Checkpoint) throws(ChangeError) {
        var arguments = ["guard", "--change", String(checkpoint.number), "--directory", directory.path]
        if let name = namespace.name { arguments += ["--netns", name] }
        let remark = try Guardian(in: directory, of: checkpoint.number).start(arguments: arguments, isHostNamespace: namespace.isHosts)
        if let remark { Terminal.complain("weft: \(remark)") }
    }

    /// Stays until the change is confirmed or undone.
    /// - Returns: how it ended; `nil` where the terminal went away, and the change still waits.
    func wait(for confirmation: Confirmation) throws -> PastChange? {
        let journal = Journal(in: directory)
        let again = namespace.name.map { " --netns \($0)" } ?? ""
        if !output.json {
            Terminal.complain(
                "Confirm with `weft confirm\(again)` within \(confirmation.seconds) s, or everything goes back; Ctrl-C goes back now.")
        }
        do {
            switch try ConfirmationWait.wait(for: confirmation, in: journal) {
            case .ended(let past): return past
            case .interrupted(_, isTerminalGone: true): return nil
            case .interrupted(let signal, isTerminalGone: false): return try goBack(confirmation, because: "interrupted by \(signal)")
            case .overdue: return try goBack(confirmation, because: "not confirmed within \(confirmation.seconds) s")
            }
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
    }

    private func goBack(_ confirmation: Confirmation, because reason: String) throws -> PastChange? {
        let journal = Journal(in: directory)
        let lock = try HostLock.take(in: directory, as: .thisProcess(arguments: CommandLine.arguments), waiting: 600)
        defer { lock.keep() }
        // It may have had its ending while the lock was waited for.
        if let checkpoint = try journal.unfinished(), checkpoint.number == confirmation.number {
            var space = try Namespace.open(namespace, output: output)
            _ = Recovery.goBack(from: checkpoint, because: reason, in: journal, on: &space.kernel)
        }
        return try journal.ending(of: confirmation.number)
    }
}
