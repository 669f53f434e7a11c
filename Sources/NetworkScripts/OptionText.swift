import HostNetwork

extension OptionRow {
    /// How a reader spells this option.
    func spelling(for reader: ScriptReader) -> NetworkScriptSpelling? {
        reader == .initscripts ? networkScript.initscripts : networkScript.networkManager
    }

    /// A value in a form of an `ifcfg` file; `nil` where the form cannot say it.
    func scriptText(_ value: OptionValue, as form: NetworkScriptSpelling.Form) -> String? {
        if case .pairs(let separator) = form { return text(of: value).replacing(" ", with: separator) }
        guard case .number(let number) = value else { return text(of: value) }
        switch form {
        case .number: return String(number)
        case .seconds: return number % 100 == 0 ? String(number / 100) : nil
        case .yesNo: return number == 0 ? "no" : "yes"
        case .word: return text(of: value)
        case .pairs: return nil
        case .words(let words): return words.indices.contains(Int(number)) ? words[Int(number)] : nil
        }
    }

    /// Reads a value in a form of an `ifcfg` file.
    /// - Throws: ``ValueError`` where it is none, or out of the kernel's range.
    func value(ofScript text: String, as form: NetworkScriptSpelling.Form) throws(ValueError) -> OptionValue {
        switch form {
        case .number:
            // A time here is the kernel's own number, which a topology file writes with its unit.
            if case .centiseconds = meaning { return try parse(text + "cs") }
            return try parse(text.hasPrefix("0x") ? String(Int64(text.dropFirst(2), radix: 16) ?? -1) : text)
        case .seconds: return try parse(text)
        case .yesNo, .word: return try parse(text)
        case .pairs: return try parse(list: text.split { $0 == "," || $0 == " " }.map { String($0) })
        case .words(let words):
            guard let number = words.firstIndex(of: text) else {
                throw ValueError("'\(text)' is not a value of '\(name)'", fix: "one of \(words.joined(separator: ", "))")
            }
            return .number(Int64(number))
        }
    }
}

extension NetworkScriptSpelling {
    /// Where the value stands and what it means there, for a message: `BRIDGING_OPTS hello_time, in seconds`.
    func meaning(of row: OptionRow) -> String {
        let unit: String =
            switch (form, row.meaning) {
            case (.number, .centiseconds): ", in hundredths of a second"
            case (.seconds, _): ", in seconds"
            case (.pairs(let separator), _): separator == " " ? ", separated by blanks" : ", separated by commas"
            case (.number, .choice): ", as a number"
            case (.words(let words), _): ", one of \(words.joined(separator: ", "))"
            default: ""
            }
        return place.displayName + unit + (condition.map { ", and only \($0.words)" } ?? "")
    }
}

extension NetworkScriptSpelling.Condition {
    /// Behind "only": `with STP`.
    var words: String { self == .stp ? "with STP" : "with vlan_filtering" }
}

extension Link {
    /// What this bridge has of what a reader may ask for.
    var scriptConditions: Set<NetworkScriptSpelling.Condition> {
        var conditions: Set<NetworkScriptSpelling.Condition> = []
        if options.number(.stpState) == 1 { conditions.insert(.stp) }
        if filtersVLANs { conditions.insert(.vlanFiltering) }
        return conditions
    }
}

extension NetworkScriptSpelling.Place {
    /// The place in words.
    var displayName: String {
        switch self {
        case .key(let key): key
        case .bonding(let word): "BONDING_OPTS \(word)"
        case .bridging(let word): "BRIDGING_OPTS \(word)"
        case .vlanFlag(let word, _): "VLAN_FLAGS \(word)"
        }
    }
}
