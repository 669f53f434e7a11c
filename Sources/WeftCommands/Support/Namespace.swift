internal import ArgumentParser
internal import Change
internal import Glibc
internal import LinkServices
internal import Netlink

/// A network namespace with weft's directory and the kernel, as the commands need it that look after changes.
struct Namespace: ~Copyable {
    var kernel: KernelConnection
    let directory: StateDirectory
    /// Whether it is the host's own, which boots and what they bring concern.
    let isHosts: Bool
    var journal: Journal { Journal(in: directory) }

    /// Connects, and opens the directory; it is made where it is missing.
    static func open(_ namespace: NetworkNamespace, output: OutputOptions) throws -> Namespace {
        do {
            var kernel = try KernelConnection.open(in: namespace)
            kernel.services = HostServices.find(in: namespace)
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            return Namespace(kernel: kernel, directory: directory, isHosts: namespace.isHosts)
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
    }

    private init(kernel: consuming KernelConnection, directory: StateDirectory, isHosts: Bool) {
        self.kernel = kernel
        self.directory = directory
        self.isHosts = isHosts
    }

    /// Refuses to go on without the privilege to change the network.
    static func requirePrivilege(_ output: OutputOptions) throws {
        guard Privilege.hasNetAdmin else {
            throw Failure.exit(
                output, kind: "privilege", message: "changing the network needs the privilege CAP_NET_ADMIN", fix: "run weft as root")
        }
    }

    /// Refuses to say anything of changes to somebody who may not read weft's directory.
    static func requireReader(_ output: OutputOptions) throws {
        guard geteuid() == 0 else {
            throw Failure.exit(output, kind: "privilege", message: "what weft keeps of its changes is for root alone", fix: "run weft as root")
        }
    }

    /// Notes that the host is as its administrator wants it, whatever its last boot has lacked. What cannot be noted fails nothing.
    static func mendBootReport(of namespace: NetworkNamespace) {
        guard let cookie = try? KernelConnection.open(in: namespace).namespaceCookie, let directory = StateDirectory.existing(cookie: cookie) else { return }
        try? BootReport.mend(in: directory)
    }

    /// Takes the namespace's lock.
    static func lock(_ directory: StateDirectory, source: String?, waiting seconds: Int, _ output: OutputOptions) throws -> HostLock {
        do {
            return try HostLock.take(in: directory, as: .thisProcess(arguments: CommandLine.arguments, source: source), waiting: seconds)
        } catch {
            throw Failure.exit(output, error)
        }
    }
}

/// What to do about a change that has no ending yet.
enum Unfinished {
    /// Goes back from a change that was cut off, before another one begins, and finishes what a boot has cut off. The lock is held.
    /// - Returns: what a change for the boots to come has left.
    /// - Throws: ``ExitCode/refused`` where the change waits for its confirmation, ``ExitCode/notRolledBack`` where the host could not
    ///   be put back.
    @discardableResult
    static func finish(_ space: inout Namespace, output: OutputOptions) throws -> KeptEnding {
        do {
            try goBack(space.journal, on: &space.kernel, output: output)
            guard space.isHosts else { return KeptEnding() }
            let kept = try space.journal.finishKept()
            if let problem = kept.problem, !output.json { Terminal.complain("weft: warning: \(problem)") }
            if let lost = kept.lost, !output.json {
                Terminal.complain("weft: the system was started anew in the middle of a change (\(lost.author)); it is not taken up again.")
            }
            return kept
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
    }

    private static func goBack(_ journal: Journal, on kernel: inout KernelConnection, output: OutputOptions) throws {
        guard let checkpoint = try journal.unfinished() else { return }
        if let confirmation = try journal.confirmation(of: checkpoint), confirmation.isComplete, confirmation.secondsLeft > 0 {
            throw ChangeError.unconfirmed(checkpoint.author, secondsLeft: confirmation.secondsLeft)
        }
        if !output.json {
            Terminal.complain("weft: a change was cut off (\(checkpoint.author)); going back to the state before it first.")
        }
        switch Recovery.goBack(from: checkpoint, because: reason(try journal.confirmation(of: checkpoint)), in: journal, on: &kernel) {
        case .nothingToDo, .done: return
        case .rolledBack(let failure): if let ports = failure.ports, !output.json { Terminal.complain("\(ports.sentence).") }
        case .notRolledBack(_, let left):
            throw Failure.exit(
                output, kind: "not-rolled-back", message: "the host could not be put back entirely to the state before that change",
                details: left, status: .notRolledBack)
        }
    }

    /// Why a change that has no ending is undone by somebody else than its own process.
    static func reason(_ confirmation: Confirmation?) -> String {
        if let confirmation, confirmation.isComplete { return "not confirmed within \(confirmation.seconds) s" }
        return "the process that made the change is gone"
    }

    /// Says that a change is under way, waits for its confirmation, or was cut off.
    static func mention(cookie: UInt64) {
        switch try? ChangeStatus(in: StateDirectory.existing(cookie: cookie)) {
        case nil, .idle?: return
        case .underWay(let holder)?: Terminal.complain("note: a change is under way: \(holder)")
        case .pending(_, let confirmation, let isGuarded)?:
            let end = isGuarded ? "it is undone in \(confirmation.secondsLeft) s" : "only `weft rollback` undoes it, for its guardian is gone"
            Terminal.complain("note: the last change waits for `weft confirm`; without it, \(end)")
        case .cutOff(let checkpoint)?:
            Terminal.complain("note: a change was cut off (\(checkpoint.author)); `weft recover` goes back to the state before it")
        case .domainsLeft?:
            Terminal.complain("note: a change was undone, but not its domains; `weft recover` puts them back once libvirt answers")
        }
    }
}
