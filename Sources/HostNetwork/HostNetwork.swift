/// A host's network, as it is or as it is wanted: the vocabulary of every part of weft.
///
/// A topology file *resolves* to one, the kernel is *read* into one, a plan is the difference of two. How a field reads in
/// a wanted and in an actual network is said at ``Link``.
public struct HostNetwork: Hashable, Sendable {
    /// Every link by its name.
    public var links: [LinkName: Link]
    /// Every route. In a wanted network: those that the file names.
    public var routes: [Route]
    /// Every routing rule, of both families. In a wanted network: those that the file names.
    public var rules: [Rule]
    /// What belongs to links besides, of those links only that a plan asked for. Actual only.
    public var belongings: [LinkName: Belongings] = [:]
    /// VLAN tables by port; a bridge's own stands under its own name. In the shape of ``Swift/Array/normalized``.
    ///
    /// In a wanted network: those that the file writes, each complete for its port. In an actual network: all of them, empty
    /// ones too, or none where no bridge filters and nobody asked for them.
    public var bridgeVLANs: [LinkName: [BridgeVLAN]]

    /// The services that name servers and zones are handed to; `nil` where nobody asked. Actual only.
    public var services: LinkServices?

    /// The kernel that the network was read from. Actual only.
    public var kernel: RunningKernel?

    /// A network of the links, routes and rules given.
    public init(links: some Sequence<Link> = [], routes: [Route] = [], rules: [Rule] = [], bridgeVLANs: [LinkName: [BridgeVLAN]] = [:]) {
        self.links = Dictionary(links.map { ($0.name, $0) }) { first, _ in first }
        self.routes = routes
        self.rules = rules
        self.bridgeVLANs = bridgeVLANs
    }

    /// The link of a name.
    public subscript(name: LinkName) -> Link? {
        get { links[name] }
        // In place: a link that is taken out and put back is copied when it changes.
        _modify { yield &links[name] }
    }

    /// Every link, by name.
    public var sortedLinks: [Link] {
        // A link is large, a name is not: names are moved about in sorting.
        LinkName.sorted(links.keys).compactMap { links[$0] }
    }

    /// Every link, by name, where a list is at hand in which most of them stand in that order already: only the others are sorted.
    public func sortedLinks(following list: [Link]) -> [Link] {
        let names = Set(list.lazy.map(\.name))
        var others = links.keys.filter { !names.contains($0) }.sorted()[...]
        var sorted: [Link] = []
        sorted.reserveCapacity(links.count)
        for known in list {
            guard let link = links[known.name] else { continue }
            while let other = others.first, other < link.name { sorted += links[others.removeFirst()].map { [$0] } ?? [] }
            sorted.append(link)
        }
        return sorted + others.compactMap { links[$0] }
    }

    /// The links that are meant, by name: sorted once they are few.
    public func sortedLinks(where isMeant: (Link) -> Bool) -> [Link] {
        links.values.filter(isMeant).sorted { $0.name < $1.name }
    }

    /// The ports of a master, by name.
    public func ports(of master: LinkName) -> [Link] {
        links.values.filter { $0.master == master }.sorted { $0.name < $1.name }
    }

    /// The rows of every option that a link of the network says anything of, each once.
    public var optionRows: [OptionRow] {
        let ids = Set(links.values.lazy.flatMap { $0.options.entries + $0.portOptions.entries }.map(\.id))
        return ids.sorted().compactMap { OptionRow.with(id: $0) }
    }

    /// Whether the kernel has an option: because it is as old as the kernel, because a link of this network shows it, or
    /// because asking has shown it. Where nothing is known of the kernel, it has everything.
    public func knows(_ row: OptionRow) -> Bool {
        guard let kernel, let since = row.since, kernel.version < since, !kernel.backported.contains(row.id) else { return true }
        return links.values.contains { link in
            link.options[row] != nil || link.portOptions[row] != nil
        }
    }

    /// The links that lie directly on this one: VLANs, and whatever else names it as its lower link. By name.
    public func uppers(of lower: LinkName) -> [Link] {
        links.values.filter { $0.parent == lower }.sorted { $0.name < $1.name }
    }
}
