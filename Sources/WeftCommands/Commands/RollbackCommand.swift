internal import ArgumentParser
internal import Change
internal import HostNetwork
internal import Netlink
internal import Planner
internal import Report

/// `weft rollback [--to N]`
struct RollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Undo the change that waits for its confirmation, or go back to the state before an older change.",
        discussion: """
            Without --to, the change that waits for `weft confirm`, or was cut off, is undone at once. With --to N, the way to the \
            state before change N of `weft history` is a plan like any other: it is shown, asked about, carried out and verified. \
            What no change of weft's has touched since stays as it is.
            """)

    @Option(name: .long, help: ArgumentHelp("Plan towards the state before this change of `weft history`.", valueName: "number"))
    var to: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("Agree to remove this many of weft's links; needed where it is more than half of them.", valueName: "count"))
    var remove: Int?

    @OptionGroup var confirm: ConfirmOptions
    @OptionGroup var safety: SafetyOptions
    @OptionGroup var leave: LeaveOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let to else { return try undo() }
        let journal: Journal
        let checkpoint: Checkpoint?
        do {
            journal = try Namespace.open(namespace.namespace, output: output).journal
            checkpoint = try journal.checkpoint(of: to)
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
        guard let checkpoint else {
            throw Failure.exit(
                output, kind: "history", message: "there is no change \(to) in the history", fix: "`weft history` lists those that are")
        }
        let domains = checkpoint.domains.map { TopologyDomains(returningTo: $0, isReadOnly: confirm.dryRun) }
        let change = ChangeRun(
            title: "change \(to)", purpose: .rollback, confirm: confirm, output: output, removalsAgreed: remove, domains: domains, safety: safety)
        try change.run(in: namespace.namespace) { host in
            let former: HostNetwork
            do throws(ChangeError) { former = try journal.network(before: to, now: host.network) } catch { throw Failure.exit(output, error) }
            var wanted = former.asCheckpoint
            // A card that was pulled and a guest that has ended are not weft's to bring back.
            for (name, was) in former.links where !was.kind.isManaged && host.network[name] == nil { wanted[name] = nil }
            var request = try host.request(wanted: wanted, leave: leave, safety: safety)
            request.isRollback = true
            request.isRollbackAsked = true
            var (full, plan) = try host.plan(request)
            plan.refuseLosing(former.sortedLinks.filter { host.network[$0.name] == nil && wanted[$0.name] == nil }, request)
            return domains?.plan(full) ?? (full, plan)
        }
    }

    /// Undoes the change that has no ending.
    private func undo() throws {
        try Namespace.requirePrivilege(output)
        var space = try Namespace.open(namespace.namespace, output: output)
        let lock = try Namespace.lock(space.directory, source: nil, waiting: safety.patience.wait.count, output)
        defer { lock.keep() }
        do {
            guard let checkpoint = try space.journal.unfinished() else {
                throw Failure.exit(
                    output, kind: "history", message: "no change waits for its confirmation",
                    fix: "`weft rollback --to N` goes back to the state before change N of `weft history`")
            }
            let outcome = Recovery.goBack(
                from: checkpoint, because: "undone by `weft rollback`", in: space.journal, on: &space.kernel)
            if output.json {
                Terminal.write(HistoryDocument(try space.journal.ending(of: checkpoint.number).map { [$0] } ?? []))
            }
            switch outcome {
            case .nothingToDo, .done: break
            case .rolledBack(let failure):
                if !output.json {
                    Terminal.write(RolledBack(before: checkpoint.number, meanwhile: failure.meanwhile).text)
                    if let ports = failure.ports { Terminal.write("\(ports.sentence).\n") }
                }
            case .notRolledBack(_, let left):
                if !output.json {
                    Terminal.complain("NOT ENTIRELY ROLLED BACK. What differs from before:")
                    for difference in left { Terminal.complain("  - \(difference)") }
                }
                throw ExitCode.notRolledBack
            }
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
    }
}
