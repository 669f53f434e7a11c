/// A host's network, as it is or as it is wanted: the vocabulary of every part of weft.
///
/// A topology file *resolves* to one, the kernel is *read* into one, a plan is the difference of two. How a field reads in
/// a wanted and in an actual network is said at ``Link``.
public struct HostNetwork: Hashable, Sendable {
    /// Every link by its name.
    public var links: [LinkName: Link]
    /// Every route. In a wanted network: those that the file names.
    public var routes: [Route]
    /// VLAN tables by port; a bridge's own stands under its own name. In the shape of ``Swift/Array/normalized``.
    ///
    /// In a wanted network: those that the file writes, each complete for its port. In an actual network: all of them, empty
    /// ones too, or none where no bridge filters and nobody asked for them.
    public var bridgeVLANs: [LinkName: [BridgeVLAN]]

    /// A network of the links and routes given.
    public init(links: some Sequence<Link> = [], routes: [Route] = [], bridgeVLANs: [LinkName: [BridgeVLAN]] = [:]) {
        self.links = Dictionary(links.map { ($0.name, $0) }) { first, _ in first }
        self.routes = routes
        self.bridgeVLANs = bridgeVLANs
    }

    /// The link of a name.
    public subscript(name: LinkName) -> Link? {
        get { links[name] }
        set { links[name] = newValue }
    }

    /// Every link, by name.
    public var sortedLinks: [Link] {
        // A link is large, a name is not: names are moved about in sorting.
        links.keys.sorted().compactMap { links[$0] }
    }

    /// The ports of a master, by name.
    public func ports(of master: LinkName) -> [Link] {
        links.values.filter { $0.master == master }.sorted { $0.name < $1.name }
    }

    /// The links that lie directly on this one: VLANs, and whatever else names it as its lower link. By name.
    public func uppers(of lower: LinkName) -> [Link] {
        links.values.filter { $0.parent == lower }.sorted { $0.name < $1.name }
    }
}
