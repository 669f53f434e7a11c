internal import HostNetwork

/// What changing an option costs while the link runs. That a link has to be down or without ports for it says the row's
/// ``OptionRow/change``; this is the rest: options that the kernel changes at once, and that are felt all the same.
enum OptionImpacts {
    /// One option's cost.
    struct Cost {
        let impact: Impact
        let reason: String
        var seconds: Double?
    }

    /// The cost of setting an option of a bond, bridge or VLAN.
    /// - Parameter link: the link as it is before, with the options that it has now.
    static func cost(of row: OptionRow, from old: OptionValue?, to new: OptionValue, on link: Link) -> Cost? {
        guard old != new else { return nil }
        switch row.scope {
        case .bond: return bondCost(row, old, new, link)
        case .bridge: return bridgeCost(row, new, link)
        case .bondPort, .bridgePort, .vlan: return nil
        }
    }

    private static func bondCost(_ row: OptionRow, _ old: OptionValue?, _ new: OptionValue, _ link: Link) -> Cost? {
        switch row.name {
        case "miimon" where old == .number(0):
            return Cost(impact: .blip, reason: "ports without a carrier are no longer used")
        case "arp_interval", "arp_ip_target", "ns_ip6_target", "arp_validate", "arp_all_targets", "arp_missed_max":
            return Cost(impact: .flap, reason: "\(row.name): a port whose ARP requests are not answered counts as dead")
        case "ad_actor_sys_prio", "ad_actor_system":
            return Cost(
                impact: .flap, reason: ["\(row.name): the switch sees another partner", link.lacpText].compactMap { $0 }.joined(separator: ", "),
                seconds: Link.lacpSeconds)
        case "min_links" where link.bondMode == .ieee8023ad:
            return Cost(impact: .flap, reason: "min_links: \(link.name) loses its carrier where fewer ports are active")
        case "primary", "primary_reselect", "active_slave", "active_port", "use_carrier", "prio":
            return Cost(impact: .blip, reason: "\(row.name): another port may become the active one")
        case "xmit_hash_policy", "tlb_dynamic_lb":
            return Cost(impact: .blip, reason: "\(row.name): flows change their port, and frames their order")
        default: return nil
        }
    }

    private static func bridgeCost(_ row: OptionRow, _ new: OptionValue, _ link: Link) -> Cost? {
        switch row.name {
        case "stp_state" where new != .number(0):
            return Cost(
                impact: .flap, reason: "STP: each port listens and learns for \(link.settlingText) before it forwards",
                seconds: link.settlingSeconds)
        case "priority" where link.runsSTP:
            return Cost(
                impact: .flap, reason: "STP: the tree may get another root, and ports \(link.settlingText) to forward again",
                seconds: link.settlingSeconds)
        case "vlan_filtering", "vlan_protocol", "vlan_default_pvid":
            return Cost(impact: .blip, reason: "\(row.name): frames are sorted by VLAN in another way from here on")
        case "mcast_snooping", "mcast_querier", "mcast_router":
            return Cost(impact: .blip, reason: "\(row.name): multicast reaches its listeners once they have been asked again")
        default: return nil
        }
    }

    /// The cost of setting an option of a port that stays in its bridge.
    static func portCost(of row: OptionRow, from old: OptionValue?, to new: OptionValue, on bridge: Link) -> Cost? {
        guard old != new else { return nil }
        if row.scope == .bondPort {
            return row.name == "prio" ? Cost(impact: .blip, reason: "prio: another port may become the active one") : nil
        }
        switch row.name {
        case "cost", "priority", "root_block":
            guard bridge.runsSTP else { return nil }
            return Cost(
                impact: .flap, reason: "STP: the tree may take another way, and ports \(bridge.settlingText) to forward again",
                seconds: bridge.settlingSeconds)
        case "isolated", "locked", "learning", "flood", "mcast_flood", "bcast_flood", "mcast_to_unicast", "neigh_suppress", "proxy_arp", "multicast_router":
            return Cost(impact: .blip, reason: "\(row.name): frames take other ways over the port from here on")
        default: return nil
        }
    }
}

extension Link {
    /// Whether a bridge takes part in a spanning tree, be it the kernel's own or that of a program (`stp_state` 2).
    var runsSTP: Bool { (options.number(.stpState) ?? 0) != 0 }

    /// How long a port of this bridge listens and learns before it forwards: twice the forward delay.
    var settlingSeconds: Double {
        let kernelDefault = 1500.0
        return 2 * (options.number(.forwardDelay).map { Double($0) } ?? kernelDefault) / 100
    }

    /// The same in words: `30 s (2 × forward_delay)`.
    var settlingText: String { "\(settlingSeconds.plain) s (2 × forward_delay)" }

    /// What LACP takes at best: `AD_AGGREGATE_WAIT_TIME` of `drivers/net/bonding/bond_3ad.c`.
    static let lacpSeconds = 2.0

    /// What LACP takes after a bond's port has its carrier, in words; `nil` in other modes.
    var lacpText: String? {
        guard bondMode == .ieee8023ad else { return nil }
        let isFast = options.entries.contains { OptionRow.with(id: $0.id)?.name == "ad_lacp_rate" && $0.value == .number(1) }
        return "then LACP (\(Self.lacpSeconds.plain) s at best, up to \(isFast ? 3 : 90) s while the switch holds on to a former partner)"
    }
}

extension Double {
    /// Without decimals where there are none.
    fileprivate var plain: String { self == rounded() ? String(Int(self)) : String(self) }
}
