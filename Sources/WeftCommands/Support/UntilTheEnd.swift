/// Values that live until the program ends, when the system takes back its memory as a whole: for large ones of a command's last
/// moments. Freeing thousands of links one by one takes a tenth of the time in which a plan for them is made.
enum UntilTheEnd {
    private final class Keeper<Value> {
        private let value: Value

        init(_ value: Value) { self.value = value }
    }

    /// Keeps a value.
    static func keep<Value>(_ value: Value) { _ = Unmanaged.passRetained(Keeper(value)) }
}
