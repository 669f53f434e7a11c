internal import HostNetwork

/// Which link has which index, and which index is free: what actions are encoded with.
struct LinkIndexes: Sendable {
    /// What is known of a link.
    struct Entry: Hashable, Sendable {
        let index: Int32
        /// The link below it; 0 for none.
        var parent: Int32
        var group: UInt32
    }

    private(set) var entries: [LinkName: Entry] = [:]
    private var names: [Int32: LinkName] = [:]
    private var nextFree: Int32

    /// - Parameter firstFree: the first index that is chosen for a new link; `nil` takes one at random.
    ///
    /// The kernel counts its own indexes up from 1, so seven digits are far from them. The start is random because another
    /// program may choose indexes, too, and a batch cannot take back what it did to a stranger's link under a taken index.
    init(firstFree: Int32?) { nextFree = firstFree ?? Int32.random(in: 1_000_000..<10_000_000) }

    subscript(name: LinkName) -> Entry? { entries[name] }

    subscript(index: Int32) -> LinkName? { names[index] }

    /// Forgets all links but remembers which index comes next.
    mutating func removeAll(reservingCapacity count: Int) {
        entries.removeAll(keepingCapacity: true)
        names.removeAll(keepingCapacity: true)
        entries.reserveCapacity(count)
        names.reserveCapacity(count)
    }

    mutating func insert(_ name: LinkName, _ entry: Entry) {
        if let old = entries[name] { names[old.index] = nil }
        entries[name] = entry
        names[entry.index] = name
    }

    mutating func remove(_ name: LinkName) {
        if let entry = entries.removeValue(forKey: name) { names[entry.index] = nil }
    }

    mutating func setGroup(_ group: UInt32, of name: LinkName) { entries[name]?.group = group }

    /// Takes over what another map knows, but goes on counting where this one stands.
    mutating func replaceEntries(by other: LinkIndexes) {
        entries = other.entries
        names = other.names
    }

    /// An index that no known link has.
    mutating func takeFreeIndex() -> Int32 {
        while names[nextFree] != nil { advance() }
        defer { advance() }
        return nextFree
    }

    private mutating func advance() { nextFree = nextFree == .max ? 1_000_000 : nextFree + 1 }

    /// How many known links lie below one: 0 for a NIC, 1 for a VLAN on it, 2 for a VLAN on that.
    func height(of name: LinkName) -> Int {
        var height = 0
        var parent = entries[name]?.parent ?? 0
        // Links cannot lie in a circle, but a map made of two moments could.
        while parent != 0, height < entries.count, let below = names[parent], let entry = entries[below] {
            height += 1
            parent = entry.parent
        }
        return height
    }
}
