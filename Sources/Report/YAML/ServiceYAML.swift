internal import HostNetwork

extension YAMLPage {
    /// A link's name servers and zone, as a topology file says them. What a file has no words for, a server's own port, is left out.
    mutating func services(of link: Link) {
        let servers = (link.dns?.servers ?? []).filter { $0.port == 0 && $0.name.isEmpty }.map { Value.word($0.address.description) }
        let search = (link.dns?.search ?? []).map { Value.word($0) }
        if !search.isEmpty {
            entry("dns", .mapping((servers.isEmpty ? [] : [("servers", .list(servers))]) + [("search", .list(search))]), 2)
        } else if !servers.isEmpty {
            list("dns", servers, 2)
        }
        if let zone = link.zone, !zone.isEmpty { entry("zone", .word(zone), 2) }
    }
}
