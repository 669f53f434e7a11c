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
        case .mask(let forbidden):
            let isHex = text.hasPrefix("0x") && text.utf8.count <= 10
            let number = try inRange(isHex ? Int64(text.dropFirst(2), radix: 16) ?? -1 : try parseNumber(text, units: [("", 1)]))
            guard number & forbidden == 0 else {
                let bits = (0..<16).filter { forbidden >> $0 & 1 == 1 }.map { String($0) }.joined(separator: ", ")
                throw ValueError("'\(name)' cannot have the value \(text)", fix: "leave the bits \(bits) out: they stand for groups that no bridge forwards")
            }
            return .number(number)
        case .milliseconds: return .number(try inRange(try parseNumber(text, units: [("ms", 1), ("", 1)])))
        case .centiseconds: return .number(try parseCentiseconds(text))
        case .choice(let choices):
            if let choice = choices.first(where: { $0.name == text || String($0.number) == text }) { return .number(choice.number) }
            let lowered = text.lowercased()
            if let choice = choices.first(where: { $0.name == lowered }) { return .number(choice.number) }
            throw ValueError("'\(text)' is not a value of '\(name)'", fix: "one of \(choices.map(\.name).joined(separator: ", "))")
        case .link: return text == Self.noLinkText && kernelDefault == .noLink ? .noLink : .link(try LinkName(text))
        case .mac:
            let mac = try MACAddress(text)
            if mac.isMulticast { throw ValueError("\(mac) is a group address, and '\(name)' takes one of a single link", fix: "the first byte must be even") }
            return .mac(mac)
        case .bridgeGroup:
            let mac = try MACAddress(text)
            guard Self.bridgeGroups.contains(mac.bits), !Self.takenGroups.contains(mac.bits) else {
                throw ValueError("\(mac) is not a value of '\(name)'", fix: rangeText)
            }
            return .mac(mac)
        case .ipv4List, .ipv6List: return try parse(list: text.split(separator: ",").map { String($0) })
        case .priorityMap: return try parse(list: text.split { $0 == "," || $0 == " " }.map { String($0) })
        }
    }

    /// How a file says that an option is to name no link.
    private static let noLinkText = "none"

    /// The groups that IEEE 802.1D keeps for bridges, and those of them that are for flow control, LACP and 802.1X.
    private static let bridgeGroups: ClosedRange<UInt64> = 0x0180_c200_0000...0x0180_c200_000f
    private static let takenGroups: ClosedRange<UInt64> = 0x0180_c200_0001...0x0180_c200_0003

    /// Reads a value that is a list.
    /// - Throws: ``ValueError`` where the option takes no list, an item is not what the list is of, or there are too many.
    public func parse(list items: [String]) throws(ValueError) -> OptionValue {
        switch meaning {
        case .ipv4List(let most): try parseAddresses(items, .ipv4, most)
        case .ipv6List(let most): try parseAddresses(items, .ipv6, most)
        case .priorityMap(let from, let to): try parseMappings(items, from, to)
        case .flag, .count, .mask, .milliseconds, .centiseconds, .choice, .link, .mac, .bridgeGroup:
            throw ValueError("'\(name)' takes one value, not a list")
        }
    }

    private func parseAddresses(_ items: [String], _ family: IPAddress.Family, _ most: Int) throws(ValueError) -> OptionValue {
        guard items.count <= most else { throw ValueError("'\(name)' takes at most \(most) addresses; here are \(items.count)") }
        var addresses: [IPAddress] = []
        for item in items {
            let address = try IPAddress(item)
            guard address.family == family else { throw ValueError("'\(name)' takes \(family.rawValue) addresses; '\(item)' is none") }
            if !address.canBeTarget { throw ValueError("'\(name)' takes addresses of hosts; '\(item)' is none") }
            guard !addresses.contains(address) else { throw ValueError("'\(name)' has \(address) twice") }
            addresses.append(address)
        }
        return .addresses(addresses)
    }

    /// Mappings as `ip` writes them. One to 0 says what the kernel does anyway, so it is left out.
    private func parseMappings(_ items: [String], _ from: ClosedRange<Int64>, _ to: ClosedRange<Int64>) throws(ValueError) -> OptionValue {
        var mappings: [UInt32: UInt32] = [:]
        for item in items {
            let sides = item.split(separator: ":", omittingEmptySubsequences: false)
            guard sides.count == 2, let first = try Int64(decimalDigits: sides[0]), let second = try Int64(decimalDigits: sides[1]) else {
                throw ValueError("'\(item)' is not a mapping of '\(name)'", fix: "two numbers such as 0:1")
            }
            guard from.contains(first) else {
                throw ValueError("\(first) is out of range for '\(name)', which maps from \(from.lowerBound) to \(from.upperBound)")
            }
            guard to.contains(second) else {
                throw ValueError("\(second) is out of range for '\(name)', which maps to \(to.lowerBound) to \(to.upperBound)")
            }
            guard mappings.updateValue(UInt32(second), forKey: UInt32(first)) == nil else { throw ValueError("'\(name)' maps \(first) twice") }
        }
        return .priorities(mappings.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { PriorityMapping(from: $0.key, to: $0.value) })
    }

    /// Writes a value as a file spells it: the text that ``parse(_:)`` reads back as the same value.
    public func text(of value: OptionValue) -> String {
        switch (value, meaning) {
        case (.number(let number), .flag): number == 0 ? "false" : "true"
        case (.number(let number), .choice(let choices)): choices.first { $0.number == number }?.name ?? String(number)
        case (.number(let number), .centiseconds): Self.seconds(number)
        case (.number, .link): Self.noLinkText
        case (.number(let number), _): String(number)
        case (.link(let link), _): link.text
        case (.addresses(let addresses), _): addresses.map(\.description).joined(separator: ",")
        case (.mac(let mac), _): mac.description
        case (.priorities(let mappings), _): mappings.map(\.description).joined(separator: " ")
        }
    }

    /// Writes a value for a person, with its unit where the text alone does not show it; an empty list is `none`.
    public func display(of value: OptionValue) -> String {
        switch meaning {
        case .centiseconds: "\(text(of: value))s"
        case .milliseconds: "\(text(of: value))ms"
        case .flag, .count, .mask, .choice, .link, .mac, .bridgeGroup: text(of: value)
        case .ipv4List, .ipv6List, .priorityMap: text(of: value).isEmpty ? "none" : text(of: value)
        }
    }

    /// The range or the choices in words, for messages and the reference page.
    public var rangeText: String {
        switch meaning {
        case .flag: "true or false"
        case .choice(let choices): choices.map(\.name).joined(separator: ", ")
        case .link: kernelDefault == .noLink ? "a link's name, or none" : "a link's name"
        case .ipv4List(let most): "up to \(most) IPv4 addresses"
        case .ipv6List(let most): "up to \(most) IPv6 addresses"
        case .mac: "a MAC address"
        case .bridgeGroup: "01:80:c2:00:00:00, or :04 to :0f"
        case .priorityMap(let from, let to):
            "a mapping of \(from.lowerBound) to \(from.upperBound) to \(to.lowerBound) to \(to.upperBound), such as {0: 1, 3: 5}"
        case .count, .mask: range.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "a number"
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

    /// A whole number; a sign only where the range has numbers below 0.
    private func parseNumber(_ text: String, units: [(suffix: String, factor: Int64)]) throws(ValueError) -> Int64 {
        if text.hasPrefix("-"), range?.contains(-1) ?? false, let number = try Int64(decimalDigits: text.dropFirst()) { return -number }
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

extension IPAddress {
    /// Whether a bond can watch its ports by asking for the address: the kernel takes no group, not itself, and nothing unspecified.
    fileprivate var canBeTarget: Bool {
        switch self {
        case .v4(let bits): bits != 0 && bits != .max
        case .v6(let high, let low): high >> 56 != 0xff && (high, low) != (0, 0) && (high, low) != (0, 1)
        }
    }
}
