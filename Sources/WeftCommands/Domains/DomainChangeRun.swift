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
        let ending: DomainTransaction.Ending
        do {
            guard let change = try domains.change() else { return true }
            var kernel = try KernelConnection.open(in: namespace)
            kernel.services = HostServices.find(in: namespace)
            _ = try kernel.snapshot()
            ending = try DomainTransaction(request: request, plan: plan, persistence: persistence).carryOut(
                change, on: kernel, directory: directory, by: .thisProcess(arguments: CommandLine.arguments, source: title),
                caution: safety?.caution(probes: probes, in: namespace) ?? Caution(),
                arm: { checkpoint throws(ChangeError) in try confirmed.arm(checkpoint) })
        } catch let error as DomainFailure {
            throw Failure.exit(output, error)
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
        _ = consume lock
        let isFinal = try tell(ending.outcome, printed, confirmed, left: ending.left)
        if !ending.left.isEmpty { throw ExitCode.notRolledBack }
        return isFinal
    }
}
