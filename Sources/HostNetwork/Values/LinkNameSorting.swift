extension LinkName {
    /// Names in their order: the same as `sorted()` gives, and quicker where many differ only in the number at their end, as the links
    /// of a trunk do.
    ///
    /// Those that do are put in their places by their numbers. What is left to be sorted then consists of a few stretches that are in
    /// order already, which the library's sorting finds and merges.
    package static func sorted(_ names: some Collection<LinkName>) -> [LinkName] {
        guard names.count > 32 else { return names.sorted() }
        var sorted: [LinkName] = []
        sorted.reserveCapacity(names.count)
        var families: [LinkName: [(number: Int, name: LinkName)]] = [:]
        for name in names {
            if let (stem, number) = name.numbered {
                families[stem, default: []].append((number, name))
            } else {
                sorted.append(name)
            }
        }
        sorted.sort()
        for stem in families.keys.sorted() { sorted += families[stem].map { inOrder($0) } ?? [] }
        sorted.sort()
        return sorted
    }

    /// The members of a family, of which there is one at least, by their numbers, no two of which are alike.
    private static func inOrder(_ family: [(number: Int, name: LinkName)]) -> [LinkName] {
        var (lowest, highest) = (Int.max, Int.min)
        for member in family { (lowest, highest) = (min(lowest, member.number), max(highest, member.number)) }
        guard highest - lowest < 4 * family.count else { return family.sorted { $0.number < $1.number }.map(\.name) }
        var places = [LinkName?](repeating: nil, count: highest - lowest + 1)
        for member in family { places[member.number - lowest] = member.name }
        return places.compactMap(\.self)
    }
}
