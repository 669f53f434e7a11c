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
    let output: OutputOptions
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
        Terminal.write(PlanText(plan, file: title, purpose: purpose, style: style).text + "\n")
    }

    /// Prints how the change ended.
    func tell(_ outcome: Transaction.Outcome) {
        if output.json { return printJSON(result: outcome) }
        switch outcome {
        case .nothingToDo: return
        case .done(let completion):
            Terminal.write("\nDone: \(plan.steps.count) step\(plan.steps.count == 1 ? "" : "s"); read back, and nothing is left to do.\n")
            for remark in completion.remarks { Terminal.complain("note: \(remark)") }
            if let confirmation = completion.confirmation {
                Terminal.write("Pending: it is undone in \(confirmation.secondsLeft) s unless `weft confirm` comes before.\n")
            }
        case .rolledBack(let failure):
            complain(failure)
            Terminal.complain("Rolled back: the host is as it was before, and that has been read back.")
        case .notRolledBack(let failure, let left):
            complain(failure)
            Terminal.complain("NOT ENTIRELY ROLLED BACK. What differs from before:")
            for difference in left { Terminal.complain("  - \(difference)") }
        }
    }

    /// Prints how a change ended that waited for its confirmation.
    func tell(_ past: PastChange) {
        if output.json { return printJSON(.init(ending: past.ending.rawValue, problems: past.remarks, left: past.left)) }
        switch past.ending {
        case .done, .confirmed: Terminal.write("Confirmed: the change stays.\n")
        case .lost, .rolledBack:
            Terminal.complain("weft: undone: \(past.remarks.joined(separator: "; "))")
            Terminal.complain("Rolled back: the host is as it was before, and that has been read back.")
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

    private func printJSON(result: Transaction.Outcome?) {
        switch result {
        case nil: printJSON(nil)
        case .nothingToDo?: printJSON(.init(ending: "nothing-to-do"))
        case .done(let completion)?:
            printJSON(.init(ending: completion.confirmation == nil ? "done" : "pending", problems: completion.remarks))
        case .rolledBack(let failure)?: printJSON(.init(ending: "rolled-back", problems: failure.problems))
        case .notRolledBack(let failure, let left)?: printJSON(.init(ending: "not-rolled-back", problems: failure.problems, left: left))
        }
    }

    private func printJSON(_ result: PlanDocument.Result?) {
        var document = PlanDocument(plan)
        document.saved = saved
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
