public import HostNetwork

/// Refusals that need to know what a whole plan costs, and whom.
extension Plan {
    /// A link is deleted and made anew only with leave, for what is bound to it may not come back.
    mutating func refuseRecreations(of roots: Set<LinkName>, _ request: PlanRequest) {
        guard !request.isRollback else { return }
        for name in roots.sorted() where !request.mayRecreate.contains(name) {
            guard let step = steps.first(where: { $0.verb == .delete && $0.isRecreation && $0.subject == name }) else { continue }
            let along = steps.filter { $0.verb == .delete && $0.isRecreation && $0.subject != name && request.actual.lies($0.subject, on: name) }
            let end = ([step] + along).compactMap(\.impact.untilStep).max()
            var costs = [step.impact.impact == .none ? "nothing, for it is down" : "an outage\(end.map { " until step \($0)" } ?? "")"]
            let users = Set(([step] + along).flatMap { $0.impact.affected.filter { $0.kind != .link }.map(\.name) }).sorted()
            if !users.isEmpty { costs[0] += " for \(users.listed)" }
            if !along.isEmpty { costs.append("\(along.map(\.subject.text).sorted().listed) on it \(along.count == 1 ? "goes" : "go") and \(along.count == 1 ? "comes" : "come") back too") }
            costs.append("filters, qdiscs and sockets that are bound to it do not come back")
            refusals.append(
                Refusal(
                    kind: .recreation, link: name,
                    message: "\(name) has to be deleted and made anew: \(step.reason ?? "it cannot change in place"). That costs \(costs.joined(separator: "; "))",
                    fix: "give --allow-recreate \(name) if that is meant, or --allow-recreate for any link", origin: step.origin))
        }
    }

    /// What stands against a plan on account of who is at work on the host: the person's own connection, and other programs.
    mutating func refuseForPeople(_ request: PlanRequest, _ troubles: [Impacts.SessionTrouble]) {
        guard !request.isRollback || request.isRollbackAsked else { return }
        refuseCuttingSession(request, troubles)
        guard !request.ignoresManagers else { return }
        refuseManaged(request)
        refuseMovingLeases(request)
    }

    private mutating func refuseCuttingSession(_ request: PlanRequest, _ troubles: [Impacts.SessionTrouble]) {
        guard !request.isConfirmedLater, !request.hasConsole else { return }
        var said: Set<String> = []
        for trouble in troubles where said.insert(trouble.words).inserted {
            refusals.append(
                Refusal(
                    kind: .session, link: trouble.link, message: "step \(trouble.step): this change \(trouble.words)",
                    fix: "give --confirm-within 120s, so that it is undone unless you confirm it, or --i-have-console if you have another way in",
                    origin: steps[trouble.step - 1].origin))
        }
    }

    private mutating func refuseManaged(_ request: PlanRequest) {
        guard !request.facts.managers.isEmpty else { return }
        for name in touchedLinks.sorted() where request.actual[name] != nil {
            guard let managers = request.facts.managers[name], let first = managers.first else { continue }
            let names = managers.map { "\($0.name) (\($0.evidence))" }.listed
            refusals.append(
                Refusal(
                    kind: .manager, link: name, message: "\(name) is looked after by \(names), which may undo the change or be undone by it",
                    fix: "\(first.remedy), or give --ignore-manager", origin: steps.first { $0.subjects.contains(name) }?.origin))
        }
    }

    /// An address that a DHCP client looks after is not moved: the client would set it again where it was.
    private mutating func refuseMovingLeases(_ request: PlanRequest) {
        var homes: [IPAddress: (link: LinkName, address: Address)] = [:]
        for link in request.actual.links.values {
            for address in link.addresses ?? [] where address.isDynamic && !address.isKernelMade { homes[address.network.address] = (link.name, address) }
        }
        guard !homes.isEmpty else { return }
        var said: Set<IPAddress> = []
        for (place, step) in steps.enumerated() {
            for action in step.actions {
                guard case .addAddress(let address, to: let name) = action else { continue }
                let ip = address.network.address
                guard let home = homes[ip], home.link != name, said.insert(ip).inserted else { continue }
                refusals.append(
                    Refusal(
                        kind: .manager, link: home.link,
                        message: "\(home.address.network) on \(home.link) has a lease (\(home.address.validLifetime ?? 0) s are left): whoever renews it sets it there again, and step \(place + 1) moves it to \(name)",
                        fix: "stop the DHCP client of \(home.link), or give --ignore-manager", origin: step.origin))
            }
        }
    }

    /// Every link that a message of the plan is about, its subject or not.
    public var touchedLinks: Set<LinkName> {
        var touched: Set<LinkName> = []
        for step in steps {
            touched.formUnion(step.subjects)
            for action in step.actions {
                switch action {
                case .create(let link), .change(let link): touched.insert(link.name)
                case .delete(let names): touched.formUnion(names)
                case .addAddress(_, let name), .removeAddress(_, let name), .addName(_, let name), .removeName(_, let name): touched.insert(name)
                case .setVLANs(_, let place), .removeVLANs(_, let place): touched.insert(place.link)
                case .addRoute(let route), .replaceRoute(let route), .removeRoute(let route): touched.formUnion(route.links)
                case .restore(_, let name), .forget(_, let name): touched.insert(name)
                case .service(let action): touched.insert(action.link)
                case .addRule, .removeRule: break
                }
            }
        }
        return touched
    }
}

extension HostNetwork {
    /// Whether a link lies on another, directly or not.
    fileprivate func lies(_ name: LinkName, on lower: LinkName) -> Bool {
        var next = links[name]?.parent
        for _ in 0..<16 {
            guard let parent = next else { return false }
            if parent == lower { return true }
            next = links[parent]?.parent
        }
        return false
    }
}

extension [String] {
    /// `a`, `a and b`, `a, b and c`; the tail of a long list is counted.
    var listed: String {
        let most = 6
        if count > most { return "\(prefix(most).joined(separator: ", ")) and \(count - most) more" }
        guard let last, count > 1 else { return first ?? "" }
        return "\(dropLast().joined(separator: ", ")) and \(last)"
    }
}
