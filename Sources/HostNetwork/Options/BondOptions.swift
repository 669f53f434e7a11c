internal import CLinux

/// The bonding driver's options (`drivers/net/bonding/bond_options.c`).
extension OptionRow {
    /// A bond's mode, by name or by number 0 to 6.
    public static let mode = OptionRow(
        .bond, "mode", IFLA_BOND_MODE, "IFLA_BOND_MODE", .u8,
        .choice(BondMode.allCases.map { Choice($0.name, $0.kernelNumber) }), kernelDefault: 0, change: [.linkDown, .noPorts],
        "How frames are spread over the ports; by name or by number 0 to 6.")
    /// How often each port's carrier is looked at.
    public static let miimon = OptionRow(
        .bond, "miimon", IFLA_BOND_MIIMON, "IFLA_BOND_MIIMON", .u32, .milliseconds, range: 0...maximumInt, kernelDefault: 0,
        "How often the carrier of each port is looked at; 0 is never. A bond needs this or arp_interval to notice a dead port. A new bond of modes 4, 5 and 6 has 100.")
    /// The miimon of a new bond that cannot watch its ports by ARP (`BOND_DEFAULT_MIIMON`).
    static let miimonWithoutARPMonitor: Int64 = 100
    /// How often ARP requests watch the ports.
    public static let arpInterval = OptionRow(
        .bond, "arp_interval", IFLA_BOND_ARP_INTERVAL, "IFLA_BOND_ARP_INTERVAL", .u32, .milliseconds, range: 0...maximumInt,
        kernelDefault: 0, modes: .withARPMonitor,
        "How often ARP requests to arp_ip_target watch the ports; 0 is never. Excludes miimon.")
    /// The port that mode 1, 5 or 6 prefers.
    public static let primary = OptionRow(
        .bond, "primary", IFLA_BOND_PRIMARY, "IFLA_BOND_PRIMARY", .linkIndex, .link, defaultValue: .noLink,
        modes: .withPrimary,
        "The port that is active whenever it is up.")

    /// The port that a bond of mode 1, 5 or 6 uses now.
    ///
    /// The kernel takes a port that is in the bond, is up and has carrier, and changes it by itself at every failover.
    public static let activePort = OptionRow(
        .bond, "active_slave", aliases: ["active_port"], IFLA_BOND_ACTIVE_SLAVE, "IFLA_BOND_ACTIVE_SLAVE", .linkIndex, .link,
        modes: .withPrimary, isMomentary: true,
        "The port that is to be active when the file is applied. The kernel takes another one at every failover, and then a plan says so; `primary` is the lasting wish.")
    /// When the primary port takes over again.
    public static let primaryReselect = OptionRow(
        .bond, "primary_reselect", IFLA_BOND_PRIMARY_RESELECT, "IFLA_BOND_PRIMARY_RESELECT", .u8,
        .choice([Choice("always", 0), Choice("better", 1), Choice("failure", 2)]), kernelDefault: 0, modes: .withPrimary,
        "When the primary port becomes active again after it came back.")
    /// How long after one another gratuitous ARPs are sent.
    public static let peerNotifyDelay = OptionRow(
        .bond, "peer_notify_delay", aliases: ["peer_notif_delay"], IFLA_BOND_PEER_NOTIF_DELAY, "IFLA_BOND_PEER_NOTIF_DELAY", .u32,
        .milliseconds, range: 0...300_000, kernelDefault: 0,
        "How long between two of the gratuitous ARPs and unsolicited NAs after a failover; a multiple of miimon.")
    /// Which ports' answers to ARP monitoring are checked.
    public static let arpValidate = OptionRow(
        .bond, "arp_validate", IFLA_BOND_ARP_VALIDATE, "IFLA_BOND_ARP_VALIDATE", .u32,
        .choice([
            Choice("none", 0), Choice("active", 1), Choice("backup", 2), Choice("all", 3), Choice("filter", 4),
            Choice("filter_active", 5), Choice("filter_backup", 6),
        ]), kernelDefault: 0, modes: .withARPMonitor,
        "Which ports' ARP answers are checked.")
    /// Whose address a bond in mode 1 has, and which its ports have. While it is not `none`, the kernel passes over any address that
    /// is set on the bond.
    public static let failOverMAC = OptionRow(
        .bond, "fail_over_mac", IFLA_BOND_FAIL_OVER_MAC, "IFLA_BOND_FAIL_OVER_MAC", .u8,
        .choice([Choice("none", 0), Choice("active", 1), Choice("follow", 2)]), kernelDefault: 0, change: .noPorts,
        "Whose MAC address the bond has in mode 1: its own (none, follow), or its active port's.")
    /// The IPv6 addresses that monitoring asks for.
    public static let neighborTargets = OptionRow(
        .bond, "ns_ip6_target", IFLA_BOND_NS_IP6_TARGET, "IFLA_BOND_NS_IP6_TARGET", .ipv6List, .ipv6List(16), since: LinuxVersion(5, 18),
        "The addresses that ARP monitoring asks for by neighbour solicitation.")

    /// Every bond option, in the order of display.
    public static let bond: [OptionRow] = [
        mode, miimon,
        OptionRow(
            .bond, "updelay", IFLA_BOND_UPDELAY, "IFLA_BOND_UPDELAY", .u32, .milliseconds, range: 0...maximumInt, kernelDefault: 0,
            "How long a port waits after its carrier came before it is used; a multiple of miimon."),
        OptionRow(
            .bond, "downdelay", IFLA_BOND_DOWNDELAY, "IFLA_BOND_DOWNDELAY", .u32, .milliseconds, range: 0...maximumInt, kernelDefault: 0,
            "How long a port is kept after its carrier went; a multiple of miimon."),
        peerNotifyDelay,
        OptionRow(
            .bond, "use_carrier", IFLA_BOND_USE_CARRIER, "IFLA_BOND_USE_CARRIER", .u8, .flag, kernelDefault: 1,
            "Whether miimon trusts the driver's carrier (true) or asks the MII registers (false)."),
        arpInterval,
        OptionRow(
            .bond, "arp_ip_target", IFLA_BOND_ARP_IP_TARGET, "IFLA_BOND_ARP_IP_TARGET", .ipv4List, .ipv4List(16),
            "The addresses that ARP monitoring asks for."),
        neighborTargets, arpValidate,
        OptionRow(
            .bond, "arp_all_targets", IFLA_BOND_ARP_ALL_TARGETS, "IFLA_BOND_ARP_ALL_TARGETS", .u32,
            .choice([Choice("any", 0), Choice("all", 1)]), kernelDefault: 0,
            "Whether one or every arp_ip_target must answer."),
        OptionRow(
            .bond, "arp_missed_max", aliases: ["missed_max"], IFLA_BOND_MISSED_MAX, "IFLA_BOND_MISSED_MAX", .u8, .count, range: 1...255,
            kernelDefault: 2, modes: .withARPMonitor, since: LinuxVersion(5, 17),
            "How many ARP requests may stay without an answer before a port counts as dead."),
        activePort, primary,
        primaryReselect,
        failOverMAC,
        OptionRow(
            .bond, "xmit_hash_policy", IFLA_BOND_XMIT_HASH_POLICY, "IFLA_BOND_XMIT_HASH_POLICY", .u8,
            .choice([
                Choice("layer2", 0), Choice("layer3+4", 1), Choice("layer2+3", 2), Choice("encap2+3", 3), Choice("encap3+4", 4),
                Choice("vlan+srcmac", 5),
            ]), kernelDefault: 0,
            "What the port for a frame is chosen by, in modes 2, 4, 5 and 6."),
        OptionRow(
            .bond, "resend_igmp", IFLA_BOND_RESEND_IGMP, "IFLA_BOND_RESEND_IGMP", .u32, .count, range: 0...255, kernelDefault: 1,
            "How many IGMP reports are sent after a failover."),
        OptionRow(
            .bond, "num_peer_notif", aliases: ["num_grat_arp", "num_unsol_na"], IFLA_BOND_NUM_PEER_NOTIF, "IFLA_BOND_NUM_PEER_NOTIF",
            .u8, .count, range: 0...255, kernelDefault: 1,
            "How many gratuitous ARPs and unsolicited NAs are sent after a failover."),
        OptionRow(
            .bond, "all_slaves_active", IFLA_BOND_ALL_SLAVES_ACTIVE, "IFLA_BOND_ALL_SLAVES_ACTIVE", .u8, .flag, kernelDefault: 0,
            "Whether frames that arrive on inactive ports are taken."),
        OptionRow(
            .bond, "min_links", IFLA_BOND_MIN_LINKS, "IFLA_BOND_MIN_LINKS", .u32, .count, range: 0...maximumInt, kernelDefault: 0,
            "How many ports must be active for the bond to have carrier, in mode 4."),
        OptionRow(
            .bond, "lp_interval", IFLA_BOND_LP_INTERVAL, "IFLA_BOND_LP_INTERVAL", .u32, .count, range: 1...maximumInt, kernelDefault: 1,
            "Seconds between the learning packets to each port's switch, in modes 5 and 6."),
        OptionRow(
            .bond, "packets_per_slave", IFLA_BOND_PACKETS_PER_SLAVE, "IFLA_BOND_PACKETS_PER_SLAVE", .u32, .count, range: 0...65535,
            kernelDefault: 1, modes: BondModes(.balanceRR),
            "How many frames go over a port before the next one's turn; 0 is random."),
        OptionRow(
            .bond, "ad_lacp_rate", aliases: ["lacp_rate"], IFLA_BOND_AD_LACP_RATE, "IFLA_BOND_AD_LACP_RATE", .u8,
            .choice([Choice("slow", 0), Choice("fast", 1)]), kernelDefault: 0, change: .linkDown, modes: BondModes(.ieee8023ad),
            "Whether the partner is asked to send its LACP frames every 30 seconds or every second."),
        OptionRow(
            .bond, "ad_lacp_active", aliases: ["lacp_active"], IFLA_BOND_AD_LACP_ACTIVE, "IFLA_BOND_AD_LACP_ACTIVE", .u8, .flag, kernelDefault: 1,
            change: .linkDown, modes: BondModes(.ieee8023ad), since: LinuxVersion(5, 15),
            "Whether LACP frames are sent without being asked."),
        OptionRow(
            .bond, "ad_select", IFLA_BOND_AD_SELECT, "IFLA_BOND_AD_SELECT", .u8,
            .choice([Choice("stable", 0), Choice("bandwidth", 1), Choice("count", 2)]), kernelDefault: 0, change: .linkDown,
            "By what mode 4 chooses between aggregators."),
        OptionRow(
            .bond, "ad_actor_sys_prio", IFLA_BOND_AD_ACTOR_SYS_PRIO, "IFLA_BOND_AD_ACTOR_SYS_PRIO", .u16, .count, range: 1...65535,
            kernelDefault: 65535, modes: BondModes(.ieee8023ad),
            "The bond's priority in LACP; the side with the lower one decides which ports are used."),
        OptionRow(
            .bond, "ad_user_port_key", IFLA_BOND_AD_USER_PORT_KEY, "IFLA_BOND_AD_USER_PORT_KEY", .u16, .count, range: 0...1023,
            kernelDefault: 0, change: .linkDown, modes: BondModes(.ieee8023ad),
            "The upper ten bits of the ports' LACP key."),
        OptionRow(
            .bond, "ad_actor_system", IFLA_BOND_AD_ACTOR_SYSTEM, "IFLA_BOND_AD_ACTOR_SYSTEM", .mac, .mac, defaultValue: .mac(.zero),
            modes: BondModes(.ieee8023ad),
            "The MAC address by which LACP names this host; 00:00:00:00:00:00 takes the bond's own."),
        OptionRow(
            .bond, "coupled_control", WEFT_IFLA_BOND_COUPLED_CONTROL, "IFLA_BOND_COUPLED_CONTROL", .u8, .flag, kernelDefault: 1,
            change: .linkDown, modes: BondModes(.ieee8023ad), since: LinuxVersion(6, 9),
            "Whether LACP lets a port collect and distribute at once (true) or one after the other (false)."),
        OptionRow(
            .bond, "tlb_dynamic_lb", IFLA_BOND_TLB_DYNAMIC_LB, "IFLA_BOND_TLB_DYNAMIC_LB", .u8, .flag, kernelDefault: 1,
            change: .linkDown, modes: BondModes(.balanceTLB, .balanceALB),
            "Whether modes 5 and 6 move flows by load (true) or spread them by hash (false)."),
    ]

    /// The transmit queue whose frames a port sends.
    public static let queueID = OptionRow(
        .bondPort, "queue_id", IFLA_BOND_SLAVE_QUEUE_ID, "IFLA_BOND_SLAVE_QUEUE_ID", .u16, .count, range: 0...4096, kernelDefault: 0,
        "The transmit queue whose frames go out here (`tc … skbedit queue_mapping`); 0 is none. No two ports can have one. A bond that weft makes gets as many queues as its ports ask for, 16 at least; it never gets more.")

    /// Every option of a bond's port, in the order of display.
    public static let bondPort: [OptionRow] = [
        queueID,
        OptionRow(
            .bondPort, "prio", IFLA_BOND_SLAVE_PRIO, "IFLA_BOND_SLAVE_PRIO", .i32, .count, range: Int64(Int32.min)...maximumInt,
            kernelDefault: 0, modes: .withPrimary, since: LinuxVersion(6, 0),
            "The port's rank when another active port is chosen; the highest is taken."),
    ]

    static let maximumInt = Int64(Int32.max)
}
