/// The domains of a libvirt, read at one moment.
public struct DomainSnapshot: Hashable, Sendable, Codable {
    /// The connection's URI, as libvirt tells it.
    public var uri: String
    /// The name of the host that this libvirt runs on.
    public var host: String
    /// The domains, by name.
    public var domains: [Domain]
    /// The bridges that libvirt makes for its own networks, such as virbr0, each with its network's name. No domain's description may name
    /// one: libvirt looks after what hangs on the network, and not after what hangs on its bridge.
    public var networks: [String: String]?

    /// Joins the parts.
    public init(uri: String, host: String, domains: [Domain]) {
        self.uri = uri
        self.host = host
        self.domains = domains.sorted { $0.name < $1.name }
    }

    /// The domain of a name.
    public subscript(name: String) -> Domain? { domains.first { $0.name == name } }

    /// A domain's interface, together with its domain.
    public struct Member: Hashable, Sendable {
        /// The domain.
        public let domain: Domain
        /// Its interface.
        public let interface: DomainInterface
    }

    /// Every interface of every domain.
    public var members: [Member] { domains.flatMap { domain in domain.interfaces.map { Member(domain: domain, interface: $0) } } }

    /// Whose a tap is: the running domain that has it as its end on the host. `nil` for a link that is no domain's.
    public func owner(ofTap tap: LinkName) -> Member? {
        for domain in domains {
            if let interface = domain.interfaces.first(where: { $0.live?.target == tap.text }) {
                return Member(domain: domain, interface: interface)
            }
        }
        return nil
    }

    /// Who hangs on a bridge by the running configuration.
    public func running(on bridge: LinkName) -> [Member] { members.filter { $0.interface.live?.bridge == bridge.text } }

    /// Whose stored configuration names a bridge, so that the next start needs it, though no running instance hangs there.
    public func stored(on bridge: LinkName) -> [Member] {
        members.filter { $0.interface.stored?.bridge == bridge.text && $0.interface.live?.bridge != bridge.text }
    }
}
