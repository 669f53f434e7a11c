internal import HostNetwork

/// Reading whose port a link is: `MASTER` and `SLAVE`, `BRIDGE`, and the UUIDs that NetworkManager takes in their place.
extension LinkReading {
    private struct Master {
        let name: LinkName
        let key: String
        var kind: LinkKind { key.hasPrefix("MASTER") ? .bond : .bridge }
    }

    private static let masterKeys = ["MASTER", "MASTER_UUID", "BRIDGE", "BRIDGE_UUID", "TEAM_MASTER", "TEAM_MASTER_UUID"]

    mutating func readMaster(_ link: inout Link) {
        let bond = takesSlave(master(reader == .networkManager ? ["MASTER_UUID", "MASTER"] : ["MASTER"]))
        let bridge = master(reader == .networkManager ? ["BRIDGE_UUID", "BRIDGE"] : ["BRIDGE"])
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
        if let found = kinds[chosen.name], found != chosen.kind { return tellMisfit(chosen, found) }
        link.attachment = .port(of: chosen.name)
        note("master", chosen.key)
        if chosen.kind == .bond { readKeys(.bondPort, into: &link.portOptions) }
        if chosen.kind == .bridge {
            link.portOptions = readWords("BRIDGING_OPTS", scope: .bridgePort)
            readVLANTable("BRIDGE_PORT_VLANS")
        }
    }

    /// Initscripts make nobody a bond's port without `SLAVE=yes`; NetworkManager does not look at it.
    private mutating func takesSlave(_ bond: Master?) -> Master? {
        guard let text = settings.take("SLAVE") else {
            guard reader == .initscripts, let bond else { return bond }
            return standingAlone(bond, "without SLAVE=yes")
        }
        let truth = Settings.truth(text, to: .initscripts)
        if truth == nil { tellNeither("SLAVE") }
        guard reader == .initscripts, let bond else { return bond }
        guard truth == true else { return standingAlone(bond, "with SLAVE=\(text)") }
        if text != "yes" { warn("SLAVE", "older initscripts make \(name) no port for SLAVE=\(text), only for 'yes' in just this spelling", fix: "write SLAVE=yes") }
        return bond
    }

    private mutating func standingAlone(_ bond: Master, _ reason: String) -> Master? {
        note("master", bond.key)
        warn(
            bond.key, "\(reason) initscripts do not make \(name) a port of \(bond.name): it stands alone, and \(bond.key) counts for nothing",
            fix: "write SLAVE=yes, or leave \(bond.key) out")
        leaveAsComment("\(bond.key)=\(bond.name)")
        return nil
    }

    /// The file of the master makes something of it that has no such ports. Neither reader then gives the link a master or an address.
    private mutating func tellMisfit(_ master: Master, _ kind: LinkKind?) {
        impossibleMaster = master.name
        let wanted = master.kind.displayName
        let file = directory.linkFiles.first { $0.link == master.name && $0.ignoredBy != reader }?.name ?? "ifcfg-\(master.name)"
        let reason: String
        let fix: String
        if let kind {
            reason = "\(file) makes \(kind == .nic ? "no \(wanted)" : "a \(kind.displayName) and no \(wanted)") of it"
            fix = kind.isMaster
                ? "write \(kind == .bond ? "MASTER=\(master.name) and SLAVE=yes" : "BRIDGE=\(master.name)")"
                : "write TYPE=\(master.kind == .bond ? "Bond" : "Bridge") in \(file), or leave \(master.key) out"
        } else {
            reason = "\(file) is about a link of a kind that weft does not know"
            fix = "leave \(master.key) out"
        }
        warn(master.key, "\(master.key) makes \(name) no port of \(master.name), for \(reason); it stays in a comment", fix: fix)
        leaveAsComment("\(master.key)=\(master.name)")
    }

    /// The file of a link that weft has no kind for stays in comments as a whole; its master lacks a port then.
    mutating func tellLostPort() {
        guard let key = Self.masterKeys.first(where: { settings.peek($0) != nil }), let text = settings.peek(key) else { return }
        let master = uuids[text.lowercased()]?.text ?? text
        warn(key, "\(name) is to be a port of \(master), which goes without it, as weft knows no links of this kind")
    }

    /// The master that the first of some keys names, by its name or by the UUID of its file.
    private mutating func master(_ keys: [String]) -> Master? {
        for key in keys {
            guard let text = settings.take(key) else { continue }
            if Self.isUUID(text) {
                if reader == .initscripts {
                    warn(key, "initscripts take \(key)=\(text) for a name, and make \(name) no port of anything", fix: "write the master's name")
                    note("master", key)
                    leaveAsComment("\(key)=\(text)")
                    let isTried = key != "MASTER" || settings.peek("SLAVE").flatMap { Settings.truth($0, to: reader) } == true
                    if isTried { impossibleMaster = uuids[text.lowercased()] ?? LinkName(kernel: text) }
                    continue
                }
                if let link = uuids[text.lowercased()] {
                    // The name beside it says the same, to the other reader.
                    for other in keys where settings.peek(other) == link.text { _ = settings.take(other) }
                    return Master(name: link, key: key)
                }
                warn(key, "no file here has the UUID \(text)", fix: "write the master's name")
                leaveAsComment("\(key)=\(text)")
                continue
            }
            guard let name = parse(key, { text throws(ValueError) in try LinkName(text) }) else { continue }
            return Master(name: name, key: key)
        }
        return nil
    }

    static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
