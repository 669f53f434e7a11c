/// An action as an object of one key, the action's name: `{"remove_address": {"address": {...}, "link": "ens33"}}`.
extension Action: Codable {
    enum CodingKeys: String, CodingKey {
        case create, change, delete
        case addName = "add_name"
        case removeName = "remove_name"
        case setVLANs = "set_vlans"
        case removeVLANs = "remove_vlans"
        case addAddress = "add_address"
        case removeAddress = "remove_address"
        case addRoute = "add_route"
        case replaceRoute = "replace_route"
        case removeRoute = "remove_route"
        case addRule = "add_rule"
        case removeRule = "remove_rule"
        case restore, forget, service
    }

    /// An address and the link that it is set on or taken from.
    private struct Placement: Codable {
        let address: Address
        let link: LinkName
    }

    /// A further name and the link that has it.
    private struct Naming: Codable {
        let name: String
        let link: LinkName
    }

    /// VLANs of a port, or of a bridge itself: one of the two links is said.
    private struct VLANs: Codable {
        let port: LinkName?
        let bridge: LinkName?
        let vlans: [BridgeVLAN]

        init(_ vlans: [BridgeVLAN], at place: BridgePlace) {
            self.vlans = vlans
            switch place {
            case .port(let name): (port, bridge) = (name, nil)
            case .itself(let name): (port, bridge) = (nil, name)
            }
        }

        func place(_ decoder: any Decoder) throws -> BridgePlace {
            switch (port, bridge) {
            case (let name?, nil): return .port(name)
            case (nil, let name?): return .itself(name)
            default: throw decoder.corrupt("VLANs are of a port or of a bridge")
            }
        }
    }

    /// What belonged to a link, and the link.
    private struct Restoration: Codable {
        let belonging: Belonging
        let link: LinkName
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(CodingKeys.self)
        guard keys.allKeys.count == 1, let key = keys.allKeys.first else { throw decoder.corrupt("an action has one name") }
        switch key {
        case .create: self = .create(try keys.decode(Link.self, forKey: key))
        case .change: self = .change(try keys.decode(Link.self, forKey: key))
        case .delete: self = .delete(try keys.decode([LinkName].self, forKey: key))
        case .addName:
            let naming = try keys.decode(Naming.self, forKey: key)
            self = .addName(naming.name, to: naming.link)
        case .removeName:
            let naming = try keys.decode(Naming.self, forKey: key)
            self = .removeName(naming.name, from: naming.link)
        case .setVLANs:
            let vlans = try keys.decode(VLANs.self, forKey: key)
            self = .setVLANs(vlans.vlans, at: try vlans.place(decoder))
        case .removeVLANs:
            let vlans = try keys.decode(VLANs.self, forKey: key)
            self = .removeVLANs(vlans.vlans.map(\.ids), at: try vlans.place(decoder))
        case .addAddress:
            let placement = try keys.decode(Placement.self, forKey: key)
            self = .addAddress(placement.address, to: placement.link)
        case .removeAddress:
            let placement = try keys.decode(Placement.self, forKey: key)
            self = .removeAddress(placement.address, from: placement.link)
        case .addRoute: self = .addRoute(try keys.decode(Route.self, forKey: key))
        case .replaceRoute: self = .replaceRoute(try keys.decode(Route.self, forKey: key))
        case .removeRoute: self = .removeRoute(try keys.decode(Route.self, forKey: key))
        case .addRule: self = .addRule(try keys.decode(Rule.self, forKey: key))
        case .removeRule: self = .removeRule(try keys.decode(Rule.self, forKey: key))
        case .restore:
            let restoration = try keys.decode(Restoration.self, forKey: key)
            self = .restore(restoration.belonging, on: restoration.link)
        case .forget:
            let restoration = try keys.decode(Restoration.self, forKey: key)
            self = .forget(restoration.belonging, on: restoration.link)
        case .service: self = .service(try keys.decode(ServiceAction.self, forKey: key))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .create(let link): try keys.encode(link, forKey: .create)
        case .change(let link): try keys.encode(link, forKey: .change)
        case .delete(let names): try keys.encode(names, forKey: .delete)
        case .addName(let name, let link): try keys.encode(Naming(name: name, link: link), forKey: .addName)
        case .removeName(let name, let link): try keys.encode(Naming(name: name, link: link), forKey: .removeName)
        case .setVLANs(let vlans, let place): try keys.encode(VLANs(vlans, at: place), forKey: .setVLANs)
        case .removeVLANs(let ids, let place):
            try keys.encode(VLANs(ids.map { BridgeVLAN(ids: $0) }, at: place), forKey: .removeVLANs)
        case .addAddress(let address, let link): try keys.encode(Placement(address: address, link: link), forKey: .addAddress)
        case .removeAddress(let address, let link): try keys.encode(Placement(address: address, link: link), forKey: .removeAddress)
        case .addRoute(let route): try keys.encode(route, forKey: .addRoute)
        case .replaceRoute(let route): try keys.encode(route, forKey: .replaceRoute)
        case .removeRoute(let route): try keys.encode(route, forKey: .removeRoute)
        case .addRule(let rule): try keys.encode(rule, forKey: .addRule)
        case .removeRule(let rule): try keys.encode(rule, forKey: .removeRule)
        case .restore(let belonging, let link): try keys.encode(Restoration(belonging: belonging, link: link), forKey: .restore)
        case .forget(let belonging, let link): try keys.encode(Restoration(belonging: belonging, link: link), forKey: .forget)
        case .service(let action): try keys.encode(action, forKey: .service)
        }
    }
}
