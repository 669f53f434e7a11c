internal import HostNetwork

/// A name with `{parent}` and `{id}` in it, for all the links of a trunk.
///
/// It is taken apart once: a trunk has thousands of names.
struct NameTemplate {
    private enum Piece {
        case text(String)
        case parent, id
    }

    /// As it is written.
    let text: String
    /// Where it is written.
    let span: Span
    /// Whether each id has a name of its own.
    let hasID: Bool
    private let pieces: [Piece]

    init(_ text: String, _ span: Span) {
        self.text = text
        self.span = span
        var pieces: [Piece] = []
        var plain = ""
        var rest = text[...]
        while let first = rest.first {
            let placeholder: (Piece, length: Int)? = rest.hasPrefix("{id}") ? (.id, 4) : rest.hasPrefix("{parent}") ? (.parent, 8) : nil
            if let placeholder {
                if !plain.isEmpty { pieces.append(.text(plain)) }
                plain = ""
                pieces.append(placeholder.0)
            } else {
                plain.append(first)
            }
            rest = rest.dropFirst(placeholder?.length ?? 1)
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        self.pieces = pieces
        hasID = pieces.contains { if case .id = $0 { true } else { false } }
    }

    /// The name of one of the trunk's links.
    func name(parent: LinkName, id: Int) -> String {
        var name = ""
        for piece in pieces {
            switch piece {
            case .text(let text): name += text
            case .parent: name += parent.text
            case .id: name += String(id)
            }
        }
        return name
    }
}
