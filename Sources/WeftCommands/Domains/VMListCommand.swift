internal import ArgumentParser
internal import DomainService
internal import HostNetwork
internal import Report

/// `weft vm list`
struct VMListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show each domain's interfaces: where they hang, and what is amiss.",
        discussion: """
            A read-only connection is enough. Marked with ! are interfaces whose tap is not in the bridge that the domain's \
            configuration names, a MAC that is used twice, and a stored bridge that is not on the host. The amounts are the guest's: \
            received is what the guest received.
            """)

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var session = try connection.open(isReadOnly: true, output: output)
        let snapshot: DomainSnapshot
        do { snapshot = try session.snapshot(withCounters: true) } catch { throw Failure.exit(output, error) }
        let network = try snapshot.isOfThisHost ? Host.read(namespace.namespace, output: output).network : nil
        let inventory = DomainInventory(snapshot, network: network)
        if output.json {
            Terminal.write(DomainListDocument(inventory))
        } else {
            Terminal.write(DomainTable(inventory, style: Terminal.style(output.color)).text + "\n")
        }
    }
}
