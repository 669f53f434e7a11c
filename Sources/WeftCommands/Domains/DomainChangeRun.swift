internal import ArgumentParser
internal import Change
internal import DomainService
internal import LinkServices
internal import Netlink
internal import Planner
internal import Report

extension ChangeRun {
    /// Carries out a plan of links and domains as one, and tells the outcome.
    func carryOut(
        _ domains: TopologyDomains, _ request: PlanRequest, _ plan: Plan, _ directory: StateDirectory, _ printed: PlanOutput,
        in namespace: NetworkNamespace
    ) throws {
        var outcome: Transaction.Outcome
        var left: [String]
        do {
            guard let change = try domains.change() else { return }
            var kernel = try KernelConnection.open(in: namespace)
            kernel.services = HostServices.find(in: namespace)
            _ = try kernel.snapshot()
            var both = KernelWithDomains(kernel, change: change)
            if plan.steps.isEmpty {
                outcome = both.carryOutDomains()
            } else {
                outcome = try Transaction(request: request, plan: plan, persistence: persistence).carryOut(
                    on: &both, directory: directory, by: .thisProcess(arguments: CommandLine.arguments, source: title),
                    caution: safety?.caution(probes: probes, in: namespace) ?? Caution())
            }
            left = Self.finish(&both, &outcome)
        } catch let error as DomainFailure {
            throw Failure.exit(output, error)
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
        printed.tell(outcome, left: left)
        switch outcome {
        case .nothingToDo, .done: if !left.isEmpty { throw ExitCode.notRolledBack }
        case .rolledBack: throw ExitCode.rolledBack
        case .notRolledBack: throw ExitCode.notRolledBack
        }
    }

    /// What comes after the links: the guests' part of a change that went well, or putting the domains back.
    /// - Returns: what guests have left undone.
    private static func finish(_ both: inout KernelWithDomains<KernelConnection>, _ outcome: inout Transaction.Outcome) -> [String] {
        switch outcome {
        case .nothingToDo, .done: return both.change.carryOutGuestsPart()
        case .rolledBack(let failure):
            let left = both.rollBackDomains()
            if !left.isEmpty { outcome = .notRolledBack(failure, left: left) }
        case .notRolledBack(let failure, let left):
            outcome = .notRolledBack(failure, left: left + both.rollBackDomains())
        }
        return []
    }
}
