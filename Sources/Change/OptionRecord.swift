public import HostNetwork

/// Which options the topology said that was applied last: so a plan can tell that one which a new file no longer says stays.
public struct OptionRecord: Hashable, Sendable {
    /// The options of links, and as ports, by the link's name.
    public private(set) var options: [LinkName: OptionValues] = [:]

    private static let file = "options"

    /// What a network that was wanted says; what makes a VLAN the VLAN that it is can be dropped by no file.
    init(of wanted: HostNetwork) {
        for link in wanted.links.values where link.isPresent {
            var said = OptionValues()
            for entry in link.options.entries + link.portOptions.entries where OptionRow.with(id: entry.id)?.change.contains(.recreate) == false {
                said[entry.id] = entry.value
            }
            if !said.isEmpty { options[link.name] = said }
        }
    }

    /// Reads a namespace's record; empty where there is none.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)`` where it is there and cannot be read.
    public static func load(from directory: StateDirectory?) throws(ChangeError) -> OptionRecord {
        OptionRecord(text: try directory?.read(file) ?? "")
    }

    /// Writes the record, whole or not at all.
    func save(to directory: StateDirectory) throws(ChangeError) { try directory.write(text, to: Self.file) }

    /// Reads what ``text`` is.
    init(text: String) {
        for line in text.split(separator: "\n") {
            // No name of a link or an option has a blank in it; some values have.
            let words = line.split(separator: " ", maxSplits: 3).map { String($0) }
            guard words.count == 4, let link = try? LinkName(words[0]), let scope = UInt8(words[1]).flatMap({ OptionRow.Scope(rawValue: $0) }),
                let row = OptionRow.named(words[2], in: scope), let value = try? row.parse(words[3])
            else { continue }
            options[link, default: OptionValues()][row] = value
        }
    }

    /// The record as it is kept: a line an option, `LINK SCOPE NAME VALUE`.
    var text: String {
        options.sorted { $0.key < $1.key }.map { link, values in
            values.entries.compactMap { entry in
                guard let row = OptionRow.with(id: entry.id) else { return nil }
                let value = row.text(of: entry.value)
                return value.isEmpty ? nil : "\(link) \(row.scope.rawValue) \(row.name) \(value)\n"
            }.joined()
        }.joined()
    }
}
