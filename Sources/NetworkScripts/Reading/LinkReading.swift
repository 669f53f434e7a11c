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
    /// The master that the link cannot be a port of, though its file says so.
    var impossibleMaster: LinkName?
    /// The keys of alias files that were made use of.
    var aliasKeys: [String: Set<String>] = [:]

    /// Whether the reader sets addresses for IPv4, those of aliases aside.
    var hasIPv4 = false
    /// Whether the reader does anything for IPv6.
    var hasIPv6 = false
    /// The file that comments name: an alias's while that is read.
    var fileName: String

    let file: ScriptDirectory.LinkFile
    let name: LinkName
    let directory: ScriptDirectory
    let reader: ScriptReader
    let uuids: [String: LinkName]
    /// What the other files make of their links, to this reader; `nil` within for a kind that weft does not know.
    let kinds: [LinkName: LinkKind?]
    private let masters: (bonds: Set<String>, bridges: Set<String>)

    init(_ file: ScriptDirectory.LinkFile, name: LinkName, of interpretation: Interpretation) {
        self.file = file
        fileName = file.name
        self.name = name
        directory = interpretation.directory
        reader = interpretation.reader
        masters = interpretation.masters
        uuids = interpretation.uuids
        kinds = interpretation.kinds
        settings = Settings(file.text, for: interpretation.reader, over: interpretation.directory.hostFile)
        _ = settings.take("DEVICE")
    }

    mutating func read() {
        guard let kind = kind() else { return tellLostPort() }
        var link = Link(name, kind: kind)
        if kind == .nic, directory.matched[name] != nil { _ = settings.take("HWADDR") }
        link.origin = SourceMark(file: file.text.file, line: 1, column: 1)
        readVLAN(&link)
        readOptions(&link)
        readMaster(&link)
        readCommon(&link)
        if link.master == nil, impossibleMaster == nil {
            readAddresses(&link)
            readRoutes()
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

    /// Whether a key says yes; a word that says neither is told.
    mutating func takesYes(_ key: String) -> Bool? {
        guard let text = settings.take(key) else { return nil }
        let truth = Settings.truth(text, to: reader)
        if truth == nil { tellNeither(key) }
        return truth
    }

    /// Keeps a word that is neither yes nor no in a comment.
    mutating func tellNeither(_ key: String) {
        guard let text = settings.take(key) else { return }
        let isNeither = ScriptReader.allCases.allSatisfy { Settings.truth(text, to: $0) == nil }
        warn(key, "\(key)=\(text) is neither yes nor no\(isNeither ? "" : " to \(reader.displayName)"), and counts for nothing", fix: "write \(key)=yes or \(key)=no")
        leaveAsComment("\(key)=\(text)")
    }

    /// Keeps a piece of the file in a comment.
    mutating func leaveAsComment(_ text: String) { comments.append("not understood: \(text) (\(fileName))") }

    // MARK: Kind

    /// What the file describes. A slip in the type's spelling, which one reader would trip over, is told and put right.
    mutating func kind() -> LinkKind? {
        let type = settings.take("TYPE")
        let vlan = settings.take("VLAN")
        let isBondMaster = takesYes("BONDING_MASTER") == true
        note("kind", type != nil ? "TYPE" : vlan != nil ? "VLAN" : "BONDING_MASTER")
        let hasBondOptions = settings.peek("BONDING_OPTS") != nil
        if let key = ["DEVICETYPE", "TEAM_MASTER", "TEAM_CONFIG"].first(where: { settings.peek($0) != nil }), let said = settings.peek(key),
            key != "DEVICETYPE" || ["team", "teamport", "ovs"].contains(said.lowercased())
        {
            _ = settings.take(key)
            warn(key, "weft knows no links of \(key == "DEVICETYPE" ? "\(key)=\(said)" : "a team")", fix: "the file stays in comments")
            return nil
        }
        if vlan.map({ Settings.truth($0, to: reader) == nil }) ?? false { tellNeither("VLAN") }
        // Said for all links it makes VLANs of those alone whose name says an id.
        let isSaidOfThis = !settings.isOfHost("VLAN") || settings.peek("VID") != nil || vlanNameID != nil
        let saysVLAN = isSaidOfThis && vlan.flatMap { Settings.truth($0, to: reader) } == true
        if saysVLAN, let vlan, reader == .initscripts, vlan != "yes" {
            warn("VLAN", "older initscripts make no VLAN for VLAN=\(vlan), only for 'yes' in just this spelling", fix: "write VLAN=yes")
        }
        switch type?.lowercased() {
        case "bridge":
            if reader == .initscripts, type != "Bridge" {
                warn("TYPE", "TYPE=\(type!) is no bridge to initscripts, which know only 'Bridge' in just this spelling", fix: "write TYPE=Bridge")
            }
            return .bridge
        case "bond": return .bond
        case "vlan":
            if reader == .initscripts, !saysVLAN {
                warn(vlan == nil ? "TYPE" : "VLAN", "initscripts make no VLAN without VLAN=yes", fix: "write VLAN=yes")
            }
            return .vlan
        case nil, "ethernet", "eth":
            if isBondMaster || hasBondOptions || masters.bonds.contains(name.text) { return .bond }
            if saysVLAN {
                if reader == .networkManager, type != nil {
                    warn("TYPE", "TYPE=\(type!) beside VLAN=yes is no VLAN to NetworkManager, only to initscripts", fix: "write TYPE=Vlan")
                }
                return .vlan
            }
            if type == nil, masters.bridges.contains(name.text) {
                warn("DEVICE", "no TYPE says that \(name) is a bridge, though other files name it as theirs", fix: "write TYPE=Bridge")
                return .bridge
            }
            if type == nil, settings.peek("DEVICETYPE") == nil, ScriptNames.isTunnel(name) {
                warn("DEVICE", "without TYPE a helper of ifup makes \(name), and weft knows no such links", fix: "the file stays in comments")
                return nil
            }
            if let dot = name.text.lastIndex(of: "."), let id = Int(name.text[name.text.index(after: dot)...]), (1...4094).contains(id), vlan == nil,
                !(directory.hostFile?.assignments.contains { $0.key == "VLAN" } ?? false)
            {
                warn("DEVICE", "\(name) has a VLAN's name, and without VLAN=yes both readers take it for a NIC", fix: "write VLAN=yes and TYPE=Vlan if it is one")
            }
            return .nic
        case .some(let other):
            warn("TYPE", "weft knows no links of TYPE=\(type ?? other)", fix: "the file stays in comments")
            return nil
        }
    }

    // MARK: VLANs

    /// The id that a name such as `eth0.10` or `vlan10` says to initscripts.
    private var vlanNameID: String? {
        if let dot = name.text.lastIndex(of: "."), dot != name.text.startIndex {
            let digits = name.text[name.text.index(after: dot)...]
            if (1...4).contains(digits.count), digits.allSatisfy(\.isNumber) { return String(digits) }
        }
        return name.text.hasPrefix("vlan") && name.text.dropFirst(4).first?.isNumber == true ? String(name.text.dropFirst(4)) : nil
    }

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
                id = vlanNameID
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
            for key in Set([key, "PHYSDEV"]).sorted() where key != "DEVICE" {
                if let text = settings.take(key) { leaveAsComment("\(key)=\(text)") }
            }
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
        if reader == .networkManager, takesYes("IPV6_DISABLED") == true { link.hasIPv6 = false }
        note("ipv6", "IPV6_DISABLED")
        let onBoot = takesYes("ONBOOT")
        note("up", "ONBOOT")
        if reader == .initscripts, settings.peek("LINKSTATUS") == "down" {
            _ = settings.take("LINKSTATUS")
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
}
