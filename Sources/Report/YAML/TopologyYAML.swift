public import HostNetwork

/// A wanted network as a topology file: all that it says, and nothing that it leaves unsaid.
///
/// ``StateYAML`` writes a host's state instead, which says everything and has to be told the usual from the rest.
public struct TopologyYAML: Sendable {
    private let network: HostNetwork
    private let comments: [LinkName: [String]]
    private let heading: [String]
    private let hardwareAddresses: [LinkName: MACAddress]

    /// Takes a wanted network.
    /// - Parameters:
    ///   - comments: what is to stand as comments at a link.
    ///   - heading: comments at the top.
    ///   - hardwareAddresses: NICs that are known by an address (`match`).
    public init(
        _ network: HostNetwork, comments: [LinkName: [String]] = [:], heading: [String] = [], hardwareAddresses: [LinkName: MACAddress] = [:]
    ) {
        self.hardwareAddresses = hardwareAddresses
        self.network = network
        self.comments = comments
        self.heading = heading
    }

    /// The whole file, its last line end included.
    public var text: String { written.lines.joined(separator: "\n") + "\n" }

    /// The link that a line of ``text`` is about, from 1; `nil` for what is about no link.
    public func link(ofLine number: Int) -> LinkName? { written.links.first { $0.lines.contains(number) }?.link }

    private var written: (lines: [String], links: [(lines: ClosedRange<Int>, link: LinkName)]) {
        var page = YAMLPage()
        var places: [(lines: ClosedRange<Int>, link: LinkName)] = []
        for line in heading { page.comment(line, 0) }
        page.entry("version", .literal("1"), 0)
        var written: Set<LinkName> = []
        for section in Section.allCases {
            let links = network.sortedLinks.filter { self.section(of: $0) == section }
            guard !links.isEmpty else { continue }
            page.blank()
            page.key(section.rawValue, 0)
            for link in links {
                let first = page.lines.count + 1
                write(link, in: section, to: &page)
                places.append((first...page.lines.count, link.name))
                written.insert(link.name)
            }
        }
        let routes = network.routes.filter { $0.link == nil }
        if !routes.isEmpty {
            page.blank()
            page.list("routes", routes.map(\.entries), 0)
        }
        let rules = network.rules.sorted(by: Rule.goesBefore)
        if !rules.isEmpty {
            page.blank()
            page.list("rules", rules.map(\.entries), 0)
        }
        // Links of which a topology says nothing but whose port or parent they are.
        let others = comments.keys.filter { !written.contains($0) }.sorted()
        if !others.isEmpty { page.blank() }
        for name in others {
            for comment in comments[name] ?? [] { page.comment("\(name): \(comment)", 0) }
        }
        return (page.lines, places)
    }

    private enum Section: String, CaseIterable {
        case ethernets, bonds, vlans, bridges
    }

    private func section(of link: Link) -> Section? {
        switch link.kind {
        case .bond: .bonds
        case .bridge: .bridges
        case .vlan: .vlans
        case .loopback: nil
        case .nic, .other: hasWords(link) || hardwareAddresses[link.name] != nil ? .ethernets : nil
        }
    }

    /// Whether a NIC says more than that something needs it.
    private func hasWords(_ link: Link) -> Bool {
        let isNeeded = link.master != nil || !network.uppers(of: link.name).isEmpty
        return link.isUp == false || link.isUp == true && !isNeeded || link.addresses != nil || link.mtu != nil || link.mac != nil
            || link.txQueueLength != nil || link.alias != nil || link.dhcp4 != nil || link.dhcp6 != nil || link.hasIPv6 != nil || link.dns != nil || link.zone != nil
            || !routes(of: link).isEmpty
    }

    private func routes(of link: Link) -> [Route] { network.routes.filter { $0.link == link.name } }

    private func write(_ link: Link, in section: Section, to page: inout YAMLPage) {
        page.key(link.name.text, 1)
        for comment in comments[link.name] ?? [] { page.comment(comment, 2) }
        if link.kind.isMaster, link.listsPorts { page.list("ports", link.portOrder.map { entry(forPort: $0) }, 2) }
        if let address = hardwareAddresses[link.name] { page.entry("match", .mapping([(key: "mac", value: .word(address.description))]), 2) }
        if let parent = link.parent { page.entry("parent", .word(parent.text), 2) }
        if let scope = link.kind.optionScope {
            for row in OptionRow.rows(of: scope) {
                guard let value = link.options[row] else { continue }
                if case .addresses(let addresses) = value {
                    page.list(row.name, addresses.map { .word($0.description) }, 2)
                } else {
                    page.entry(row.name, StateYAML.yaml(value, row), 2)
                }
            }
        }
        if link.kind == .bridge, let table = network.bridgeVLANs[link.name] { page.entry("self", .mapping(BridgeVLANWords(table).entries), 2) }
        if let mac = link.mac { page.entry("mac", .word(mac.description), 2) }
        if let mtu = link.mtu { page.entry("mtu", .literal(String(mtu)), 2) }
        if let length = link.txQueueLength { page.entry("txqueuelen", .literal(String(length)), 2) }
        if let alias = link.alias { page.entry("description", .freeText(alias), 2) }
        // What a topology makes is up unless it says otherwise; so is a NIC that something needs.
        if link.isUp == false || section == .ethernets && link.isUp == true { page.entry("up", .literal(link.isUp == true ? "true" : "false"), 2) }
        if let hasIPv6 = link.hasIPv6 { page.entry("ipv6", .literal(hasIPv6 ? "true" : "false"), 2) }
        if link.dhcp4 != nil { page.entry("dhcp4", .literal(link.dhcp4 == true ? "true" : "false"), 2) }
        if link.dhcp6 != nil { page.entry("dhcp6", .literal(link.dhcp6 == true ? "true" : "false"), 2) }
        if let addresses = link.addresses { page.list("addresses", addresses.map { .word($0.network.description) }, 2) }
        let routes = routes(of: link)
        if !routes.isEmpty { page.list("routes", routes.map(\.entries), 2) }
        page.services(of: link)
    }

    private func entry(forPort name: LinkName) -> YAMLPage.Value {
        let options = (OptionRow.rows(of: .bondPort) + OptionRow.rows(of: .bridgePort)).compactMap { row in
            network[name]?.portOptions[row].map { (key: row.name, value: StateYAML.yaml($0, row)) }
        }
        let vlans = network.bridgeVLANs[name].map { BridgeVLANWords($0).entries } ?? []
        let said = vlans + options
        return said.isEmpty ? .word(name.text) : .mapping([(key: "name", value: .word(name.text))] + said)
    }
}
