internal import ArgumentParser
internal import DomainService
internal import HostNetwork
internal import Planner
internal import Report
internal import Topology

/// `weft vm repair`
struct VMRepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Put every tap back into the bridge that its domain's configuration names, and on its VLANs.",
        discussion: """
            For taps that lost their bridge when it was deleted and made again; libvirt itself does not notice that. VLANs and port \
            options are those of /etc/weft/topology.yaml, or of --file: a tap that came back, or whose domain was started anew \
            without `weft hook`, has none.
            """)

    @Option(name: .long, help: ArgumentHelp("The topology file that says the VLANs; otherwise /etc/weft/topology.yaml.", valueName: "path"), completion: .file())
    var file: String?

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var patience: WaitOptions
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
        let wantedDomains = try topology()?.domains ?? []
        let change = ChangeRun(
            title: snapshot.uri, purpose: .repair, confirm: confirm, output: output, removalsAgreed: nil, patience: patience)
        try change.run(in: namespace.namespace) { host in
            let strays = snapshot.strayTaps(in: host.network)
            var wanted = HostNetwork(links: strays)
            for port in snapshot.tapPorts(of: wantedDomains) where wanted[port.tap] != nil || host.network[port.tap]?.master == port.bridge {
                if port.settings.vlans == nil || host.network[port.bridge]?.filtersVLANs == true { wanted.want(port) }
            }
            var request = try host.request(wanted: wanted)
            request.scope = .only(Set(wanted.links.keys))
            return (request, Planner.plan(request))
        }
    }

    /// What says the VLANs; `nil` where nothing is installed and nothing named.
    private func topology() throws -> Topology? {
        if let file { return try TopologyFile.load(file, output: output, warns: false) }
        return try TopologyFile.installed(for: namespace, output: output)
    }
}
