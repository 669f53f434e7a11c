internal import ArgumentParser
internal import Change
internal import DomainService
internal import HostNetwork
internal import Netlink
internal import Planner
internal import Report
internal import Topology

/// `weft plan FILE`
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what applying a topology file would do, in order; change nothing.",
        discussion: "Exit status: 0 no changes, 2 changes, 1 refused or failed.")

    @Argument(help: "The topology file; - is standard input.", completion: .file())
    var file: String

    @Option(
        name: [.customShort("o"), .customLong("save")],
        help: ArgumentHelp("Save the plan in this file, for `weft show-plan` and `weft apply`.", valueName: "plan.weft"), completion: .file())
    var save: String?

    @Flag(
        name: .long,
        help: "Carry the plan out in a network namespace that looks like this one and is gone afterwards, and say what the kernel refuses.")
    var rehearse = false

    @OptionGroup var leave: LeaveOptions
    @OptionGroup var domainOptions: DomainOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var timing: TimingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let timing = Timing(self.timing, output)
        let topology = try timing.measure(.file) { try TopologyFile.load(file, output: output) }
        try Host.requireHost(of: topology, output: output)
        let host = try timing.measure(.read) { try Host.read(namespace.namespace, for: topology, output: output) }
        Unfinished.mention(cookie: host.kernel.namespaceCookie)
        timing.traffic = host.kernel.statistics
        let guests = GuestQuestion(connect: domainOptions.connection.connect, namespace: namespace.namespace)
        let domains = TopologyDomains(topology, domainOptions, isReadOnly: true)
        var (request, plan) = try timing.measure(.plan) {
            let topology = try TopologyFile.resolved(topology, on: host.network, output: output)
            try TopologyFile.requireNoConflicts(host.conflicts(of: topology), in: topology, output: output)
            var request = try host.request(wanted: topology.network, leave: leave)
            // Who is connected when a saved plan is carried out, nobody knows now: it is asked then.
            if save != nil { request.hasConsole = true }
            let (full, plan) = try host.plan(request)
            return domains?.plan(full) ?? guests.returningTaps(full, plan)
        }
        timing.measure(.plan) {
            guests.name(&plan, in: request.actual, domains)
        }
        let features = host.features(for: request.wanted)
        var printed = PlanOutput(
            title: topology.file, purpose: .apply, plan: plan, features: features, warnings: topology.warnings, domains: domains,
            output: output, timing: timing)
        if rehearse, plan.refusals.isEmpty, !plan.steps.isEmpty { printed.rehearsal = try rehearsal(of: plan, for: request, features, domains) }
        if rehearse, plan.isEmpty, domains?.hasSteps == true { Terminal.complain("note: nothing is rehearsed: no link changes, and domains take no part in a rehearsal") }
        timing.measure(.show) { printed.print() }
        if let rehearsal = printed.rehearsal { printed.tell(rehearsal) }
        timing.print()
        if !plan.refusals.isEmpty || printed.rehearsal?.isGood == false { throw ExitCode.refused }
        if let save, !plan.isEmpty || domains?.hasSteps == true {
            if let failure = domains?.failure {
                throw Failure.exit(
                    output, kind: "saved-plan", message: "the plan is not saved, for it is not whole: \(failure.description)",
                    fix: failure.fix ?? "save the plan of a file without 'domains'")
            }
            try SavedPlanFile.write(plan, for: request, domains: domains?.saved, from: topology, to: save, output: output)
        }
        if !plan.isEmpty || domains?.isEmpty == false { throw ExitCode.differs }
    }

    private func rehearsal(
        of plan: Plan, for request: PlanRequest, _ features: [(feature: KernelFeature, state: KernelFeature.State)], _ domains: TopologyDomains?
    ) throws -> Rehearsal {
        for case (_, .missing(let reason)) in features { throw Failure.exit(output, kind: "kernel", message: reason) }
        let drivers = features.filter { $0.state == .loadable }.map(\.feature)
        do { return try Rehearsal.carryOut(plan, for: request, loading: drivers, withDomains: domains?.hasSteps == true) } catch {
            throw Failure.exit(output, error)
        }
    }
}
