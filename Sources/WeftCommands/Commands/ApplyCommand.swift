internal import ArgumentParser
internal import Change
internal import HostNetwork
internal import Planner
internal import Report
internal import Topology

/// `weft apply FILE`
struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Make the host's network as a topology file says.",
        discussion: """
            Shows the plan and asks. Then carries it out as one transaction: every part is acknowledged, the result is read \
            back and planned again; if anything failed or is left, everything is put back as it was.

            One topology is the host's: what weft made for an earlier file and this file lacks is removed.

            A plan that `weft plan -o FILE.weft` saved is carried out just as it was shown, or refused where the host has \
            changed meanwhile in anything that it rests on.
            """)

    @Argument(help: "The topology file, - for standard input, or a saved plan (FILE.weft).")
    var file: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Agree to remove this many of weft's links; needed where it is more than half of them.", valueName: "count"))
    var remove: Int?

    @OptionGroup var confirm: ConfirmOptions
    @OptionGroup var safety: SafetyOptions
    @OptionGroup var leave: LeaveOptions
    @OptionGroup var domainOptions: DomainOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var expedite: ExpediteOptions
    @OptionGroup var timing: TimingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        if SavedPlanFile.isMeant(by: file) { return try applySaved() }
        let timing = Timing(timing, output)
        let topology = try timing.measure(.file) { try TopologyFile.load(file, output: output) }
        try Host.requireHost(of: topology, output: output)
        let domains = TopologyDomains(topology, domainOptions, isReadOnly: confirm.dryRun)
        let change = ChangeRun(
            title: topology.file, purpose: .apply, confirm: confirm, output: output, warnings: topology.warnings, removalsAgreed: remove,
            domains: domains, timing: timing, expedites: expedite.expedite, topology: topology, safety: safety, probes: topology.probes)
        var isTold = false
        try change.run(in: namespace.namespace) { host in
            let topology = try TopologyFile.resolved(topology, on: host.network, output: output)
            try TopologyFile.requireNoConflicts(topology.conflicts(with: host.network), in: topology, output: output, warns: !isTold)
            isTold = true
            let request = try host.request(wanted: topology.network, leave: leave, safety: safety)
            let (full, plan) = try host.plan(request)
            return domains?.plan(full) ?? (full, plan)
        }
    }

    private func applySaved() throws {
        let saved = try SavedPlanFile.read(file, output: output)
        let change = ChangeRun(
            title: saved.file, purpose: .apply, confirm: confirm, output: output, removalsAgreed: remove, timing: Timing(timing, output),
            expedites: expedite.expedite, saved: saved.request.wanted, safety: safety)
        try change.run(in: namespace.namespace) { host in
            try SavedPlanFile.resume(saved, at: file, on: host, leave: leave, safety: safety, output: output)
        }
    }
}
