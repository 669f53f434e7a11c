public import HostNetwork

/// What `brctl showstp NAME` tells of a bridge: `weft show stp NAME`.
public struct SpanningTreeReport: JSONDocument {
    /// A port.
    public struct Port: Encodable, Sendable {
        let name: String
        let number: UInt16
        let id: String
        let state: String
        let cost: Int64?
        let priority: Int64?
        let designatedRoot: String
        let designatedBridge: String
        let designatedPort: String
        let designatedCost: UInt16
        let messageAgeTimer: Double
        let forwardDelayTimer: Double
        let holdTimer: Double
        let configurationPending: Bool
        let changeAcknowledged: Bool
        let options: [String: OptionDocument]

        enum CodingKeys: String, CodingKey {
            case name, number, id, state, cost, priority
            case designatedRoot = "designated_root"
            case designatedBridge = "designated_bridge"
            case designatedPort = "designated_port"
            case designatedCost = "designated_cost"
            case messageAgeTimer = "message_age_timer"
            case forwardDelayTimer = "forward_delay_timer"
            case holdTimer = "hold_timer"
            case configurationPending = "config_pending"
            case changeAcknowledged = "topology_change_ack"
            case options
        }
    }

    public let schemaVersion = 1
    let name: String
    let stp: Bool
    let id: String
    let root: String
    let isRoot: Bool
    let rootPort: String?
    let rootPathCost: UInt32
    let topologyChange: Bool
    let topologyChangeDetected: Bool
    let helloTimer: Double
    let changeNoticeTimer: Double
    let changeTimer: Double
    let cleaningTimer: Double
    let options: [String: OptionDocument]
    let ports: [Port]

    private let status: LinkStatus.Bridge
    private let portStatus: [LinkStatus.BridgePort]
    private let values: OptionValues
    private let hairpins: [Bool]

    /// Takes a bridge as it was read; `nil` for any other link.
    public init?(_ network: HostNetwork, _ all: [LinkName: LinkStatus], of name: LinkName) {
        guard let bridge = network[name], bridge.kind == .bridge else { return nil }
        let status = all[name]?.bridge ?? LinkStatus.Bridge()
        let links = network.ports(of: name).map { (link: $0, state: all[$0.name]?.bridgePort ?? LinkStatus.BridgePort()) }
            .sorted { ($0.state.number, $0.link.name) < ($1.state.number, $1.link.name) }
        self.status = status
        portStatus = links.map(\.state)
        values = bridge.options
        hairpins = links.map { Self.number("hairpin", $0.link) == 1 }
        self.name = name.text
        stp = bridge.options.number(.stpState) ?? 0 != 0
        id = status.id
        root = status.root
        isRoot = status.isRoot
        rootPort = links.first { $0.state.number == status.rootPort && status.rootPort != 0 }?.link.name.text
        rootPathCost = status.rootPathCost
        topologyChange = status.isTopologyChanging
        topologyChangeDetected = status.hasDetectedChange
        helloTimer = Double(status.helloTimer) / 100
        changeNoticeTimer = Double(status.changeNoticeTimer) / 100
        changeTimer = Double(status.changeTimer) / 100
        cleaningTimer = Double(status.cleaningTimer) / 100
        options = OptionDocument.all(in: bridge.options)
        ports = links.map { link, state in
            Port(
                name: link.name.text, number: state.number, id: Self.hex(state.id), state: link.portState ?? "", cost: link.portOptions.number(.pathCost),
                priority: Self.number("priority", link), designatedRoot: state.designatedRoot, designatedBridge: state.designatedBridge,
                designatedPort: Self.hex(state.designatedPort), designatedCost: state.designatedCost,
                messageAgeTimer: Double(state.messageAgeTimer) / 100, forwardDelayTimer: Double(state.forwardDelayTimer) / 100,
                holdTimer: Double(state.holdTimer) / 100, configurationPending: state.isConfigurationPending,
                changeAcknowledged: state.isChangeAcknowledged, options: OptionDocument.all(in: link.portOptions))
        }
    }

    private static func number(_ option: String, _ link: Link) -> Int64? { OptionRow.named(option, in: .bridgePort).flatMap { link.portOptions.number($0) } }

    /// As `brctl` prints a port's id: `8001`.
    private static func hex(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// The report for a person, without a line end after its last line.
    public func text(_ style: Style = .plain) -> String {
        var page = StatusPage(name, stp ? "bridge, stp on" : "bridge, stp off")
        func option(_ name: String) -> String? { OptionRow.named(name, in: .bridge).flatMap { row in values[row].map { row.display(of: $0) } } }
        page.fields([
            ("bridge id", id), ("designated root", isRoot ? "\(root) (this bridge)" : root), ("root port", rootPort ?? "none"),
            ("root path cost", String(rootPathCost)), ("max age", option("max_age")), ("hello time", option("hello_time")),
            ("forward delay", option("forward_delay")), ("ageing time", option("ageing_time")),
            ("hello timer", StatusPage.seconds(status.helloTimer)), ("topology change notice timer", StatusPage.seconds(status.changeNoticeTimer)),
            ("topology change timer", StatusPage.seconds(status.changeTimer)), ("garbage collection timer", StatusPage.seconds(status.cleaningTimer)),
            ("topology change", topologyChange ? "yes" : "no"), ("topology change detected", topologyChangeDetected ? "yes" : "no"),
        ])
        page.table(
            "PORTS", ["NAME", "NO", "ID", "STATE", "COST", "DESIGNATED ROOT", "DESIGNATED BRIDGE", "DESIGNATED PORT", "DESIGNATED COST"],
            ports.map { port in
                [
                    port.name, String(port.number), port.id, port.state, port.cost.map { String($0) } ?? "", port.designatedRoot,
                    port.designatedBridge, port.designatedPort, String(port.designatedCost),
                ]
            })
        page.table(
            "TIMERS AND FLAGS", ["PORT", "MESSAGE AGE", "FORWARD DELAY", "HOLD", "CONFIG PENDING", "CHANGE ACK", "HAIRPIN"],
            zip(zip(ports, portStatus), hairpins).map { both, hairpin in
                let (port, state) = both
                return [
                    port.name, StatusPage.seconds(state.messageAgeTimer), StatusPage.seconds(state.forwardDelayTimer),
                    StatusPage.seconds(state.holdTimer), port.configurationPending ? "yes" : "no", port.changeAcknowledged ? "yes" : "no",
                    hairpin ? "on" : "off",
                ]
            })
        return page.text(style)
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case name, stp, id, root
        case isRoot = "is_root"
        case rootPort = "root_port"
        case rootPathCost = "root_path_cost"
        case topologyChange = "topology_change"
        case topologyChangeDetected = "topology_change_detected"
        case helloTimer = "hello_timer"
        case changeNoticeTimer = "tcn_timer"
        case changeTimer = "topology_change_timer"
        case cleaningTimer = "gc_timer"
        case options, ports
    }
}
