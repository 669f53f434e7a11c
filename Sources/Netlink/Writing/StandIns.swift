internal import CNetlink
public import HostNetwork

extension KernelConnection {
    /// Makes links that stand in for cards: one end each of a veth pair. With its other end up it has a carrier; a pair cannot be
    /// made with an end that is up (`ENOTCONN`).
    ///
    /// Not dummies: loading that driver makes a `dummy0` on the host itself. The links are down, as a card is before anybody has
    /// switched it on.
    /// - Parameter links: whose names, MAC addresses and MTUs they get.
    /// - Returns: what the kernel refused, a sentence each.
    public mutating func makeStandIns(for links: [Link]) throws(NetlinkError) -> [String] {
        let taken = Set(links.map(\.name.text))
        var problems: [String] = []
        var number = 0
        for link in links {
            var peer: String
            repeat {
                peer = "peer\(number)"
                number += 1
            } while taken.contains(peer)
            var message = Message(capacity: 1024)
            message.begin(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifinfomsg())
            message.put(IFLA_IFNAME, link.name.text)
            if let mac = link.permanentMAC ?? link.mac { message.put(IFLA_ADDRESS, mac.bytes) }
            // A VRF has more than a pair can have.
            let mtu = link.mtu.map { min($0, 65535) }
            if let mtu { message.put(IFLA_MTU, mtu) }
            message.nest(IFLA_LINKINFO) { message in
                message.put(IFLA_INFO_KIND, "veth")
                message.nest(IFLA_INFO_DATA) { message in
                    message.nest(VETH_INFO_PEER) { message in
                        message.append(ifinfomsg())
                        message.put(IFLA_IFNAME, peer)
                        if let mtu { message.put(IFLA_MTU, mtu) }
                    }
                }
            }
            if let error = try acknowledged(message, "make a stand-in for \(link.name)") { problems.append(error.description) }
        }
        return problems
    }

    /// Sends one message and waits for its acknowledgement.
    private mutating func acknowledged(_ message: borrowing Message, _ attempted: String) throws(NetlinkError) -> NetlinkError? {
        let sequence = socket.nextSequence
        socket.nextSequence &+= 1
        if let code = socket.send(message.bytes(sequence: sequence, port: socket.port), messages: 1) { return NetlinkError(attempted, .refused, code) }
        var answer: NetlinkError?
        var isDone = false
        while !isDone {
            let received = try socket.receive { message in
                guard message.sequence == sequence, message.type == Int(NLMSG_ERROR) else { return }
                isDone = true
                answer = Answer(message).error(attempted)
            }
            if case .empty = received, !isDone { return NetlinkError(attempted, .unsettled, .tryAgain) }
        }
        return answer
    }
}
