internal import HostNetwork

/// Reading a link's own default route for IPv4: `GATEWAY`, and what decides over it.
extension LinkReading {
    /// - Parameter own: the link's addresses for IPv4 without those of its aliases, as far as the reader sets them.
    mutating func readGateway(_ link: Link, _ own: [IPNetwork]) {
        note("routes", settings.peek("GATEWAY") != nil ? "GATEWAY" : "IPV6_DEFAULTGW")
        let key = reader == .networkManager && settings.peek("GATEWAY") == nil ? (0...9).map { "GATEWAY\($0)" }.first { settings.peek($0) != nil } : "GATEWAY"
        guard let gateway = parse(key ?? "GATEWAY", { text throws(ValueError) in try IPAddress(text) }) else { return readDeviceRoute(own) }
        let what = "\(key ?? "GATEWAY")=\(gateway)"
        func leave(_ reason: String) { leaveGateway("\(what) counts for nothing \(reason)", key ?? "GATEWAY") }
        let device = gatewayDevice
        if let device, device.name != name.text { return leave("beside GATEWAYDEV=\(device.name)\(device.isOfHost ? " in the file network" : "")") }
        // To NetworkManager GATEWAYDEV goes before DEFROUTE.
        if reader == .initscripts || device == nil {
            guard takesYes("DEFROUTE") ?? true else { return leave("beside DEFROUTE=no") }
        }
        guard link.dhcp4 != true || reader == .networkManager, let first = own.first else { return leave("without an address of its own") }
        if reader == .initscripts, !settings.reaches(gateway, from: first) {
            if device != nil { return readDeviceRoute(own) }
            guard first.contains(gateway) else {
                return warn(
                    "GATEWAY", "initscripts set no default route over \(gateway), which does not lie in \(first.network)",
                    fix: "write `default via \(gateway) dev \(name)` in route-\(name)")
            }
            let said = settings.take("NETWORK") ?? ""
            leaveGateway("initscripts set no default route over \(gateway), for NETWORK=\(said) is not the network that it lies in", "NETWORK", fix: "leave NETWORK out")
            return leaveAsComment("NETWORK=\(said)")
        }
        routes.append(defaultRoute(over: gateway, markedBy: key ?? "GATEWAY"))
    }

    /// Where initscripts find the router of `GATEWAY` in no network, or there is none, `GATEWAYDEV` makes a default route without one.
    private mutating func readDeviceRoute(_ own: [IPNetwork]) {
        guard reader == .initscripts, let device = gatewayDevice, device.name == name.text, let first = own.first,
            settings.peek("DEFROUTE").flatMap({ Settings.truth($0, to: reader) }) != false
        else { return }
        let hosts = directory.hostFile.flatMap { Settings($0, for: reader).peek("GATEWAY") }.flatMap { try? IPAddress($0) }
        // With the router of the file `network` it is an ordinary one.
        if settings.peek("GATEWAY") == nil, let hosts, settings.reaches(hosts, from: first) { return }
        _ = settings.take("GATEWAYDEV")
        routes.append(defaultRoute(over: nil, markedBy: "GATEWAYDEV"))
        warn("GATEWAYDEV", "GATEWAYDEV=\(device.name) makes a default route over \(name) without a router, to initscripts", fix: "write GATEWAY=, with a router in \(first.network)")
    }

    /// A default route over the link, with the metric and the table that its reader gives it.
    mutating func defaultRoute(over gateway: IPAddress?, markedBy key: String) -> Route {
        var route = Route(to: .everything(.ipv4), via: gateway, link: name)
        // NetworkManager has metrics of its own, and a key of its own for them.
        route.metric = parse("METRIC") { text throws(ValueError) in
            guard let number = UInt32(text) else { throw ValueError("'\(text)' is no metric") }
            return number
        }
        if let own = connectionMetric("IPV4_ROUTE_METRIC") { route.metric = own }
        route.table = connectionTable(.ipv4)
        route.sourceMark = settings.place(key)?.mark
        return route
    }

    /// The one link that may have a default route. To NetworkManager only the file `network` says so.
    var gatewayDevice: (name: String, isOfHost: Bool)? {
        if reader == .initscripts { return settings.peek("GATEWAYDEV").map { ($0, settings.isOfHost("GATEWAYDEV")) } }
        return directory.hostFile.flatMap { Settings($0, for: reader).peek("GATEWAYDEV") }.map { ($0, true) }
    }

    /// NetworkManager's metric for a link's routes of one family; -1 leaves it to NetworkManager.
    mutating func connectionMetric(_ key: String) -> UInt32? {
        guard reader == .networkManager else { return nil }
        let number = parse(key) { text throws(ValueError) in
            guard let number = Int64(text), (-1...Int64(UInt32.max)).contains(number) else { throw ValueError("'\(text)' is no metric", fix: "0 to \(UInt32.max)") }
            return number
        }
        return number.flatMap { UInt32(exactly: $0) }
    }

    /// NetworkManager's table for a link's routes of one family that say none.
    mutating func connectionTable(_ family: IPAddress.Family) -> UInt32 {
        let key = family == .ipv4 ? "IPV4_ROUTE_TABLE" : "IPV6_ROUTE_TABLE"
        guard reader == .networkManager, settings.peek(key) != nil else { return Route.mainTable }
        if hasRuleFile {
            passOver(key, "beside a file of rules NetworkManager does not look at \(key)", fix: "write ROUTING_RULE_1 in \(file.name) for the rules")
            return Route.mainTable
        }
        let isFirst = !settings.used.contains(key)
        let table = parse(key) { text throws(ValueError) in
            guard let number = UInt32(text) else { throw ValueError("'\(text)' is no table", fix: "0 to \(UInt32.max)") }
            return number
        }
        guard let table, table != 0, table != Route.mainTable else { return Route.mainTable }
        if isFirst {
            warn(
                key, "NetworkManager puts the routes to \(name)'s own networks into table \(table), too, which a topology cannot say", fix: "write `table \(table)` in the route file",
                severity: .note)
            leaveAsComment("\(key)=\(table), for the routes to \(name)'s own networks")
        }
        return table
    }

    private mutating func leaveGateway(_ message: String, _ key: String, fix: String? = nil) {
        warn(key, "\(message); it stays in a comment", fix: fix)
        comments.append("\(message) (\(file.name))")
    }
}

extension Settings {
    /// Whether initscripts find a router in the network of a link's first address. They compare with `NETWORK`, which they work out
    /// where no file says it.
    func reaches(_ gateway: IPAddress, from first: IPNetwork) -> Bool {
        guard first.contains(gateway) else { return false }
        return peek("NETWORK").map { $0 == first.network.address.description } ?? true
    }
}
