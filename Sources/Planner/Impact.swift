public import HostNetwork

/// What a step does to the frames of those who use the network while it is done; from the mildest to the worst.
public enum Impact: String, Hashable, Codable, Sendable, CaseIterable, Comparable {
    /// No frame is lost.
    case none
    /// Frames may be lost for less than a second.
    case blip
    /// Seconds: a carrier drops, or LACP, STP or the neighbours' caches have to settle again.
    case flap
    /// Gone until the end of a named step, or for good.
    case outage

    public static func < (left: Impact, right: Impact) -> Bool { left.gravity < right.gravity }

    private var gravity: Int {
        switch self {
        case .none: 0
        case .blip: 1
        case .flap: 2
        case .outage: 3
        }
    }
}

/// What one step costs: how bad it is, by what it comes about, until when, and for whom.
///
/// ``Impact`` says what the users of the network feel, ``Means`` what is done to the link. One follows from the other only in
/// part: a link that is made anew is an outage, but a change to a live link may be nothing, or half a minute of STP.
public struct StepImpact: Hashable, Codable, Sendable {
    /// What is done to the link; the worst of it where a step does several things.
    public enum Means: String, Hashable, Codable, Sendable, CaseIterable, Comparable {
        /// The link is changed as it runs.
        case live
        /// Ports leave and come back, or a port changes its master.
        case portFlap = "port flap"
        /// The link is switched off and on again, or for good.
        case linkDown = "link down"
        /// The link is deleted and made anew.
        case recreated
        /// Something is taken away for good.
        case removed

        /// From what a link hardly notices to what it does not survive.
        public static func < (one: Means, other: Means) -> Bool { one.place < other.place }

        private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// How bad it is for the worst hit.
    public var impact: Impact
    /// By what it comes about: the most drastic of all that the step does.
    public var means: Means
    /// What happens, a sentence each without the final point; the worst first. Empty where nothing happens to anybody.
    public var reasons: [String]
    /// The number of the step, from 1, with whose end it is over. `nil` with an outage: for good; otherwise: by itself.
    public var untilStep: Int?
    /// The seconds that protocols take by their own settings before frames pass again (STP: twice the forward delay; LACP).
    /// What hardware takes for its carrier comes on top, and is never foretold.
    public var protocolSeconds: Double?
    /// Who feels it, the worst hit first.
    public var affected: [Affected]

    enum CodingKeys: String, CodingKey {
        case impact, means, reasons
        case untilStep = "until_step"
        case protocolSeconds = "protocol_seconds"
        case affected
    }

    /// What disturbs nobody.
    public static let nothing = StepImpact(impact: .none, means: .live, reasons: [], untilStep: nil, protocolSeconds: nil, affected: [])
}

/// Somebody, or something of the host's, that a step disturbs.
public struct Affected: Hashable, Codable, Sendable {
    /// What it is; a stable word for programs.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// The connection that the command was typed on.
        case session
        /// Established connections of a kind, such as `iSCSI`, with or from an address of the host.
        case connections
        /// An address of the host.
        case address
        /// A default route of the host.
        case defaultRoute = "default-route"
        /// Another route of the host.
        case route
        /// A guest's tap.
        case tap
        /// Another port of a bridge, such as a container's veth.
        case port
        /// A bond, VLAN or bridge above.
        case link
    }

    /// What it is.
    public var kind: Kind
    /// Its name: a link's, an address with its prefix length, a route's destination, or what connections are for.
    public var name: String
    /// More about it in words: where it is, or how many there are.
    public var detail: String?
    /// Of a tap: the domain that it is of, once libvirt has been asked.
    public var domain: String?
    /// The link that it uses.
    public var link: LinkName
    /// How bad it is for this one.
    public var impact: Impact

    /// Joins the parts.
    public init(_ kind: Kind, _ name: String, on link: LinkName, _ impact: Impact, detail: String? = nil) {
        self.kind = kind
        self.name = name
        self.detail = detail
        self.link = link
        self.impact = impact
    }
}

extension Plan {
    /// The worst that any step does.
    public var worstImpact: Impact { steps.lazy.map(\.impact.impact).max() ?? .none }
}
