/// A virtual machine as libvirt knows it, with its network interfaces.
public struct Domain: Hashable, Sendable, Codable {
    /// Whether a domain runs, in `virsh`'s words (`virDomainState`).
    public enum State: String, Hashable, Sendable, Codable {
        case running
        case paused
        case shuttingDown = "in shutdown"
        case shutOff = "shut off"
        case crashed
        case suspended = "pmsuspended"
        case unknown = "no state"
    }

    /// The domain's name, which can hold any character but a line end and `/`.
    public var name: String
    /// What libvirt tells domains apart by, as text.
    public var uuid: String
    /// Whether it runs.
    public var state: State
    /// Whether libvirt keeps a configuration that outlives the running domain; `false` for a transient one.
    public var isPersistent: Bool
    /// Whether there is a running or paused instance, with a configuration of its own.
    public var isActive: Bool
    /// Whether its next start goes on from where it was saved (`virsh managedsave`), with the interfaces of that moment and not those that
    /// are stored; `nil` where that was not asked.
    public var hasSavedState: Bool?
    /// Its network interfaces, in the order of the live configuration, then those that only the stored one has.
    public var interfaces: [DomainInterface]

    /// Joins the parts.
    public init(name: String, uuid: String, state: State, isPersistent: Bool, isActive: Bool, interfaces: [DomainInterface]) {
        self.name = name
        self.uuid = uuid
        self.state = state
        self.isPersistent = isPersistent
        self.isActive = isActive
        self.interfaces = interfaces
    }

    /// The configurations that the domain has.
    public var sides: [DomainSide] { (isActive ? [.live] : []) + (isPersistent ? [.stored] : []) }
}

/// Which of a domain's two configurations is meant.
public enum DomainSide: String, Hashable, Sendable, Codable, CaseIterable {
    /// That of the running instance (`VIR_DOMAIN_AFFECT_LIVE`).
    case live
    /// That from which the next start is made (`VIR_DOMAIN_AFFECT_CONFIG`).
    case stored
}

/// A network interface of a domain: as it is in the running instance, and as it is stored. The two are one by their MAC.
public struct DomainInterface: Hashable, Sendable, Codable {
    /// As the running instance has it; `nil` where the domain does not run, or does not have it now.
    public var live: DomainDevice?
    /// As it will be at the next start; `nil` where it will be gone.
    public var stored: DomainDevice?
    /// What went over it since it was plugged in; `nil` where that was not asked, or the domain does not run.
    public var counters: Counters?

    /// Packets and bytes as the guest counts them: received is what the guest received.
    public struct Counters: Hashable, Sendable, Codable {
        public var receivedBytes: Int64
        public var receivedPackets: Int64
        public var sentBytes: Int64
        public var sentPackets: Int64

        /// Joins the parts.
        public init(receivedBytes: Int64, receivedPackets: Int64, sentBytes: Int64, sentPackets: Int64) {
            self.receivedBytes = receivedBytes
            self.receivedPackets = receivedPackets
            self.sentBytes = sentBytes
            self.sentPackets = sentPackets
        }
    }

    /// Joins the two; one of them there has to be.
    public init(live: DomainDevice?, stored: DomainDevice?, counters: Counters? = nil) {
        self.live = live
        self.stored = stored
        self.counters = counters
    }

    /// The interface in one of the configurations.
    public subscript(side: DomainSide) -> DomainDevice? {
        get { side == .live ? live : stored }
        set { if side == .live { live = newValue } else { stored = newValue } }
    }

    /// The interface as it is now, or, where the domain does not run, as it will be.
    public var current: DomainDevice? { live ?? stored }
}

extension DomainInterface {
    /// Brings the two configurations of a domain together: by MAC, and in order where a MAC is used several times.
    public static func joined(live: [DomainDevice], stored: [DomainDevice]) -> [DomainInterface] {
        var rest = stored
        var joined: [DomainInterface] = []
        for device in live {
            let place = rest.firstIndex { $0.mac == device.mac }
            joined.append(DomainInterface(live: device, stored: place.map { rest.remove(at: $0) }))
        }
        return joined + rest.map { DomainInterface(live: nil, stored: $0) }
    }
}
