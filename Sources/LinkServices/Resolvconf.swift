internal import HostNetwork
internal import Netlink

/// resolvconf, which makes `/etc/resolv.conf` of the records that programs give it for a link. weft's are called `LINK.weft`, so
/// nobody else's is touched.
struct Resolvconf {
    private static let program = ["/sbin/resolvconf", "/usr/sbin/resolvconf"].first { SystemFiles.exists($0) }
    /// Where Debian's program keeps its records, and openresolv.
    private static let directories = ["/run/resolvconf/interface", "/run/resolvconf/interfaces"]

    /// Whether there is one that is not systemd-resolved's, which goes by this name as well.
    static var isThere: Bool { program.map { SystemFiles.target(of: $0)?.hasSuffix("resolvectl") != true } ?? false }

    /// What weft's record of a link says.
    static func read(_ link: LinkName) -> LinkDNS {
        guard let text = directories.lazy.compactMap({ SystemFiles.text(of: "\($0)/\(link.text).weft") }).first else { return LinkDNS() }
        var dns = LinkDNS()
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            switch words.first {
            case "nameserver": if words.count == 2, let address = try? IPAddress(String(words[1])) { dns.servers.append(NameServer(address)) }
            case "search": dns.search += words.dropFirst().map(String.init)
            default: break
            }
        }
        return dns
    }

    /// - Returns: why it failed; `nil` where it did not.
    static func set(_ dns: LinkDNS, of link: LinkName) -> String? {
        guard let program else { return "there is no resolvconf" }
        var record = dns.servers.map { "nameserver \($0.address)\n" }.joined()
        if !dns.search.isEmpty { record += "search \(dns.search.joined(separator: " "))\n" }
        let result = HelperProgram(path: program, arguments: [dns.isEmpty ? "-d" : "-a", "\(link.text).weft"], input: record).run()
        guard let result else { return "\(program) cannot be started" }
        return result.status == 0 ? nil : result.errors.split(separator: "\n").last.map(String.init) ?? "it ended with status \(result.status)"
    }
}
