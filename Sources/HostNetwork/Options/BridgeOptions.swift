internal import CLinux

/// The bridge's options (`net/bridge/br_netlink.c`).
extension OptionRow {
    /// Whether the spanning tree protocol runs.
    public static let stpState = OptionRow(
        .bridge, "stp_state", aliases: ["stp"], IFLA_BR_STP_STATE, "IFLA_BR_STP_STATE", .u32, .flag, kernelDefault: 0,
        "Whether the spanning tree protocol runs on the bridge.")
    /// How long a port listens, and then learns, before it forwards.
    public static let forwardDelay = OptionRow(
        .bridge, "forward_delay", IFLA_BR_FORWARD_DELAY, "IFLA_BR_FORWARD_DELAY", .u32, .centiseconds, range: 200...3000,
        kernelDefault: 1500,
        "How long a port listens, and then learns, before it forwards. With STP off a port forwards at once.")
    /// Whether the bridge tells VLANs apart.
    public static let vlanFiltering = OptionRow(
        .bridge, "vlan_filtering", IFLA_BR_VLAN_FILTERING, "IFLA_BR_VLAN_FILTERING", .u8, .flag, kernelDefault: 0,
        "Whether the bridge tells VLANs apart.")

    /// Which kind of tag a filtering bridge tells apart.
    public static let bridgeVLANProtocol = OptionRow(
        .bridge, "vlan_protocol", IFLA_BR_VLAN_PROTOCOL, "IFLA_BR_VLAN_PROTOCOL", .bigEndian16, vlanProtocol.meaning,
        kernelDefault: Int64(ETH_P_8021Q),
        "Which kind of tag a filtering bridge tells apart.")

    /// Every bridge option, in the order of display.
    public static let bridge: [OptionRow] = [
        stpState,
        OptionRow(
            .bridge, "priority", aliases: ["bridge_priority"], IFLA_BR_PRIORITY, "IFLA_BR_PRIORITY", .u16, .count, range: 0...65535,
            kernelDefault: 32768,
            "The bridge's priority in the spanning tree; the lowest becomes root."),
        forwardDelay,
        OptionRow(
            .bridge, "hello_time", IFLA_BR_HELLO_TIME, "IFLA_BR_HELLO_TIME", .u32, .centiseconds, range: 100...1000, kernelDefault: 200,
            "How often a root bridge says hello."),
        OptionRow(
            .bridge, "max_age", IFLA_BR_MAX_AGE, "IFLA_BR_MAX_AGE", .u32, .centiseconds, range: 600...4000, kernelDefault: 2000,
            "How old another bridge's hello may become before it counts as gone."),
        OptionRow(
            .bridge, "ageing_time", aliases: ["ageing"], IFLA_BR_AGEING_TIME, "IFLA_BR_AGEING_TIME", .u32, .centiseconds,
            range: 0...100_000_000, kernelDefault: 30000,
            "How long a MAC address is remembered after its last frame; 0 forgets at once."),
        OptionRow(
            .bridge, "mcast_snooping", aliases: ["multicast_snooping"], IFLA_BR_MCAST_SNOOPING, "IFLA_BR_MCAST_SNOOPING", .u8, .flag,
            kernelDefault: 1,
            "Whether multicast goes only where somebody listens."),
        OptionRow(
            .bridge, "group_fwd_mask", IFLA_BR_GROUP_FWD_MASK, "IFLA_BR_GROUP_FWD_MASK", .u16, .count, range: 0...65535, kernelDefault: 0,
            "Which link-local groups 01:80:c2:00:00:0X are forwarded, a bit each; bits 0, 1 and 2 are refused."),
        vlanFiltering,
        bridgeVLANProtocol,
        OptionRow(
            .bridge, "vlan_default_pvid", aliases: ["default_pvid"], IFLA_BR_VLAN_DEFAULT_PVID, "IFLA_BR_VLAN_DEFAULT_PVID", .u16, .count,
            range: 0...4094, kernelDefault: 1,
            "The VLAN that frames without a tag belong to on ports that say no other; 0 is none. Ports that have the former one follow."),
        flag("vlan_stats_enabled", IFLA_BR_VLAN_STATS_ENABLED, "IFLA_BR_VLAN_STATS_ENABLED", "Whether frames are counted by VLAN."),
        flag(
            "mcast_query_use_ifaddr", IFLA_BR_MCAST_QUERY_USE_IFADDR, "IFLA_BR_MCAST_QUERY_USE_IFADDR",
            "Whether queries have the bridge's own address as their source, rather than 0.0.0.0."),
        flag("mcast_querier", IFLA_BR_MCAST_QUERIER, "IFLA_BR_MCAST_QUERIER", "Whether the bridge asks who listens where no router does."),
        OptionRow(
            .bridge, "mcast_router", aliases: ["multicast_router"], IFLA_BR_MCAST_ROUTER, "IFLA_BR_MCAST_ROUTER", .u8, .count, range: 0...2,
            kernelDefault: 1,
            "Whether the host counts as a multicast router: 0 never, 1 as it shows, 2 always."),
        OptionRow(
            .bridge, "mcast_last_member_cnt", IFLA_BR_MCAST_LAST_MEMBER_CNT, "IFLA_BR_MCAST_LAST_MEMBER_CNT", .u32, .count,
            range: 0...maximumInt, kernelDefault: 2,
            "How many times it is asked whether anybody still listens."),
        OptionRow(
            .bridge, "mcast_startup_query_cnt", IFLA_BR_MCAST_STARTUP_QUERY_CNT, "IFLA_BR_MCAST_STARTUP_QUERY_CNT", .u32, .count,
            range: 0...maximumInt, kernelDefault: 2,
            "How many queries are sent at the start."),
        OptionRow(
            .bridge, "mcast_igmp_version", IFLA_BR_MCAST_IGMP_VERSION, "IFLA_BR_MCAST_IGMP_VERSION", .u8,
            .choice([Choice("2", 2), Choice("3", 3)]), kernelDefault: 2,
            "Which version of IGMP the bridge asks in."),
        OptionRow(
            .bridge, "mcast_mld_version", IFLA_BR_MCAST_MLD_VERSION, "IFLA_BR_MCAST_MLD_VERSION", .u8,
            .choice([Choice("1", 1), Choice("2", 2)]), kernelDefault: 1,
            "Which version of MLD the bridge asks in."),
        interval("last_member", IFLA_BR_MCAST_LAST_MEMBER_INTVL, "LAST_MEMBER", 100, "How long between two questions whether anybody still listens."),
        interval("membership", IFLA_BR_MCAST_MEMBERSHIP_INTVL, "MEMBERSHIP", 26000, "How long a listener counts after it was last heard of."),
        interval("querier", IFLA_BR_MCAST_QUERIER_INTVL, "QUERIER", 25500, "How long another querier counts after it was last heard of."),
        interval("query", IFLA_BR_MCAST_QUERY_INTVL, "QUERY", 12500, "How long between two queries."),
        interval("query_response", IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, "QUERY_RESPONSE", 1000, "How long listeners may take to answer."),
        interval("startup_query", IFLA_BR_MCAST_STARTUP_QUERY_INTVL, "STARTUP_QUERY", 3125, "How long between two queries at the start."),
        flag("mcast_stats_enabled", IFLA_BR_MCAST_STATS_ENABLED, "IFLA_BR_MCAST_STATS_ENABLED", "Whether multicast frames are counted."),
        flag("nf_call_iptables", IFLA_BR_NF_CALL_IPTABLES, "IFLA_BR_NF_CALL_IPTABLES", "Whether bridged IPv4 frames pass iptables."),
        flag("nf_call_ip6tables", IFLA_BR_NF_CALL_IP6TABLES, "IFLA_BR_NF_CALL_IP6TABLES", "Whether bridged IPv6 frames pass ip6tables."),
        flag("nf_call_arptables", IFLA_BR_NF_CALL_ARPTABLES, "IFLA_BR_NF_CALL_ARPTABLES", "Whether bridged ARP frames pass arptables."),
    ]

    private static func flag(_ name: String, _ attribute: some BinaryInteger, _ attributeName: String, _ summary: String) -> OptionRow {
        OptionRow(.bridge, name, attribute, attributeName, .u8, .flag, kernelDefault: 0, summary)
    }

    /// One of the multicast intervals: hundredths of a second in 64 bits. The kernel raises a query's to a second.
    private static func interval(_ name: String, _ attribute: some BinaryInteger, _ attributeName: String, _ kernelDefault: Int64, _ summary: String) -> OptionRow {
        OptionRow(
            .bridge, "mcast_\(name)_intvl", attribute, "IFLA_BR_MCAST_\(attributeName)_INTVL", .u64, .centiseconds, range: 100...100_000_000,
            kernelDefault: kernelDefault, summary)
    }

    /// What a port costs in the spanning tree.
    public static let pathCost = OptionRow(
        .bridgePort, "cost", aliases: ["path_cost"], IFLA_BRPORT_COST, "IFLA_BRPORT_COST", .u32, .count, range: 1...65535,
        "What the way over this port costs in the spanning tree. A new port's depends on its speed.")

    /// The costs that the kernel gives a port by its speed (`port_cost()` in `net/bridge/br_if.c`): as long as nobody has
    /// said one, it follows the speed.
    public static let automaticPathCosts: Set<Int64> = [1, 2, 3, 4, 5, 19, 100]

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
        OptionRow(
            .bridgePort, "learning", IFLA_BRPORT_LEARNING, "IFLA_BRPORT_LEARNING", .u8, .flag, kernelDefault: 1,
            "Whether the bridge learns MAC addresses on this port."),
        OptionRow(
            .bridgePort, "flood", aliases: ["unicast_flood"], IFLA_BRPORT_UNICAST_FLOOD, "IFLA_BRPORT_UNICAST_FLOOD", .u8, .flag,
            kernelDefault: 1,
            "Whether frames for unknown addresses go out here."),
        portFlag("mcast_flood", IFLA_BRPORT_MCAST_FLOOD, "IFLA_BRPORT_MCAST_FLOOD", 1, "Whether multicast that nobody asked for goes out here."),
        portFlag("bcast_flood", IFLA_BRPORT_BCAST_FLOOD, "IFLA_BRPORT_BCAST_FLOOD", 1, "Whether broadcasts go out here."),
        portFlag("mcast_to_unicast", IFLA_BRPORT_MCAST_TO_UCAST, "IFLA_BRPORT_MCAST_TO_UCAST", 0, "Whether each listener gets multicast as a frame of its own."),
        portFlag("fastleave", aliases: ["multicast_fast_leave"], IFLA_BRPORT_FAST_LEAVE, "IFLA_BRPORT_FAST_LEAVE", 0, "Whether a listener that leaves is gone at once."),
        portFlag("guard", aliases: ["bpdu_guard"], IFLA_BRPORT_GUARD, "IFLA_BRPORT_GUARD", 0, "Whether the port is shut when a bridge shows behind it."),
        portFlag("root_block", IFLA_BRPORT_PROTECT, "IFLA_BRPORT_PROTECT", 0, "Whether the port may never lead to the spanning tree's root."),
        portFlag("proxy_arp", aliases: ["proxyarp"], IFLA_BRPORT_PROXYARP, "IFLA_BRPORT_PROXYARP", 0, "Whether the bridge answers ARP for neighbours it knows."),
        portFlag("neigh_suppress", IFLA_BRPORT_NEIGH_SUPPRESS, "IFLA_BRPORT_NEIGH_SUPPRESS", 0, "Whether ARP and neighbour discovery for known neighbours stay off the port."),
        portFlag("locked", IFLA_BRPORT_LOCKED, "IFLA_BRPORT_LOCKED", 0, "Whether only addresses in the forwarding table may send here (Linux 5.18 and later)."),
        OptionRow(
            .bridgePort, "multicast_router", aliases: ["mcast_router"], IFLA_BRPORT_MULTICAST_ROUTER, "IFLA_BRPORT_MULTICAST_ROUTER", .u8, .count,
            range: 0...2, kernelDefault: 1,
            "Whether a multicast router is behind the port: 0 never, 1 as it shows, 2 always."),
    ]

    private static func portFlag(
        _ name: String, aliases: [String] = [], _ attribute: some BinaryInteger, _ attributeName: String, _ kernelDefault: Int64, _ summary: String
    ) -> OptionRow {
        OptionRow(.bridgePort, name, aliases: aliases, attribute, attributeName, .u8, .flag, kernelDefault: kernelDefault, summary)
    }
}
