extension Address: Codable {
    enum CodingKeys: String, CodingKey {
        case network = "address"
        case peer, broadcast, label, scope, flags, metric
        case validLifetime = "valid_seconds"
        case preferredLifetime = "preferred_seconds"
        case origin
        case isOwned = "owned"
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        self.init(try keys.decode(IPNetwork.self, forKey: .network))
        peer = try keys.decode(.peer)
        broadcast = try keys.decode(.broadcast)
        label = try keys.decode(.label)
        scope = try keys.decode(.scope, or: 0)
        flags = try keys.decode(.flags, or: 0)
        metric = try keys.decode(.metric)
        validLifetime = try keys.decode(.validLifetime)
        preferredLifetime = try keys.decode(.preferredLifetime)
        origin = try keys.decode(.origin, or: 0)
        isOwned = try keys.decode(.isOwned, or: false)
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(network, forKey: .network)
        try keys.encodeIfPresent(peer, forKey: .peer)
        try keys.encodeIfPresent(broadcast, forKey: .broadcast)
        try keys.encodeIfPresent(label, forKey: .label)
        try keys.encode(scope, unless: 0, .scope)
        try keys.encode(flags, unless: 0, .flags)
        try keys.encodeIfPresent(metric, forKey: .metric)
        try keys.encodeIfPresent(validLifetime, forKey: .validLifetime)
        try keys.encodeIfPresent(preferredLifetime, forKey: .preferredLifetime)
        try keys.encode(origin, unless: 0, .origin)
        try keys.encode(isOwned, unless: false, .isOwned)
    }
}
