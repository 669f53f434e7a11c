internal import ArgumentParser
internal import Change
internal import HostNetwork
internal import Netlink
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

    @Argument(help: "The topology file, - for standard input, or a saved plan (FILE.weft). With --boot, /etc/weft/topology.yaml unless it is given.", completion: .file())
    var file: String?

    @Flag(
        name: .long,
        help: "Once the change is done, and confirmed where that was asked for, install the file as /etc/weft/topology.yaml for every boot.")
    var persist = false

    @Flag(
        name: .long,
        help: "As at boot: nobody is asked, links that are there already are adopted, and what is missing or refused holds up only what needs it. Exit status 2 says that something is lacking.")
    var boot = false

    @Option(name: .long, help: ArgumentHelp("With --boot, how many seconds to wait for NICs that are not there yet.", valueName: "seconds"))
    var nicWait = 30

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

    func validate() throws {
        guard file != nil || boot else { throw ValidationError("Missing expected argument '<file>'") }
        if boot, persist { throw ValidationError("--boot applies what is installed; --persist installs what is applied") }
        guard persist else { return }
        if namespace.netns != nil { throw ValidationError("--persist is for the host's own network, not for a namespace") }
        if file == "-" || confirm.dryRun { throw ValidationError("--persist needs a file that is applied") }
        if file.map({ SavedPlanFile.isMeant(by: $0) }) == true { throw ValidationError("--persist needs the topology file; a saved plan has none") }
    }

    func run() throws {
        if boot {
            let path = file ?? InstalledTopology().path
            return try BootRun(path: path, namespace: namespace.namespace, output: output, patience: nicWait).run()
        }
        let file = file ?? "-"
        if SavedPlanFile.isMeant(by: file) { return try applySaved(file) }
        let timing = Timing(timing, output)
        let topology = try timing.measure(.file) { try TopologyFile.load(file, output: output) }
        try Host.requireHost(of: topology, output: output)
        let persistence = try persist ? prepareToPersist(topology) : nil
        let guests = GuestQuestion(connect: domainOptions.connection.connect, namespace: namespace.namespace)
        let domains = TopologyDomains(topology, domainOptions, isReadOnly: confirm.dryRun, persists: persist)
        let change = ChangeRun(
            title: topology.file, purpose: .apply, confirm: confirm, output: output, warnings: topology.warnings, removalsAgreed: remove,
            domains: domains, connect: domainOptions.connection.connect, timing: timing, expedites: expedite.expedite, topology: topology,
            safety: safety, probes: topology.probes, persistence: persistence)
        var isTold = false
        let isFinal = try change.run(in: namespace.namespace) { host in
            let topology = try TopologyFile.resolved(topology, on: host.network, output: output)
            try TopologyFile.requireNoConflicts(host.conflicts(of: topology), in: topology, output: output, warns: !isTold)
            isTold = true
            let request = try host.request(wanted: topology.network, leave: leave, safety: safety)
            let (full, plan) = try host.plan(request)
            return domains?.plan(full) ?? guests.returningTaps(full, plan)
        }
        if isFinal { Namespace.mendBootReport(of: namespace.namespace) }
        guard let persistence else { return }
        if isFinal { try install(persistence) } else if !output.json { Terminal.write("Once it is confirmed, this file is installed for every boot.\n") }
    }

    /// What this change is to leave for every boot, once that is known to be possible.
    private func prepareToPersist(_ topology: Topology) throws -> Persistence {
        guard namespace.namespace.isHosts else {
            throw Failure.exit(output, kind: "persist", message: "--persist is for the host's own network, and this is another namespace's")
        }
        let persistence = Persistence(topology: topology.source.lines.map { $0 + "\n" }.joined())
        do { try persistence.prepare() } catch { throw Failure.exit(output, error) }
        return persistence
    }

    /// What has been applied is what every boot brings; where there was nothing to do, it may not be installed yet.
    private func install(_ persistence: Persistence) throws {
        let installed = InstalledTopology()
        do throws(ChangeError) { try installed.install(persistence.topology) } catch {
            throw Failure.exit(
                output, kind: "persist", message: "the network is as the file says, but the file is not installed for the next boot: \(error)",
                status: .notRolledBack)
        }
        if !output.json { Terminal.write("\(installed.path) is this file.\n") }
    }

    private func applySaved(_ file: String) throws {
        let saved = try SavedPlanFile.read(file, output: output)
        let connect = domainOptions.connection.connect
        let domains = saved.domains.map { TopologyDomains(saved: $0, connect: connect, isReadOnly: confirm.dryRun) }
        let change = ChangeRun(
            title: saved.file, purpose: .apply, confirm: confirm, output: output, removalsAgreed: remove, domains: domains, connect: connect,
            timing: Timing(timing, output), expedites: expedite.expedite, saved: saved.request.wanted, safety: safety,
            probes: try SavedPlanFile.probes(of: saved, at: file, output: output))
        try change.run(in: namespace.namespace) { host in
            try SavedPlanFile.resume(saved, at: file, on: host, domains: domains, leave: leave, safety: safety, output: output)
        }
    }
}
