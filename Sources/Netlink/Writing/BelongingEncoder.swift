internal import CNetlink
internal import HostNetwork

/// Builds the messages that set again what belonged to a link.
enum BelongingEncoder {
    /// - Parameter bridge: the index of a group's bridge.
    static func encode(_ entry: Belonging, on index: Int32, bridge: Int32, into message: inout Message) {
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
            header.ifindex = UInt32(bitPattern: bridge)
            message.begin(RTM_NEWMDB, NLM_F_CREATE, header)
            var bytes = group.bytes
            let own = unsafe withUnsafeBytes(of: index) { unsafe [UInt8]($0) }
            if bytes.count >= own.count { bytes.replaceSubrange(..<own.count, with: own) }
            message.put(MDBA_SET_ENTRY, bytes)
            if let source = group.source { message.nest(MDBA_SET_ENTRY_ATTRS) { $0.put(MDBE_ATTR_SOURCE, source.bytes) } }
        // No message sets it: its file is written.
        case .setting: break
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
