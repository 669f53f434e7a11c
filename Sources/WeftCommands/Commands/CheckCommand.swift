internal import ArgumentParser
internal import HostNetwork
internal import Report
internal import Topology

/// `weft check FILE`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a topology file; report every mistake in it.",
        discussion: """
            Each mistake is told with its file, line and column, and what to write instead. Mistakes that show only against \
            the links of this host are told too, unless the file is for another host or --offline is given. Nothing is changed.
            """)

    @Argument(help: "The topology file; - is standard input.", completion: .file())
    var file: String

    @Flag(name: .long, help: "Do not look at this host's links.")
    var offline = false

    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let topology = try TopologyFile.load(file, output: output)
        var conflicts: [Diagnostic] = []
        if !offline, Host.isMeant(by: topology) {
            let host = try Host.read(namespace.namespace, for: topology, output: output, withFacts: false)
            conflicts = host.conflicts(of: try TopologyFile.resolved(topology, on: host.network, output: output))
            try TopologyFile.requireNoConflicts(conflicts, in: topology, output: output)
        }
        let warnings = topology.warnings + conflicts
        if output.json {
            Terminal.write(
                CheckDocument(file: file, links: topology.network.links.count, warnings: warnings.map { ErrorDocument.Detail($0) }))
        } else {
            let count = warnings.isEmpty ? "" : ", \(TopologyFile.count(warnings))"
            let links = topology.network.links.count
            Terminal.write("\(topology.file): \(links) link\(links == 1 ? "" : "s"), no errors\(count)\n")
        }
    }
}
