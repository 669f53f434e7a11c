internal import HostNetwork

/// A topology text that a program made of something else, with everything commented out that a check refuses: ``Topology/parse(_:file:)``,
/// and what is wrong on any host.
///
/// What is refused comes from the files that the text was made of, which may hold anything: a VLAN on itself, a router that no
/// address reaches. The rest is of use without it, and nothing of it is lost.
package struct MendedTopology: Sendable {
    /// A piece that was commented out, and why.
    package struct Removal: Sendable {
        /// Its line in the text as it was given, from 1.
        package let line: Int
        /// The key that it stood under; empty for a section or a link as a whole.
        package let key: String
        /// Its number in the key's list, from 0; `nil` where the key went as a whole.
        package let item: Int?
        /// The mistake.
        package let diagnostic: Diagnostic
    }

    /// The text that is left: it can be parsed.
    package var text: String { lines.map(\.text).joined(separator: "\n") }
    /// What was commented out, in that order.
    package private(set) var removals: [Removal] = []

    private var lines: [Line]

    private struct Line {
        var text: String
        /// Its number in the text as it was given.
        let number: Int

        var indentation: Int { text.prefix { $0 == " " }.count }
        /// Whether it says anything.
        var isLive: Bool { text.first { $0 != " " }.map { $0 != "#" } ?? false }
        var isItem: Bool { text.dropFirst(indentation).hasPrefix("- ") }
        var key: String { String(text.dropFirst(indentation).prefix { $0 != ":" }) }
    }

    /// - Parameter text: block style, with lists that are short in one line.
    package init(_ text: String, file: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { Line(text: String($0.element), number: $0.offset + 1) }
        while let mistake = firstMistake(file), remove(mistake) {}
    }

    private func firstMistake(_ file: String) -> Diagnostic? {
        do throws(TopologyError) {
            return try Topology.parse(text, file: file).conflictsOfItsOwn.first { $0.severity == .error }
        } catch {
            return error.diagnostics.first { $0.severity == .error }
        }
    }

    /// False where nothing can be taken away any more.
    private mutating func remove(_ mistake: Diagnostic) -> Bool {
        guard let index = place(of: mistake), lines[index].key != "version" else { return false }
        if removeItem(in: index, mistake) { return true }
        let line = lines[index]
        let parent = parent(of: index)
        let isBelowKey = line.isItem || line.indentation > 2
        let key = !isBelowKey ? "" : line.isItem ? parent.map { lines[$0].key } ?? "" : line.key
        // An item a line, right behind the key.
        let item = line.isItem ? parent.map { line.number - lines[$0].number - 1 } : nil
        removals.append(Removal(line: line.number, key: key, item: item, diagnostic: mistake))
        commentOut(index)
        return true
    }

    /// The line that a mistake is in; where nothing stands there any more, the one above that it belongs to.
    private func place(of mistake: Diagnostic) -> Int? {
        var index = min(max(mistake.mark.line - 1, 0), lines.count - 1)
        while index > 0, !lines[index].isLive { index -= 1 }
        return lines[index].isLive ? index : nil
    }

    private func parent(of index: Int) -> Int? {
        lines[..<index].lastIndex { $0.isLive && $0.indentation < lines[index].indentation }
    }

    /// Comments out a line with all that belongs to it, and what would be empty then.
    private mutating func commentOut(_ index: Int) {
        let parent = parent(of: index)
        let indentation = lines[index].indentation
        var next = index
        repeat {
            if lines[next].isLive { lines[next].text = String(repeating: " ", count: indentation) + "# " + lines[next].text.dropFirst(indentation) }
            next += 1
        } while next < lines.count && (lines[next].indentation > indentation || !lines[next].isLive && !lines[next].text.isEmpty)
        guard let parent, lines[parent].text.hasSuffix(":") else { return }
        // A link of which nothing is left to say is still there; a list or a section is not.
        let isLink = lines[parent].indentation == 2
        let hasMore = lines[(parent + 1)...].prefix { !$0.isLive || $0.indentation > lines[parent].indentation }.contains(where: \.isLive)
        if !hasMore, !isLink { commentOut(parent) }
    }

    // MARK: Lists in one line

    /// Takes one item out of a list that stands in one line, and notes it above.
    private mutating func removeItem(in index: Int, _ mistake: Diagnostic) -> Bool {
        let line = lines[index]
        let text = Array(line.text)
        guard let items = Self.items(of: text), let number = items.firstIndex(where: { $0.contains(mistake.mark.column - 1) }) else { return false }
        func piece(_ range: Range<Int>) -> String { String(text[range]).trimmed }
        let rest = items.enumerated().filter { $0.offset != number }.map { piece($0.element) }
        let indent = String(repeating: " ", count: line.indentation)
        let earlier = removals.filter { $0.line == line.number && $0.key == line.key }.compactMap(\.item)
        // Counted in the list as it was given.
        var original = number
        for gone in earlier.sorted() where gone <= original { original += 1 }
        removals.append(Removal(line: line.number, key: line.key, item: original, diagnostic: mistake))
        lines[index].text = "\(indent)\(line.key): [\(rest.joined(separator: ", "))]"
        lines.insert(Line(text: "\(indent)# \(line.key): [\(piece(items[number]))]", number: line.number), at: index)
        return true
    }

    /// The items of `key: [a, {b: c}, "d"]` as ranges of the line's characters; `nil` where the line is something else.
    private static func items(of text: [Character]) -> [Range<Int>]? {
        guard let colon = text.firstIndex(of: ":"), colon + 2 < text.count, text[colon + 2] == "[", text.last == "]" else { return nil }
        var items: [Range<Int>] = []
        var start = colon + 3
        var depth = 0
        var quote: Character?
        for place in start..<text.count {
            let character = text[place]
            if let open = quote {
                if character == open, text[place - 1] != "\\" { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "{" || character == "[" {
                depth += 1
            } else if (character == "," || character == "]") && depth == 0 {
                if place > start { items.append(start..<place) }
                start = place + 1
            } else if character == "}" || character == "]" {
                depth -= 1
            }
        }
        return items
    }
}

extension String {
    fileprivate var trimmed: String {
        let head = drop { $0 == " " }
        return String(head.prefix(head.count - head.reversed().prefix { $0 == " " }.count))
    }
}
