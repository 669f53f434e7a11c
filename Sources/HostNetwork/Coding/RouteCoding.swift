extension Route: Codable {
    enum CodingKeys: String, CodingKey {
        case destination, gateway, link, metric, table, source, scope, origin, type, tos, flags, mtu
        case nextHops = "next_hops"
        case sourcePrefix = "from"
        case expires = "expires_seconds"
        case otherAttributes = "other_attributes"
        case hasUnknownAttributes = "unknown_attributes"
        case sourceMark = "source_mark"
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        let destination = try keys.decode(IPNetwork.self, forKey: .destination)
        self.init(to: destination, via: try keys.decode(.gateway), link: try keys.decode(.link))
        self.destination = destination
        metric = try keys.decode(.metric)
        table = try keys.decode(UInt32.self, forKey: .table)
        source = try keys.decode(.source)
        scope = try keys.decode(.scope)
        origin = try keys.decode(UInt8.self, forKey: .origin)
        type = try keys.decode(UInt8.self, forKey: .type)
        tos = try keys.decode(.tos, or: 0)
        flags = try keys.decode(.flags, or: 0)
        mtu = try keys.decode(.mtu)
        nextHops = try keys.decode(.nextHops, or: [])
        sourcePrefix = try keys.decode(.sourcePrefix)
        expires = try keys.decode(.expires)
        otherAttributes = try keys.decode(.otherAttributes, or: [])
        hasUnknownAttributes = try keys.decode(.hasUnknownAttributes, or: false)
        sourceMark = try keys.decode(.sourceMark)
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(destination, forKey: .destination)
        try keys.encodeIfPresent(gateway, forKey: .gateway)
        try keys.encodeIfPresent(link, forKey: .link)
        try keys.encodeIfPresent(metric, forKey: .metric)
        try keys.encode(table, forKey: .table)
        try keys.encodeIfPresent(source, forKey: .source)
        try keys.encodeIfPresent(scope, forKey: .scope)
        try keys.encode(origin, forKey: .origin)
        try keys.encode(type, forKey: .type)
        try keys.encode(tos, unless: 0, .tos)
        try keys.encode(flags, unless: 0, .flags)
        try keys.encodeIfPresent(mtu, forKey: .mtu)
        try keys.encode(nextHops, unless: [], .nextHops)
        try keys.encodeIfPresent(sourcePrefix, forKey: .sourcePrefix)
        try keys.encodeIfPresent(expires, forKey: .expires)
        try keys.encode(otherAttributes, unless: [], .otherAttributes)
        try keys.encode(hasUnknownAttributes, unless: false, .hasUnknownAttributes)
        try keys.encodeIfPresent(sourceMark, forKey: .sourceMark)
    }
}
