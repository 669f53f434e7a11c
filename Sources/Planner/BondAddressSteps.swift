internal import HostNetwork

/// The addresses of bonds that exist: when the kernel changes them by itself, and when it does not let anybody change them.
extension Draft {
    /// Whether the kernel gives a bond a random address on the way, because every port that it has leaves.
    func losesItsAddress(_ have: Link) -> Bool {
        guard have.kind == .bond, let ports = portsByMaster[have.name] else { return false }
        return ports.allSatisfy { finalMaster($0) != have.name } && firstToEnter(have) == nil
    }

    /// A port that enters a bond before all that it has leave: it is never without one then, and its address stays. Such is one that is
    /// nobody's port, and that the host does not speak by; and nothing else may ask for a bond without ports.
    private func firstToEnter(_ have: Link) -> LinkName? {
        guard let want = wanted[have.name], let mode = have.bondMode, ![.balanceTLB, .balanceALB].contains(mode), !have.passesOverMAC else { return nil }
        guard changedOptions(want, have).1.isEmpty else { return nil }
        return want.portOrder.first { port in
            guard let link = actual[port], link.master == nil, !goes(port), !isMade(port) else { return false }
            return finalMaster(port) == have.name && !carriesHost(link)
        }
    }

    /// Whether a change that takes a bond without ports finds it without for good: the address that it is to have is set then.
    func isEmptiedForGood(_ have: Link) -> Bool {
        losesItsAddress(have) && emptiedMasters.contains(have.name) && !(portsByMaster[have.name] ?? []).contains { recreated.contains($0) }
    }

    /// Gives bonds that lose all of their ports their address again, between the last that leaves and the first that enters.
    mutating func planBondAddresses() {
        for have in actualLinks where have.kind == .bond {
            guard let first = firstToEnter(have), let entry = attachStep[first] else { continue }
            for port in portsByMaster[have.name] ?? [] where finalMaster(port) != have.name {
                graph.require(entry, before: partingStep[port] ?? attachStep[port])
                graph.require(entry, before: deleteStep[port])
            }
        }
        for want in wantedLinks where want.isPresent && want.kind == .bond && !isMade(want.name) {
            guard let have = actual[want.name], have.kind == .bond, losesItsAddress(have), !isEmptiedForGood(have) else { continue }
            guard let mac = finalMAC(want, have) ?? have.mac else { continue }
            var final = have
            final.options.take(want.options)
            let number = graph.add(
                step(
                    .change, want.name, [FieldChange("mac", old: mac == have.mac ? nil : have.mac?.description, new: mac.description)],
                    settingMAC(mac, of: final), reason: "the kernel gives a bond another address when its last port leaves"),
                .takes)
            graph.require(changeStep[want.name], before: number)
            for port in portsByMaster[want.name] ?? [] {
                graph.require(partingStep[port] ?? attachStep[port], before: number)
                graph.require(deleteStep[port], before: number)
            }
            for entering in enteringSteps[want.name] ?? [] { graph.require(number, before: entering) }
        }
    }

    /// The messages that set the address of a bond without ports, whose options are these: while its address is an affair of its
    /// ports, the kernel answers success and sets nothing.
    func settingMAC(_ mac: MACAddress, of bond: Link) -> [Action] {
        let set = change(bond.name) { $0.mac = mac }
        guard bond.passesOverMAC, let former = bond.options[.failOverMAC] else { return [set] }
        return [change(bond.name) { $0.options[.failOverMAC] = .number(0) }, set, change(bond.name) { $0.options[.failOverMAC] = former }]
    }

    /// Refuses an address for a bond that has that of its active port.
    mutating func refuseFollowedMACs() {
        guard !request.isRollback else { return }
        for want in wantedLinks where want.isPresent && want.kind == .bond && want.mac != nil && !isMade(want.name) {
            guard var final = actual[want.name], final.kind == .bond else { continue }
            final.options.take(want.options)
            guard final.hasMACOfActivePort else { continue }
            refuse(
                .impossible, want.name, "\(want.name) has the address of its active port, so that none can be set",
                fix: "leave 'mac' out, or write fail_over_mac: none")
        }
    }
}
