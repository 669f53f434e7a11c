/// Reading an option's value from text, and writing it.
extension OptionRow {
    /// Reads a value as a file spells it; `default` is the kernel's default where that is a constant.
    ///
    /// Flags take `true`, `yes`, `on`, `1` and their opposites. Choices take a name or the kernel's number. Bridge times
    /// are seconds, with fractions; `300s` and `1500cs` are understood too. Bond times are milliseconds; `100ms` too.
    /// - Throws: ``ValueError`` that names the range or the choices. A list is read item by item, see ``parse(list:)``.
    public func parse(_ text: String) throws(ValueError) -> OptionValue {
        if text == "default" {
            guard let kernelDefault else {
                throw ValueError("'\(name)' has no default that is the same on every link", fix: "write a value")
            }
            return kernelDefault
        }
        switch meaning {
        case .flag: return .number(try parseFlag(text))
        case .count: return .number(try inRange(try parseNumber(text, units: [("", 1)])))
        case .milliseconds: return .number(try inRange(try parseNumber(text, units: [("ms", 1), ("", 1)])))
        case .centiseconds: return .number(try parseCentiseconds(text))
        case .choice(let choices):
            if let choice = choices.first(where: { $0.name == text || String($0.number) == text }) { return .number(choice.number) }
            let lowered = text.lowercased()
            if let choice = choices.first(where: { $0.name == lowered }) { return .number(choice.number) }
            throw ValueError("'\(text)' is not a value of '\(name)'", fix: "one of \(choices.map(\.name).joined(separator: ", "))")
        case .link: return .link(try LinkName(text))
        case .ipv4List: return try parse(list: text.split(separator: ",").map { String($0) })
        }
    }

    /// Reads a value that is a list.
    /// - Throws: ``ValueError`` where the option takes no list, an item is no address, or there are too many.
    public func parse(list items: [String]) throws(ValueError) -> OptionValue {
        guard case .ipv4List(let most) = meaning else {
            throw ValueError("'\(name)' takes one value, not a list")
        }
        guard items.count <= most else { throw ValueError("'\(name)' takes at most \(most) addresses; here are \(items.count)") }
        var addresses: [IPAddress] = []
        for item in items {
            let address = try IPAddress(item)
            guard address.family == .ipv4 else { throw ValueError("'\(name)' takes IPv4 addresses; '\(item)' is none") }
            guard !addresses.contains(address) else { throw ValueError("'\(name)' has \(address) twice") }
            addresses.append(address)
        }
        return .addresses(addresses)
    }

    /// Writes a value as a file spells it: the text that ``parse(_:)`` reads back as the same value.
    public func text(of value: OptionValue) -> String {
        switch (value, meaning) {
        case (.number(let number), .flag): number == 0 ? "false" : "true"
        case (.number(let number), .choice(let choices)): choices.first { $0.number == number }?.name ?? String(number)
        case (.number(let number), .centiseconds): Self.seconds(number)
        case (.number(let number), _): String(number)
        case (.link(let link), _): link.text
        case (.addresses(let addresses), _): addresses.map(\.description).joined(separator: ",")
        }
    }

    /// Writes a value for a person, with its unit where the text alone does not show it.
    public func display(of value: OptionValue) -> String {
        switch meaning {
        case .centiseconds: "\(text(of: value))s"
        case .milliseconds: "\(text(of: value))ms"
        case .flag, .count, .choice, .link, .ipv4List: text(of: value)
        }
    }

    /// The range or the choices in words, for messages and the reference page.
    public var rangeText: String {
        switch meaning {
        case .flag: "true or false"
        case .choice(let choices): choices.map(\.name).joined(separator: ", ")
        case .link: "a link's name"
        case .ipv4List(let most): "up to \(most) IPv4 addresses"
        case .count: range.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "a number"
        case .milliseconds: range.map { "\($0.lowerBound) to \($0.upperBound) milliseconds" } ?? "milliseconds"
        case .centiseconds:
            range.map { "\(Self.seconds($0.lowerBound)) to \(Self.seconds($0.upperBound)) seconds" } ?? "seconds"
        }
    }

    private static func seconds(_ centiseconds: Int64) -> String {
        let whole = centiseconds / 100
        switch centiseconds % 100 {
        case 0: return String(whole)
        case let rest where rest % 10 == 0: return "\(whole).\(rest / 10)"
        case let rest: return "\(whole).\(rest < 10 ? "0" : "")\(rest)"
        }
    }

    private func parseFlag(_ text: String) throws(ValueError) -> Int64 {
        switch text.lowercased() {
        case "true", "yes", "on", "1": return 1
        case "false", "no", "off", "0": return 0
        default: throw ValueError("'\(text)' is not a value of '\(name)'", fix: "true or false")
        }
    }

    private func inRange(_ number: Int64) throws(ValueError) -> Int64 {
        if let range, !range.contains(number) { throw ValueError("\(number) is out of range for '\(name)'", fix: rangeText) }
        return number
    }

    private func parseNumber(_ text: String, units: [(suffix: String, factor: Int64)]) throws(ValueError) -> Int64 {
        for unit in units where text.hasSuffix(unit.suffix) {
            if let number = try Int64(decimalDigits: text.dropLast(unit.suffix.count)) { return number * unit.factor }
        }
        throw ValueError("'\(text)' is not a value of '\(name)'", fix: rangeText)
    }

    private func parseCentiseconds(_ text: String) throws(ValueError) -> Int64 {
        if text.hasSuffix("cs") {
            guard let number = try Int64(decimalDigits: text.dropLast(2)) else { throw ValueError("'\(text)' is not a time", fix: rangeText) }
            return try inRange(number)
        }
        let plain = text.hasSuffix("s") ? String(text.dropLast()) : text
        let parts = plain.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard let whole = try Int64(decimalDigits: parts[0]), parts.count == 1 || !fraction.isEmpty,
            fraction.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 })
        else { throw ValueError("'\(text)' is not a value of '\(name)'", fix: rangeText) }
        // The kernel counts hundredths: a finer fraction is cut off, as jiffies would.
        let hundredths = Int64((fraction + "00").prefix(2)) ?? 0
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: 100)
        let value = overflow ? Int64.max : scaled + hundredths
        if let range, !range.contains(value) {
            let hint = parts.count == 1 && range.contains(whole) ? "; if you mean hundredths of a second, write \(whole)cs" : ""
            throw ValueError("\(text) is out of range for '\(name)', which is in seconds", fix: rangeText + hint)
        }
        return value
    }
}
