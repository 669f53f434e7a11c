internal import ArgumentParser
internal import HostNetwork

/// `weft vm attach`
struct VMAttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Plug a new interface into a domain.",
        discussion: """
            Into the running instance and the stored configuration, whichever the domain has. A MAC that is in use on this host, and \
            a bridge that is not there, are refused. Without --mac the interface gets one made of the host's and the domain's names.
            """)

    @Argument(help: "The domain's name or UUID.")
    var domain: String

    @OptionGroup var place: PlaceOptions

    @Option(name: .long, help: ArgumentHelp("The guest's address.", valueName: "address"))
    var mac: MACArgument?

    @Option(name: .long, help: ArgumentHelp("The card that the guest sees.", valueName: "model"))
    var model = "virtio"

    @Option(name: .long, help: ArgumentHelp("The name of the host's end; libvirt makes one up otherwise.", valueName: "name"))
    var target: String?

    @Option(name: .long, help: ArgumentHelp("The largest packet that the guest is told of.", valueName: "bytes"))
    var mtu: UInt32?

    @Flag(name: .long, help: "Let it speak with no other isolated port of its bridge.")
    var isolated = false

    @OptionGroup var options: VMChangeOptions
    @OptionGroup var connection: ConnectOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard DomainDeviceSettings.isModel(model) else { throw ValidationError("--model: '\(model)' cannot be a card's model: virtio, e1000, e1000e, rtl8139 and the like.") }
        if let mtu, !(68...65535).contains(mtu) { throw ValidationError("--mtu: from 68 to 65535 bytes.") }
        guard let target else { return }
        do { _ = try LinkName(target) } catch { throw ValidationError("--target: \(error)") }
    }

    func run() throws {
        let run = VMChangeRun(connection: connection, namespace: namespace, output: output, options: options)
        try run.run(domain) { domain, network in
            if let mac = mac?.mac, domain.interfaces.contains(where: { $0.live?.mac == mac || $0.stored?.mac == mac }) {
                throw Failure.exit(
                    output, kind: "domain", message: "\(domain.name) has an interface \(mac) already", fix: "`weft vm move` moves it to another bridge")
            }
            let settings = DomainDeviceSettings(
                bridge: try place.bridge(in: network, output: output), model: model, target: target, mtu: mtu, isIsolated: isolated ? true : nil)
            // An interface of that name would be taken for the one that is meant.
            if let target, domain.interfaces.contains(where: { $0.live?.target == target || $0.stored?.target == target }) {
                throw Failure.exit(output, kind: "domain", message: "\(domain.name) has an interface with the end \(target) already", fix: "choose another name")
            }
            return WantedInterface(mac: mac?.mac, settings: settings)
        }
    }
}
