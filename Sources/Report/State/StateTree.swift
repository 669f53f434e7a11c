public import HostNetwork
internal import Planner

/// A host's links as trees, from the NIC at the root to a guest's tap at the leaf, and its routes and rules.
///
/// Every link stands in it exactly once, loopback apart where it has nothing but its usual addresses. NICs that carry a bond
/// together stand under one another, joined by a bracket that leads to the bond.
public struct StateTree: Sendable {
    private let network: HostNetwork
    private let portsPut: Set<LinkName>

    /// Takes the network as it was read.
    ///
    /// - Parameter portsPut: foreign links that weft put into their masters, from its record. A bridge stands on such a veth as
    ///   on a NIC, while another program's veth hangs on its bridge.
    public init(_ network: HostNetwork, portsPut: Set<LinkName> = []) {
        self.network = network
        self.portsPut = portsPut
    }

    /// The whole text, without a line end after its last line.
    public func text(_ style: Style = .plain) -> String { lines(style).joined(separator: "\n") }

    /// The text's lines.
    public func lines(_ style: Style = .plain) -> [String] {
        var drawing = Drawing(network, LinkForest(network, portsPut: portsPut))
        let trees = drawing.table(style)
        let routes = RouteList(network.routes).lines
        let rules = RuleList(network.rules).lines
        guard !trees.isEmpty || !routes.isEmpty || !rules.isEmpty else { return ["This host has no links but loopback."] }
        return [trees, routes, rules].filter { !$0.isEmpty }.joined(separator: [StyledText()]).map { $0.rendered(style) }
    }
}

/// The rows of the tree, before their columns are known.
private struct Drawing {
    private struct Row {
        /// The lines of the tree in front of the name, and in front of what is continued below.
        let prefix: String
        let continuation: String
        let link: Link
    }

    private let network: HostNetwork
    private let forest: LinkForest
    private var rows: [Row] = []
    /// The links that the drawing puts each link on.
    private var below: [LinkName: [LinkName]] = [:]

    init(_ network: HostNetwork, _ forest: LinkForest) {
        self.network = network
        self.forest = forest
    }

    mutating func table(_ style: Style) -> [StyledText] {
        for tree in forest.roots { drawRoot(tree) }
        guard !rows.isEmpty else { return [] }
        let facts = rows.map { self.facts(of: $0.link) }
        let nameColumn = zip(rows, facts).map { row, facts in row.prefix.count + facts.name.displayWidth }.max() ?? 0
        let cells = facts.map(\.cells)
        let titles = LinkFacts.titles
        let widths = titles.indices.map { column in
            max(titles[column].count, cells.map { $0[column].text.displayWidth }.max() ?? 0)
        }
        var lines = [StyledText()]
        lines[0].append("LINK".padded(to: nameColumn), .dim)
        for (column, title) in titles.enumerated() { lines[0].append("  " + title.padded(to: widths[column]), .dim) }
        for (row, facts) in zip(rows, facts) { lines += self.lines(row, facts, nameColumn, widths, style) }
        return lines
    }

    /// What the drawing cannot show of a link's neighbours is said in its row.
    private func facts(of link: Link) -> LinkFacts {
        let drawn = below[link.name] ?? []
        let others = forest.lowers(of: link.name).filter { !drawn.contains($0) }
        var relations = others.map { drawn.isEmpty ? "on \($0)" : "also on \($0)" }
        if let parent = link.parent, parent == link.name || !forest.contains(parent) { relations.append("on \(parent)") }
        if let master = link.master, !drawn.contains(master), !others.contains(master), below[master]?.contains(link.name) != true {
            relations.append("port of \(master)")
        }
        return LinkFacts(link, in: network, relations: relations)
    }

    private func lines(_ row: Row, _ facts: LinkFacts, _ nameColumn: Int, _ widths: [Int], _ style: Style) -> [StyledText] {
        var line = StyledText(row.prefix, .dim)
        line.append(facts.name, .bold)
        line.pad(to: nameColumn)
        for (column, cell) in facts.cells.enumerated() {
            line.append("  ")
            line.append(cell.text.padded(to: widths[column]), cell.tone)
        }
        let details = facts.details
        guard !details.isEmpty else { return [line] }
        line.append("  ")
        // What has no room beside the columns goes below the name, as far as the terminal is wide.
        guard let width = style.sentenceWidth else {
            line.append(details.joined(separator: ", "))
            return [line]
        }
        var open = details[...]
        var beside: [String] = []
        while let next = open.first, line.width + (beside + [next]).joined(separator: ", ").displayWidth + 1 <= width {
            beside.append(next)
            open.removeFirst()
        }
        line.append(beside.joined(separator: ", ") + (open.isEmpty || beside.isEmpty ? "" : ","))
        let margin = row.continuation.count + 4
        return [line] + Array(open).wrapped(to: max(width - margin, 20), separator: ", ").map { text in
            var below = StyledText(row.continuation, .dim)
            below.pad(to: margin)
            below.append(text)
            return below
        }
    }

    // MARK: The lines of the tree

    private mutating func drawRoot(_ tree: LinkForest.Tree) {
        guard !tree.companions.isEmpty, let branch = tree.branches.first else {
            add(tree.name, prefix: "", continuation: tree.branches.isEmpty ? "" : "│", onto: [])
            return drawBranches(tree, indentation: "")
        }
        add(tree.name, prefix: "┌─ ", continuation: "│", onto: [])
        for name in tree.companions { add(name, prefix: "├─ ", continuation: "│", onto: []) }
        draw(branch, prefix: "└─ ", indentation: "   ", onto: [tree.name] + tree.companions)
    }

    private mutating func drawBranches(_ tree: LinkForest.Tree, indentation: String) {
        for (place, branch) in tree.branches.enumerated() {
            let isLast = place == tree.branches.count - 1
            draw(
                branch, prefix: indentation + (isLast ? "└─ " : "├─ "), indentation: indentation + (isLast ? "   " : "│  "),
                onto: [tree.name])
        }
    }

    private mutating func draw(_ tree: LinkForest.Tree, prefix: String, indentation: String, onto lowers: [LinkName]) {
        add(tree.name, prefix: prefix, continuation: indentation + (tree.branches.isEmpty ? "" : "│"), onto: lowers)
        drawBranches(tree, indentation: indentation)
    }

    private mutating func add(_ name: LinkName, prefix: String, continuation: String, onto lowers: [LinkName]) {
        guard let link = network[name] else { return }
        below[name] = lowers
        rows.append(Row(prefix: prefix, continuation: continuation, link: link))
    }
}
