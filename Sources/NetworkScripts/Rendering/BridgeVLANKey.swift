internal import HostNetwork

/// The VLAN table of a bridge's port, or of the bridge itself: `BRIDGE_PORT_VLANS` and `BRIDGE_VLANS`, which NetworkManager knows and
/// initscripts do not.
struct BridgeVLANKey {
    /// The key's name.
    let name: String
    /// The entries; `nil` where nothing is to be written.
    private(set) var value: String?
    /// Why the table cannot be said, or not all of it.
    private(set) var unsayable: (message: String, fix: String?)?

    /// `nil` where the table is the one that a new link gets anyway.
    init?(of link: Link, in network: HostNetwork, dialect: ScriptDialect) {
        guard let table = network.bridgeVLANs[link.name],
            let bridge = link.kind == .bridge ? link : link.master.flatMap({ network[$0] })
        else { return nil }
        let initial = [BridgeVLAN].initial(defaultPVID: bridge.defaultPVID)
        guard table != initial else { return nil }
        name = link.kind == .bridge ? "BRIDGE_VLANS" : "BRIDGE_PORT_VLANS"
        let what = link.kind == .bridge ? "the VLAN table of the bridge itself ('self': \(table.display))" : "its VLAN table (\(table.display))"
        guard dialect == .networkManager else {
            unsayable = (
                dialect == .both
                    ? "\(what) has no spelling that both readers understand alike: NetworkManager reads \(name), initscripts know no VLAN tables"
                    : "\(what) cannot be said: initscripts know no VLAN tables", "render with --dialect networkmanager"
            )
            return
        }
        guard bridge.filtersVLANs else {
            unsayable = ("\(what) cannot be said: NetworkManager heeds \(name) only on a bridge with vlan_filtering", "write vlan_filtering: true for \(bridge.name)")
            return
        }
        // It adds to the table that the kernel has given, and takes nothing away from it.
        let reached = initial.setting(table)
        if reached != initial { value = BridgeVLANText.text(of: reached) }
        guard reached != table else { return }
        unsayable = (
            "\(what) cannot be said to the letter: NetworkManager leaves VLAN \(bridge.defaultPVID) in it, the bridge's vlan_default_pvid",
            "let VLAN \(bridge.defaultPVID) through here too, or write vlan_default_pvid: 0 for \(bridge.name)"
        )
    }
}
