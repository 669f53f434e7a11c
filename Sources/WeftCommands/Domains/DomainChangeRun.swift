internal import ArgumentParser
internal import Change
internal import DomainService
internal import LinkServices
internal import Netlink
internal import Planner
internal import Report

extension ChangeRun {
    /// Carries out a plan of links and domains as one, and tells the outcome.
    /// - Parameter lock: is let go while a confirmation is waited for.
    /// - Returns: whether the host is as it was asked for, for good.
    func carryOut(
        _ domains: TopologyDomains, _ request: PlanRequest, _ plan: Plan, _ directory: StateDirectory, _ printed: PlanOutput,
        _ lock: consuming HostLock, in namespace: NetworkNamespace
    ) throws -> Bool {
        let confirmed = ConfirmedChange(namespace: namespace, directory: directory, output: output)
        let outcome: Transaction.Outcome
        var left: [String] = []
        do {
            guard let change = try domains.change() else { return true }
            let checkpoint = change.checkpoint
            var kernel = try KernelConnection.open(in: namespace)
            kernel.services = HostServices.find(in: namespace)
            _ = try kernel.snapshot()
            var both = KernelWithDomains(kernel, change: change)
            outcome = try Transaction(request: request, plan: plan, persistence: persistence, domains: checkpoint).carryOut(
                on: &both, directory: directory, by: .thisProcess(arguments: CommandLine.arguments, source: title),
                caution: safety?.caution(probes: probes, in: namespace) ?? Caution(),
                arm: { checkpoint throws(ChangeError) in try confirmed.arm(checkpoint) })
            // What only guests can bring about comes after all else, and is left, not undone.
            if case .done = outcome { left = both.change.carryOutGuestsPart() }
        } catch let error as DomainFailure {
            throw Failure.exit(output, error)
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
        _ = consume lock
        let isFinal = try tell(outcome, printed, confirmed, left: left)
        if !left.isEmpty { throw ExitCode.notRolledBack }
        return isFinal
    }
}
