internal import HostNetwork

/// What one reader makes of one `ifcfg` file and the files beside it.
struct LinkReading {
    var settings: Settings
    var link: Link?
    var routes: [Route] = []
    var rules: [Rule] = []
    /// What the file adds to the VLAN table that the bridge's default VLAN makes; `nil` where it says nothing.
    var vlanEntries: [BridgeVLAN]?
    var places: [String: (mark: SourceMark, length: Int)] = [:]
    var findings: [ScriptFinding] = []
    var comments: [String] = []
    /// The files of routes and rules that were read.
    var routeFilesRead: Set<String> = []
    /// The keys of alias files that were made use of.
    var aliasKeys: [String: Set<String>] = [:]

    let file: ScriptDirectory.LinkFile
    let name: LinkName
    let directory: ScriptDirectory
    let reader: ScriptReader
    private let masters: (bonds: Set<String>, bridges: Set<String>)
    private let uuids: [String: LinkName]

    init(_ file: ScriptDirectory.LinkFile, name: LinkName, of interpretation: Interpretation) {
        self.file = file
        self.name = name
        directory = interpretation.directory
        reader = interpretation.reader
        masters = interpretation.masters
        uuids = interpretation.uuids
        settings = Settings(file.text, for: interpretation.reader)
        _ = settings.take("DEVICE")
        if directory.matched[name] != nil { _ = settings.take("HWADDR") }
    }

    mutating func read() {
        guard let kind = kind() else { return }
        var link = Link(name, kind: kind)
        link.origin = SourceMark(file: file.text.file, line: 1, column: 1)
        readVLAN(&link)
        readOptions(&link)
        readMaster(&link)
        readCommon(&link)
        if link.master == nil {
            readAddresses(&link)
            readRoutes(&link)
        } else {
            passOverAddresses(&link)
        }
        self.link = link
    }

    // MARK: Telling

    mutating func warn(_ key: String, _ message: String, fix: String? = nil, severity: ScriptFinding.Severity = .warning) {
        let place = settings.place(key)
        findings.append(
            ScriptFinding(severity, at: place?.mark ?? file.mark(key) ?? link?.origin, length: place?.length ?? 1, link: name, message, fix: fix))
    }

    /// Notes where a field of the link was said.
    mutating func note(_ field: String, _ key: String) { places[field] = settings.place(key) }

    /// Reads a value; a text that is none is told, and left where it is.
    mutating func parse<Value>(_ key: String, _ body: (String) throws(ValueError) -> Value) -> Value? {
        guard var text = settings.take(key) else { return nil }
        let plain = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
        if plain != text, !plain.contains(" "), !plain.isEmpty {
            warn(key, "blanks stand within the quotes of \(key), and are part of the value to NetworkManager", fix: "write \(key)=\(plain)")
            text = plain
        }
        do {
            return try body(text)
        } catch {
            warn(key, "\(key): \(error.message)", fix: error.fix)
            leaveAsComment("\(key)=\(text)")
            return nil
        }
    }

    /// Keeps a key that counts for nothing in a comment, and tells why.
    mutating func passOver(_ key: String, _ message: String, fix: String? = nil) {
        guard let text = settings.take(key) else { return }
        warn(key, message, fix: fix)
        leaveAsComment("\(key)=\(text)")
    }

    /// Keeps a piece of the file in a comment.
    mutating func leaveAsComment(_ text: String) { comments.append("not understood: \(text) (\(file.name))") }

    // MARK: Kind

    /// What the file describes. A slip in the type's spelling, which one reader would trip over, is told and put right.
    private mutating func kind() -> LinkKind? {
        let type = settings.take("TYPE")
        let vlan = settings.take("VLAN")
        let isBondMaster = settings.takesYes("BONDING_MASTER") == true
        let hasBondOptions = settings.peek("BONDING_OPTS") != nil
        if let key = ["DEVICETYPE", "TEAM_MASTER", "TEAM_CONFIG"].first(where: { settings.peek($0) != nil }), let said = settings.peek(key),
            key != "DEVICETYPE" || ["team", "teamport", "ovs"].contains(said.lowercased())
        {
            _ = settings.take(key)
            warn(key, "weft knows no links of \(key == "DEVICETYPE" ? "\(key)=\(said)" : "a team")", fix: "the file stays in comments")
            return nil
        }
        let saysVLAN = vlan.map { reader == .initscripts ? $0 == "yes" : Settings.truth($0, to: reader) == true } ?? false
        switch type?.lowercased() {
        case "bridge":
            if reader == .initscripts, type != "Bridge" {
                warn("TYPE", "TYPE=\(type!) is no bridge to initscripts, which know only 'Bridge' in just this spelling", fix: "write TYPE=Bridge")
            }
            return .bridge
        case "bond": return .bond
        case "vlan":
            if reader == .initscripts, !saysVLAN {
                warn(vlan == nil ? "TYPE" : "VLAN", "initscripts make no VLAN without VLAN=yes, in just this spelling", fix: "write VLAN=yes")
            }
            return .vlan
        case nil, "ethernet", "eth":
            if isBondMaster || hasBondOptions || masters.bonds.contains(name.text) { return .bond }
            if saysVLAN || vlan.flatMap({ Settings.truth($0, to: .initscripts) }) == true {
                if reader == .networkManager, type != nil {
                    warn("TYPE", "TYPE=\(type!) beside VLAN=yes is no VLAN to NetworkManager, only to initscripts", fix: "write TYPE=Vlan")
                }
                return .vlan
            }
            if type == nil, masters.bridges.contains(name.text) {
                warn("DEVICE", "no TYPE says that \(name) is a bridge, though other files name it as theirs", fix: "write TYPE=Bridge")
                return .bridge
            }
            if let dot = name.text.lastIndex(of: "."), let id = Int(name.text[name.text.index(after: dot)...]), (1...4094).contains(id) {
                warn("DEVICE", "\(name) has a VLAN's name, and without VLAN=yes both readers take it for a NIC", fix: "write VLAN=yes and TYPE=Vlan if it is one")
            }
            return .nic
        case .some(let other):
            warn("TYPE", "weft knows no links of TYPE=\(type ?? other)", fix: "the file stays in comments")
            return nil
        }
    }

    // MARK: VLANs

    private mutating func readVLAN(_ link: inout Link) {
        guard link.kind == .vlan else { return }
        let device = name.text
        var parent = settings.take("PHYSDEV")
        let saidParent = parent
        var id: String?
        var key = "DEVICE"
        switch reader {
        case .initscripts:
            if let vid = settings.take("VID") {
                (id, key) = (vid, "VID")
            } else if let dot = device.lastIndex(of: "."), (1...4).contains(device.distance(from: dot, to: device.endIndex) - 1) {
                id = String(device[device.index(after: dot)...])
                parent = String(device[..<dot])
            } else if device.hasPrefix("vlan") {
                id = String(device.dropFirst(4))
            }
        case .networkManager:
            if let dot = device.firstIndex(of: ".") {
                id = String(device[device.index(after: dot)...])
                if parent == nil, !device.hasPrefix("vlan") { parent = String(device[..<dot]) }
            } else if device.hasPrefix("vlan") {
                id = String(device.dropFirst(4))
            }
            if let said = settings.take("VLAN_ID") { (id, key) = (said, "VLAN_ID") }
        }
        // The same id for the other reader is no news, and any other is.
        for other in ["VID", "VLAN_ID"] where other != key {
            guard let text = settings.peek(other), id.flatMap({ Int($0) }) != Int(text) || id == nil else { continue }
            let meaning = id.map { "the VLAN id is \($0), from \(key)" } ?? "no VLAN id is there"
            passOver(other, "to \(reader.displayName) \(meaning), and \(other)=\(text) counts for nothing", fix: "write the same id in VID and in VLAN_ID")
        }
        if let saidParent, let parent, saidParent != parent {
            passOver("PHYSDEV", "to \(reader.displayName) the parent is \(parent), from DEVICE, and PHYSDEV=\(saidParent) counts for nothing", fix: "write PHYSDEV=\(parent)")
        }
        note("id", key)
        note("parent", settings.peek("PHYSDEV") == nil ? "DEVICE" : "PHYSDEV")
        // NetworkManager takes the UUID of the parent's file, too.
        if reader == .networkManager, let text = parent, Self.isUUID(text), let known = uuids[text.lowercased()] { parent = known.text }
        do throws(ValueError) {
            guard let parent else { throw ValueError("no PHYSDEV says which link the VLAN lies on", fix: "write PHYSDEV=") }
            link.parent = try LinkName(parent)
            let digits = (id ?? "").drop { $0 == "0" }
            guard let number = Int(digits), (1...4094).contains(number) else {
                throw ValueError("'\(id ?? "")' is no VLAN id", fix: "write VLAN_ID and VID, 1 to 4094")
            }
            link.options[.vlanID] = .number(Int64(number))
        } catch {
            warn(key, "VLAN \(name), to \(reader.displayName): \(error.message)", fix: error.fix)
        }
    }

    // MARK: What every link has

    private mutating func readCommon(_ link: inout Link) {
        link.mtu = parse("MTU") { text throws(ValueError) in
            guard let number = try Int64(decimalDigits: text), (68...65535).contains(number) else { throw ValueError("'\(text)' is no MTU", fix: "68 to 65535 bytes") }
            return UInt32(number)
        }
        note("mtu", "MTU")
        readMAC(&link)
        if let text = settings.take("DESCRIPTION") {
            if text.utf8.count < 256, ShellWord.isOneLine(text) { link.alias = text } else { passOver("DESCRIPTION", "a description is one line of less than 256 bytes") }
        }
        note("description", "DESCRIPTION")
        if reader == .networkManager, settings.takesYes("IPV6_DISABLED") == true { link.hasIPv6 = false }
        note("ipv6", "IPV6_DISABLED")
        let onBoot = settings.takesYes("ONBOOT")
        note("up", "ONBOOT")
        if reader == .initscripts, settings.take("LINKSTATUS") == "down" {
            link.isUp = false
            note("up", "LINKSTATUS")
        } else if onBoot == false {
            if link.kind == .nic, link.master == nil {
                link.isUp = false
            } else {
                warn("ONBOOT", "\(name) is not brought up at boot, and the topology makes it all the same", fix: "add up: false to it if it is to be down")
                comments.append("ONBOOT=no: it was not brought up at boot (\(file.name))")
                link.isUp = link.kind == .nic ? nil : true
            }
        } else {
            link.isUp = true
        }
    }

    private mutating func readMAC(_ link: inout Link) {
        if reader == .networkManager, link.kind == .bridge, settings.peek("BRIDGE_MACADDR") != nil {
            link.mac = parse("BRIDGE_MACADDR") { text throws(ValueError) in try MACAddress(text) }
            note("mac", "BRIDGE_MACADDR")
        }
        guard let text = settings.peek("MACADDR") else { return }
        if reader == .networkManager, ["preserve", "permanent", "random", "stable", "stable-ssid"].contains(text.lowercased()) {
            return passOver("MACADDR", "weft sets addresses, and knows no MACADDR=\(text)")
        }
        link.mac = parse("MACADDR") { text throws(ValueError) in try MACAddress(text) }
        note("mac", "MACADDR")
    }

    // MARK: Masters

    private mutating func readMaster(_ link: inout Link) {
        let bond = masterName(reader == .networkManager ? ["MASTER_UUID", "MASTER"] : ["MASTER"])
        let bridge = masterName(reader == .networkManager ? ["BRIDGE_UUID", "BRIDGE"] : ["BRIDGE"])
        let isSlave = settings.take("SLAVE")
        if reader == .initscripts, bond != nil, isSlave != "yes" {
            warn("MASTER", "without SLAVE=yes, in just this spelling, initscripts do not make \(name) a port", fix: "write SLAVE=yes")
        }
        // Each has its own order where both are said.
        let chosen = reader == .initscripts ? bond ?? bridge : bridge ?? bond
        guard let chosen else { return }
        if let bond, let bridge {
            let other = chosen.key == bond.key ? bridge : bond
            passOver(
                other.key, "\(name) is a port of \(chosen.name) to \(reader.displayName), and \(other.key) counts for nothing beside \(chosen.key)",
                fix: "keep one of the two")
        }
        if link.kind == .bridge || chosen.name == name {
            warn(
                chosen.key, link.kind == .bridge ? "\(name) is a bridge, and the kernel lets no bridge be a port" : "\(name) cannot be its own port",
                fix: "leave \(chosen.key) out")
            return leaveAsComment("\(chosen.key)=\(chosen.name)")
        }
        link.attachment = .port(of: chosen.name)
        note("master", chosen.key)
        if chosen.key.hasPrefix("MASTER") { readKeys(.bondPort, into: &link.portOptions) }
        if chosen.key.hasPrefix("BRIDGE") {
            link.portOptions = readWords("BRIDGING_OPTS", scope: .bridgePort)
            readVLANTable("BRIDGE_PORT_VLANS")
        }
    }

    /// The master that the first of some keys names, by its name or by the UUID of its file.
    private mutating func masterName(_ keys: [String]) -> (name: LinkName, key: String)? {
        for key in keys {
            guard let text = settings.take(key) else { continue }
            if Self.isUUID(text) {
                if let link = uuids[text.lowercased()] {
                    // The name beside it says the same, to the other reader.
                    for other in keys where settings.peek(other) == link.text { _ = settings.take(other) }
                    return (link, key)
                }
                warn(key, "no file here has the UUID \(text)", fix: "write the master's name")
                leaveAsComment("\(key)=\(text)")
                continue
            }
            guard let name = parse(key, { text throws(ValueError) in try LinkName(text) }) else { continue }
            return (name, key)
        }
        return nil
    }

    static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
