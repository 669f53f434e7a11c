internal import ArgumentParser
internal import Change
internal import HostNetwork
internal import Netlink
internal import Report

/// `weft show [NAME]`
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the network as the kernel has it: a tree from the NICs to the guests' taps.",
        discussion: "With --yaml: a topology file that plans to \"No changes.\" on this host.")

    @Argument(help: "Show just this link, with all its options.")
    var name: String?

    @Flag(name: .long, help: "Print a topology file.")
    var yaml = false

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
                Terminal.write(StateYAML(network, portsPut: host.record.ports(in: network)).text)
            } else {
                Terminal.write(StateTree(network, portsPut: host.record.ports(in: network)).text(Terminal.style(output.color)) + "\n")
            }
            return
        }
        guard let link = network.links.values.first(where: { $0.name.text == name }), let sheet = LinkSheet(network, link.name) else {
            let near = network.sortedLinks.map(\.name.text).joined(separator: ", ")
            throw Failure.exit(output, kind: "missing-link", message: "there is no link \(name) here", fix: "links here are \(near)")
        }
        if output.json, let document = StateDocument(network, only: link.name) {
            Terminal.write(document)
        } else {
            Terminal.write(sheet.text(Terminal.style(output.color)) + "\n")
        }
    }
}
