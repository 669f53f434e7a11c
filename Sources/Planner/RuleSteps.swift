internal import HostNetwork

/// Setting routing rules, and taking away weft's own that are no longer wanted.
extension Draft {
    /// Plans the rules. A table is filled before a rule leads there, and emptied only after none does.
    mutating func planRules() {
        let wantedRules = Set(wanted.rules.map(\.identity))
        let present = Set(actual.rules.map(\.identity))
        var missing: [Rule] = []
        for want in wanted.rules where !present.contains(want.identity) && !missing.contains(where: { $0.identity == want.identity }) {
            missing.append(want)
        }
        let gone = actual.rules.filter { $0.isOwned && !wantedRules.contains($0.identity) && isInScope($0) }
        let adding = planNewRules(missing.sorted(by: Rule.goesBefore))
        // The kernel takes no router that a rule refuses, so such a rule goes first; unless another one takes its place, for the
        // packets that it refuses are not to slip through meanwhile.
        let barring = missing.contains { $0.table == nil } ? [] : gone.filter { $0.table == nil }
        if let first = planOldRules(barring, among: gone, .takes) {
            for routes in routeStep.values { graph.require(first, before: routes) }
            graph.require(first, before: adding)
        }
        guard let number = planOldRules(gone.filter { !barring.contains($0) }, among: gone, .clears) else { return noteIdleRules() }
        graph.require(adding, before: number)
        for routes in oldRouteSteps { graph.require(number, before: routes) }
        ruleRemovalStep = number
        noteIdleRules()
    }

    private func isInScope(_ rule: Rule) -> Bool {
        guard request.scope != .everythingOwned else { return true }
        return request.hostWide?.rules.contains { $0.identity == rule.identity } ?? false
    }

    private mutating func planNewRules(_ rules: [Rule]) -> Int? {
        guard !rules.isEmpty else { return nil }
        var adding = step(.change, .host, rules.map { FieldChange("rule", new: $0.display) }, rules.map { .addRule($0) })
        adding.origin = rules.compactMap(\.sourceMark).min { ($0.line, $0.column) < ($1.line, $1.column) }
        let number = graph.add(adding, .builds)
        for routes in routeStep.values { graph.require(routes, before: number) }
        return number
    }

    /// - Parameters:
    ///   - rules: in the kernel's order.
    ///   - gone: all that go, by this step or another.
    private mutating func planOldRules(_ rules: [Rule], among gone: [Rule], _ character: StepGraph.Character) -> Int? {
        guard !rules.isEmpty else { return nil }
        var actions: [Action] = []
        for rule in rules {
            // Asked to take away a rule, the kernel takes the first that has what was said, and perhaps more. Those that stand
            // in the way step aside.
            let inTheWay = actual.rules.prefix { $0 != rule }.filter { rule.isMet(by: $0) && !gone.contains($0) }
            if let other = inTheWay.first(where: \.hasUnknownAttributes) {
                refuse(
                    .impossible, .host,
                    "the rule \(rule.display) cannot be taken away: the kernel would take \(other.display), which is more than weft understands",
                    fix: "take the rule away by hand: ip rule delete priority \(rule.priority)")
            }
            for other in inTheWay { actions.append(.removeRule(other)) }
            actions.append(.removeRule(rule))
            for other in inTheWay { actions.append(.addRule(other)) }
        }
        return graph.add(step(.change, .host, rules.map { FieldChange("rule", old: $0.display, new: nil) }, actions), character)
    }

    /// Rules of the file that lead nowhere, or are about a link that is not there: they are set, and do nothing.
    private mutating func noteIdleRules() {
        guard !request.isRollback, !wanted.rules.isEmpty else { return }
        var filled = Set((wanted.routes + actual.routes.filter { !isUnwanted($0) }).map(\.table))
        filled.formUnion([Route.mainTable, Route.localTable, Route.defaultTable])
        for rule in wanted.rules {
            if let table = rule.table, !filled.contains(table) {
                note(.host, "the rule \(rule.display) looks into a table without a route")
            }
            for link in [rule.inputLink, rule.outputLink].compactMap({ $0 }) where !willExist(link) {
                note(.host, "the rule \(rule.display) is about \(link), which is not on this host: it waits for it")
            }
        }
    }
}

extension Rule {
    /// Whether the kernel takes the other rule for this one when it is asked to take this one away: what this one does not say
    /// may be anything.
    func isMet(by other: Rule) -> Bool {
        func agrees<Value: Equatable>(_ own: Value?, _ others: Value?) -> Bool { own == nil || own == others }
        return family == other.family && priority == other.priority && action == other.action && agrees(source, other.source)
            && agrees(destination, other.destination) && agrees(inputLink, other.inputLink) && agrees(outputLink, other.outputLink)
            && agrees(mark, other.mark) && (tos == 0 || tos == other.tos) && agrees(ipProtocol, other.ipProtocol)
            && agrees(sourcePorts, other.sourcePorts) && agrees(destinationPorts, other.destinationPorts)
            && agrees(suppressedPrefixLength, other.suppressedPrefixLength)
    }
}
