/// How a report is written for the place where it will be read.
public struct Style: Hashable, Sendable {
    /// Whether colours and bold type may be used (ECMA-48 sequences). Nothing is ever said by colour alone.
    public var color: Bool
    /// The terminal's width in cells; `nil` where there is none, as in a pipe or a file: then no sentence is broken.
    public var width: Int?

    /// Joins the two.
    public init(color: Bool, width: Int? = nil) {
        self.color = color
        self.width = width
    }

    /// For a pipe or a file: no colour, no width.
    public static let plain = Style(color: false)

    /// The width that lists are broken to: the terminal's, and a page's where there is none.
    var listWidth: Int { max(width ?? Self.pageWidth, Self.narrowest) }

    /// The width that sentences are broken to; `nil` leaves them whole.
    var sentenceWidth: Int? { width.map { max($0, Self.narrowest) } }

    private static let pageWidth = 100
    private static let narrowest = 40
}
