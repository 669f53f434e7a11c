extension OptionRow.Scope {
    /// The scope's name in JSON.
    var key: String {
        switch self {
        case .bond: "bond"
        case .bondPort: "bond_port"
        case .bridge: "bridge"
        case .bridgePort: "bridge_port"
        case .vlan: "vlan"
        }
    }
}

/// Options by scope and name, each in the kernel's own unit: `{"bond": {"miimon": 100, "mode": 4}}`.
extension OptionValues: Codable {
    public init(from decoder: any Decoder) throws {
        self.init()
        let scopes = try decoder.container(keyedBy: AnyKey.self)
        for key in scopes.allKeys {
            guard let scope = OptionRow.Scope.allCases.first(where: { $0.key == key.stringValue }) else {
                throw decoder.corrupt("unknown scope of options '\(key.stringValue)'")
            }
            let options = try scopes.nestedContainer(keyedBy: AnyKey.self, forKey: key)
            for name in options.allKeys {
                guard let row = OptionRow.rows(of: scope).first(where: { $0.name == name.stringValue }) else {
                    throw decoder.corrupt("unknown option '\(name.stringValue)' of a \(key.stringValue)")
                }
                self[row] = try Self.value(of: row, options, name)
            }
        }
    }

    private static func value(of row: OptionRow, _ options: KeyedDecodingContainer<AnyKey>, _ key: AnyKey) throws -> OptionValue {
        switch row.meaning {
        case .flag, .count, .mask, .milliseconds, .centiseconds, .choice: .number(try options.decode(Int64.self, forKey: key))
        case .link: try row.untold != nil && (try? options.decode(Int64.self, forKey: key)) == 0 ? .noLink : .link(options.decode(LinkName.self, forKey: key))
        case .ipv4List, .ipv6List: .addresses(try options.decode([IPAddress].self, forKey: key))
        case .mac, .bridgeGroup: .mac(try options.decode(MACAddress.self, forKey: key))
        case .priorityMap: .priorities(try options.decode([PriorityMapping].self, forKey: key))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var scopes = encoder.container(keyedBy: AnyKey.self)
        for scope in OptionRow.Scope.allCases {
            let own = entries.filter { $0.id >> 24 == scope.rawValue }
            guard !own.isEmpty else { continue }
            var options = scopes.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey(stringValue: scope.key))
            for entry in own {
                guard let row = OptionRow.with(id: entry.id) else {
                    throw EncodingError.invalidValue(
                        entry.id, EncodingError.Context(codingPath: encoder.codingPath, debugDescription: "no option has the id \(entry.id)"))
                }
                let key = AnyKey(stringValue: row.name)
                switch entry.value {
                case .number(let number): try options.encode(number, forKey: key)
                case .link(let link): try options.encode(link, forKey: key)
                case .addresses(let addresses): try options.encode(addresses, forKey: key)
                case .mac(let mac): try options.encode(mac, forKey: key)
                case .priorities(let mappings): try options.encode(mappings, forKey: key)
                }
            }
        }
    }
}

/// A mapping as `{"from": 3, "to": 5}`.
extension PriorityMapping: Codable {
    enum CodingKeys: String, CodingKey { case from, to }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        self.init(from: try keys.decode(UInt32.self, forKey: .from), to: try keys.decode(UInt32.self, forKey: .to))
    }
    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(from, forKey: .from)
        try keys.encode(to, forKey: .to)
    }
}
