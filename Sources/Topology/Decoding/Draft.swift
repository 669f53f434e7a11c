internal import HostNetwork

/// What a file says, with the places where it says it: what the checks work on, and what the network is resolved from.
struct Draft: Sendable {
    var host: String?
    var probes: [Probe] = []
    /// The links that the file defines, made by trunks or written out, by name.
    var links: [LinkName: LinkDraft] = [:] { didSet { settled = nil } }
    /// Their names in the order of the file, those made by trunks last.
    var order: [LinkName] = [] { didSet { settled = nil } }
    var routes: [RouteDraft] = []
    var rules: [RuleDraft] = []
    /// Further names, and where they stand.
    var alternativeNames: [String: Span] = [:]
    /// What holds for the links that the file makes and that say nothing else.
    var ipv6Default: (value: Bool, span: Span)?
    /// The virtual machines that it names.
    var domains: [DomainDraft] = []

    mutating func add(_ link: LinkDraft) {
        links[link.name] = link
        order.append(link.name)
    }

    /// The links that the file wants to exist, in the order of the file.
    var present: [LinkDraft] { settled ?? order.compactMap { links[$0] }.filter { $0.link.isPresent } }

    /// Those links, kept until something changes: a dozen checks go over them, and there may be thousands.
    private var settled: [LinkDraft]?

    /// To be called when nothing will change any more.
    mutating func settle() { settled = present }
}

/// A link that a file defines. Copies share what they hold until one of them changes, as those of a ``Link`` do: a dozen checks go over
/// thousands of them.
struct LinkDraft: Sendable {
    private struct Fields {
        var link: Link
        var section: Section
        var span: Span
        var trunk: LinkName?
        var ipv6Span: Span?
        var match: NICMatch?
        var spans: [LinkKey: Span] = [:]
        var options: [OptionRow.ID: OptionDraft] = [:]
        var ports: [PortDraft]?
        var vlans: VLANTableDraft?
        var addressSpans: [Span] = []
        var hasUnreadablePorts = false
        var hasUnknownKeys = false
        var hasUnreadableAddresses = false
    }

    /// An array of one, which is copied by the copy that changes.
    private var shared: [Fields]

    var link: Link {
        get { shared[0].link }
        _modify { yield &shared[0].link }
    }
    var section: Section { get { shared[0].section } set { shared[0].section = newValue } }
    /// Where its name stands, or the VLAN id that a trunk makes it of.
    var span: Span { get { shared[0].span } set { shared[0].span = newValue } }
    /// The trunk that makes it, by its link.
    var trunk: LinkName? { get { shared[0].trunk } set { shared[0].trunk = newValue } }
    /// Where it is said whether the link has IPv6: in its own keys, in its trunk's, or in the file's defaults.
    var ipv6Span: Span? { get { shared[0].ipv6Span } set { shared[0].ipv6Span = newValue } }
    /// What the NIC is known by, where the file's name for it is not its own.
    var match: NICMatch? { get { shared[0].match } set { shared[0].match = newValue } }
    /// Where the values of its keys stand.
    var spans: [LinkKey: Span] {
        get { shared[0].spans }
        _modify { yield &shared[0].spans }
    }
    /// Which options are written, and where.
    var options: [OptionRow.ID: OptionDraft] {
        get { shared[0].options }
        _modify { yield &shared[0].options }
    }
    /// Its ports in the order of the file; `nil` where it has no list.
    var ports: [PortDraft]? {
        get { shared[0].ports }
        _modify { yield &shared[0].ports }
    }
    /// The VLANs of a bridge itself; `nil` where nothing is said of them.
    var vlans: VLANTableDraft? {
        get { shared[0].vlans }
        _modify { yield &shared[0].vlans }
    }
    /// Where each of its addresses stands.
    var addressSpans: [Span] {
        get { shared[0].addressSpans }
        _modify { yield &shared[0].addressSpans }
    }
    /// Whether items of `ports` or `addresses` were complained about, so that what is left says little.
    var hasUnreadablePorts: Bool { get { shared[0].hasUnreadablePorts } set { shared[0].hasUnreadablePorts = newValue } }
    /// Whether it has keys that were complained about, so that nothing can be said of what it lacks.
    var hasUnknownKeys: Bool { get { shared[0].hasUnknownKeys } set { shared[0].hasUnknownKeys = newValue } }
    var hasUnreadableAddresses: Bool { get { shared[0].hasUnreadableAddresses } set { shared[0].hasUnreadableAddresses = newValue } }

    init(_ link: Link, section: Section, span: Span) { shared = [Fields(link: link, section: section, span: span)] }

    var name: LinkName { link.name }

    /// Where an option's value stands.
    func span(of row: OptionRow) -> Span? { options[row.id]?.valueSpan }
}

/// An option as it is written.
struct OptionDraft: Sendable {
    var key: String
    var keySpan: Span
    var valueSpan: Span
    /// Whether the value is the word `default`.
    var isDefault = false
}

/// An item of `ports`.
struct PortDraft: Sendable {
    var name: LinkName
    var span: Span
    /// The trunk that adds it to a bridge which the file writes out, by its link.
    var trunk: LinkName?
    /// Whether the port is to be sent away.
    var isAbsent = false
    var options = OptionValues()
    /// The VLANs that a bridge lets through on it; `nil` where nothing is said of them.
    var vlans: VLANTableDraft?
    /// Where each of its options stands.
    var spans: [OptionRow.ID: OptionDraft] = [:]
}

/// A route, or a gateway.
struct RouteDraft: Sendable {
    var route: Route
    /// Where it begins.
    var span: Span
    /// Its ways: one, several of a multipath route, or none of a route that leads nowhere.
    var ways: [WayDraft]
}

/// One way of a route.
struct WayDraft: Sendable {
    /// The next router; `nil` for a destination on the link itself.
    var gateway: IPAddress?
    /// The link it goes out by.
    var link: LinkName
    /// Where the router stands, or the link where there is no router.
    var span: Span
}

/// A routing rule.
struct RuleDraft: Sendable {
    /// The rule, its priority still to be given where the file says none.
    var rule: Rule
    /// Whether the file says its priority.
    var hasPriority: Bool
    /// Where it begins.
    var span: Span
}

/// What makes a VLAN unique: the kernel takes one link for each parent, id and protocol.
struct VLANTag: Hashable {
    var parent: LinkName
    var id: Int64
    var proto: Int64
}

extension Link {
    /// The EtherType of a VLAN's tag, 802.1Q unless the file or the kernel says another.
    var tagProtocol: Int64 {
        if let number = options.number(.vlanProtocol) { return number }
        if case .number(let number)? = OptionRow.vlanProtocol.kernelDefault { return number }
        return 0
    }

    /// The VLAN tag that the link takes from its parent's frames, if it is a VLAN and its parent and id are known.
    var vlanTag: VLANTag? {
        guard kind == .vlan, let parent, let id = options.number(.vlanID) else { return nil }
        return VLANTag(parent: parent, id: id, proto: tagProtocol)
    }
}
