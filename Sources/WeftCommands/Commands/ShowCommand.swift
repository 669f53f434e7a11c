internal import ArgumentParser
internal import Change
internal import HostNetwork
internal import Netlink
internal import Report

/// `weft show …`: of the whole network, or more of one link. Without a further word it is `weft show link`.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the network as the kernel has it: all of it, one link, or a bond, spanning tree, address table or VLANs.",
        discussion: """
            `weft show` draws a tree from the NICs to the guests' taps, and `weft show NAME` tells all of one link; `weft show \
            --yaml` prints a topology file that plans to "No changes." on this host. A link that is called like one of the words \
            below is shown by `weft show link NAME`.
            """,
        subcommands: [ShowLinkCommand.self, ShowBondCommand.self, ShowSTPCommand.self, ShowFDBCommand.self, ShowVLANCommand.self, ShowSegmentsCommand.self],
        defaultSubcommand: ShowLinkCommand.self)
}

/// `weft show [link] [NAME]`
struct ShowLinkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Show the whole network as a tree, or one link with all its options.",
        usage: "weft show [link] [<name>] [--yaml] [--connect <uri>] [--netns <name>] [--json] [--color <color>]")

    @Argument(help: "Show just this link, with all its options.", completion: .shellCommand("ls /sys/class/net"))
    var name: String?

    @Flag(name: .long, help: "Print a topology file, with the domains where libvirt answers.")
    var yaml = false

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if yaml, output.json { throw ValidationError("--yaml and --json exclude each other.") }
        if yaml, name != nil { throw ValidationError("--yaml prints the whole host, not one link.") }
    }

    func run() throws {
        let host = try Host.read(namespace.namespace, output: output, withFacts: false)
        Unfinished.mention(cookie: host.kernel.namespaceCookie)
        let network = host.network
        guard let name else {
            if output.json {
                Terminal.write(StateDocument(network))
            } else if yaml {
                let domains = GuestQuestion(connect: connection.connect, namespace: namespace.namespace).snapshot(besides: network)
                Terminal.write(StateYAML(network, portsPut: host.record.ports(in: network), domains: domains).text)
            } else {
                Terminal.write(StateTree(network, portsPut: host.record.ports(in: network)).text(Terminal.style(output.color)) + "\n")
            }
            return
        }
        try Self.show(name, network, output: output)
    }

    /// The link of a name.
    static func link(_ name: String, in network: HostNetwork, output: OutputOptions) throws -> Link {
        if let link = network.links.values.first(where: { $0.name.text == name }) { return link }
        let near = network.sortedLinks.map(\.name.text).joined(separator: ", ")
        throw Failure.exit(output, kind: "missing-link", message: "there is no link \(name) here", fix: "links here are \(near)")
    }

    /// Prints all that is known of one link.
    static func show(_ name: String, _ network: HostNetwork, output: OutputOptions) throws {
        let link = try link(name, in: network, output: output)
        guard let sheet = LinkSheet(network, link.name) else { return }
        if output.json, let document = StateDocument(network, only: link.name) {
            Terminal.write(document)
        } else {
            Terminal.write(sheet.text(Terminal.style(output.color)) + "\n")
        }
    }
}
