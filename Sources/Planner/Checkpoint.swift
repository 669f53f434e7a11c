public import HostNetwork

extension HostNetwork {
    /// A network that was read, as a network to be wanted: planning towards it is rolling back.
    ///
    /// Every field is said, so that nothing is left as a failed change left it. What only the kernel sets (link-local
    /// addresses, its own routes, loopback) is left to the kernel.
    public var asCheckpoint: HostNetwork {
        var checkpoint = HostNetwork()
        for link in links.values where link.kind != .loopback {
            var want = Link(link.name, kind: link.kind.isManaged ? link.kind : .nic)
            want.parent = link.kind.isManaged ? link.parent : nil
            want.attachment = link.attachment ?? .free
            want.isUp = link.isUp
            want.mtu = link.mtu
            // A bond's port has the bond's MAC, and gets its own back from the kernel when it leaves.
            let isBondPort = link.master.flatMap { links[$0]?.kind } == .bond
            // So has a bond its active port's, where it is told to.
            let isFollowed = link.hasMACOfActivePort && links.values.contains { $0.master == link.name }
            want.mac = link.kind.isManaged && !isFollowed || !link.kind.isManaged && !isBondPort ? link.mac : nil
            // A bridge that its ports have left has none, and none can be told to have none.
            if want.mac?.isZero == true { want.mac = nil }
            // That is the address with which it has to come when it enters once more.
            if isBondPort, !link.kind.isManaged { want.permanentMAC = link.permanentMAC }
            want.txQueueLength = link.txQueueLength
            want.transmitQueues = link.transmitQueues
            want.alias = link.alias ?? ""
            want.alternativeNames = link.alternativeNames
            want.hasIPv6 = link.hasIPv6
            want.addressGeneration = link.addressGeneration
            want.group = link.group
            want.options = link.kind.isManaged ? link.options.lasting : OptionValues()
            for id in link.overriddenOptions { want.options[id] = nil }
            if let scope = link.kind.optionScope {
                for row in OptionRow.rows(of: scope) where want.options[row] == nil { want.options[row] = row.untold }
            }
            want.portOptions = link.portOptions
            // A DHCP client does not notice that its address is gone until the lease is due: it comes back with its lifetime.
            want.addresses = (link.addresses ?? []).filter { !link.comesByItself($0) }
            want.dns = link.dns
            want.zone = link.zone
            checkpoint.links[link.name] = want
        }
        checkpoint.bridgeVLANs = bridgeVLANs
        checkpoint.routes = routes.filter { !comesByItself($0) && !$0.isDynamic }
        checkpoint.belongings = belongings
        checkpoint.services = services
        checkpoint.rules = rules.filter { !$0.isKernelMade && !$0.hasUnknownAttributes }
        return checkpoint
    }

    /// Whether the kernel sets a route by itself once its link and address are there. NetworkManager forbids it that, and
    /// sets a route of its own in the kernel's name, with a metric.
    func comesByItself(_ route: Route) -> Bool {
        guard route.isKernelMade else { return false }
        let addresses = route.link.flatMap { links[$0]?.addresses } ?? []
        return !addresses.contains { !$0.hasPrefixRoute && $0.network.network == route.destination }
    }
}

extension OptionValues {
    /// The options that a bond's mode knows: the kernel tells all of them, and refuses to set the others.
    func known(in mode: BondMode?) -> OptionValues {
        guard let mode else { return self }
        var known = self
        for entry in entries where OptionRow.with(id: entry.id)?.modes.contains(mode) == false { known[entry.id] = nil }
        return known
    }

    /// Drops what a new link has anyway.
    /// - Parameter mode: the mode of a bond whose options these are.
    mutating func removeDefaults(in mode: BondMode? = nil) {
        for entry in entries {
            guard let row = OptionRow.with(id: entry.id) else { continue }
            if row.kernelDefault(in: mode) == entry.value || row.untold == entry.value { self[entry.id] = nil }
        }
    }
}
