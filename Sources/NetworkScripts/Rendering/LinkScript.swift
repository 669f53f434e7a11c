internal import HostNetwork

/// One link's files.
struct LinkScript {
    private(set) var files: [ScriptFile] = []
    private(set) var findings: [ScriptFinding] = []

    private let link: Link
    private let network: HostNetwork
    private let dialect: ScriptDialect
    private var lines: [String] = []

    init(
        _ link: Link, in network: HostNetwork, routes: [Route], rules: (ipv4: [String], ipv6: [String]), dialect: ScriptDialect, source: String,
        machineID: String?, hardwareAddress: MACAddress?
    ) {
        self.link = link
        self.network = network
        self.dialect = dialect
        let header = "\(ScriptFile.headerStart)\(source). Change that and render again: changes made here will be lost."
        lines = [header, Self.audience(dialect)]
        checkName()
        writeIdentity(machineID, hardwareAddress)
        writeKind()
        writeLink()
        let first = Self.ordered((link.addresses ?? []).map(\.network).filter { $0.address.family == .ipv4 }, dialect).first
        let routeLines = RouteLines(routes, of: link, first: first, dialect: dialect)
        if let master = link.master {
            writePort(of: master)
        } else {
            writeHost(gateway: routeLines.gateway, hasIPv6Routes: !routeLines.ipv6.isEmpty)
        }
        var beside = [("route", routeLines.ipv4), ("route6", routeLines.ipv6)]
        if dialect == .initscripts {
            beside += [("rule", rules.ipv4), ("rule6", rules.ipv6)]
        } else {
            for (index, rule) in rules.ipv4.enumerated() { put("ROUTING_RULE_\(index + 1)", rule) }
            for (index, rule) in rules.ipv6.enumerated() { put("ROUTING_RULE6_\(index + 1)", rule) }
        }
        files = [ScriptFile("ifcfg-\(link.name)", lines, link: link.name)]
        for (name, routes) in beside where !routes.isEmpty {
            files.append(ScriptFile("\(name)-\(link.name)", [header] + routes, link: link.name))
        }
        for (route, message, fix) in routeLines.unsayable {
            findings.append(
                ScriptFinding(
                    .error, at: route.sourceMark ?? link.origin, link: link.name, "\(displayName): \(message)", fix: fix, canBeLeftOut: true))
        }
    }

    /// Whom the file is for. No key followed by `=` may stand in a comment: the initscripts find some by searching the text.
    private static func audience(_ dialect: ScriptDialect) -> String {
        switch dialect {
        case .both: "# For both readers alike. NM_CONTROLLED is not set: the link is NetworkManager's where that runs, else initscripts'."
        case .initscripts: "# For initscripts. NM_CONTROLLED keeps NetworkManager away."
        case .networkManager: "# For NetworkManager."
        }
    }

    // MARK: Writing

    private mutating func put(_ key: String, _ value: String) { lines.append("\(key)=\(ShellWord.quoted(value))") }

    private mutating func put(_ key: String, _ words: [String]) {
        if !words.isEmpty { lines.append("\(key)=\"\(words.joined(separator: " "))\"") }
    }

    private mutating func refuse(_ message: String, fix: String) {
        findings.append(ScriptFinding(.error, at: link.origin, link: link.name, "\(displayName): \(message)", fix: fix))
    }

    /// What is written without it is still of use: an error, or a warning in a lossy rendering.
    private mutating func leaveOut(_ message: String, fix: String? = nil) {
        findings.append(ScriptFinding(.error, at: link.origin, link: link.name, "\(displayName): \(message)", fix: fix, canBeLeftOut: true))
    }

    private var displayName: String { "\(link.kind == .nic ? "NIC" : link.kind == .vlan ? "VLAN" : link.kind.displayName) \(link.name)" }

    private func readBy(_ reader: ScriptReader) -> Bool { dialect.readers.contains(reader) }

    // MARK: The link

    private mutating func checkName() {
        let name = link.name.text
        if readBy(.initscripts) {
            if !name.utf8.allSatisfy({ ShellWord.isPlain($0) && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ",") }) || name.hasPrefix("-") {
                refuse("the initscripts need a name of letters, digits and _ . + - @ %", fix: "choose a plainer name")
            }
            if name.contains("-range") { refuse("the initscripts take a name with '-range' in it for a range of aliases", fix: "choose another name") }
        }
        if let suffix = ScriptNames.ignoredSuffixes(by: dialect.readers).first(where: { name.hasSuffix($0) }) {
            refuse("a file whose name ends in '\(suffix)' is taken for a backup and not read", fix: "choose another name")
        }
    }

    private mutating func writeIdentity(_ machineID: String?, _ hardwareAddress: MACAddress?) {
        put("DEVICE", link.name.text)
        put("NAME", link.name.text)
        if let hardwareAddress, link.kind == .nic { put("HWADDR", hardwareAddress.description.uppercased()) }
        switch link.kind {
        case .bond: put("TYPE", "Bond")
        case .bridge: put("TYPE", "Bridge")
        case .vlan: put("TYPE", "Vlan")
        case .nic, .loopback, .other: put("TYPE", "Ethernet")
        }
        if link.kind == .bond || link.kind == .vlan, readBy(.initscripts), ScriptNames.isHelper(link.name) {
            // Or else ifup would run the helper of this name in place of its own.
            put("DEVICETYPE", "eth")
        }
        if let machineID, let uuid = LinkUUID.text(machineID: machineID, link: link.name.text) { put("UUID", uuid) }
        if dialect == .initscripts { put("NM_CONTROLLED", "no") }
        writeState()
        guard let alias = link.alias, !alias.isEmpty else { return }
        guard ShellWord.isOneLine(alias) else {
            return leaveOut("the description has a line break, which no reader takes in a file", fix: "write it in one line")
        }
        put("DESCRIPTION", alias)
        findings.append(
            ScriptFinding(
                .note, at: link.origin, link: link.name,
                "\(displayName): the description is kept as DESCRIPTION, for people and for `weft import`; neither reader gives it to the link"))
    }

    private mutating func writeState() {
        if link.isUp == nil, !link.kind.isManaged, link.master == nil {
            findings.append(
                ScriptFinding(
                    .note, at: link.origin, link: link.name,
                    "\(displayName): the topology does not say whether it is up; the file brings it up, or nothing of it would be set"))
        }
        guard link.isUp == false else { return put("ONBOOT", "yes") }
        guard link.kind.isManaged else { return put("ONBOOT", "no") }
        if let upper = network.uppers(of: link.name).first(where: { $0.isUp != false }) {
            leaveOut("it is to be down, but whoever brings \(upper.name) up switches it on")
        } else if dialect == .initscripts {
            put("ONBOOT", "yes")
            return put("LINKSTATUS", "down")
        } else {
            leaveOut(
                "NetworkManager does not know a link that is made and stays down; ONBOOT=no leaves it unmade", fix: "render with --dialect initscripts")
        }
        put("ONBOOT", "no")
    }

    private mutating func writeKind() {
        var options = link.options
        switch link.kind {
        case .bond:
            // The initscripts make a bond only where BONDING_OPTS says something.
            if options[.mode] == nil { options[.mode] = OptionRow.mode.kernelDefault }
            if let delays = OptionRow.named("miimon", in: .bond), options[delays] == nil, mustSayMIIMon(options) { options[.miimon] = .number(0) }
            dropIdleDelays(&options)
        case .bridge:
            // NetworkManager takes a missing one for no; the initscripts leave it as it is.
            if options[.stpState] == nil { options[.stpState] = .number(0) }
        case .vlan:
            put("VLAN", "yes")
            if let parent = link.parent { put("PHYSDEV", parent.text) }
        case .nic, .loopback, .other: return
        }
        guard let scope = link.kind.optionScope else { return }
        let keys = OptionKeys(options, scope: scope, dialect: dialect, conditions: link.scriptConditions)
        for unsayable in keys.unsayable { leaveOut(unsayable.message, fix: unsayable.fix) }
        if link.kind == .bond {
            put("BONDING_MASTER", "yes")
            put("BONDING_OPTS", Self.ordered(keys.bonding))
        }
        for (key, value) in keys.keys { put(key, value) }
        if !keys.vlanFlags.isEmpty { put("VLAN_FLAGS", keys.vlanFlags.joined(separator: ",")) }
        put("BRIDGING_OPTS", keys.bridging)
        if link.kind == .bridge { writeVLANTable() }
    }

    private mutating func writeVLANTable() {
        guard let key = BridgeVLANKey(of: link, in: network, dialect: dialect) else { return }
        if let (message, fix) = key.unsayable { leaveOut(message, fix: fix) }
        if let value = key.value { put(key.name, value) }
    }

    /// NetworkManager watches the carrier every 100 ms where nothing is said, the kernel never; in the modes that need it both do.
    private func mustSayMIIMon(_ options: OptionValues) -> Bool {
        guard readBy(.networkManager), options.number(.arpInterval) ?? 0 == 0 else { return false }
        let mode = options.number(.mode).flatMap { BondMode(rawValue: $0) } ?? .balanceRR
        return BondModes.withARPMonitor.contains(mode)
    }

    /// The driver refuses even a delay of 0 while nothing watches the carrier.
    private func dropIdleDelays(_ options: inout OptionValues) {
        guard options.number(.miimon) ?? 0 == 0 else { return }
        for name in ["updelay", "downdelay"] {
            if let row = OptionRow.named(name, in: .bond), options[row] == .number(0) { options[row] = nil }
        }
    }

    /// The initscripts skip an ARP target whose text is a part of one that is set already, so the short ones come first.
    private static func ordered(_ words: [String]) -> [String] {
        words.map { word in
            guard word.hasPrefix("arp_ip_target=") else { return word }
            let targets = word.dropFirst("arp_ip_target=".count).split(separator: ",")
            let isMisread = targets.indices.contains { later in targets[..<later].contains { $0.contains(targets[later]) } }
            return isMisread ? "arp_ip_target=" + targets.sorted { ($0.count, $0) < ($1.count, $1) }.joined(separator: ",") : word
        }
    }

    private mutating func writeLink() {
        refuseTheRest()
        if let mac = link.mac { put("MACADDR", mac.description) }
        if let mtu = link.mtu { put("MTU", String(mtu)) }
        if let length = link.txQueueLength {
            leaveOut("a transmit queue's length ('txqueuelen' = \(length)) has no key in these files")
        }
    }

    /// What ifcfg has no key for, or only one of its readers.
    private mutating func refuseTheRest() {
        if let names = link.alternativeNames, !names.isEmpty {
            leaveOut("further names ('altnames': \(names.joined(separator: ", "))) have no key in these files")
        }
        if let mode = link.addressGeneration, mode != .eui64 {
            leaveOut("'addr_gen_mode' = \(mode.name) has no key in these files that means the kernel's own way")
        }
        guard link.hasIPv6 == false else { return }
        if dialect == .networkManager { return put("IPV6_DISABLED", "yes") }
        leaveOut("initscripts cannot switch IPv6 off on a link", fix: "render with --dialect networkmanager")
    }

    // MARK: Ports and hosts

    private mutating func writePort(of master: LinkName) {
        put("BOOTPROTO", "none")
        if link.addresses?.isEmpty == false || link.isLeasing(.ipv4) || link.isLeasing(.ipv6) {
            leaveOut("a port carries no address: both readers pass it over", fix: "give the address to \(master)")
        }
        if network[master]?.kind == .bond {
            // Never in quotes: the initscripts find a bond's ports by searching the files' text.
            put("MASTER", master.text)
            put("SLAVE", "yes")
            let keys = OptionKeys(link.portOptions, scope: .bondPort, dialect: dialect, conditions: [])
            for unsayable in keys.unsayable { leaveOut("as a port, \(unsayable.message)", fix: unsayable.fix) }
            for (key, value) in keys.keys { put(key, value) }
            return
        }
        put("BRIDGE", master.text)
        let keys = OptionKeys(link.portOptions, scope: .bridgePort, dialect: dialect, conditions: [])
        for unsayable in keys.unsayable { leaveOut("as a port, \(unsayable.message)", fix: unsayable.fix) }
        put("BRIDGING_OPTS", keys.bridging)
        writeVLANTable()
    }

    private mutating func writeHost(gateway: IPAddress?, hasIPv6Routes: Bool) {
        let addresses = (link.addresses ?? []).map(\.network)
        let ipv4 = Self.ordered(addresses.filter { $0.address.family == .ipv4 }, dialect)
        let ipv6 = addresses.filter { $0.address.family == .ipv6 }
        if link.isLeasing(.ipv4), !ipv4.isEmpty, readBy(.initscripts) {
            leaveOut("the initscripts set no address of the file on a link with DHCP", fix: "render with --dialect networkmanager")
        }
        put("BOOTPROTO", link.isLeasing(.ipv4) ? "dhcp" : "none")
        for (index, network) in ipv4.enumerated() {
            let number = index == 0 ? "" : String(index)
            put("IPADDR\(number)", network.address.description)
            put("PREFIX\(number)", String(network.prefixLength))
            // Of 31 and 32 bits the initscripts work out a broadcast address that is a host's own; a plus leaves it to the kernel's rule.
            if network.prefixLength > 30, readBy(.initscripts) { put("BROADCAST\(number)", "+") }
        }
        if let gateway { put("GATEWAY", gateway.description) }
        // Where nothing is wanted of IPv6, neither reader is to touch it: the kernel's own ways stay.
        put("IPV6INIT", ipv6.isEmpty && !hasIPv6Routes && !link.isLeasing(.ipv6) ? "no" : "yes")
        if let first = ipv6.first {
            put("IPV6ADDR", first.description)
            put("IPV6ADDR_SECONDARIES", ipv6.dropFirst().map(\.description))
        }
        if link.isLeasing(.ipv6) { put("DHCPV6C", "yes") }
        writeNameServers(ipv4: !ipv4.isEmpty || link.isLeasing(.ipv4), ipv6: !ipv6.isEmpty || link.isLeasing(.ipv6))
        // Or else the initscripts add a route to 169.254.0.0/16.
        if readBy(.initscripts) { put("NOZEROCONF", "yes") }
    }

    /// IPv4 addresses in the order of the file's keys.
    private static func ordered(_ networks: [IPNetwork], _ dialect: ScriptDialect) -> [IPNetwork] {
        dialect.readers.contains(.initscripts) ? AddressOrder.unhidden(networks) : networks
    }

    private mutating func writeNameServers(ipv4: Bool, ipv6: Bool) {
        if let search = link.dns?.search, !search.isEmpty { leaveOut("search domains ('search': \(search.joined(separator: ", "))) are not written yet", fix: "write DOMAIN yourself") }
        if let zone = link.zone, !zone.isEmpty { leaveOut("firewalld's zone ('zone': \(zone)) is not written yet", fix: "write ZONE yourself") }
        for (index, server) in link.nameServers.enumerated() { put("DNS\(index + 1)", server.description) }
        if readBy(.initscripts), link.nameServers.count > 3 {
            leaveOut("the initscripts take three name servers; here are \(link.nameServers.count)")
        }
        guard readBy(.networkManager) else { return }
        for server in link.nameServers where server.family == .ipv4 ? !ipv4 : !ipv6 {
            leaveOut("NetworkManager takes the name server \(server) only on a link with an \(server.family.rawValue) address")
        }
    }
}
