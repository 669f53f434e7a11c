internal import HostNetwork

/// Reading addresses, gateways and name servers.
extension LinkReading {
    private static let addressKeys = ["IPADDR", "PREFIX", "NETMASK", "GATEWAY", "IPV6ADDR", "IPV6ADDR_SECONDARIES", "IPV6_DEFAULTGW"]

    /// A port's file may hold addresses; no reader sets them.
    mutating func passOverAddresses(_ link: inout Link) {
        guard let master = link.master ?? impossibleMaster else { return }
        for key in Self.addressKeys + ["IPADDR0", "IPADDR1"] {
            guard let text = settings.take(key) else { continue }
            leaveAsComment("\(key)=\(text)")
            guard key.hasPrefix("IP") && key.contains("ADDR") else {
                warn(key, "\(key) counts for nothing on a port; it stays in a comment", severity: .note)
                continue
            }
            warn(key, "\(name) is \(link.master == nil ? "to be " : "")a port of \(master), and a port carries no address: both readers pass \(key) over", fix: "write it in ifcfg-\(master)")
        }
        if let text = settings.take("BOOTPROTO"), ["dhcp", "bootp"].contains(text.lowercased()) {
            leaveAsComment("BOOTPROTO=\(text)")
            warn("BOOTPROTO", "\(name) is \(link.master == nil ? "to be " : "")a port of \(master), and a port leases no address", fix: "write BOOTPROTO=none")
        } else if let text = settings.peek("BOOTPROTO"), !["none", "static"].contains(text.lowercased()) {
            leaveAsComment("BOOTPROTO=\(text)")
            warn("BOOTPROTO", "BOOTPROTO=\(text) counts for nothing on a port; it stays in a comment", severity: .note)
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
        hasIPv4 = link.dhcp4 == true || !addresses.isEmpty
        readGateway(link, addresses)
        readAliases(&addresses)
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

    /// - Parameter guessing: who takes the old class's mask where the file says none.
    mutating func ipv4(_ suffix: String, guessing: String = "both readers") -> IPNetwork? {
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
            warn(key, "neither PREFIX\(suffix) nor NETMASK\(suffix) goes with \(address): \(guessing) take /\(length!), by the old classes", fix: "write PREFIX\(suffix)=")
        }
        return IPNetwork(address, prefixLength: length!)
    }

    static func prefixLength(_ text: String) throws(ValueError) -> Int {
        guard let number = Int(text), (0...32).contains(number) else { throw ValueError("'\(text)' is no prefix length", fix: "0 to 32") }
        return number
    }

    mutating func readMask(_ key: String) -> Int? {
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

    static func lengthByClass(of address: IPAddress) -> Int {
        guard let first = address.bytes.first else { return 24 }
        return first < 128 ? 8 : first < 192 ? 16 : 24
    }

    // MARK: IPv6

    private mutating func readIPv6(_ link: inout Link) -> [IPNetwork] {
        let isOn = takesYes("IPV6INIT") ?? (reader == .initscripts)
        hasIPv6 = isOn
        if takesYes("DHCPV6C") == true, isOn { link.dhcp6 = true }
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
        let found = readIPv6Words("IPV6ADDR") + readIPv6Words("IPV6ADDR_SECONDARIES")
        if !found.isEmpty || reader == .initscripts, let text = settings.take("IPV6_DEFAULTGW") {
            let plain = String(text.prefix { $0 != "%" })
            if reader == .networkManager, takesYes("IPV6_DEFROUTE") == false {
                warn("IPV6_DEFAULTGW", "IPV6_DEFAULTGW=\(text) counts for nothing to NetworkManager beside IPV6_DEFROUTE=no; it stays in a comment")
                leaveAsComment("IPV6_DEFAULTGW=\(text)")
                return found
            }
            if let gateway = try? IPAddress(plain), gateway.family == .ipv6 {
                var route = Route(to: .everything(.ipv6), via: gateway, link: name)
                route.metric = connectionMetric("IPV6_ROUTE_METRIC")
                route.table = connectionTable(.ipv6)
                route.sourceMark = settings.place("IPV6_DEFAULTGW")?.mark
                routes.append(route)
            } else {
                warn("IPV6_DEFAULTGW", "'\(text)' is no IPv6 address")
                leaveAsComment("IPV6_DEFAULTGW=\(text)")
            }
        }
        return found
    }

    /// The addresses of a key, separated by blanks.
    mutating func readIPv6Words(_ key: String) -> [IPNetwork] {
        var found: [IPNetwork] = []
        for word in (settings.take(key) ?? "").split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }) {
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
        return found
    }
}
