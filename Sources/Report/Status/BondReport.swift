public import HostNetwork

/// What `/proc/net/bonding/NAME` tells of a bond, and what its mode wants of the switch: `weft show bond NAME`.
public struct BondReport: JSONDocument {
    /// The aggregation in use, in mode 4.
    public struct Aggregation: Encodable, Sendable {
        let aggregator: UInt16
        let portCount: UInt16
        let actorKey: UInt16
        let partnerKey: UInt16
        let partnerMAC: String?
        let hasPartner: Bool

        enum CodingKeys: String, CodingKey {
            case aggregator
            case portCount = "port_count"
            case actorKey = "actor_key"
            case partnerKey = "partner_key"
            case partnerMAC = "partner_mac"
            case hasPartner = "has_partner"
        }
    }

    /// Who one side of LACP says it is.
    public struct Side: Encodable, Sendable {
        let systemPriority: UInt16
        let systemMAC: String
        let key: UInt16
        let portPriority: UInt16
        let portNumber: UInt16

        init(_ side: LinkStatus.LACPSide) {
            systemPriority = side.systemPriority
            systemMAC = side.systemMAC
            key = side.key
            portPriority = side.portPriority
            portNumber = side.portNumber
        }

        enum CodingKeys: String, CodingKey {
            case systemPriority = "system_priority"
            case systemMAC = "system_mac"
            case key
            case portPriority = "port_priority"
            case portNumber = "port_number"
        }

        fileprivate var cells: [String] { [systemMAC, String(systemPriority), String(key), String(portNumber), String(portPriority)] }
    }

    /// A port.
    public struct Port: Encodable, Sendable {
        let name: String
        let up: Bool?
        let carrier: Bool?
        let active: Bool
        let miiStatus: String
        let failures: UInt32
        let mac: String?
        let permanentMAC: String?
        let queueID: UInt16?
        let aggregator: UInt16?
        let actorState: [String]?
        let partnerState: [String]?
        let speed: String?
        let duplex: String?
        let actorChurn: String?
        let partnerChurn: String?
        let actorChurnCount: UInt32?
        let partnerChurnCount: UInt32?
        let actor: Side?
        let partner: Side?
        let options: [String: OptionDocument]

        enum CodingKeys: String, CodingKey {
            case name, up, carrier, active
            case miiStatus = "mii_status"
            case failures = "link_failure_count"
            case mac
            case permanentMAC = "permanent_mac"
            case queueID = "queue_id"
            case aggregator
            case actorState = "actor_state"
            case partnerState = "partner_state"
            case speed, duplex
            case actorChurn = "actor_churn"
            case partnerChurn = "partner_churn"
            case actorChurnCount = "actor_churn_count"
            case partnerChurnCount = "partner_churn_count"
            case actor, partner
            case options
        }
    }

    public let schemaVersion = 1
    let name: String
    let mode: String
    let modeNumber: Int64
    let switchRequirement: String
    let up: Bool?
    let carrier: Bool?
    let mac: String?
    let activePort: String?
    let options: [String: OptionDocument]
    let aggregation: Aggregation?
    let ports: [Port]

    private let values: OptionValues

    /// Takes a bond as it was read; `nil` for any other link.
    public init?(_ network: HostNetwork, _ status: [LinkName: LinkStatus], of name: LinkName) {
        guard let bond = network[name], bond.kind == .bond, let mode = bond.bondMode else { return nil }
        self.name = name.text
        self.mode = mode.name
        modeNumber = mode.rawValue
        switchRequirement = mode.switchRequirement
        up = bond.isUp
        carrier = bond.hasCarrier
        mac = bond.mac?.description
        activePort = bond.activePort?.text
        values = bond.options
        options = OptionDocument.all(in: bond.options)
        aggregation = status[name]?.aggregation.map {
            Aggregation(
                aggregator: $0.aggregator, portCount: $0.portCount, actorKey: $0.actorKey, partnerKey: $0.partnerKey,
                partnerMAC: $0.partnerMAC?.description, hasPartner: $0.hasPartner)
        }
        ports = network.ports(of: name).map { port in
            let state = status[port.name]?.bondPort ?? LinkStatus.BondPort()
            return Port(
                name: port.name.text, up: port.isUp, carrier: port.hasCarrier, active: state.isActive, miiStatus: state.status,
                failures: state.failureCount, mac: port.mac?.description, permanentMAC: state.permanentMAC?.description, queueID: state.queueID,
                aggregator: state.aggregator, actorState: state.actorState?.names, partnerState: state.partnerState?.names,
                speed: state.speed, duplex: state.duplex, actorChurn: state.actorChurn, partnerChurn: state.partnerChurn,
                actorChurnCount: state.actorChurnCount, partnerChurnCount: state.partnerChurnCount, actor: state.actor.map { Side($0) },
                partner: state.partner.map { Side($0) },
                options: OptionDocument.all(in: port.portOptions))
        }
    }

    /// The report for a person, without a line end after its last line.
    public func text(_ style: Style = .plain) -> String {
        var page = StatusPage(name, "bond")
        page.fields([
            ("mode", "\(modeNumber) (\(mode))"), ("switch", switchRequirement), ("state", up == false ? "DOWN" : carrier == false ? "NO-CARRIER" : "UP"),
            ("mac", mac), ("active port", activePort),
        ])
        var rest = values
        rest[.mode] = nil
        page.options(.bond, rest, mode: BondMode(rawValue: modeNumber))
        if let aggregation {
            page.fields([
                ("aggregator", "\(aggregation.aggregator), of \(aggregation.portCount) \(aggregation.portCount == 1 ? "port" : "ports")"),
                ("keys", "\(aggregation.actorKey) here, \(aggregation.partnerKey) at the partner"),
                ("partner", aggregation.hasPartner ? aggregation.partnerMAC : "none: no switch answers by LACP"),
            ])
        }
        page.table(
            "PORTS", ["NAME", "STATE", "MII", "SPEED", "DUPLEX", "FAILURES", "MAC", "BUILT-IN MAC", "QUEUE", "AGGREGATOR"],
            ports.map { port in
                [
                    port.name, port.active ? "active" : "backup", port.miiStatus, port.speed ?? "", port.duplex ?? "", String(port.failures), port.mac ?? "", port.permanentMAC ?? "",
                    port.queueID.map { String($0) } ?? "", port.aggregator.map { String($0) } ?? "",
                ]
            })
        if ports.contains(where: { $0.actorState != nil }) {
            let rows = ports.flatMap { port in
                [
                    (port, "here", port.actor, port.actorState, port.actorChurn, port.actorChurnCount),
                    (port, "partner", port.partner, port.partnerState, port.partnerChurn, port.partnerChurnCount),
                ]
            }
            page.table(
                "LACP", ["PORT", "SIDE", "SYSTEM", "PRIORITY", "KEY", "PORT NO", "PORT PRIORITY", "CHURN", "CHURNED", "STATE"],
                rows.map { port, side, who, state, churn, count in
                    [port.name, side] + (who?.cells ?? ["", "", "", "", ""])
                        + [churn ?? "", count.map { String($0) } ?? "", (state ?? []).joined(separator: " ")]
                })
        }
        return page.text(style)
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case name, mode
        case modeNumber = "mode_number"
        case switchRequirement = "switch"
        case up, carrier, mac
        case activePort = "active_port"
        case options, aggregation, ports
    }
}
