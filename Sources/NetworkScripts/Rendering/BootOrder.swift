internal import HostNetwork

/// The order in which the initscripts bring links up at boot, which the files' names decide: whatever has neither a dot nor
/// `vlan` in front first, then VLANs, then bridges; each by name. No link brings up the one below it.
struct BootOrder {
    /// Links that come up before the link below them is there, and so do not.
    private(set) var tooEarly: [(link: LinkName, parent: LinkName)] = []

    /// The links one after the other, without bonds' ports: those come up with their bond.
    let sequence: [LinkName]

    init(_ network: HostNetwork) {
        var existing = Set(network.links.values.filter { !$0.kind.isManaged }.map(\.name))
        func rank(_ link: Link) -> Int {
            if link.kind == .bridge { return 2 }
            return link.name.text.contains(".") || link.name.text.hasPrefix("vlan") ? 1 : 0
        }
        let ordered = network.sortedLinks.filter(\.isPresent)
            .filter { link in link.master.flatMap { network[$0] }?.kind != .bond }
            .sorted { (rank($0), $0.name) < (rank($1), $1.name) }
        sequence = ordered.map(\.name)
        for link in ordered where link.kind.isManaged || link.master != nil {
            if link.kind == .vlan, let parent = link.parent, !existing.contains(parent) {
                tooEarly.append((link.name, parent))
                continue
            }
            existing.insert(link.name)
            if let master = link.master { existing.insert(master) }
        }
    }
}
