public import HostNetwork

/// What a plan is asked to do: two networks and the leave given for it.
public struct PlanRequest: Hashable, Sendable {
    /// Which of weft's links, addresses and routes go when the wanted network lacks them.
    public enum Scope: Hashable, Sendable {
        /// All of them: one topology is the host's.
        case everythingOwned
        /// Those on these links only (`weft destroy FILE`).
        case only(Set<LinkName>)
    }

    /// Which links may be deleted and made anew.
    public enum RecreationLeave: Hashable, Sendable {
        /// None.
        case none
        /// Any.
        case all
        /// Those named, and what lies on them.
        case only(Set<LinkName>)

        /// Whether a link is among them.
        public func contains(_ name: LinkName) -> Bool {
            switch self {
            case .none: false
            case .all: true
            case .only(let names): names.contains(name)
            }
        }
    }

    /// The network that is wanted.
    public var wanted: HostNetwork
    /// The network that is.
    public var actual: HostNetwork
    /// Which of weft's own things go when they are not wanted.
    public var scope: Scope = .everythingOwned
    /// With ``Scope/only(_:)``: the file whose routes and rules go that are over no link; `nil` leaves all of those.
    public var hostWide: HostNetwork?
    /// Foreign links that weft put into their masters, from its record; NICs need none.
    public var portsPut: Set<LinkName> = []
    /// The options that the topology said which was applied last, from weft's record, by link.
    public var lastOptions: [LinkName: OptionValues] = [:]
    /// Whether addresses may lose their link, and ports of others their bridge (`--allow-outage`).
    public var allowsOutage = false
    /// Foreign links that may go along with a link below them (`--take-along`).
    public var takeAlong: Set<LinkName> = []
    /// Which links may be made anew where they cannot be changed in place (`--allow-recreate`).
    public var mayRecreate: RecreationLeave = .none
    /// Whether links may be changed that another program looks after (`--ignore-manager`).
    public var ignoresManagers = false
    /// Whether the change is undone by itself unless it is confirmed in time (`--confirm-within`): then it may touch the
    /// connection that it is typed on.
    public var isConfirmedLater = false
    /// Whether the person has a way to the host besides the network (`--i-have-console`).
    public var hasConsole = false
    /// Who uses the network at this moment, and who else looks after it.
    public var facts = HostFacts()
    /// Taps that domains' own changes move meanwhile: where they end up is no matter of this plan.
    public var movedByDomains: Set<LinkName> = []
    /// Taps of domains that the file names: that they are ports of its bridges is no news.
    public var domainTaps: Set<LinkName> = []
    /// Whether the wanted network is a checkpoint of the whole host, to be restored without asking leave again.
    public var isRollback = false
    /// Whether somebody asks for the rollback as for any other plan (`weft rollback --to N`): then it needs the same leave where
    /// it touches the person's own connection, or what others look after.
    public var isRollbackAsked = false
    /// Whether what others have may lose its place: that was agreed to, or a change is being undone, for which nobody is asked.
    var mayCutOff: Bool { allowsOutage || isRollback && !isRollbackAsked }
    /// Ports whose `path_cost` the change has set that a rollback undoes: a cost that the kernel might have given is a person's there.
    public var weighedPorts: Set<LinkName> = []

    /// Links that become ports of a bond, and go down for it: whatever else a plan comes to, it disturbs these.
    public var linksEnteringBonds: Set<LinkName> {
        let entering = wanted.links.values.filter { want in
            guard !want.kind.isManaged, let master = want.master, wanted[master]?.kind == .bond, let have = actual[want.name] else { return false }
            return have.master != master
        }
        return Set(entering.map(\.name))
    }

    /// Asks for the way from one network to another.
    public init(wanted: HostNetwork, actual: HostNetwork) {
        self.wanted = wanted
        self.actual = actual
    }
}
