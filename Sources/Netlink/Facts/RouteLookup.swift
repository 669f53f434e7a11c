internal import CNetlink
public import HostNetwork

extension KernelConnection {
    /// The link by which the host reaches an address, as the kernel itself routes it, rules included (`RTM_GETROUTE`).
    /// - Parameters:
    ///   - destination: whom it would send to.
    ///   - source: the host's own address that the packet would have.
    /// - Returns: the link; `nil` where there is no way, or the link is not known from a ``snapshot()``.
    public mutating func linkTowards(_ destination: IPAddress, from source: IPAddress) throws(NetlinkError) -> LinkName? {
        guard destination.family == source.family else { return nil }
        var header = rtmsg()
        header.rtm_family = UInt8(destination.family == .ipv4 ? AF_INET : AF_INET6)
        header.rtm_dst_len = UInt8(destination.family.bitWidth)
        header.rtm_src_len = UInt8(source.family.bitWidth)
        var request = Message(capacity: 256)
        request.begin(RTM_GETROUTE, NLM_F_ACK, header)
        request.put(RTA_DST.rawValue, destination.bytes)
        request.put(RTA_SRC.rawValue, source.bytes)

        let sequence = socket.nextSequence
        socket.nextSequence &+= 1
        let attempted = "ask the kernel for its way to \(destination)"
        if let code = socket.send(request.bytes(sequence: sequence, port: socket.port), messages: 1) { throw NetlinkError(attempted, .refused, code) }
        let attributes = AttributeTable(highest: Int(__RTA_MAX.rawValue) - 1)
        var index: Int32 = 0
        var isDone = false
        while !isDone {
            let received = try socket.receive { message in
                guard message.sequence == sequence else { return }
                if message.type == Int(NLMSG_ERROR) {
                    // No way there is an answer too.
                    isDone = true
                } else if message.type == Int(RTM_NEWROUTE) {
                    attributes.parse(message, after: MemoryLayout<rtmsg>.size)
                    index = attributes[RTA_OIF]?.i32 ?? 0
                }
            }
            if case .empty = received { isDone = true }
        }
        return index == 0 ? nil : links[index]
    }
}
