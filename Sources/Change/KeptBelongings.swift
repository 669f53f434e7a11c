internal import HostNetwork
internal import Netlink
internal import Planner

/// What belongs to links besides their addresses and routes, held against the kernel: what no snapshot shows.
enum KeptBelongings {
    /// What is to belong to a link, and does not.
    struct Lack: Hashable {
        let link: LinkName
        let entry: Belonging

        var sentence: String { "\(link) has lost its \(entry.display)" }
        /// The same of what was set once more.
        var mended: String { "\(link) had lost its \(entry.display) again, and it was set once more" }
    }

    /// How long a link is waited for that takes its own MTU for IPv6's once it has a carrier, in seconds.
    private static let patience: Int64 = 3

    /// Reads what belongs to links into a network that was just read, sets once more what is not there, and waits with it for links
    /// which would only forget it.
    /// - Parameters:
    ///   - wanted: what is to belong to them.
    ///   - remarks: takes what was set once more, a sentence each.
    /// - Returns: what they lack all the same.
    static func settle(
        _ wanted: [LinkName: Belongings], in network: inout HostNetwork, on kernel: inout some Kernel & ~Copyable, _ remarks: inout [String]
    ) throws(NetlinkError) -> [Lack] {
        guard wanted.contains(where: { !$0.value.isEmpty }) else { return [] }
        let names = Set(wanted.keys)
        let begin = Clock.sinceBoot
        while true {
            network.belongings = try kernel.belongings(of: names)
            var lacks = lacks(wanted, in: network)
            if !lacks.isEmpty {
                // What is refused is still lacking.
                _ = try Executor.perform(lacks.map { .restore($0.entry, on: $0.link) }, on: &kernel)
                network.belongings = try kernel.belongings(of: names)
                let former = lacks
                lacks = Self.lacks(wanted, in: network)
                for lack in former where !lacks.contains(lack) && !remarks.contains(lack.mended) { remarks.append(lack.mended) }
            }
            guard awaitsCarrier(wanted, in: network), Int64(Clock.sinceBoot - begin) < patience else { return lacks }
            Clock.sleep(milliseconds: 200)
            network = try kernel.snapshot(vlanTables: !network.bridgeVLANs.isEmpty)
        }
    }

    private static func lacks(_ wanted: [LinkName: Belongings], in network: HostNetwork) -> [Lack] {
        wanted.sorted { $0.key < $1.key }.flatMap { name, should in
            guard let link = network[name] else { return [Lack]() }
            let have = network.belongings[name]?.entries ?? []
            return should.entries.filter { !have.contains($0) && !isTacit($0, on: link, beside: have) }.map { Lack(link: name, entry: $0) }
        }
    }

    /// Whether an entry need not be told any more: a VLAN's flag differed from its former parent's, and does not from the new one's.
    private static func isTacit(_ entry: Belonging, on link: Link, beside have: [Belonging]) -> Bool {
        guard case .attribute(let attribute) = entry, attribute.key.isInherited, link.kind == .vlan else { return false }
        return !have.contains { $0.isSameThing(as: entry) }
    }

    /// Whether a link whose IPv6 MTU is one of its own is up and cannot be used yet: it forgets that when it can.
    private static func awaitsCarrier(_ wanted: [LinkName: Belongings], in network: HostNetwork) -> Bool {
        wanted.contains { name, should in
            guard let link = network[name], link.isUp == true, !["UP", "UNKNOWN"].contains(link.operationalState) else { return false }
            return should.entries.contains { if case .setting(let setting) = $0 { setting.mtu != nil } else { false } }
        }
    }
}

extension Plan {
    /// What belongs to links after the plan, as far as it may have cost them that. Most settings go only with their link, and with an MTU
    /// that is too small for IPv6: reading them back is spared where there is neither.
    func belongingsAtStake(in expected: HostNetwork) -> [LinkName: Belongings] {
        guard !expected.belongings.isEmpty else { return [:] }
        var remade: Set<LinkName> = []
        var changesMTU = false
        for action in steps.lazy.flatMap(\.actions) {
            switch action {
            case .create(let link): remade.insert(link.name)
            case .change(let link): changesMTU = changesMTU || link.mtu != nil
            default: break
            }
        }
        guard !changesMTU else { return expected.belongings }
        return expected.belongings.reduce(into: [:]) { stakes, known in
            let entries = known.value.entries.filter { entry in
                !entry.isLasting || remade.contains(known.key)
            }
            if !entries.isEmpty { stakes[known.key] = Belongings(entries: entries) }
        }
    }
}
