internal import HostNetwork

/// A plan in the making. Each of its parts has a file of its own: removals, links, attachments, addresses, routes.
struct Draft {
    let request: PlanRequest
    let wanted: HostNetwork
    let actual: HostNetwork

    /// The links of both networks, by name.
    let wantedLinks: [Link]
    let actualLinks: [Link]
    /// Actual ports by master and actual uppers by the link below, by name.
    let portsByMaster: [LinkName: [LinkName]]
    let uppersByParent: [LinkName: [LinkName]]
    /// Wanted links by the link they lie on.
    let wantedUppers: [LinkName: [LinkName]]
    /// Actual VLANs by what the kernel lets exist only once.
    let actualVLANs: [VLANTag: LinkName]
    /// Actual routes by each link they go out by, and the wanted ones by what the kernel tells them apart by.
    let routesByLink: [LinkName: [Route]]
    let wantedRoutes: [Route.Key: Route]

    /// Whose each MAC address is: the NICs and other links of no kind that weft makes, by the address they were built with.
    let nicsByMAC: [MACAddress: [LinkName]]

    /// Links that go for good, and links that go and come back.
    var removed: Set<LinkName> = []
    var recreated: Set<LinkName> = []
    /// Those that are made anew for a reason of their own, rather than for what they lie on.
    var recreationRoots: Set<LinkName> = []
    /// Why a link is made anew, where it is not for the link below it.
    var recreationReasons: [LinkName: String] = [:]
    /// Addresses that change their link, see `moveAddresses()`; also by the link that loses and the link that gets them.
    private(set) var moves: [AddressMove] = []
    private(set) var movesFrom: [LinkName: [AddressMove]] = [:]
    private(set) var movesTo: [LinkName: [AddressMove]] = [:]
    /// Addresses that a link loses with leave, by becoming a port below a link with the same network.
    var cutOff: [LinkName: [Address]] = [:]
    /// Routes that follow a moved address, in their new shape.
    var movedRoutes: [Route] = []
    /// Routes over a moved address's old link that the file's own routes make superfluous.
    var staleRoutes: [Route] = []

    var graph = StepGraph()
    /// The steps that others wait for, by link.
    var createStep: [LinkName: Int] = [:]
    var changeStep: [LinkName: Int] = [:]
    var attachStep: [LinkName: Int] = [:]
    /// The step with which a port leaves its bond, where it enters the next one by another.
    var partingStep: [LinkName: Int] = [:]
    var enteringSteps: [LinkName: [Int]] = [:]
    var addressStep: [LinkName: Int] = [:]
    var removalStep: [LinkName: Int] = [:]
    var routeStep: [LinkName: Int] = [:]
    var deleteStep: [LinkName: Int] = [:]
    /// The first step that hands a queue on, by bond.
    var queueStep: [LinkName: Int] = [:]
    /// Masters that change without a port: what enters them enters later, and what leaves them leaves later.
    var emptiedMasters: Set<LinkName> = []
    /// Masters whose ports leave for a moment and come back.
    var leavingBonds: Set<LinkName> = []
    /// Steps that take routes away.
    var oldRouteSteps: [Int] = []
    var ruleRemovalStep: Int?

    var plan = Plan()

    /// Addresses that links will have, once they were asked for: what they depend on is settled when removals are known.
    let portMACs = Memo<MACAddress?>()

    init(_ request: PlanRequest) {
        self.request = request
        wanted = request.wanted
        actual = request.actual
        wantedLinks = wanted.sortedLinks
        actualLinks = actual.sortedLinks(following: wantedLinks)
        var ports: [LinkName: [LinkName]] = [:]
        var uppers: [LinkName: [LinkName]] = [:]
        var tags: [VLANTag: LinkName] = [:]
        // By name, so that these are too.
        for link in actualLinks {
            if let master = link.master { ports[master, default: []].append(link.name) }
            if let parent = link.parent { uppers[parent, default: []].append(link.name) }
            if let tag = VLANTag(link) { tags[tag] = link.name }
        }
        portsByMaster = ports
        uppersByParent = uppers
        actualVLANs = tags
        var above: [LinkName: [LinkName]] = [:]
        for want in wantedLinks where want.isPresent {
            if let parent = want.parent { above[parent, default: []].append(want.name) }
        }
        wantedUppers = above
        var routes: [LinkName: [Route]] = [:]
        for route in actual.routes {
            for link in route.links { routes[link, default: []].append(route) }
        }
        routesByLink = routes
        wantedRoutes = Dictionary(wanted.routes.map { ($0.key, $0) }) { first, _ in first }
        var nics: [MACAddress: [LinkName]] = [:]
        for link in actual.links.values where !link.kind.isManaged && link.kind != .loopback {
            if let mac = link.permanentMAC ?? link.mac { nics[mac, default: []].append(link.name) }
        }
        nicsByMAC = nics
        plan.ownedLinkCount = actual.links.values.count { $0.isOwned }
    }

    /// Orders the steps and hands the plan out.
    consuming func finish() -> Plan {
        let (steps, circular) = graph.ordered()
        plan.steps = steps
        plan.removedLinks = removed.sorted()
        plan.portsPut.sort()
        if let first = circular.min() {
            plan.refusals.append(
                Refusal(
                    kind: .impossible, link: first,
                    message: "no order of steps exists: \(circular.sorted().map(\.text).joined(separator: ", ")) wait for one another",
                    fix: "apply the change in two files, one after the other", origin: wanted[first]?.origin))
        }
        return plan
    }

    // MARK: What will be

    /// Whether a link exists when the plan has been carried out.
    func willExist(_ name: LinkName) -> Bool {
        if let want = wanted[name], want.kind.isManaged { return want.isPresent }
        return actual[name] != nil && !removed.contains(name)
    }

    /// Whether a link is made by this plan.
    func isMade(_ name: LinkName) -> Bool {
        guard let want = wanted[name], want.isPresent, want.kind.isManaged else { return false }
        return actual[name] == nil || recreated.contains(name)
    }

    /// Whether a link goes away, be it for a moment.
    func goes(_ name: LinkName) -> Bool { removed.contains(name) || recreated.contains(name) }

    /// What the link will be: the file's kind where it makes it, the kernel's otherwise.
    func finalKind(_ name: LinkName) -> LinkKind? {
        if let want = wanted[name], want.kind.isManaged { return want.kind }
        return actual[name]?.kind
    }

    /// A link that is not weft's, and that weft did not put where it is.
    func isOthers(_ link: Link) -> Bool { link.kind != .nic && !link.isOwned && !request.portsPut.contains(link.name) }

    /// Whether an unwanted thing of weft's on this link goes.
    func isInScope(_ name: LinkName) -> Bool {
        switch request.scope {
        case .everythingOwned: true
        case .only(let names): names.contains(name)
        }
    }

    /// A link's kind, parent and options as they will be. What the file does not say of a link that is made anew stays as it was.
    func inTheEnd(_ name: LinkName) -> Link? {
        guard let want = wanted[name], want.kind.isManaged else { return actual[name] }
        let former = actual[name].flatMap { $0.kind == want.kind ? $0 : nil }
        var link = Link(name, kind: want.kind)
        link.parent = want.parent ?? former?.parent
        link.options = former?.options ?? OptionValues()
        for entry in want.options.entries { link.options[entry.id] = entry.value }
        return link
    }

    /// The master that a link has in the end.
    func finalMaster(_ name: LinkName) -> LinkName? {
        if let attachment = wanted[name]?.attachment { return attachment.master }
        guard let link = actual[name], let master = link.master, !removed.contains(master) else { return nil }
        // What becomes a VLAN has no ports.
        if let want = wanted[master], want.kind.isManaged, !want.kind.isMaster { return nil }
        return leaves(link, master) ? nil : master
    }

    /// Whether a port of which the file says nothing itself leaves its master: the master's list of ports is complete as far
    /// as they are NICs, weft's own links, or put there by weft.
    func leaves(_ link: Link, _ master: LinkName) -> Bool {
        guard !request.isRollback, isInScope(link.name) || isInScope(master) else { return false }
        if let want = wanted[master] { return want.listsPorts && !isOthers(link) }
        return request.portsPut.contains(link.name)
    }

    // MARK: Writing steps

    mutating func add(_ move: AddressMove) {
        moves.append(move)
        movesFrom[move.from, default: []].append(move)
        movesTo[move.to, default: []].append(move)
    }

    mutating func refuse(_ kind: Refusal.Kind, _ link: LinkName, _ message: String, fix: String, origin: SourceMark? = nil) {
        plan.refusals.append(Refusal(kind: kind, link: link, message: message, fix: fix, origin: origin ?? wanted[link]?.origin))
    }

    mutating func note(_ link: LinkName, _ message: String) {
        plan.notes.append(Note(link: link, message: message))
    }

    /// A step on one link, not yet in the graph.
    func step(
        _ verb: Step.Verb, _ name: LinkName, _ changes: [FieldChange], _ actions: [Action], reason: String? = nil,
        isRecreation: Bool = false
    ) -> Step {
        Step(
            verb: verb, subjects: [name], kind: name == .host ? .other("host") : finalKind(name) ?? actual[name]?.kind ?? .nic, isRecreation: isRecreation,
            changes: changes, actions: actions, chunk: 0, origin: wanted[name]?.origin, reason: reason)
    }

    /// A change of one link, with only the fields that the closure sets.
    func change(_ name: LinkName, _ set: (inout Link) -> Void) -> Action {
        var link = Link(name, kind: finalKind(name) ?? .nic)
        set(&link)
        return .change(link)
    }
}

/// What was found out once.
final class Memo<Value> {
    var known: [LinkName: Value] = [:]
}

/// What tells VLANs on one link apart: the kernel makes no two alike.
struct VLANTag: Hashable {
    private let parent: LinkName
    private let id: OptionValue
    private let protocolNumber: OptionValue?

    /// The tag of a VLAN; `nil` for every other link.
    init?(_ link: Link) {
        guard link.kind == .vlan, let parent = link.parent, let id = link.options[.vlanID] else { return nil }
        self.parent = parent
        self.id = id
        protocolNumber = link.options[.vlanProtocol] ?? OptionRow.vlanProtocol.kernelDefault
    }
}

/// An address that leaves one link for another.
struct AddressMove {
    /// Where it is.
    let from: LinkName
    /// The address as it is there.
    let address: Address
    /// Where it goes.
    let to: LinkName
    /// Whether a bridge that goes gives the address back to its NIC, rather than the file naming it.
    let isGivenBack: Bool
}
