internal import ArgumentParser
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

    @OptionGroup var leave: LeaveOptions
    @OptionGroup var domainOptions: DomainOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var timing: TimingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let timing = Timing(self.timing, output)
        let topology = try timing.measure(.file) { try TopologyFile.load(file, output: output) }
        try Host.requireHost(of: topology, output: output)
        let host = try timing.measure(.read) { try Host.read(namespace.namespace, for: topology.network, output: output) }
        timing.traffic = host.kernel.statistics
        let domains = TopologyDomains(topology, domainOptions, isReadOnly: true)
        let (request, plan) = try timing.measure(.plan) {
            try TopologyFile.requireNoConflicts(topology.conflicts(with: host.network), in: topology, output: output)
            let request = try host.request(wanted: topology.network, leave: leave)
            return domains?.plan(request) ?? (request, Planner.plan(request))
        }
        timing.measure(.show) {
            PlanOutput(
                title: topology.file, purpose: .apply, plan: plan, features: host.features(for: request.wanted), warnings: topology.warnings,
                domains: domains, output: output, timing: timing
            ).print()
        }
        timing.print()
        if !plan.refusals.isEmpty { throw ExitCode.refused }
        if !plan.isEmpty || domains?.isEmpty == false { throw ExitCode.differs }
    }
}
