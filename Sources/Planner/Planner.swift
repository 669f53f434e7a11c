public import HostNetwork

/// The one diff: from two networks to an ordered plan. Pure: no input or output, no clock, and the same inputs give the
/// same plan, byte for byte.
public enum Planner {
    /// Plans the way from what is to what is wanted, with the least disturbance that the kernel allows.
    ///
    /// The plan holds refusals where it must not be carried out; its steps are given all the same, for reading.
    public static func plan(_ request: PlanRequest) -> Plan {
        var draft = Draft(request)
        draft.findRemovals()
        draft.checkWantedLinks()
        draft.moveAddresses()
        draft.planLinks()
        draft.planAttachments()
        draft.planAddresses()
        draft.planRoutes()
        draft.planDeletions()
        draft.planBondAddresses()
        draft.noteWhatStays()
        return draft.finish()
    }

    /// Plans nothing but the marks that make existing links weft's (`weft adopt`): links of the right kind that the wanted
    /// network names and weft did not make. Never NICs.
    public static func adoption(wanted: HostNetwork, actual: HostNetwork) -> Plan {
        var plan = Plan()
        plan.ownedLinkCount = actual.links.values.count { $0.isOwned }
        for want in wanted.sortedLinks where want.kind.isManaged && want.isPresent {
            guard let have = actual[want.name] else {
                plan.notes.append(Note(link: want.name, message: "does not exist; `weft apply` makes it"))
                continue
            }
            guard have.kind == want.kind else {
                plan.refusals.append(
                    Refusal(
                        kind: .foreign, link: want.name,
                        message: "\(want.name) is a \(have.kind.displayName), and the file says \(want.kind.displayName)",
                        fix: "give the file's link another name", origin: want.origin))
                continue
            }
            guard !have.isOwned else { continue }
            var change = Link(want.name, kind: have.kind)
            change.group = Ownership.group
            let old = have.group.map { $0 == 0 ? "foreign" : "foreign (group \($0))" }
            plan.steps.append(
                Step(
                    verb: .change, subjects: [want.name], kind: have.kind, isRecreation: false,
                    changes: [FieldChange("owner", old: old, new: "weft")], actions: [.change(change)], chunk: 0,
                    origin: want.origin, reason: nil))
        }
        return plan
    }
}
