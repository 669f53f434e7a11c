internal import HostNetwork

/// What of a link is handed to services of the host's: name servers and a zone.
extension Decoder {
    /// Reads `dns`: a list of name servers, or a mapping of `servers` and `search`.
    mutating func dns(_ entry: YAMLEntry) -> LinkDNS? {
        guard case .mapping = entry.value.content else { return LinkDNS(servers: servers(entry)) }
        var dns = LinkDNS()
        for item in mapping(entry, "servers and search") ?? [] {
            switch DNSKey(rawValue: item.key) {
            case .servers: dns.servers = servers(item)
            case .search: dns.search = domains(item)
            case nil: unknownKey(item, in: .dns)
            }
        }
        return dns
    }

    private mutating func servers(_ entry: YAMLEntry) -> [NameServer] {
        var servers: [NameServer] = []
        for item in list(entry) ?? [] {
            guard let text = text(ofItem: item, of: entry, example: "192.0.2.53") else { continue }
            guard let server = attempt(at: item.span, { () throws(ValueError) in NameServer(try IPAddress(text)) }) else { continue }
            if servers.contains(server) {
                problems.error(item.span, "the name server \(server.display) is listed twice")
            } else {
                servers.append(server)
            }
        }
        return servers
    }

    private mutating func domains(_ entry: YAMLEntry) -> [String] {
        var domains: [String] = []
        for item in list(entry) ?? [] {
            guard let text = text(ofItem: item, of: entry, example: "example.org") else { continue }
            // A resolver keeps names in small letters, and without the point at their end.
            let name = text.lowercased()
            let domain = name.count > 1 && name.hasSuffix(".") && name != "~." ? String(name.dropLast()) : name
            if !Self.isDomain(domain.hasPrefix("~") ? String(domain.dropFirst()) : domain) {
                problems.error(
                    item.span, "'\(text)' is not a domain",
                    fix: "write it like example.org; with ~ in front its names are asked for here and not searched for, ~. is every name")
            } else if domains.contains(domain) {
                problems.error(item.span, "the domain \(domain) is listed twice")
            } else {
                domains.append(domain)
            }
        }
        return domains
    }

    private static func isDomain(_ text: String) -> Bool {
        if text == "." { return true }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253 && labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.utf8.allSatisfy { Self.isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    /// Reads `zone`: one of firewalld's, or `default` for the one that links have which are in none.
    mutating func zone(_ entry: YAMLEntry) -> String? {
        guard let text = text(entry) else { return nil }
        if text == "default" { return "" }
        // firewalld's own rule: the name of a zone becomes that of a chain.
        let isName = (1...17).contains(text.utf8.count) && text.utf8.allSatisfy { Self.isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        guard isName, text.first != "-" else {
            problems.error(entry.valueSpan, "'\(text)' cannot be the name of a zone", fix: "1 to 17 letters, digits, '-' and '_', as `firewall-cmd --get-zones` prints them")
            return nil
        }
        return text
    }
}
