/// A rule as an object; its action is a word, with the table behind `lookup`, or the number of one that has no word. A mark is two
/// numbers, itself and its mask, a range of ports is two as well.
extension Rule: Codable {
    enum CodingKeys: String, CodingKey {
        case family, priority
        case isInverted = "not"
        case source = "from"
        case destination = "to"
        case inputLink = "iif"
        case outputLink = "oif"
        case mark = "fwmark"
        case tos
        case ipProtocol = "ipproto"
        case sourcePorts = "sport"
        case destinationPorts = "dport"
        case action
        case suppressedPrefixLength = "suppress_prefixlength"
        case origin
        case hasUnknownAttributes = "unknown_attributes"
        case sourceMark = "source_mark"
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        let words = try keys.decode(String.self, forKey: .action).split(separator: " ").map { String($0) }
        guard let action = Action(words) else { throw decoder.corrupt("'\(words.joined(separator: " "))' is no action of a rule") }
        let family = try keys.decode(String.self, forKey: .family)
        guard let family = IPAddress.Family(rawValue: family) else { throw decoder.corrupt("'\(family)' is no family") }
        self.init(family, priority: try keys.decode(UInt32.self, forKey: .priority), action)
        isInverted = try keys.decode(.isInverted, or: false)
        source = try keys.decode(.source)
        destination = try keys.decode(.destination)
        inputLink = try keys.decode(.inputLink)
        outputLink = try keys.decode(.outputLink)
        if let numbers: [UInt32] = try keys.decode(.mark) {
            guard numbers.count == 2 else { throw decoder.corrupt("a mark is two numbers") }
            mark = Mark(numbers[0], mask: numbers[1])
        }
        tos = try keys.decode(.tos, or: 0)
        ipProtocol = try keys.decode(.ipProtocol)
        sourcePorts = try Self.ports(keys, .sourcePorts, decoder)
        destinationPorts = try Self.ports(keys, .destinationPorts, decoder)
        suppressedPrefixLength = try keys.decode(.suppressedPrefixLength)
        origin = try keys.decode(UInt8.self, forKey: .origin)
        hasUnknownAttributes = try keys.decode(.hasUnknownAttributes, or: false)
        sourceMark = try keys.decode(.sourceMark)
    }

    private static func ports(
        _ keys: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys, _ decoder: any Decoder
    ) throws -> ClosedRange<UInt16>? {
        guard let ends: [UInt16] = try keys.decode(key) else { return nil }
        guard ends.count == 2, ends[0] <= ends[1] else { throw decoder.corrupt("\(ends) is no range of ports") }
        return ends[0]...ends[1]
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(family.rawValue, forKey: .family)
        try keys.encode(priority, forKey: .priority)
        try keys.encode(isInverted, unless: false, .isInverted)
        try keys.encodeIfPresent(source, forKey: .source)
        try keys.encodeIfPresent(destination, forKey: .destination)
        try keys.encodeIfPresent(inputLink, forKey: .inputLink)
        try keys.encodeIfPresent(outputLink, forKey: .outputLink)
        try keys.encodeIfPresent(mark.map { [$0.value, $0.mask] }, forKey: .mark)
        try keys.encode(tos, unless: 0, .tos)
        try keys.encodeIfPresent(ipProtocol, forKey: .ipProtocol)
        try keys.encodeIfPresent(sourcePorts.map { [$0.lowerBound, $0.upperBound] }, forKey: .sourcePorts)
        try keys.encodeIfPresent(destinationPorts.map { [$0.lowerBound, $0.upperBound] }, forKey: .destinationPorts)
        try keys.encode(table.map { "\(action.word) \($0)" } ?? action.word, forKey: .action)
        try keys.encodeIfPresent(suppressedPrefixLength, forKey: .suppressedPrefixLength)
        try keys.encode(origin, forKey: .origin)
        try keys.encode(hasUnknownAttributes, unless: false, .hasUnknownAttributes)
        try keys.encodeIfPresent(sourceMark, forKey: .sourceMark)
    }
}

extension Rule.Action {
    fileprivate init?(_ words: [String]) {
        switch (words.first, words.count) {
        case ("lookup", 2):
            guard let table = UInt32(words[1]) else { return nil }
            self = .lookup(table: table)
        case ("blackhole", 1): self = .blackhole
        case ("unreachable", 1): self = .unreachable
        case ("prohibit", 1): self = .prohibit
        case (let number?, 1):
            guard let number = UInt8(number) else { return nil }
            self = .other(number)
        default: return nil
        }
    }

    /// The action as `ip rule` names it, or its number.
    public var word: String {
        switch self {
        case .lookup: "lookup"
        case .blackhole: "blackhole"
        case .unreachable: "unreachable"
        case .prohibit: "prohibit"
        case .other(let number): String(number)
        }
    }
}
