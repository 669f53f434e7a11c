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
    /// Whether addresses may lose their link, and ports of others their bridge (`--allow-outage`).
    public var allowsOutage = false
    /// Foreign links that may go along with a link below them (`--take-along`).
    public var takeAlong: Set<LinkName> = []
    /// Taps that domains' own changes move meanwhile: where they end up is no matter of this plan.
    public var movedByDomains: Set<LinkName> = []
    /// Whether the wanted network is a checkpoint of the whole host, to be restored without asking leave again.
    public var isRollback = false

    /// Asks for the way from one network to another.
    public init(wanted: HostNetwork, actual: HostNetwork) {
        self.wanted = wanted
        self.actual = actual
    }
}
