internal import HostNetwork

/// Which link is drawn below which. The kernel's links form a graph (a bond lies on four NICs, a bridge on a VLAN and on a
/// NIC); here each link gets one place, so that it is drawn exactly once.
struct LinkForest {
    /// A link and what lies on it.
    struct Tree {
        let name: LinkName
        /// Further links that carry the only branch together with this one: a bond's other NICs.
        var companions: [LinkName] = []
        var branches: [Tree] = []
    }

    /// The trees: first those that stand on hardware.
    private(set) var roots: [Tree] = []

    private let network: HostNetwork
    private let portsPut: Set<LinkName>
    /// The links that each link lies on, by name; only such as exist.
    private var lowers: [LinkName: [LinkName]] = [:]
    private var uppers: [LinkName: [LinkName]] = [:]
    private var drawn: Set<LinkName> = []
    /// Every link that has a place.
    private let names: Set<LinkName>

    init(_ network: HostNetwork, portsPut: Set<LinkName>) {
        self.network = network
        self.portsPut = portsPut
        let links = network.sortedLinks.filter { !$0.isPlainLoopback }
        names = Set(links.map(\.name))
        for link in links { findLowers(of: link) }
        for (name, below) in lowers { for lower in below { uppers[lower, default: []].append(name) } }
        uppers = uppers.mapValues { $0.sorted() }

        let free = links.filter { lowers[$0.name] == nil }
        for link in free.filter(\.isHardware) + free.filter({ !$0.isHardware }) where !drawn.contains(link.name) { grow(from: link.name) }
        // What stands in a circle has no foot: the first by name serves as one.
        for link in links where !drawn.contains(link.name) { grow(from: link.name) }
    }

    /// The links that one lies on.
    func lowers(of name: LinkName) -> [LinkName] { lowers[name] ?? [] }

    /// Whether a link of this name is there to be drawn.
    func contains(_ name: LinkName) -> Bool { names.contains(name) }

    // MARK: Edges

    private mutating func findLowers(of link: Link) {
        if let parent = link.parent, contains(parent), parent != link.name, !link.isPaired { add(parent, below: link.name) }
        guard let master = link.master, contains(master), let above = network[master], master != link.name else { return }
        // A guest's tap hangs on its bridge, and a bridge lies on its NICs, bonds and VLANs.
        if above.kind == .bridge, isLeaf(link) { add(master, below: link.name) } else { add(link.name, below: master) }
    }

    private mutating func add(_ lower: LinkName, below upper: LinkName) {
        if lowers[upper]?.contains(lower) != true { lowers[upper, default: []].append(lower) }
    }

    /// A link at a bridge's far end: a guest's tap, or a container's veth.
    private func isLeaf(_ link: Link) -> Bool { (link.kind == .other("tun") || link.isPaired) && !portsPut.contains(link.name) }

    // MARK: Trees

    private mutating func grow(from name: LinkName) {
        drawn.insert(name)
        var tree = Tree(name: name)
        if let bundle = bundle(of: name) {
            tree.companions = bundle.companions
            drawn.formUnion(bundle.companions)
            tree.branches = [branch(bundle.upper)]
        } else {
            tree.branches = branches(of: name)
        }
        roots.append(tree)
    }

    private mutating func branches(of name: LinkName) -> [Tree] {
        // Inner links first: a bridge's VLANs are read before its guests' taps.
        let all = uppers[name] ?? []
        let (inner, leaves) = all.reduce(into: ([LinkName](), [LinkName]())) { parts, upper in
            if network[upper].map({ isLeaf($0) }) ?? false { parts.1.append(upper) } else { parts.0.append(upper) }
        }
        var branches: [Tree] = []
        for upper in inner + leaves where !drawn.contains(upper) && isPlace(name, of: upper) {
            branches.append(branch(upper))
        }
        return branches
    }

    private mutating func branch(_ name: LinkName) -> Tree {
        drawn.insert(name)
        return Tree(name: name, branches: branches(of: name))
    }

    /// Whether a link is the one that an upper is drawn on: the first of those it lies on.
    private func isPlace(_ lower: LinkName, of upper: LinkName) -> Bool {
        lowers[upper]?.first == lower
    }

    /// The links that stand beside a root because all of them carry one upper and nothing else.
    private func bundle(of name: LinkName) -> (upper: LinkName, companions: [LinkName])? {
        guard let carried = uppers[name], carried.count == 1, let upper = carried.first, !drawn.contains(upper),
            let all = lowers[upper], all.count > 1, all.first == name
        else { return nil }
        let companions = all.dropFirst().filter { lowers[$0] == nil && uppers[$0] == carried && !drawn.contains($0) }
        return companions.isEmpty ? nil : (upper, companions)
    }
}

extension Link {
    /// Loopback with nothing on it but the addresses that every host has.
    var isPlainLoopback: Bool {
        kind == .loopback
            && (addresses ?? []).allSatisfy { address in
                switch address.network.address {
                case .v4(let bits): bits == 0x7f00_0001 && address.network.prefixLength == 8
                case .v6(let high, let low): high == 0 && low == 1
                }
            }
    }

    /// A network card, or what stands in for one.
    fileprivate var isHardware: Bool { kind == .nic || kind == .other("dummy") }

    /// A link that comes in pairs: the other end lies beside it, not below it.
    fileprivate var isPaired: Bool { kind == .other("veth") || kind == .other("netkit") || kind == .other("vxcan") }
}
