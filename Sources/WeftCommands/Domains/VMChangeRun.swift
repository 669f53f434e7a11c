internal import ArgumentParser
internal import Change
internal import DomainService
internal import HostNetwork
internal import Netlink
internal import Planner
internal import Report

/// The way of the commands that change a domain's interface: lock, read, plan, carry out, read again, tell. It is a change of the host's
/// as any other: one at a time, with a checkpoint, an ending in the history, and a way back from wherever it is cut off.
struct VMChangeRun {
    let connection: ConnectOptions
    let namespace: NamespaceOptions
    let output: OutputOptions
    let options: VMChangeOptions

    /// Changes one domain.
    /// - Parameters:
    ///   - sides: the configurations that are changed, of those that it has.
    ///   - want: what is wanted of the domain, given as it is.
    func run(_ name: String, patience: Double = 30, want: (Domain, HostNetwork) throws -> WantedInterface) throws {
        if options.dryRun {
            let plan = try planned(name, patience, want).plan
            if plan.steps.isEmpty { return tellNothing(plan, name) }
            tell(plan, ending: nil, DomainPlanText(plan, style: Terminal.style(output.color)).text)
            throw ExitCode.differs
        }
        try Namespace.requirePrivilege(output)
        var space = try Namespace.open(namespace.namespace, output: output)
        let lock = try Namespace.lock(space.directory, source: connection.uri, waiting: options.patience.wait.count, output)
        defer { lock.keep() }
        try Unfinished.finish(&space, output: output)
        let ready = try planned(name, patience, want)
        let plan = ready.plan
        if plan.steps.isEmpty { return tellNothing(plan, name) }
        Terminal.outliveReaders()
        let ending: DomainTransaction.Ending
        do {
            var kernel = try KernelConnection.open(in: namespace.namespace)
            let network = try kernel.snapshot()
            ending = try DomainTransaction(of: plan, on: network).carryOut(
                ready.change(), on: kernel, directory: space.directory,
                by: .thisProcess(arguments: CommandLine.arguments, source: connection.uri))
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
        try tell(ending, plan)
    }

    /// A plan, and the connection by which it was made.
    private struct Planned: ~Copyable {
        let plan: DomainPlan
        let request: DomainRequest
        let session: DomainSession

        consuming func change() -> DomainChange { DomainChange(request: request, plan: plan, session: session) }
    }

    /// Reads domains and links, and plans.
    private func planned(_ name: String, _ patience: Double, _ want: (Domain, HostNetwork) throws -> WantedInterface) throws -> Planned {
        var session = try connection.open(isReadOnly: options.dryRun, output: output)
        let snapshot: DomainSnapshot
        do { snapshot = try session.snapshot() } catch { throw Failure.exit(output, error) }
        guard snapshot.isOfThisHost else {
            throw Failure.exit(output, kind: "host", message: "\(snapshot.uri) is libvirt on \(snapshot.host), and weft changes this host only")
        }
        let domain = try known(name, snapshot)
        let host = try Host.read(namespace.namespace, output: output, withFacts: false)
        var wanted = try want(domain, host.network)
        wanted.mac = wanted.mac ?? freeMAC(domain, snapshot)
        var request = DomainRequest(
            wanted: [WantedDomain(name: domain.name, interfaces: [wanted])], actual: snapshot, network: host.network)
        request.sides = options.sides
        request.patience = patience
        let plan = Planner.plan(request)
        try refuse(plan)
        return Planned(plan: plan, request: request, session: session)
    }

    private func known(_ name: String, _ snapshot: DomainSnapshot) throws -> Domain {
        if let domain = snapshot[name] ?? snapshot.domains.first(where: { $0.uuid == name }) { return domain }
        let names = snapshot.domains.map(\.name).joined(separator: ", ")
        throw Failure.exit(
            output, kind: "missing-domain", message: "there is no domain \(name) on \(snapshot.uri)",
            fix: names.isEmpty ? "define it first" : "domains here are \(names)")
    }

    /// The MAC of a new interface: derived for the first place that is free. The places of a file's list count from 0; these are others,
    /// so that no file takes the interface for one of its own.
    private func freeMAC(_ domain: Domain, _ snapshot: DomainSnapshot) -> MACAddress {
        let taken = Set(domain.interfaces.flatMap { [$0.live?.mac, $0.stored?.mac] }.compactMap { $0 })
        var place = -1
        while true {
            let mac = MACAddress.derived(host: snapshot.host, domain: domain.name, place: place)
            if !taken.contains(mac) { return mac }
            place -= 1
        }
    }

    private func refuse(_ plan: DomainPlan) throws {
        guard let first = plan.refusals.first else { return }
        throw Failure.exit(output, kind: first.kind.rawValue, message: first.message, fix: first.fix)
    }

    private func tellNothing(_ plan: DomainPlan, _ name: String) {
        tell(plan, ending: "nothing-to-do", "No changes. \(name) is so already.")
    }

    private func tell(_ ending: DomainTransaction.Ending, _ plan: DomainPlan) throws {
        switch ending.outcome {
        case .done where !ending.left.isEmpty:
            complain(plan, ending: "left", ending.left, left: [])
            throw ExitCode.refused
        case .done(let completion):
            tell(plan, ending: "done", "\(DomainPlanText(plan, style: Terminal.style(output.color)).text)\nDone, and read back.")
            if !output.json { for remark in completion.remarks { Terminal.complain("note: \(remark)") } }
        case .nothingToDo: tell(plan, ending: "nothing-to-do", "No changes.")
        case .rolledBack(let failure):
            let problems = failure.problems + ["Both configurations are as they were before; that has been read back"]
            complain(plan, ending: "rolled-back", problems, left: [])
            throw ExitCode.rolledBack
        case .notRolledBack(let failure, let left):
            complain(plan, ending: "not-rolled-back", failure.problems, left: left)
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

/// How a domain's interface is changed.
struct VMChangeOptions: ParsableArguments {
    @Flag(name: .long, help: "Show what would be done and change nothing.")
    var dryRun = false

    @OptionGroup var patience: WaitOptions

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
