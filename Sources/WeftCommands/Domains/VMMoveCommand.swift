internal import ArgumentParser
internal import HostNetwork

/// `weft vm move`
struct VMMoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Move a domain's interface to another bridge, without unplugging it.",
        discussion: "The guest keeps its card and notices a blink of the link at most. From a libvirt network to a bridge too.")

    @Argument(help: "The domain's name or UUID.")
    var domain: String

    @Option(name: .long, help: ArgumentHelp("The interface's address.", valueName: "address"))
    var mac: MACArgument

    @OptionGroup var place: PlaceOptions

    @OptionGroup var options: VMChangeOptions
    @OptionGroup var connection: ConnectOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let run = VMChangeRun(connection: connection, namespace: namespace, output: output, options: options)
        try run.run(domain) { domain, network in
            try domain.requireInterface(mac.mac, output: output)
            return WantedInterface(mac: mac.mac, settings: DomainDeviceSettings(bridge: try place.bridge(in: network, output: output)))
        }
    }
}

extension Domain {
    /// Refuses a MAC that the domain does not have.
    func requireInterface(_ mac: MACAddress, output: OutputOptions) throws {
        guard !interfaces.contains(where: { $0.live?.mac == mac || $0.stored?.mac == mac }) else { return }
        let macs = interfaces.compactMap { $0.current?.mac.description }.joined(separator: ", ")
        throw Failure.exit(
            output, kind: "domain", message: "\(name) has no interface \(mac)", fix: macs.isEmpty ? "it has none at all" : "it has \(macs)")
    }
}
