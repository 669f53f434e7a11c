internal import ArgumentParser
internal import HostNetwork

/// `weft init unbridge BRIDGE`
struct InitUnbridgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unbridge",
        abstract: "A topology without a bridge: its one port has its addresses and routes again.")

    @Argument(help: "The bridge.", completion: .shellCommand("ls /sys/class/net"))
    var bridge: String

    @OptionGroup var first: FirstTopologyOptions

    func run() throws {
        let bridge = try FirstTopologyOptions.name(bridge, "BRIDGE")
        try first.write { network in try network.unbridging(bridge) }
    }
}
