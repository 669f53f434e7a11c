internal import ArgumentParser
internal import HostNetwork
internal import Netlink
internal import Report

/// What `weft show WORD NAME` takes, whatever the word.
struct ShowStatusOptions: ParsableArguments {
    @Argument(help: "The link's name.", completion: .shellCommand("ls /sys/class/net"))
    var name: String

    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    /// Reads the host and the state of its links, and prints a report of the link.
    /// - Parameter make: the report; `nil` where the link is of another kind, which `wanted` names.
    func show(
        vlanTables: Bool = false, wanted: String, _ make: (HostNetwork, [LinkName: LinkStatus], Link, inout KernelConnection) throws(NetlinkError) -> (any StatusReport)?
    ) throws {
        do {
            var kernel = try KernelConnection.open(in: namespace.namespace)
            let network = try kernel.snapshot(vlanTables: vlanTables)
            let link = try ShowLinkCommand.link(name, in: network, output: output)
            guard let report = try make(network, try kernel.linkStatus(), link, &kernel) else {
                throw Failure.exit(output, kind: "wrong-kind", message: "\(name) is a \(link.kind.displayName), and not \(wanted)", fix: "`weft show \(name)` shows what it is")
            }
            if output.json { Terminal.write(report) } else { Terminal.write(report.text(Terminal.style(output.color)) + "\n") }
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        }
    }
}

/// A report that is shown as text or as JSON.
protocol StatusReport: JSONDocument {
    func text(_ style: Style) -> String
}

extension BondReport: StatusReport {}
extension SpanningTreeReport: StatusReport {}
extension ForwardingReport: StatusReport {}
extension VLANReport: StatusReport {}

/// `weft show bond NAME`
struct ShowBondCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bond",
        abstract: "Show a bond with its ports' state, LACP and what its mode wants of the switch: as /proc/net/bonding.")

    @OptionGroup var options: ShowStatusOptions

    func run() throws {
        try options.show(wanted: "a bond") { [namespace = options.namespace.namespace] network, status, link, _ throws(NetlinkError) in
            var status = status
            BondDetails.read(of: link.name, in: namespace).map { $0.complete(&status) }
            return BondReport(network, status, of: link.name)
        }
    }
}

/// `weft show stp NAME`
struct ShowSTPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stp", abstract: "Show a bridge's spanning tree: its root, timers and ports, as brctl showstp.")

    @OptionGroup var options: ShowStatusOptions

    func run() throws {
        try options.show(wanted: "a bridge") { network, status, link, _ throws(NetlinkError) in SpanningTreeReport(network, status, of: link.name) }
    }
}

/// `weft show fdb NAME`
struct ShowFDBCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fdb", abstract: "Show where a bridge has seen which MAC address, as brctl showmacs and bridge fdb; of a port, what is there.")

    @OptionGroup var options: ShowStatusOptions

    func run() throws {
        try options.show(wanted: "a bridge or a bridge's port") { network, status, link, kernel throws(NetlinkError) in
            let bridge = link.kind == .bridge ? link.name : link.master
            guard let bridge, network[bridge]?.kind == .bridge else { return nil }
            return ForwardingReport(network, status, try kernel.forwardingTable(of: bridge), bridge: bridge, only: link.name)
        }
    }
}

/// `weft show vlan NAME`
struct ShowVLANCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vlan",
        abstract: "Show a VLAN as /proc/net/vlan; of a bridge or its port, which VLANs pass, as bridge vlan.")

    @OptionGroup var options: ShowStatusOptions

    func run() throws {
        try options.show(vlanTables: true, wanted: "a VLAN, a bridge or a bridge's port") { network, status, link, _ throws(NetlinkError) in
            VLANReport(network, status, of: link.name)
        }
    }
}
