public import HostNetwork
internal import Planner

/// All that is known of one link: its fields, its neighbours, every option with its unit, addresses with their origin,
/// routes over it, and a bridge's VLAN table.
public struct LinkSheet: Sendable {
    private let network: HostNetwork
    private let link: Link

    /// Takes the network as it was read; `nil` if it has no link of this name.
    public init?(_ network: HostNetwork, _ name: LinkName) {
        guard let link = network[name] else { return nil }
        self.network = network
        self.link = link
    }

    /// The whole text, without a line end after its last line.
    public func text(_ style: Style = .plain) -> String { lines(style).joined(separator: "\n") }

    /// The text's lines.
    public func lines(_ style: Style = .plain) -> [String] {
        let sections = [
            [heading] + table(fields),
            options("OPTIONS", link.kind.optionScope, link.options),
            options("AS A PORT OF \(link.master?.text ?? "")", link.master.flatMap { network[$0]?.kind.portScope }, link.portOptions),
            addresses, RouteList(routes).lines, vlans,
        ]
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [StyledText()])).map { $0.rendered(style) }
    }

    // MARK: The link itself

    private var heading: StyledText {
        var text = StyledText(link.name.text, .bold)
        text.append(" (\(link.kind.displayName))")
        if let owner = link.ownerWord { text.append(", \(owner == "weft" ? "weft's" : "not weft's")") }
        return text
    }

    private var fields: [(String, String?)] {
        let ports = network.ports(of: link.name)
        let uppers = network.uppers(of: link.name).filter { $0.name != link.name }
        return [
            ("index", link.index.map { String($0) }),
            ("state", stateInWords),
            ("mac", link.mac.map { mac in "\(mac)\(link.permanentMAC.map { $0 == mac ? "" : " (built in: \($0))" } ?? "")" }),
            ("mtu", link.mtu.map { String($0) }),
            ("txqueuelen", link.txQueueLength.map { String($0) }),
            ("description", link.alias.flatMap { $0.isEmpty ? nil : $0 }),
            ("altnames", link.alternativeNames.flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") }),
            ("ipv6", link.hasIPv6 == false && hasIPv6Elsewhere ? "off" : nil),
            ("addr_gen_mode", link.hasIPv6 == true ? link.addressGeneration.flatMap { $0 == .eui64 ? nil : $0.name } : nil),
            ("dns", link.dns.flatMap { $0.servers.isEmpty ? nil : $0.servers.map(\.display).joined(separator: ", ") }),
            ("search", link.dns.flatMap { $0.search.isEmpty ? nil : $0.search.joined(separator: ", ") }),
            ("zone", link.zone.flatMap { $0.isEmpty ? nil : $0 }),
            ("group", link.group.flatMap { $0 == 0 || link.isOwned ? nil : String($0) }),
            ("on", link.parent?.text),
            ("port of", link.master?.text),
            ("port state", link.portState),
            ("ports", ports.isEmpty ? nil : ports.map { "\($0.name) (\($0.kind.displayName))" }.joined(separator: ", ")),
            ("active port", link.activePort?.text),
            ("carries", uppers.isEmpty ? nil : uppers.map { "\($0.name) (\($0.kind.displayName))" }.joined(separator: ", ")),
        ]
    }

    /// Whether the kernel has IPv6 at all.
    private var hasIPv6Elsewhere: Bool { network.links.values.contains { $0.hasIPv6 == true } }

    private var stateInWords: String {
        let word = link.stateWord
        let operational = link.operationalState.flatMap { $0 == word || $0 == "UP" ? nil : " (operational state \($0))" } ?? ""
        switch word {
        case "DOWN": return "DOWN: switched off"
        case "NO-CARRIER": return "NO-CARRIER: switched on, but without a carrier\(operational)"
        default: return word + operational
        }
    }

    private func table(_ fields: [(String, String?)]) -> [StyledText] {
        let known = fields.filter { $0.1 != nil }
        let column = (known.map(\.0.count).max() ?? 0) + 4
        return known.map { field, value in
            var line = StyledText("  \(field)", .dim)
            line.pad(to: column)
            line.append(value ?? "")
            return line
        }
    }

    // MARK: Options

    /// Every option that the kernel told, and the kernel's default of those that differ from it.
    private func options(_ title: String, _ scope: OptionRow.Scope?, _ values: OptionValues) -> [StyledText] {
        guard let scope, !values.isEmpty else { return [] }
        // The active port stands among the fields.
        let known = OptionRow.rows(of: scope).filter { !$0.isMomentary }.compactMap { row in values[row].map { (row: row, value: $0) } }
        let names = (known.map(\.row.name.count).max() ?? 0) + 4
        let texts = known.map { $0.row.display(of: $0.value).printable }
        let column = names + (texts.map(\.displayWidth).max() ?? 0) + 2
        return [StyledText(title, .dim)]
            + zip(known, texts).map { option, text in
                var line = StyledText("  \(option.row.name)", .dim)
                line.pad(to: names)
                guard let usual = network.usualValue(of: option.row, in: link.bondMode), usual != option.value else {
                    line.append(text.isEmpty ? "none" : text)
                    return line
                }
                line.append(text, .bold)
                line.pad(to: column)
                line.append("(kernel's default: \(option.row.display(of: usual)))", .dim)
                return line
            }
    }

    // MARK: Addresses, routes, VLANs

    private var addresses: [StyledText] {
        guard let addresses = link.addresses, !addresses.isEmpty else { return [] }
        let sorted = addresses.sorted { ($0.network, $0.origin) < ($1.network, $1.origin) }
        let texts = sorted.map { address in "\(address.network)\(address.peer.map { " peer \($0)" } ?? "")" }
        let column = (texts.map(\.count).max() ?? 0) + 4
        return [StyledText("ADDRESSES", .dim)]
            + zip(sorted, texts).map { address, text in
                var line = StyledText("  \(text)")
                line.pad(to: column)
                line.append(Origin.ofAddress(address), .dim)
                if let scope = Scopes.name(address.scope), scope != "global" { line.append(", scope \(scope)", .dim) }
                if let label = address.label { line.append(", label \(label)", .dim) }
                if let seconds = address.validLifetime { line.append(", valid for \(seconds)s", .dim) }
                return line
            }
    }

    /// All routes over the link, the kernel's own left out.
    private var routes: [Route] {
        network.routes.filter { route in route.link == link.name || route.nextHops.contains { $0.link == link.name } }
    }

    private var vlans: [StyledText] {
        let ports = link.kind == .bridge ? [link.name] + network.ports(of: link.name).map(\.name) : [link.name]
        let tables = ports.compactMap { port in network.bridgeVLANs[port].map { (port: port, vlans: $0) } }
        guard !tables.isEmpty else { return [] }
        let column = (tables.map(\.port.text.printable.displayWidth).max() ?? 0) + 4
        return [StyledText("VLAN TABLE", .dim)]
            + tables.map { port, vlans in
                var line = StyledText("  \(port)")
                line.pad(to: column)
                line.append(vlans.display)
                return line
            }
    }
}
