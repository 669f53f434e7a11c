internal import ArgumentParser
internal import Glibc
internal import NetworkScripts
internal import Report
internal import Topology

/// `weft import ifcfg DIR`
struct ImportIfcfgCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ifcfg",
        abstract: "Make a topology file of a directory of ifcfg network scripts.",
        discussion: """
            Reads ifcfg-*, route-*, route6-* and rule-* as initscripts and NetworkManager do, and executes nothing. What has no \
            place in a topology stays in comments and is listed. Where the two understand something differently, --dialect has to \
            say which of them reads the files.
            """)

    @Argument(help: "The directory, such as /etc/sysconfig/network-scripts.", completion: .directory)
    var directory: String

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("Write the topology to this file, which must not exist yet.", valueName: "file"), completion: .file())
    var destination: String?

    @Option(name: .long, help: "Who reads the files: both, initscripts or networkmanager.")
    var dialect: DialectChoice = .both

    @OptionGroup var output: OutputOptions

    func run() throws {
        let scripts = try ScriptFiles.load(directory, output: output)
        var imported = NetworkScriptImport(scripts, dialect: dialect.dialect)
        let yaml = imported.findings.hasErrors ? "" : checked(&imported)
        let details = imported.findings.map { ErrorDocument.Detail($0) }
        guard !imported.findings.hasErrors else {
            if output.json {
                Failure.printJSON(kind: "import", message: ScriptOutput.count(imported.findings), details: details)
            } else {
                ScriptFiles.output(output, of: scripts).print(imported.findings)
                Terminal.complain("weft: \(ScriptOutput.count(imported.findings)); no topology was made")
            }
            throw ExitCode.refused
        }
        if let destination { try write(yaml, to: destination) }
        if output.json { return Terminal.write(ImportDocument(topology: yaml, findings: details)) }
        ScriptFiles.output(output, of: scripts).print(imported.findings)
        if destination == nil { Terminal.write(yaml) }
    }

    /// The topology, with what `weft check` would refuse in comments and among the findings.
    private func checked(_ imported: inout NetworkScriptImport) -> String {
        let yaml = TopologyYAML(imported.network, comments: imported.comments, heading: ["Imported by weft from \(directory)."], hardwareAddresses: imported.hardwareAddresses)
        let mended = MendedTopology(yaml.text, file: destination ?? "topology.yaml")
        for removal in mended.removals {
            imported.refuse(
                removal.diagnostic.message, fix: removal.diagnostic.fix, key: removal.key, item: removal.item, link: yaml.link(ofLine: removal.line))
        }
        return mended.text
    }

    private func write(_ text: String, to path: String) throws {
        func failure() -> ExitCode { Failure.exit(output, kind: "file", message: "\(path): \(String(cString: strerror(errno)))") }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            if errno == EEXIST { throw Failure.exit(output, kind: "file", message: "\(path) is there already", fix: "give the name of a new file") }
            throw failure()
        }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let failed = failure()
                unlink(path)
                throw failed
            }
            rest = rest.dropFirst(count)
        }
    }
}
