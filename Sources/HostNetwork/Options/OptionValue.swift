/// What a link option can be set to, in the kernel's own unit.
///
/// What a number means (a flag, milliseconds, hundredths of a second, a choice) stands in its ``OptionRow``.
public enum OptionValue: Hashable, Sendable {
    /// A number, a flag (0 or 1), a duration in the row's unit, or the kernel's number of a choice.
    case number(Int64)
    /// Another link, by its name (`primary`).
    case link(LinkName)
    /// A list of addresses (`arp_ip_target`).
    case addresses([IPAddress])
    /// An Ethernet address (`group_addr`).
    case mac(MACAddress)
    /// Mappings of priorities (`ingress_qos_map`), ascending by their first number. In a change one to 0 takes the mapping away.
    case priorities([PriorityMapping])

    /// Of an option that takes another link: none. It is the index 0, as in the kernel.
    public static let noLink = OptionValue.number(0)
}

/// Which priority a VLAN makes of another (`struct ifla_vlan_qos_mapping`).
public struct PriorityMapping: Hashable, Sendable, CustomStringConvertible {
    /// The priority before: a tag's for `ingress_qos_map`, a packet's for `egress_qos_map`.
    public var from: UInt32
    /// The priority after; 0 is what the kernel does without a mapping.
    public var to: UInt32

    /// Joins the two.
    public init(from: UInt32, to: UInt32) {
        self.from = from
        self.to = to
    }

    /// As `ip` writes it: `3:5`.
    public var description: String { "\(from):\(to)" }
}

/// The options of one link: few or many, kept in the table's order.
public struct OptionValues: Hashable, Sendable {
    /// One option and its value.
    public struct Entry: Hashable, Sendable {
        /// Which option, see ``OptionRow/id``.
        public let id: OptionRow.ID
        /// What it is, or is to be.
        public var value: OptionValue
    }

    /// All entries, ascending by id.
    public private(set) var entries: [Entry] = []

    /// No option at all.
    public init() {}

    /// Whether nothing is set.
    public var isEmpty: Bool { entries.isEmpty }

    /// The value of an option, `nil` where it is unset: unmanaged in a wanted network, unknown to the kernel in an actual one.
    public subscript(row: OptionRow) -> OptionValue? {
        get { self[row.id] }
        set { self[row.id] = newValue }
    }

    /// The value of an option by its id.
    public subscript(id: OptionRow.ID) -> OptionValue? {
        get {
            let place = place(of: id)
            return place < entries.count && entries[place].id == id ? entries[place].value : nil
        }
        set {
            let place = place(of: id)
            let found = place < entries.count && entries[place].id == id
            switch (found, newValue) {
            case (true, let value?): entries[place].value = value
            case (true, nil): entries.remove(at: place)
            case (false, let value?): entries.insert(Entry(id: id, value: value), at: place)
            case (false, nil): break
            }
        }
    }

    /// The number of an option that holds one; a short way for code that knows its row.
    public func number(_ row: OptionRow) -> Int64? {
        if case .number(let number)? = self[row] { number } else { nil }
    }

    /// Takes over the options of another, as a link takes over those of a change and the kernel then tells them.
    public mutating func take(_ change: OptionValues) {
        for entry in change.entries {
            switch entry.value {
            case .priorities(let mappings): self[entry.id] = .priorities(mappings.filter { $0.to != 0 })
            case .addresses([]): self[entry.id] = nil
            case .noLink where OptionRow.with(id: entry.id)?.untold == .noLink: self[entry.id] = nil
            case .number, .link, .addresses, .mac: self[entry.id] = entry.value
            }
        }
    }

    /// Adds an option behind all others, whose ids are lower: for a reader, which goes through the rows in their order.
    package mutating func append(_ value: OptionValue, _ id: OptionRow.ID) { entries.append(Entry(id: id, value: value)) }

    /// Makes room for so many entries.
    package mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

    private func place(of id: OptionRow.ID) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
