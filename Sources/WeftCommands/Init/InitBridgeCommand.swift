internal import ArgumentParser
internal import HostNetwork

/// `weft init bridge NIC`
struct InitBridgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bridge",
        abstract: "A topology that puts a NIC behind a bridge, with its addresses, routes and MAC.")

    @Argument(help: "The NIC, bond or VLAN.", completion: .shellCommand("ls /sys/class/net"))
    var nic: String

    @Option(name: .long, help: ArgumentHelp("The bridge's name.", valueName: "name"))
    var name = "br0"

    @OptionGroup var first: FirstTopologyOptions

    func run() throws {
        let (nic, bridge) = (try FirstTopologyOptions.name(nic, "NIC"), try FirstTopologyOptions.name(name, "--name"))
        try first.write(ports: [nic]) { network in try network.bridging(nic, behind: bridge) }
    }
}
