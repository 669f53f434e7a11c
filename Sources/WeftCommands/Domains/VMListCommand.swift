internal import ArgumentParser
internal import DomainService
internal import HostNetwork
internal import Report
internal import Topology

/// `weft vm list`
struct VMListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show each domain's interfaces: where they hang, and what is amiss.",
        discussion: """
            A read-only connection is enough. Marked with ! are interfaces whose tap is not in the bridge that the domain's \
            configuration names, or on other VLANs than /etc/weft/topology.yaml says, a MAC that is used twice, and a stored bridge that is \
            not on the host. The amounts are the guest's: \
            received is what the guest received.
            """)

    @Flag(name: .long, help: "Print each domain's interfaces as `virt-install --network` wants them.")
    var args = false

    @Option(
        name: .long,
        help: ArgumentHelp("With --args: the domains of this topology file instead, defined or not; libvirt is not asked.", valueName: "path"), completion: .file())
    var file: String?

    @Flag(name: .long, help: "Then tell what happens to them, a line each, until it is ended: start, stop, attach, detach, move, migration.")
    var watch = false

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if args, watch { throw ValidationError("--args and --watch exclude each other.") }
        if args, output.json { throw ValidationError("--args and --json exclude each other.") }
        if file != nil, !args { throw ValidationError("--file goes with --args.") }
    }

    func run() throws {
        if let file {
            let topology = try TopologyFile.load(file, output: output, warns: false)
            return Terminal.write(VirtInstallArguments.text(of: topology.domains, host: Host.name))
        }
        if watch { return try DomainWatch(uri: connection.uri, namespace: namespace.namespace, output: output).run() }
        var session = try connection.open(isReadOnly: true, output: output)
        let snapshot: DomainSnapshot
        do { snapshot = try session.snapshot(withCounters: true) } catch { throw Failure.exit(output, error) }
        if args {
            Terminal.write(VirtInstallArguments.text(of: snapshot))
            for note in VirtInstallArguments.leftOut(of: snapshot) { Terminal.complain("note: \(note)") }
            return
        }
        let network = try snapshot.isOfThisHost ? Host.read(namespace.namespace, output: output).network : nil
        let wanted = network == nil ? [] : TopologyFile.installedDomains(for: namespace)
        let inventory = DomainInventory(snapshot, network: network, wanted: wanted)
        if output.json {
            Terminal.write(DomainListDocument(inventory))
        } else {
            Terminal.write(DomainTable(inventory, style: Terminal.style(output.color)).text + "\n")
        }
    }
}
