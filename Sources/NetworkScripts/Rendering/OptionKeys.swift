import HostNetwork

/// The keys that say a link's options, or a port's, to the readers of a dialect.
struct OptionKeys {
    /// Keys of their own, in the order of the option table.
    private(set) var keys: [(key: String, value: String)] = []
    /// The words of `BONDING_OPTS`, the mode first.
    private(set) var bonding: [String] = []
    /// The words of `BRIDGING_OPTS`.
    private(set) var bridging: [String] = []
    /// The words of `VLAN_FLAGS`.
    private(set) var vlanFlags: [String] = []
    /// What cannot be said.
    private(set) var unsayable: [Unsayable] = []

    /// An option that the dialect cannot say.
    struct Unsayable {
        let message: String
        let fix: String?
    }

    private let dialect: ScriptDialect
    private let conditions: Set<NetworkScriptSpelling.Condition>

    /// - Parameter conditions: what the bridge has of what NetworkManager asks for before it heeds an option.
    init(_ options: OptionValues, scope: OptionRow.Scope, dialect: ScriptDialect, conditions: Set<NetworkScriptSpelling.Condition>) {
        self.dialect = dialect
        self.conditions = conditions
        for row in OptionRow.rows(of: scope) {
            if let value = options[row] { add(row, value) }
        }
        // The kernel takes no other default VLAN from one who has switched filtering on before.
        bridging = bridging.filter { !$0.hasPrefix("vlan_filtering=") } + bridging.filter { $0.hasPrefix("vlan_filtering=") }
    }

    /// What a reader has for a value.
    private enum Saying: Equatable {
        case text(NetworkScriptSpelling.Place, String)
        /// It stands there by leaving a word out.
        case leftOut
        /// The reader cannot be told.
        case nothing(why: String)
    }

    private func saying(_ row: OptionRow, _ value: OptionValue, to reader: ScriptReader) -> Saying {
        if value == row.untold { return .leftOut }
        let name = reader.displayName
        guard let spelling = row.spelling(for: reader) else { return .nothing(why: "\(name) does not know it") }
        if let condition = spelling.condition, !conditions.contains(condition) { return .nothing(why: "\(name) heeds it only on a bridge \(condition.words)") }
        if case .vlanFlag(let word, let when) = spelling.place {
            return value == .number(when) ? .text(spelling.place, word) : .leftOut
        }
        guard let text = row.scriptText(value, as: spelling.form) else {
            return .nothing(why: "\(name) takes \(spelling.meaning(of: row)), and \(row.display(of: value)) is not whole there")
        }
        return .text(spelling.place, text)
    }

    private mutating func add(_ row: OptionRow, _ value: OptionValue) {
        let sayings = dialect.readers.map { saying(row, value, to: $0) }
        // What a new link has anyway needs no saying, where there is a difficulty in saying it.
        let isUsual = value == row.kernelDefault
        for case .nothing(let why) in sayings {
            if !isUsual { refuse(row, value, why: why) }
            return
        }
        var places: [(place: NetworkScriptSpelling.Place, text: String)] = []
        for case .text(let place, let text) in sayings where !places.contains(where: { $0.place == place && $0.text == text }) {
            places.append((place, text))
        }
        // Words of BRIDGING_OPTS reach both readers, and so does DELAY.
        let isSharedPlace = places.contains { place in
            if case .bridging = place.place { return true }
            return place.place == .key("DELAY")
        }
        if places.count > 1, Set(places.map(\.place)).count == 1 || isSharedPlace {
            if !isUsual { refuse(row, value, why: meanings(of: row)) }
            return
        }
        for (place, text) in places { put(text, at: place) }
    }

    private func meanings(of row: OptionRow) -> String {
        ScriptReader.allCases.compactMap { reader in
            row.spelling(for: reader).map { "\(reader.displayName) reads \($0.meaning(of: row))" }
        }.joined(separator: "; ")
    }

    private mutating func refuse(_ row: OptionRow, _ value: OptionValue, why: String) {
        let other = ScriptReader.allCases.filter { reader in
            guard dialect == .both || !dialect.readers.contains(reader) else { return false }
            if case .nothing = saying(row, value, to: reader) { return false }
            return true
        }
        let choices = other.map { "--dialect \(ScriptDialect(only: $0).rawValue)" }
        unsayable.append(
            Unsayable(
                message: dialect == .both
                    ? "'\(row.name)' = \(row.display(of: value)) has no spelling that both readers understand alike: \(why)"
                    : "'\(row.name)' = \(row.display(of: value)) cannot be said: \(why)",
                fix: choices.isEmpty ? nil : "render with \(choices.joined(separator: " or "))"))
    }

    private mutating func put(_ text: String, at place: NetworkScriptSpelling.Place) {
        switch place {
        case .key(let key): keys.append((key, text))
        case .bonding(let word): bonding.append("\(word)=\(text)")
        case .bridging(let word): bridging.append("\(word)=\(text)")
        case .vlanFlag(let word, _): vlanFlags.append(word)
        }
    }
}

extension ScriptDialect {
    /// The dialect of one reader alone.
    init(only reader: ScriptReader) { self = reader == .initscripts ? .initscripts : .networkManager }
}
