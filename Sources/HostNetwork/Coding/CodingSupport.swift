/// A key that may have any name.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// The container of these keys, if it holds no others: what a newer weft wrote is not to be read as if it said less.
    func strictContainer<Key: CodingKey>(_ type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        for key in try container(keyedBy: AnyKey.self).allKeys where Key(stringValue: key.stringValue) == nil {
            throw corrupt("unknown key '\(key.stringValue)'")
        }
        return try container(keyedBy: type)
    }

    /// A value that is written as text.
    func value<Value>(_ make: (String) throws -> Value) throws -> Value {
        let text = try singleValueContainer().decode(String.self)
        do { return try make(text) } catch let error as ValueError { throw corrupt(error.description) }
    }

    func corrupt(_ message: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: codingPath, debugDescription: message))
    }
}

extension Encoder {
    /// Writes a value as text.
    func write(_ text: String) throws {
        var container = singleValueContainer()
        try container.encode(text)
    }
}

extension KeyedEncodingContainer {
    /// Writes a value unless it is what its absence means.
    mutating func encode<Value: Encodable & Equatable>(_ value: Value, unless usual: Value, _ key: Key) throws {
        if value != usual { try encode(value, forKey: key) }
    }
}

extension KeyedDecodingContainer {
    /// Reads a value, or takes what its absence means.
    func decode<Value: Decodable>(_ key: Key, or usual: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? usual
    }

    /// Reads a value that may be absent.
    func decode<Value: Decodable>(_ key: Key) throws -> Value? {
        try decodeIfPresent(Value.self, forKey: key)
    }
}
