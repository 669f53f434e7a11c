internal import HostNetwork

/// Turns a checked draft into the wanted network.
struct Resolution {
    private(set) var network = HostNetwork()
    private let draft: Draft
    private let stack: Stack
    private let file: String

    init(_ draft: Draft, _ stack: Stack, file: String) {
        self.draft = draft
        self.file = file
        self.stack = stack
        for name in draft.order {
            guard let link = draft.links[name] else { continue }
            network[name] = resolved(link)
        }
        for edge in stack.edges { refer(to: edge.lower, at: edge.span) }
        for link in draft.present { attachPorts(of: link) }
        for way in draft.routes.flatMap(\.ways) { refer(to: way.link, at: way.span) }
        switchOn()
        network.routes = draft.routes.sorted { $0.span < $1.span }.map(\.route)
        network.rules = rules()
    }

    /// The rules, those without a priority in the order of the file.
    private func rules() -> [Rule] {
        let said = Set(draft.rules.filter(\.hasPriority).map(\.rule.priority))
        var next = Rule.firstUnsaidPriority
        return draft.rules.map { item in
            guard !item.hasPriority else { return item.rule }
            while said.contains(next) { next += Rule.unsaidPriorityStep }
            var rule = item.rule
            rule.priority = next
            next += Rule.unsaidPriorityStep
            return rule
        }
    }

    private func resolved(_ draft: LinkDraft) -> Link {
        var link = draft.link
        link.origin = draft.span.mark(in: file)
        guard link.isPresent else { return link }
        link.portOrder = (draft.ports ?? []).filter { !$0.isAbsent }.map(\.name)
        // What the file makes is there to be used.
        if draft.section != .ethernets, link.isUp == nil { link.isUp = true }
        return link
    }

    /// A link that is only referred to exists already; its origin is its first mention.
    private mutating func refer(to name: LinkName, at span: Span) {
        let mark = span.mark(in: file)
        guard let known = network[name] else {
            network[name] = Link(name, kind: .nic)
            network[name]?.origin = mark
            return
        }
        guard draft.links[name] == nil, let origin = known.origin else { return }
        if (mark.line, mark.column) < (origin.line, origin.column) { network[name]?.origin = mark }
    }

    private mutating func attachPorts(of master: LinkDraft) {
        network.bridgeVLANs[master.name] = master.vlans?.table
        for port in master.ports ?? [] {
            refer(to: port.name, at: port.span)
            // Another master may want what this one sends away.
            if port.isAbsent {
                if network[port.name]?.attachment == nil { network[port.name]?.attachment = .free }
            } else {
                network[port.name]?.attachment = .port(of: master.name)
                network[port.name]?.portOptions = port.options
                network.bridgeVLANs[port.name] = port.vlans?.table
            }
        }
    }

    /// NICs that something needs are switched on.
    private mutating func switchOn() {
        let withRoutes = Set(draft.routes.flatMap(\.ways).map(\.link))
        for link in network.links.values.filter({ $0.kind == .nic && $0.isUp == nil }) {
            let speaks = link.addresses?.isEmpty == false || link.isLeasing(.ipv4) || link.isLeasing(.ipv6) || withRoutes.contains(link.name)
            let isNeeded = stack.uppers[link.name]?.isEmpty == false || speaks
            if isNeeded { network[link.name]?.isUp = true }
        }
    }
}
