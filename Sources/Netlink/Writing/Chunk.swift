internal import CNetlink
internal import HostNetwork

/// What goes down in one `sendmsg`.
struct Chunk {
    /// The most bytes of a chunk. Its size makes no difference to speed, but answers to all of it must fit into the socket.
    static let byteLimit = 64 * 1024
    /// The most links that are deleted at once: a deletion by group cannot be interrupted.
    static let deletionLimit = 64

    /// One message of a chunk.
    struct Entry {
        /// The place of the action that it belongs to.
        let action: Int
        /// What it does, where that is only a part of the action.
        var part: String?
        /// The link that the message makes, and the index chosen for it.
        var created: (name: LinkName, index: Int32)?
        /// The indexes in the message that were chosen earlier in the same list of actions.
        var references: [Int32] = []
    }

    /// A file of `/proc/sys` that is written, for what netlink has no message for.
    struct Setting {
        /// The place of the action that it belongs to.
        let action: Int
        let path: String
        let value: String
        /// Whether there is nothing to set where there is no such file: a kernel without IPv6 has none to switch off.
        let isOptional: Bool
    }

    /// A link's group before it was moved to the scratch group.
    struct FormerGroup {
        let index: Int32
        let group: UInt32
    }

    private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []
    private(set) var firstSequence: UInt32 = 0
    private var lastOffset = 0
    /// What is written before the messages are sent, after everything before them was acknowledged.
    var settings: [Setting] = []
    /// What to set back if the chunk fails.
    var formerGroups: [FormerGroup] = []

    var isEmpty: Bool { entries.isEmpty && settings.isEmpty }
    /// The places of the actions that it carries out, or parts of them.
    var actions: [Int] { settings.map(\.action) + entries.map(\.action) }

    /// The sequence number of the last message, which is acknowledged.
    var lastSequence: UInt32 { firstSequence &+ UInt32(entries.count) &- 1 }

    /// Whether this much more goes in.
    func hasRoom(for more: Chunk) -> Bool { isEmpty || bytes.count + more.bytes.count <= Self.byteLimit }

    /// Adds a message. Sequence numbers come one after the other, so that an answer's tells its place.
    mutating func append(_ message: borrowing Message, sequence: UInt32, port: UInt32, _ entry: Entry) {
        if entries.isEmpty { firstSequence = sequence }
        lastOffset = bytes.count
        message.append(to: &bytes, sequence: sequence, port: port)
        entries.append(entry)
    }

    /// Adds another chunk's messages, which were numbered right after this one's.
    mutating func append(_ other: Chunk) {
        guard !other.entries.isEmpty else { return }
        if entries.isEmpty { firstSequence = other.firstSequence }
        lastOffset = bytes.count + other.lastOffset
        bytes.append(contentsOf: other.bytes)
        entries.append(contentsOf: other.entries)
    }

    /// Asks for an acknowledgement of the last message. Errors come without asking.
    mutating func requestAcknowledgement() {
        guard !entries.isEmpty else { return }
        let place = lastOffset + MemoryLayout<nlmsghdr>.offset(of: \.nlmsg_flags)!
        unsafe bytes.withUnsafeMutableBytes { raw in
            let flags = unsafe raw.loadUnaligned(fromByteOffset: place, as: UInt16.self)
            unsafe raw.storeBytes(of: flags | UInt16(NLM_F_ACK), toByteOffset: place, as: UInt16.self)
        }
    }
}
