/// What the kernel tells of a link that nobody sets: counters, and its present part in bonds and spanning trees.
public struct LinkStatus: Hashable, Sendable {
    /// The link.
    public var name: LinkName
    /// What has passed.
    public var counters: Counters?
    /// Of a bond in mode 4: the aggregation in use.
    public var aggregation: Aggregation?
    /// Of a bond's port.
    public var bondPort: BondPort?
    /// Of a bridge.
    public var bridge: Bridge?
    /// Of a bridge's port.
    public var bridgePort: BridgePort?

    /// Makes the status of a link of which nothing is known yet.
    public init(_ name: LinkName) { self.name = name }

    /// Frames and bytes since the link was made (`IFLA_STATS64`).
    public struct Counters: Hashable, Sendable {
        public var receivedFrames: UInt64
        public var receivedBytes: UInt64
        public var receivedMulticast: UInt64
        public var sentFrames: UInt64
        public var sentBytes: UInt64

        /// Joins the parts.
        public init(receivedFrames: UInt64, receivedBytes: UInt64, receivedMulticast: UInt64, sentFrames: UInt64, sentBytes: UInt64) {
            self.receivedFrames = receivedFrames
            self.receivedBytes = receivedBytes
            self.receivedMulticast = receivedMulticast
            self.sentFrames = sentFrames
            self.sentBytes = sentBytes
        }
    }

    /// The aggregation that a bond in mode 4 uses (`IFLA_BOND_AD_INFO`).
    public struct Aggregation: Hashable, Sendable {
        /// Its number (`IFLA_BOND_AD_INFO_AGGREGATOR`).
        public var aggregator: UInt16 = 0
        /// How many ports carry it.
        public var portCount: UInt16 = 0
        /// The keys of both sides, which say what may be aggregated.
        public var actorKey: UInt16 = 0
        public var partnerKey: UInt16 = 0
        /// The switch's address; all zeros where none answers.
        public var partnerMAC: MACAddress?

        /// Makes an empty one.
        public init() {}

        /// Whether a switch answers by LACP.
        public var hasPartner: Bool { partnerMAC.map { !$0.isZero } ?? false }
    }

    /// A port of a bond (`IFLA_BOND_SLAVE_*`).
    public struct BondPort: Hashable, Sendable {
        /// Whether the bond sends and receives by it now (`IFLA_BOND_SLAVE_STATE`).
        public var isActive = false
        /// What the bond takes the link for: `up`, `fail`, `down` or `back` (`IFLA_BOND_SLAVE_MII_STATUS`).
        public var status = ""
        /// How often it was lost since it entered.
        public var failureCount: UInt32 = 0
        /// The address that it came with.
        public var permanentMAC: MACAddress?
        /// The queue for frames that are steered to this port.
        public var queueID: UInt16?
        /// In mode 4: the aggregation that it belongs to.
        public var aggregator: UInt16?
        /// In mode 4: the LACP states of both sides, a bit each.
        public var actorState: LACPState?
        public var partnerState: LACPState?

        /// The carrier's speed and duplex, in the driver's words, such as `1000 Mbps` and `full`.
        public var speed: String?
        public var duplex: String?
        /// In mode 4: whether both sides agree (`none`, `monitoring`, `churned`), and how often they did not.
        public var actorChurn: String?
        public var partnerChurn: String?
        public var actorChurnCount: UInt32?
        public var partnerChurnCount: UInt32?
        /// In mode 4: who both sides say they are.
        public var actor: LACPSide?
        public var partner: LACPSide?

        /// Makes an empty one.
        public init() {}
    }

    /// Who one side of LACP says it is.
    public struct LACPSide: Hashable, Sendable {
        public var systemPriority: UInt16
        public var systemMAC: String
        public var key: UInt16
        public var portPriority: UInt16
        public var portNumber: UInt16

        /// Joins the parts.
        public init(systemPriority: UInt16, systemMAC: String, key: UInt16, portPriority: UInt16, portNumber: UInt16) {
            self.systemPriority = systemPriority
            self.systemMAC = systemMAC
            self.key = key
            self.portPriority = portPriority
            self.portNumber = portNumber
        }
    }

    /// One side's state in LACP (IEEE 802.1AX, `actor_oper_port_state`).
    public struct LACPState: OptionSet, Hashable, Sendable {
        public let rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The states that are set, by the names that `ip -d link` prints.
        public var names: [String] {
            let all = ["active", "short_timeout", "aggregating", "in_sync", "collecting", "distributing", "defaulted", "expired"]
            return all.enumerated().filter { rawValue >> UInt16($0.offset) & 1 == 1 }.map(\.element)
        }
    }

    /// A bridge's part in the spanning tree (`IFLA_BR_*`). Times are hundredths of a second.
    public struct Bridge: Hashable, Sendable {
        /// Priority and address, by which the tree's root is found.
        public var id = ""
        /// The tree's root.
        public var root = ""
        /// The number of the port that leads to the root; 0 on the root itself.
        public var rootPort: UInt16 = 0
        /// What the way to the root costs.
        public var rootPathCost: UInt32 = 0
        /// Whether the tree is changing, and whether this bridge has noticed it itself.
        public var isTopologyChanging = false
        public var hasDetectedChange = false
        /// What is left of the timers.
        public var helloTimer: UInt64 = 0
        public var changeNoticeTimer: UInt64 = 0
        public var changeTimer: UInt64 = 0
        public var cleaningTimer: UInt64 = 0

        /// Makes an empty one.
        public init() {}

        /// Whether this bridge is the tree's root.
        public var isRoot: Bool { id == root }
    }

    /// A bridge port's part in the spanning tree (`IFLA_BRPORT_*`). Times are hundredths of a second.
    public struct BridgePort: Hashable, Sendable {
        /// The port's number in its bridge.
        public var number: UInt16 = 0
        /// Priority and number in one.
        public var id: UInt16 = 0
        /// The root, bridge, port and cost that are told by this port's segment.
        public var designatedRoot = ""
        public var designatedBridge = ""
        public var designatedPort: UInt16 = 0
        public var designatedCost: UInt16 = 0
        /// What is left of the timers.
        public var messageAgeTimer: UInt64 = 0
        public var forwardDelayTimer: UInt64 = 0
        public var holdTimer: UInt64 = 0
        /// Whether a message waits for the hold timer, and whether a change is to be acknowledged.
        public var isConfigurationPending = false
        public var isChangeAcknowledged = false

        /// Makes an empty one.
        public init() {}
    }
}

/// An entry of a bridge's forwarding table: where a MAC address is (`bridge fdb`).
public struct ForwardingEntry: Hashable, Sendable {
    /// Who looks after an entry.
    public enum Kind: String, Hashable, Sendable {
        /// The address of the port, or of the bridge, itself (`NUD_PERMANENT`).
        case local = "local"
        /// Set by somebody, and never forgotten (`NUD_NOARP`).
        case `static` = "static"
        /// Learned from a frame, and forgotten after the bridge's ageing time.
        case learned = "learned"
    }

    /// The address.
    public var mac: MACAddress
    /// The port behind which it is; the bridge itself for what the bridge takes for itself.
    public var link: LinkName
    /// The VLAN that it holds in; `nil` for all.
    public var vlan: UInt16?
    /// Who looks after it.
    public var kind: Kind
    /// Whether it stands in the link's own list of addresses it listens to, rather than in the bridge's table (`NTF_SELF`).
    public var isOwnList: Bool
    /// Whether a device or a program besides the bridge has learned it (`NTF_EXT_LEARNED`), or forwards it (`NTF_OFFLOADED`).
    public var isExternallyLearned: Bool
    public var isOffloaded: Bool
    /// Whether it stays at its port although the address is seen elsewhere (`NTF_STICKY`).
    public var isSticky: Bool
    /// How long ago a frame from the address was seen, and one to it was sent, in hundredths of a second.
    public var updated: UInt64?
    public var used: UInt64?

    /// Joins the parts.
    public init(
        mac: MACAddress, link: LinkName, vlan: UInt16? = nil, kind: Kind, isOwnList: Bool = false, isExternallyLearned: Bool = false,
        isOffloaded: Bool = false, isSticky: Bool = false, updated: UInt64? = nil, used: UInt64? = nil
    ) {
        self.mac = mac
        self.link = link
        self.vlan = vlan
        self.kind = kind
        self.isOwnList = isOwnList
        self.isExternallyLearned = isExternallyLearned
        self.isOffloaded = isOffloaded
        self.isSticky = isSticky
        self.updated = updated
        self.used = used
    }
}
