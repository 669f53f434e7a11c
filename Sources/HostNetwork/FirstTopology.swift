/// Networks for a first topology file: the host's own, with one thing changed that by hand goes wrong easily.
extension HostNetwork {
    /// The network with a link behind a new bridge, which takes over its addresses and routes.
    /// - Throws: ``ValueError`` where that cannot be.
    public func bridging(_ name: LinkName, behind bridge: LinkName) throws(ValueError) -> HostNetwork {
        guard let link = self[name] else { throw ValueError("there is no link \(name) here", fix: "links here are \(nameList { $0.kind != .loopback })") }
        guard link.kind != .bridge, link.kind != .loopback else {
            throw ValueError("\(name) is a \(link.kind.displayName), which cannot be a port of a bridge", fix: "name a NIC, a bond or a VLAN")
        }
        if let master = link.master { throw ValueError("\(name) is a port of \(master) already", fix: "name \(master), or take \(name) out of it first") }
        if self[bridge] != nil { throw ValueError("there is a link \(bridge) already", fix: "choose another name: --name") }
        var made = Link(bridge, kind: .bridge)
        made.isUp = true
        made.group = Ownership.group
        var next = self
        next[bridge] = made
        next[name]?.attachment = .port(of: bridge)
        next.move(from: name, to: bridge)
        return next
    }

    /// The network without a bridge: its one port has its addresses and routes.
    /// - Throws: ``ValueError`` where that cannot be.
    public func unbridging(_ name: LinkName) throws(ValueError) -> HostNetwork {
        guard let bridge = self[name], bridge.kind == .bridge else {
            throw ValueError("there is no bridge \(name) here", fix: "bridges here are \(nameList { $0.kind == .bridge })")
        }
        let guests = ports(of: name).filter { $0.kind == .other("tun") }
        if let guest = guests.first {
            throw ValueError("the guests' \(guests.map(\.name.text).joined(separator: ", ")) would lose \(name)", fix: "move them first: `weft vm move`, or shut them down (\(guest.name))")
        }
        let others = ports(of: name)
        guard let port = others.first, others.count == 1 else {
            let what = others.isEmpty ? "no port" : "the ports \(others.map(\.name.text).joined(separator: ", "))"
            throw ValueError("\(name) has \(what): its addresses would have no one link to go to", fix: "leave it one port first")
        }
        if let upper = uppers(of: name).first {
            throw ValueError("\(upper.name) lies on \(name)", fix: "move \(upper.name) to \(port.name) first")
        }
        var next = self
        next.move(from: name, to: port.name)
        next[port.name]?.attachment = .free
        next.links[name] = nil
        return next
    }

    /// Hands addresses and routes over; the kernel's own stay, for the kernel makes them again.
    private mutating func move(from old: LinkName, to new: LinkName) {
        let own = links[old]?.addresses ?? []
        let others = links[new]?.addresses ?? []
        links[new]?.addresses = others + own.filter { !$0.isKernelMade }
        links[old]?.addresses = own.filter(\.isKernelMade)
        for place in routes.indices {
            if routes[place].link == old { routes[place].link = new }
            for way in routes[place].nextHops.indices where routes[place].nextHops[way].link == old { routes[place].nextHops[way].link = new }
        }
    }

    private func nameList(_ isMeant: (Link) -> Bool) -> String {
        let names = sortedLinks.filter(isMeant).map(\.name.text)
        return names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}
