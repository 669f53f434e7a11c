internal import ArgumentParser
internal import Change
internal import Foundation
internal import HostNetwork
internal import Netlink
internal import Planner
internal import Report
internal import Topology

/// The way that every changing command goes: lock, read, plan, show, ask, carry out, tell the outcome.
struct ChangeRun {
    /// What the change is for, in messages: a file's name.
    let title: String
    /// What kind of change it is.
    let purpose: PlanText.Purpose
    let confirm: ConfirmOptions
    let output: OutputOptions
    /// What the topology file was warned of.
    var warnings: [Diagnostic] = []
    /// How many removals the user agreed to by number (`--remove`).
    let removalsAgreed: Int?
    /// How long the phases took, those that came before this run included.
    var timing: Timing?
    /// What is going to be planned for, so that what it needs to know of the host can be asked for.
    var topology: Topology?

    /// Whether removing is what the command is for, so that a yes is enough for any number.
    private var isRemovalAsked: Bool { purpose == .destroy }

    /// What is asked on the terminal.
    private var question: String {
        switch purpose {
        case .apply, .rollback: "Apply this plan?"
        case .repair: "Put these taps back?"
        case .destroy: "Take all this away?"
        case .adopt: "Adopt these links?"
        }
    }

    func run(in namespace: NetworkNamespace, plan makePlan: (borrowing Host) throws -> (PlanRequest, Plan)) throws {
        if confirm.dryRun { return try dryRun(in: namespace, plan: makePlan) }
        guard Privilege.hasNetAdmin else {
            throw Failure.exit(
                output, kind: "privilege", message: "changing the network needs the privilege CAP_NET_ADMIN", fix: "run weft as root")
        }
        let directory = try stateDirectory(namespace)
        let lock = try self.lock(directory)
        let timing = timing ?? Timing()
        defer { timing.print() }
        var host = try timing.measure(.read) { try Host.read(namespace, for: topology, output: output) }
        timing.traffic = host.kernel.statistics
        var (request, plan) = try timing.measure(.plan) { try makePlan(host) }
        let features = host.features(for: request.wanted)
        let printed = PlanOutput(
            title: title, purpose: purpose, plan: plan, features: features, warnings: warnings, output: output, timing: timing)
        if !output.json { timing.measure(.show) { printed.print() } }
        try refuse(plan, printed)
        if plan.steps.isEmpty {
            return printed.tell(.nothingToDo)
        }
        try requireDrivers(features)
        if !confirm.yes {
            try ask()
            // The question may have stood for hours: what is undone on failure is what is there now.
            host = try timing.measure(.read) { try Host.read(namespace, for: topology, output: output) }
            let shown = plan
            (request, plan) = try timing.measure(.plan) { try makePlan(host) }
            guard plan.says(sameAs: shown) else {
                throw Failure.exit(
                    output, kind: "changed", message: "the network has changed since the plan was shown; nothing was done",
                    fix: "run the command again")
            }
        }
        try loadModules(features)
        Terminal.outliveReaders()
        let outcome: Transaction.Outcome
        do {
            let progress = Progress(isShown: !output.json && isatty(STDERR_FILENO) == 1)
            var clock = timing.clock(from: .execute)
            outcome = try Transaction(request: request, plan: plan).carryOut(on: &host.kernel, directory: directory) { done, all in
                progress.show(done, of: all)
                if done == all { clock.next(.verify) }
            }
            clock.stop()
            timing.traffic = host.kernel.statistics
            progress.clear()
        } catch {
            throw Failure.exit(output, error)
        }
        _ = consume lock
        try tell(outcome, printed)
    }

    private func dryRun(in namespace: NetworkNamespace, plan makePlan: (borrowing Host) throws -> (PlanRequest, Plan)) throws {
        let timing = timing ?? Timing()
        defer { timing.print() }
        let host = try timing.measure(.read) { try Host.read(namespace, for: topology, output: output) }
        timing.traffic = host.kernel.statistics
        let (request, plan) = try timing.measure(.plan) { try makePlan(host) }
        PlanOutput(
            title: title, purpose: purpose, plan: plan, features: host.features(for: request.wanted), warnings: warnings, output: output,
            timing: timing
        ).print()
        if !plan.refusals.isEmpty { throw ExitCode.refused }
        if !plan.isEmpty { throw ExitCode.differs }
    }

    private func stateDirectory(_ namespace: NetworkNamespace) throws -> StateDirectory {
        do {
            return try StateDirectory.open(cookie: KernelConnection.open(in: namespace).namespaceCookie)
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
    }

    private func lock(_ directory: StateDirectory) throws -> HostLock {
        do {
            return try HostLock.take(in: directory, as: HostLock.describeThisProcess(arguments: CommandLine.arguments))
        } catch {
            throw Failure.exit(output, error)
        }
    }

    private func refuse(_ plan: Plan, _ printed: PlanOutput) throws {
        if !plan.refusals.isEmpty {
            if output.json { printed.print() } else { Terminal.complain("weft: refused, and nothing was changed.") }
            throw ExitCode.refused
        }
        let count = plan.removedLinks.count
        if let agreed = removalsAgreed, agreed != count {
            throw Failure.exit(output, kind: "removals", message: "--remove \(agreed) was given, and the plan removes \(count) links")
        }
        guard plan.removesMoreThanHalf, !isRemovalAsked, removalsAgreed == nil else { return }
        throw Failure.exit(
            output, kind: "removals", message: "the plan removes \(count) of weft's \(plan.ownedLinkCount) links, more than half",
            fix: "if that is meant, add --remove \(count)")
    }

    private func ask() throws {
        guard Terminal.isInteractive, !output.json else {
            throw Failure.exit(output, kind: "unconfirmed", message: "there is no terminal to ask on", fix: "add --yes")
        }
        guard Terminal.asksYes("\(question) Only yes is a yes: ") else {
            throw Failure.exit(output, kind: "unconfirmed", message: "not confirmed; nothing was changed")
        }
    }

    /// Refuses before anybody is asked where a driver is missing.
    private func requireDrivers(_ features: [(feature: KernelFeature, state: KernelFeature.State)]) throws {
        for case (_, .missing(let reason)) in features { throw Failure.exit(output, kind: "kernel", message: reason) }
    }

    private func loadModules(_ features: [(feature: KernelFeature, state: KernelFeature.State)]) throws {
        for case (let feature, .loadable) in features {
            do { try KernelFeature.load(feature) } catch { throw Failure.exit(output, error) }
        }
    }

    private func tell(_ outcome: Transaction.Outcome, _ printed: PlanOutput) throws {
        printed.tell(outcome)
        switch outcome {
        case .nothingToDo, .done: return
        case .rolledBack: throw ExitCode.rolledBack
        case .notRolledBack: throw ExitCode.notRolledBack
        }
    }
}

extension Plan {
    /// Whether a reader of either plan would expect the same. What is sent may still differ, in an address's remaining lifetime.
    fileprivate func says(sameAs other: Plan) -> Bool {
        refusals == other.refusals
            && steps.elementsEqual(other.steps) { $0.verb == $1.verb && $0.subjects == $1.subjects && $0.changes == $1.changes }
    }
}

/// One line on the terminal for changes that take longer than a second.
final class Progress {
    private let isShown: Bool
    private let begin = ContinuousClock.now
    private var isDrawn = false

    init(isShown: Bool) { self.isShown = isShown }

    func show(_ done: Int, of all: Int) {
        guard isShown, ContinuousClock.now - begin > .seconds(1) else { return }
        isDrawn = true
        Terminal.write("\r\(done) of \(all) changes …\u{1b}[K", to: STDERR_FILENO)
    }

    func clear() {
        if isDrawn { Terminal.write("\r\u{1b}[K", to: STDERR_FILENO) }
    }
}
