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
    /// The domains as they were, where they are to be so again.
    private var before: DomainSnapshot?
    /// The file's text, where it is not going to be what libvirt's hook goes by.
    private let text: String?
    /// What will be done to domains.
    private(set) var plan = DomainPlan()
    /// Why libvirt could not be asked.
    private(set) var failure: DomainFailure?
    private var request: DomainRequest?
    /// The domains as they were read; `nil` where libvirt could not be asked.
    var snapshot: DomainSnapshot? { failure == nil ? request?.actual : nil }

    /// The domains of a file; `nil` where it names none, so that libvirt is not asked at all.
    /// - Parameter persists: whether the file is going to be installed.
    init?(_ topology: Topology, _ options: DomainOptions, isReadOnly: Bool, persists: Bool = false) {
        guard !topology.domains.isEmpty else { return nil }
        wanted = topology.domains
        uri = options.connection.uri
        patience = options.guestTimeout
        self.isReadOnly = isReadOnly
        text = persists ? nil : topology.source.lines.map { $0 + "\n" }.joined()
    }

    /// The domains of a saved plan, as it was made.
    /// - Parameter connect: another connection than the one that the plan was made by, where one is named.
    init(saved: SavedDomains, connect: String?, isReadOnly: Bool) {
        wanted = saved.wanted
        plan = saved.plan
        uri = connect ?? saved.uri
        patience = saved.patience
        self.isReadOnly = isReadOnly
        text = nil
    }

    /// The domains that a past change has touched, to be as they were before it.
    init(returningTo checkpoint: DomainCheckpoint, isReadOnly: Bool) {
        wanted = []
        before = checkpoint.before
        uri = checkpoint.uri
        patience = 30
        self.isReadOnly = isReadOnly
        text = nil
    }

    /// Plans links and domains together.
    /// - Returns: the request and the plan of the links; its refusals hold those of the domains.
    func plan(_ asked: PlanRequest) -> (PlanRequest, Plan) {
        plan = DomainPlan()
        failure = nil
        let snapshot: DomainSnapshot
        do throws(DomainFailure) { snapshot = try read() } catch {
            failure = error
            plan.notes = ["\(before == nil ? "the domains of this file wait" : "the domains stay as they are"): \(error.description)"]
            return (asked, Planner.plan(asked))
        }
        let (links, linkPlan, domains) = Planner.plan(
            links: asked, domains: wanted, snapshot: snapshot, patience: patience, returning: before)
        request = domains.request
        plan = domains.plan
        plan.notes += hookNotes
        return (links, linkPlan)
    }

    /// What keeps VLANs from being set at a domain's start, where the file says any.
    private var hookNotes: [String] {
        let names = wanted.filter { $0.interfaces.contains { $0.isPresent && !$0.port.isEmpty } }.map(\.name).joined(separator: ", ")
        guard !names.isEmpty else { return [] }
        guard HookScript(directory: HookScript.defaultDirectory, program: "").isInstalled else {
            return ["the VLANs and port options of \(names) last until the domain stops: `weft hook install` has libvirt set them at every start"]
        }
        let installed = InstalledTopology().path
        guard let text, (try? TextFile.read(installed)).map({ String(decoding: $0, as: UTF8.self) }) != text else { return [] }
        return ["libvirt's hook sets the VLANs and port options of \(names) as \(installed) says, which is another file: --persist installs this one"]
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
