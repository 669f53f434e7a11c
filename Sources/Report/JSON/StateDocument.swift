public import HostNetwork

/// A host's network for a program: everything that was read.
public struct StateDocument: JSONDocument, Codable, Hashable {
    public let schemaVersion: Int
    /// Every link, by name.
    public let links: [LinkDocument]
    /// Every route, by table, destination and metric.
    public let routes: [RouteDocument]
    /// Every routing rule, in the order in which the kernel goes through them, IPv4 first.
    public let rules: [RuleDocument]
    /// The VLAN tables of bridges, by port.
    public let bridgeVLANs: [BridgeVLANDocument]

    /// Takes the network as it was read.
    public init(_ network: HostNetwork) {
        self.init(network, links: network.sortedLinks, routes: network.routes, rules: network.rules)
    }

    /// Takes one link of the network as it was read, and what belongs to it: `nil` if there is no link of this name.
    ///
    /// Its routes are those over it, its rules those about it; a bridge's VLAN tables are those of its ports too.
    public init?(_ network: HostNetwork, only name: LinkName) {
        guard let link = network[name] else { return nil }
        let ports = Set([name] + network.ports(of: name).map(\.name))
        var part = network
        part.bridgeVLANs = network.bridgeVLANs.filter { ports.contains($0.key) }
        self.init(
            part, links: [link], routes: network.routes.filter { $0.links.contains(name) },
            rules: network.rules.filter { $0.inputLink == name || $0.outputLink == name })
    }

    private init(_ network: HostNetwork, links: [Link], routes: [Route], rules: [Rule]) {
        schemaVersion = 1
        self.links = links.map { LinkDocument($0) }
        self.routes = routes.map { (route: $0, document: RouteDocument($0)) }
            .sorted { ($0.route.key, $0.document.sortText) < ($1.route.key, $1.document.sortText) }.map(\.document)
        self.rules = rules.sorted(by: Rule.goesBefore).map { RuleDocument($0) }
        bridgeVLANs = network.bridgeVLANs.sorted { $0.key < $1.key }.map { BridgeVLANDocument($0.key, $0.value) }
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case links, routes, rules
        case bridgeVLANs = "bridge_vlans"
    }
}

/// One link. A field that the kernel does not tell, or that the link does not have, is left out.
public struct LinkDocument: Codable, Hashable, Sendable {
    /// The link's name.
    public let name: String
    /// What it is, by the kernel's name; `nic` and `loopback` for those without.
    public let kind: String
    /// `weft`, or `foreign` for whatever carries no mark of weft's.
    public let owner: String
    /// The kernel's index.
    public let index: Int32?
    /// The link below a VLAN.
    public let parent: String?
    /// The bond or bridge that it is a port of.
    public let master: String?
    /// Whether it is switched on.
    public let up: Bool?
    /// Whether it has a carrier.
    public let carrier: Bool?
    /// The operational state, as `ip` prints it.
    public let operationalState: String?
    /// The largest packet in bytes.
    public let mtu: UInt32?
    /// Its address.
    public let mac: String?
    /// The address that a NIC was built with.
    public let permanentMAC: String?
    /// The transmit queue's length in packets.
    public let txQueueLength: UInt32?
    /// The description (`ifalias`).
    public let description: String?
    /// Its further names.
    public let altnames: [String]?
    /// Whether it has IPv6.
    public let ipv6: Bool?
    /// How it makes its IPv6 link-local address.
    public let addressGeneration: String?
    /// Its name servers, as `resolvectl` writes them.
    public let dns: [String]?
    /// Its search domains; those that are only for asking begin with `~`.
    public let search: [String]?
    /// Its zone of firewalld's.
    public let zone: String?
    /// The link group.
    public let group: UInt32?
    /// Options of a bond, a bridge or a VLAN, by their names in the file.
    public let options: [String: OptionDocument]
    /// Options as a bridge's port, by their names in the file.
    public let portOptions: [String: OptionDocument]
    /// The port that a bond uses now.
    public let activePort: String?
    /// The spanning tree state as a bridge's port.
    public let portState: String?
    /// Its addresses.
    public let addresses: [AddressDocument]

    /// Takes a link as it was read.
    public init(_ link: Link) {
        name = link.name.text
        kind = link.kind.displayName
        owner = link.isOwned ? "weft" : "foreign"
        index = link.index
        parent = link.parent?.text
        master = link.master?.text
        up = link.isUp
        carrier = link.hasCarrier
        operationalState = link.operationalState
        mtu = link.mtu
        mac = link.mac?.description
        permanentMAC = link.permanentMAC?.description
        txQueueLength = link.txQueueLength
        description = link.alias.flatMap { $0.isEmpty ? nil : $0 }
        altnames = link.alternativeNames.flatMap { $0.isEmpty ? nil : $0 }
        ipv6 = link.hasIPv6
        addressGeneration = link.addressGeneration?.name
        dns = link.dns.flatMap { $0.servers.isEmpty ? nil : $0.servers.map(\.display) }
        search = link.dns.flatMap { $0.search.isEmpty ? nil : $0.search }
        zone = link.zone.flatMap { $0.isEmpty ? nil : $0 }
        group = link.group
        options = OptionDocument.all(in: link.options)
        portOptions = OptionDocument.all(in: link.portOptions)
        activePort = link.activePort?.text
        portState = link.portState
        addresses = (link.addresses ?? []).sorted { ($0.network, $0.label ?? "") < ($1.network, $1.label ?? "") }.map { AddressDocument($0) }
    }

    enum CodingKeys: String, CodingKey {
        case name, kind, owner, index, parent, master, up, carrier
        case operationalState = "operational_state"
        case mtu, mac
        case permanentMAC = "permanent_mac"
        case txQueueLength = "tx_queue_length"
        case description, altnames, ipv6
        case addressGeneration = "addr_gen_mode"
        case dns, search, zone, group, options
        case portOptions = "port_options"
        case activePort = "active_port"
        case portState = "port_state"
        case addresses
    }
}

/// An option's value in JSON's own types: a flag is a truth value, a choice its name, seconds and milliseconds are numbers.
public enum OptionDocument: Codable, Hashable, Sendable {
    /// A flag.
    case flag(Bool)
    /// A count, milliseconds, or whole seconds.
    case number(Int64)
    /// Seconds with a fraction.
    case fraction(Double)
    /// A choice or a link, by name.
    case word(String)
    /// A list of addresses, or of mappings such as `3:5`.
    case list([String])

    /// Takes an option's value by its row.
    public init(_ value: OptionValue, of row: OptionRow) {
        self =
            switch (value, row.meaning) {
            case (.number(let number), .flag): .flag(number != 0)
            case (.number(let number), .centiseconds): number % 100 == 0 ? .number(number / 100) : .fraction(Double(number) / 100)
            case (.number, .choice), (.number, .link): .word(row.text(of: value))
            case (.number(let number), _): .number(number)
            case (.link(let link), _): .word(link.text)
            case (.addresses(let addresses), _): .list(addresses.map(\.description))
            case (.mac(let mac), _): .word(mac.description)
            case (.priorities(let mappings), _): .list(mappings.map(\.description))
            }
    }

    static func all(in values: OptionValues) -> [String: OptionDocument] {
        values.entries.reduce(into: [:]) { all, entry in
            if let row = OptionRow.with(id: entry.id) { all[row.name] = OptionDocument(entry.value, of: row) }
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .number(number)
        } else if let fraction = try? container.decode(Double.self) {
            self = .fraction(fraction)
        } else if let word = try? container.decode(String.self) {
            self = .word(word)
        } else {
            self = .list(try container.decode([String].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .fraction(let fraction): try container.encode(fraction)
        case .word(let word): try container.encode(word)
        case .list(let list): try container.encode(list)
        }
    }
}
