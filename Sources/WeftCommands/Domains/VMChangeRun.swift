internal import ArgumentParser
internal import Change
internal import DomainService
internal import HostNetwork
internal import Planner
internal import Report

/// The way of the commands that change a domain's interface: read, plan, carry out, read again, tell.
struct VMChangeRun {
    let connection: ConnectOptions
    let namespace: NamespaceOptions
    let output: OutputOptions
    /// Whether the plan is shown and nothing is done.
    let isDryRun: Bool

    /// Changes one domain.
    /// - Parameters:
    ///   - sides: the configurations that are changed, of those that it has.
    ///   - want: what is wanted of the domain, given as it is.
    func run(_ name: String, sides: Set<DomainSide>, patience: Double = 30, want: (Domain, HostNetwork) throws -> WantedInterface) throws {
        var session = try connection.open(isReadOnly: isDryRun, output: output)
        let snapshot: DomainSnapshot
        do { snapshot = try session.snapshot() } catch { throw Failure.exit(output, error) }
        guard snapshot.isOfThisHost else {
            throw Failure.exit(output, kind: "host", message: "\(snapshot.uri) is libvirt on \(snapshot.host), and weft changes this host only")
        }
        let domain = try known(name, snapshot)
        let host = try Host.read(namespace.namespace, output: output)
        var wanted = try want(domain, host.network)
        if wanted.mac == nil, wanted.settings.target == nil { wanted.mac = freeMAC(domain, snapshot) }
        var request = DomainRequest(
            wanted: [WantedDomain(name: domain.name, interfaces: [wanted])], actual: snapshot, network: host.network)
        request.sides = sides
        request.patience = patience
        let plan = Planner.plan(request)
        try refuse(plan)
        if plan.steps.isEmpty {
            return tell(plan, ending: "nothing-to-do", "No changes. \(domain.name) is so already.")
        }
        if isDryRun {
            tell(plan, ending: nil, DomainPlanText(plan, style: Terminal.style(output.color)).text)
            throw ExitCode.differs
        }
        Terminal.outliveReaders()
        var change = DomainChange(request: request, plan: plan, session: session)
        let outcome = change.carryOut { try? Host.read(namespace.namespace, output: output).network }
        try tell(outcome, plan)
    }

    private func known(_ name: String, _ snapshot: DomainSnapshot) throws -> Domain {
        if let domain = snapshot[name] ?? snapshot.domains.first(where: { $0.uuid == name }) { return domain }
        let names = snapshot.domains.map(\.name).joined(separator: ", ")
        throw Failure.exit(
            output, kind: "missing-domain", message: "there is no domain \(name) on \(snapshot.uri)",
            fix: names.isEmpty ? "define it first" : "domains here are \(names)")
    }

    /// The MAC of a new interface: derived for the first place in which no interface of the domain's has one.
    private func freeMAC(_ domain: Domain, _ snapshot: DomainSnapshot) -> MACAddress {
        let taken = Set(domain.interfaces.flatMap { [$0.live?.mac, $0.stored?.mac] }.compactMap { $0 })
        var place = 0
        while true {
            let mac = MACAddress.derived(host: snapshot.host, domain: domain.name, place: place)
            if !taken.contains(mac) { return mac }
            place += 1
        }
    }

    private func refuse(_ plan: DomainPlan) throws {
        guard let first = plan.refusals.first else { return }
        throw Failure.exit(output, kind: first.kind.rawValue, message: first.message, fix: first.fix)
    }

    private func tell(_ outcome: DomainChange.Outcome, _ plan: DomainPlan) throws {
        let text = DomainPlanText(plan, style: Terminal.style(output.color)).text
        switch outcome {
        case .done: tell(plan, ending: "done", "\(text)\nDone, and read back.")
        case .left(let left):
            complain(plan, ending: "left", left, left: [])
            throw ExitCode.refused
        case .rolledBack(let problems):
            complain(plan, ending: "rolled-back", problems + ["Both configurations are as they were before; that has been read back"], left: [])
            throw ExitCode.rolledBack
        case .notRolledBack(let problems, let left):
            complain(plan, ending: "not-rolled-back", problems, left: left)
            throw ExitCode.notRolledBack
        }
    }

    private func tell(_ plan: DomainPlan, ending: String?, _ text: String) {
        guard output.json else { return Terminal.write(text + "\n") }
        var document = DomainPlanDocument(plan)
        document.result = ending.map { PlanDocument.Result(ending: $0) }
        Terminal.write(document)
    }

    private func complain(_ plan: DomainPlan, ending: String, _ problems: [String], left: [String]) {
        if output.json {
            var document = DomainPlanDocument(plan)
            document.result = PlanDocument.Result(ending: ending, problems: problems, left: left)
            return Terminal.write(document)
        }
        for problem in problems { Terminal.complain("weft: \(problem).") }
        guard !left.isEmpty else { return }
        Terminal.complain("NOT ENTIRELY ROLLED BACK. What differs from before:")
        for difference in left { Terminal.complain("  - \(difference)") }
    }
}

/// Which of a domain's configurations a command changes.
struct SideOptions: ParsableArguments {
    @Flag(name: .long, help: "Change the running instance only.")
    var live = false

    @Flag(name: .long, help: "Change the stored configuration only, which the next start is made from.")
    var config = false

    /// Without either, and with both: all that the domain has.
    var sides: Set<DomainSide> {
        switch (live, config) {
        case (true, false): [.live]
        case (false, true): [.stored]
        case (true, true), (false, false): [.live, .stored]
        }
    }
}

/// Where an interface is to hang.
struct PlaceOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The bridge that it is to hang on.", valueName: "name"))
    var bridge: String?

    @Option(name: .long, help: ArgumentHelp("The VLAN whose bridge it is to hang on.", valueName: "id"))
    var vlan: Int?

    func validate() throws {
        if (bridge == nil) == (vlan == nil) { throw ValidationError("Give one of --bridge and --vlan.") }
    }

    /// The bridge's name; that of a VLAN is the one bridge that has it as a port.
    func bridge(in network: HostNetwork, output: OutputOptions) throws -> String {
        if let bridge { return bridge }
        let id = vlan ?? 0
        let bridges = network.bridges(ofVLAN: id)
        if bridges.count == 1 { return bridges[0].text }
        let fix = bridges.isEmpty ? "make one in the topology: trunks: {bond0: {vlans: [\(id)]}}" : "name the one that is meant: --bridge \(bridges[0])"
        let found = bridges.isEmpty ? "no bridge of this host has a VLAN \(id)" : "several bridges have VLAN \(id): \(bridges.map(\.text).joined(separator: ", "))"
        throw Failure.exit(output, kind: "vlan", message: found, fix: fix)
    }
}

/// A MAC on the command line.
struct MACArgument: ExpressibleByArgument {
    let mac: MACAddress

    init?(argument: String) {
        guard let mac = try? MACAddress(argument), !mac.isMulticast, !mac.isZero else { return nil }
        self.mac = mac
    }
}
