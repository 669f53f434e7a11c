internal import ArgumentParser
internal import Change
internal import Netlink

/// `weft confirm`
struct ConfirmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: "Keep the change that waits for its confirmation.",
        discussion: "A change made with --confirm-within is undone unless this comes in time. Exit status: 0 kept, 1 nothing to keep, 4 kept, but not installed for the boots to come as --persist asked.")

    @OptionGroup var patience: WaitOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try Namespace.requirePrivilege(output)
        let space = try Namespace.open(namespace.namespace, output: output)
        // Whoever waits for the word holds no lock; whoever has it is changing something, or undoing it.
        let lock = try Namespace.lock(space.directory, source: nil, waiting: patience.wait.count, output)
        defer { lock.keep() }
        var past: PastChange
        let problems: [String]
        do { (past, problems) = try space.journal.confirm() } catch { throw Failure.exit(output, error) }
        past.remarks += problems
        // A file that somebody confirms is what he wants of the host, whatever the last boot has lacked.
        if past.author.source != nil { try? BootReport.mend(in: space.directory) }
        if output.json {
            Terminal.write(HistoryDocument([past]))
        } else {
            Terminal.write("Confirmed: change \(past.number) by \(past.author.user) stays.\n")
            for remark in past.remarks { Terminal.write("  - \(remark)\n") }
        }
        // Whoever starts the host anew upon this word would get another network.
        if !problems.isEmpty { throw ExitCode.notRolledBack }
    }
}
