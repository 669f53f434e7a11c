internal import CNetlink
internal import HostNetwork

/// Builds `RTM_NEWROUTE` and `RTM_DELROUTE` by libnl's route library.
enum RouteEncoder {
    enum Verb { case add, replace, remove }

    static func message(
        _ verb: Verb, _ route: Route, indexes: [LinkName: Int32], _ attempted: String
    ) throws(NetlinkError) -> Message {
        let object = unsafe rtnl_route_alloc()!
        defer { unsafe rtnl_route_put(object) }
        try check(
            unsafe withNetlinkAddress(route.destination.address, length: route.destination.prefixLength) {
                unsafe rtnl_route_set_dst(object, $0)
            }, attempted)
        if let prefix = route.sourcePrefix {
            try check(unsafe withNetlinkAddress(prefix.address, length: prefix.prefixLength) { unsafe rtnl_route_set_src(object, $0) }, attempted)
        }
        unsafe rtnl_route_set_table(object, route.table)
        unsafe rtnl_route_set_protocol(object, route.origin)
        unsafe rtnl_route_set_tos(object, route.tos)
        unsafe rtnl_route_set_scope(object, scope(of: route, verb))
        unsafe rtnl_route_set_flags(object, route.flags)
        try check(unsafe rtnl_route_set_type(object, route.type), attempted)
        if let metric = route.metric { unsafe rtnl_route_set_priority(object, metric) }
        if let source = route.source {
            try check(unsafe withNetlinkAddress(source) { unsafe rtnl_route_set_pref_src(object, $0) }, attempted)
        }
        // Metrics that are kept as they came hold the MTU, too.
        let hasMetrics = Message.attributes(in: route.otherAttributes).contains(Int(RTA_METRICS.rawValue))
        if let mtu = route.mtu, !hasMetrics || verb == .remove { try check(unsafe rtnl_route_set_metric(object, Int32(RTAX_MTU), mtu), attempted) }
        if route.nextHops.isEmpty {
            if route.gateway != nil || route.link != nil {
                try unsafe addHop(
                    object, gateway: route.gateway, index: route.link.flatMap { indexes[$0] } ?? 0, weight: 1, flags: 0, route, attempted)
            }
        } else {
            for hop in route.nextHops {
                try unsafe addHop(
                    object, gateway: hop.gateway, index: indexes[hop.link] ?? 0, weight: hop.weight, flags: hop.flags, route, attempted)
            }
        }
        var built: OpaquePointer?
        switch verb {
        case .add: try check(unsafe rtnl_route_build_add_request(object, NLM_F_EXCL, &built), attempted)
        case .replace: try check(unsafe rtnl_route_build_add_request(object, NLM_F_REPLACE, &built), attempted)
        case .remove: try check(unsafe rtnl_route_build_del_request(object, 0, &built), attempted)
        }
        var message = try unsafe adopt(built, attempted)
        // libnl 3.7 has no setter for a lifetime.
        if let expires = route.expires, verb != .remove { message.put(RTA_EXPIRES.rawValue, expires) }
        if verb != .remove { message.append(encoded: route.otherAttributes) }
        return message
    }

    /// As `ip` chooses it where nothing is said.
    private static func scope(of route: Route, _ verb: Verb) -> UInt8 {
        if let scope = route.scope { return scope }
        guard route.family == .ipv4 else { return UInt8(RT_SCOPE_UNIVERSE.rawValue) }
        switch Int(route.type) {
        case Int(RTN_LOCAL), Int(RTN_NAT): return UInt8(RT_SCOPE_HOST.rawValue)
        case Int(RTN_BROADCAST), Int(RTN_MULTICAST), Int(RTN_ANYCAST): return UInt8(RT_SCOPE_LINK.rawValue)
        case Int(RTN_UNICAST):
            // NOWHERE in a removal means any scope.
            if verb == .remove { return UInt8(RT_SCOPE_NOWHERE.rawValue) }
            let isDirect = route.gateway == nil && route.nextHops.isEmpty
            return UInt8(isDirect ? RT_SCOPE_LINK.rawValue : RT_SCOPE_UNIVERSE.rawValue)
        default: return UInt8(RT_SCOPE_UNIVERSE.rawValue)
        }
    }

    private static func addHop(
        _ object: OpaquePointer, gateway: IPAddress?, index: Int32, weight: Int, flags: UInt32, _ route: Route, _ attempted: String
    ) throws(NetlinkError) {
        guard let hop = unsafe rtnl_route_nh_alloc() else { throw NetlinkError(attempted, .refused, .noBufferSpace) }
        if index != 0 { unsafe rtnl_route_nh_set_ifindex(hop, index) }
        unsafe rtnl_route_nh_set_weight(hop, UInt8(clamping: weight - 1))
        unsafe rtnl_route_nh_set_flags(hop, flags)
        var result: Int32 = 0
        if let gateway {
            result = unsafe withNetlinkAddress(gateway) { address in
                // A gateway of the other family (an IPv4 route by an IPv6 router) is told in an attribute of its own.
                if gateway.family == route.family {
                    unsafe rtnl_route_nh_set_gateway(hop, address)
                    return 0
                }
                return unsafe rtnl_route_nh_set_via(hop, address)
            }
        }
        // From here on the route owns it.
        unsafe rtnl_route_add_nexthop(object, hop)
        try check(result, attempted)
    }
}
