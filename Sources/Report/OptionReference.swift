internal import HostNetwork

/// The reference page of link options, written from the option table: `docs/options.md`.
public enum OptionReference {
    /// The page as Markdown.
    public static var markdown: String {
        var page = """
            # Link options

            Every option that a topology file can set on a link, from the one table in `Sources/HostNetwork/Options`. An option
            stands as a key of its link (for a port: of the port's entry under `ports`). `OPTION: default` sets the
            kernel's default where that is the same on every link. What is unset stays as it is on a link that exists, and is
            the kernel's default on a new one.

            *Changes* says when the kernel lets the option change on a link that exists: **live**, with the link **down**,
            with its ports **out**, or only by making the link **anew**. weft finds the way; the plan shows it.

            """
        for scope in OptionRow.Scope.allCases {
            page += "\n## \(title(scope))\n\n| option | other spellings | values | default | changes | kernel | meaning |\n|---|---|---|---|---|---|---|\n"
            for row in OptionRow.rows(of: scope) { page += line(row) }
        }
        return page + "\n" + rest
    }

    /// What the kernel has besides.
    private static let rest = """
        ## What is no option here

        - `fdb_flush` of a bridge or port, and `clear_active_slave` of a bond, are done and not kept: `bridge fdb flush`, `ip link set`.
        - `mcast_hash_elasticity` (`brctl sethashel`): the kernel takes it and changes nothing, since Linux 5.0.
        - A port's `state`: the kernel's spanning tree sets it, or a program's. `learning_sync` and `hwmode`: of switch chips.
        - `backup_port` and `backup_nhid` of a bridge's port, `tunnel_info` of a VLAN: of switches with VXLAN, which weft does not make.
        - What `bridge vlan set` and `bridge vlan global set` say of single VLANs (multicast, spanning trees of their own): left as it is; a
          port that leaves its bridge and comes back loses it.
        - What is newer than Linux 6.12, on which these options are tested: `broadcast_neighbor` and `lacp_strict` of a bond,
          `actor_port_prio` of its port, `fdb_local_vlan_0` and `mdb_offload_fail_notification` of a bridge.

        """

    private static func line(_ row: OptionRow) -> String {
        let cells = [
            "`\(row.name)`",
            row.aliases.map { "`\($0)`" }.joined(separator: ", "),
            row.rangeText,
            row.kernelDefault.map { row.text(of: $0) } ?? "",
            rule(row.change),
            "`\(row.attributeName)`",
            row.summary + (row.modes == .all ? "" : " In modes \(row.modes.names) only.")
                + (row.since.map { " Linux \($0) and later." } ?? ""),
        ]
        return "| \(cells.joined(separator: " | ")) |\n"
    }

    private static func rule(_ change: OptionRow.ChangeRule) -> String {
        if change.contains(.recreate) { return "anew" }
        let words = [change.contains(.linkDown) ? "down" : nil, change.contains(.noPorts) ? "ports out" : nil].compactMap(\.self)
        return words.isEmpty ? "live" : words.joined(separator: ", ")
    }

    private static func title(_ scope: OptionRow.Scope) -> String {
        switch scope {
        case .bond: "Bonds (`bonds:`)"
        case .bondPort: "Ports of bonds (in `ports:`)"
        case .bridge: "Bridges (`bridges:`)"
        case .bridgePort: "Ports of bridges (in `ports:`)"
        case .vlan: "VLANs (`vlans:`)"
        }
    }
}
