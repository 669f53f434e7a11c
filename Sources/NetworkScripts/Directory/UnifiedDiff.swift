/// The difference of two texts in the unified form that `diff -u` prints and `patch` takes.
public enum UnifiedDiff {
    /// The lines of the difference; none where the texts are the same.
    /// - Parameters:
    ///   - old: the text that is there; `nil` for a file that is new.
    ///   - new: the text that is to be there; `nil` for a file that goes.
    public static func lines(from old: String?, to new: String?, path: String) -> [String] {
        guard old != new else { return [] }
        let left = split(old)
        let right = split(new)
        let edits = edits(left, right)
        var lines = ["--- \(old == nil ? "/dev/null" : "a/\(path)")", "+++ \(new == nil ? "/dev/null" : "b/\(path)")"]
        for hunk in hunks(edits) {
            let part = edits[hunk]
            let before = edits[..<hunk.lowerBound]
            let (oldStart, newStart) = (before.count { $0.mark != "+" }, before.count { $0.mark != "-" })
            let (oldCount, newCount) = (part.count { $0.mark != "+" }, part.count { $0.mark != "-" })
            lines.append("@@ -\(oldCount == 0 ? oldStart : oldStart + 1),\(oldCount) +\(newCount == 0 ? newStart : newStart + 1),\(newCount) @@")
            for edit in part {
                lines.append("\(edit.mark)\(edit.text)")
                if edit.lacksEnd { lines.append("\\ No newline at end of file") }
            }
        }
        return lines
    }

    private struct Line: Equatable {
        let text: Substring
        let lacksEnd: Bool
    }

    private struct Edit {
        let mark: Character
        let text: Substring
        let lacksEnd: Bool
    }

    private static func split(_ text: String?) -> [Line] {
        guard let text, !text.isEmpty else { return [] }
        var parts = text.split(separator: "\n", omittingEmptySubsequences: false)
        let endsWell = parts.last?.isEmpty ?? false
        if endsWell { parts.removeLast() }
        return parts.enumerated().map { Line(text: $0.element, lacksEnd: !endsWell && $0.offset == parts.count - 1) }
    }

    /// The longest common subsequence, by the table: these files have tens of lines.
    private static func edits(_ left: [Line], _ right: [Line]) -> [Edit] {
        var table = Array(repeating: Array(repeating: 0, count: right.count + 1), count: left.count + 1)
        for i in left.indices.reversed() {
            for j in right.indices.reversed() {
                table[i][j] = left[i] == right[j] ? table[i + 1][j + 1] + 1 : max(table[i + 1][j], table[i][j + 1])
            }
        }
        var edits: [Edit] = []
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if i < left.count, j < right.count, left[i] == right[j] {
                edits.append(Edit(mark: " ", text: left[i].text, lacksEnd: left[i].lacksEnd))
                (i, j) = (i + 1, j + 1)
            } else if i < left.count, j == right.count || table[i + 1][j] >= table[i][j + 1] {
                edits.append(Edit(mark: "-", text: left[i].text, lacksEnd: left[i].lacksEnd))
                i += 1
            } else {
                edits.append(Edit(mark: "+", text: right[j].text, lacksEnd: right[j].lacksEnd))
                j += 1
            }
        }
        return edits
    }

    /// Changes with three lines around them; those that touch are one.
    private static func hunks(_ edits: [Edit]) -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for (index, edit) in edits.enumerated() where edit.mark != " " {
            let range = max(0, index - 3)..<min(edits.count, index + 4)
            if let last = hunks.last, last.upperBound >= range.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks
    }
}
