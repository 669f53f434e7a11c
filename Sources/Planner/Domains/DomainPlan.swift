public import HostNetwork

/// What is asked of domains: what is wanted of their interfaces, and what they and the host are.
public struct DomainRequest: Sendable {
    /// The domains that are wanted to have certain interfaces.
    public var wanted: [WantedDomain]
    /// The domains as they are.
    public var actual: DomainSnapshot
    /// The host's links as they are.
    public var network: HostNetwork
    /// The host's links as they will be when the domains are changed: nothing has been deleted yet.
    public var laterNetwork: HostNetwork
    /// The bridges that are deleted after that.
    public var leavingBridges: Set<LinkName> = []
    /// Which configurations are changed, of those that a domain has.
    public var sides: Set<DomainSide> = Set(DomainSide.allCases)
    /// How long a guest may take to give an interface up, in seconds.
    public var patience: Double = 30
    /// The domains as they were, where they are to be so again: then nothing else is wanted.
    public var returning: DomainSnapshot?

    /// Asks for the way from what is to what is wanted.
    public init(wanted: [WantedDomain], actual: DomainSnapshot, network: HostNetwork, laterNetwork: HostNetwork? = nil) {
        self.wanted = wanted
        self.actual = actual
        self.network = network
        self.laterNetwork = laterNetwork ?? network
    }
}

/// What will be done to domains.
public struct DomainPlan: Hashable, Sendable, Codable {
    /// What is done, first to last.
    public var steps: [DomainStep] = []
    /// Why it must not be done.
    public var refusals: [Refusal] = []
    /// What a reader should know besides: domains that are not defined yet, what waits for a restart.
    public var notes: [String] = []

    /// An empty plan.
    public init() {}
}

/// What happens to one interface of a domain.
public struct DomainStep: Hashable, Sendable, Codable {
    /// Plugged in, changed, or unplugged.
    public var verb: Step.Verb
    /// The domain's name.
    public var domain: String
    /// The interface.
    public var mac: MACAddress
    /// The host's end of a running domain's interface.
    public var tap: LinkName?
    /// What changes, old and new, in the words of the file.
    public var changes: [FieldChange]
    /// Which of the configurations change.
    public var sides: Set<DomainSide>
    /// What libvirt is asked, first to last.
    public var actions: [DomainAction]
    /// Where the file asks for it.
    public var origin: SourceMark?

    /// What is set on the running domain's tap when that has been plugged in or moved.
    public var port = PortSettings()

    /// The bridge that a running domain's tap is a port of afterwards, where that changes.
    public var newMaster: LinkName?

    /// Whether only the guest can bring it about, so that it may be left undone.
    public var needsGuest: Bool { actions.contains { $0.needsGuest } }

    /// What is attempted, for an error's text: `attach 52:54:00:00:00:01 to vm1`.
    public var attempt: String {
        switch verb {
        case .create: "attach \(mac) to \(domain)"
        case .change: "change \(mac) of \(domain)"
        case .delete: "detach \(mac) from \(domain)"
        }
    }
}
