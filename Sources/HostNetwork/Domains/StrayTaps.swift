extension DomainSnapshot {
    /// Running domains' taps that are not in the bridge that their domain's configuration names, as links to be wanted there.
    /// - Parameter network: the host's links; a bridge that is not among them nor among the `made` gets nothing.
    public func strayTaps(in network: HostNetwork, made: Set<LinkName> = []) -> [Link] {
        var strays: [Link] = []
        for member in members {
            guard let device = member.interface.live, device.isOnBridge, let bridge = device.bridgeName, let tap = device.targetName else { continue }
            guard let link = network[tap], link.master != bridge, network[bridge]?.kind == .bridge || made.contains(bridge) else { continue }
            var want = Link(tap, kind: .nic)
            want.attachment = .port(of: bridge)
            // What else it was as a port the kernel has forgotten; this libvirt knows.
            if device.isIsolated, let row = OptionRow.named("isolated", in: .bridgePort) { want.portOptions[row] = .number(1) }
            strays.append(want)
        }
        return strays
    }
}

extension HostNetwork {
    /// The bridges that have a VLAN of an id as a port, by name.
    public func bridges(ofVLAN id: Int) -> [LinkName] {
        let masters = links.values.filter { $0.vlanID.map { Int($0.number) } == id }.compactMap(\.master)
        return Set(masters).filter { self[$0]?.kind == .bridge }.sorted()
    }
}
