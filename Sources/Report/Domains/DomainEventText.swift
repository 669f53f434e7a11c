public import HostNetwork

/// What has happened to a domain, for a person and for a program (`weft vm list --watch`).
public enum DomainEventText {
    /// One line: `vm1 attached 52:54:00:00:00:01: vnet1 on brvlan-10`.
    public static func line(_ event: DomainEvent) -> String {
        var words = "\(event.domain) \(verb(event))"
        if let detail = event.detail { words += " (\(detail))" }
        switch event.kind {
        case .attached, .detached, .kept, .moved: return words + event.interfaces.map { " \($0.mac)\(place(of: $0, event))" }.joined()
        case .started, .stopped, .paused, .resumed, .defined, .undefined:
            return words + (event.interfaces.isEmpty ? "" : ": ") + event.interfaces.map { "\($0.mac)\(place(of: $0, event))" }.joined(separator: ", ")
        }
    }

    private static func verb(_ event: DomainEvent) -> String { event.kind == .kept ? "did not give up" : event.kind.rawValue }

    private static func place(of device: DomainDevice, _ event: DomainEvent) -> String {
        let tap = device.target ?? "no tap"
        let bridge = device.bridge ?? device.type
        switch event.kind {
        case .moved: return " (\(tap)) from \(event.formerBridge ?? "no bridge") to \(bridge)"
        case .attached, .detached, .kept, .started, .stopped, .paused, .resumed, .defined, .undefined: return " (\(tap)) on \(bridge)"
        }
    }
}

/// What has happened to a domain, as one line of JSON.
public struct DomainEventDocument: JSONDocument, Codable, Hashable {
    public let schemaVersion: Int
    /// When weft heard of it (RFC 3339, UTC).
    public let time: String
    /// What has happened: a word of ``/HostNetwork/DomainEvent/Kind``.
    public let event: String
    /// The domain's name.
    public let domain: String
    /// Its UUID.
    public let uuid: String
    /// How it came about, where libvirt says that.
    public let detail: String?
    /// The interfaces that it is about.
    public let interfaces: [Interface]
    /// The bridge that a tap was on before it moved.
    public let formerBridge: String?

    /// An interface, as it is now or was last.
    public struct Interface: Codable, Hashable, Sendable {
        /// The guest's address.
        public let mac: String
        /// Where it hangs.
        public let device: DomainListDocument.Device
    }

    /// Takes an event and when it was heard of.
    public init(_ event: DomainEvent, time: String) {
        schemaVersion = 1
        self.time = time
        self.event = event.kind.rawValue
        domain = event.domain
        uuid = event.uuid
        detail = event.detail
        interfaces = event.interfaces.map { Interface(mac: $0.mac.description, device: DomainListDocument.Device($0)) }
        formerBridge = event.formerBridge
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case time, event, domain, uuid, detail, interfaces
        case formerBridge = "former_bridge"
    }
}
