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
            // Bond and bridge ports take their MAC from elsewhere, and NICs have their own.
            want.mac = link.kind.isManaged ? link.mac : nil
            want.txQueueLength = link.txQueueLength
            want.alias = link.alias ?? ""
            want.group = link.group
            want.options = link.kind.isManaged ? link.options : OptionValues()
            want.portOptions = link.portOptions
            want.addresses = (link.addresses ?? []).filter { !$0.isKernelMade && !$0.isDynamic }
            checkpoint.links[link.name] = want
        }
        checkpoint.routes = routes.filter { !$0.isKernelMade && !$0.isDynamic }
        return checkpoint
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
    mutating func removeDefaults() {
        for entry in entries {
            let isDefault = OptionRow.with(id: entry.id)?.kernelDefault == entry.value || entry.value == .addresses([])
            if isDefault { self[entry.id] = nil }
        }
    }
}
