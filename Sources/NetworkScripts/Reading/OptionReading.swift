internal import HostNetwork

/// Reading the options of a bond, a bridge, a VLAN and a bridge's port.
extension LinkReading {
    mutating func readOptions(_ link: inout Link) {
        switch link.kind {
        case .bond:
            link.options = readWords("BONDING_OPTS", scope: .bond, hasSTP: false)
            if reader == .networkManager, link.options[.miimon] == nil, link.options.number(.arpInterval) ?? 0 == 0 {
                // NetworkManager's default; the kernel's is never.
                link.options[.miimon] = .number(100)
            }
        case .bridge: readBridge(&link)
        case .vlan: readFlags(&link)
        case .nic, .loopback, .other: break
        }
    }

    private mutating func readBridge(_ link: inout Link) {
        let stp = settings.take("STP")
        note("stp_state", "STP")
        let hasSTP: Bool
        switch stp?.lowercased() {
        case nil: hasSTP = false
        case "on", "yes": hasSTP = true
        case "off", "no": hasSTP = false
        case .some(let text):
            // NetworkManager knows no other words here, and takes any for no.
            hasSTP = reader == .initscripts && Settings.truth(text, to: .initscripts) == true
        }
        link.options[.stpState] = .number(hasSTP ? 1 : 0)
        let words = readWords("BRIDGING_OPTS", scope: .bridge, hasSTP: hasSTP)
        for key in ["DELAY", "AGEING", "PRIO"] { readTimeKey(key, hasSTP: hasSTP, into: &link) }
        // BRIDGING_OPTS come later, and so count.
        for entry in words.entries { link.options[entry.id] = entry.value }
    }

    /// `DELAY`, and the two that only initscripts know: they hand all three to `ip link`, which takes hundredths of a second.
    private mutating func readTimeKey(_ key: String, hasSTP: Bool, into link: inout Link) {
        let option = ["DELAY": "forward_delay", "AGEING": "ageing_time", "PRIO": "priority"][key]
        guard let option, let row = OptionRow.named(option, in: .bridge), reader == .initscripts || key == "DELAY" else { return }
        guard let text = settings.take(key) else { return }
        note(row.name, key)
        // Without STP a port forwards at once, whatever the delay.
        if key == "DELAY", !hasSTP { return }
        let form: NetworkScriptSpelling.Form = reader == .networkManager ? .seconds : .number
        do {
            link.options[row] = try row.value(ofScript: text, as: form)
        } catch {
            if reader == .initscripts, key == "DELAY", let number = Int64(text), number < 200 {
                // The kernel raises it once STP runs.
                link.options[row] = .number(200)
                return warn(key, "DELAY=\(text) is \(row.display(of: .number(number))) to initscripts, and with STP the kernel makes 2s of it", severity: .note)
            }
            warn(key, "\(key)=\(text), to \(reader.displayName): \(error.message)", fix: error.fix)
            leaveAsComment("\(key)=\(text)")
        }
    }

    /// Reads the words of `BONDING_OPTS` or `BRIDGING_OPTS`.
    mutating func readWords(_ key: String, scope: OptionRow.Scope, hasSTP: Bool) -> OptionValues {
        var values = OptionValues()
        guard let text = settings.take(key) else { return values }
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
            guard parts.count == 2, !parts[1].isEmpty else {
                warn(key, "'\(word)' in \(key) is no option with a value, and both readers pass it over", fix: "write it like miimon=100")
                leaveAsComment("\(word) in \(key)")
                continue
            }
            readWord(parts[0], parts[1], key, scope, hasSTP, into: &values)
        }
        return values
    }

    private mutating func readWord(_ name: String, _ text: String, _ key: String, _ scope: OptionRow.Scope, _ hasSTP: Bool, into values: inout OptionValues) {
        let plain = ["num_unsol_na": "num_grat_arp"][name] ?? name
        let row = OptionRow.rows(of: scope).first { row in
            switch row.spelling(for: reader)?.place {
            case .bonding(plain), .bridging(plain): true
            default: false
            }
        }
        guard let row, let spelling = row.spelling(for: reader) else {
            // The times and STP have keys of their own for NetworkManager.
            let known = ScriptReader.allCases.contains { other in
                OptionRow.rows(of: scope).contains { $0.spelling(for: other)?.place == .bridging(plain) || $0.spelling(for: other)?.place == .bonding(plain) }
            }
            warn(key, known ? "\(reader.displayName) does not know '\(name)' in \(key)" : "neither weft nor \(reader.displayName) knows '\(name)' in \(key)")
            return leaveAsComment("\(word(name, text)) in \(key)")
        }
        note(row.name, key)
        // What means nothing without STP is no difference.
        if spelling.needsSTP, !hasSTP { return }
        do {
            // Initscripts prefix targets with a plus sign of sysfs.
            let value = plain == "arp_ip_target" ? String(text.filter { $0 != "+" }) : text
            values[row] = try row.value(ofScript: value, as: spelling.form)
        } catch {
            warn(key, "'\(name)' in \(key), to \(reader.displayName): \(error.message)", fix: error.fix)
            leaveAsComment("\(word(name, text)) in \(key)")
        }
    }

    private func word(_ name: String, _ text: String) -> String { "\(name)=\(text)" }

    private mutating func readFlags(_ link: inout Link) {
        let flags = reader == .networkManager ? (settings.take("VLAN_FLAGS") ?? "").split { $0 == "," || $0 == " " }.map { String($0) } : []
        for row in OptionRow.vlan where row.id != OptionRow.vlanID.id {
            guard let spelling = row.spelling(for: reader) else { continue }
            switch spelling.place {
            case .vlanFlag(let flag, let value):
                if flags.contains(flag) {
                    link.options[row] = .number(value)
                    note(row.name, "VLAN_FLAGS")
                }
            case .key(let key):
                guard let text = settings.take(key) else { continue }
                note(row.name, key)
                if spelling.form == .yesNo {
                    let truth = reader == .initscripts ? ["yes": true, "1": true, "no": false, "0": false][text] : Settings.truth(text, to: reader)
                    if let truth { link.options[row] = .number(truth ? 1 : 0) } else { leaveAsComment("\(key)=\(text)") }
                } else if let value = parse(key, { text throws(ValueError) in try row.value(ofScript: text, as: spelling.form) }) {
                    link.options[row] = value
                }
            case .bonding, .bridging: continue
            }
        }
        // The deprecated key means nothing to NetworkManager, and is there for the other reader.
        if reader == .networkManager { _ = settings.take("REORDER_HDR") }
        if flags.contains("GVRP"), let row = OptionRow.named("gvrp", in: .vlan), link.options[row] == nil { link.options[row] = .number(1) }
        if let unknown = flags.first(where: { !["GVRP", "LOOSE_BINDING", "NO_REORDER_HDR"].contains($0) }) { leaveAsComment("\(unknown) in VLAN_FLAGS") }
    }
}
