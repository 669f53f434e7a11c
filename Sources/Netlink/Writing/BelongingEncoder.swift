internal import CNetlink
internal import HostNetwork

/// Builds the messages that set again what belonged to a link.
enum BelongingEncoder {
    /// - Parameter other: the index of the other link that the entry names: a group's bridge, a port's backup.
    static func encode(_ entry: Belonging, on index: Int32, naming other: Int32, into message: inout Message) {
        var link = ifinfomsg()
        link.ifi_index = index
        switch entry {
        case .neighbour(let neighbour):
            message.begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header(of: neighbour, on: index))
            message.put(NDA_DST, neighbour.address.bytes)
            if let mac = neighbour.mac { message.put(NDA_LLADDR, mac.bytes) }
            if let origin = neighbour.origin { message.put(NDA_PROTOCOL, origin) }
        case .forwarding(let forwarding):
            var header = ndmsg()
            header.ndm_family = UInt8(AF_BRIDGE)
            header.ndm_ifindex = index
            header.ndm_state = forwarding.state
            header.ndm_flags = forwarding.flags | UInt8(forwarding.isOfBridge == true ? NTF_SELF : NTF_MASTER)
            message.begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header)
            message.put(NDA_LLADDR, forwarding.mac.bytes)
            if let vlan = forwarding.vlan { message.put(NDA_VLAN, vlan) }
        case .group(let group):
            var header = br_port_msg()
            header.family = UInt8(AF_BRIDGE)
            header.ifindex = UInt32(bitPattern: other)
            message.begin(RTM_NEWMDB, NLM_F_CREATE, header)
            var bytes = group.bytes
            let own = unsafe withUnsafeBytes(of: index) { unsafe [UInt8]($0) }
            if bytes.count >= own.count { bytes.replaceSubrange(..<own.count, with: own) }
            message.put(MDBA_SET_ENTRY, bytes)
            if let source = group.source { message.nest(MDBA_SET_ENTRY_ATTRS) { $0.put(MDBE_ATTR_SOURCE, source.bytes) } }
        case .ownAddress(let mac):
            var header = ndmsg()
            header.ndm_family = UInt8(AF_BRIDGE)
            header.ndm_ifindex = index
            header.ndm_state = UInt16(NUD_PERMANENT)
            header.ndm_flags = UInt8(NTF_SELF)
            message.begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header)
            message.put(NDA_LLADDR, mac.bytes)
        case .attribute(let attribute):
            switch attribute.key.wire {
            case .number(let number, _, _):
                message.begin(RTM_NEWLINK, 0, link)
                message.put(number, attribute.value)
            case .flag(let flag, let isInverse):
                link.ifi_change = flag
                link.ifi_flags = (attribute.value != 0) == isInverse ? 0 : flag
                message.begin(RTM_NEWLINK, 0, link)
            }
        case .token(let token):
            message.begin(RTM_SETLINK, 0, link)
            message.nest(IFLA_AF_SPEC) { $0.nest(AF_INET6) { $0.put(IFLA_INET6_TOKEN, token.bytes) } }
        case .backupPort:
            message.begin(RTM_NEWLINK, 0, link)
            message.nest(IFLA_LINKINFO) { message in
                message.put(IFLA_INFO_SLAVE_KIND, "bridge")
                message.nest(IFLA_INFO_SLAVE_DATA) { $0.put(IFLA_BRPORT_BACKUP_PORT, other) }
            }
        case .vlanSetting(let setting): encode(setting, on: index, into: &message)
        // No message sets it: its file is written.
        case .setting: break
        }
    }

    private static func encode(_ setting: BridgeVLANSetting, on index: Int32, into message: inout Message) {
        var header = br_vlan_msg()
        header.family = UInt8(AF_BRIDGE)
        header.ifindex = UInt32(bitPattern: index)
        message.begin(RTM_NEWVLAN, 0, header)
        message.nest(setting.key.isGlobal ? BRIDGE_VLANDB_GLOBAL_OPTIONS : BRIDGE_VLANDB_ENTRY) { message in
            if setting.key.isGlobal {
                message.put(BRIDGE_VLANDB_GOPTS_ID, setting.vlan)
            } else {
                message.put(BRIDGE_VLANDB_ENTRY_INFO, plain: bridge_vlan_info(flags: UInt16(BRIDGE_VLAN_INFO_ONLY_OPTS), vid: setting.vlan))
            }
            let (number, size, _) = setting.key.wire
            switch size {
            case 1: message.put(number, UInt8(truncatingIfNeeded: setting.value))
            case 2: message.put(number, UInt16(truncatingIfNeeded: setting.value))
            case 4: message.put(number, UInt32(truncatingIfNeeded: setting.value))
            default: message.put(number, setting.value)
            }
        }
    }

    static func encode(removing neighbour: Neighbour, on index: Int32, into message: inout Message) {
        message.begin(RTM_DELNEIGH, 0, header(of: neighbour, on: index))
        message.put(NDA_DST, neighbour.address.bytes)
    }

    private static func header(of neighbour: Neighbour, on index: Int32) -> ndmsg {
        var header = ndmsg()
        header.ndm_family = UInt8(neighbour.address.family == .ipv4 ? AF_INET : AF_INET6)
        header.ndm_ifindex = index
        header.ndm_state = UInt16(NUD_PERMANENT)
        header.ndm_flags = neighbour.flags | (neighbour.isProxy ? UInt8(NTF_PROXY) : 0)
        return header
    }
}
