internal import ArgumentParser
internal import Change
internal import DomainService
internal import Glibc
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
    /// The topology's domains, which are planned and changed along.
    var domains: TopologyDomains?
    /// The libvirt that was named on the command line.
    var connect: String?
    /// How long the phases took, those that came before this run included.
    var timing: Timing?
    /// Whether the kernel's RCU is to hurry meanwhile.
    var expedites = false
    /// What is going to be planned for, so that what it needs to know of the host can be asked for.
    var topology: Topology?
    /// The network that a saved plan is to bring about.
    var saved: HostNetwork?
    /// What is asked of the host afterwards, and whether the change has to be confirmed.
    var safety: SafetyOptions?
    /// What to do while another weft is at work, where ``safety`` does not say it.
    var patience: WaitOptions?
    /// The file's probes.
    var probes: [Probe] = []
    /// What the change is to leave for the boots to come.
    var persistence: Persistence?

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

    /// - Returns: whether the host is as it was asked for, for good; a change that still waits for its confirmation is not.
    @discardableResult
    func run(in namespace: NetworkNamespace, plan makePlan: (borrowing Host) throws -> (PlanRequest, Plan)) throws -> Bool {
        if confirm.dryRun {
            try dryRun(in: namespace, plan: makePlan)
            return false
        }
        try Namespace.requirePrivilege(output)
        var space = try Namespace.open(namespace, output: output)
        let directory = space.directory
        let lock = try Namespace.lock(directory, source: title, waiting: (patience ?? safety?.patience)?.wait.count ?? 0, output)
        try Unfinished.finish(&space, output: output)
        let timing = timing ?? Timing()
        defer { timing.print() }
        var host = try timing.measure(.read) { try Host.read(namespace, for: topology, saved: saved, output: output, vlanTables: purpose == .rollback) }
        timing.traffic = host.kernel.statistics
        var (request, plan) = try timing.measure(.plan) { try makePlan(host) }
        nameGuests(in: &plan, request, namespace, timing)
        let features = host.features(for: request.wanted)
        let printed = PlanOutput(
            title: title, purpose: purpose, plan: plan, features: features, warnings: warnings, domains: domains, output: output, timing: timing)
        if !output.json { timing.measure(.show) { printed.print() } }
        try refuse(plan, printed)
        // The program ends with this command. What it has read and planned is not taken apart, link by link, before.
        defer { UntilTheEnd.keep((topology, host.network, request, plan)) }
        if plan.steps.isEmpty, domains?.hasSteps != true {
            printed.tell(.nothingToDo)
            try requireDomains()
            return true
        }
        try requireDrivers(features)
        if domains?.plan.steps.contains(where: \.needsGuest) == true, safety?.confirmWithin != nil {
            throw Failure.exit(
                output, kind: "domains", message: "--confirm-within cannot take back what a guest has agreed to: the unplugging of an interface",
                fix: "apply the rest first, with the interfaces that are to be absent left out; then them")
        }
        if !confirm.yes {
            try ask()
            // The question may have stood for hours: what is undone on failure is what is there now.
            host = try timing.measure(.read) { try Host.read(namespace, for: topology, saved: saved, output: output, vlanTables: purpose == .rollback) }
            let (shown, shownDomains) = (plan, domains?.plan)
            (request, plan) = try timing.measure(.plan) { try makePlan(host) }
            guard plan.says(sameAs: shown), domains?.plan == shownDomains else {
                throw Failure.exit(
                    output, kind: "changed", message: "the network has changed since the plan was shown; nothing was done",
                    fix: "run the command again")
            }
        }
        try loadModules(features)
        Terminal.outliveReaders()
        if let domains, domains.hasSteps {
            return try carryOut(domains, request, plan, directory, printed, lock, in: namespace)
        }
        let confirmed = ConfirmedChange(namespace: namespace, directory: directory, output: output)
        ExpeditedRCU.recover()
        let outcome: Transaction.Outcome
        do {
            let hurry = expedites ? Self.expedite() : nil
            let progress = Progress(isShown: !output.json && isatty(STDERR_FILENO) == 1)
            var clock = timing.clock(from: .execute)
            outcome = try Transaction(request: request, plan: plan, persistence: persistence).carryOut(
                on: &host.kernel, directory: directory, by: .thisProcess(arguments: CommandLine.arguments, source: title),
                caution: safety?.caution(probes: probes, in: namespace) ?? Caution(),
                progress: { done, all in
                    progress.show(done, of: all)
                    if done == all { clock.next(.verify) }
                },
                waiting: { progress.wait(for: $0, atMost: $1) },
                arm: { checkpoint throws(ChangeError) in try confirmed.arm(checkpoint) })
            clock.stop()
            _ = consume hurry
            timing.traffic = host.kernel.statistics
            progress.clear()
        } catch {
            throw Failure.exit(output, error)
        }
        _ = consume lock
        let isFinal = try tell(outcome, printed, confirmed)
        try requireDomains()
        return isFinal
    }

    /// Whom the plan disturbs, by name. A repair is about domains' own taps, and names what it puts back.
    private func nameGuests(in plan: inout Plan, _ request: PlanRequest, _ namespace: NetworkNamespace, _ timing: Timing) {
        guard purpose != .repair, purpose != .adopt else { return }
        timing.measure(.plan) { GuestQuestion(connect: connect, namespace: namespace).name(&plan, in: request.actual, domains) }
    }

    /// What could not be asked of libvirt is left, not done.
    private func requireDomains() throws {
        guard let failure = domains?.failure else { return }
        if !output.json { Terminal.complain("weft: the file's domains are left as they are: \(failure.description)") }
        throw ExitCode.notRolledBack
    }

    /// A change that cannot be hurried is carried out all the same.
    private static func expedite() -> ExpeditedRCU? {
        do { return try ExpeditedRCU.begin() } catch {
            Terminal.complain("weft: the kernel's RCU cannot be hurried: \(error)")
            return nil
        }
    }

    private func dryRun(in namespace: NetworkNamespace, plan makePlan: (borrowing Host) throws -> (PlanRequest, Plan)) throws {
        let timing = timing ?? Timing()
        defer { timing.print() }
        let host = try timing.measure(.read) { try Host.read(namespace, for: topology, saved: saved, output: output, vlanTables: purpose == .rollback) }
        timing.traffic = host.kernel.statistics
        var (request, plan) = try timing.measure(.plan) { try makePlan(host) }
        nameGuests(in: &plan, request, namespace, timing)
        PlanOutput(
            title: title, purpose: purpose, plan: plan, features: host.features(for: request.wanted), warnings: warnings, domains: domains,
            output: output, timing: timing
        ).print()
        if !plan.refusals.isEmpty { throw ExitCode.refused }
        if !plan.isEmpty || domains?.isEmpty == false { throw ExitCode.differs }
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

    /// Tells how the change ended, after it has been confirmed or undone where that was asked for.
    /// - Parameter left: what guests have left undone of it.
    /// - Returns: whether a change that is done does not wait for its confirmation any more.
    func tell(_ outcome: Transaction.Outcome, _ printed: PlanOutput, _ confirmed: ConfirmedChange, left: [String] = []) throws -> Bool {
        var ending: PastChange?
        if case .done(let completion) = outcome, let confirmation = completion.confirmation, safety?.detach == false {
            if !output.json { printed.tell(outcome) }
            ending = try confirmed.wait(for: confirmation)
            if let ending {
                printed.tell(ending)
            } else if output.json {
                printed.tell(outcome)
            }
        } else {
            printed.tell(outcome, left: left)
        }
        switch (outcome, ending?.ending) {
        case (_, .rolledBack?), (_, .lost?): throw ExitCode.rolledBack
        case (_, .notRolledBack?): throw ExitCode.notRolledBack
        case (_, .done?), (_, .confirmed?), (.nothingToDo, nil): return true
        case (.done(let completion), nil): return completion.confirmation == nil
        case (.rolledBack, nil): throw ExitCode.rolledBack
        case (.notRolledBack, nil): throw ExitCode.notRolledBack
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

    /// Says what the host is waited for.
    func wait(for lacks: [String], atMost seconds: Int) {
        guard isShown, ContinuousClock.now - begin > .seconds(1) else { return }
        isDrawn = true
        let more = lacks.count > 1 ? ", and \(lacks.count - 1) more" : ""
        Terminal.write("\rwaiting at most \(seconds) s: \(lacks.first ?? "")\(more) …\u{1b}[K", to: STDERR_FILENO)
    }

    func clear() {
        if isDrawn { Terminal.write("\r\u{1b}[K", to: STDERR_FILENO) }
    }
}
