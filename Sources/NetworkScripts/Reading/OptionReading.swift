internal import HostNetwork

/// Reading the options of a bond, a bridge, a VLAN and a bridge's port.
extension LinkReading {
    mutating func readOptions(_ link: inout Link) {
        switch link.kind {
        case .bond:
            link.options = readWords("BONDING_OPTS", scope: .bond)
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
            let truth = reader == .initscripts ? Settings.truth(text, to: .initscripts) : nil
            hasSTP = truth == true
            if truth == nil {
                warn("STP", "STP=\(stp ?? text) is neither yes nor no to \(reader.displayName), which leaves STP off", fix: "write STP=yes or STP=no")
                leaveAsComment("STP=\(stp ?? text)")
            }
        }
        link.options[.stpState] = .number(hasSTP ? 1 : 0)
        let words = readWords("BRIDGING_OPTS", scope: .bridge, conditions: hasSTP ? [.stp] : [])
        for key in ["DELAY", "AGEING", "PRIO"] { readTimeKey(key, hasSTP: hasSTP, into: &link) }
        // BRIDGING_OPTS come later, and so count.
        for entry in words.entries {
            if hasSTP, entry.id == OptionRow.forwardDelay.id, let delay = words.number(.forwardDelay), delay < OptionRow.leastForwardDelayWithSTP {
                warn("BRIDGING_OPTS", "the kernel does not take forward_delay=\(delay) while STP runs", fix: "write 200 or more")
                leaveAsComment("forward_delay=\(delay) in BRIDGING_OPTS")
                continue
            }
            link.options[entry.id] = entry.value
        }
        readVLANTable("BRIDGE_VLANS")
    }

    /// A VLAN table, which only NetworkManager knows; it adds the entries to the table that the kernel has given.
    mutating func readVLANTable(_ key: String) {
        guard reader == .networkManager, let text = settings.take(key) else { return }
        note("vlans", key)
        var entries: [BridgeVLAN] = []
        for item in text.split(separator: ",") {
            do {
                entries.append(try BridgeVLANText.entry(String(item)))
            } catch {
                warn(key, "\(key): \(error.message)", fix: error.fix)
                leaveAsComment("\(item) in \(key)")
            }
        }
        guard !BridgeVLANText.isContradictory(entries) else {
            warn(key, "\(key) has an id twice, or two that are pvid: NetworkManager takes nothing of the whole file", fix: "keep one of the two")
            return leaveAsComment("\(key)=\(text)")
        }
        vlanEntries = entries.normalized
    }

    /// `DELAY`, and the two that only initscripts know: they hand all three to `ip link`, which takes hundredths of a second.
    private mutating func readTimeKey(_ key: String, hasSTP: Bool, into link: inout Link) {
        let option = ["DELAY": "forward_delay", "AGEING": "ageing_time", "PRIO": "priority"][key]
        guard let option, let row = OptionRow.named(option, in: .bridge), reader == .initscripts || key == "DELAY" else { return }
        guard let text = settings.take(key) else { return }
        note(row.name, key)
        // Without STP a port forwards at once, whatever the delay.
        if key == "DELAY", !hasSTP {
            if Int64(text) != 0 { countsForNothing("DELAY=\(text)", key, "without STP, for a port forwards at once then") }
            return
        }
        let form: NetworkScriptSpelling.Form = reader == .networkManager ? .seconds : .number
        do {
            let value = try row.value(ofScript: text, as: form)
            link.options[row] = value
            if key == "DELAY", case .number(let number) = value, number < OptionRow.leastForwardDelayWithSTP {
                // The kernel raises it once STP runs.
                link.options[row] = .number(OptionRow.leastForwardDelayWithSTP)
                warn(key, "DELAY=\(text) is \(row.display(of: value)) to \(reader.displayName), and with STP the kernel makes 2s of it", severity: .note)
            }
        } catch {
            warn(key, "\(key)=\(text), to \(reader.displayName): \(error.message)", fix: error.fix)
            leaveAsComment("\(key)=\(text)")
        }
    }

    /// Reads the words of `BONDING_OPTS` or `BRIDGING_OPTS`.
    /// - Parameter conditions: what the bridge has, as far as other keys say it.
    mutating func readWords(_ key: String, scope: OptionRow.Scope, conditions: Set<NetworkScriptSpelling.Condition> = []) -> OptionValues {
        var values = OptionValues()
        guard let text = settings.take(key) else { return values }
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
            guard parts.count == 2, !parts[1].isEmpty else {
                warn(key, "'\(word)' in \(key) is no option with a value, and both readers pass it over", fix: "write it like miimon=100")
                leaveAsComment("\(word) in \(key)")
                continue
            }
            readWord(parts[0], parts[1], key, scope, conditions, into: &values)
        }
        if values.number(.vlanFiltering) ?? 0 == 0 {
            for row in OptionRow.rows(of: scope) where row.spelling(for: reader)?.condition == .vlanFiltering {
                guard let value = values[row] else { continue }
                values[row] = nil
                countsForNothing("\(row.name) \(row.display(of: value))", key, "to \(reader.displayName) without vlan_filtering=1")
            }
        }
        return values
    }

    private mutating func readWord(
        _ name: String, _ text: String, _ key: String, _ scope: OptionRow.Scope, _ conditions: Set<NetworkScriptSpelling.Condition>,
        into values: inout OptionValues
    ) {
        let plain = ["num_unsol_na": "num_grat_arp"][name] ?? name
        if scope == .bridge, reader == .initscripts, plain == "stp_state", let number = Int64(text), (0...1).contains(number) {
            // They write whatever lies in sysfs.
            note("stp_state", key)
            return values[.stpState] = .number(number)
        }
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
        if spelling.condition == .stp, !conditions.contains(.stp) { return countsForNothing(word(name, text), key, "to \(reader.displayName) without STP") }
        if reader == .initscripts, row.id == OptionRow.defaultPVIDRow?.id, values.number(.vlanFiltering) ?? 0 != 0 {
            // They write one word after the other, and the kernel refuses this one.
            warn(key, "initscripts cannot set 'default_pvid' behind vlan_filtering=1 in \(key)", fix: "write it in front of vlan_filtering")
            return leaveAsComment("\(word(name, text)) in \(key)")
        }
        do {
            // Initscripts prefix targets with a plus sign of sysfs.
            let value = plain == "arp_ip_target" ? String(text.filter { $0 != "+" }) : text
            values[row] = try row.value(ofScript: value, as: spelling.form)
        } catch {
            warn(key, "'\(name)' in \(key), to \(reader.displayName): \(error.message)", fix: error.fix)
            leaveAsComment("\(word(name, text)) in \(key)")
        }
    }

    /// Reads options that have keys of their own.
    mutating func readKeys(_ scope: OptionRow.Scope, into values: inout OptionValues) {
        for row in OptionRow.rows(of: scope) {
            guard let spelling = row.spelling(for: reader), case .key(let key) = spelling.place else { continue }
            note(row.name, key)
            if let value = parse(key, { text throws(ValueError) in try row.value(ofScript: text, as: spelling.form) }) { values[row] = value }
        }
    }

    private func word(_ name: String, _ text: String) -> String { "\(name)=\(text)" }

    private mutating func readFlags(_ link: inout Link) {
        let said = (settings.take("VLAN_FLAGS") ?? "").split { $0 == "," || $0 == " " }.map { String($0) }
        let flags = reader == .networkManager ? said : []
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
                    if let truth = Settings.truth(text, to: reader) {
                        link.options[row] = .number(truth ? 1 : 0)
                    } else {
                        warn(key, "\(key)=\(text) is neither yes nor no to \(reader.displayName)", fix: "write \(key)=yes or \(key)=no")
                        leaveAsComment("\(key)=\(text)")
                    }
                } else if let value = parse(key, { text throws(ValueError) in try row.value(ofScript: text, as: spelling.form) }) {
                    link.options[row] = value
                }
            case .bonding, .bridging: continue
            }
        }
        if flags.contains("GVRP"), let row = OptionRow.named("gvrp", in: .vlan), link.options[row] == nil { link.options[row] = .number(1) }
        tellIdleFlags(said, of: link)
    }

    /// What the other reader is told in words of its own is no news where it says the same.
    private mutating func tellIdleFlags(_ flags: [String], of link: Link) {
        func isOn(_ name: String, usually: Bool) -> Bool {
            OptionRow.named(name, in: .vlan).flatMap { link.options.number($0) }.map { $0 != 0 } ?? usually
        }
        let meanings = [
            "GVRP": isOn("gvrp", usually: false), "LOOSE_BINDING": isOn("loose_binding", usually: false),
            "NO_REORDER_HDR": !isOn("reorder_hdr", usually: true),
        ]
        for flag in flags {
            if meanings[flag] == nil {
                warn("VLAN_FLAGS", "neither reader knows '\(flag)' in VLAN_FLAGS", fix: "GVRP, LOOSE_BINDING or NO_REORDER_HDR")
                leaveAsComment("\(flag) in VLAN_FLAGS")
            } else if meanings[flag] == false {
                countsForNothing("\(flag) in VLAN_FLAGS", "VLAN_FLAGS", reader == .initscripts ? "to initscripts" : "beside \(flag)=no")
            }
        }
        // The deprecated key means nothing to NetworkManager, and is there for the other reader.
        if reader == .networkManager, let text = settings.take("REORDER_HDR"),
            Settings.truth(text, to: reader) != isOn("reorder_hdr", usually: true)
        {
            countsForNothing("REORDER_HDR=\(text)", "REORDER_HDR", "to NetworkManager, which goes by VLAN_FLAGS")
        }
    }

    /// Keeps something that has no effect in a comment, and lists it.
    private mutating func countsForNothing(_ what: String, _ key: String, _ reason: String) {
        warn(key, "\(what) counts for nothing \(reason); it stays in a comment", severity: .note)
        comments.append("counts for nothing \(reason): \(what) (\(file.name))")
    }
}
