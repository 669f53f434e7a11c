internal import CNetlink
internal import Glibc
internal import HostNetwork

/// One netlink socket of libnl's, and the only place that sends and receives.
///
/// The socket never blocks. The kernel answers netlink requests before `sendto` returns, and goes on with a dump within
/// `recvmsg`; so when there is nothing to receive, what is missing was lost, and waiting for it would be waiting forever.
@safe struct Socket: ~Copyable {
    /// What one `recvmsg` gave.
    enum Received {
        /// The handler saw the messages.
        case messages
        /// Nothing is there, and nothing will come.
        case empty
        /// The socket's buffer overflowed: answers are missing (`ENOBUFS`).
        case overrun
        /// A message was longer than the buffer, which is now larger.
        case truncated
    }

    private let handle: OpaquePointer
    /// Whether the socket is in another namespace than the program.
    private let isElsewhere: Bool
    /// The cookie of the namespace that the socket is in.
    let namespaceCookie: UInt64
    var statistics = Statistics()
    /// The next free sequence number, by which answers find their request.
    var nextSequence: UInt32 = 1

    /// 32 KB are what the kernel fills at most in a dump; a larger buffer only helps for one very long message.
    private var messageBufferSize = 32 * 1024

    /// Opens a socket in a namespace. A factory, for a throwing initializer could not free what it had made so far.
    /// - Parameter receiveBufferSize: how many bytes of answers the kernel keeps for the socket.
    /// - Parameter protocolNumber: `NETLINK_ROUTE`, or another of netlink's protocols.
    static func open(
        in namespace: NetworkNamespace, receiveBufferSize: Int32, protocolNumber: Int32 = NETLINK_ROUTE
    ) throws(NetlinkError) -> Socket {
        guard let handle = unsafe nl_socket_alloc() else {
            throw NetlinkError("open a netlink socket", .unavailable, KernelErrorCode(rawValue: ENOMEM))
        }
        do {
            try unsafe namespace.connect(handle, protocolNumber: protocolNumber)
            return unsafe Socket(
                handle, namespaceCookie: try configure(handle, receiveBufferSize: receiveBufferSize), isElsewhere: namespace != .current)
        } catch {
            unsafe nl_socket_free(handle)
            throw error
        }
    }

    /// Opens a socket in the namespace that another one is in, for another of netlink's protocols.
    static func open(beside other: borrowing Socket, protocolNumber: Int32) throws(NetlinkError) -> Socket {
        guard other.isElsewhere else { return try open(in: .current, receiveBufferSize: 1 << 20, protocolNumber: protocolNumber) }
        let attempted = "open a netlink socket"
        guard let handle = unsafe nl_socket_alloc() else { throw NetlinkError(attempted, .unavailable, KernelErrorCode(rawValue: ENOMEM)) }
        var connection = unsafe weft_connection()
        unsafe connection.socket = handle
        unsafe connection.protocol = protocolNumber
        unsafe connection.namespace_descriptor = weft_namespace_of(nl_socket_get_fd(other.handle))
        let namespace = unsafe connection.namespace_descriptor
        defer { if namespace >= 0 { close(namespace) } }
        let started = unsafe namespace < 0 ? errno : weft_connect_in_namespace(&connection)
        do throws(NetlinkError) {
            guard started == 0, unsafe connection.setns_error == 0, unsafe connection.connect_result >= 0 else {
                throw NetlinkError(attempted, .unavailable, KernelErrorCode(rawValue: started != 0 ? started : unsafe max(connection.setns_error, connection.connect_error)))
            }
            return unsafe Socket(handle, namespaceCookie: try configure(handle, receiveBufferSize: 1 << 20), isElsewhere: true)
        } catch {
            unsafe nl_socket_free(handle)
            throw error
        }
    }

    private init(_ handle: OpaquePointer, namespaceCookie: UInt64, isElsewhere: Bool) {
        unsafe self.handle = handle
        self.isElsewhere = isElsewhere
        self.namespaceCookie = namespaceCookie
        unsafe nl_socket_disable_msg_peek(handle)
        unsafe nl_socket_set_msg_buf_size(handle, messageBufferSize)
    }

    deinit { unsafe nl_socket_free(handle) }

    private static func configure(_ handle: OpaquePointer, receiveBufferSize: Int32) throws(NetlinkError) -> UInt64 {
        let descriptor = unsafe nl_socket_get_fd(handle)
        func set(_ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
            var value = value
            return unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
        }
        // A chunk of 64 KB has to fit into the send buffer. Answers to a chunk in which every message fails fit into the
        // receive buffer; FORCE goes over the system's limit and needs CAP_NET_ADMIN, which writing needs anyway.
        _ = set(SOL_SOCKET, SO_SNDBUF, 2 * Int32(Chunk.byteLimit))
        if !set(SOL_SOCKET, SO_RCVBUFFORCE, receiveBufferSize) { _ = set(SOL_SOCKET, SO_RCVBUF, receiveBufferSize) }
        let needed: [(name: String, option: Int32)] = [
            ("NETLINK_EXT_ACK", NETLINK_EXT_ACK), ("NETLINK_CAP_ACK", NETLINK_CAP_ACK),
            ("NETLINK_GET_STRICT_CHK", NETLINK_GET_STRICT_CHK),
        ]
        for (name, option) in needed where !set(SOL_NETLINK, option, 1) {
            throw .lastCall("set \(name) on the netlink socket", .unavailable)
        }
        guard unsafe nl_socket_set_nonblocking(handle) >= 0 else { throw .lastCall("make the netlink socket non-blocking", .unavailable) }
        var cookie: UInt64 = 0
        var length = socklen_t(MemoryLayout<UInt64>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) == 0 else {
            throw .lastCall("read the network namespace's cookie", .unavailable)
        }
        return cookie
    }

    /// Has the kernel send the messages of a multicast group to this socket (`RTNLGRP_*`).
    func join(_ group: rtnetlink_groups) throws(NetlinkError) {
        guard unsafe nl_socket_add_membership(handle, Int32(group.rawValue)) >= 0 else {
            throw .lastCall("subscribe to the kernel's messages", .unavailable)
        }
    }

    /// Waits until there is something to receive.
    /// - Returns: whether there is.
    func wait(milliseconds: Int32) -> Bool {
        var waiting = unsafe pollfd(fd: nl_socket_get_fd(handle), events: Int16(POLLIN), revents: 0)
        return unsafe poll(&waiting, 1, milliseconds) > 0
    }

    /// The port that the kernel addresses answers to.
    var port: UInt32 { unsafe nl_socket_get_local_port(handle) }

    /// What a link's driver says of itself; `nil` where it says nothing.
    func driver(of link: LinkName) -> (name: String, busPath: String)? {
        var info = ethtool_drvinfo()
        let error = unsafe link.text.withCString { unsafe weft_driver_info(nl_socket_get_fd(handle), $0, &info) }
        guard error == 0 else { return nil }
        func text(_ bytes: UnsafeRawBufferPointer) -> String { unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
        return unsafe (withUnsafeBytes(of: &info.driver) { unsafe text($0) }, withUnsafeBytes(of: &info.bus_info) { unsafe text($0) })
    }

    /// Writes a setting below `/proc/sys/net` of the socket's namespace, for which netlink has no message.
    func write(_ text: String, toSetting path: String) -> KernelErrorCode? {
        let error = unsafe path.withCString { path in
            unsafe text.withCString { text in
                var setting = unsafe weft_setting(socket_descriptor: nl_socket_get_fd(handle), path: path, text: text, error: 0)
                guard isElsewhere else {
                    unsafe weft_write_setting_here(&setting)
                    return unsafe setting.error
                }
                let started = unsafe weft_write_setting_in_namespace(&setting)
                return unsafe started == 0 ? setting.error : started
            }
        }
        return error == 0 ? nil : KernelErrorCode(rawValue: error)
    }

    /// The settings of a directory under `/proc/sys/net` that can be written, by name; `nil` where there is no such directory.
    func settings(in directory: String) -> [String: String]? {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        let count = unsafe directory.withCString { directory in
            unsafe buffer.withUnsafeMutableBytes { bytes -> Int? in
                var settings = unsafe weft_settings()
                unsafe settings.socket_descriptor = nl_socket_get_fd(handle)
                unsafe settings.is_elsewhere = isElsewhere ? 1 : 0
                unsafe settings.directory = directory
                unsafe settings.buffer = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                unsafe settings.capacity = bytes.count
                return unsafe weft_read_settings(&settings) == 0 ? unsafe settings.count : nil
            }
        }
        guard let count else { return nil }
        let lines = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
        let pairs = lines.compactMap { line in
            line.firstIndex(of: " ").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Sends one or more complete messages at once.
    mutating func send(_ bytes: borrowing [UInt8], messages: Int) -> KernelErrorCode? {
        statistics.sendCalls += 1
        statistics.messagesSent += messages
        return unsafe bytes.withUnsafeBytes { raw in
            // libnl takes a mutable pointer and only reads from it.
            let sent = unsafe nl_sendto(handle, UnsafeMutableRawPointer(mutating: raw.baseAddress), raw.count)
            return sent == Int32(raw.count) ? nil : KernelErrorCode(rawValue: sent < 0 ? errno : EIO)
        }
    }

    /// Receives once, and hands each message to the handler.
    mutating func receive(_ handler: (ReceivedMessage) -> Void) throws(NetlinkError) -> Received {
        var sender = sockaddr_nl()
        var buffer: UnsafeMutablePointer<UInt8>?
        statistics.receiveCalls += 1
        let count = unsafe nl_recv(handle, &sender, &buffer, nil)
        let code = errno
        defer { unsafe free(buffer) }
        guard count > 0 else {
            switch Int32(-count) {
            case 0, NLE_AGAIN: return .empty
            case NLE_NOMEM where code == ENOBUFS: return .overrun
            case NLE_MSG_TRUNC where messageBufferSize < 1 << 20:
                messageBufferSize *= 4
                unsafe nl_socket_set_msg_buf_size(handle, messageBufferSize)
                return .truncated
            default: throw NetlinkError("read from the netlink socket", .refused, KernelErrorCode(rawValue: code))
            }
        }
        // Another program may write to this socket; only the kernel's port is 0.
        guard sender.nl_pid == 0, let buffer = unsafe buffer else { return .messages }
        var remaining = count
        unsafe buffer.withMemoryRebound(to: nlmsghdr.self, capacity: Int(count) / MemoryLayout<nlmsghdr>.size) { first in
            var header = unsafe first
            while unsafe nlmsg_ok(header, remaining) != 0 {
                handler(unsafe ReceivedMessage(header))
                unsafe header = nlmsg_next(header, &remaining)
            }
        }
        return .messages
    }
}

/// What a connection has done so far: for tests of how little it does.
public struct Statistics: Hashable, Sendable {
    /// Messages sent, requests for dumps included.
    public var messagesSent = 0
    /// Calls of `sendmsg`.
    public var sendCalls = 0
    /// Messages sent to change something.
    public var writeMessages = 0
    /// Calls of `recvmsg`.
    public var receiveCalls = 0
    /// Dumps asked for, those taken again included.
    public var dumps = 0
    /// Dumps that were taken again by themselves, because the kernel's state changed meanwhile or a part was lost.
    public var retakenDumps = 0
    /// Snapshots that were taken again as a whole, because their dumps contradicted each other.
    public var retakenSnapshots = 0
}
