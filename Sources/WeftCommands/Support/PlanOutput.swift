internal import Change
internal import HostNetwork
internal import Netlink
internal import Planner
internal import Report
internal import Topology

/// A plan, what the kernel has for it, and the outcome, as text or as JSON.
struct PlanOutput {
    /// What the plan is for: a file's name, or `--all`.
    let title: String
    let purpose: PlanText.Purpose
    let plan: Plan
    /// The drivers that the plan needs, and whether they are there.
    let features: [(feature: KernelFeature, state: KernelFeature.State)]
    /// What the topology file was warned of; text output has shown it already.
    var warnings: [Diagnostic] = []
    /// What happens to domains along with it.
    var domains: TopologyDomains?
    let output: OutputOptions
    /// How a rehearsal of the plan went.
    var rehearsal: Rehearsal?
    /// How long the phases took so far.
    var timing: Timing?
    /// Of a saved plan, when and where it was made.
    var saved: PlanDocument.Saved?

    /// Prints the plan.
    func print() {
        if output.json { return printJSON(result: nil) }
        let style = Terminal.style(output.color)
        let isLacking = features.contains { $0.state != .available }
        if !features.isEmpty, isLacking || !plan.isEmpty {
            Terminal.write("Kernel drivers: \(features.map { describe($0, $1) }.joined(separator: ", ")).\n\n")
        }
        Terminal.write(PlanText(plan, domains: domains?.plan, domainsAreKnown: domains?.failure == nil, file: title, purpose: purpose, style: style).text + "\n")
    }

    /// Prints how a rehearsal went, below the plan.
    func tell(_ rehearsal: Rehearsal) {
        guard !output.json else { return }
        func list(_ heading: String, _ items: [String]) {
            guard !items.isEmpty else { return }
            Terminal.write("\(heading)\n\(items.map { "  - \($0)\n" }.joined())")
        }
        let count = plan.steps.count
        if rehearsal.isGood {
            Terminal.write("\nRehearsed in a network namespace of its own: this kernel took \(count == 1 ? "the step" : "all \(count) steps"), and nothing was left to do.\n")
        } else {
            Terminal.write("\n")
            list("REHEARSED, AND FAILED, in a network namespace of its own:", rehearsal.problems)
        }
        list("There the stage was not like this host:", rehearsal.gaps)
        list("A rehearsal cannot show:", rehearsal.limits)
        list("Besides:", rehearsal.remarks)
    }

    /// Prints how the change ended.
    /// - Parameter left: what guests have left undone of it, a sentence each.
    func tell(_ outcome: Transaction.Outcome, left: [String] = []) {
        if output.json { return printJSON(result: outcome, left: left) }
        switch outcome {
        case .nothingToDo: return
        case .done(let completion):
            let count = plan.steps.count + (domains?.plan.steps.count ?? 0) - left.count
            let rest = left.isEmpty ? "nothing is left to do." : "this is left:"
            Terminal.write("\nDone: \(count) step\(count == 1 ? "" : "s"); read back, and \(rest)\n")
            for problem in left { Terminal.complain("  - \(problem).") }
            if let ports = completion.ports { Terminal.write("\(ports.sentence).\n") }
            for remark in completion.remarks { Terminal.complain("note: \(remark)") }
            if let confirmation = completion.confirmation {
                Terminal.write("Pending: it is undone in \(confirmation.secondsLeft) s unless `weft confirm` comes before.\n")
            }
        case .rolledBack(let failure):
            complain(failure)
            let told = RolledBack(meanwhile: failure.meanwhile)
            Terminal.complain(told.sentence)
            for addition in told.meanwhile where !failure.problems.contains(addition) { Terminal.complain("  - \(addition)") }
            if let ports = failure.ports { Terminal.complain("\(ports.sentence).") }
        case .notRolledBack(let failure, let left):
            complain(failure)
            Terminal.complain("NOT ENTIRELY ROLLED BACK. What differs from before:")
            for difference in left { Terminal.complain("  - \(difference)") }
            if let ports = failure.ports { Terminal.complain("\(ports.sentence).") }
        }
    }

    /// Prints how a change ended that waited for its confirmation.
    func tell(_ past: PastChange) {
        if output.json { return printJSON(.init(ending: past.ending.rawValue, problems: past.remarks, left: past.left)) }
        switch past.ending {
        case .done, .confirmed: Terminal.write("Confirmed: the change stays.\n")
        case .lost, .rolledBack:
            Terminal.complain("weft: undone: \(past.remarks.joined(separator: "; "))")
            Terminal.complain(RolledBack(meanwhile: past.meanwhile ?? []).sentence)
        case .notRolledBack:
            Terminal.complain("weft: undone: \(past.remarks.joined(separator: "; "))")
            Terminal.complain("NOT ENTIRELY ROLLED BACK. What differs from before:")
            for difference in past.left { Terminal.complain("  - \(difference)") }
        }
    }

    private func complain(_ failure: Transaction.Failure) {
        Terminal.complain("\nweft: the change failed:")
        for problem in failure.problems { Terminal.complain("  - \(problem)") }
    }

    private func describe(_ feature: KernelFeature, _ state: KernelFeature.State) -> String {
        switch state {
        case .available: "\(feature.moduleName) is there"
        case .loadable: "\(feature.moduleName) is not loaded (`weft apply` loads it)"
        case .missing(let reason): "\(feature.moduleName) is MISSING: \(reason)"
        }
    }

    private func printJSON(result: Transaction.Outcome?, left: [String] = []) {
        switch result {
        case nil: printJSON(nil)
        case .nothingToDo?: printJSON(.init(ending: "nothing-to-do"))
        case .done(let completion)?:
            let ending = left.isEmpty ? completion.confirmation == nil ? "done" : "pending" : "left"
            printJSON(.init(ending: ending, problems: completion.remarks, left: left, ports: Self.document(completion.ports)))
        case .rolledBack(let failure)?: printJSON(.init(ending: "rolled-back", problems: failure.problems + failure.meanwhile.filter { !failure.problems.contains($0) }, ports: Self.document(failure.ports)))
        case .notRolledBack(let failure, let left)?:
            printJSON(.init(ending: "not-rolled-back", problems: failure.problems, left: left, ports: Self.document(failure.ports)))
        }
    }

    private static func document(_ ports: RestoredPorts?) -> PlanDocument.Ports? {
        ports.map { PlanDocument.Ports(total: $0.total, restored: $0.count, longestGap: $0.gapMilliseconds, missing: $0.missing.map(\.text)) }
    }

    private func printJSON(_ result: PlanDocument.Result?) {
        var document = PlanDocument(plan, domains: domains?.plan)
        document.saved = saved
        document.rehearsal = rehearsal.map { .init(ending: $0.isGood ? "done" : "failed", problems: $0.problems, gaps: $0.gaps, cannotShow: $0.limits, remarks: $0.remarks) }
        document.warnings = warnings.map { ErrorDocument.Detail($0) }
        document.drivers = features.map { feature, state in
            switch state {
            case .available: .init(module: feature.moduleName, state: "available")
            case .loadable: .init(module: feature.moduleName, state: "loadable")
            case .missing(let reason): .init(module: feature.moduleName, state: "missing", reason: reason)
            }
        }
        document.timing = timing?.asked
        document.result = result
        Terminal.write(document)
    }
}
