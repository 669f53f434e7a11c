/// A name server as a resolver of the host's keeps it for a link.
public struct NameServer: Hashable, Codable, Sendable {
    /// Its address.
    public var address: IPAddress
    /// Its port; 0 is the usual one.
    public var port: UInt16
    /// The name by which its certificate is checked; empty for none.
    public var name: String

    /// A server of the usual port, as a file says it.
    public init(_ address: IPAddress, port: UInt16 = 0, name: String = "") {
        self.address = address
        self.port = port
        self.name = name
    }

    /// As `resolvectl` writes it: `192.0.2.53`, `192.0.2.53:853#dns.example.org`.
    public var display: String {
        guard port != 0 else { return name.isEmpty ? "\(address)" : "\(address)#\(name)" }
        return "\(address.family == .ipv6 ? "[\(address)]" : "\(address)"):\(port)\(name.isEmpty ? "" : "#\(name)")"
    }
}

/// Who is asked for names by way of a link (`dns`).
public struct LinkDNS: Hashable, Codable, Sendable {
    /// The name servers, in the order in which they are asked.
    public var servers: [NameServer]
    /// Domains: a name without a point is looked for in each; `~DOMAIN` says only that names of it are asked here.
    public var search: [String]

    /// Joins the parts.
    public init(servers: [NameServer] = [], search: [String] = []) {
        self.servers = servers
        self.search = search
    }

    /// Whether nothing is said.
    public var isEmpty: Bool { servers.isEmpty && search.isEmpty }
}

/// The host's services that links' name servers and zones are handed to, as far as they are there. Actual only.
public struct LinkServices: Hashable, Codable, Sendable {
    /// Who answers for the host's names.
    public enum Resolver: String, Hashable, Codable, Sendable {
        /// systemd-resolved: forgets a link with the link.
        case resolved = "systemd-resolved"
        /// resolvconf, Debian's or openresolv: keeps a record until it is taken away, under the name `LINK.weft`.
        case resolvconf
    }

    /// firewalld's zones.
    public struct Zones: Hashable, Codable, Sendable {
        /// The zone of every link that has none of its own.
        public var usual: String
        /// All zones that there are, by name.
        public var known: [String]
        /// The zone of each link that has one of its own; a link need not exist to have one.
        public var bindings: [LinkName: String]

        /// Joins the parts.
        public init(usual: String, known: [String], bindings: [LinkName: String]) {
            self.usual = usual
            self.known = known
            self.bindings = bindings
        }

        /// The zone that a link is in.
        public func zone(of link: LinkName) -> String { bindings[link] ?? usual }
    }

    /// Who takes name servers; `nil` for nobody.
    public var resolver: Resolver?
    /// firewalld's zones; `nil` where it does not run.
    public var zones: Zones?

    /// Joins the parts.
    public init(resolver: Resolver? = nil, zones: Zones? = nil) {
        self.resolver = resolver
        self.zones = zones
    }
}

/// One thing that a service of the host's is asked to do about a link.
public enum ServiceAction: Hashable, Codable, Sendable {
    /// Has a resolver ask these servers by way of the link, in place of those before; none takes the link's away.
    case setDNS(LinkDNS, of: LinkName, by: LinkServices.Resolver)
    /// Puts a link into a zone of firewalld's; `nil` leaves it to the usual one.
    case setZone(String?, of: LinkName)

    /// The link that it is about.
    public var link: LinkName {
        switch self {
        case .setDNS(_, let link, _), .setZone(_, let link): link
        }
    }

    /// The action as the beginning of an error's sentence.
    public var attempt: String {
        switch self {
        case .setDNS(_, let link, let resolver): "hand the name servers of \(link) to \(resolver.rawValue)"
        case .setZone(let zone?, let link): "put \(link) into firewalld's zone \(zone)"
        case .setZone(nil, let link): "take \(link) out of its zone of firewalld's"
        }
    }
}
