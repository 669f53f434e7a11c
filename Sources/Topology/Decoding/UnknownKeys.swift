internal import HostNetwork

extension Decoder {
    /// Says what is the matter with a key that cannot stand where it does.
    mutating func unknownKey(_ entry: YAMLEntry, in context: KeyContext) {
        let key = entry.key
        if context.reserved.contains(key) {
            return problems.error(entry.keySpan, "'\(key)' is not supported by this version of weft", fix: "leave it out")
        }
        if key == "<<" {
            // What is merged is an alias, which has been complained about.
            if entry.value.isPoisoned { return }
            return problems.error(entry.keySpan, "weft does not take YAML merge keys", fix: "write the keys out")
        }
        if key == "group" {
            return problems.error(
                entry.keySpan, "'group' cannot be set: weft marks its own links by their group", fix: "leave it out")
        }
        if key == "parameters" {
            return problems.error(entry.keySpan, "unknown key 'parameters' in \(context.place)", fix: "write what it holds one level higher, beside 'ports'")
        }
        if let elsewhere = placeElsewhere(of: key, in: context) {
            return problems.error(entry.keySpan, elsewhere.message, fix: elsewhere.fix)
        }
        var fix: String?
        if let guess = KeyGuess.nearest(to: key, among: context.known) {
            fix = "did you mean '\(guess)'?"
        } else if context.known.count <= 16 {
            fix = "one of \(context.known.joined(separator: ", "))"
        } else {
            fix = "leave it out; docs/options.md lists what there is"
        }
        problems.error(entry.keySpan, "unknown key '\(key)' in \(context.place)", fix: fix)
    }

    /// Where a key would be right, if that is not here.
    private func placeElsewhere(of key: String, in context: KeyContext) -> (message: String, fix: String)? {
        if FileKey(rawValue: key) != nil, context.place != KeyContext.file.place, key != FileKey.vlans.rawValue {
            return ("'\(key)' belongs to the file, not to \(context.place)", "write it without indentation")
        }
        if VLANKey(rawValue: key) != nil, context.place != KeyContext.file.place, context.place != KeyContext.bridgeVLAN.place {
            return (
                "'\(key)' belongs to a bridge's port, or to the bridge itself under 'self', and does not apply to \(context.place)",
                "write it there: ports: [{name: ens33, \(key): …}], or self: {\(key): …}"
            )
        }
        if context.place == KeyContext.file.place {
            let isLinkKey = LinkKey(rawValue: key) != nil || OptionRow.all.contains { $0.name == key || $0.aliases.contains(key) }
            return isLinkKey ? ("'\(key)' belongs to a link, not to the file", "indent it below the link it is for") : nil
        }
        for row in OptionRow.all where row.scope != context.scope && (row.name == key || row.aliases.contains(key)) {
            let message = "'\(key)' is an option of \(row.scope.noun), and does not apply to \(context.place)"
            guard row.scope == .bridgePort || row.scope == .bondPort else { return (message, "leave it out, or write it there") }
            return (message, "write it in the \(row.scope == .bondPort ? "bond" : "bridge")'s list: ports: [{name: ens33, \(key): …}]")
        }
        if let linkKey = LinkKey(rawValue: key) {
            let owners = Section.allCases.filter { linkKey.applies(to: $0) }.map { "\($0.noun)s" }.joined(separator: " and ")
            let who = owners.split(separator: " ").count > 3 ? "a link" : owners
            return ("'\(key)' belongs to \(who), and does not apply to \(context.place)", "leave it out, or write it there")
        }
        return nil
    }
}

extension OptionRow.Scope {
    /// The links it stands for, for messages.
    var noun: String {
        switch self {
        case .bond: "a bond"
        case .bondPort: "a bond's port"
        case .bridge: "a bridge"
        case .bridgePort: "a bridge's port"
        case .vlan: "a VLAN"
        }
    }
}
