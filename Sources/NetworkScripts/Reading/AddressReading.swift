internal import HostNetwork

/// Reading addresses, gateways and name servers.
extension LinkReading {
    private static let addressKeys = ["IPADDR", "PREFIX", "NETMASK", "GATEWAY", "IPV6ADDR", "IPV6ADDR_SECONDARIES", "IPV6_DEFAULTGW"]

    /// A port's file may hold addresses; no reader sets them.
    mutating func passOverAddresses(_ link: inout Link) {
        guard let master = link.master else { return }
        for key in Self.addressKeys + ["IPADDR0", "IPADDR1"] {
            guard let text = settings.take(key) else { continue }
            leaveAsComment("\(key)=\(text)")
            guard key.hasPrefix("IP") && key.contains("ADDR") else {
                warn(key, "\(key) counts for nothing on a port; it stays in a comment", severity: .note)
                continue
            }
            warn(key, "\(name) is a port of \(master), and a port carries no address: both readers pass \(key) over", fix: "write it in ifcfg-\(master)")
        }
        if let text = settings.take("BOOTPROTO"), ["dhcp", "bootp"].contains(text.lowercased()) {
            leaveAsComment("BOOTPROTO=\(text)")
            warn("BOOTPROTO", "\(name) is a port of \(master), and a port leases no address", fix: "write BOOTPROTO=none")
        }
    }

    mutating func readAddresses(_ link: inout Link) {
        let bootProtocol = settings.take("BOOTPROTO") ?? "none"
        let plain = reader == .networkManager ? bootProtocol.lowercased() : bootProtocol
        switch plain {
        case "dhcp", "bootp": link.dhcp4 = true
        case "none", "static": break
        default:
            if ["none", "static"].contains(bootProtocol.lowercased()) { break }
            if ["dhcp", "bootp"].contains(bootProtocol.lowercased()) {
                passOver(
                    "BOOTPROTO", "initscripts lease no address for BOOTPROTO=\(bootProtocol), only for 'dhcp' in just this spelling",
                    fix: "write BOOTPROTO=dhcp")
                break
            }
            warn("BOOTPROTO", "weft knows no BOOTPROTO=\(bootProtocol)", fix: "none or dhcp")
            leaveAsComment("BOOTPROTO=\(bootProtocol)")
        }
        note("dhcp4", "BOOTPROTO")
        var addresses = readIPv4()
        note("addresses", settings.peek("IPADDR") != nil ? "IPADDR" : "IPV6ADDR")
        if link.dhcp4 == true, reader == .initscripts, !addresses.isEmpty {
            note("addresses", "IPADDR")
            // They set no address of the file beside a lease.
            let keys = file.text.assignments.map(\.key).filter { key in
                ["IPADDR", "PREFIX", "NETMASK"].contains { key.hasPrefix($0) && key.dropFirst($0.count).allSatisfy(\.isNumber) }
            }
            for key in keys where settings.used.contains(key) {
                passOver(key, "initscripts set no address of the file beside a lease: \(key) counts for nothing", fix: "write BOOTPROTO=none, or leave \(key) out")
            }
            addresses = []
        }
        for network in readAliases() {
            if addresses.contains(network) {
                let place = places["address \(network)"]
                findings.append(ScriptFinding(.warning, at: place?.mark, length: place?.length ?? 1, link: name, "\(network) is on \(name) already", fix: "keep one of the two"))
            } else {
                addresses.append(network)
            }
        }
        readGateway(&link, addresses)
        addresses += readIPv6(&link)
        if !addresses.isEmpty { link.addresses = addresses.map { Address($0) } }
        readNameServers(&link)
    }

    // MARK: IPv4

    private mutating func readIPv4() -> [IPNetwork] {
        var found: [IPNetwork] = []
        var number = -1
        while true {
            let suffix = number < 0 ? "" : String(number)
            if settings.peek("IPADDR\(suffix)") == nil {
                // The first that has to be there is IPADDR2.
                if number >= 2 { break }
            } else if let network = ipv4(suffix) {
                if found.contains(network) { warn("IPADDR\(suffix)", "\(network) is there twice", fix: "keep one of the two") } else { found.append(network) }
                note("address \(network)", "IPADDR\(suffix)")
                if reader == .initscripts, let first = found.dropLast().first(where: { AddressOrder.hides($0, network) }) {
                    warn("IPADDR\(suffix)", "initscripts take \(network) for set already, for they find it within \(first)", fix: "write \(network) in front of \(first)")
                }
            }
            number += 1
        }
        let beyond = file.text.assignments.map(\.key).filter { $0.hasPrefix("IPADDR") && (Int($0.dropFirst("IPADDR".count)) ?? -1) > number }
        for key in beyond {
            warn(key, "no reader gets to \(key), for IPADDR\(number) is missing", fix: "count without a gap")
            if let text = settings.take(key) { leaveAsComment("\(key)=\(text)") }
        }
        return found
    }

    private mutating func ipv4(_ suffix: String, in other: Settings? = nil) -> IPNetwork? {
        let key = "IPADDR\(suffix)"
        let isMasked = settings.peek("PREFIX\(suffix)") != nil || settings.peek("NETMASK\(suffix)") != nil
        if !isMasked, let text = settings.peek(key), let network = try? IPNetwork(text), network.address.family == .ipv4 {
            // A slip that leaves no doubt.
            _ = settings.take(key)
            warn(key, "\(key) holds a prefix length, which no reader takes there", fix: "write \(key)=\(network.address) and PREFIX\(suffix)=\(network.prefixLength)")
            return network
        }
        guard let address = parse(key, { text throws(ValueError) in
            let address = try IPAddress(text)
            guard address.family == .ipv4 else { throw ValueError("'\(text)' is no IPv4 address") }
            return address
        }) else { return nil }
        var length = parse("PREFIX\(suffix)") { text throws(ValueError) in try Self.prefixLength(text) }
        let mask = readMask("NETMASK\(suffix)")
        if isMasked, length == nil, mask == nil {
            leaveAsComment("\(key)=\(address)")
            return nil
        }
        if let said = length, let mask, said != mask {
            warn("NETMASK\(suffix)", "PREFIX\(suffix)=\(said) is what counts, and NETMASK\(suffix) says /\(mask)", fix: "leave NETMASK\(suffix) out")
        }
        length = length ?? mask
        if length == nil {
            length = Self.lengthByClass(of: address)
            warn(key, "neither PREFIX\(suffix) nor NETMASK\(suffix) goes with \(address): both readers take /\(length!), by the old classes", fix: "write PREFIX\(suffix)=")
        }
        return IPNetwork(address, prefixLength: length!)
    }

    private static func prefixLength(_ text: String) throws(ValueError) -> Int {
        guard let number = Int(text), (0...32).contains(number) else { throw ValueError("'\(text)' is no prefix length", fix: "0 to 32") }
        return number
    }

    private mutating func readMask(_ key: String) -> Int? {
        if let text = settings.peek(key), let length = Int(text), (1...32).contains(length) {
            _ = settings.take(key)
            warn(key, "\(key)=\(text) is a prefix length, and no netmask to either reader", fix: "write \(key.replacing("NETMASK", with: "PREFIX"))=\(text)")
            return length
        }
        return parse(key) { text throws(ValueError) in try Self.length(ofMask: text) }
    }

    static func length(ofMask text: String) throws(ValueError) -> Int {
        let mask = try IPAddress(text)
        guard let length = IPNetwork.length(ofMask: mask) else { throw ValueError("'\(text)' is no netmask", fix: "write PREFIX=24, or a mask such as 255.255.255.0") }
        return length
    }

    private static func lengthByClass(of address: IPAddress) -> Int {
        guard let first = address.bytes.first else { return 24 }
        return first < 128 ? 8 : first < 192 ? 16 : 24
    }

    /// `ifcfg-eth0:1` and its like: further addresses with a label, which weft does without.
    private mutating func readAliases() -> [IPNetwork] {
        var found: [IPNetwork] = []
        for alias in directory.aliases[name.text] ?? [] {
            var reading = self
            reading.settings = Settings(alias.text, for: reader)
            reading.findings = []
            reading.comments = []
            let parent = settings
            if let key = ["ONPARENT", "ONBOOT"].first(where: { reading.settings.takesYes($0) == false }) {
                leaveOut(alias, for: key, reading.settings)
                continue
            }
            if reading.settings.peek("IPADDR_START") != nil {
                found += reading.readRange()
            } else if reading.settings.peek("PREFIX") == nil, reading.settings.peek("NETMASK") == nil, reading.settings.peek("IPADDR") != nil,
                let length = parent.peek("PREFIX").flatMap({ Int($0) }) ?? parent.peek("NETMASK").flatMap({ try? Self.length(ofMask: $0) }),
                let address = reading.settings.take("IPADDR").flatMap({ try? IPAddress($0) }), let network = IPNetwork(address, prefixLength: length)
            {
                // The mask is inherited from the link's own file.
                found.append(network)
            } else if let network = reading.ipv4("") {
                found.append(network)
            }
            for network in found where places["address \(network)"] == nil {
                places["address \(network)"] = reading.settings.place("IPADDR") ?? reading.settings.place("IPADDR_START")
            }
            _ = reading.settings.take("DEVICE")
            _ = reading.settings.take("ONPARENT")
            findings += reading.findings
            comments += reading.comments
            comments.append("\(alias.name): its address stands here without the label \(alias.suffix)")
            aliasKeys[alias.name] = reading.settings.used
        }
        return found
    }

    /// An alias that does not come with its link is somebody else's to set: the address of a failover program, mostly.
    private mutating func leaveOut(_ alias: ScriptDirectory.LinkFile, for key: String, _ settings: Settings) {
        let place = settings.place(key)
        findings.append(
            ScriptFinding(
                .note, at: place?.mark, length: place?.length ?? 1, link: name,
                "\(alias.name) does not come up with \(name), and a topology's addresses are always there; it stays in a comment",
                fix: "add the address to \(name) if it is not moved between hosts, by a failover program for example"))
        comments += alias.text.lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }.map { "not carried over: \($0) (\(alias.name))" }
        aliasKeys[alias.name] = Set(alias.text.assignments.map(\.key))
    }

    /// `IPADDR_START` to `IPADDR_END` of a `-range` file, which differ in their last number alone. Only initscripts know it.
    private mutating func readRange() -> [IPNetwork] {
        guard reader == .initscripts, let first = settings.peek("IPADDR_START").flatMap({ try? IPAddress($0) }),
            let last = settings.peek("IPADDR_END").flatMap({ try? IPAddress($0) }), first.family == .ipv4, last.family == .ipv4,
            first.bytes.dropLast() == last.bytes.dropLast(), let low = first.bytes.last, let high = last.bytes.last, low <= high
        else { return [] }
        let length = settings.take("PREFIX").flatMap { Int($0) } ?? readMask("NETMASK") ?? Self.lengthByClass(of: first)
        for key in ["IPADDR_START", "IPADDR_END", "CLONENUM_START"] { _ = settings.take(key) }
        return (low...high).compactMap { number in
            (try? IPAddress(first.bytes.dropLast().map { "\($0)." }.joined() + "\(number)")).flatMap { IPNetwork($0, prefixLength: length) }
        }
    }

    // MARK: The default route

    private mutating func readGateway(_ link: inout Link, _ addresses: [IPNetwork]) {
        note("routes", settings.peek("GATEWAY") != nil ? "GATEWAY" : "IPV6_DEFAULTGW")
        var gateway = parse("GATEWAY") { text throws(ValueError) in try IPAddress(text) }
        if reader == .networkManager, gateway == nil, let key = (0...9).map({ "GATEWAY\($0)" }).first(where: { settings.peek($0) != nil }) {
            gateway = parse(key) { text throws(ValueError) in try IPAddress(text) }
        }
        guard let gateway else {
            // Without a router METRIC and DEFROUTE are left over, unless they are for the one of the file `network` (``HostGateway``).
            if reader == .initscripts, directory.hostFile != nil { for key in ["METRIC", "DEFROUTE"] { _ = settings.take(key) } }
            return
        }
        let isDefault = settings.takesYes("DEFROUTE") ?? true
        func counting(_ reason: String) -> String { "GATEWAY=\(gateway) counts for nothing \(reason)" }
        guard isDefault else { return leaveGateway(counting("beside DEFROUTE=no")) }
        guard link.dhcp4 != true || reader == .networkManager, let first = addresses.first else {
            return leaveGateway(counting("without an address of its own"))
        }
        if reader == .initscripts, !first.contains(gateway) {
            return warn(
                "GATEWAY", "initscripts set no default route over \(gateway), which does not lie in \(first.network)",
                fix: "write `default via \(gateway) dev \(name)` in route-\(name)")
        }
        var route = Route(to: .everything(.ipv4), via: gateway, link: name)
        // NetworkManager has metrics of its own, and a key of its own for them.
        route.metric = parse("METRIC") { text throws(ValueError) in
            guard let number = UInt32(text) else { throw ValueError("'\(text)' is no metric") }
            return number
        }
        if let own = connectionMetric("IPV4_ROUTE_METRIC") { route.metric = own }
        route.sourceMark = settings.place("GATEWAY")?.mark
        routes.append(route)
    }

    /// NetworkManager's metric for a link's routes of one family; -1 leaves it to NetworkManager.
    private mutating func connectionMetric(_ key: String) -> UInt32? {
        guard reader == .networkManager else { return nil }
        let number = parse(key) { text throws(ValueError) in
            guard let number = Int64(text), (-1...Int64(UInt32.max)).contains(number) else { throw ValueError("'\(text)' is no metric", fix: "0 to \(UInt32.max)") }
            return number
        }
        return number.flatMap { UInt32(exactly: $0) }
    }

    private mutating func leaveGateway(_ message: String) {
        warn("GATEWAY", "\(message); it stays in a comment")
        comments.append("\(message) (\(file.name))")
    }

    // MARK: IPv6

    private mutating func readIPv6(_ link: inout Link) -> [IPNetwork] {
        let isOn = settings.takesYes("IPV6INIT") ?? (reader == .initscripts)
        if settings.takesYes("DHCPV6C") == true, isOn { link.dhcp6 = true }
        note("dhcp6", "DHCPV6C")
        let first = settings.take("IPV6ADDR")
        let others = settings.take("IPV6ADDR_SECONDARIES")
        guard isOn else {
            if let text = first ?? others {
                warn("IPV6ADDR", "\(reader.displayName) sets no IPv6 address without IPV6INIT=yes", fix: "write IPV6INIT=yes, or leave \(text) out")
                if let first { leaveAsComment("IPV6ADDR=\(first)") }
                if let others { leaveAsComment("IPV6ADDR_SECONDARIES=\(others)") }
            }
            return []
        }
        var found: [IPNetwork] = []
        for (key, text) in [("IPV6ADDR", first), ("IPV6ADDR_SECONDARIES", others)] {
            for word in (text ?? "").split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }) {
                do throws(ValueError) {
                    let network = try IPNetwork(word.contains("/") ? String(word) : "\(word)/64")
                    guard network.address.family == .ipv6 else { throw ValueError("'\(word)' is no IPv6 address") }
                    found.append(network)
                    note("address \(network)", key)
                } catch {
                    warn(key, "\(key): \(error.message)", fix: error.fix)
                    leaveAsComment("\(key)=\(word)")
                }
            }
        }
        if !found.isEmpty || reader == .initscripts, let text = settings.take("IPV6_DEFAULTGW") {
            let plain = String(text.prefix { $0 != "%" })
            if let gateway = try? IPAddress(plain), gateway.family == .ipv6 {
                var route = Route(to: .everything(.ipv6), via: gateway, link: name)
                route.metric = connectionMetric("IPV6_ROUTE_METRIC")
                route.sourceMark = settings.place("IPV6_DEFAULTGW")?.mark
                routes.append(route)
            } else {
                warn("IPV6_DEFAULTGW", "'\(text)' is no IPv6 address")
                leaveAsComment("IPV6_DEFAULTGW=\(text)")
            }
        }
        return found
    }

    private mutating func readNameServers(_ link: inout Link) {
        for number in 1...64 {
            guard settings.peek("DNS\(number)") != nil else { break }
            if reader == .initscripts, number > 3 { break }
            if let server = parse("DNS\(number)", { text throws(ValueError) in try IPAddress(text) }), !link.nameServers.contains(server) {
                link.nameServers.append(server)
            }
        }
        note("dns", "DNS1")
        if reader == .initscripts || link.dhcp4 == true || (link.addresses ?? []).contains(where: { $0.network.address.family == .ipv4 }),
            let text = settings.take("DOMAIN")
        {
            if link.dns == nil { link.dns = LinkDNS() }
            link.dns?.search = text.split(whereSeparator: \.isWhitespace).map { String($0) }
            if settings.peek("DNS1") == nil { note("dns", "DOMAIN") }
        }
        if let zone = settings.take("ZONE") { link.zone = zone }
        note("zone", "ZONE")
    }
}
