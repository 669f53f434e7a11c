internal import HostNetwork

/// Reading name servers, search domains and the firewall's zone.
extension LinkReading {
    mutating func readNameServers(_ link: inout Link) {
        // The word is about a lease to NetworkManager; initscripts leave resolv.conf alone altogether.
        func says(_ key: String) -> Bool? { settings.peek(key).flatMap { Settings.truth($0, to: reader) } }
        let isLeftAlone = reader == .initscripts && says("PEERDNS") == false && says("RESOLV_MODS") != true
        for number in 1...64 {
            let key = "DNS\(number)"
            guard settings.peek(key) != nil else { break }
            if reader == .initscripts, number > 3 { break }
            guard let server = parse(key, { text throws(ValueError) in try IPAddress(text) }), !link.nameServers.contains(server) else { continue }
            let reason: String? =
                if isLeftAlone {
                    "to initscripts beside PEERDNS=no"
                } else if reader == .networkManager, !(server.family == .ipv4 ? hasIPv4 : hasIPv6) {
                    "to NetworkManager, which does nothing for \(server.family == .ipv4 ? "IPv4" : "IPv6") here"
                } else {
                    nil
                }
            if let reason { tellIdle(key, reason) } else { link.nameServers.append(server) }
        }
        note("dns", "DNS1")
        readDomain(&link, isLeftAlone)
        if let zone = settings.take("ZONE") { link.zone = zone }
        note("zone", "ZONE")
    }

    private mutating func readDomain(_ link: inout Link, _ isLeftAlone: Bool) {
        guard let text = settings.peek("DOMAIN") else { return }
        if isLeftAlone { return tellIdle("DOMAIN", "to initscripts beside PEERDNS=no") }
        guard reader == .initscripts || hasIPv4 else { return tellIdle("DOMAIN", "to NetworkManager, which does nothing for IPv4 here") }
        _ = settings.take("DOMAIN")
        if link.dns == nil { link.dns = LinkDNS() }
        note("search", "DOMAIN")
        link.dns?.search = text.split(whereSeparator: \.isWhitespace).map { String($0) }
        if settings.peek("DNS1") == nil { note("dns", "DOMAIN") }
    }

    /// Keeps a key that has no effect in a comment, and lists it.
    private mutating func tellIdle(_ key: String, _ reason: String) {
        guard let text = settings.take(key) else { return }
        warn(key, "\(key)=\(text) counts for nothing \(reason); it stays in a comment")
        comments.append("counts for nothing \(reason): \(key)=\(text) (\(fileName))")
    }
}
