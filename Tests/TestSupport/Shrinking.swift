/// Makes the two files of a pair that fails smaller, for whoever has to read them: as long as they still fail, a link, a route or
/// a rule is left out, or a key of one.
public enum Shrinking {
    /// The smallest pair that was found.
    /// - Parameters:
    ///   - pair: files in the form of ``RandomTopology``: a line a link, route or rule, its keys in braces.
    ///   - most: how many pairs are tried at most.
    ///   - fails: whether a pair fails in the same way; a file that is not valid does not.
    public static func smallest(
        _ pair: (String, String), most: Int = 300, where fails: (String, String) async throws -> Bool
    ) async throws -> (String, String) {
        var best = pair
        var tried = 0
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            let candidates = smaller(best.0).map { ($0, best.1) } + smaller(best.1).map { (best.0, $0) }
            for candidate in candidates {
                tried += 1
                guard tried <= most else { return best }
                guard try await fails(candidate.0, candidate.1) else { continue }
                best = candidate
                isSmaller = true
                break
            }
        }
        return best
    }

    /// A file with one thing less, in every way: whole lines first, as they take the most along.
    static func smaller(_ file: String) -> [String] {
        let lines = file.split(separator: "\n").map { String($0) }
        let places = lines.indices.filter { lines[$0].hasPrefix("  ") }
        func joined(_ lines: [String]) -> String {
            // A section of which nothing is left goes as well.
            let kept = lines.indices.filter { place in
                lines[place].hasPrefix("  ") || lines[place].hasPrefix("version") || lines.indices.contains(place + 1) && lines[place + 1].hasPrefix("  ")
            }
            return kept.map { lines[$0] + "\n" }.joined()
        }
        let fewer = places.map { place in
            var rest = lines
            rest.remove(at: place)
            return joined(rest)
        }
        let shorter = places.flatMap { place in
            withoutOneKey(lines[place]).map { line in
                var rest = lines
                rest[place] = line
                return joined(rest)
            }
        }
        return fewer + shorter
    }

    /// A line with one of the keys in its outer braces left out, in every way.
    private static func withoutOneKey(_ line: String) -> [String] {
        guard let open = line.firstIndex(of: "{"), let close = line.lastIndex(of: "}"), open < close else { return [] }
        var keys = [""]
        var depth = 0
        var isQuoted = false
        for character in line[line.index(after: open)..<close] {
            if character == "\"" { isQuoted.toggle() }
            if !isQuoted, "{[".contains(character) { depth += 1 }
            if !isQuoted, "}]".contains(character) { depth -= 1 }
            if character == ",", depth == 0, !isQuoted { keys.append("") } else { keys[keys.count - 1].append(character) }
        }
        guard keys.count > 1 else { return [] }
        return keys.indices.map { place in
            let rest = keys.enumerated().filter { $0.offset != place }.map { String($0.element.drop { $0 == " " }) }
            return line[...open] + rest.joined(separator: ", ") + line[close...]
        }
    }
}
