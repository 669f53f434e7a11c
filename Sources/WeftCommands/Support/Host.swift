internal import ArgumentParser
internal import Change
internal import HostNetwork
internal import LinkServices
internal import Netlink
internal import Planner
internal import Topology

/// The host as a command finds it: read once, with weft's record of the ports it put.
struct Host: ~Copyable {
    var kernel: KernelConnection
    let network: HostNetwork
    let record: PortRecord
    /// What the topology said that was applied last.
    let said: OptionRecord
    /// Who uses the network now, and who else looks after it.
    let facts: HostFacts
    private let namespace: NetworkNamespace
    private let output: OutputOptions

    /// Connects and reads.
    /// - Parameters:
    ///   - topology: what is going to be planned for; what it needs to know of the kernel and the NICs is asked for.
    ///   - saved: the same of a saved plan, which has no file: the network that it is to bring about.
    ///   - vlanTables: whether to read the VLAN tables of bridges that do not filter, too.
    ///   - withFacts: whether to find out who uses the network, which only a plan has to know.
    /// - Throws: ``ExitCode/refused`` after the reason has been printed.
    static func read(
        _ namespace: NetworkNamespace, for topology: Topology? = nil, saved: HostNetwork? = nil, output: OutputOptions, withFacts: Bool = true,
        vlanTables: Bool = false
    ) throws -> Host {
        do {
            var kernel = try KernelConnection.open(in: namespace)
            kernel.services = HostServices.find(in: namespace)
            let wanted = topology?.network ?? saved
            if let wanted { try kernel.learnBackports(of: wanted.optionRows) }
            var network = try kernel.snapshot(vlanTables: vlanTables || wanted?.concernsVLANTables ?? false)
            if topology?.asksForHardware == true { kernel.readHardware(of: &network) }
            let directory = StateDirectory.existing(cookie: kernel.namespaceCookie)
            let record = try PortRecord.load(from: directory)
            let said = try OptionRecord.load(from: directory)
            let facts = withFacts ? HostFacts.gather(&kernel, network, in: namespace) : HostFacts()
            return Host(kernel: kernel, network: network, record: record, said: said, facts: facts, namespace: namespace, output: output)
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
    }

    private init(
        kernel: consuming KernelConnection, network: HostNetwork, record: PortRecord, said: OptionRecord, facts: HostFacts, namespace: NetworkNamespace,
        output: OutputOptions
    ) {
        self.kernel = kernel
        self.network = network
        self.record = record
        self.said = said
        self.facts = facts
        self.namespace = namespace
        self.output = output
    }

    /// Plans, and where links are made anew or go down on the way, once more with what belongs to them: that takes a reading of
    /// its own, which most plans do without.
    func plan(_ request: PlanRequest) throws -> (PlanRequest, Plan) {
        var request = request
        // What is sure to be disturbed is read at once, and saves most changes of bonds the second plan.
        let entering = request.linksEnteringBonds
        if !entering.isEmpty { request = try withBelongings(request, of: entering) }
        let plan = Planner.plan(request)
        guard plan.lacksBelongings(request) else { return (request, plan) }
        let whole = try withBelongings(request, of: Set(plan.disturbedLinks))
        return (whole, plan.isIndifferent(to: whole) ? plan : Planner.plan(whole))
    }

    /// The request with what belongs to links.
    func withBelongings(_ request: PlanRequest, of names: Set<LinkName>) throws -> PlanRequest {
        var request = request
        do throws(NetlinkError) {
            var kernel = try KernelConnection.open(in: namespace)
            _ = try kernel.snapshot()
            request.actual.belongings = try kernel.belongings(of: names)
        } catch {
            throw Failure.exit(output, error)
        }
        return request
    }

    /// Mistakes of a file that show only against this host.
    func conflicts(of topology: Topology) -> [Diagnostic] { topology.conflicts(with: network, portsPut: record.ports(in: network)) }

    /// Asks for the way from this host to a wanted network.
    func request(wanted: HostNetwork, leave: LeaveOptions? = nil, safety: SafetyOptions? = nil) throws -> PlanRequest {
        var request = PlanRequest(wanted: wanted, actual: network)
        request.portsPut = record.ports(in: network)
        request.lastOptions = said.options
        request.facts = facts
        request.isConfirmedLater = safety?.confirmWithin != nil
        guard let leave else { return request }
        try leave.give(to: &request)
        return request
    }

    /// Asks for the marks that make the existing links of a wanted network weft's, and for nothing else.
    func adoption(of network: HostNetwork) throws -> (PlanRequest, Plan) {
        let plan = Planner.adoption(wanted: network, actual: self.network)
        var wanted = HostNetwork()
        for step in plan.steps {
            wanted[step.subject] = Link(step.subject, kind: step.kind)
            wanted[step.subject]?.group = Ownership.group
        }
        var request = try request(wanted: wanted)
        request.scope = .only([])
        return (request, plan)
    }

    /// The drivers that a wanted network needs, and whether the kernel has them. Nothing is loaded.
    func features(for wanted: HostNetwork) -> [(feature: KernelFeature, state: KernelFeature.State)] {
        let kinds = Set(wanted.links.values.filter(\.isPresent).map(\.kind))
        return KernelFeature.allCases.filter { kinds.contains($0.linkKind) }.map { ($0, KernelFeature.state(of: $0, in: network)) }
    }

    /// The host's name, with its domain where it has one.
    static var name: String { HostName.current }

    /// Whether a file is for this host, or for any.
    static func isMeant(by topology: Topology) -> Bool {
        topology.host.map { $0 == name || $0 == name.prefix { $0 != "." } } ?? true
    }

    /// Refuses a file that is for another host.
    static func requireHost(of topology: Topology, output: OutputOptions) throws {
        guard let wanted = topology.host, !isMeant(by: topology) else { return }
        throw Failure.exit(output, kind: "host", message: "\(topology.file) is for the host \(wanted); this is \(name)")
    }
}
