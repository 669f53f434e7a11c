internal import HostNetwork

/// Domains and their interfaces as a table, and below it what is amiss.
public struct DomainTable: Sendable {
    private let inventory: DomainInventory
    private let style: Style

    /// Takes the domains as they were read, and how to write them.
    public init(_ inventory: DomainInventory, style: Style = .plain) {
        self.inventory = inventory
        self.style = style
    }

    /// The whole text, without a line end after its last line.
    public var text: String { lines.map { $0.rendered(style) }.joined(separator: "\n") }

    private static let titles = ["", "DOMAIN", "STATE", "MAC", "TAP", "MODEL", "BRIDGE", "VLAN", "RECEIVED", "SENT"]

    private var lines: [StyledText] {
        guard !inventory.domains.isEmpty else { return [StyledText("There are no domains on \(inventory.snapshot.uri).")] }
        let rows = inventory.domains.flatMap { self.rows(of: $0) }
        let widths = Self.titles.indices.map { column in
            max(Self.titles[column].displayWidth, rows.map { $0[column].printable.displayWidth }.max() ?? 0)
        }
        var lines: [StyledText] = []
        var head = StyledText()
        for (title, width) in zip(Self.titles, widths) { head.append(title.padded(to: width) + (width > 0 ? "  " : ""), .dim) }
        lines.append(head)
        for row in rows {
            var line = StyledText()
            for (column, width) in widths.enumerated() where width > 0 {
                line.append(row[column].printable.padded(to: width) + "  ", column == 0 ? .alarm : column == 1 ? .bold : .plain)
            }
            lines.append(line)
        }
        let faults = inventory.domains.flatMap { faultLines(of: $0) }
        return faults.isEmpty ? lines : lines + [StyledText()] + faults
    }

    private func rows(of domain: DomainInventory.Entry) -> [[String]] {
        let name = domain.domain.name
        let state = domain.domain.state.rawValue + (domain.domain.isPersistent ? domain.domain.hasSavedState == true ? " (saved)" : "" : " (transient)")
        guard !domain.interfaces.isEmpty else { return [["", name, state, "-", "-", "-", "-", "-", "", ""]] }
        return domain.interfaces.enumerated().map { place, entry in
            let device = entry.interface.current
            let counters = entry.interface.counters
            return [
                entry.faults.isEmpty ? "" : "!", place == 0 ? name : "", place == 0 ? state : "", device?.mac.description ?? "-",
                entry.interface.live?.target ?? "-", device?.model ?? "-", bridge(entry), entry.vlan ?? "-",
                counters.map { Self.amount($0.receivedBytes) } ?? "", counters.map { Self.amount($0.sentBytes) } ?? "",
            ]
        }
    }

    /// The bridge; behind it the network that it is of, and what the two configurations disagree about.
    private func bridge(_ entry: DomainInventory.InterfaceEntry) -> String {
        guard let device = entry.interface.current else { return "-" }
        var text = device.bridge ?? device.type
        if let network = device.network { text += " (network \(network))" }
        if let stored = entry.interface.stored?.bridge, let live = entry.interface.live?.bridge, stored != live { text += " (stored: \(stored))" }
        if entry.isActive, entry.interface.live == nil { text += " (stored only)" }
        if entry.isPersistent, entry.interface.stored == nil { text += " (until it stops)" }
        return text
    }

    private func faultLines(of domain: DomainInventory.Entry) -> [StyledText] {
        domain.interfaces.flatMap { entry in
            entry.faults.flatMap { fault in
                var line = StyledText("! ", .alarm)
                line.append("\(domain.domain.name) \(entry.interface.current?.mac.description ?? ""): \(fault.message)")
                var fix = StyledText("    fix: ", .bold)
                fix.append(fault.fix)
                return [line, fix]
            }
        }
    }

    /// Bytes in the largest unit of which there are ten or more, as a person compares them.
    static func amount(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var rest = bytes
        var unit = 0
        while rest >= 10 * 1024, unit < units.count - 1 {
            rest /= 1024
            unit += 1
        }
        return "\(rest) \(units[unit])"
    }
}
