public import HostNetwork

/// What `/proc/net/vlan/NAME` tells of a VLAN, and `bridge vlan` of a bridge or of one of its ports: `weft show vlan NAME`.
public struct VLANReport: JSONDocument {
    /// What has passed over a VLAN.
    public struct Counters: Encodable, Sendable {
        let receivedFrames: UInt64
        let receivedBytes: UInt64
        let receivedMulticast: UInt64
        let sentFrames: UInt64
        let sentBytes: UInt64

        enum CodingKeys: String, CodingKey {
            case receivedFrames = "received_frames"
            case receivedBytes = "received_bytes"
            case receivedMulticast = "received_multicast"
            case sentFrames = "sent_frames"
            case sentBytes = "sent_bytes"
        }
    }

    public let schemaVersion = 1
    let name: String
    let kind: String
    let parent: String?
    let bridge: String?
    let filtering: Bool?
    let options: [String: OptionDocument]
    let counters: Counters?
    let bridgeVLANs: [BridgeVLANDocument]?

    private let values: OptionValues
    private let tables: [(link: LinkName, vlans: [BridgeVLAN])]

    /// Takes a VLAN, a bridge or a bridge's port as it was read with its tables; `nil` for any other link.
    public init?(_ network: HostNetwork, _ status: [LinkName: LinkStatus], of name: LinkName) {
        guard let link = network[name] else { return nil }
        let master = link.master.flatMap { network[$0] }.flatMap { $0.kind == .bridge ? $0 : nil }
        let bridge = link.kind == .bridge ? link : master
        guard bridge != nil || link.kind == .vlan else { return nil }
        self.name = name.text
        kind = link.kind.displayName
        parent = link.parent?.text
        self.bridge = bridge?.name.text
        filtering = bridge?.filtersVLANs
        values = link.kind == .vlan ? link.options : OptionValues()
        options = OptionDocument.all(in: values)
        counters = link.kind != .vlan ? nil : status[name]?.counters.map {
            Counters(
                receivedFrames: $0.receivedFrames, receivedBytes: $0.receivedBytes, receivedMulticast: $0.receivedMulticast,
                sentFrames: $0.sentFrames, sentBytes: $0.sentBytes)
        }
        let names = link.kind == .bridge ? [name] + network.ports(of: name).map(\.name) : bridge == nil ? [] : [name]
        tables = names.compactMap { port in network.bridgeVLANs[port].map { (port, $0) } }
        bridgeVLANs = bridge == nil ? nil : tables.map { BridgeVLANDocument($0.link, $0.vlans) }
        vlanOptions = bridge.map { bridge in
            [OptionRow.bridgeVLANProtocol, OptionRow.defaultPVIDRow].compactMap { row in
                row.flatMap { row in bridge.options[row].map { (row.name, row.display(of: $0)) } }
            }
        } ?? []
    }

    private let vlanOptions: [(name: String, value: String?)]

    /// The report for a person, without a line end after its last line.
    public func text(_ style: Style = .plain) -> String {
        var page = StatusPage(name, kind)
        if kind == "vlan" {
            page.fields([("on", parent ?? "a link of another namespace")])
            page.options(.vlan, values)
            if let counters {
                page.fields([
                    ("received", "\(counters.receivedFrames) frames (\(counters.receivedMulticast) multicast), \(counters.receivedBytes) bytes"),
                    ("sent", "\(counters.sentFrames) frames, \(counters.sentBytes) bytes"),
                ])
            }
        }
        guard let bridge, let filtering else { return page.text(style) }
        page.fields([(kind == "bridge" ? "filtering" : "filtering by \(bridge)", filtering ? "on" : "off: every VLAN passes everywhere, whatever the tables say")] + vlanOptions)
        page.table(
            "VLANS", ["AT", "PVID", "UNTAGGED", "TAGGED"],
            tables.map { link, vlans in
                func ids(_ some: [BridgeVLAN]) -> String { some.isEmpty ? "" : some.map { BridgeVLAN.text(of: $0.ids) }.joined(separator: ", ") }
                let place = link.text == bridge ? "\(link) itself" : link.text
                return [place, vlans.pvid.map { String($0) } ?? "", ids(vlans.filter(\.isUntagged)), ids(vlans.filter { !$0.isUntagged })]
            })
        return page.text(style)
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case name, kind, parent, bridge, filtering, options, counters
        case bridgeVLANs = "bridge_vlans"
    }
}
