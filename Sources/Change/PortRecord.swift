public import HostNetwork

/// Which foreign links weft itself put into which master, by kernel index. A veth or dummy carries no mark of weft's, so this
/// is what tells a port that weft may release from one that another program put there, or has moved elsewhere since.
public struct PortRecord: Hashable, Sendable {
    private struct Entry: Hashable {
        let port: LinkName
        let master: LinkName
    }

    private var entries: [Int32: Entry] = [:]

    /// An empty record.
    public init() {}

    /// Whether nothing is recorded.
    public var isEmpty: Bool { entries.isEmpty }

    private static let file = "ports"

    /// Reads a namespace's record; empty where there is none.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)`` where it is there and cannot be read.
    public static func load(from directory: StateDirectory?) throws(ChangeError) -> PortRecord {
        PortRecord(text: try directory?.read(file) ?? "")
    }

    /// Reads what ``text`` is.
    init(text: String) {
        for line in text.split(separator: "\n") {
            // No name of a link has a blank in it.
            let words = line.split(separator: " ").map { String($0) }
            guard words.count == 3, let index = Int32(words[0]), let port = try? LinkName(words[1]), let master = try? LinkName(words[2])
            else { continue }
            entries[index] = Entry(port: port, master: master)
        }
    }

    /// The record as it is kept: a line a link, `INDEX PORT MASTER`.
    var text: String {
        entries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.port) \($0.value.master)\n" }.joined()
    }

    /// Writes the record, whole or not at all.
    func save(to directory: StateDirectory) throws(ChangeError) {
        try directory.write(text, to: Self.file)
    }

    /// The recorded links that are still ports of the master that weft put them into, by their present names.
    public func ports(in network: HostNetwork) -> Set<LinkName> {
        Set(
            network.links.values.filter { link in
                guard let index = link.index, let entry = entries[index] else { return false }
                return link.master == entry.master
            }.map(\.name))
    }

    /// The record with these links besides, as ports of the masters that they have in the network given.
    func adding(_ put: [LinkName], in network: HostNetwork) -> PortRecord {
        var next = self
        for name in put {
            if let link = network[name], let index = link.index, let master = link.master {
                next.entries[index] = Entry(port: name, master: master)
            }
        }
        return next
    }

    /// The record without those that are no longer where weft put them.
    func pruned(by network: HostNetwork) -> PortRecord {
        let still = Set(ports(in: network).compactMap { network[$0]?.index })
        var next = self
        next.entries = entries.filter { still.contains($0.key) }
        return next
    }
}
