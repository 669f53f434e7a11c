internal import CNetlink
internal import Glibc
public import HostNetwork

/// Who speaks with the host at this moment (`NETLINK_SOCK_DIAG`, as `ss` asks).
public enum SocketDiagnosis {
    /// The established TCP connections of a namespace, and the UDP sockets that corosync uses (ports 5404 and 5405).
    /// - Throws: ``NetlinkError`` where the kernel cannot tell: it may lack `tcp_diag` or `udp_diag`.
    public static func connections(in namespace: NetworkNamespace) throws(NetlinkError) -> [HostFacts.Connection] {
        var socket = try Socket.open(in: namespace, receiveBufferSize: 1 << 20, protocolNumber: NETLINK_SOCK_DIAG)
        var found: [HostFacts.Connection] = []
        for family in [AF_INET, AF_INET6] {
            found += try read(&socket, family, Int32(IPPROTO_TCP), states: 1 << UInt32(TCP_ESTABLISHED))
            // A UDP socket has no state worth the name: all are asked for.
            found += try read(&socket, family, Int32(IPPROTO_UDP), states: .max).filter { $0.purpose != nil }
        }
        return found
    }

    private static func read(
        _ socket: inout Socket, _ family: Int32, _ protocolNumber: Int32, states: UInt32
    ) throws(NetlinkError) -> [HostFacts.Connection] {
        var request = inet_diag_req_v2()
        request.sdiag_family = UInt8(family)
        request.sdiag_protocol = UInt8(protocolNumber)
        request.idiag_states = states
        let isDatagram = protocolNumber == Int32(IPPROTO_UDP)
        return try socket.dump("connections", .dump(SOCK_DIAG_BY_FAMILY, request), into: { [HostFacts.Connection]() }) { found, message in
            guard message.type == Int(SOCK_DIAG_BY_FAMILY), let answer = message.body(inet_diag_msg.self) else { return }
            guard let local = address(answer.id.idiag_src, answer.idiag_family) else { return }
            let remote = address(answer.id.idiag_dst, answer.idiag_family)
            found.append(
                HostFacts.Connection(
                    local: local, port: UInt16(bigEndian: answer.id.idiag_sport), remote: remote.flatMap { $0.isUnspecified ? nil : $0 },
                    remotePort: UInt16(bigEndian: answer.id.idiag_dport), isDatagram: isDatagram))
        }
    }

    /// Four words in the order of the wire; an IPv4 address in an IPv6 socket (`::ffff:192.0.2.1`) is an IPv4 address.
    private static func address(_ words: (UInt32, UInt32, UInt32, UInt32), _ family: UInt8) -> IPAddress? {
        let host = [words.0, words.1, words.2, words.3].map { UInt32(bigEndian: $0) }
        switch Int32(family) {
        case AF_INET: return .v4(host[0])
        case AF_INET6:
            if host[0] == 0, host[1] == 0, host[2] == 0xffff { return .v4(host[3]) }
            return .v6(UInt64(host[0]) << 32 | UInt64(host[1]), UInt64(host[2]) << 32 | UInt64(host[3]))
        default: return nil
        }
    }
}

extension IPAddress {
    /// Whether this is `0.0.0.0` or `::`.
    fileprivate var isUnspecified: Bool { self == .v4(0) || self == .v6(0, 0) }
}
