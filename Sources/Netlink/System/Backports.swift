internal import CNetlink
public import HostNetwork

extension KernelConnection {
    /// Finds out which of these options the kernel has although its version is older than theirs, as kernels of distributions
    /// often do. What is found shows in ``HostNetwork/kernel`` of every later ``snapshot()``.
    ///
    /// A question costs a message, and is asked once. Without CAP_NET_ADMIN nobody is answered, and the version decides.
    /// - Throws: ``NetlinkError`` where the socket itself fails.
    public mutating func learnBackports(of rows: some Sequence<OptionRow>) throws(NetlinkError) {
        for row in rows {
            guard let since = row.since, kernel.version < since, !kernel.backported.contains(row.id) else { continue }
            if try hasOption(row) { kernel.backported.insert(row.id) }
        }
    }

    /// Asks for one option, of whatever version: whether the kernel has it; `false` too where it does not say.
    ///
    /// The kernel passes over attributes that it does not know, but measures those that it knows before it does anything. So
    /// the loopback link is to be made once more, with an option of impossible length: that fails for the option's length (`ERANGE`)
    /// where the option is known, and because there is a loopback link already (`EEXIST`) where it is not.
    package mutating func hasOption(_ row: OptionRow) throws(NetlinkError) -> Bool {
        guard let kind = row.scope.linkKind else { return false }
        // One bit of an attribute cannot be asked for.
        if case .bridgeFlag = row.wire, let since = row.since { return kernel.version >= since }
        var request = Message(capacity: 256)
        request.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, ifinfomsg())
        request.put(IFLA_IFNAME, "lo")
        request.nest(IFLA_LINKINFO) { message in
            message.put(IFLA_INFO_KIND, kind)
            message.nest(IFLA_INFO_DATA) { $0.put(row.attribute, [UInt8](repeating: 0, count: row.impossibleLength)) }
        }
        let sequence = socket.nextSequence
        socket.nextSequence &+= 1
        let attempted = "ask for the option \(row.name)"
        if let code = socket.send(request.bytes(sequence: sequence, port: socket.port), messages: 1) {
            throw NetlinkError(attempted, .refused, code)
        }
        var answer: KernelErrorCode?
        var isAnswered = false
        while !isAnswered {
            let received = try socket.receive { message in
                guard message.sequence == sequence, Int32(message.type) == NLMSG_ERROR else { return }
                isAnswered = true
                answer = Answer(message).error(attempted)?.code
            }
            if case .empty = received, !isAnswered { return false }
        }
        return answer == KernelErrorCode(rawValue: ERANGE) || answer == .invalidArgument
    }
}

extension OptionRow.Scope {
    /// The kind of the links whose `IFLA_INFO_DATA` holds the options; ports have theirs in their link's.
    fileprivate var linkKind: String? {
        switch self {
        case .bond: "bond"
        case .bridge: "bridge"
        case .vlan: "vlan"
        case .bondPort, .bridgePort: nil
        }
    }
}

extension OptionRow {
    /// A number of bytes that the attribute cannot have.
    fileprivate var impossibleLength: Int {
        switch wire {
        // An empty nest is a whole one; one of a single byte is none.
        case .ipv4List, .ipv6List, .priorityMap: 1
        // The kernel only measures whether there are more than six.
        case .mac: 7
        case .u8, .u16, .u32, .u64, .i32, .bigEndian16, .linkIndex, .vlanFlag, .bridgeFlag: 0
        }
    }
}
