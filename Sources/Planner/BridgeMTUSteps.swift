internal import HostNetwork

/// A bridge's MTU follows its ports' lowest until somebody changes it, and the kernel does not tell whether anybody has.
extension Draft {
    /// Sets the MTU of bridges again that a file wants as it is, where the kernel may give them another one with the ports that leave,
    /// go, or change their own. What enters a bridge sees to that in its own step.
    mutating func planBridgeMTUs() {
        for want in wantedLinks where want.isPresent && want.kind == .bridge && !isMade(want.name) {
            guard let mtu = want.mtu, let have = actual[want.name], have.mtu == mtu else { continue }
            let steps = (portsByMaster[want.name] ?? []).flatMap { stepsMovingMTU(of: $0, in: want.name) }
            let byPorts = lowestMTU(ofPortsOf: want.name)
            guard !steps.isEmpty, byPorts != mtu else { continue }
            var again = step(.change, want.name, [FieldChange("mtu", new: String(mtu))], [change(want.name) { $0.mtu = mtu }])
            again.reason = "a bridge's MTU is that of its ports (\(byPorts)) until somebody sets it"
            let number = graph.add(again, .clears)
            for step in steps { graph.require(step, before: number) }
            graph.require(changeStep[want.name], before: number)
        }
    }

    /// The steps by which a port has no more say in its bridge's MTU, or another one.
    private func stepsMovingMTU(of port: LinkName, in bridge: LinkName) -> [Int] {
        if goes(port) { return [deleteStep[port]].compactMap { $0 } }
        if finalMaster(port) != bridge { return [attachStep[port]].compactMap { $0 } }
        guard let mtu = wanted[port]?.mtu, mtu != actual[port]?.mtu else { return [] }
        return [changeStep[port]].compactMap { $0 }
    }

    private func lowestMTU(ofPortsOf bridge: LinkName) -> UInt32 {
        let names = Set(wanted.links.keys).union(portsByMaster[bridge] ?? [])
        let mtus = names.filter { willExist($0) && finalMaster($0) == bridge }.compactMap { name in
            wanted[name]?.mtu ?? (isMade(name) ? wanted[name]?.parent.flatMap { wanted[$0]?.mtu ?? actual[$0]?.mtu } : actual[name]?.mtu)
        }
        return mtus.min() ?? 1500
    }
}
