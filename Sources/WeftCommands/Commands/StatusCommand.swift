internal import ArgumentParser
internal import Change
internal import HostNetwork
internal import Netlink
internal import Planner

/// `weft status`
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say whether a change is under way, waits for its confirmation, or was cut off, and what the last boot lacked.")

    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try Namespace.requireReader(output)
        do {
            let cookie = try KernelConnection.open(in: namespace.namespace).namespaceCookie
            let directory = try StateDirectory.trusted(cookie: cookie)
            let status = try ChangeStatus(in: directory)
            let boot = try BootReport.load(from: directory)
            let awaitsInstallation = namespace.namespace.isHosts && directory.map { Journal(in: $0).awaitsInstallation() } ?? false
            if output.json { return Terminal.write(StatusDocument(status, boot, awaitsInstallation: awaitsInstallation)) }
            Terminal.write(text(status) + "\n")
            if awaitsInstallation {
                Terminal.write("NOT INSTALLED: the last change was to be installed for every boot, and could not be. `weft recover` tries again.\n")
            }
            if boot == nil, namespace.namespace.isHosts, InstalledTopology().exists {
                Terminal.write("The installed topology, \(InstalledTopology().path), has not been brought up by `weft apply --boot` since the system was started.\n")
            }
            guard let boot, !boot.shortfalls.isEmpty else { return }
            Terminal.write("NOT WHOLE since the last boot:\n" + boot.shortfalls.map { "  - \($0.link) \($0.message)\n" }.joined())
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        }
    }

    private func text(_ status: ChangeStatus) -> String {
        switch status {
        case .idle: "No change is under way."
        case .underWay(let holder): "A change is under way: \(holder)."
        case .pending(let checkpoint, let confirmation, let isGuarded):
            """
            Pending: change \(checkpoint.number) (\(checkpoint.author)) \(isGuarded ? "is undone" : "waits for its confirmation, and can be confirmed") \(isGuarded ? "in" : "for") \(confirmation.secondsLeft) s.
            \(isGuarded ? "" : "NOBODY UNDOES IT THEN: its guardian is gone. ")`weft confirm` keeps it, `weft rollback` undoes it now.
            """
        case .cutOff(let checkpoint):
            "Change \(checkpoint.number) was cut off (\(checkpoint.author)). `weft recover` goes back to the state before it."
        case .domainsLeft(let past):
            """
            Change \(past.number) was undone (\(past.author)), but not its domains: `weft recover` puts them back.
            \((past.domainsLeft ?? []).map { "  - \($0)" }.joined(separator: "\n"))
            """
        }
    }
}
