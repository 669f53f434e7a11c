internal import ArgumentParser
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

    @Argument(help: "The topology file; - is standard input.")
    var file: String

    @Option(
        name: [.customShort("o"), .customLong("save")],
        help: ArgumentHelp("Save the plan in this file, for `weft show-plan` and `weft apply`.", valueName: "plan.weft"))
    var save: String?

    @OptionGroup var leave: LeaveOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var timing: TimingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let timing = Timing(self.timing, output)
        let topology = try timing.measure(.file) { try TopologyFile.load(file, output: output) }
        try Host.requireHost(of: topology, output: output)
        let host = try timing.measure(.read) { try Host.read(namespace.namespace, for: topology.network, output: output) }
        Unfinished.mention(cookie: host.kernel.namespaceCookie)
        timing.traffic = host.kernel.statistics
        let (request, plan) = try timing.measure(.plan) {
            try TopologyFile.requireNoConflicts(topology.conflicts(with: host.network), in: topology, output: output)
            var request = try host.request(wanted: topology.network, leave: leave)
            // Who is connected when a saved plan is carried out, nobody knows now: it is asked then.
            if save != nil { request.hasConsole = true }
            return try host.plan(request)
        }
        timing.measure(.show) {
            PlanOutput(
                title: topology.file, purpose: .apply, plan: plan, features: host.features(for: request.wanted), warnings: topology.warnings,
                output: output, timing: timing
            ).print()
        }
        timing.print()
        if !plan.refusals.isEmpty { throw ExitCode.refused }
        if let save, !plan.isEmpty { try SavedPlanFile.write(plan, for: request, from: topology.file, to: save, output: output) }
        if !plan.isEmpty { throw ExitCode.differs }
    }
}
