/// The kernel as `{"major": 6, "minor": 1, "tick": 4000000, "backported": [{"scope": "bond", "option": "coupled_control"}]}`.
extension RunningKernel: Codable {
    enum CodingKeys: String, CodingKey { case major, minor, tick, backported }

    /// An option by its place in the table.
    private struct Place: Codable {
        let scope: String
        let option: String
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        self.init(LinuxVersion(try keys.decode(Int.self, forKey: .major), try keys.decode(Int.self, forKey: .minor)))
        if let nanoseconds = try keys.decodeIfPresent(Int64.self, forKey: .tick) {
            guard let tick = KernelTick(nanoseconds: nanoseconds) else { throw decoder.corrupt("no tick takes \(nanoseconds) nanoseconds") }
            self.tick = tick
        }
        for place in try keys.decode(.backported, or: [Place]()) {
            guard let row = OptionRow.all.first(where: { $0.scope.key == place.scope && $0.name == place.option }) else {
                throw decoder.corrupt("unknown option '\(place.option)' of a \(place.scope)")
            }
            backported.insert(row.id)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(version.major, forKey: .major)
        try keys.encode(version.minor, forKey: .minor)
        try keys.encodeIfPresent(tick?.nanoseconds, forKey: .tick)
        let places = backported.sorted().compactMap { OptionRow.with(id: $0) }.map { Place(scope: $0.scope.key, option: $0.name) }
        if !places.isEmpty { try keys.encode(places, forKey: .backported) }
    }
}
