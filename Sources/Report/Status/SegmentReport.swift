public import HostNetwork

/// The broadcast domains of a host and where it routes between them: `weft show segments`.
public struct SegmentReport: JSONDocument {
    /// One broadcast domain.
    public struct Entry: Encodable, Sendable {
        let id: Int
        let name: String
        let wires: [Wire]
        let bonds: [String]
        let vlans: [String]
        let bridges: [Bridge]
        let domains: [Guest]
        let ports: [String]
        let addresses: [Place]
        /// Whether there is nobody on it but wires.
        let idle: Bool
    }

    /// A card, and the tags of frames there.
    public struct Wire: Encodable, Sendable {
        let link: String
        let tags: [String]
    }

    /// A bridge; of one that tells VLANs apart, which of them.
    public struct Bridge: Encodable, Sendable {
        let link: String
        let vlans: String?
    }

    /// An interface of a domain's.
    public struct Guest: Encodable, Sendable {
        let domain: String
        let state: String
        let mac: String
        let tap: String?
        let tags: [String]
    }

    /// An address of the host's.
    public struct Place: Encodable, Sendable {
        let address: String
        let link: String
    }

    /// Between which of them the host routes.
    public struct Routing: Encodable, Sendable {
        let family: String
        let from: [Int]
        let to: [Int]
    }

    public let schemaVersion = 1
    let segments: [Entry]
    let routing: [Routing]

    private let found: [Segment]
    private let routes: [SegmentRouting]

    /// Takes the segments, and where the host routes between them.
    public init(_ segments: [Segment], _ routing: [SegmentRouting]) {
        found = segments
        routes = routing
        self.segments = segments.enumerated().map { place, segment in
            Entry(
                id: place + 1, name: segment.name, wires: segment.wires.map { Wire(link: $0.link.text, tags: $0.tags.map { BridgeVLAN.text(of: $0) }) },
                bonds: segment.bonds.map(\.text), vlans: segment.vlans.map(\.text),
                bridges: segment.bridges.map { Bridge(link: $0.link.text, vlans: $0.vlans.map { BridgeVLAN.text(of: $0) }) },
                domains: segment.guests.map { guest in
                    Guest(
                        domain: guest.domain, state: guest.state.rawValue, mac: guest.mac.description, tap: guest.tap?.text,
                        tags: guest.tags.map { BridgeVLAN.text(of: $0) })
                },
                ports: segment.ports.map(\.text), addresses: segment.addresses.map { Place(address: $0.network.description, link: $0.link.text) },
                idle: segment.isIdle)
        }
        self.routing = routing.map { Routing(family: $0.family.rawValue, from: $0.from.map { $0 + 1 }, to: $0.to.map { $0 + 1 }) }
    }

    /// The report for a person, without a line end after its last line.
    public func text(_ style: Style = .plain) -> String {
        guard !found.isEmpty else { return "This host has no links but loopback." }
        return (found.enumerated().flatMap { lines($1, number: $0 + 1) } + routingLines).map { $0.rendered(style) }.joined(separator: "\n")
    }

    private func lines(_ segment: Segment, number: Int) -> [StyledText] {
        var heading = StyledText("\(number)  ", .dim)
        heading.append(segment.name.printable, .bold)
        if segment.isIdle { heading.append("  nobody is on it", .dim) }
        var lines = [heading]
        func field(_ name: String, _ values: [String]) {
            guard !values.isEmpty else { return }
            var line = StyledText("     \(name.padded(to: Self.column))", .dim)
            line.append(values.joined(separator: ", ").printable)
            lines.append(line)
        }
        field("wires", segment.wires.map { $0.link.text + Self.tags($0.tags, none: "") })
        field("bonds", segment.bonds.map(\.text))
        field("VLANs", segment.vlans.map(\.text))
        field("bridges", segment.bridges.map { bridge in bridge.vlans.map { "\(bridge.link) VLAN \(BridgeVLAN.text(of: $0))" } ?? bridge.link.text })
        // Of a domain that does not run, several interfaces in one place read alike.
        var guests: [String] = []
        for guest in segment.guests {
            let text = "\(guest.domain) (\(guest.tap?.text ?? guest.state.rawValue))\(Self.tags(guest.tags, none: ""))"
            if !guests.contains(text) { guests.append(text) }
        }
        field("domains", guests)
        field("other ports", segment.ports.map(\.text))
        field("host", segment.addresses.map { "\($0.network) on \($0.link)" })
        return lines + [StyledText()]
    }

    private static let column = 13

    private static func tags(_ tags: [ClosedRange<UInt16>], none: String) -> String {
        tags.isEmpty ? none : " tagged \(tags.map { BridgeVLAN.text(of: $0) }.joined(separator: " in "))"
    }

    private var routingLines: [StyledText] {
        guard !routes.isEmpty else {
            let isPossible = found.count { !$0.addresses.isEmpty } > 1
            return [StyledText("The host routes between none of them\(isPossible ? ": forwarding is off where it has addresses" : "").")]
        }
        return routes.map { route in
            func names(_ places: [Int]) -> String { places.map { found[$0].name }.joined(separator: ", ") }
            var line = StyledText("The host routes ", .alarm)
            line.append(
                "\(route.family.rawValue) \(route.from == route.to ? "between \(names(route.to))" : "from \(names(route.from)) to \(names(route.to))"), unless a firewall forbids it."
                    .printable)
            return line
        }
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case segments, routing
    }
}
