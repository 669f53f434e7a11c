internal import CNetlink
internal import Glibc
internal import HostNetwork

/// A route as one message tells it, with its links still by index.
struct DecodedRoute {
    var route: Route
    var link: Int32 = 0
    /// The links of ``Route/nextHops``, in their order.
    var nextHopLinks: [Int32] = []
}

/// Reads routes out of `RTM_NEWROUTE`.
///
/// By the message layer: libnl 3.7's route objects pass over what they do not know, and weft has to know that there was
/// something, for a route with unknown attributes cannot be put back elsewhere.
struct RouteDecoder: ~Copyable {
    private let attributes = AttributeTable(highest: Int(__RTA_MAX.rawValue) - 1)
    private let hopAttributes = AttributeTable(highest: Int(__RTA_MAX.rawValue) - 1)

    /// The attributes that a ``Route`` keeps in words, and those that only tell a state or repeat something.
    private static let known: Set<Int> = {
        let types = [
            RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC, RTA_METRICS, RTA_MULTIPATH, RTA_CACHEINFO, RTA_TABLE, RTA_VIA,
            RTA_EXPIRES, RTA_PREF, RTA_PAD, RTA_UID, RTA_SRC,
        ]
        return Set(types.map { Int($0.rawValue) })
    }()

    /// Reads one message; `nil` for what is no IPv4 or IPv6 route, cached, or one of those that the kernel keeps by itself in the local table.
    func decode(_ message: ReceivedMessage) -> DecodedRoute? {
        guard message.type == RTM_NEWROUTE, let header = message.body(rtmsg.self) else { return nil }
        // The local table is the longest of all on most hosts, so this comes before any parsing.
        let isOfKernelsTable = UInt32(header.rtm_table) == Route.localTable && Int32(header.rtm_protocol) == RTPROT_KERNEL
        guard header.rtm_flags & UInt32(RTM_F_CLONED) == 0, !isOfKernelsTable else { return nil }
        let family: IPAddress.Family
        switch Int32(header.rtm_family) {
        case AF_INET: family = .ipv4
        case AF_INET6: family = .ipv6
        default: return nil
        }
        attributes.parse(message, after: MemoryLayout<rtmsg>.size)
        let address = attributes[RTA_DST]?.ipAddress ?? IPNetwork.everything(family).address
        guard let destination = IPNetwork(address, prefixLength: Int(header.rtm_dst_len)) else { return nil }

        var route = Route(to: destination, link: nil)
        route.table = attributes[RTA_TABLE]?.u32 ?? UInt32(header.rtm_table)
        route.metric = attributes[RTA_PRIORITY]?.u32
        route.source = attributes[RTA_PREFSRC]?.ipAddress
        route.scope = header.rtm_scope
        route.origin = header.rtm_protocol
        route.type = header.rtm_type
        route.tos = header.rtm_tos
        route.flags = header.rtm_flags & Self.keptFlags
        route.expires = expires()
        if header.rtm_src_len != 0 { route.sourcePrefix = attributes[RTA_SRC]?.ipAddress.flatMap { IPNetwork($0, prefixLength: Int(header.rtm_src_len)) } }
        // A next hop object is gone with its links.
        route.hasUnknownAttributes = attributes[RTA_NH_ID] != nil
        let preference = attributes[RTA_PREF]?.u8 ?? 0
        let hasMetrics = decodeMetrics(into: &route)
        if hasMetrics || preference != 0 || attributes.contains(where: { Self.isOther($0) }) {
            route.otherAttributes = attributes.encoded { number in
                Self.isOther(number) || (hasMetrics && number == Int(RTA_METRICS.rawValue)) || (preference != 0 && number == Int(RTA_PREF.rawValue))
            }
        }

        var decoded = DecodedRoute(route: route)
        if let hops = attributes[RTA_MULTIPATH] {
            decodeNextHops(hops, into: &decoded)
        } else {
            decoded.route.gateway = Self.gateway(attributes)
            // IPv6 tells the loopback link for a blackhole, which goes nowhere all the same.
            let goesNowhere = [RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW].contains { UInt8($0) == route.type }
            if !goesNowhere || family == .ipv4 { decoded.link = attributes[RTA_OIF]?.i32 ?? 0 }
        }
        return decoded
    }

    /// The flags that somebody sets; all others tell a state (`RTNH_F_DEAD`, `RTNH_F_LINKDOWN`, offloading).
    static let keptFlags = UInt32(RTNH_F_ONLINK | RTNH_F_PERVASIVE)

    private static func gateway(_ attributes: borrowing AttributeTable) -> IPAddress? {
        if let gateway = attributes[RTA_GATEWAY]?.ipAddress { return gateway }
        // `struct rtvia`: two bytes of family, and the address.
        guard let via = attributes[RTA_VIA], unsafe via.bytes.count > 2 else { return nil }
        return unsafe IPAddress(bytes: via.bytes.dropFirst(2))
    }

    /// Only IPv6 routes have a lifetime; the kernel tells it in clock ticks.
    private func expires() -> UInt32? {
        let ticks = attributes[RTA_CACHEINFO]?.structure(rta_cacheinfo.self)?.rta_expires ?? 0
        return ticks == 0 ? nil : UInt32(max(0, ticks)) / Self.ticksPerSecond
    }

    /// `USER_HZ`: what the kernel counts in towards user space, whatever it counts in itself.
    private static let ticksPerSecond = UInt32(max(1, sysconf(Int32(_SC_CLK_TCK))))

    private static func isOther(_ number: Int) -> Bool { !known.contains(number) && number != Int(RTA_NH_ID.rawValue) }

    /// Reads the one metric that a file can say.
    /// - Returns: whether there are others.
    private func decodeMetrics(into route: inout Route) -> Bool {
        guard let metrics = attributes[RTA_METRICS] else { return false }
        var hasOthers = false
        metrics.forEachNested { type, value in
            switch type {
            case Int(RTAX_MTU): route.mtu = value.u32
            // A lock is a mask over the other metrics; a plain route says 0.
            case Int(RTAX_LOCK) where value.u32 == 0: break
            default: hasOthers = true
            }
        }
        return hasOthers
    }

    private func decodeNextHops(_ hops: Attribute, into decoded: inout DecodedRoute) {
        let raw = unsafe hops.bytes
        guard let base = raw.baseAddress else { return }
        var hop = unsafe UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(to: rtnexthop.self)
        var remaining = Int32(raw.count)
        while unsafe weft_nexthop_ok(hop, remaining) != 0 {
            unsafe hopAttributes.parse(weft_nexthop_attributes(hop), length: weft_nexthop_attributes_length(hop))
            let gateway = Self.gateway(hopAttributes)
            if hopAttributes.contains(where: { $0 != Int(RTA_GATEWAY.rawValue) && $0 != Int(RTA_VIA.rawValue) }) {
                decoded.route.hasUnknownAttributes = true
            }
            let told = unsafe hop.pointee
            // The name is filled in when the links are known.
            decoded.route.nextHops.append(
                Route.NextHop(
                    gateway: gateway, link: LinkName(kernel: ""), weight: Int(told.rtnh_hops) + 1,
                    flags: UInt32(told.rtnh_flags) & Self.keptFlags))
            decoded.nextHopLinks.append(told.rtnh_ifindex)
            unsafe hop = weft_nexthop_next(hop, &remaining)
        }
    }
}
