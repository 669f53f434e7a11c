internal import CNetlink
internal import HostNetwork

/// What links tell of themselves and of their place among others, as far as weft has no option for it.
struct OwnFacts {
    /// The addresses of all of them, which bridges keep among their static entries by themselves.
    var addresses: Set<MACAddress> = []
    /// How they are set, so that those which are set alike are read once.
    var settings: [Int32: SettingsPrint] = [:]
    /// Those with an XDP program.
    var programmed: [Int32] = []
    /// What differs from a new link's.
    var entries: [Int32: [Belonging]] = [:]
    /// Whether a bridge tells VLANs apart.
    var anyBridgeFilters = false
    /// Bridges whose spanning tree sets the states of ports, in each VLAN too: such a state is no setting.
    var treeBridges: Set<Int32> = []
    /// The master of each link that has one.
    var masters: [Int32: Int32] = [:]
    /// Links of which weft may make one anew, and what they lie on; zero where on none.
    var parents: [Int32: Int32] = [:]
}

extension KernelConnection {
    /// Reads what all links tell of themselves.
    mutating func ownFacts() throws(NetlinkError) -> OwnFacts {
        let attributes = AttributeTable(highest: max(LinkAttribute.Key.highestNumber, Int(IFLA_XDP)))
        let info = AttributeTable(highest: Int(__IFLA_INFO_MAX) - 1)
        let names = links
        var tokens: [Int32: IPAddress] = [:]
        var flags: [Int32: (flags: UInt32, parent: Int32)] = [:]
        var facts = try socket.dump(
            "links", .dump(Int(RTM_GETLINK), ifinfomsg(), extended: UInt32(RTEXT_FILTER_SKIP_STATS)), into: { OwnFacts() }
        ) { facts, message in
            guard let header = message.body(ifinfomsg.self) else { return }
            let index = header.ifi_index
            attributes.parse(message, after: MemoryLayout<ifinfomsg>.size)
            if let mac = attributes[IFLA_ADDRESS]?.mac { facts.addresses.insert(mac) }
            facts.settings[index] = SettingsPrint(mtu: attributes[IFLA_MTU]?.u32 ?? 0, attributes[IFLA_AF_SPEC])
            if let master = attributes[IFLA_MASTER]?.i32 { facts.masters[index] = master }
            attributes[IFLA_XDP]?.forEachNested { type, attached in
                if type == Int(IFLA_XDP_ATTACHED), attached.u8 != 0 { facts.programmed.append(index) }
            }
            var entries: [Belonging] = []
            info.parse(attributes[IFLA_LINKINFO])
            if info[IFLA_INFO_SLAVE_KIND]?.text == "bridge" {
                info[IFLA_INFO_SLAVE_DATA]?.forEachNested { type, value in
                    if type == Int(IFLA_BRPORT_BACKUP_PORT), let port = names[value.i32] { entries.append(.backupPort(port)) }
                }
            }
            // Only of these does weft ever make one anew.
            if let kind = info[IFLA_INFO_KIND]?.text, ["vlan", "bridge", "bond"].contains(kind) {
                if kind == "bridge" {
                    info[IFLA_INFO_DATA]?.forEachNested { type, value in
                        switch type {
                        case Int(IFLA_BR_VLAN_FILTERING): if value.u8 != 0 { facts.anyBridgeFilters = true }
                        case Int(IFLA_BR_STP_STATE): if value.u32 == 1 { facts.treeBridges.insert(index) }
                        case Int(IFLA_BR_MULTI_BOOLOPT):
                            let flags = value.structure(br_boolopt_multi.self)?.optval ?? 0
                            if flags & 1 << BR_BOOLOPT_MST_ENABLE.rawValue != 0 { facts.treeBridges.insert(index) }
                        default: break
                        }
                    }
                } else {
                    facts.parents[index] = attributes[IFLA_LINK]?.i32 ?? 0
                }
                flags[index] = (header.ifi_flags, kind == "vlan" ? attributes[IFLA_LINK]?.i32 ?? 0 : 0)
                entries += Self.unusualNumbers(attributes)
                attributes[IFLA_AF_SPEC]?.forEachNested { family, nest in
                    guard family == Int(AF_INET6) else { return }
                    nest.forEachNested { type, value in
                        if type == Int(IFLA_INET6_TOKEN), let token = value.ipAddress, token != .v6(0, 0) { tokens[index] = token }
                    }
                }
            } else {
                flags[index] = (header.ifi_flags, -1)
            }
            if !entries.isEmpty { facts.entries[index] = entries }
        }
        for (index, own) in flags where own.parent >= 0 {
            let unusual = Self.unusualFlags(own.flags, beside: flags[own.parent]?.flags)
            if !unusual.isEmpty { facts.entries[index, default: []] += unusual }
        }
        // After the flags: a link without ARP takes none.
        for (index, token) in tokens { facts.entries[index, default: []].append(.token(token)) }
        for (index, bytes) in try neighbourSettings() { facts.settings[index]?.values += bytes }
        return facts
    }

    private static func unusualNumbers(_ attributes: borrowing AttributeTable) -> [Belonging] {
        var found: [Belonging] = []
        for key in LinkAttribute.Key.allCases {
            guard case .number(let number, let usual, let limit) = key.wire, let value = attributes[number]?.u32 else { continue }
            let most = limit.flatMap { attributes[$0]?.u32 } ?? .max
            if value != min(usual, most) { found.append(.attribute(LinkAttribute(key, value))) }
        }
        return found
    }

    /// The flags in which a link differs from a new one.
    /// - Parameter parent: those of the link below a VLAN, of which it has some.
    private static func unusualFlags(_ flags: UInt32, beside parent: UInt32?) -> [Belonging] {
        LinkAttribute.Key.allCases.compactMap { key in
            guard case .flag(let flag, let isInverse) = key.wire else { return nil }
            let inherited = parent.map { $0 & UInt32(IFF_MULTICAST | IFF_NOARP) } ?? UInt32(IFF_MULTICAST)
            guard flags & flag != inherited & flag else { return nil }
            return .attribute(LinkAttribute(key, (flags & flag != 0) == isInverse ? 0 : 1))
        }
    }

    /// The addresses on links' own lists that people have put there. Those of other links get there by themselves, and what a link has got
    /// from one that lies on it.
    mutating func ownAddresses(_ facts: OwnFacts, _ attributes: borrowing AttributeTable) throws(NetlinkError) -> [(Int32, MACAddress)] {
        var header = ndmsg()
        header.ndm_family = UInt8(AF_BRIDGE)
        let listed = try socket.dump("lists of addresses", .dump(Int(RTM_GETNEIGH), header), into: { [(Int32, MACAddress)]() }) { found, message in
            guard message.type == RTM_NEWNEIGH, let header = message.body(ndmsg.self), facts.parents[header.ndm_ifindex] != nil else { return }
            attributes.parse(message, after: MemoryLayout<ndmsg>.size)
            guard attributes[NDA_MASTER] == nil, Int32(header.ndm_flags) & NTF_SELF != 0, let mac = attributes[NDA_LLADDR]?.mac, !mac.isMulticast,
                !facts.addresses.contains(mac)
            else { return }
            found.append((header.ndm_ifindex, mac))
        }
        return listed.filter { index, mac in !listed.contains { $0.1 == mac && facts.parents[$0.0] == index } }
    }

    /// What is set for single VLANs and differs from a new one's.
    mutating func vlanSettings(_ facts: OwnFacts) throws(NetlinkError) -> [(Int32, BridgeVLANSetting)] {
        do throws(NetlinkError) {
            let ofEntries = try vlanSettings(areGlobal: false).filter { index, setting in
                setting.key != .state || !facts.treeBridges.contains(facts.masters[index] ?? index)
            }
            return try ofEntries + vlanSettings(areGlobal: true)
        } catch {
            // Linux 5.6 can tell them, and 5.15 those of a whole bridge.
            if error.code == .notSupported || error.code == .invalidArgument { return [] }
            throw error
        }
    }

    private mutating func vlanSettings(areGlobal: Bool) throws(NetlinkError) -> [(Int32, BridgeVLANSetting)] {
        var header = br_vlan_msg()
        header.family = UInt8(AF_BRIDGE)
        var request = Message(capacity: 256)
        request.begin(Int(RTM_GETVLAN), NLM_F_DUMP, header)
        if areGlobal { request.put(BRIDGE_VLANDB_DUMP_FLAGS, UInt32(BRIDGE_VLANDB_DUMPF_GLOBAL)) }
        let entry = AttributeTable(highest: Int(BRIDGE_VLANDB_GOPTS_MSTI))
        return try socket.dump("VLANs of bridges", request, into: { [(Int32, BridgeVLANSetting)]() }) { found, message in
            guard message.type == RTM_NEWVLAN, let header = message.body(br_vlan_msg.self) else { return }
            message.forEachAttribute(after: MemoryLayout<br_vlan_msg>.size) { type, nest in
                guard type == Int(areGlobal ? BRIDGE_VLANDB_GLOBAL_OPTIONS : BRIDGE_VLANDB_ENTRY) else { return }
                entry.parse(nest)
                let first = areGlobal ? entry[BRIDGE_VLANDB_GOPTS_ID]?.u16 : entry[BRIDGE_VLANDB_ENTRY_INFO]?.structure(bridge_vlan_info.self)?.vid
                guard let first else { return }
                let last = entry[areGlobal ? Int(BRIDGE_VLANDB_GOPTS_RANGE) : Int(BRIDGE_VLANDB_ENTRY_RANGE)]?.u16 ?? first
                for key in BridgeVLANSetting.Key.allCases where key.isGlobal == areGlobal && first <= last {
                    let (number, size, usual) = key.wire
                    guard let value = entry[number]?.number(of: size), value != usual else { continue }
                    // Times are rounded to the kernel's clock; a router found by its queries is no setting.
                    if size == 8, value + 1 == usual { continue }
                    if key == .multicastRouter, value == UInt64(MDB_RTR_TYPE_TEMP) { continue }
                    for vlan in first...last { found.append((Int32(bitPattern: header.ifindex), BridgeVLANSetting(key, value, vlan: vlan))) }
                }
            }
        }
    }
}
