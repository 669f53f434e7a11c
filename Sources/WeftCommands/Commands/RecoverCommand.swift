internal import ArgumentParser
internal import Change
internal import Netlink

/// `weft recover`
struct RecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Go back from a change that was cut off, by a crash or a kill, to the state before it.",
        discussion: """
            Every command that changes something does this first. Domains that could not be put back because libvirt did not answer are \
            tried again. Exit status: 0 nothing was cut off, or the host is as it was; 1 a \
            change is under way or waits for its confirmation; 4 not entirely rolled back.
            """)

    @OptionGroup var patience: WaitOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try Namespace.requirePrivilege(output)
        var space = try Namespace.open(namespace.namespace, output: output)
        let lock = try Namespace.lock(space.directory, source: nil, waiting: patience.wait.count, output)
        defer { lock.keep() }
        let number: Int?
        do { number = try space.journal.unfinished()?.number } catch { throw Failure.exit(output, error) }
        let kept = try Unfinished.finish(&space, output: output)
        var past = number.flatMap { try? space.journal.ending(of: $0) }
        if past == nil, kept.lost == nil { past = try retryDomains(&space) }
        if output.json { return Terminal.write(HistoryDocument([past, kept.lost].compactMap(\.self), unreadable: [kept.problem].compactMap(\.self))) }
        if past == nil, kept.lost == nil {
            Terminal.write(kept.problem == nil ? "Nothing was cut off.\n" : "Nothing else was cut off.\n")
        }
        if let past, past.ending == .rolledBack {
            Terminal.write(RolledBack(before: past.number, meanwhile: past.meanwhile ?? []).text)
        }
    }

    /// Puts the domains of a change back, where libvirt did not answer when that was undone.
    private func retryDomains(_ space: inout Namespace) throws -> PastChange? {
        let tried: PastChange
        do throws(ChangeError) {
            guard let past = try Recovery.retryDomains(in: space.journal, on: &space.kernel) else { return nil }
            tried = past
        } catch { throw Failure.exit(output, error) }
        guard tried.ending == .notRolledBack else { return tried }
        throw Failure.exit(
            output, kind: "not-rolled-back", message: "the host could not be put back entirely to the state before change \(tried.number)",
            details: tried.left, status: .notRolledBack)
    }
}
