internal import HostNetwork

/// Addresses and gateways.
extension Decoder {
    mutating func decodeAddresses(_ entry: YAMLEntry, into link: inout LinkDraft) {
        guard let items = list(entry) else { return }
        var addresses: [Address] = []
        for item in items {
            guard let text = text(ofItem: item, of: entry, example: "192.0.2.10/24"),
                let network = attempt(at: item.span, { () throws(ValueError) in try Self.hostAddress(text) })
            else {
                link.hasUnreadableAddresses = true
                continue
            }
            if let index = addresses.firstIndex(where: { $0.network == network }) {
                problems.error(
                    item.span, "\(network) is listed twice on \(link.name)", fix: "keep one of the two",
                    related: [(link.addressSpans[index], "the first is here")])
                continue
            }
            addresses.append(Address(network))
            link.addressSpans.append(item.span)
        }
        link.link.addresses = addresses
    }

    /// An address that a host can have on a link.
    private static func hostAddress(_ text: String) throws(ValueError) -> IPNetwork {
        let network = try IPNetwork(text)
        let address = network.address
        if address.isMulticast { throw ValueError("\(address) is a multicast address, which no host can have") }
        if address.isUnspecified { throw ValueError("\(address) is no address that a host can have") }
        if address == .v6(0, 1) { throw ValueError("\(address) is the loopback address, which only 'lo' can have") }
        guard address.family == .ipv4, network.prefixLength < 31 else { return network }
        let length = network.prefixLength
        if address == network.network.address {
            throw ValueError(
                "\(address) is the network itself at a prefix length of \(length)", fix: "write a host's address inside \(network.network)")
        }
        if case .v4(let bits) = address, bits | (~0 << UInt32(32 - length)) == ~0, length > 0 {
            throw ValueError("\(address) is the broadcast address of \(network.network)", fix: "write a host's address inside it")
        }
        return network
    }

    mutating func decodeGateways(_ entry: YAMLEntry, of link: LinkName) -> [RouteDraft] {
        var found: [(gateway: IPAddress, span: Span)] = []
        if case .list(let items) = entry.value.content {
            for item in items {
                guard let text = text(ofItem: item, of: entry, example: "192.0.2.1") else { continue }
                guard let gateway = attempt(at: item.span, { () throws(ValueError) in try Self.gateway(text) }) else { continue }
                found.append((gateway, item.span))
            }
        } else if let text = text(entry) {
            let gateway = attempt(at: entry.valueSpan) { () throws(ValueError) in try Self.gateway(text) }
            if let gateway { found = [(gateway, entry.valueSpan)] }
        }
        var drafts: [RouteDraft] = []
        for (gateway, span) in found {
            if let first = drafts.first(where: { $0.route.family == gateway.family }) {
                problems.error(
                    span, "\(link) has two \(gateway.family.rawValue) gateways",
                    fix:
                        "keep one; for a second one write a route with a metric of its own: routes: [{to: default, via: \(gateway), metric: 100}]",
                    related: [(first.span, "the first is here")])
                continue
            }
            var route = Route(to: .everything(gateway.family), via: gateway, link: link)
            route.sourceMark = span.mark(in: problems.file)
            drafts.append(RouteDraft(route: route, span: span, ways: [WayDraft(gateway: gateway, link: link, span: span)]))
        }
        return drafts
    }

    static func gateway(_ text: String) throws(ValueError) -> IPAddress {
        let parts = text.split { $0 == "," || $0 == " " }
        if parts.count > 1 {
            throw ValueError("'\(text)' is more than one router", fix: "write a list: [\(parts.joined(separator: ", "))]")
        }
        if text.contains("/"), let network = try? IPNetwork(text) {
            throw ValueError("a gateway has no prefix length", fix: "write \(network.address)")
        }
        let gateway = try IPAddress(text)
        if gateway.isMulticast || gateway.isUnspecified { throw ValueError("\(gateway) is no address of a router") }
        return gateway
    }
}
