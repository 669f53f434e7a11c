/// How a link option is spelled in an `ifcfg` file: a further column of the option table.
///
/// Two programs read such files: the shell scripts of the initscripts package, and NetworkManager's ifcfg-rh plugin. An
/// option has a spelling for each, or for one of them, or for neither. Where the two are the same, so is the meaning.
public struct NetworkScriptSpelling: Hashable, Sendable {
    /// Where in the file the option stands.
    public enum Place: Hashable, Sendable {
        /// A key of its own: `GVRP=yes`.
        case key(String)
        /// A word of the bond's `BONDING_OPTS`: `miimon=100`.
        case bonding(String)
        /// A word of `BRIDGING_OPTS`, on the bridge or on its port: `ageing_time=30000`.
        case bridging(String)
        /// A word of `VLAN_FLAGS`, written where the option has this value and left out where it has the other.
        case vlanFlag(String, when: Int64)
    }

    /// How the value is written there.
    public enum Form: Hashable, Sendable {
        /// The kernel's own number: a flag is 0 or 1, a bridge's time hundredths of a second.
        case number
        /// Whole seconds.
        case seconds
        /// `yes` or `no`.
        case yesNo
        /// As a topology file spells it: a choice by its name, a link, addresses separated by commas.
        case word
        /// A word for each of the kernel's numbers, from 0.
        case words([String])
        /// Pairs such as `0:1`, joined by this.
        case pairs(separator: String)
    }

    /// What a bridge must have for the reader to heed an option.
    public enum Condition: Hashable, Sendable {
        /// `STP=yes`.
        case stp
        /// `vlan_filtering`.
        case vlanFiltering
    }

    /// Where the option stands.
    public let place: Place
    /// How its value is written.
    public let form: Form
    /// What the bridge must have for the reader to heed it; without that it means nothing.
    public let condition: Condition?

    init(_ place: Place, _ form: Form = .number, on condition: Condition? = nil) {
        self.place = place
        self.form = form
        self.condition = condition
    }
}

/// The spellings of an option for the two readers; `nil` where a reader does not know the option.
public struct NetworkScriptSpellings: Hashable, Sendable {
    /// For the shell scripts of the initscripts package.
    public let initscripts: NetworkScriptSpelling?
    /// For NetworkManager's ifcfg-rh plugin.
    public let networkManager: NetworkScriptSpelling?

    init(_ initscripts: NetworkScriptSpelling?, _ networkManager: NetworkScriptSpelling?) {
        self.initscripts = initscripts
        self.networkManager = networkManager
    }

    static func same(_ spelling: NetworkScriptSpelling) -> NetworkScriptSpellings { NetworkScriptSpellings(spelling, spelling) }
}

extension OptionRow {
    /// The option's spellings in `ifcfg` files.
    public var networkScript: NetworkScriptSpellings {
        switch scope {
        case .bond: bondSpellings
        case .bondPort: Self.bondPortSpellings[name] ?? NetworkScriptSpellings(nil, nil)
        case .bridge: Self.bridgeSpellings[name] ?? NetworkScriptSpellings(nil, nil)
        case .bridgePort: Self.portSpellings[name] ?? NetworkScriptSpellings(nil, nil)
        case .vlan: Self.vlanSpellings[name] ?? NetworkScriptSpellings(nil, nil)
        }
    }

    // MARK: Bonds

    /// Both readers hand `BONDING_OPTS` on under the names that the driver has in sysfs.
    private var bondSpellings: NetworkScriptSpellings {
        let name = Self.bondNames[name] ?? name
        guard Self.knownBondNames.contains(name) else { return NetworkScriptSpellings(nil, nil) }
        let spelling = NetworkScriptSpelling(.bonding(name), bondForm)
        // What needs a port to be there, or is not in sysfs, is beyond the scripts.
        return Self.namesBeyondScripts.contains(name) ? NetworkScriptSpellings(nil, spelling) : .same(spelling)
    }

    private var bondForm: NetworkScriptSpelling.Form {
        switch meaning {
        case .choice, .link, .ipv4List, .ipv6List, .mac, .bridgeGroup, .priorityMap: .word
        case .flag, .count, .mask, .milliseconds, .centiseconds: .number
        }
    }

    private static let namesBeyondScripts: Set<String> = ["active_slave", "ns_ip6_target"]

    private static let bondPortSpellings: [String: NetworkScriptSpellings] = [
        "queue_id": NetworkScriptSpellings(nil, NetworkScriptSpelling(.key("BOND_PORT_QUEUE_ID"))),
        "prio": NetworkScriptSpellings(nil, NetworkScriptSpelling(.key("BOND_PORT_PRIO"))),
    ]

    /// Names in sysfs that are not those of netlink.
    private static let bondNames = [
        "ad_lacp_rate": "lacp_rate", "ad_lacp_active": "lacp_active", "num_peer_notif": "num_grat_arp", "peer_notify_delay": "peer_notif_delay",
    ]

    /// What NetworkManager takes in `BONDING_OPTS`; the scripts take whatever lies in sysfs, and that is the same.
    private static let knownBondNames: Set<String> = [
        "mode", "miimon", "updelay", "downdelay", "use_carrier", "arp_interval", "arp_ip_target", "arp_validate", "arp_all_targets",
        "arp_missed_max", "primary", "primary_reselect", "fail_over_mac", "xmit_hash_policy", "resend_igmp", "num_grat_arp",
        "all_slaves_active", "min_links", "lp_interval", "packets_per_slave", "lacp_rate", "lacp_active", "ad_select",
        "tlb_dynamic_lb", "ad_actor_sys_prio", "ad_user_port_key", "ad_actor_system", "peer_notif_delay", "active_slave",
        "ns_ip6_target",
    ]

    // MARK: Bridges

    /// The scripts write `BRIDGING_OPTS` to sysfs as they are, in the kernel's units; NetworkManager reads some times in seconds.
    private static let bridgeSpellings: [String: NetworkScriptSpellings] = {
        func time(_ name: String, on condition: NetworkScriptSpelling.Condition? = nil) -> NetworkScriptSpellings {
            NetworkScriptSpellings(NetworkScriptSpelling(.bridging(name)), NetworkScriptSpelling(.bridging(name), .seconds, on: condition))
        }
        func shared(_ name: String) -> NetworkScriptSpellings { .same(NetworkScriptSpelling(.bridging(name))) }
        func scriptsOnly(_ name: String) -> NetworkScriptSpellings { NetworkScriptSpellings(NetworkScriptSpelling(.bridging(name)), nil) }
        return [
            "stp_state": .same(NetworkScriptSpelling(.key("STP"), .yesNo)),
            "priority": NetworkScriptSpellings(
                NetworkScriptSpelling(.bridging("priority")), NetworkScriptSpelling(.bridging("priority"), on: .stp)),
            // Not DELAY for the scripts: they would also take it for seconds, and sleep twice as long.
            "forward_delay": NetworkScriptSpellings(
                NetworkScriptSpelling(.bridging("forward_delay")), NetworkScriptSpelling(.key("DELAY"), .seconds, on: .stp)),
            "hello_time": time("hello_time", on: .stp),
            "max_age": time("max_age", on: .stp),
            "ageing_time": time("ageing_time"),
            "mcast_snooping": shared("multicast_snooping"),
            "group_fwd_mask": shared("group_fwd_mask"),
            "vlan_filtering": shared("vlan_filtering"),
            "vlan_protocol": NetworkScriptSpellings(
                NetworkScriptSpelling(.bridging("vlan_protocol")), NetworkScriptSpelling(.bridging("vlan_protocol"), .word)),
            "no_linklocal_learn": scriptsOnly("no_linklocal_learn"),
            "vlan_stats_enabled": shared("vlan_stats_enabled"),
            "vlan_stats_per_port": scriptsOnly("vlan_stats_per_port"),
            "group_addr": NetworkScriptSpellings(
                NetworkScriptSpelling(.bridging("group_addr"), .word), NetworkScriptSpelling(.bridging("group_address"), .word)),
            // Without filtering NetworkManager sets it back to 1.
            "vlan_default_pvid": NetworkScriptSpellings(
                NetworkScriptSpelling(.bridging("default_pvid")), NetworkScriptSpelling(.bridging("default_pvid"), on: .vlanFiltering)),
            "mcast_query_use_ifaddr": shared("multicast_query_use_ifaddr"),
            "mcast_querier": shared("multicast_querier"),
            "mcast_router": NetworkScriptSpellings(
                NetworkScriptSpelling(.bridging("multicast_router")),
                NetworkScriptSpelling(.bridging("multicast_router"), .words(["disabled", "auto", "enabled"]))),
            "mcast_last_member_cnt": shared("multicast_last_member_count"),
            "mcast_startup_query_cnt": shared("multicast_startup_query_count"),
            "mcast_hash_max": NetworkScriptSpellings(
                NetworkScriptSpelling(.bridging("hash_max")), NetworkScriptSpelling(.bridging("multicast_hash_max"))),
            "mcast_last_member_intvl": shared("multicast_last_member_interval"),
            "mcast_membership_intvl": shared("multicast_membership_interval"),
            "mcast_querier_intvl": shared("multicast_querier_interval"),
            "mcast_query_intvl": shared("multicast_query_interval"),
            "mcast_query_response_intvl": shared("multicast_query_response_interval"),
            "mcast_startup_query_intvl": shared("multicast_startup_query_interval"),
            "mcast_igmp_version": scriptsOnly("multicast_igmp_version"),
            "mcast_mld_version": scriptsOnly("multicast_mld_version"),
            "mcast_stats_enabled": scriptsOnly("multicast_stats_enabled"),
            "nf_call_iptables": scriptsOnly("nf_call_iptables"),
            "nf_call_ip6tables": scriptsOnly("nf_call_ip6tables"),
            "nf_call_arptables": scriptsOnly("nf_call_arptables"),
        ]
    }()

    private static let portSpellings: [String: NetworkScriptSpellings] = {
        func shared(_ name: String) -> NetworkScriptSpellings { .same(NetworkScriptSpelling(.bridging(name))) }
        func scriptsOnly(_ name: String) -> NetworkScriptSpellings { NetworkScriptSpellings(NetworkScriptSpelling(.bridging(name)), nil) }
        return [
            "cost": shared("path_cost"), "priority": shared("priority"), "hairpin": shared("hairpin_mode"),
            "isolated": scriptsOnly("isolated"), "learning": scriptsOnly("learning"), "flood": scriptsOnly("unicast_flood"),
            "mcast_flood": scriptsOnly("multicast_flood"), "bcast_flood": scriptsOnly("broadcast_flood"),
            "mcast_to_unicast": scriptsOnly("multicast_to_unicast"), "fastleave": scriptsOnly("multicast_fast_leave"),
            "guard": scriptsOnly("bpdu_guard"), "root_block": scriptsOnly("root_block"), "proxy_arp": scriptsOnly("proxyarp"),
            "proxy_arp_wifi": scriptsOnly("proxyarp_wifi"),
            "neigh_suppress": scriptsOnly("neigh_suppress"), "multicast_router": scriptsOnly("multicast_router"),
        ]
    }()

    // MARK: VLANs

    /// The scripts take the id from `VID`, NetworkManager from `VLAN_ID`; each ignores the other's key, so both are written.
    private static let vlanSpellings: [String: NetworkScriptSpellings] = [
        "id": NetworkScriptSpellings(NetworkScriptSpelling(.key("VID")), NetworkScriptSpelling(.key("VLAN_ID"))),
        "protocol": NetworkScriptSpellings(nil, NetworkScriptSpelling(.key("VLAN_PROTOCOL"), .word)),
        "reorder_hdr": NetworkScriptSpellings(
            NetworkScriptSpelling(.key("REORDER_HDR"), .yesNo), NetworkScriptSpelling(.vlanFlag("NO_REORDER_HDR", when: 0))),
        "gvrp": .same(NetworkScriptSpelling(.key("GVRP"), .yesNo)),
        // Of one pair alone the two are the same.
        "egress_qos_map": NetworkScriptSpellings(
            NetworkScriptSpelling(.key("VLAN_EGRESS_PRIORITY_MAP"), .pairs(separator: " ")),
            NetworkScriptSpelling(.key("VLAN_EGRESS_PRIORITY_MAP"), .pairs(separator: ","))),
        "ingress_qos_map": NetworkScriptSpellings(nil, NetworkScriptSpelling(.key("VLAN_INGRESS_PRIORITY_MAP"), .pairs(separator: ","))),
        "mvrp": NetworkScriptSpellings(nil, NetworkScriptSpelling(.key("MVRP"), .yesNo)),
        "loose_binding": NetworkScriptSpellings(nil, NetworkScriptSpelling(.vlanFlag("LOOSE_BINDING", when: 1))),
    ]
}
