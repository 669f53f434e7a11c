/// A text or number that is not a value of the type asked for.
///
/// Thrown by the initializers of ``LinkName``, ``MACAddress``, ``IPAddress``, ``IPNetwork``, ``VLANID`` and ``MTU`` and
/// by ``OptionRow/parse(_:)``. Below the parser nothing is checked again.
public struct ValueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as a sentence without the final point.
    public let message: String
    /// What to write instead; `nil` where nothing better can be said.
    public let fix: String?

    /// Makes an error of what is wrong and what to write instead.
    public init(_ message: String, fix: String? = nil) {
        self.message = message
        self.fix = fix
    }

    public var description: String { fix.map { "\(message): \($0)" } ?? message }
}
