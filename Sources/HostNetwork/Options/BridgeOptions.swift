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
    ]

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
    ]
}
