internal import HostNetwork

/// What a plan was asked, as it is kept beside the plan. Who used the network at that moment is not kept: when the plan is
/// looked at again, others do. Sets are written in the order of names, so that the same request is
/// the same text.
extension PlanRequest: Codable {
    enum CodingKeys: String, CodingKey {
        case wanted, actual, scope
        case hostWide = "host_wide"
        case portsPut = "ports_put"
        case allowsOutage = "allow_outage"
        case takeAlong = "take_along"
        case mayRecreate = "allow_recreate"
        case ignoresManagers = "ignore_manager"
        case isConfirmedLater = "confirm_within"
        case hasConsole = "i_have_console"
        case movedByDomains = "moved_by_domains"
        case isRollback = "rollback"
        case isRollbackAsked = "rollback_asked"
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(wanted: try keys.decode(HostNetwork.self, forKey: .wanted), actual: try keys.decode(HostNetwork.self, forKey: .actual))
        scope = try keys.decode(Scope.self, forKey: .scope)
        hostWide = try keys.decodeIfPresent(HostNetwork.self, forKey: .hostWide)
        portsPut = Set(try keys.decode([LinkName].self, forKey: .portsPut))
        allowsOutage = try keys.decode(Bool.self, forKey: .allowsOutage)
        takeAlong = Set(try keys.decode([LinkName].self, forKey: .takeAlong))
        mayRecreate = try keys.decode(RecreationLeave.self, forKey: .mayRecreate)
        ignoresManagers = try keys.decode(Bool.self, forKey: .ignoresManagers)
        isConfirmedLater = try keys.decode(Bool.self, forKey: .isConfirmedLater)
        hasConsole = try keys.decode(Bool.self, forKey: .hasConsole)
        movedByDomains = Set(try keys.decodeIfPresent([LinkName].self, forKey: .movedByDomains) ?? [])
        isRollback = try keys.decode(Bool.self, forKey: .isRollback)
        isRollbackAsked = try keys.decodeIfPresent(Bool.self, forKey: .isRollbackAsked) ?? false
    }

    public func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(wanted, forKey: .wanted)
        try keys.encode(actual, forKey: .actual)
        try keys.encode(scope, forKey: .scope)
        try keys.encodeIfPresent(hostWide, forKey: .hostWide)
        try keys.encode(portsPut.sorted(), forKey: .portsPut)
        try keys.encode(allowsOutage, forKey: .allowsOutage)
        try keys.encode(takeAlong.sorted(), forKey: .takeAlong)
        try keys.encode(mayRecreate, forKey: .mayRecreate)
        try keys.encode(ignoresManagers, forKey: .ignoresManagers)
        try keys.encode(isConfirmedLater, forKey: .isConfirmedLater)
        try keys.encode(hasConsole, forKey: .hasConsole)
        try keys.encode(movedByDomains.sorted(), forKey: .movedByDomains)
        try keys.encode(isRollback, forKey: .isRollback)
        try keys.encode(isRollbackAsked, forKey: .isRollbackAsked)
    }
}

/// `"everything-owned"`, or the names of the links.
extension PlanRequest.Scope: Codable {
    private static let everything = "everything-owned"

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let names = try? container.decode([LinkName].self) {
            self = .only(Set(names))
        } else if try container.decode(String.self) == Self.everything {
            self = .everythingOwned
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(Self.everything)' or a list of names is a scope")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .everythingOwned: try container.encode(Self.everything)
        case .only(let names): try container.encode(names.sorted())
        }
    }
}

/// `true` for any link, `false` for none, or the names of the links.
extension PlanRequest.RecreationLeave: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let names = try? container.decode([LinkName].self) {
            self = .only(Set(names))
        } else {
            self = try container.decode(Bool.self) ? .all : .none
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .none: try container.encode(false)
        case .all: try container.encode(true)
        case .only(let names): try container.encode(names.sorted())
        }
    }
}
