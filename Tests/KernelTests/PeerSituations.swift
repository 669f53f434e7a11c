/// More situations from the tests of other configurators, by the kind of link that they are about.
extension `Situations that other programs test` {
    private static let options = "mode: 1, miimon: 100"
    private static let host = "addresses: [10.0.0.1/24, \"2001:db8::1/64\"], gateway: 10.0.0.254"

    /// Bonds, their ports, and what lies on them.
    static let bondSituations: [Situation] = [
        Situation(
            "a bond loses all of its ports and gets them back, one first", ["ens1, ens2", "", "ens2", "ens1, ens2"].map { bonds(bond("b0", $0)) },
            [["b0 address \(first)"], ["ens1 master none", "ens1 address \(first)"], ["ens2 master b0"], ["ens1 master b0"]]),
        Situation(
            "the ports of a bond stand in another order, and one with a lower address joins", [bonds(bond("b0", "ens3, ens2")), bonds(bond("b0", "ens2, ens3")), bonds(bond("b0", "ens1, ens2, ens3"))],
            [["b0 address 02:00:00:00:00:03"], ["b0 address 02:00:00:00:00:03"], ["b0 address 02:00:00:00:00:03"]]),
        Situation(
            "a bridge comes above a bond with the bond's address, and goes again",
            [
                "bonds: {b0: {ports: [ens1, ens2], \(options), \(host)}}", bonds(bond("b0", "ens1, ens2")) + "\nbridges: {br0: {ports: [b0], \(host)}}",
                "bonds: {b0: {ports: [ens1, ens2], \(options), \(host)}}",
            ]),
        Situation(
            "a bond goes through all of its modes below a VLAN, a bridge and addresses",
            [0, 4, 6, 1].map {
                bonds(bond("b0", "ens1, ens2", "mode: \($0), miimon: 100")) + "\nvlans: {v10: {parent: b0, id: 10}, v20: {parent: b0, id: 20, \(host), up: true}}\nbridges: {br0: {ports: [v10]}}"
            }),
        Situation(
            "a bond with an address of its own, jumbo frames, LACP and a router comes and goes",
            ["", "bonds: {b0: {ports: [ens1, ens2], mac: 02:aa:00:00:00:09, mtu: 9000, mode: 802.3ad, miimon: 100, updelay: 0, downdelay: 0, lacp_rate: fast, xmit_hash_policy: layer3+4, \(host)}}", ""],
            [[], ["b0 address 02:aa:00:00:00:09", "ens1 address 02:aa:00:00:00:09", "ens2 mtu 9000"], ["ens1 address \(first)", "ens2 mtu 1500"]]),
        Situation(
            "ports leave their bonds with an MTU and an address of their own, and go from one bond to the other",
            [
                bonds("b0: {ports: [ens1, ens2], \(options), mtu: 9000}", bond("b1", "ens3")), "bonds: {b1: {ports: [ens2, ens3], \(options)}}\nethernets: {ens1: {mtu: 9000, mac: 02:aa:00:00:00:01}}",
                "ethernets: {ens1: {mtu: 1400}, ens2: {mtu: 2000, mac: 02:aa:00:00:00:02}}\nbridges: {br0: {ports: [ens2]}}",
            ],
            [["ens1 mtu 9000", "ens2 mtu 9000"], ["ens1 mtu 9000", "ens1 address 02:aa:00:00:00:01", "ens2 mtu 1500"], ["ens1 mtu 1400", "ens2 mtu 2000", "ens2 address 02:aa:00:00:00:02", "ens3 mtu 1500"]]),
        Situation(
            "every option of a bond that its mode knows is set, and taken back",
            [
                "mode: 1, miimon: 50, updelay: 100, downdelay: 150, peer_notif_delay: 200, use_carrier: false, primary: ens2, primary_reselect: better, fail_over_mac: active, resend_igmp: 7, num_grat_arp: 9, all_slaves_active: true, min_links: 2, lp_interval: 5, ad_select: count, xmit_hash_policy: encap3+4",
                "mode: 1, miimon: 100, updelay: default, downdelay: default, peer_notif_delay: default, use_carrier: default, primary: default, primary_reselect: default, fail_over_mac: default, resend_igmp: default, num_grat_arp: default, all_slaves_active: default, min_links: default, lp_interval: default, ad_select: default, xmit_hash_policy: default",
            ].map { bonds(bond("b0", "ens1, ens2", $0)) },
            [["b0 info_data.primary ens2", "b0 info_data.num_peer_notif 9", "b0 info_data.ad_select count"], ["b0 info_data.primary none", "b0 info_data.fail_over_mac none", "b0 info_data.updelay 0"]]),
        Situation(
            "ARP monitoring is switched off with its targets, and on again",
            ["arp_interval: 100, arp_ip_target: [192.0.2.1, 192.0.2.2]", "arp_interval: 0, arp_ip_target: []", "miimon: 255, updelay: 65535", "arp_interval: 100, arp_ip_target: [192.0.2.9]"].map {
                bonds(bond("b0", "ens1, ens2", "mode: 1, \($0)"))
            },
            [[], ["b0 info_data.arp_interval 0", "b0 info_data.arp_ip_target none"], ["b0 info_data.updelay 65535"], ["b0 info_data.arp_ip_target 192.0.2.9"]]),
        Situation(
            "the MTUs of a bond, its VLAN and their bridge go up, apart and down",
            [(1500, 1500, 1500), (9000, 9000, 9000), (9000, 1500, 1400), (1280, 1280, 1280)].map { bond, vlan, bridge in
                "bonds: {b0: {ports: [ens1, ens2], \(options), mtu: \(bond)}}\nvlans: {v10: {parent: b0, id: 10, mtu: \(vlan)}}\nbridges: {br0: {ports: [v10], mtu: \(bridge), \(host)}}"
            },
            [[], ["ens1 mtu 9000", "v10 mtu 9000", "br0 mtu 9000"], ["ens2 mtu 9000", "v10 mtu 1500", "br0 mtu 1400"], ["ens2 mtu 1280"]]),
    ]

    /// Bridges, their ports and VLANs.
    static let bridgeSituations: [Situation] = [
        Situation(
            "the ports of a bridge go to one of another name, and its address with them", ["br0", "br1", "br0"].map { "bridges: {\($0): {ports: [ens1, ens2], \(host)}}" },
            [["ens1 master br0"], ["ens1 master br1", "ens2 master br1"]]),
        Situation(
            "an access port becomes a trunk, its ids change, and it is one again",
            ["access: 101", "trunk: [101, 200-250], native: 5", "trunk: [102, 300-305]", "access: 102", "vlans: []"].map { "bridges: {br0: {vlan_filtering: true, ports: [{name: ens1, \($0)}, {name: ens2, trunk: [1-4094]}]}}" }),
        Situation(
            "filtering is switched on, off with the ports' VLANs kept, and on with others",
            [
                "bridges: {br0: {ports: [ens1, ens2]}}", "bridges: {br0: {vlan_filtering: true, ports: [{name: ens1, access: 10}, {name: ens2, trunk: [10, 20]}], self: {trunk: [10]}}}\nvlans: {br0.10: {parent: br0, id: 10, addresses: [10.0.0.1/24]}}",
                "bridges: {br0: {vlan_filtering: false, ports: [ens1, ens2]}}", "bridges: {br0: {vlan_filtering: true, ports: [{name: ens1, access: 20}, ens2]}}",
            ]),
        Situation(
            "every option of a bridge and its port is set, and taken back",
            [
                "bridges: {br0: {ports: [{name: ens1, path_cost: 42, priority: 10, hairpin: true, guard: true, fastleave: true, learning: false, flood: false, mcast_flood: false, bcast_flood: false, neigh_suppress: true, mcast_router: 2, isolated: true, group_fwd_mask: 0x4000}], priority: 42, ageing: 42, forward_delay: 29, hello_time: 10, max_age: 10, mcast_last_member_count: 42, mcast_router: 0, mcast_snooping: false, mcast_startup_query_count: 42, mcast_query_use_ifaddr: true, mcast_querier: true, hash_max: 1024, mcast_last_member_interval: 42, mcast_membership_interval: 42, mcast_querier_interval: 42, mcast_query_interval: 42, mcast_query_response_interval: 42, mcast_startup_query_interval: 42, mcast_igmp_version: 3, mcast_mld_version: 2, vlan_filtering: true, vlan_protocol: 802.1ad, vlan_stats_enabled: true, mcast_stats_enabled: true, group_address: \"01:80:C2:00:00:0E\", group_fwd_mask: 8}}",
                "bridges: {br0: {ports: [{name: ens1, priority: default, hairpin: default, guard: default, fastleave: default, learning: default, flood: default, mcast_flood: default, bcast_flood: default, neigh_suppress: default, mcast_router: default, isolated: default, group_fwd_mask: default}], priority: default, ageing: default, forward_delay: default, hello_time: default, max_age: default, mcast_last_member_count: default, mcast_router: default, mcast_snooping: default, mcast_startup_query_count: default, mcast_query_use_ifaddr: default, mcast_querier: default, hash_max: default, mcast_last_member_interval: default, mcast_membership_interval: default, mcast_querier_interval: default, mcast_query_interval: default, mcast_query_response_interval: default, mcast_startup_query_interval: default, mcast_igmp_version: default, mcast_mld_version: default, vlan_filtering: default, vlan_protocol: default, vlan_stats_enabled: default, mcast_stats_enabled: default, group_address: default, group_fwd_mask: default}}",
            ], [["br0 info_data.ageing_time 4200", "br0 info_data.group_addr 01:80:c2:00:00:0e"], ["br0 info_data.ageing_time 30000", "br0 info_data.mcast_startup_query_intvl 3125"]]),
        Situation(
            "a VLAN and a bridge for each id become one bridge that tells VLANs apart, and are made of it again",
            [
                "trunks: {ens1: {vlans: [10, 20]}}\nbridges: {brvlan-10: {\(host)}}",
                "bridges: {br0: {vlan_filtering: true, ports: [{name: ens1, trunk: [10, 20]}], self: {trunk: [10]}}}\nvlans: {br0.10: {parent: br0, id: 10, \(host)}}",
                "trunks: {ens1: {vlans: [10, 20]}}\nbridges: {brvlan-10: {\(host)}}",
            ], [["ens1.10 master brvlan-10"], ["ens1 master br0"], ["ens1 master none", "ens1.10 master brvlan-10"]]),
    ]

    /// VLANs and what they lie on.
    static let vlanSituations: [Situation] = [
        Situation("two VLANs swap their ids", [(10, 20), (20, 10), (10, 30)].map { "vlans: {a: {parent: ens1, id: \($0), addresses: [10.0.0.1/24]}, b: {parent: ens1, id: \($1)}}\nbridges: {br0: {ports: [b]}}" }, [["a info_data.id 10"], ["a info_data.id 20", "b info_data.id 10", "b master br0"]]),
        Situation(
            "a VLAN's flags are set together, one by one, and taken back",
            ["gvrp: true, mvrp: true, loose_binding: true, reorder_hdr: false", "gvrp: false, reorder_hdr: true", "mvrp: default, loose_binding: default, gvrp: default, reorder_hdr: default"].map { "vlans: {v10: {parent: ens1, id: 10, \($0)}}" },
            [["v10 info_data.flags GVRP,LOOSE_BINDING,MVRP"], ["v10 info_data.flags LOOSE_BINDING,MVRP,REORDER_HDR"], ["v10 info_data.flags REORDER_HDR"]]),
        Situation("a VLAN stays when the bond below it goes", [bonds(bond("b0", "ens1")) + "\nvlans: {v10: {parent: b0, id: 10, \(host)}}", "vlans: {v10: {parent: ens1, id: 10, \(host)}}"], [["v10 link b0"], ["v10 link ens1", "ens1 master none"]]),
        Situation("a VLAN has an address of its own, its parent another", ["mac: 02:aa:00:00:00:01}}", "mac: 02:aa:00:00:00:02}}\nethernets: {ens1: {mac: 02:aa:00:00:00:03}}", "mac: 02:aa:00:00:00:03}}"].map { "vlans: {v10: {parent: ens1, id: 10, \(host), \($0)" }, [["v10 address 02:aa:00:00:00:01", "ens1 address \(first)"], ["v10 address 02:aa:00:00:00:02", "ens1 address 02:aa:00:00:00:03"]]),
        Situation("the tags of a stack change places", [("802.1ad", "802.1Q"), ("802.1Q", "802.1ad"), ("802.1ad", "802.1ad")].map { "vlans: {s: {parent: ens1, id: 5, protocol: \($0)}, c: {parent: s, id: 5, protocol: \($1), \(host), egress_qos_map: {1: 2}}}" }, [["c info_data.protocol 802.1Q"], ["s info_data.protocol 802.1Q", "c info_data.protocol 802.1ad"]]),
    ]
}
