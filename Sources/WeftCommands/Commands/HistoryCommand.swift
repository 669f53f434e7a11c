internal import ArgumentParser
internal import Change
internal import Netlink

/// `weft history`
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List past changes: who, when, from which file, and how they ended.",
        discussion: "The history lives as long as the kernel's links do: it is gone after a reboot.")

    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try Namespace.requireReader(output)
        do {
            let cookie = try KernelConnection.open(in: namespace.namespace).namespaceCookie
            var unreadable: [String] = []
            var past: [PastChange] = []
            if let directory = try StateDirectory.trusted(cookie: cookie) {
                past = try Journal(in: directory).history { number, problem in unreadable.append("change \(number): \(problem)") }
            }
            if output.json { return Terminal.write(HistoryDocument(past, unreadable: unreadable)) }
            for problem in unreadable { Terminal.complain("weft: warning: \(problem)") }
            if past.isEmpty, !unreadable.isEmpty { return }
            if past.isEmpty { return Terminal.write("No change has been made here since the system was started.\n") }
            for change in past { Terminal.write(text(change)) }
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        }
    }

    private func text(_ change: PastChange) -> String {
        let source = change.author.source.map { " from \($0)" } ?? ""
        let steps = "\(change.steps) step\(change.steps == 1 ? "" : "s")"
        let remarks = (change.remarks + change.left.map { "left: \($0)" }).map { "      \($0)\n" }.joined()
        return "\(change.number)  \(Clock.text(change.author.started))  \(change.author.user)\(source): \(steps), \(change.ending.rawValue)\n\(remarks)"
    }
}
