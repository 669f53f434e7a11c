internal import CNetlink
internal import HostNetwork

/// Builds `RTM_NEWADDR` and `RTM_DELADDR` by libnl's route library.
enum AddressEncoder {
    /// The flags that somebody sets; all others tell a state (tentative, permanent, secondary).
    private static let settableFlags = UInt32(
        IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

    static func message(adding address: Address, to index: Int32, _ attempted: String) throws(NetlinkError) -> Message {
        let object = unsafe rtnl_addr_alloc()!
        defer { unsafe rtnl_addr_put(object) }
        try unsafe identify(object, address, index, attempted)
        unsafe rtnl_addr_set_scope(object, Int32(address.scope))
        unsafe rtnl_addr_set_flags(object, address.flags & settableFlags)
        if let broadcast = address.broadcast {
            try check(unsafe withNetlinkAddress(broadcast) { unsafe rtnl_addr_set_broadcast(object, $0) }, attempted)
        }
        if address.validLifetime != nil || address.preferredLifetime != nil {
            unsafe rtnl_addr_set_valid_lifetime(object, address.validLifetime ?? AddressDecoder.forever)
            unsafe rtnl_addr_set_preferred_lifetime(object, address.preferredLifetime ?? address.validLifetime ?? AddressDecoder.forever)
        }
        var built: OpaquePointer?
        try check(unsafe rtnl_addr_build_add_request(object, NLM_F_REPLACE, &built), attempted)
        var message = try unsafe adopt(built, attempted)
        put(farEnd: address, into: &message)
        // libnl 3.7 has no setters for these; kernels before 5.18 pass over it.
        if let metric = address.metric { message.put(IFA_RT_PRIORITY, metric) }
        if address.origin != 0 { message.put(IFA_PROTO, address.origin) }
        return message
    }

    static func message(removing address: Address, from index: Int32, _ attempted: String) throws(NetlinkError) -> Message {
        let object = unsafe rtnl_addr_alloc()!
        defer { unsafe rtnl_addr_put(object) }
        try unsafe identify(object, address, index, attempted)
        var built: OpaquePointer?
        try check(unsafe rtnl_addr_build_delete_request(object, 0, &built), attempted)
        var message = try unsafe adopt(built, attempted)
        put(farEnd: address, into: &message)
        return message
    }

    /// libnl sets no IPv6 address's peer. Of two attributes of a kind the kernel takes the last.
    private static func put(farEnd address: Address, into message: inout Message) {
        guard let peer = address.peer, peer.family == .ipv6 else { return }
        message.put(IFA_ADDRESS, peer.bytes)
    }

    /// What tells an address from all others.
    private static func identify(_ object: OpaquePointer, _ address: Address, _ index: Int32, _ attempted: String) throws(NetlinkError) {
        unsafe rtnl_addr_set_ifindex(object, index)
        try check(
            unsafe withNetlinkAddress(address.network.address, length: address.network.prefixLength) {
                unsafe rtnl_addr_set_local(object, $0)
            }, attempted)
        unsafe rtnl_addr_set_prefixlen(object, Int32(address.network.prefixLength))
        if let peer = address.peer, peer.family == .ipv4 {
            try check(
                unsafe withNetlinkAddress(peer, length: address.network.prefixLength) { unsafe rtnl_addr_set_peer(object, $0) }, attempted)
        }
        if let label = address.label { try check(unsafe rtnl_addr_set_label(object, label), attempted) }
    }
}

/// Calls the body with an address of libnl's, which is gone afterwards: libnl's setters keep a copy or a count of their own.
func withNetlinkAddress(_ address: IPAddress, length: Int? = nil, _ body: (OpaquePointer) -> Int32) -> Int32 {
    let family = address.family == .ipv4 ? AF_INET : AF_INET6
    let bytes = address.bytes
    guard let object = unsafe nl_addr_build(family, bytes, bytes.count) else { return -NLE_NOMEM }
    defer { unsafe nl_addr_put(object) }
    if let length { unsafe nl_addr_set_prefixlen(object, Int32(length)) }
    return unsafe body(object)
}

/// Turns libnl's refusal to build a message into an error.
func check(_ result: Int32, _ attempted: String) throws(NetlinkError) {
    guard result < 0 else { return }
    throw NetlinkError(attempted, .refused, .invalidArgument, detail: unsafe String(cString: nl_geterror(result)))
}

/// Takes over what libnl has built.
func adopt(_ built: OpaquePointer?, _ attempted: String) throws(NetlinkError) -> Message {
    guard let built = unsafe built else { throw NetlinkError(attempted, .refused, .invalidArgument, detail: "libnl built no message") }
    return unsafe Message(adopting: built)
}
