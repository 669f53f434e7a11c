internal import HostNetwork

/// Writes JSON as the values tell themselves, into one run of bytes and nothing besides.
///
/// A checkpoint stands between the plan and its first message, and holds every link with all its options: Foundation's encoder,
/// which builds the document in memory first, took longer for it than the kernel for ten links. What this writes Foundation's
/// decoder reads. Values without a JSON form of their own (dates, data) are not for it.
struct StreamingJSON {
    /// The JSON text of a value, in one line with its end. It is megabytes for thousands of links: no copy of it is made.
    static func line(of value: some Encodable) throws -> [UInt8] {
        let output = Output()
        let place = Place(output, [])
        try value.encode(to: place)
        place.close()
        output.write("\n")
        return output.bytes
    }
}

/// The bytes that have been written.
private final class Output {
    var bytes: [UInt8] = []
    /// The last few options that were written, with their bytes.
    private var options: [(options: OptionValues, bytes: [UInt8])] = []

    func remember(_ new: OptionValues, _ bytes: [UInt8]) {
        if options.count == 4 { options.removeFirst() }
        options.append((new, bytes))
    }

    /// Writes options as they were written before, if they were.
    func repeats(_ again: OptionValues) -> Bool {
        guard let place = options.firstIndex(where: { $0.options == again }) else { return false }
        options.append(options.remove(at: place))
        bytes.append(contentsOf: options[options.count - 1].bytes)
        return true
    }

    func write(_ text: StaticString) { text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) } }

    func write(number: some BinaryInteger) { bytes.append(contentsOf: number.description.utf8) }

    func write(string: String) {
        write("\"")
        var string = string
        string.withUTF8 { text in
            for unsafe byte in unsafe text {
                switch byte {
                case UInt8(ascii: "\""): write("\\\"")
                case UInt8(ascii: "\\"): write("\\\\")
                case 0x20...: bytes.append(byte)
                default:
                    write("\\u00")
                    let digits: StaticString = "0123456789abcdef"
                    digits.withUTF8Buffer { unsafe bytes.append(contentsOf: [$0[Int(byte >> 4)], $0[Int(byte & 15)]]) }
                }
            }
        }
        write("\"")
    }
}

/// The place of one value. What it opens is closed when the value is done, or when its surroundings go on.
private final class Place: Encoder {
    private enum Kind { case none, object, list }

    let output: Output
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private var kind = Kind.none
    /// How many values it has.
    private(set) var count = 0
    /// A container within this one that is still open.
    private var inner: Place?

    init(_ output: Output, _ codingPath: [any CodingKey]) {
        self.output = output
        self.codingPath = codingPath
    }

    func close() {
        inner?.close()
        inner = nil
        switch kind {
        case .none: break
        case .object: output.write("}")
        case .list: output.write("]")
        }
        kind = .none
    }

    /// Makes way for the next value within this one.
    func next(_ key: (any CodingKey)? = nil) {
        inner?.close()
        inner = nil
        if count > 0 { output.write(",") }
        count += 1
        guard let key else { return }
        output.write(string: key.stringValue)
        output.write(":")
    }

    func encode<Value: Encodable>(_ value: Value) throws {
        // Thousands of links have the same options as the one before, and more of these than of all else.
        if Value.self == OptionValues.self, let options = value as? OptionValues { return try encode(options: options) }
        let place = Place(output, codingPath)
        try value.encode(to: place)
        place.close()
    }

    private func encode(options: OptionValues) throws {
        if output.repeats(options) { return }
        let begin = output.bytes.count
        let place = Place(output, codingPath)
        try options.encode(to: place)
        place.close()
        output.remember(options, Array(output.bytes[begin...]))
    }

    /// A container within this one.
    func open() -> Place {
        let place = Place(output, codingPath)
        inner = place
        return place
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if kind == .none {
            kind = .object
            output.write("{")
        }
        return KeyedEncodingContainer(ObjectContainer<Key>(place: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if kind == .none {
            kind = .list
            output.write("[")
        }
        return ListContainer(place: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { ValueContainer(place: self) }
}

extension Place {
    func write(_ value: Bool) { value ? output.write("true") : output.write("false") }
    func write(_ value: String) { output.write(string: value) }
    func write(_ value: some BinaryInteger) { output.write(number: value) }
    func write(_ value: some BinaryFloatingPoint & CustomStringConvertible) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(value, EncodingError.Context(codingPath: codingPath, debugDescription: "JSON has no such number"))
        }
        output.bytes.append(contentsOf: value.description.utf8)
    }
}

private struct ObjectContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let place: Place
    var codingPath: [any CodingKey] { place.codingPath }

    func encodeNil(forKey key: Key) { place.next(key); place.output.write("null") }
    func encode(_ value: Bool, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: String, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: Double, forKey key: Key) throws { place.next(key); try place.write(value) }
    func encode(_ value: Float, forKey key: Key) throws { place.next(key); try place.write(value) }
    func encode(_ value: Int, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: Int8, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: Int16, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: Int32, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: Int64, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: UInt, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: UInt8, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: UInt16, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: UInt32, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: UInt64, forKey key: Key) { place.next(key); place.write(value) }
    func encode(_ value: some Encodable, forKey key: Key) throws { place.next(key); try place.encode(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        place.next(key)
        return place.open().container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        place.next(key)
        return place.open().unkeyedContainer()
    }
    func superEncoder() -> any Encoder { superEncoder(named: "super") }
    func superEncoder(forKey key: Key) -> any Encoder { superEncoder(named: key.stringValue) }

    private func superEncoder(named name: String) -> any Encoder {
        place.next()
        place.output.write(string: name)
        place.output.write(":")
        return place.open()
    }
}

private struct ListContainer: UnkeyedEncodingContainer {
    let place: Place
    var codingPath: [any CodingKey] { place.codingPath }
    var count: Int { place.count }

    func encodeNil() { place.next(); place.output.write("null") }
    func encode(_ value: Bool) { place.next(); place.write(value) }
    func encode(_ value: String) { place.next(); place.write(value) }
    func encode(_ value: Double) throws { place.next(); try place.write(value) }
    func encode(_ value: Float) throws { place.next(); try place.write(value) }
    func encode(_ value: Int) { place.next(); place.write(value) }
    func encode(_ value: Int8) { place.next(); place.write(value) }
    func encode(_ value: Int16) { place.next(); place.write(value) }
    func encode(_ value: Int32) { place.next(); place.write(value) }
    func encode(_ value: Int64) { place.next(); place.write(value) }
    func encode(_ value: UInt) { place.next(); place.write(value) }
    func encode(_ value: UInt8) { place.next(); place.write(value) }
    func encode(_ value: UInt16) { place.next(); place.write(value) }
    func encode(_ value: UInt32) { place.next(); place.write(value) }
    func encode(_ value: UInt64) { place.next(); place.write(value) }
    func encode(_ value: some Encodable) throws { place.next(); try place.encode(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        place.next()
        return place.open().container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        place.next()
        return place.open().unkeyedContainer()
    }
    func superEncoder() -> any Encoder {
        place.next()
        return place.open()
    }
}

private struct ValueContainer: SingleValueEncodingContainer {
    let place: Place
    var codingPath: [any CodingKey] { place.codingPath }

    func encodeNil() { place.output.write("null") }
    func encode(_ value: Bool) { place.write(value) }
    func encode(_ value: String) { place.write(value) }
    func encode(_ value: Double) throws { try place.write(value) }
    func encode(_ value: Float) throws { try place.write(value) }
    func encode(_ value: Int) { place.write(value) }
    func encode(_ value: Int8) { place.write(value) }
    func encode(_ value: Int16) { place.write(value) }
    func encode(_ value: Int32) { place.write(value) }
    func encode(_ value: Int64) { place.write(value) }
    func encode(_ value: UInt) { place.write(value) }
    func encode(_ value: UInt8) { place.write(value) }
    func encode(_ value: UInt16) { place.write(value) }
    func encode(_ value: UInt32) { place.write(value) }
    func encode(_ value: UInt64) { place.write(value) }
    func encode(_ value: some Encodable) throws { try place.encode(value) }
}
