internal import ArgumentParser
internal import Change
internal import DomainService
internal import HostNetwork
internal import Planner
internal import Topology

/// Which libvirt a topology's domains are on, and how long their guests may take.
struct DomainOptions: ParsableArguments {
    @OptionGroup var connection: ConnectOptions

    @Option(name: .long, help: ArgumentHelp("How long a running guest may take to give an interface up.", valueName: "seconds"))
    var guestTimeout: Double = 30

    func validate() throws {
        guard guestTimeout > 0, guestTimeout <= 3600 else { throw ValidationError("--guest-timeout: between 0 and 3600 seconds.") }
    }
}

/// A topology's domains on their way through a command: read when the host is read, planned together with its links.
///
/// A libvirt that does not answer holds up no link: it is said, and the domains wait.
final class TopologyDomains {
    private let wanted: [WantedDomain]
    private let uri: String
    private let patience: Double
    private let isReadOnly: Bool
    /// What will be done to domains.
    private(set) var plan = DomainPlan()
    /// Why libvirt could not be asked.
    private(set) var failure: DomainFailure?
    private var request: DomainRequest?
    /// The domains as they were read; `nil` where libvirt could not be asked.
    var snapshot: DomainSnapshot? { failure == nil ? request?.actual : nil }

    /// The domains of a file; `nil` where it names none, so that libvirt is not asked at all.
    init?(_ topology: Topology, _ options: DomainOptions, isReadOnly: Bool) {
        guard !topology.domains.isEmpty else { return nil }
        wanted = topology.domains
        uri = options.connection.uri
        patience = options.guestTimeout
        self.isReadOnly = isReadOnly
    }

    /// The domains of a saved plan, as it was made.
    /// - Parameter connect: another connection than the one that the plan was made by, where one is named.
    init(saved: SavedDomains, connect: String?, isReadOnly: Bool) {
        wanted = saved.wanted
        plan = saved.plan
        uri = connect ?? saved.uri
        patience = saved.patience
        self.isReadOnly = isReadOnly
    }

    /// Plans links and domains together.
    /// - Returns: the request and the plan of the links; its refusals hold those of the domains.
    func plan(_ asked: PlanRequest) -> (PlanRequest, Plan) {
        plan = DomainPlan()
        failure = nil
        let snapshot: DomainSnapshot
        do throws(DomainFailure) { snapshot = try read() } catch {
            failure = error
            plan.notes = ["the domains of this file wait: \(error.description)"]
            return (asked, Planner.plan(asked))
        }
        let (links, linkPlan, domains) = Planner.plan(
            links: asked, domains: wanted, snapshot: snapshot, patience: patience)
        request = domains.request
        plan = domains.plan
        return (links, linkPlan)
    }

    /// Reads the domains of this host.
    private func read() throws(DomainFailure) -> DomainSnapshot {
        var session = try DomainSession.open(uri, isReadOnly: isReadOnly)
        let snapshot = try session.snapshot()
        guard snapshot.isOfThisHost else {
            throw DomainFailure(
                .refused, attempt: "change the domains of \(snapshot.uri)", words: "it is libvirt on \(snapshot.host), and weft changes this host only",
                fix: "name this host's libvirt: --connect qemu:///system")
        }
        return snapshot
    }

    /// What is to be saved of what was planned; `nil` where nothing happens to domains.
    var saved: SavedDomains? {
        request.flatMap { plan.steps.isEmpty ? nil : SavedDomains(plan, for: $0, uri: uri) }
    }

    /// Takes a saved plan up again on the domains as they are now.
    /// - Parameters:
    ///   - links: the saved plan of the links.
    ///   - network: the host's links as they are now.
    /// - Returns: what is otherwise than when the plan was made, and what stands against it now.
    func resume(_ saved: SavedDomains, _ links: Plan, on network: HostNetwork) throws(DomainFailure) -> (differences: [PlanGround.Difference], refusals: [Refusal]) {
        let snapshot = try read()
        let request = saved.request(on: snapshot, links, network)
        self.request = request
        return (saved.differences(to: snapshot), Planner.plan(request).refusals)
    }

    /// Whether there is something to do to domains.
    var hasSteps: Bool { !plan.steps.isEmpty }

    /// Whether the domains are known to be as the file says.
    var isEmpty: Bool { plan.steps.isEmpty && failure == nil }

    /// Begins with what was planned.
    func change() throws(DomainFailure) -> DomainChange? {
        guard let request else { return nil }
        return DomainChange(request: request, plan: plan, session: try DomainSession.open(uri, isReadOnly: false))
    }
}
