extension HostNetwork {
    /// The broadcast domains of the host, by name; those on which nobody is come last.
    ///
    /// On a bridge that tells VLANs apart each VLAN is one. What lies behind a wire, such as a switch that joins two VLANs, cannot be
    /// seen from here.
    /// - Parameter domains: the domains, if libvirt was asked: then taps are theirs, and stopped ones stand where they would hang.
    public func segments(domains: DomainSnapshot? = nil) -> [Segment] {
        var search = SegmentSearch(self, domains)
        return search.segments().sorted { ($0.isIdle ? 1 : 0, $0.name) < ($1.isIdle ? 1 : 0, $1.name) }
    }

    /// Between which segments the host itself routes, by its addresses in them.
    public func routing(between segments: [Segment], _ forwarding: Forwarding) -> [SegmentRouting] {
        struct Router: Hashable {
            let vrf: LinkName?
            let family: IPAddress.Family
        }
        var members: [Router: (from: Set<Int>, to: Set<Int>)] = [:]
        for (place, segment) in segments.enumerated() {
            for address in segment.addresses {
                let master = self[address.link]?.master
                let router = Router(vrf: master.flatMap { self[$0]?.kind == .vrf ? $0 : nil }, family: address.network.address.family)
                members[router, default: ([], [])].to.insert(place)
                let forwards = router.family == .ipv4 ? forwarding.ipv4.contains(address.link) : forwarding.ipv6
                if forwards { members[router]?.from.insert(place) }
            }
        }
        return members.sorted { ($0.key.family.rawValue, $0.key.vrf?.text ?? "") < ($1.key.family.rawValue, $1.key.vrf?.text ?? "") }.compactMap { router, found in
            guard found.to.count > 1, !found.from.isEmpty else { return nil }
            return SegmentRouting(family: router.family, from: found.from.sorted(), to: found.to.sorted())
        }
    }
}

/// Finds out which places of the network hear one another.
private struct SegmentSearch {
    /// A VLAN tag, by the first id of a range that everything here treats alike.
    private struct Tag: Hashable {
        let id: UInt16
        let isService: Bool
    }

    /// Where a frame can be seen.
    private enum Place: Hashable {
        /// On a link that is no VLAN, with these tags.
        case on(LinkName, [Tag])
        /// In a VLAN of a bridge that tells them apart, with further tags.
        case inside(LinkName, UInt16, [Tag])
    }

    private let network: HostNetwork
    private let domains: DomainSnapshot?
    private let links: [Link]
    private var ports: [LinkName: [LinkName]] = [:]
    private var uppers: [LinkName: [LinkName]] = [:]
    /// The first ids of ranges that every table and every VLAN treats alike, ascending.
    private let ranges: [UInt16]
    private var found: [Place: Int] = [:]
    private var count = 0

    init(_ network: HostNetwork, _ domains: DomainSnapshot?) {
        self.network = network
        self.domains = domains
        links = network.sortedLinks.filter { $0.kind != .loopback }
        var begins: Set<UInt16> = [0]
        for link in network.sortedLinks {
            if let master = link.master { ports[master, default: []].append(link.name) }
            if let parent = link.parent { uppers[parent, default: []].append(link.name) }
            if let id = link.vlanID?.number { begins.formUnion([id, id + 1]) }
            if link.filtersVLANs { begins.formUnion([link.defaultPVID, link.defaultPVID + 1]) }
        }
        for table in network.bridgeVLANs.values {
            for entry in table { begins.formUnion([entry.ids.lowerBound, entry.ids.upperBound + 1]) }
        }
        ranges = begins.sorted()
    }

    // MARK: Ranges

    /// The range that an id is in.
    private func range(of id: UInt16) -> ClosedRange<UInt16> {
        let next = ranges.partitioningIndex { $0 > id }
        return ranges[next - 1]...(next < ranges.count ? ranges[next] - 1 : 4094)
    }

    private func first(of id: UInt16) -> UInt16 { range(of: id).lowerBound }

    private func range(_ tags: [Tag]) -> [ClosedRange<UInt16>] { tags.map { range(of: $0.id) } }

    // MARK: Going through

    mutating func segments() -> [Segment] {
        for link in links { visit(home(of: link.name)) }
        for bridge in links where bridge.filtersVLANs {
            let tables = [bridge.name] + (ports[bridge.name] ?? [])
            for id in Set(tables.flatMap { ids(of: network.bridgeVLANs[$0] ?? []) }).sorted() { visit(.inside(bridge.name, id, [])) }
        }
        return joinedRanges(described())
    }

    private func ids(_ entry: BridgeVLAN) -> [UInt16] { ranges.filter { entry.ids.contains($0) } }

    private func ids(of table: [BridgeVLAN]) -> [UInt16] { table.flatMap { ids($0) } }

    private mutating func visit(_ start: Place) {
        guard found[start] == nil else { return }
        found[start] = count
        var open = [start]
        while let place = open.popLast() {
            for next in neighbours(of: place) where found[next] == nil {
                found[next] = count
                open.append(next)
            }
        }
        count += 1
    }

    /// Where a link's own frames, without any further tag, are seen.
    private func home(of name: LinkName) -> Place { place(name, []) }

    /// A link's frames with tags: those of a VLAN are its parent's with one tag more.
    private func place(_ name: LinkName, _ tags: [Tag]) -> Place {
        var (name, tags) = (name, tags)
        for _ in 0..<16 {
            guard let link = network[name], let parent = link.parent, network[parent] != nil else { break }
            if let tag = tag(of: link) {
                tags.insert(tag, at: 0)
            } else if !Self.sharing.contains(link.kind) {
                break
            }
            name = parent
        }
        return .on(name, tags)
    }

    /// Links that speak on the segment of the link below them.
    private static let sharing: Set<LinkKind> = [.other("macvlan"), .other("macvtap"), .other("ipvlan"), .other("ipvtap")]

    private func tag(of link: Link) -> Tag? {
        guard link.kind == .vlan, let id = link.vlanID?.number else { return nil }
        return Tag(id: first(of: id), isService: Self.isService(link.options.number(.vlanProtocol)))
    }

    private static func isService(_ etherType: Int64?) -> Bool { etherType == 0x88a8 }

    /// The links whose frames are seen at a place, each with the tags that are left for it: a VLAN takes its own tag away, and takes
    /// the frame from the master of the link below.
    private func readers(_ name: LinkName, _ tags: [Tag]) -> [(name: LinkName, tags: [Tag], isTaken: Bool)] {
        var readers: [(name: LinkName, tags: [Tag], isTaken: Bool)] = []
        var open = [(name, tags)]
        while let (name, tags) = open.popLast() {
            var isTaken = false
            for upper in uppers[name] ?? [] {
                guard let link = network[upper] else { continue }
                if let tag = tag(of: link) {
                    guard tag == tags.first else { continue }
                    isTaken = true
                    open.append((upper, Array(tags.dropFirst())))
                } else if Self.sharing.contains(link.kind) {
                    open.append((upper, tags))
                }
            }
            readers.append((name, tags, isTaken))
        }
        return readers
    }

    private func neighbours(of place: Place) -> [Place] {
        switch place {
        case .on(let name, let tags):
            return readers(name, tags).flatMap { reader in
                (reader.isTaken ? [] : upwards(reader.name, reader.tags)) + downwards(reader.name, reader.tags)
            }
        case .inside(let bridge, let id, let rest):
            let service = isService(bridge)
            let leaving = ([bridge] + (ports[bridge] ?? [])).compactMap { port -> Place? in
                guard let entry = network.bridgeVLANs[port]?[id: id] else { return nil }
                if entry.isUntagged, !entry.isPVID { return nil }
                let tags = entry.isUntagged ? rest : [Tag(id: id, isService: service)] + rest
                return port == bridge || !isTaken(tags, on: port) ? self.place(port, tags) : nil
            }
            return leaving
        }
    }

    /// Whether a VLAN of a link's takes its frames with these tags.
    private func isTaken(_ tags: [Tag], on name: LinkName) -> Bool {
        guard let first = tags.first else { return false }
        return (uppers[name] ?? []).contains { network[$0].flatMap { tag(of: $0) } == first }
    }

    private func isService(_ bridge: LinkName) -> Bool { Self.isService(network[bridge]?.options.number(.bridgeVLANProtocol)) }

    /// From a port to its master.
    private func upwards(_ name: LinkName, _ tags: [Tag]) -> [Place] {
        guard let master = network[name]?.master, let link = network[master] else { return [] }
        guard link.kind == .bridge || link.kind == .bond else { return [] }
        return link.filtersVLANs ? entering(master, by: name, tags) : [place(master, tags)]
    }

    /// From a master to its ports; into the VLANs of a bridge that is a port of its own.
    private func downwards(_ name: LinkName, _ tags: [Tag]) -> [Place] {
        guard let link = network[name] else { return [] }
        if link.filtersVLANs { return entering(name, by: name, tags) }
        guard link.kind == .bridge || link.kind == .bond else { return [] }
        return (ports[name] ?? []).filter { !isTaken(tags, on: $0) }.map { place($0, tags) }
    }

    /// The VLAN of a bridge that a frame belongs to which enters by a port.
    private func entering(_ bridge: LinkName, by port: LinkName, _ tags: [Tag]) -> [Place] {
        let table = network.bridgeVLANs[port] ?? []
        if let tag = tags.first, tag.isService == isService(bridge) {
            guard let entry = table[id: tag.id], !entry.isUntagged else { return [] }
            return [.inside(bridge, tag.id, Array(tags.dropFirst()))]
        }
        return table.pvid.map { [.inside(bridge, first(of: $0), tags)] } ?? []
    }

    // MARK: Describing

    private func described() -> [Segment] {
        var segments = [Segment](repeating: Segment(), count: count)
        for (place, number) in found {
            switch place {
            case .on(let name, let tags): describe(name, tags, &segments[number])
            case .inside(let bridge, let id, let rest):
                if rest.isEmpty { segments[number].bridges.append(Segment.Bridge(link: bridge, vlans: range(of: id))) }
            }
        }
        for member in domains?.members ?? [] {
            guard member.interface.live == nil, let device = member.interface.stored, device.isOnBridge, let bridge = device.bridgeName,
                let link = network[bridge]
            else { continue }
            // Which VLANs its tap will be given is not libvirt's to say; a new port has the bridge's default.
            let start: Place = link.filtersVLANs ? .inside(bridge, first(of: link.defaultPVID), []) : home(of: bridge)
            guard let number = found[start] else { continue }
            segments[number].guests.append(
                Segment.Guest(domain: member.domain.name, state: member.domain.state, mac: device.mac, tap: nil, tags: []))
        }
        for place in segments.indices { segments[place].sort() }
        return segments
    }

    private func describe(_ name: LinkName, _ tags: [Tag], _ segment: inout Segment) {
        for reader in readers(name, tags) {
            guard let link = network[reader.name] else { continue }
            if reader.tags.isEmpty { describe(home: link, &segment) }
            if isWire(link), link.name == name { segment.wires.append(Segment.Wire(link: name, tags: range(tags))) }
            guard isGuestEnd(link) else { continue }
            if let member = domains?.owner(ofTap: link.name), let mac = member.interface.live?.mac {
                segment.guests.append(
                    Segment.Guest(domain: member.domain.name, state: member.domain.state, mac: mac, tap: link.name, tags: range(reader.tags)))
            } else if link.master != nil || reader.tags.isEmpty {
                segment.ports.append(link.name)
            }
        }
    }

    private func describe(home link: Link, _ segment: inout Segment) {
        switch link.kind {
        case .bond: segment.bonds.append(link.name)
        case .vlan: segment.vlans.append(link.name)
        case .bridge: if !link.filtersVLANs { segment.bridges.append(Segment.Bridge(link: link.name, vlans: nil)) }
        case .nic, .loopback, .other: break
        }
        for address in link.addresses ?? [] where !address.isKernelMade && !address.network.address.isIPv6LinkLocal {
            segment.addresses.append(Segment.HostAddress(network: address.network, link: link.name))
        }
    }

    /// Whether a link leads out of the host: a card, a tunnel, or a veth that serves as one.
    private func isWire(_ link: Link) -> Bool {
        switch link.kind {
        case .nic: true
        case .loopback, .bond, .vlan, .bridge, .vrf: false
        case .other("veth"): isCard(link)
        case .other: !isGuestEnd(link) && !Self.sharing.contains(link.kind)
        }
    }

    /// Whether a veth is used as a card is: in a bond, or below VLANs.
    private func isCard(_ link: Link) -> Bool {
        link.master.flatMap { network[$0]?.kind } == .bond || (uppers[link.name] ?? []).contains { network[$0]?.kind == .vlan }
    }

    /// Whether somebody else than the host stands behind a link.
    private func isGuestEnd(_ link: Link) -> Bool {
        switch link.kind {
        case .other("tun"), .other("macvtap"), .other("ipvtap"): true
        case .other("veth"): link.master != nil && !isCard(link)
        case .nic, .loopback, .bond, .vlan, .bridge, .other: false
        }
    }

    /// Ranges of VLANs that are alike in everything but their number are one segment for a reader.
    private func joinedRanges(_ segments: [Segment]) -> [Segment] {
        var joined: [Segment] = []
        for segment in segments.sorted(by: { ($0.firstVLAN, $0.name) < ($1.firstVLAN, $1.name) }) {
            if let place = joined.lastIndex(where: { $0.continues(with: segment) }) {
                joined[place] = joined[place].extended(by: segment)
            } else {
                joined.append(segment)
            }
        }
        return joined
    }
}

extension Segment {
    fileprivate mutating func sort() {
        wires = Set(wires).sorted { ($0.link.text, $0.tags.first?.lowerBound ?? 0) < ($1.link.text, $1.tags.first?.lowerBound ?? 0) }
        bonds.sort()
        vlans.sort()
        bridges.sort { ($0.link.text, $0.vlans?.lowerBound ?? 0) < ($1.link.text, $1.vlans?.lowerBound ?? 0) }
        ports = Set(ports).sorted()
        guests = Set(guests).sorted { ($0.domain, $0.mac.description) < ($1.domain, $1.mac.description) }
        addresses.sort { ($0.link.text, $0.network.description) < ($1.link.text, $1.network.description) }
    }

    fileprivate var firstVLAN: UInt16 { bridges.compactMap(\.vlans?.lowerBound).min() ?? 0 }

    /// The same with every range moved to begin at 0, so that two neighbours can be compared; `nil` where it is of no single range.
    private func moved(to begin: UInt16) -> Segment? {
        guard vlans.isEmpty, addresses.isEmpty, let range = bridges.first?.vlans else { return nil }
        func move(_ tags: [ClosedRange<UInt16>]) -> [ClosedRange<UInt16>]? { tags.isEmpty ? tags : tags == [range] ? [begin...begin] : nil }
        var copy = self
        for place in bridges.indices {
            guard bridges[place].vlans == range else { return nil }
            copy.bridges[place].vlans = begin...begin
        }
        for place in wires.indices {
            guard let tags = move(wires[place].tags) else { return nil }
            copy.wires[place].tags = tags
        }
        for place in guests.indices {
            guard let tags = move(guests[place].tags) else { return nil }
            copy.guests[place].tags = tags
        }
        return copy
    }

    /// Whether another one is the same for the VLANs that follow.
    fileprivate func continues(with next: Segment) -> Bool {
        guard let mine = bridges.first?.vlans, let theirs = next.bridges.first?.vlans, mine.upperBound < .max, mine.upperBound + 1 == theirs.lowerBound,
            let left = moved(to: 0), let right = next.moved(to: 0)
        else { return false }
        return left == right && !left.wires.contains { $0.tags.isEmpty } && !left.guests.contains { $0.tags.isEmpty }
    }

    fileprivate func extended(by next: Segment) -> Segment {
        guard let mine = bridges.first?.vlans, let theirs = next.bridges.first?.vlans else { return self }
        let whole = mine.lowerBound...theirs.upperBound
        var copy = self
        for place in bridges.indices { copy.bridges[place].vlans = whole }
        for place in wires.indices { copy.wires[place].tags = [whole] }
        for place in guests.indices { copy.guests[place].tags = [whole] }
        return copy
    }
}

extension [UInt16] {
    /// The first place whose element fulfils a condition that all later ones fulfil too.
    fileprivate func partitioningIndex(_ isLater: (UInt16) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isLater(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
