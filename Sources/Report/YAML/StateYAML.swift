public import HostNetwork

/// The host's network as a topology file: applied on this host, it plans to "No changes."
///
/// It says what differs from a new link's defaults, so that a person can read it. What comes and goes by itself is left out:
/// addresses with a lifetime, what the kernel or a daemon set, and guests' taps among a bridge's ports. What a topology file
/// cannot say is named in a comment.
public struct StateYAML: Sendable {
    let network: HostNetwork
    let domains: DomainSnapshot?
    private let portsPut: Set<LinkName>
    private let links: [Link]
    private let portsByMaster: [LinkName: [Link]]
    private let vlanParents: Set<LinkName>
    private let routesByLink: [LinkName: [Route]]

    /// Takes the network as it was read.
    ///
    /// - Parameter portsPut: foreign links that weft put into their masters, from its record. They are listed as ports, for a
    ///   file that omits them would send them away.
    /// - Parameter domains: the domains of this host, where libvirt was asked.
    public init(_ network: HostNetwork, portsPut: Set<LinkName> = [], domains: DomainSnapshot? = nil) {
        self.network = network
        self.domains = domains
        self.portsPut = portsPut
        links = network.sortedLinks
        var ports: [LinkName: [Link]] = [:]
        for link in links { if let master = link.master { ports[master, default: []].append(link) } }
        portsByMaster = ports
        vlanParents = Set(links.filter { $0.kind == .vlan }.compactMap(\.parent))
        var routes: [LinkName: [Route]] = [:]
        for route in network.routes where route.isSaid && route.nextHops.isEmpty { if let link = route.link { routes[link, default: []].append(route) } }
        routesByLink = routes.mapValues { $0.sorted { $0.key < $1.key } }
    }

    /// The whole file, its last line end included.
    public var text: String { lines.joined(separator: "\n") + "\n" }

    /// The file's lines.
    public var lines: [String] {
        var page = YAMLPage()
        page.entry("version", .literal("1"), 0)
        let sections = Dictionary(grouping: links, by: { section(of: $0) })
        for section in Section.allCases {
            guard let links = sections[section] else { continue }
            page.blank()
            page.key(section.rawValue, 0)
            for link in links { write(link, in: section, to: &page) }
        }
        writeHostWide(to: &page)
        writeDomains(to: &page)
        let remarks = remarks(leftOut: sections[nil] ?? [])
        if !remarks.isEmpty { page.blank() }
        for remark in remarks { page.comment(remark, 0) }
        return page.lines
    }

    // MARK: Which links

    private enum Section: String, CaseIterable {
        case ethernets, bonds, vlans, bridges
    }

    private func section(of link: Link) -> Section? {
        guard isSayable(link) else { return nil }
        switch link.kind {
        case .bond: return .bonds
        case .bridge: return .bridges
        case .vlan: return .vlans
        case .loopback: return nil
        case .nic: return hasMoreThanUsual(link) ? .ethernets : nil
        // Stand-ins for NICs, when the host itself speaks over them; and whatever is below a VLAN or in a bond, but down.
        case .other(let kind):
            let isStandIn = kind == "dummy" || kind == "veth" || kind == "netkit"
            return isStandIn && speaks(link) || isSwitchedOffBelow(link) ? .ethernets : nil
        }
    }

    /// Names that a topology file does not take, and VLANs whose parent is not to be seen.
    private func isSayable(_ link: Link) -> Bool {
        isSayable(link.name) && !network.isCutOff(link) && (link.kind != .vlan || link.parent.map { network[$0] != nil && isSayable($0) } ?? false)
    }

    func isSayable(_ name: LinkName) -> Bool {
        !name.text.contains("%") && (try? LinkName(name.text)) != nil
    }

    private func hasMoreThanUsual(_ link: Link) -> Bool {
        speaks(link) || changedMTU(link) != nil || changedMAC(link) != nil || description(link) != nil || isSwitchedOffBelow(link)
    }

    private func speaks(_ link: Link) -> Bool { !addresses(of: link).isEmpty || !routes(of: link).isEmpty || leases(link) }

    /// A link that others need is switched on by default, so one that is not has to be named.
    private func isSwitchedOffBelow(_ link: Link) -> Bool {
        guard link.isUp == false else { return false }
        return vlanParents.contains(link.name) || link.master.map { isListed(link, in: $0) } ?? false
    }

    // MARK: One link

    private func write(_ link: Link, in section: Section, to page: inout YAMLPage) {
        page.key(link.name.text, 1, comment: link.kind.isManaged && !link.isOwned ? "not made by weft" : nil)
        if link.kind.isMaster { writePorts(of: link, to: &page) }
        if link.kind == .vlan, let parent = link.parent { page.entry("parent", .word(parent.text), 2) }
        writeOptions(of: link, to: &page)
        if let table = network.saidVLANs(of: link.name, in: link.name) { page.entry("self", .mapping(BridgeVLANWords(table).entries), 2) }
        if let mac = changedMAC(link) { page.entry("mac", .word(mac.description), 2) }
        if let mtu = changedMTU(link) { page.entry("mtu", .literal(String(mtu)), 2) }
        if link.kind.isManaged, let length = link.txQueueLength, length != Self.usualQueue {
            page.entry("txqueuelen", .literal(String(length)), 2)
        }
        writeIPv6(of: link, to: &page)
        if let description = description(link) { page.entry("description", .freeText(description), 2) }
        if link.isUp == false, section != .ethernets || speaks(link) || isSwitchedOffBelow(link) { page.entry("up", .literal("false"), 2) }
        for (key, family) in [("dhcp4", IPAddress.Family.ipv4), ("dhcp6", .ipv6)] where leases(link, family) { page.entry(key, .literal("true"), 2) }
        writeAddresses(of: link, to: &page)
        let routes = routes(of: link)
        if !routes.isEmpty { page.list("routes", routes.map { $0.entries }, 2) }
        page.services(of: link)
    }

    /// IPv6 and further names, of links that weft makes; a NIC's are udev's, and the kernel's settings.
    private func writeIPv6(of link: Link, to page: inout YAMLPage) {
        guard link.kind.isManaged else { return }
        let names = (link.alternativeNames ?? []).filter { !$0.contains { $0 == "/" || $0.isWhitespace } && $0 != "." && $0 != ".." }
        if !names.isEmpty { page.list("altnames", names.map { .word($0) }, 2) }
        // A kernel without IPv6, and an MTU that is too small for it, need no words; neither does a link with addresses.
        let isOff = link.hasIPv6 == false && hasIPv6 && link.mtu ?? Self.usualMTU >= 1280
        if isOff { page.entry("ipv6", .literal("false"), 2) }
        if link.hasIPv6 == true, let mode = link.addressGeneration, mode != .eui64, mode != .stableSecret {
            page.entry("addr_gen_mode", .word(mode.name), 2)
        }
    }

    /// Whether the kernel has IPv6 at all.
    private var hasIPv6: Bool { links.contains { $0.hasIPv6 == true } }

    private func writePorts(of master: Link, to page: inout YAMLPage) {
        let ports = portsByMaster[master.name] ?? []
        let listed = ports.filter { isListed($0, in: master.name) }
        page.list("ports", listed.map { entry(forPort: $0) }, 2)
        let others = ports.filter { !isListed($0, in: master.name) }
        if !others.isEmpty {
            page.comment("ports that others put here, and that stay: \(others.map(\.name.text).joined(separator: ", "))", 2)
        }
    }

    /// Whether a port belongs into the file: a bond's always, a bridge's if it is a NIC, a bond or a VLAN, or weft put it there.
    private func isListed(_ port: Link, in master: LinkName) -> Bool {
        guard let above = network[master], above.kind.isMaster, isSayable(above), isSayable(port) else { return false }
        return above.kind == .bond || port.kind == .nic || port.kind.isManaged || port.isOwned || portsPut.contains(port.name)
    }

    private func entry(forPort port: Link) -> YAMLPage.Value {
        let entries = settings(ofPort: port)
        return entries.isEmpty ? .word(port.name.text) : .mapping([(key: "name", value: .word(port.name.text))] + entries)
    }

    /// What a port has otherwise than a new one: its VLANs and options.
    func settings(ofPort port: Link) -> [(key: String, value: YAMLPage.Value)] {
        let master = port.master.flatMap { network[$0] }
        let rows = master?.kind.portScope.map { OptionRow.rows(of: $0) } ?? []
        let options = rows.compactMap { row -> (key: String, value: YAMLPage.Value)? in
            guard let value = port.portOptions[row], value != row.kernelDefault, Self.isSayable(value, row), master?.bondMode.map({ row.modes.contains($0) }) ?? true, row.id != OptionRow.pathCost.id || !isUsualCost(value)
            else { return nil }
            return (row.name, Self.yaml(value, row))
        }
        let vlans = port.master.flatMap { network.saidVLANs(of: port.name, in: $0) }.map { BridgeVLANWords($0).entries } ?? []
        return vlans + options
    }

    /// The costs that the kernel derives from a port's speed (`port_cost()` in `net/bridge/br_if.c`).
    private func isUsualCost(_ value: OptionValue) -> Bool {
        OptionRow.automaticPathCosts.contains { value == .number($0) }
    }

    private func writeOptions(of link: Link, to page: inout YAMLPage) {
        guard let scope = link.kind.optionScope else { return }
        for row in OptionRow.rows(of: scope) {
            // Without ARP monitoring there is nothing to validate, and a new bond takes no such word beside miimon.
            guard let value = link.options[row], row.id != OptionRow.arpValidate.id || link.options.number(.arpInterval) ?? 0 != 0 else { continue }
            // What a spanning tree has put its own in place of, nobody set.
            if link.overriddenOptions.contains(row.id) { continue }
            // Whoever reads how a bond watches its ports need not know what is so by default in which mode.
            let isEssential = row.id == OptionRow.mode.id || row.id == OptionRow.vlanID.id || row.defaultDependsOnMode && value != row.kernelDefault
            guard isEssential || value != network.usualValue(of: row, in: link.bondMode), !row.isMomentary, link.bondMode.map({ row.modes.contains($0) }) ?? true else { continue }
            guard Self.isSayable(value, row) else {
                page.comment("\(row.name) is \(row.display(of: value)), and a file takes \(row.rangeText)", 2)
                continue
            }
            switch value {
            case .addresses(let addresses):
                if !addresses.isEmpty { page.list(row.name, addresses.map { .word($0.description) }, 2) }
            case .link(let other):
                if network[other]?.master == link.name { page.entry(row.name, .word(other.text), 2) }
            case .number, .mac: page.entry(row.name, Self.yaml(value, row), 2)
            case .priorities(let mappings):
                let items = mappings.map { (key: String($0.from), value: YAMLPage.Value.literal(String($0.to))) }
                page.entry(row.name, .mapping(items), 2)
            }
        }
    }

    /// Whether a file takes a value: the kernel takes some more, and has some that it sets by itself.
    private static func isSayable(_ value: OptionValue, _ row: OptionRow) -> Bool {
        guard case .number = value else { return true }
        return (try? row.parse(row.text(of: value))) == value
    }

    /// An option's value in the spelling of a topology file.
    static func yaml(_ value: OptionValue, _ row: OptionRow) -> YAMLPage.Value {
        switch row.meaning {
        // No choice reads as anything but itself: `802.3ad` is no number.
        case .flag, .count, .mask, .milliseconds, .centiseconds, .choice: .literal(row.text(of: value))
        case .link, .ipv4List, .ipv6List, .mac, .bridgeGroup, .priorityMap: .word(row.text(of: value))
        }
    }

    // MARK: Fields

    /// A new link's MTU (`ETH_DATA_LEN`) and queue (`DEFAULT_TX_QUEUE_LEN`).
    private static let usualMTU: UInt32 = 1500
    private static let usualQueue: UInt32 = 1000

    /// The MTU, where it is not a new link's; a bond gives its own to its ports, so they need not say it.
    private func changedMTU(_ link: Link) -> UInt32? {
        guard let mtu = link.mtu, mtu != Self.usualMTU else { return nil }
        if let master = link.master.flatMap({ network[$0] }), master.kind == .bond, master.mtu == mtu { return nil }
        return mtu
    }

    /// A NIC's MAC, where it is neither the one it was built with nor its bond's.
    private func changedMAC(_ link: Link) -> MACAddress? {
        guard link.kind == .nic, let mac = link.mac, let built = link.permanentMAC, mac != built, !built.isZero else { return nil }
        return link.master.flatMap { network[$0] }?.kind == .bond ? nil : mac
    }

    /// The description, if there is one that a topology file can hold.
    private func description(_ link: Link) -> String? {
        link.alias.flatMap { $0.isEmpty || isUnsayable($0) ? nil : $0 }
    }

    /// Several lines, or a byte order mark in front, which readers drop.
    private func isUnsayable(_ text: String) -> Bool {
        text.contains(where: \.isNewline) || text.unicodeScalars.first == "\u{feff}"
    }

    // MARK: Addresses and routes

    private func isSaid(_ address: Address) -> Bool {
        !address.isKernelMade && !address.isDynamic && (address.isOwned || address.origin == 0)
    }

    func addresses(of link: Link) -> [Address] { (link.addresses ?? []).filter { isSaid($0) } }

    /// Whether the link has an address of a DHCP client's: one with a lifetime, which no router advertised. DHCPv6 gives out
    /// addresses without a prefix, which tells them from those of kernels that do not say where an address came from.
    private func leases(_ link: Link, _ family: IPAddress.Family? = nil) -> Bool {
        (link.addresses ?? []).contains { address in
            guard address.isDynamic, !address.isKernelMade, family ?? address.network.address.family == address.network.address.family else { return false }
            return address.network.address.family == .ipv4 || address.network.prefixLength == 128
        }
    }

    private func writeAddresses(of link: Link, to page: inout YAMLPage) {
        let said = addresses(of: link)
        if !said.isEmpty { page.list("addresses", said.map { .word($0.network.description) }, 2) }
        let others = (link.addresses ?? []).filter { !$0.isKernelMade && !isSaid($0) }
        if !others.isEmpty {
            let list = others.map { "\($0.network) (\($0.isDynamic ? "has a lifetime" : "set by \(Origin.ofAddress($0))"))" }
            page.comment("addresses that others look after: \(list.joined(separator: ", "))", 2)
        }
    }

    private func routes(of link: Link) -> [Route] {
        let addresses = addresses(of: link)
        let own = routesByLink[link.name] ?? []
        return own.filter { $0.isReachable(by: addresses, beside: own, dynamic: (link.addresses ?? []).filter(\.isDynamic)) }
    }

    // MARK: What the file cannot say

    private func remarks(leftOut: [Link]) -> [String] {
        var remarks: [String] = []
        for link in links where network.isCutOff(link) {
            remarks.append("left out: \(link.name), which \(link.parent?.text ?? "its bridge") cuts off: it filters VLANs, and does not let this one through to itself with its tag")
        }
        let unsaid = links.filter { $0.kind.isManaged && !isSayable($0) && !network.isCutOff($0) }
        if !unsaid.isEmpty { remarks.append("links that a topology file cannot name: \(unsaid.map(\.name.text).joined(separator: ", "))") }
        for link in leftOut where link.kind != .loopback {
            let addresses = (link.addresses ?? []).filter { !$0.isKernelMade }.map { address in
                "\(address.network)\(address.isDynamic ? " (has a lifetime)" : isSaid(address) ? "" : " (set by \(Origin.ofAddress(address)))")"
            }
            if !addresses.isEmpty { remarks.append("left out: \(link.name) with \(addresses.joined(separator: ", "))") }
        }
        for link in links where link.alias.map({ isUnsayable($0) }) ?? false {
            remarks.append("left out: the description of \(link.name), which a topology file cannot hold")
        }
        let all = network.routes.filter { !$0.isKernelMade && $0.table != Route.localTable }.count
        let own = all == 0 ? 0 : links.reduce(0) { $0 + routes(of: $1).count } - leftOut.reduce(0) { $0 + routes(of: $1).count }
        let said = own + hostWideRoutes.count
        if all > said {
            remarks.append("left out: \(all - said) \(all - said == 1 ? "route" : "routes") of daemons, of DHCP, or of a kind that a topology file does not know")
        }
        let unsaidRules = network.rules.count { !$0.isKernelMade && !$0.isSaid }
        if unsaidRules > 0 {
            remarks.append("left out: \(unsaidRules) \(unsaidRules == 1 ? "rule" : "rules") of daemons, or of a kind that a topology file does not know")
        }
        return remarks
    }
}
