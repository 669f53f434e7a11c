internal import ArgumentParser
internal import Change
internal import DomainService
#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
internal import Glibc
internal import HostNetwork
internal import Planner
internal import Report
internal import Topology

/// Saved plans as files: writing one, reading one, and holding it against the host.
enum SavedPlanFile {
    /// Whether a command's argument is a saved plan rather than a topology.
    static func isMeant(by path: String) -> Bool { path.hasSuffix(".weft") }

    static func read(_ path: String, output: OutputOptions) throws -> SavedPlan {
        let bytes = try TopologyFile.read(path, output: output)
        do { return try SavedPlan(bytes: bytes, path: path) } catch { throw Failure.exit(output, error) }
    }

    /// Writes a plan, whole or not at all.
    static func write(
        _ plan: Plan, for request: PlanRequest, domains: SavedDomains?, from topology: Topology, to path: String, output: OutputOptions
    ) throws {
        guard isMeant(by: path) else {
            throw Failure.exit(output, kind: "file", message: "\(path): a saved plan's name ends in .weft", fix: "write it like \(path).weft")
        }
        let saved = SavedPlan(
            plan, for: request, domains: domains, probes: topology.probes, file: topology.file, host: Host.name, weftVersion: Weft.version, madeAt: Clock.universalText(Clock.now),
            madeBy: ChangeAuthor.userName)
        do {
            try Data(try saved.text().utf8).write(to: URL(filePath: path), options: .atomic)
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        } catch {
            let reason = ((error as? CocoaError)?.underlying as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
            throw Failure.exit(output, kind: "file", message: "\(path): \(reason ?? "\(error)")")
        }
        if !output.json { Terminal.write("\nSaved in \(path): `weft apply \(path)` does just this, if the host has not changed by then.\n") }
    }

    /// The saved plan as it is to be carried out on this host now.
    /// - Throws: ``ExitCode/refused`` after every difference has been told: then, now, and wanted.
    /// - Parameter domains: the saved plan's domains, which are asked for as they are now.
    static func resume(
        _ saved: SavedPlan, at path: String, on host: borrowing Host, domains: TopologyDomains?, leave: LeaveOptions, safety: SafetyOptions,
        output: OutputOptions
    ) throws -> (PlanRequest, Plan) {
        guard saved.host == Host.name else {
            throw Failure.exit(output, kind: "host", message: "\(path) was made on the host \(saved.host); this is \(Host.name)")
        }
        var differences = saved.differences(to: host.network)
        var refusals: [Refusal] = []
        if let domains, let part = saved.domains {
            do throws(DomainFailure) {
                let found = try domains.resume(part, saved.plan, on: host.network)
                differences += found.differences
                refusals = found.refusals
            } catch {
                throw Failure.exit(output, error)
            }
        }
        guard differences.isEmpty else { throw moved(differences, saved, path, output) }
        var request = saved.request(on: host.network)
        request.portsPut.formUnion(host.record.ports(in: host.network))
        request.facts = host.facts
        // Whose connection would be cut is a matter of today; what may be done was settled when the plan was made.
        request.hasConsole = leave.iHaveConsole
        request.isConfirmedLater = safety.confirmWithin != nil
        request.ignoresManagers = request.ignoresManagers || leave.ignoreManager
        // What a failure would have to put back is read now; the plan stays as it is.
        if saved.plan.lacksBelongings(request) { request = try host.withBelongings(request, of: Set(saved.plan.disturbedLinks)) }
        var plan = Planner.reassess(saved.plan, request)
        plan.refusals += refusals
        return (request, plan)
    }

    /// The probes of the file that the plan was made from.
    static func probes(of saved: SavedPlan, at path: String, output: OutputOptions) throws -> [Probe] {
        do { return try (saved.probes ?? []).map { try Probe($0) } } catch {
            throw Failure.exit(output, kind: "saved-plan", message: "\(path): \(error)")
        }
    }

    private static func moved(_ differences: [PlanGround.Difference], _ saved: SavedPlan, _ path: String, _ output: OutputOptions) -> ExitCode {
        let sentences = differences.map { difference in
            let wanted = difference.wanted.map { ", wanted \($0)" } ?? ""
            return "\(difference.link): \(difference.property): then \(difference.then ?? "absent"), now \(difference.now ?? "absent")\(wanted)"
        }
        let message = "the host has changed since \(path) was made (\(saved.madeAt)); nothing was done"
        let fix = "plan again: `weft plan \(saved.file) -o \(path)`"
        if output.json {
            Failure.printJSON(
                kind: "changed", message: message,
                details: zip(differences, sentences).map { ErrorDocument.Detail($1, fix: fix, link: $0.link) })
        } else {
            Terminal.complain("weft: \(message)")
            for sentence in sentences { Terminal.complain("  - \(sentence)") }
            Terminal.complain("  fix: \(fix)")
        }
        return .refused
    }
}
