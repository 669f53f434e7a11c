internal import HostNetwork

extension Checks {
    /// An address on two links, or on a port, whose master takes what is sent there.
    mutating func checkAddresses() {
        var first: [IPAddress: (link: LinkName, span: Span)] = [:]
        for link in draft.present {
            if let span = link.addressSpans.first, let edge = stack.uppers[link.name]?.first(where: \.isPort) {
                problems.warning(
                    span, "\(link.name) is a port of \(edge.upper), and hardly reachable by an address of its own",
                    fix: "put the address on \(edge.upper)", related: [(edge.span, "it is a port of \(edge.upper) here")])
            }
            if link.link.isUp == false, let span = link.addressSpans.first, let state = link.spans[.up] {
                problems.warning(
                    span, "\(link.name) is switched off, and nobody reaches its addresses by way of it", fix: "leave `up: false` out, or the addresses",
                    related: [(state, "it is switched off here")])
            }
            if let mtu = link.link.mtu, mtu < 1280, let span = link.spans[.mtu],
                link.link.addresses?.contains(where: { $0.network.address.family == .ipv6 }) == true {
                problems.error(span, "\(link.name) has an IPv6 address, and an MTU of \(mtu) is too small for IPv6", fix: "1280 or more")
            }
            for (address, span) in zip(link.link.addresses ?? [], link.addressSpans) {
                // Link-local addresses mean something on their link only.
                let ip = address.network.address
                if ip.isIPv6LinkLocal { continue }
                if let other = first[ip] {
                    let place = other.link == link.name ? "twice on \(link.name)" : "on \(link.name) and on \(other.link)"
                    problems.error(
                        max(span, other.span), "\(ip) is \(place)", fix: "keep one of the two",
                        related: [(min(span, other.span), "the first is here")])
                } else {
                    first[ip] = (link.name, span)
                }
            }
        }
    }
}
