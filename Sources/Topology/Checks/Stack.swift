internal import HostNetwork

/// How the links of a file lie on one another.
struct Stack {
    /// One link under another.
    struct Edge {
        var lower: LinkName
        var upper: LinkName
        /// Where the file says so: the port in its master's list, or the VLAN's parent.
        var span: Span
        var isPort: Bool
    }

    /// In the order of the file's links.
    private(set) var edges: [Edge] = []
    private(set) var uppers: [LinkName: [Edge]] = [:]
    private(set) var lowers: [LinkName: [Edge]] = [:]
    /// The first master that a port is named by. A bond has one, and perhaps thousands of VLANs on it.
    private var masters: [LinkName: LinkName] = [:]

    init(_ draft: Draft) {
        for link in draft.present {
            if let parent = link.link.parent {
                add(Edge(lower: parent, upper: link.name, span: link.spans[.parent] ?? link.span, isPort: false))
            }
            for port in link.ports ?? [] where !port.isAbsent {
                add(Edge(lower: port.name, upper: link.name, span: port.span, isPort: true))
            }
        }
    }

    private mutating func add(_ edge: Edge) {
        edges.append(edge)
        uppers[edge.lower, default: []].append(edge)
        lowers[edge.upper, default: []].append(edge)
        if edge.isPort, masters[edge.lower] == nil { masters[edge.lower] = edge.upper }
    }

    /// The master of a link, the master's master and so on.
    func masters(of link: LinkName) -> [LinkName] {
        var found: [LinkName] = []
        var next = link
        while let master = masters[next], master != link, !found.contains(master) {
            found.append(master)
            next = master
        }
        return found
    }

    /// Everything that lies on a link, directly or not.
    func closure(above link: LinkName) -> Set<LinkName> {
        var found: Set<LinkName> = []
        var open = [link]
        while let next = open.popLast() {
            for edge in uppers[next] ?? [] where found.insert(edge.upper).inserted { open.append(edge.upper) }
        }
        return found
    }
}

/// The checks of what a file says as a whole. Each goes over the ``Draft`` and notes what it finds.
struct Checks {
    let draft: Draft
    let stack: Stack
    var problems: Problems

    init(_ draft: Draft, problems: Problems) {
        self.draft = draft
        self.stack = Stack(draft)
        self.problems = problems
        checkStack()
        checkBonds()
        checkBridges()
        checkVLANs()
        checkBridgeVLANs()
        checkAddresses()
        checkIPv6()
        checkRoutes()
        checkRules()
        checkDomains()
    }

    /// A link that the file wants to exist and defines itself.
    func present(_ name: LinkName) -> LinkDraft? {
        guard let link = draft.links[name], link.link.isPresent else { return nil }
        return link
    }
}

// MARK: - Who lies on whom

extension Checks {
    private mutating func checkStack() {
        var first: [LinkName: Stack.Edge] = [:]
        var sound: [Stack.Edge] = []
        for edge in stack.edges.sorted(by: { $0.span < $1.span }) {
            guard checkEnds(edge) else { continue }
            if edge.isPort {
                if let other = first[edge.lower] {
                    problems.error(
                        edge.span, "\(edge.lower) cannot be a port of \(edge.upper): it is a port of \(other.upper) already",
                        fix: "a link has one master: take it out of one of the two",
                        related: [(other.span, "it is a port of \(other.upper) here")])
                    continue
                }
                first[edge.lower] = edge
            }
            sound.append(edge)
        }
        checkCircles(sound)
        for link in draft.present { checkPrimary(link) }
    }

    /// Whether the kernel takes the one link under the other.
    private mutating func checkEnds(_ edge: Stack.Edge) -> Bool {
        guard let lower = draft.links[edge.lower] else { return true }
        guard lower.link.isPresent else {
            let role = edge.isPort ? "a port of \(edge.upper)" : "the parent of \(edge.upper)"
            problems.error(
                edge.span, "\(edge.lower) is to be absent, and cannot be \(role)", fix: "drop 'state: absent', or this",
                related: [(lower.spans[.state] ?? lower.span, "it is to be absent here")])
            return false
        }
        guard edge.isPort, let upper = draft.links[edge.upper] else { return true }
        switch (lower.section, upper.section) {
        case (.bridges, .bridges), (.bridges, .bonds), (.bonds, .bonds):
            problems.error(
                edge.span, "the \(lower.section.noun) \(lower.name) cannot be a port of the \(upper.section.noun) \(upper.name)",
                fix: upper.section == .bonds ? "a bond's ports are NICs" : "join two bridges by a veth pair, or make one of them",
                related: [(lower.span, "\(lower.name) is a \(lower.section.noun) here")])
            return false
        default: return true
        }
    }

    /// Links that lie on themselves by way of others.
    private mutating func checkCircles(_ edges: [Stack.Edge]) {
        // Links that lie on nothing are taken away until none is left: what remains is in a circle, or on one.
        var uppers: [LinkName: [LinkName]] = [:]
        var missing: [LinkName: Int] = [:]
        for edge in edges {
            uppers[edge.lower, default: []].append(edge.upper)
            missing[edge.upper, default: 0] += 1
        }
        var open = uppers.keys.filter { missing[$0] == nil }
        while let free = open.popLast() {
            for upper in uppers[free] ?? [] {
                missing[upper, default: 0] -= 1
                if missing[upper] == 0 {
                    missing[upper] = nil
                    open.append(upper)
                }
            }
        }
        guard !missing.isEmpty else { return }
        let lowers = Dictionary(grouping: edges, by: \.upper)
        var visited: Set<LinkName> = []
        for start in missing.keys.sorted() where !visited.contains(start) {
            var path: [Stack.Edge] = []
            var next = start
            while visited.insert(next).inserted, let edge = lowers[next]?.first(where: { missing[$0.lower] != nil }) {
                path.append(edge)
                next = edge.lower
            }
            guard let begin = path.firstIndex(where: { $0.upper == next }) else { continue }
            reportCircle(Array(path[begin...]))
        }
    }

    private mutating func reportCircle(_ circle: [Stack.Edge]) {
        guard let last = circle.max(by: { $0.span < $1.span }) else { return }
        let start = circle.firstIndex { $0.upper == last.upper } ?? 0
        let ordered = circle[start...] + circle[..<start]
        let chain = ([last.upper] + ordered.map(\.lower)).map(\.text).joined(separator: " on ")
        problems.error(last.span, "\(last.upper) would lie on itself: \(chain)", fix: "take one of these links out of the circle")
    }

    /// The ports that a bond's options name.
    private mutating func checkPrimary(_ link: LinkDraft) {
        guard let ports = link.ports else { return }
        let names = ports.filter { !$0.isAbsent }.map(\.name)
        for (row, word) in [(OptionRow.primary, "primary"), (OptionRow.activePort, "active")] {
            guard case .link(let port)? = link.link.options[row], let span = link.span(of: row), !names.contains(port) else { continue }
            let fix = names.isEmpty ? nil : "one of \(names.map(\.text).joined(separator: ", "))"
            problems.error(span, "the \(word) port \(port) is none of the ports of \(link.name)", fix: fix)
        }
    }
}
