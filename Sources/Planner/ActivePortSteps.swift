internal import HostNetwork

/// The port that a bond is to use: a wish for the moment in which the file is applied.
extension Draft {
    /// Refuses a primary port that a bond whose ports the file does not list will not have: the kernel answers success, notes the name
    /// and does not tell it again.
    mutating func refuseStrangersAsPrimary() {
        guard !request.isRollback else { return }
        for want in wantedLinks where want.isPresent && want.kind == .bond {
            guard case .link(let port)? = want.options[.primary], finalMaster(port) != want.name else { continue }
            refuse(
                .impossible, want.name, "\(want.name) wants \(port) for its primary port, and \(port) is no port of it",
                fix: "list it among the ports, or leave 'primary' out")
        }
    }

    /// Plans the change to another active port, after everything that the bond and its ports go through.
    ///
    /// The kernel takes only a port that is up and has carrier. Of one that is in the bond that can be seen; one that enters it
    /// is tried, for on hardware its carrier comes after seconds.
    ///
    /// Of a checkpoint it is wanted only where the change that is undone may have changed it.
    mutating func planActivePorts() {
        for want in wantedLinks where want.isPresent && want.kind == .bond {
            guard let port = want.activePort, finalMaster(port) == want.name else { continue }
            let have = actual[want.name]
            let enters = isMade(want.name) || attachStep[port].map { enteringSteps[want.name]?.contains($0) ?? false } ?? false
            let leavesForAMoment = leavingBonds.contains(want.name)
            if !enters, !leavesForAMoment {
                guard have?.activePort != port else { continue }
                guard actual[port]?.hasCarrier == true, want.isUp != false else {
                    if !request.isRollback { note(want.name, "\(port) has no carrier, so it cannot be made the active port") }
                    continue
                }
            } else if !request.isRollback {
                note(want.name, "\(port) is made the active port if it has carrier by then; `weft plan` shows whether it is")
            }
            let change = step(
                .change, want.name, [FieldChange(OptionRow.activePort.name, old: have?.activePort?.text, new: port.text)],
                [change(want.name) { $0.activePort = port }])
            let number = graph.add(change, .takes)
            graph.require(createStep[want.name], before: number)
            graph.require(changeStep[want.name], before: number)
            graph.require(changeStep[port], before: number)
            graph.require(attachStep[port], before: number)
            for entering in enteringSteps[want.name] ?? [] { graph.require(entering, before: number) }
        }
    }
}

extension OptionValues {
    /// Without what is no more than a wish for the moment.
    var lasting: OptionValues {
        var lasting = self
        for entry in entries where OptionRow.with(id: entry.id)?.isMomentary == true { lasting[entry.id] = nil }
        return lasting
    }
}
