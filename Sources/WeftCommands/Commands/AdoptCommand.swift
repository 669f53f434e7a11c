internal import ArgumentParser
internal import HostNetwork
internal import Planner
internal import Report
internal import Topology

/// `weft adopt FILE`
struct AdoptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Mark existing links that a topology file names as weft's.",
        discussion: """
            Bonds, VLANs and bridges that ifcfg files, brctl or another program made become weft's, so that it may delete them \
            or make them anew. Nothing else about them changes. NICs are never adopted.
            """)

    @Argument(help: "The topology file; - is standard input.", completion: .file())
    var file: String

    @OptionGroup var confirm: ConfirmOptions
    @OptionGroup var safety: SafetyOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let topology = try TopologyFile.load(file, output: output, warns: false)
        try Host.requireHost(of: topology, output: output)
        let change = ChangeRun(
            title: topology.file, purpose: .adopt, confirm: confirm, output: output, removalsAgreed: nil, topology: topology, safety: safety)
        try change.run(in: namespace.namespace) { host in
            let topology = try TopologyFile.resolved(topology, on: host.network, output: output)
            return try host.adoption(of: topology.network)
        }
    }
}
