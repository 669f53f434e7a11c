internal import CNetlink
internal import Glibc
internal import HostNetwork

/// Programs' sockets that are bound to one link (`SO_BINDTODEVICE`, a link-local address, a packet socket): they know it by its
/// index, so one made anew under the same name is a stranger to them, and nobody but their program can bind them again.
struct BoundSockets: ~Copyable {
    private var socket: Socket
    private var found: [Found] = []

    private struct Found {
        let index: Int32
        /// Such as `UDP`.
        let sort: String
        /// Such as `port 67`; `nil` where there is nothing to say.
        let detail: String?
        let inode: UInt32
    }

    /// Asks the kernel of the namespace that a connection is in. What it cannot tell, because it lacks a module for it, is left out.
    /// - Returns: a phrase a socket, such as `the binding of a UDP socket (port 67, dnsmasq)`, by the link's index.
    static func find(to links: Set<Int32>, beside connection: borrowing Socket) -> [(Int32, String)] {
        guard !links.isEmpty, let socket = try? Socket.open(beside: connection, protocolNumber: NETLINK_SOCK_DIAG) else { return [] }
        var search = BoundSockets(socket: socket)
        for family in [AF_INET, AF_INET6] {
            // A connection that is over, or not yet one, is nobody's.
            search.internet(family, IPPROTO_TCP, "TCP", states: ~(1 << UInt32(TCP_TIME_WAIT) | 1 << UInt32(TCP_SYN_RECV)))
            search.internet(family, IPPROTO_UDP, "UDP", states: .max)
            search.internet(family, IPPROTO_RAW, "raw", states: .max)
        }
        search.packets()
        let bound = search.found.filter { links.contains($0.index) }
        let owners = SocketOwners.find(Set(bound.map(\.inode)))
        var phrases: [(Int32, String)] = []
        for socket in bound {
            let about = [socket.detail, owners[socket.inode]].compactMap(\.self).joined(separator: ", ")
            let phrase = "the binding of a \(socket.sort) socket\(about.isEmpty ? "" : " (\(about))")"
            if !phrases.contains(where: { $0 == (socket.index, phrase) }) { phrases.append((socket.index, phrase)) }
        }
        return phrases
    }

    private init(socket: consuming Socket) { self.socket = socket }

    private mutating func internet(_ family: Int32, _ protocolNumber: Int, _ sort: String, states: UInt32) {
        var request = inet_diag_req_v2()
        request.sdiag_family = UInt8(family)
        request.sdiag_protocol = UInt8(protocolNumber)
        request.idiag_states = states
        let isRaw = protocolNumber == IPPROTO_RAW
        let sockets = try? socket.dump("sockets", .dump(SOCK_DIAG_BY_FAMILY, request), into: { [Found]() }) { found, message in
            guard message.type == Int(SOCK_DIAG_BY_FAMILY), let answer = message.body(inet_diag_msg.self), answer.id.idiag_if != 0 else { return }
            // Of a raw socket the kernel tells the protocol in the port's place.
            let number = UInt16(bigEndian: answer.id.idiag_sport)
            let detail = number == 0 ? nil : "\(isRaw ? "protocol" : "port") \(number)"
            found.append(Found(index: Int32(bitPattern: answer.id.idiag_if), sort: sort, detail: detail, inode: answer.idiag_inode))
        }
        found += sockets ?? []
    }

    /// Sockets of `AF_PACKET`, as DHCP clients, LLDP and captures have them.
    private mutating func packets() {
        var request = packet_diag_req()
        request.sdiag_family = UInt8(AF_PACKET)
        request.pdiag_show = UInt32(PACKET_SHOW_INFO)
        let sockets = try? socket.dump("packet sockets", .dump(SOCK_DIAG_BY_FAMILY, request), into: { [Found]() }) { found, message in
            guard message.type == Int(SOCK_DIAG_BY_FAMILY), let answer = message.body(packet_diag_msg.self),
                let info = message.attribute(PACKET_DIAG_INFO, after: MemoryLayout<packet_diag_msg>.size)?.structure(packet_diag_info.self),
                info.pdi_index != 0
            else { return }
            found.append(Found(index: Int32(bitPattern: info.pdi_index), sort: "packet", detail: nil, inode: answer.pdiag_ino))
        }
        found += sockets ?? []
    }
}

/// Which program has a socket open: only for a few, for every process's open files are looked through.
enum SocketOwners {
    /// The names of programs, by their sockets' inodes. Of other users' processes only a privileged reader learns.
    static func find(_ inodes: Set<UInt32>) -> [UInt32: String] {
        var owners: [UInt32: String] = [:]
        guard !inodes.isEmpty else { return [:] }
        for process in names(in: "/proc") where process.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) {
            for file in names(in: "/proc/\(process)/fd") {
                guard let target = SystemFiles.target(of: "/proc/\(process)/fd/\(file)"), target.hasPrefix("socket:["),
                    let inode = UInt32(target.dropFirst(8).dropLast()), inodes.contains(inode), owners[inode] == nil
                else { continue }
                owners[inode] = SystemFiles.text(of: "/proc/\(process)/comm")?.split(separator: "\n").first.map(String.init)
            }
        }
        return owners
    }

    private static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
