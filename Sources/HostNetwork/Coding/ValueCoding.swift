/// Names, addresses and their like are written as the text that a person would write.

extension LinkName: Codable, CodingKeyRepresentable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.value { try LinkName(written: $0) }
    }

    public func encode(to encoder: any Encoder) throws { try encoder.write(text) }

    public var codingKey: any CodingKey { AnyKey(stringValue: text) }

    public init?(codingKey: some CodingKey) {
        guard let name = try? LinkName(written: codingKey.stringValue) else { return nil }
        self = name
    }

    /// Takes what ``init(kernel:)`` may have taken: the kernel allows control characters, and each byte of a name that is not
    /// UTF-8 is three when it is read.
    private init(written text: String) throws(ValueError) {
        guard text != Self.host.text else {
            self = .host
            return
        }
        let isBlank: (UInt8) -> Bool = { $0 == 0 || $0 == 0x20 || (0x09...0x0d).contains($0) }
        guard (1...3 * Self.maximumLength).contains(text.utf8.count), text != ".", text != "..",
            !text.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") || isBlank($0) })
        else { throw ValueError("'\(text)' cannot be a link's name") }
        self.init(kernel: text)
    }
}

extension MACAddress: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value { try MACAddress($0) } }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}

extension IPAddress: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value { try IPAddress($0) } }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}

extension IPNetwork: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value { try IPNetwork($0) } }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}

extension LinkKind: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.value { text in
            switch text {
            case "nic": .nic
            case "loopback": .loopback
            case "bond": .bond
            case "bridge": .bridge
            case "vlan": .vlan
            default: .other(text)
            }
        }
    }

    public func encode(to encoder: any Encoder) throws { try encoder.write(displayName) }
}

/// A master's name, or nothing between the quotes: no link has that name.
extension Attachment: Codable {
    public init(from decoder: any Decoder) throws {
        let master = try decoder.singleValueContainer().decode(String.self)
        self = master.isEmpty ? .free : .port(of: try LinkName(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws { try encoder.write(master?.text ?? "") }
}

extension AddressGeneration: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.value { text throws(ValueError) in
            guard let mode = AddressGeneration(name: text) else { throw ValueError("'\(text)' is no way of making addresses") }
            return mode
        }
    }

    public func encode(to encoder: any Encoder) throws { try encoder.write(name) }
}
