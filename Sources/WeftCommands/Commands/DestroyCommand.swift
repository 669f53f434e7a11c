internal import ArgumentParser
internal import HostNetwork
internal import Planner
internal import Report
internal import Topology

/// `weft destroy FILE|--all`
struct DestroyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Take away what weft made: for one file, or all of it.",
        discussion: """
            Foreign links stay. NICs are released, and are up if they were up before. A bridge that holds the host's \
            addresses, or ports that weft did not put there, is taken away only with --allow-outage; its addresses and routes \
            go back to its NIC where it has just one.
            """)

    @Argument(help: "The topology file whose links are taken away; - is standard input.", completion: .file())
    var file: String?

    @Flag(name: .long, help: "Take away everything that weft made on this host.")
    var all = false

    @OptionGroup var confirm: ConfirmOptions
    @OptionGroup var safety: SafetyOptions
    @OptionGroup var leave: LeaveOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var expedite: ExpediteOptions
    @OptionGroup var timing: TimingOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if all == (file != nil) { throw ValidationError("Give either a topology file or --all.") }
    }

    func run() throws {
        let timing = Timing(timing, output)
        var topology: Topology?
        if let file {
            let loaded = try timing.measure(.file) { try TopologyFile.load(file, output: output, warns: false) }
            try Host.requireHost(of: loaded, output: output)
            topology = loaded
        }
        let change = ChangeRun(
            title: file ?? "--all", purpose: .destroy, confirm: confirm, output: output, removalsAgreed: nil, timing: timing,
            expedites: expedite.expedite, topology: topology, safety: safety)
        try change.run(in: namespace.namespace) { host in
            let wanted = try topology.map { try TopologyFile.resolved($0, on: host.network, output: output).network }
            var request = try host.request(wanted: HostNetwork(), leave: leave, safety: safety)
            if let wanted { request.scope = .only(Set(wanted.links.keys)) }
            request.hostWide = wanted
            return try host.plan(request)
        }
    }
}
