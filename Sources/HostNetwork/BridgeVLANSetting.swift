internal import CLinux

/// Something that is set for one VLAN, of a bridge or of one of its ports, besides who lets it through (`bridge vlan set`, `bridge vlan
/// global set`).
public struct BridgeVLANSetting: Hashable, Codable, Sendable {
    /// What it is, in the words of `bridge vlan`.
    public enum Key: String, Hashable, Codable, Sendable, CaseIterable {
        case state
        case multicastRouter = "mcast_router"
        case multicastMaxGroups = "mcast_max_groups"
        case neighbourSuppression = "neigh_suppress"
        case multicastSnooping = "mcast_snooping"
        case igmpVersion = "mcast_igmp_version"
        case mldVersion = "mcast_mld_version"
        case lastMemberCount = "mcast_last_member_count"
        case startupQueryCount = "mcast_startup_query_count"
        case lastMemberInterval = "mcast_last_member_interval"
        case membershipInterval = "mcast_membership_interval"
        case querierInterval = "mcast_querier_interval"
        case queryInterval = "mcast_query_interval"
        case queryResponseInterval = "mcast_query_response_interval"
        case startupQueryInterval = "mcast_startup_query_interval"
        case multicastQuerier = "mcast_querier"
        case spanningTreeInstance = "msti"

        /// Whether it is the bridge's, for all of its ports (`BRIDGE_VLANDB_GLOBAL_OPTIONS`), rather than one's entry in the table
        /// (`BRIDGE_VLANDB_ENTRY`).
        public var isGlobal: Bool {
            switch self {
            case .state, .multicastRouter, .multicastMaxGroups, .neighbourSuppression: false
            default: true
            }
        }

        /// The kernel's number, how many bytes the value has, and what it is on a new VLAN.
        public var wire: (attribute: Int, size: Int, usual: UInt64) {
            switch self {
            case .state: (Int(BRIDGE_VLANDB_ENTRY_STATE), 1, UInt64(BR_STATE_FORWARDING))
            case .multicastRouter: (Int(BRIDGE_VLANDB_ENTRY_MCAST_ROUTER), 1, UInt64(MDB_RTR_TYPE_TEMP_QUERY))
            case .multicastMaxGroups: (Int(WEFT_BRIDGE_VLANDB_ENTRY_MCAST_MAX_GROUPS), 4, 0)
            case .neighbourSuppression: (Int(WEFT_BRIDGE_VLANDB_ENTRY_NEIGH_SUPPRESS), 1, 0)
            case .multicastSnooping: (Int(BRIDGE_VLANDB_GOPTS_MCAST_SNOOPING), 1, 1)
            case .igmpVersion: (Int(BRIDGE_VLANDB_GOPTS_MCAST_IGMP_VERSION), 1, 2)
            case .mldVersion: (Int(BRIDGE_VLANDB_GOPTS_MCAST_MLD_VERSION), 1, 1)
            case .lastMemberCount: (Int(BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_CNT), 4, 2)
            case .startupQueryCount: (Int(BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_CNT), 4, 2)
            case .lastMemberInterval: (Int(BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_INTVL), 8, 100)
            case .membershipInterval: (Int(BRIDGE_VLANDB_GOPTS_MCAST_MEMBERSHIP_INTVL), 8, 26_000)
            case .querierInterval: (Int(BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_INTVL), 8, 25_500)
            case .queryInterval: (Int(BRIDGE_VLANDB_GOPTS_MCAST_QUERY_INTVL), 8, 12_500)
            case .queryResponseInterval: (Int(BRIDGE_VLANDB_GOPTS_MCAST_QUERY_RESPONSE_INTVL), 8, 1_000)
            case .startupQueryInterval: (Int(BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_INTVL), 8, 3_125)
            case .multicastQuerier: (Int(BRIDGE_VLANDB_GOPTS_MCAST_QUERIER), 1, 0)
            case .spanningTreeInstance: (Int(BRIDGE_VLANDB_GOPTS_MSTI), 2, 0)
            }
        }
    }

    /// The VLAN.
    public let vlan: UInt16
    /// What it is.
    public let key: Key
    /// Its value in the kernel's unit; times in hundredths of a second.
    public let value: UInt64

    /// Joins the parts.
    public init(_ key: Key, _ value: UInt64, vlan: UInt16) {
        self.vlan = vlan
        self.key = key
        self.value = value
    }
}
