internal import ArgumentParser
internal import DomainService
internal import HostNetwork
internal import Planner
internal import Report

/// `weft vm repair`
struct VMRepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Put every tap back into the bridge that its domain's configuration names.",
        discussion: "For taps that lost their bridge when it was deleted and made again. libvirt itself does not notice that.")

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var confirm: ConfirmOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var session = try connection.open(isReadOnly: true, output: output)
        let snapshot: DomainSnapshot
        do { snapshot = try session.snapshot() } catch { throw Failure.exit(output, error) }
        guard snapshot.isOfThisHost else {
            throw Failure.exit(output, kind: "host", message: "\(snapshot.uri) is libvirt on \(snapshot.host), and weft changes this host only")
        }
        let change = ChangeRun(
            title: snapshot.uri, purpose: .repair, confirm: confirm, output: output, removalsAgreed: nil)
        try change.run(in: namespace.namespace) { host in
            let wanted = snapshot.strayTaps(in: host.network)
            var request = try host.request(wanted: HostNetwork(links: wanted))
            request.scope = .only(Set(wanted.map(\.name)))
            return (request, Planner.plan(request))
        }
    }
}
