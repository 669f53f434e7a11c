internal import HostNetwork

/// The domains for a program (`weft vm list --json`).
public struct DomainListDocument: JSONDocument, Codable, Hashable {
    /// A domain.
    public struct Domain: Codable, Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its UUID.
        public let uuid: String
        /// Its state in `virsh`'s words: `running`, `paused`, `shut off`, …
        public let state: String
        /// Whether libvirt keeps its configuration when it stops.
        public let persistent: Bool
        /// Whether its next start goes on from a saved state (`virsh managedsave`).
        public let saved: Bool
        /// Its interfaces.
        public let interfaces: [Interface]
    }

    /// An interface of a domain.
    public struct Interface: Codable, Hashable, Sendable {
        /// The guest's address.
        public let mac: String
        /// As the running instance has it; absent where it does not run.
        public let live: Device?
        /// As it will be at the next start; absent where it will be gone.
        public let stored: Device?
        /// The VLANs that it is on, in words.
        public let vlan: String?
        /// What went over it, as the guest counts.
        public let counters: Counters?
        /// What is amiss.
        public let faults: [Fault]
    }

    /// An interface in one configuration.
    public struct Device: Codable, Hashable, Sendable {
        /// The kind of connection: `bridge`, `network`, `direct`, …
        public let type: String
        /// The bridge that it hangs on, a network's too.
        public let bridge: String?
        /// The libvirt network.
        public let network: String?
        /// The host's end: the tap.
        public let target: String?
        /// The card that the guest sees.
        public let model: String?
        /// The largest packet in bytes.
        public let mtu: UInt32?
        /// Whether it is isolated from other isolated ports.
        public let isolated: Bool
        /// Whether the guest sees a link.
        public let linkUp: Bool

        enum CodingKeys: String, CodingKey {
            case type, bridge, network, target, model, mtu, isolated
            case linkUp = "link_up"
        }
    }

    /// Packets and bytes, as the guest counts.
    public struct Counters: Codable, Hashable, Sendable {
        public let receivedBytes: Int64
        public let receivedPackets: Int64
        public let sentBytes: Int64
        public let sentPackets: Int64

        enum CodingKeys: String, CodingKey {
            case receivedBytes = "received_bytes"
            case receivedPackets = "received_packets"
            case sentBytes = "sent_bytes"
            case sentPackets = "sent_packets"
        }
    }

    /// Something amiss.
    public struct Fault: Codable, Hashable, Sendable {
        /// A stable word: `tap-missing`, `tap-elsewhere`, `bridge-missing`, `mac-twice`, `stored-differs` or `vlans-differ`.
        public let code: String
        /// What is amiss, in words.
        public let message: String
        /// What to do about it.
        public let fix: String
    }

    public let schemaVersion: Int
    /// The connection's URI.
    public let uri: String
    /// The domains, by name.
    public let domains: [Domain]

    /// Takes the domains as they were looked at.
    public init(_ inventory: DomainInventory) {
        schemaVersion = 1
        uri = inventory.snapshot.uri
        domains = inventory.domains.map { entry in
            Domain(
                name: entry.domain.name, uuid: entry.domain.uuid, state: entry.domain.state.rawValue, persistent: entry.domain.isPersistent, saved: entry.domain.hasSavedState == true,
                interfaces: entry.interfaces.map { Interface($0) })
        }
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case uri, domains
    }
}

extension DomainListDocument.Interface {
    fileprivate init(_ entry: DomainInventory.InterfaceEntry) {
        mac = entry.interface.current?.mac.description ?? ""
        live = entry.interface.live.map { DomainListDocument.Device($0) }
        stored = entry.interface.stored.map { DomainListDocument.Device($0) }
        vlan = entry.vlan
        counters = entry.interface.counters.map {
            DomainListDocument.Counters(
                receivedBytes: $0.receivedBytes, receivedPackets: $0.receivedPackets, sentBytes: $0.sentBytes, sentPackets: $0.sentPackets)
        }
        faults = entry.faults.map { DomainListDocument.Fault(code: $0.code, message: $0.message, fix: $0.fix) }
    }
}

extension DomainListDocument.Device {
    init(_ device: DomainDevice) {
        type = device.type
        bridge = device.bridge
        network = device.network
        target = device.target
        model = device.model
        mtu = device.mtu
        isolated = device.isIsolated
        linkUp = device.isLinkUp
    }
}
