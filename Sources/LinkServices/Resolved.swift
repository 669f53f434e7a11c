internal import HostNetwork

/// systemd-resolved, which keeps name servers and domains by a link's index.
struct Resolved {
    private static let bus = MessageBus(service: "org.freedesktop.resolve1", object: "/org/freedesktop/resolve1")
    private static let manager = "org.freedesktop.resolve1.Manager"

    /// What it keeps, by index; `nil` where it does not run.
    static func read() -> [Int32: LinkDNS]? {
        // It has this directory for as long as it runs.
        guard MessageBus.isThere, let words = bus.properties(manager, ["DNSEx", "Domains"]).words else { return nil }
        var found: [Int32: LinkDNS] = [:]
        var reader = AnswerReader(words)
        guard reader.word() == "a(iiayqs)", let servers = reader.number() else { return nil }
        for _ in 0..<servers {
            guard let index = reader.number(), reader.number() != nil, let length = reader.number() else { return nil }
            let bytes = (0..<length).compactMap { _ in reader.number().flatMap { UInt8(exactly: $0) } }
            guard let port = reader.number(), let name = reader.word() else { return nil }
            guard let address = IPAddress(bytes: bytes) else { continue }
            found[Int32(truncatingIfNeeded: index), default: LinkDNS()].servers.append(NameServer(address, port: UInt16(truncatingIfNeeded: port), name: name))
        }
        guard reader.word() == "a(isb)", let domains = reader.number() else { return nil }
        for _ in 0..<domains {
            guard let index = reader.number(), let domain = reader.word(), let isRoute = reader.word() else { return nil }
            found[Int32(truncatingIfNeeded: index), default: LinkDNS()].search.append(isRoute == "true" ? "~\(domain)" : domain)
        }
        return found
    }

    /// - Returns: why it failed; `nil` where it did not.
    static func set(_ dns: LinkDNS, index: Int32) -> String? {
        guard !dns.isEmpty else { return bus.call(manager, "RevertLink", "i", [String(index)]).problem }
        var servers = [String(index), String(dns.servers.count)]
        for server in dns.servers {
            let bytes = server.address.bytes
            servers += [server.address.family == .ipv4 ? "2" : "10", String(bytes.count)] + bytes.map { String($0) } + [String(server.port), server.name]
        }
        if let problem = bus.call(manager, "SetLinkDNSEx", "ia(iayqs)", servers).problem { return problem }
        let domains = dns.search.flatMap { $0.hasPrefix("~") ? [String($0.dropFirst()), "true"] : [$0, "false"] }
        return bus.call(manager, "SetLinkDomains", "ia(sb)", [String(index), String(dns.search.count)] + domains).problem
    }
}
