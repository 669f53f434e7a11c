public import HostNetwork

/// What will be done to a host's network, in the order in which it will be done.
///
/// A plan is a value: it can be shown, counted, compared and kept. Carrying it out is the `Change` module's work.
public struct Plan: Hashable, Codable, Sendable {
    /// What is done, first to last.
    public var steps: [Step]
    /// Why the plan must not be carried out; empty for a plan that may be.
    public var refusals: [Refusal]
    /// What a reader should know besides: what stays although it is not in the file, what is left to others.
    public var notes: [Note]
    /// The links of weft's that the plan takes away for good.
    public var removedLinks: [LinkName]
    /// How many links on the host are weft's before the plan.
    public var ownedLinkCount: Int
    /// NICs and other foreign links that the plan puts into a master, for weft's record.
    public var portsPut: [LinkName]

    /// Links that the plan takes away, be it for a moment, or disturbs so that the kernel drops some of what belongs to them: that is to
    /// be read before it is carried out (``HostNetwork/HostNetwork/belongings``).
    public var disturbedLinks: [LinkName]

    /// Whose domains the plan concerns; `nil` where nobody had to be asked.
    public var guests: GuestReport?

    enum CodingKeys: String, CodingKey {
        case steps, refusals, notes, guests
        case removedLinks = "removed_links"
        case ownedLinkCount = "owned_link_count"
        case portsPut = "ports_put"
        case disturbedLinks = "disturbed_links"
    }

    /// Whether what belongs to the links that it disturbs is still to be read.
    public func lacksBelongings(_ request: PlanRequest) -> Bool {
        disturbedLinks.contains { request.actual[$0] != nil && request.actual.belongings[$0] == nil }
    }

    /// Whether what has been read since of what belongs to the links changes nothing of the plan: mostly nothing belongs to a link. What goes
    /// with links that go for good is for the way back alone, but for neighbours, which may follow an address.
    public func isIndifferent(to request: PlanRequest) -> Bool {
        guard !request.isRollback else { return false }
        let gone = Set(removedLinks)
        return disturbedLinks.allSatisfy { name in
            guard let known = request.actual.belongings[name], !known.isEmpty else { return true }
            return gone.contains(name) && !known.entries.contains { if case .neighbour = $0 { true } else { false } }
        }
    }

    /// An empty plan.
    public init() {
        steps = []
        refusals = []
        notes = []
        removedLinks = []
        ownedLinkCount = 0
        portsPut = []
        disturbedLinks = []
    }

    /// Whether nothing is to be done and nothing stands against it.
    public var isEmpty: Bool { steps.isEmpty && refusals.isEmpty }

    /// Whether so much is taken away (more than half of weft's links) that a plain yes is not enough.
    public var removesMoreThanHalf: Bool { removedLinks.count * 2 > ownedLinkCount }

    /// The groups of steps that are sent together; each is acknowledged before the next is sent.
    public var chunks: [ArraySlice<Step>] { steps.chunked { $0.chunk == $1.chunk } }

    /// Whether the plan makes a link a port of a master, be it again.
    public func enters(_ port: LinkName, _ master: LinkName) -> Bool {
        steps.contains { step in
            step.actions.contains { action in
                switch action {
                case .create(let link), .change(let link): link.name == port && link.attachment == .port(of: master)
                case .delete, .setVLANs, .removeVLANs, .addName, .removeName, .addAddress, .removeAddress, .addRoute, .replaceRoute, .removeRoute, .addRule, .removeRule, .restore, .forget, .service: false
                }
            }
        }
    }

    /// Whether the plan changes the VLAN table of any port or bridge.
    public var changesVLANTables: Bool {
        steps.contains { step in
            step.actions.contains { action in
                switch action {
                case .setVLANs, .removeVLANs: true
                case .create, .change, .delete, .addName, .removeName, .addAddress, .removeAddress, .addRoute, .replaceRoute, .removeRoute, .addRule, .removeRule, .restore, .forget, .service: false
                }
            }
        }
    }

    /// How many links are made, changed, made anew and deleted.
    public var summary: Summary {
        var created: Set<LinkName> = []
        var changed: Set<LinkName> = []
        var deleted: Set<LinkName> = []
        for step in steps {
            switch step.verb {
            case .create: created.insert(step.subject)
            case .change: changed.insert(step.subject)
            case .delete: deleted.formUnion(step.subjects)
            }
        }
        let recreated = created.intersection(deleted)
        return Summary(
            created: created.subtracting(recreated).count, changed: changed.subtracting(created).subtracting(deleted).count,
            recreated: recreated.count, deleted: deleted.subtracting(recreated).count)
    }

    /// Links counted by what happens to them; each link counts once.
    public struct Summary: Hashable, Sendable {
        /// Links that are made.
        public let created: Int
        /// Links that stay and change.
        public let changed: Int
        /// Links that are deleted and made anew.
        public let recreated: Int
        /// Links that are deleted for good.
        public let deleted: Int
    }
}

/// One step of a plan: what happens to a link at one moment.
public struct Step: Hashable, Codable, Sendable {
    /// What kind of thing is done, for the sign in front.
    public enum Verb: String, Hashable, Codable, Sendable {
        /// A link is made (`+`).
        case create
        /// A link changes (`~`).
        case change
        /// Links are deleted (`-`).
        case delete
    }

    /// What kind of thing is done.
    public var verb: Verb
    /// The links it is done to: one, or several that are deleted together.
    public var subjects: [LinkName]
    /// What the first link is.
    public var kind: LinkKind
    /// Whether the step is half of making a link anew (`-/+`).
    public var isRecreation: Bool
    /// What changes, old and new, in the words of the file.
    public var changes: [FieldChange]
    /// What is sent to the kernel.
    public var actions: [Action]
    /// Which group of steps it is sent with; a group is acknowledged before the next one is sent.
    public var chunk: Int
    /// Where the file asks for it; `nil` for what the file only implies.
    public var origin: SourceMark?
    /// Why it is done, where that is not plain.
    public var reason: String?
    /// What it costs, and whom.
    public var impact = StepImpact.nothing

    enum CodingKeys: String, CodingKey {
        case verb, subjects, kind
        case isRecreation = "recreation"
        case changes, actions, chunk, origin, reason, impact
    }

    /// The link it is done to; the first of several.
    public var subject: LinkName { subjects[0] }
}

/// One field of a link, before and after.
public struct FieldChange: Hashable, Codable, Sendable {
    /// The field, spelled as in the file.
    public var field: String
    /// The value before; `nil` where there was none.
    public var old: String?
    /// The value after; `nil` where there is none.
    public var new: String?

    /// Joins the parts.
    public init(_ field: String, old: String? = nil, new: String?) {
        self.field = field
        self.old = old
        self.new = new
    }
}

/// A reason not to carry out a plan.
public struct Refusal: Hashable, Codable, Sendable {
    /// What kind of reason it is; a stable word for programs.
    public enum Kind: String, Hashable, Codable, Sendable {
        /// A link that the file needs is not on the host.
        case missingLink = "missing-link"
        /// Something that is not weft's would be deleted or made anew.
        case foreign
        /// Something that is not weft's lies on a link that would be deleted.
        case foreignUpper = "foreign-upper"
        /// Addresses or ports of others would be cut off.
        case outage
        /// The kernel would not take it.
        case impossible
        /// A link would have to be deleted and made anew.
        case recreation
        /// The connection that the command was typed on would be cut, or moved.
        case session
        /// Another program looks after the link, or after its address.
        case manager
        /// A domain's interface cannot be as it is wanted.
        case domain
    }

    /// What kind of reason it is.
    public var kind: Kind
    /// The link concerned.
    public var link: LinkName
    /// The reason in words.
    public var message: String
    /// What to do about it.
    public var fix: String
    /// Where the file asks for it.
    public var origin: SourceMark?
}

/// Something a plan's reader should know.
public struct Note: Hashable, Codable, Sendable {
    /// The link concerned.
    public var link: LinkName
    /// What there is to know, as a sentence without the final point.
    public var message: String
    /// Whether it is left open, for want of what can be read, if the link is as it is wanted; `nil` for no.
    public var leavesOpen: Bool?

    /// Joins the parts.
    public init(link: LinkName, message: String, leavesOpen: Bool? = nil) {
        self.link = link
        self.message = message
        self.leavesOpen = leavesOpen
    }
}

extension Array {
    /// The runs of neighbours that belong together.
    fileprivate func chunked(by belongs: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
        var runs: [ArraySlice<Element>] = []
        var start = 0
        for i in indices where i > 0 && !belongs(self[i - 1], self[i]) {
            runs.append(self[start..<i])
            start = i
        }
        if !isEmpty { runs.append(self[start...]) }
        return runs
    }
}
