internal import ArgumentParser
internal import HostNetwork
internal import NetworkScripts
internal import Report
internal import Topology

/// `weft render ifcfg FILE`
struct RenderIfcfgCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ifcfg",
        abstract: "Write a topology as ifcfg network scripts.",
        discussion: """
            Prints the complete set of files: ifcfg-*, route-*, route6-*, and files that load kernel modules. The dialect both, \
            which is the default, has only what initscripts and NetworkManager understand alike; an option without such a \
            spelling is refused.

            NICs that the file knows by 'match' are looked for on this host, and their files get the names that they have here.

            With -o, shows how the files differ from what is in the directory, asks, and then replaces them all at once. What is \
            replaced is kept in .weft-backup there. Exit status: 0 nothing to do, or done; 1 refused, or failed with nothing \
            touched; 2 with --check, the directory differs.
            """)

    @Argument(help: "The topology file; - is standard input.", completion: .file())
    var file: String

    @Option(name: .long, help: "Whom the files are for: both, initscripts or networkmanager.")
    var dialect: DialectChoice = .both

    @Flag(name: .long, help: "Leave out, with a warning, what the files cannot say.")
    var lossy = false

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("Write the files below this directory.", valueName: "dir"), completion: .directory)
    var directory: String?

    @Flag(name: .long, help: "With -o: write nothing; exit with 2 when the directory differs.")
    var check = false

    @Flag(name: [.long, .short], help: "With -o: do not ask.")
    var yes = false

    @Flag(name: .long, help: "With -o: replace files that weft did not write, too; they are kept in the backup.")
    var takeOver = false

    @Option(name: .long, help: ArgumentHelp("Derive UUIDs from this machine-id instead of this host's.", valueName: "id"))
    var machineID: String?

    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if directory == nil, check || yes || takeOver { throw ValidationError("--check, --yes and --take-over go with -o DIR.") }
        if let machineID, !NetworkScriptRendering.isMachineID(machineID) {
            throw ValidationError("'\(machineID)' is no machine-id, which is 32 hexadecimal digits, as in /etc/machine-id.")
        }
    }

    func run() throws {
        let topology = try named(try TopologyFile.load(file, output: output))
        var rendering = NetworkScriptRendering(
            topology.network, dialect: dialect.dialect, source: topology.file.split(separator: "/").last.map { String($0) } ?? topology.file,
            machineID: machineID ?? ScriptOutput.machineID, hardwareAddresses: topology.matchedAddresses, isLossy: lossy)
        rendering.noteTheRest(of: [("domains", topology.domains.isEmpty), ("probes", topology.probes.isEmpty)].filter { !$0.1 }.map(\.0))
        let told = ScriptOutput(output, sources: [topology.source])
        guard !rendering.findings.hasErrors else {
            if output.json {
                Failure.printJSON(
                    kind: "render", message: ScriptOutput.count(rendering.findings), details: rendering.findings.map { ErrorDocument.Detail($0) })
            } else {
                told.print(rendering.findings)
                Terminal.complain("weft: \(ScriptOutput.count(rendering.findings)); nothing was written")
            }
            throw ExitCode.refused
        }
        if let directory { return try ScriptWriting(directory, output: output, takesOver: takeOver).run(rendering, told, checks: check, asks: !yes) }
        if output.json { return Terminal.write(ScriptsDocument(files: rendering.files.map { .init($0) }, findings: rendering.findings.map { ErrorDocument.Detail($0) })) }
        told.print(rendering.findings)
        for (index, file) in rendering.files.enumerated() {
            Terminal.write("\(index == 0 ? "" : "\n")==> \(file.path)\(file.isExecutable ? " (executable)" : "") <==\n\(file.text)")
        }
    }
}

extension RenderIfcfgCommand {
    /// The topology with the host's names for NICs that it knows by something else; a file that names all of them needs no host.
    private func named(_ topology: Topology) throws -> Topology {
        guard topology.matchesNICs else { return topology }
        let host = try Host.read(namespace.namespace, for: topology, output: output, withFacts: false)
        do {
            return try TopologyFile.resolved(topology, on: host.network, output: output)
        } catch {
            if !output.json { Terminal.complain("weft: a file that knows NICs by 'match' is rendered on the host that has them, or with the NICs' names in it") }
            throw error
        }
    }
}

extension ScriptsDocument.File {
    init(_ file: ScriptFile) { self.init(path: file.path, text: file.text, executable: file.isExecutable, link: file.link?.text) }
}
