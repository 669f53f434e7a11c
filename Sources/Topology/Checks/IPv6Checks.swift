internal import HostNetwork

extension Checks {
    mutating func checkIPv6() {
        for link in draft.present where link.link.hasIPv6 == false { checkWithoutIPv6(link) }
        checkNames()
        checkGuestBridges()
    }

    /// Addresses and routes of a family that the link does not have.
    private mutating func checkWithoutIPv6(_ link: LinkDraft) {
        let related = link.ipv6Span.map { [($0, "IPv6 is switched off here")] } ?? []
        let fix = "leave it out, or write ipv6: true for \(link.name)"
        for (address, span) in zip(link.link.addresses ?? [], link.addressSpans) where address.network.address.family == .ipv6 {
            problems.error(span, "\(link.name) has no IPv6, and cannot have the address \(address.network)", fix: fix, related: related)
        }
        for route in draft.routes where route.ways.contains(where: { $0.link == link.name }) && route.route.family == .ipv6 {
            problems.error(route.span, "\(link.name) has no IPv6, and no IPv6 route can go over it", fix: fix, related: related)
        }
        if link.link.dhcp6 == true, let span = link.spans[.dhcp6] {
            problems.error(span, "\(link.name) has no IPv6, and no lease of it", fix: fix, related: related)
        }
        if let span = link.spans[.addressGeneration] {
            problems.error(span, "\(link.name) has no IPv6, and makes no addresses for it", fix: fix, related: related)
        }
    }

    /// A further name that is a link's own.
    private mutating func checkNames() {
        for (text, span) in draft.alternativeNames {
            guard let name = try? LinkName(text), let other = present(name) else { continue }
            problems.error(span, "'\(text)' is the name of a link", fix: "choose another one", related: [(other.span, "it is here")])
        }
    }

    /// Many VLANs whose bridges only guests use: each link gets a link-local address, all of them the same one where they share
    /// the bond's MAC address, and the kernel compares every new one with all others.
    private mutating func checkGuestBridges() {
        var trunks: [LinkName: (span: Span, count: Int)] = [:]
        for bridge in draft.present where bridge.section == .bridges && bridge.link.hasIPv6 == nil && bridge.link.addresses?.isEmpty ?? true {
            for port in bridge.ports ?? [] {
                guard let vlan = present(port.name), let trunk = vlan.trunk, let span = vlan.spans[.parent] else { continue }
                trunks[trunk, default: (span, 0)].count += 1
            }
        }
        for (trunk, found) in trunks.sorted(by: { $0.key < $1.key }) where found.count > Self.manyBridges {
            problems.warning(
                found.span,
                "trunk \(trunk) makes \(found.count) bridges without an address of the host, and the host gets IPv6 on each: guests reach it there, and making them takes longer with every one (2,000 links 1.6 times, 8,000 links 4.25 times as long)",
                fix: "write ipv6: false for the trunk")
        }
    }

    /// From how many bridges on a trunk the time shows.
    private static let manyBridges = 100
}
