internal import ArgumentParser
internal import Change
internal import Glibc
internal import HostNetwork
internal import Netlink
internal import Planner
internal import Report
internal import Topology

/// `weft apply --boot`: the installed topology on a host that has just started.
///
/// Nobody is there to ask or to read a refusal, and a host without its network is out of reach: so what the host lacks, or its
/// kernel refuses, holds up only what needs it. Everything else is one transaction as always. What is lacking is told, and
/// kept for `weft status`.
struct BootRun {
    let path: String
    let namespace: NetworkNamespace
    let output: OutputOptions
    /// How many seconds to wait for NICs that the file names and that are not there yet.
    let patience: Int

    func run() throws {
        try Namespace.requirePrivilege(output)
        do { try bringUpInstalled() } catch let status as ExitCode where status != .differs {
            // A boot that came to nothing must not look like one that lacked nothing. While somebody else changes the host, or a change
            // waits for its confirmation, nothing was begun, and what the last boot lacked is still what is known.
            let directory = try Namespace.open(namespace, output: output).directory
            switch try? ChangeStatus(in: directory) {
            case .underWay?, .pending?: throw status
            case .idle?, .cutOff?, .domainsLeft?, nil: break
            }
            let note = Note(link: .host, message: "has not been given its network: `weft apply --boot` failed, and the unit's journal says why")
            try? BootReport(shortfalls: [note]).save(to: directory)
            throw status
        }
    }

    private func bringUpInstalled() throws {
        let installed = InstalledTopology()
        if path == installed.path, let problem = installed.problem {
            throw Failure.exit(output, kind: "boot", message: problem, fix: "give it to root alone: chown root, chmod go-w")
        }
        let topology = try TopologyFile.load(path, output: output)
        try Host.requireHost(of: topology, output: output)
        var space = try Namespace.open(namespace, output: output)
        let lock = try Namespace.lock(space.directory, source: path, waiting: 30, output)
        defer { lock.keep() }
        try Unfinished.finish(&space, output: output)
        try waitForNICs(of: topology)
        try adopt(topology, space.directory)
        let shortfalls = try bringUp(topology, space.directory)
        do throws(ChangeError) { try BootReport(shortfalls: shortfalls).save(to: space.directory) } catch { throw Failure.exit(output, error) }
        tell(shortfalls)
        // Less than whole never passes for whole.
        if !shortfalls.isEmpty { throw ExitCode.differs }
    }

    /// NICs appear as their drivers find them.
    private func waitForNICs(of topology: Topology) throws {
        let end = ContinuousClock.now + .seconds(patience)
        while ContinuousClock.now < end {
            let host = try Host.read(namespace, for: topology, output: output, withFacts: false)
            let network = try resolved(topology, host).network
            if !network.links.values.contains(where: { $0.isPresent && !$0.kind.isManaged && host.network[$0.name] == nil }) { return }
            usleep(200_000)
        }
    }

    private func resolved(_ topology: Topology, _ host: borrowing Host) throws -> Topology {
        do { return try topology.resolved(on: host.network, leavesMissing: true) } catch {
            throw Failure.exit(output, kind: "topology", message: error.description)
        }
    }

    /// Links that the distribution's own scripts have made are weft's from here on, so that its topology stays its own.
    private func adopt(_ topology: Topology, _ directory: StateDirectory) throws {
        var host = try Host.read(namespace, for: topology, output: output, withFacts: false)
        let adoption = try host.adoption(of: try resolved(topology, host).network)
        // What cannot be adopted is in the way of what the file wants, and is held up below.
        var plan = adoption.1
        plan.refusals = []
        guard !plan.steps.isEmpty else { return }
        for step in plan.steps where !output.json { Terminal.complain("weft: \(step.subject) was there already, and is weft's now") }
        switch try carryOut(adoption.0, plan, on: &host, directory) {
        case .done: return
        case .undone(_, let problem), .failed(let problem):
            Terminal.complain("weft: links that were there already could not be adopted: \(problem)")
        }
    }

    private enum Ending {
        case done
        /// It failed and was undone; the link to blame, if one is, and the kernel's words.
        case undone(LinkName?, String)
        case failed(String)
    }

    /// Tries the whole, then without what was refused, until something stands.
    private func bringUp(_ topology: Topology, _ directory: StateDirectory) throws -> [Note] {
        var refused: [LinkName: String] = [:]
        while true {
            var host = try Host.read(namespace, for: topology, output: output, withFacts: false)
            let degraded = Degraded(try resolved(topology, host).network, on: host.network, refused: refused)
            var asked = try host.request(wanted: degraded.network)
            asked.ignoresManagers = true
            // What is left out is left alone: on a host that runs already, nothing goes because it could not be changed.
            asked.scope = .only(Set(degraded.network.links.keys))
            let (request, plan) = try host.plan(asked)
            if !plan.refusals.isEmpty {
                let new = plan.refusals.filter { refused[$0.link] == nil }
                guard !new.isEmpty else {
                    throw Failure.exit(output, kind: "refused", message: plan.refusals.map(\.message).joined(separator: "; "))
                }
                for refusal in new { refused[refusal.link] = "is left out: \(refusal.message)" }
                continue
            }
            for (feature, state) in host.features(for: request.wanted) where state == .loadable {
                do { try KernelFeature.load(feature) } catch { Terminal.complain("weft: \(error.description)") }
            }
            switch try carryOut(request, plan, on: &host, directory) {
            case .done: return degraded.shortfalls
            case .undone(let link?, let problem) where refused[link] == nil: refused[link] = "is left out: \(problem)"
            case .undone(_, let problem): throw Failure.exit(output, kind: "rolled-back", message: problem, status: .rolledBack)
            case .failed(let problem): throw Failure.exit(output, kind: "not-rolled-back", message: problem, status: .notRolledBack)
            }
        }
    }

    private func carryOut(_ request: PlanRequest, _ plan: Plan, on host: inout Host, _ directory: StateDirectory) throws -> Ending {
        do {
            let outcome = try Transaction(request: request, plan: plan).carryOut(
                on: &host.kernel, directory: directory, by: .thisProcess(arguments: CommandLine.arguments, source: path),
                caution: Caution(acceptsDegraded: true))
            switch outcome {
            case .nothingToDo, .done: return .done
            case .rolledBack(let failure): return .undone(failure.step?.subject, failure.description)
            case .notRolledBack(let failure, let left): return .failed(([failure.description] + left).joined(separator: "; "))
            }
        } catch {
            throw Failure.exit(output, error)
        }
    }

    private func tell(_ shortfalls: [Note]) {
        if output.json { return Terminal.write(StatusDocument(.idle, BootReport(shortfalls: shortfalls))) }
        if shortfalls.isEmpty { return Terminal.write("The network is as \(path) says.\n") }
        Terminal.complain("weft: the network is NOT WHOLE:")
        for note in shortfalls { Terminal.complain("  - \(note.link) \(note.message)") }
    }
}
