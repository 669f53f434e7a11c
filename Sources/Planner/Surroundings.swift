internal import HostNetwork

/// Who is whose port and who lies on whom, looked up once and kept: links are many, and most actions need none of it. And whom the
/// actions disturb.
struct Surroundings {
    var disturbed: Set<LinkName> = []
    /// The options that the last new bridge was told, and those that it has then.
    var lastBridge: (told: OptionValues, all: OptionValues)?
    /// Bridges that a port has left.
    var leftBridges: Set<LinkName> = []
    private var backedUp: [LinkName: [LinkName]]?
    private var portsByMaster: [LinkName: Set<LinkName>] = [:]
    private var uppersByParent: [LinkName: Set<LinkName>] = [:]
    private var isOpen = false

    mutating func open(_ network: HostNetwork) {
        guard !isOpen else { return }
        isOpen = true
        for link in network.links.values { enter(link) }
    }

    func ports(of master: LinkName) -> Set<LinkName> { portsByMaster[master] ?? [] }

    /// Ports that have this one for a backup, by what was known of them at first.
    mutating func ports(backedUpBy port: LinkName, _ belongings: [LinkName: Belongings]) -> [LinkName] {
        if backedUp == nil {
            var found: [LinkName: [LinkName]] = [:]
            for (name, own) in belongings {
                for case .backupPort(let backup) in own.entries { found[backup, default: []].append(name) }
            }
            backedUp = found
        }
        return backedUp?[port] ?? []
    }

    func uppers(of parent: LinkName) -> [LinkName] { uppersByParent[parent]?.sorted() ?? [] }

    mutating func takePorts(of master: LinkName) -> [LinkName] { portsByMaster.removeValue(forKey: master)?.sorted() ?? [] }

    mutating func enter(_ link: Link) {
        guard isOpen else { return }
        if let parent = link.parent { uppersByParent[parent, default: []].insert(link.name) }
        move(link.name, from: nil, to: link.master)
    }

    mutating func leave(_ link: Link) {
        if let parent = link.parent { uppersByParent[parent]?.remove(link.name) }
        move(link.name, from: link.master, to: nil)
    }

    mutating func move(_ port: LinkName, from before: LinkName?, to after: LinkName?) {
        guard isOpen else { return }
        if let before { portsByMaster[before]?.remove(port) }
        if let after { portsByMaster[after, default: []].insert(port) }
    }
}
