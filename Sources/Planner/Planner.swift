public import HostNetwork

/// The one diff: from two networks to an ordered plan. Pure: no input or output, no clock, and the same inputs give the
/// same plan, byte for byte.
public enum Planner {
    /// Plans the way from what is to what is wanted, with the least disturbance that the kernel allows.
    ///
    /// The plan holds refusals where it must not be carried out; its steps are given all the same, for reading.
    public static func plan(_ request: PlanRequest) -> Plan {
        let usurped = request.usurpedLinks
        let request = request.without(usurped)
        var draft = Draft(request)
        draft.refuseReplacing(usurped)
        draft.findRemovals()
        draft.checkWantedLinks()
        draft.moveAddresses()
        draft.planLinks()
        draft.planAttachments()
        draft.planVLANTables()
        draft.planAddresses()
        draft.planRoutes()
        draft.planRules()
        draft.planIPv6Off()
        draft.planDeletions()
        draft.planNames()
        draft.planBridgeMTUs()
        draft.planBondAddresses()
        draft.planActivePorts()
        draft.planServices()
        draft.noteWhatStays()
        let roots = draft.recreationRoots
        var plan = draft.finish()
        plan.keepBelongings(request)
        refuseLosingDefaultRoute(request, &plan)
        let troubles = Impacts.assess(&plan, request)
        plan.refuseRecreations(of: roots, request)
        plan.refuseForPeople(request, troubles)
        return plan
    }

    /// Looks at a plan that was made before with the eyes of this moment: what each step costs whoever uses the network now, and
    /// what stands against it on account of them. Steps and their order stay as they are, but for neighbours and the like: those that
    /// are there now are kept, and none is that somebody has taken away since.
    /// - Parameter request: what is, who uses it, and the leave given; what is wanted does not matter.
    public static func reassess(_ plan: Plan, _ request: PlanRequest) -> Plan {
        var plan = plan
        plan.refusals = []
        plan.guests = nil
        plan.forgetBelongings(but: request.actual.belongings)
        plan.keepBelongings(request)
        refuseLosingDefaultRoute(request, &plan)
        let troubles = Impacts.assess(&plan, request)
        plan.refuseForPeople(request, troubles)
        return plan
    }

    /// A host that has a way out keeps one, unless its losing it was asked for.
    private static func refuseLosingDefaultRoute(_ request: PlanRequest, _ plan: inout Plan) {
        func ways(_ network: HostNetwork) -> [IPAddress.Family: Route] {
            let defaults = network.routes.filter { $0.isDefault && $0.table == Route.mainTable }
            return Dictionary(defaults.map { ($0.family, $0) }) { first, _ in first }
        }
        guard !request.isRollback || request.isRollbackAsked, !request.allowsOutage, !plan.steps.isEmpty else { return }
        let before = ways(request.actual)
        guard !before.isEmpty else { return }
        let after = ways(request.actual.applying(plan.steps))
        for (family, route) in before.sorted(by: { $0.key < $1.key }) where after[family] == nil {
            let link = route.link ?? .host
            // Who is told of the addresses needs not be told of the route.
            if plan.refusals.contains(where: { $0.kind == .outage && $0.link == link }) { continue }
            plan.refusals.append(
                Refusal(
                    kind: .outage, link: link, message: "the host would lose its last \(family.rawValue) default route (\(route.display))",
                    fix: request.isRollback ? "give --allow-outage if that is meant" : "name a gateway in the file, or give --allow-outage", origin: nil))
        }
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
            // The ports that the file lists are weft's affair from now on, as if it had put them there.
            plan.portsPut += want.portOrder.filter { actual[$0]?.master == want.name && actual[$0]?.isOwned == false }
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

extension Plan {
    /// Links that were there in the state to go back to, and are not any more, take their addresses along: that is refused like any other
    /// loss of an address, or at least noted.
    public mutating func refuseLosing(_ gone: [Link], _ request: PlanRequest) {
        let homes = Set(request.wanted.links.values.flatMap { $0.addresses ?? [] }.map(\.network.address))
        for was in gone where !was.kind.isManaged {
            let lost = (was.addresses ?? []).filter { !$0.isKernelMade && !homes.contains($0.network.address) }.map(\.network.description)
            guard !lost.isEmpty else { continue }
            let message = "\(was.name) is gone: \(lost.joined(separator: ", ")), which it had, would be nowhere"
            guard !request.allowsOutage else {
                notes.append(Note(link: was.name, message: message))
                continue
            }
            refusals.append(
                Refusal(
                    kind: .outage, link: was.name, message: message, fix: "apply a file for the cards that are there, or give --allow-outage", origin: nil))
        }
    }
}
