public import HostNetwork

/// What `brctl showmacs NAME` and `bridge fdb` tell of a bridge, or of one of its ports: `weft show fdb NAME`.
public struct ForwardingReport: JSONDocument {
    /// An address.
    public struct Entry: Encodable, Sendable {
        let mac: String
        let link: String
        let portNumber: UInt16?
        let vlan: UInt16?
        let kind: String
        let ownList: Bool
        let externallyLearned: Bool
        let offloaded: Bool
        let sticky: Bool
        let updated: Double?
        let used: Double?

        enum CodingKeys: String, CodingKey {
            case mac, link
            case portNumber = "port_number"
            case vlan, kind
            case ownList = "own_list"
            case externallyLearned = "externally_learned"
            case offloaded, sticky
            case updated = "updated_seconds"
            case used = "used_seconds"
        }
    }

    public let schemaVersion = 1
    let name: String
    let bridge: String
    let entries: [Entry]

    private let ages: [(updated: UInt64?, used: UInt64?)]
    private let ageing: String?

    /// Takes the table of a bridge; of one of its ports, the entries there.
    public init(_ network: HostNetwork, _ status: [LinkName: LinkStatus], _ table: [ForwardingEntry], bridge: LinkName, only name: LinkName) {
        self.name = name.text
        self.bridge = bridge.text
        let sorted = table.filter { name == bridge || $0.link == name }.sorted {
            ($0.isOwnList ? 1 : 0, $0.link, $0.vlan ?? 0, $0.mac.description) < ($1.isOwnList ? 1 : 0, $1.link, $1.vlan ?? 0, $1.mac.description)
        }
        entries = sorted.map { entry in
            Entry(
                mac: entry.mac.description, link: entry.link.text, portNumber: status[entry.link]?.bridgePort?.number, vlan: entry.vlan,
                kind: entry.kind.rawValue, ownList: entry.isOwnList, externallyLearned: entry.isExternallyLearned, offloaded: entry.isOffloaded,
                sticky: entry.isSticky, updated: entry.updated.map { Double($0) / 100 }, used: entry.used.map { Double($0) / 100 })
        }
        ages = sorted.map { ($0.updated, $0.used) }
        let row = OptionRow.named("ageing_time", in: .bridge)
        ageing = row.flatMap { row in network[bridge]?.options[row].map { row.display(of: $0) } }
    }

    /// The report for a person, without a line end after its last line.
    public func text(_ style: Style = .plain) -> String {
        var page = StatusPage(name, name == bridge ? "bridge" : "port of \(bridge)")
        page.fields([("addresses learned", String(entries.count { $0.kind == "learned" && !$0.ownList })), ("forgotten after", ageing)])
        let rows = zip(entries, ages).map { entry, age in
            let marks = [
                entry.externallyLearned ? "external" : nil, entry.offloaded ? "offloaded" : nil, entry.sticky ? "sticky" : nil,
            ].compactMap(\.self)
            return (
                entry,
                [
                    entry.mac, entry.link, entry.portNumber.map { String($0) } ?? "", entry.vlan.map { String($0) } ?? "", entry.kind,
                    entry.kind == "learned" ? age.updated.map { StatusPage.seconds($0) } ?? "" : "", age.used.map { StatusPage.seconds($0) } ?? "",
                    marks.joined(separator: " "),
                ]
            )
        }
        page.table(
            "FORWARDING TABLE", ["MAC", "AT", "NO", "VLAN", "KIND", "SEEN", "USED", "MARKS"], rows.filter { !$0.0.ownList }.map(\.1))
        let own = rows.filter { $0.0.ownList }
        if !own.isEmpty { page.table("LISTENED TO BY THE LINKS THEMSELVES", ["MAC", "AT", "VLAN"], own.map { [$0.1[0], $0.1[1], $0.1[3]] }) }
        return page.text(style)
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case name, bridge, entries
    }
}
