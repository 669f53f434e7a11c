internal import CLinux

/// The bridge's options (`net/bridge/br_netlink.c`).
extension OptionRow {
    /// Whether multicast goes only where somebody listens.
    public static let multicastSnooping = OptionRow(
        .bridge, "mcast_snooping", aliases: ["multicast_snooping"], IFLA_BR_MCAST_SNOOPING, "IFLA_BR_MCAST_SNOOPING", .u8, .flag,
        kernelDefault: 1,
        "Whether multicast goes only where somebody listens.")

    /// Whether the spanning tree protocol runs.
    public static let stpState = OptionRow(
        .bridge, "stp_state", aliases: ["stp"], IFLA_BR_STP_STATE, "IFLA_BR_STP_STATE", .u32, .flag, kernelDefault: 0,
        "Whether the spanning tree protocol runs on the bridge.")
    /// How long a port listens, and then learns, before it forwards.
    public static let forwardDelay = OptionRow(
        .bridge, "forward_delay", IFLA_BR_FORWARD_DELAY, "IFLA_BR_FORWARD_DELAY", .u32, .centiseconds, range: 0...3000,
        kernelDefault: 1500,
        "How long a port listens, and then learns, before it forwards. With STP off a port forwards at once; with STP it is at least 2.")
    /// The least forward delay that the kernel takes while STP runs (`BR_MIN_FORWARD_DELAY`).
    public static let leastForwardDelayWithSTP: Int64 = 200
    /// How often a root bridge says hello.
    public static let helloTime = OptionRow(
        .bridge, "hello_time", IFLA_BR_HELLO_TIME, "IFLA_BR_HELLO_TIME", .u32, .centiseconds, range: 100...1000, kernelDefault: 200,
        "How often a root bridge says hello.")
    /// How old another bridge's hello may become.
    public static let maxAge = OptionRow(
        .bridge, "max_age", IFLA_BR_MAX_AGE, "IFLA_BR_MAX_AGE", .u32, .centiseconds, range: 600...4000, kernelDefault: 2000,
        "How old another bridge's hello may become before it counts as gone.")
    /// How long a MAC address is remembered.
    public static let ageingTime = OptionRow(
        .bridge, "ageing_time", aliases: ["ageing"], IFLA_BR_AGEING_TIME, "IFLA_BR_AGEING_TIME", .u32, .centiseconds,
        range: 0...UInt32.maximum, kernelDefault: 30000,
        "How long a MAC address is remembered after its last frame; 0 forgets at once.")
    /// The timers that every bridge of a spanning tree takes from its root.
    public static let rootTimers: [OptionRow] = [maxAge, helloTime, forwardDelay]
    /// Whether the bridge tells VLANs apart.
    public static let vlanFiltering = OptionRow(
        .bridge, "vlan_filtering", IFLA_BR_VLAN_FILTERING, "IFLA_BR_VLAN_FILTERING", .u8, .flag, kernelDefault: 0,
        "Whether the bridge tells VLANs apart.")

    /// Which kind of tag a filtering bridge tells apart.
    public static let bridgeVLANProtocol = OptionRow(
        .bridge, "vlan_protocol", IFLA_BR_VLAN_PROTOCOL, "IFLA_BR_VLAN_PROTOCOL", .bigEndian16, vlanProtocol.meaning,
        kernelDefault: Int64(ETH_P_8021Q),
        "Which kind of tag a filtering bridge tells apart.")

    /// Whether multicast is snooped by VLAN, which a bridge does only while it filters VLANs.
    public static let multicastVLANSnooping = bridgeFlag(
        "mcast_vlan_snooping", BR_BOOLOPT_MCAST_VLAN_SNOOPING, "Whether who listens is kept by VLAN; needs vlan_filtering.")

    /// Whether ports have a state for each group of VLANs.
    public static let mstEnabled = OptionRow(
        .bridge, "mst_enabled", IFLA_BR_MULTI_BOOLOPT, "IFLA_BR_MULTI_BOOLOPT", .bridgeFlag(1 << BR_BOOLOPT_MST_ENABLE.rawValue), .flag,
        kernelDefault: 0, change: .noPorts, since: LinuxVersion(5, 18),
        "Whether a program that runs spanning trees for groups of VLANs (MSTP) sets the state of each on a port.")

    /// How long between two queries at the start.
    public static let multicastStartupQueryInterval = interval(
        "startup_query", IFLA_BR_MCAST_STARTUP_QUERY_INTVL, "STARTUP_QUERY", 3125, range: ofQueries, "How long between two queries at the start.")

    /// Every bridge option, in the order of display.
    public static let bridge: [OptionRow] = [
        stpState,
        OptionRow(
            .bridge, "priority", aliases: ["bridge_priority"], IFLA_BR_PRIORITY, "IFLA_BR_PRIORITY", .u16, .count, range: 0...65535,
            kernelDefault: 32768,
            "The bridge's priority in the spanning tree; the lowest becomes root."),
        forwardDelay,
        helloTime, maxAge, ageingTime,
        OptionRow(
            .bridge, "fdb_max_learned", WEFT_IFLA_BR_FDB_MAX_LEARNED, "IFLA_BR_FDB_MAX_LEARNED", .u32, .count, range: 0...UInt32.maximum,
            kernelDefault: 0, since: LinuxVersion(6, 7),
            "How many MAC addresses are learned at most; 0 is no limit."),
        multicastSnooping,
        multicastVLANSnooping,
        OptionRow(
            .bridge, "mcast_hash_max", aliases: ["hash_max"], IFLA_BR_MCAST_HASH_MAX, "IFLA_BR_MCAST_HASH_MAX", .u32, .count,
            range: 0...UInt32.maximum, kernelDefault: 4096,
            "How many multicast groups are remembered at most."),
        OptionRow(
            .bridge, "group_fwd_mask", IFLA_BR_GROUP_FWD_MASK, "IFLA_BR_GROUP_FWD_MASK", .u16, .mask(forbidden: 7), range: 0...0xfff8,
            kernelDefault: 0,
            "Which link-local groups 01:80:c2:00:00:0X are forwarded, a bit each, such as 0x4000 for LLDP; bits 0, 1 and 2 are refused."),
        OptionRow(
            .bridge, "group_addr", aliases: ["group_address"], IFLA_BR_GROUP_ADDR, "IFLA_BR_GROUP_ADDR", .mac, .bridgeGroup,
            defaultValue: .mac(MACAddress(bits: 0x0180_c200_0000)),
            "The group that the bridge sends its spanning tree frames to."),
        vlanFiltering,
        bridgeVLANProtocol,
        OptionRow(
            .bridge, "vlan_default_pvid", aliases: ["default_pvid"], IFLA_BR_VLAN_DEFAULT_PVID, "IFLA_BR_VLAN_DEFAULT_PVID", .u16, .count,
            range: 0...4094, kernelDefault: 1,
            "The VLAN that frames without a tag belong to on ports that say no other; 0 is none. Ports that have the former one follow."),
        flag("vlan_stats_enabled", IFLA_BR_VLAN_STATS_ENABLED, "IFLA_BR_VLAN_STATS_ENABLED", "Whether frames are counted by VLAN."),
        OptionRow(
            .bridge, "vlan_stats_per_port", IFLA_BR_VLAN_STATS_PER_PORT, "IFLA_BR_VLAN_STATS_PER_PORT", .u8, .flag, kernelDefault: 0,
            change: .noPorts, "Whether they are counted by VLAN on each port as well."),
        mstEnabled,
        bridgeFlag("no_linklocal_learn", BR_BOOLOPT_NO_LL_LEARN, "Whether addresses are not learned from link-local frames, such as LLDP's."),
        flag(
            "mcast_query_use_ifaddr", aliases: ["multicast_query_use_ifaddr"], IFLA_BR_MCAST_QUERY_USE_IFADDR, "IFLA_BR_MCAST_QUERY_USE_IFADDR",
            "Whether queries have the bridge's own address as their source, rather than 0.0.0.0."),
        flag("mcast_querier", aliases: ["multicast_querier"], IFLA_BR_MCAST_QUERIER, "IFLA_BR_MCAST_QUERIER", "Whether the bridge asks who listens where no router does."),
        OptionRow(
            .bridge, "mcast_router", aliases: ["multicast_router"], IFLA_BR_MCAST_ROUTER, "IFLA_BR_MCAST_ROUTER", .u8, .count, range: 0...2,
            kernelDefault: 1,
            "Whether the host counts as a multicast router: 0 never, 1 as it shows, 2 always."),
        OptionRow(
            .bridge, "mcast_last_member_cnt", aliases: ["mcast_last_member_count", "multicast_last_member_count"], IFLA_BR_MCAST_LAST_MEMBER_CNT, "IFLA_BR_MCAST_LAST_MEMBER_CNT", .u32, .count,
            range: 0...UInt32.maximum, kernelDefault: 2,
            "How many times it is asked whether anybody still listens."),
        OptionRow(
            .bridge, "mcast_startup_query_cnt", aliases: ["mcast_startup_query_count", "multicast_startup_query_count"], IFLA_BR_MCAST_STARTUP_QUERY_CNT, "IFLA_BR_MCAST_STARTUP_QUERY_CNT", .u32, .count,
            range: 0...UInt32.maximum, kernelDefault: 2,
            "How many queries are sent at the start."),
        OptionRow(
            .bridge, "mcast_igmp_version", aliases: ["multicast_igmp_version"], IFLA_BR_MCAST_IGMP_VERSION, "IFLA_BR_MCAST_IGMP_VERSION", .u8,
            .choice([Choice("2", 2), Choice("3", 3)]), kernelDefault: 2,
            "Which version of IGMP the bridge asks in."),
        OptionRow(
            .bridge, "mcast_mld_version", aliases: ["multicast_mld_version"], IFLA_BR_MCAST_MLD_VERSION, "IFLA_BR_MCAST_MLD_VERSION", .u8,
            .choice([Choice("1", 1), Choice("2", 2)]), kernelDefault: 1,
            "Which version of MLD the bridge asks in."),
        interval("last_member", IFLA_BR_MCAST_LAST_MEMBER_INTVL, "LAST_MEMBER", 100, "How long between two questions whether anybody still listens."),
        interval("membership", IFLA_BR_MCAST_MEMBERSHIP_INTVL, "MEMBERSHIP", 26000, "How long a listener counts after it was last heard of."),
        interval("querier", IFLA_BR_MCAST_QUERIER_INTVL, "QUERIER", 25500, "How long another querier counts after it was last heard of."),
        interval("query", IFLA_BR_MCAST_QUERY_INTVL, "QUERY", 12500, range: ofQueries, "How long between two queries."),
        interval("query_response", IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, "QUERY_RESPONSE", 1000, "How long listeners may take to answer."),
        multicastStartupQueryInterval,
        flag("mcast_stats_enabled", aliases: ["multicast_stats_enabled"], IFLA_BR_MCAST_STATS_ENABLED, "IFLA_BR_MCAST_STATS_ENABLED", "Whether multicast frames are counted."),
        flag("nf_call_iptables", IFLA_BR_NF_CALL_IPTABLES, "IFLA_BR_NF_CALL_IPTABLES", "Whether bridged IPv4 frames pass iptables."),
        flag("nf_call_ip6tables", IFLA_BR_NF_CALL_IP6TABLES, "IFLA_BR_NF_CALL_IP6TABLES", "Whether bridged IPv6 frames pass ip6tables."),
        flag("nf_call_arptables", IFLA_BR_NF_CALL_ARPTABLES, "IFLA_BR_NF_CALL_ARPTABLES", "Whether bridged ARP frames pass arptables."),
    ]

    private static func flag(
        _ name: String, aliases: [String] = [], _ attribute: some BinaryInteger, _ attributeName: String, _ summary: String
    ) -> OptionRow {
        OptionRow(.bridge, name, aliases: aliases, attribute, attributeName, .u8, .flag, kernelDefault: 0, summary)
    }

    /// One of the flags that share an attribute.
    private static func bridgeFlag(_ name: String, aliases: [String] = [], _ bit: br_boolopt_id, _ summary: String) -> OptionRow {
        OptionRow(
            .bridge, name, aliases: aliases, IFLA_BR_MULTI_BOOLOPT, "IFLA_BR_MULTI_BOOLOPT", .bridgeFlag(1 << bit.rawValue), .flag, kernelDefault: 0,
            summary)
    }

    /// What the kernel takes for the intervals of queries, without a word: raised to a second, and lowered to a day since 6.1.
    private static let ofQueries: ClosedRange<Int64> = 100...8_640_000

    /// One of the multicast intervals: hundredths of a second in 64 bits.
    private static func interval(
        _ name: String, _ attribute: some BinaryInteger, _ attributeName: String, _ kernelDefault: Int64, range: ClosedRange<Int64> = 0...UInt32.maximum, _ summary: String
    ) -> OptionRow {
        OptionRow(
            .bridge, "mcast_\(name)_intvl", aliases: ["mcast_\(name)_interval", "multicast_\(name)_interval"], attribute,
            "IFLA_BR_MCAST_\(attributeName)_INTVL", .u64, .centiseconds, range: range, kernelDefault: kernelDefault, summary)
    }

    /// What a port costs in the spanning tree.
    public static let pathCost = OptionRow(
        .bridgePort, "cost", aliases: ["path_cost"], IFLA_BRPORT_COST, "IFLA_BRPORT_COST", .u32, .count, range: 1...65535,
        "What the way over this port costs in the spanning tree. A new port's depends on its speed.")

    /// The costs that the kernel gives a port by its speed (`port_cost()` in `net/bridge/br_if.c`): as long as nobody has
    /// said one, it follows the speed.
    public static let automaticPathCosts: Set<Int64> = [1, 2, 3, 4, 5, 19, 100]

    /// Whether a locked port notes who asks to be let in.
    public static let macAuthentication = portFlag(
        "mab", WEFT_IFLA_BRPORT_MAB, "IFLA_BRPORT_MAB", 0, since: LinuxVersion(6, 2),
        "Whether a locked port notes addresses that nobody let in yet, for a program to decide about (MAC authentication bypass).")

    /// Whether only addresses that somebody let in may send.
    public static let locked = portFlag(
        "locked", IFLA_BRPORT_LOCKED, "IFLA_BRPORT_LOCKED", 0, since: LinuxVersion(5, 18), "Whether only addresses in the forwarding table may send here.")

    /// Whether the bridge learns where addresses are from the port's frames.
    public static let learning = OptionRow(
        .bridgePort, "learning", IFLA_BRPORT_LEARNING, "IFLA_BRPORT_LEARNING", .u8, .flag, kernelDefault: 1,
        "Whether the bridge learns MAC addresses on this port.")

    /// Every option of a bridge's port, in the order of display.
    public static let bridgePort: [OptionRow] = [
        pathCost,
        OptionRow(
            .bridgePort, "priority", aliases: ["port_priority"], IFLA_BRPORT_PRIORITY, "IFLA_BRPORT_PRIORITY", .u16, .count, range: 0...63,
            kernelDefault: 32,
            "The port's priority in the spanning tree."),
        OptionRow(
            .bridgePort, "hairpin", aliases: ["hairpin_mode"], IFLA_BRPORT_MODE, "IFLA_BRPORT_MODE", .u8, .flag, kernelDefault: 0,
            "Whether a frame may leave by the port it came in."),
        OptionRow(
            .bridgePort, "isolated", IFLA_BRPORT_ISOLATED, "IFLA_BRPORT_ISOLATED", .u8, .flag, kernelDefault: 0,
            "Whether the port may not talk to other isolated ports."),
        learning,
        OptionRow(
            .bridgePort, "flood", aliases: ["unicast_flood"], IFLA_BRPORT_UNICAST_FLOOD, "IFLA_BRPORT_UNICAST_FLOOD", .u8, .flag,
            kernelDefault: 1,
            "Whether frames for unknown addresses go out here."),
        portFlag("mcast_flood", aliases: ["multicast_flood"], IFLA_BRPORT_MCAST_FLOOD, "IFLA_BRPORT_MCAST_FLOOD", 1, "Whether multicast that nobody asked for goes out here."),
        portFlag("bcast_flood", aliases: ["broadcast_flood"], IFLA_BRPORT_BCAST_FLOOD, "IFLA_BRPORT_BCAST_FLOOD", 1, "Whether broadcasts go out here."),
        portFlag("mcast_to_unicast", aliases: ["multicast_to_unicast"], IFLA_BRPORT_MCAST_TO_UCAST, "IFLA_BRPORT_MCAST_TO_UCAST", 0, "Whether each listener gets multicast as a frame of its own."),
        portFlag("fastleave", aliases: ["mcast_fast_leave", "multicast_fast_leave"], IFLA_BRPORT_FAST_LEAVE, "IFLA_BRPORT_FAST_LEAVE", 0, "Whether a listener that leaves is gone at once."),
        portFlag("guard", aliases: ["bpdu_guard"], IFLA_BRPORT_GUARD, "IFLA_BRPORT_GUARD", 0, "Whether the port is shut when a bridge shows behind it."),
        portFlag("root_block", IFLA_BRPORT_PROTECT, "IFLA_BRPORT_PROTECT", 0, "Whether the port may never lead to the spanning tree's root."),
        portFlag("proxy_arp", aliases: ["proxyarp"], IFLA_BRPORT_PROXYARP, "IFLA_BRPORT_PROXYARP", 0, "Whether the bridge answers ARP for neighbours it knows."),
        portFlag("proxy_arp_wifi", aliases: ["proxyarp_wifi"], IFLA_BRPORT_PROXYARP_WIFI, "IFLA_BRPORT_PROXYARP_WIFI", 0, "Whether it answers so that hosts behind one radio reach one another."),
        portFlag("neigh_suppress", IFLA_BRPORT_NEIGH_SUPPRESS, "IFLA_BRPORT_NEIGH_SUPPRESS", 0, "Whether ARP and neighbour discovery for known neighbours stay off the port."),
        portFlag("vlan_tunnel", IFLA_BRPORT_VLAN_TUNNEL, "IFLA_BRPORT_VLAN_TUNNEL", 0, "Whether VLANs are mapped to tunnel ids on this port."),
        locked,
        macAuthentication,
        portFlag("neigh_vlan_suppress", WEFT_IFLA_BRPORT_NEIGH_VLAN_SUPPRESS, "IFLA_BRPORT_NEIGH_VLAN_SUPPRESS", 0, since: LinuxVersion(6, 4), "Whether that is said of each VLAN on the port by itself."),
        OptionRow(
            .bridgePort, "mcast_max_groups", WEFT_IFLA_BRPORT_MCAST_MAX_GROUPS, "IFLA_BRPORT_MCAST_MAX_GROUPS", .u32, .count,
            range: 0...UInt32.maximum, kernelDefault: 0, since: LinuxVersion(6, 3),
            "How many multicast groups may be joined behind the port; 0 is any number."),
        OptionRow(
            .bridgePort, "mcast_eht_hosts_limit", IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT, "IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT", .u32, .count,
            range: 1...UInt32.maximum, kernelDefault: 512, since: LinuxVersion(5, 12),
            "How many listeners behind the port are told apart by IGMPv3 and MLDv2 at most."),
        OptionRow(
            .bridgePort, "group_fwd_mask", IFLA_BRPORT_GROUP_FWD_MASK, "IFLA_BRPORT_GROUP_FWD_MASK", .u16, .mask(forbidden: 2),
            range: 0...0xfffd, kernelDefault: 0,
            "Which link-local groups 01:80:c2:00:00:0X are forwarded from this port, a bit each; bit 1 is refused."),
        OptionRow(
            .bridgePort, "multicast_router", aliases: ["mcast_router"], IFLA_BRPORT_MULTICAST_ROUTER, "IFLA_BRPORT_MULTICAST_ROUTER", .u8, .count,
            range: 0...2, kernelDefault: 1,
            "Whether a multicast router is behind the port: 0 never, 1 as it shows, 2 always."),
    ]

    private static func portFlag(
        _ name: String, aliases: [String] = [], _ attribute: some BinaryInteger, _ attributeName: String, _ kernelDefault: Int64,
        since: LinuxVersion? = nil, _ summary: String
    ) -> OptionRow {
        OptionRow(.bridgePort, name, aliases: aliases, attribute, attributeName, .u8, .flag, kernelDefault: kernelDefault, since: since, summary)
    }
}

extension UInt32 {
    /// The highest number of 32 bits, as a range of the table needs it.
    static var maximum: Int64 { Int64(max) }
}
