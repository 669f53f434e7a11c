public import HostNetwork

/// Which foreign links weft itself put into a master, by kernel index. A veth or dummy carries no mark of weft's, so this is
/// what tells a port that weft may release from one that another program put there.
public struct PortRecord: Hashable, Sendable {
    /// The recorded links: kernel index and name.
    public var names: [Int32: LinkName]

    /// An empty record.
    public init() { names = [:] }

    private static let file = "ports"

    /// Reads a namespace's record; empty where there is none.
    public static func load(from directory: StateDirectory?) throws(ChangeError) -> PortRecord {
        var record = PortRecord()
        for line in (try directory?.read(file) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2, let index = Int32(words[0]), let name = try? LinkName(String(words[1])) { record.names[index] = name }
        }
        return record
    }

    /// Writes the record, whole or not at all.
    func save(to directory: StateDirectory) throws(ChangeError) {
        let lines = names.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
        try directory.write(lines.joined(), to: Self.file)
    }

    /// The recorded links that are still ports, by their present names.
    public func ports(in network: HostNetwork) -> Set<LinkName> {
        Set(network.links.values.filter { link in link.master != nil && link.index.map { names[$0] != nil } ?? false }.map(\.name))
    }

    /// The record after these links have been put into a master, without those that are no ports any more.
    func adding(_ put: [LinkName], in network: HostNetwork) -> PortRecord {
        var next = PortRecord()
        let stillPorts = ports(in: network).union(put)
        for name in stillPorts {
            if let index = network[name]?.index { next.names[index] = name }
        }
        return next
    }
}
