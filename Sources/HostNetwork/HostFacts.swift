/// Who uses a host's network at this moment, and who else looks after it: what a ``HostNetwork`` does not say. It is gathered
/// outside the planner, which stays pure; a request without facts is planned as if nobody were there.
public struct HostFacts: Hashable, Sendable {
    /// Established TCP connections, and UDP sockets of cluster engines.
    public var connections: [Connection] = []
    /// The connection that the command was typed on, if it came over the network.
    public var session: Session?
    /// Other programs that look after links.
    public var managers: [LinkName: [LinkManager]] = [:]

    /// No facts.
    public init() {}

    /// A connection of the host's own.
    public struct Connection: Hashable, Sendable {
        /// The host's address; unspecified (all zeros) for a socket that hears on all of them.
        public var localAddress: IPAddress
        /// The host's port.
        public var localPort: UInt16
        /// The other side's address; `nil` for a socket without one.
        public var remoteAddress: IPAddress?
        /// The other side's port.
        public var remotePort: UInt16
        /// Whether it is UDP rather than TCP.
        public var isDatagram: Bool

        /// Joins the parts.
        public init(local: IPAddress, port: UInt16, remote: IPAddress?, remotePort: UInt16, isDatagram: Bool = false) {
            localAddress = local
            localPort = port
            remoteAddress = remote
            self.remotePort = remotePort
            self.isDatagram = isDatagram
        }

        /// What the connection is for, by its ports; `nil` for one of no special kind.
        public var purpose: String? {
            let ports = [remotePort, localPort]
            func has(_ range: ClosedRange<UInt16>) -> Bool { ports.contains { range.contains($0) } }
            if isDatagram { return has(5404...5405) ? "corosync" : nil }
            if has(3260...3260) { return "iSCSI" }
            if has(2049...2049) { return "NFS" }
            if has(3300...3300) || has(6789...6789) || has(6800...7300) { return "Ceph" }
            if has(49152...49215) { return "migration" }
            return localPort == 22 ? "SSH" : nil
        }
    }

    /// The connection that a person types on.
    public struct Session: Hashable, Sendable {
        /// The host's address that it uses.
        public var localAddress: IPAddress
        /// Where the person is.
        public var remoteAddress: IPAddress
        /// The link by which the host answers, as the kernel routes it; `nil` where the kernel did not say.
        public var link: LinkName?

        /// Joins the parts.
        public init(localAddress: IPAddress, remoteAddress: IPAddress, link: LinkName?) {
            self.localAddress = localAddress
            self.remoteAddress = remoteAddress
            self.link = link
        }
    }
}

/// Another program that looks after a link, and may undo what weft does to it.
public struct LinkManager: Hashable, Sendable {
    /// The program's name, such as `NetworkManager` or `dhclient`.
    public var name: String
    /// How weft knows, such as the file that says so.
    public var evidence: String
    /// What keeps it from the link.
    public var remedy: String

    /// Joins the parts.
    public init(name: String, evidence: String, remedy: String) {
        self.name = name
        self.evidence = evidence
        self.remedy = remedy
    }
}
