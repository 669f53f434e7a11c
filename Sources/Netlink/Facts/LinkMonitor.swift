internal import CNetlink
public import HostNetwork

/// Hears of every change of a namespace's links as the kernel tells it (`RTNLGRP_LINK`).
public struct LinkMonitor: ~Copyable {
    /// What the kernel told about a link.
    public struct Event: Hashable, Sendable {
        /// The link's name.
        public let name: LinkName
        /// The kernel's index.
        public let index: Int32
        /// The index of the bond or bridge that it is a port of; `nil` where it is none.
        public let master: Int32?
        /// Whether the link is gone.
        public let isDeleted: Bool
        /// Whether it is switched on (`IFF_UP`).
        public let isUp: Bool
        /// Whether it has a carrier (`IFF_LOWER_UP`).
        public let hasCarrier: Bool
    }

    private var socket: Socket

    /// Begins to listen.
    public static func open(in namespace: NetworkNamespace) throws(NetlinkError) -> LinkMonitor {
        let socket = try Socket.open(in: namespace, receiveBufferSize: 8 << 20)
        try socket.join(RTNLGRP_LINK)
        return LinkMonitor(socket: socket)
    }

    private init(socket: consuming Socket) { self.socket = socket }

    /// What was told since the last call.
    /// - Parameter waiting: how many milliseconds to wait for the first of it.
    /// - Throws: ``NetlinkError`` where so much was told that the kernel dropped some of it.
    public mutating func events(waiting: Int32 = 0) throws(NetlinkError) -> [Event] {
        var events: [Event] = []
        if waiting > 0, !socket.wait(milliseconds: waiting) { return events }
        let attributes = AttributeTable(highest: Int(IFLA_MASTER))
        while true {
            let received = try socket.receive { message in
                let isDeleted = message.type == Int(RTM_DELLINK)
                guard isDeleted || message.type == Int(RTM_NEWLINK), let header = message.body(ifinfomsg.self) else { return }
                // A bridge tells of its ports in messages of its own family, without their state.
                guard header.ifi_family == UInt8(AF_UNSPEC) else { return }
                attributes.parse(message, after: MemoryLayout<ifinfomsg>.size)
                guard let name = attributes[IFLA_IFNAME]?.text else { return }
                events.append(
                    Event(
                        name: LinkName(kernel: name), index: header.ifi_index, master: attributes[IFLA_MASTER]?.i32, isDeleted: isDeleted, isUp: header.ifi_flags & UInt32(IFF_UP) != 0,
                        hasCarrier: header.ifi_flags & UInt32(IFF_LOWER_UP.rawValue) != 0))
            }
            switch received {
            case .messages, .truncated: break
            case .empty: return events
            case .overrun: throw NetlinkError("listen to the kernel's messages about links", .unsettled, .noBufferSpace)
            }
        }
    }
}
