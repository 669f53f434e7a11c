internal import ArgumentParser
internal import HostNetwork

/// `weft init trunk NIC --vlans 10,20`
struct InitTrunkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunk",
        abstract: "A topology with VLANs on a NIC or bond, each on a bridge of its own: brvlan-10 and so on.")

    @Argument(help: "The NIC or bond.", completion: .shellCommand("ls /sys/class/net"))
    var nic: String

    @Option(name: .long, help: ArgumentHelp("The VLANs' ids, such as 10,20,100-119.", valueName: "ids"))
    var vlans: String

    @OptionGroup var first: FirstTopologyOptions

    func run() throws {
        let nic = try FirstTopologyOptions.name(nic, "NIC")
        let items = try vlans.split(separator: ",", omittingEmptySubsequences: false).map { try Self.range(String($0)) }
        let list = items.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
        try first.write(more: ["", "trunks:", "  \(nic): {vlans: [\(list)]}"]) { network in
            guard network[nic] != nil else { throw ValueError("there is no link \(nic) here", fix: "`weft show` names them") }
            for upper in network.uppers(of: nic) {
                guard let id = upper.vlanID, items.contains(where: { $0.contains(Int(id.number)) }) else { continue }
                throw ValueError("VLAN \(id) on \(nic) is there already, as \(upper.name)", fix: "leave \(id) out")
            }
            return network
        }
    }

    private static func range(_ text: String) throws -> ClosedRange<Int> {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
        guard let low = ends.first ?? nil, let high = ends.last ?? nil, low <= high, 1...4094 ~= low, 1...4094 ~= high else {
            throw ValidationError("--vlans: '\(text)' is neither a VLAN id nor a range: write it like 10,20,100-119")
        }
        return low...high
    }
}
