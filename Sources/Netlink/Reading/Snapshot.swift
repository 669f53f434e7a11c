internal import CNetlink
public import HostNetwork

extension KernelConnection {
    /// Reads the whole network: one dump each of links, addresses, routes and rules, and of the VLAN tables if a bridge filters VLANs.
    ///
    /// - Parameter vlanTables: whether to read the VLAN tables even where no bridge filters, because they are to be changed.
    ///
    /// Routes of the local table are left out: the kernel keeps them by itself. The dumps are of several moments; where
    /// they contradict each other (an address on a link that is not there) all are taken again.
    /// - Throws: ``NetlinkError`` where the kernel refuses, or its state never stands still.
    public mutating func snapshot(vlanTables: Bool = false) throws(NetlinkError) -> HostNetwork {
        for _ in 0..<Socket.dumpLimit {
            if var network = try readOnce(vlanTables: vlanTables) {
                services?.read(into: &network)
                return network
            }
            socket.statistics.retakenSnapshots += 1
        }
        throw NetlinkError(
            "read the kernel's network", .unsettled, .tryAgain,
            detail: "links came and went during each of \(Socket.dumpLimit) readings")
    }

    /// Reads each part once; `nil` if they contradict each other.
    private mutating func readOnce(vlanTables: Bool) throws(NetlinkError) -> HostNetwork? {
        let reader = SnapshotReader()
        var decoded = try socket.dump(
            "links", .dump(Int(RTM_GETLINK), ifinfomsg(), extended: UInt32(RTEXT_FILTER_SKIP_STATS)), into: { [DecodedLink]() }
        ) { links, message in
            if let link = reader.links.decode(message) { links.append(link) }
        }
        learn(decoded)
        let links = links
        let addresses = try socket.dump("addresses", .dump(Int(RTM_GETADDR), ifaddrmsg()), into: { [(link: Int32, address: Address)]() }) {
            found, message in
            if let address = reader.addresses.decode(message, nameOf: { links[$0] }) { found.append(address) }
        }
        let routes = try socket.dump("routes", .dump(Int(RTM_GETROUTE), rtmsg()), into: { [DecodedRoute]() }) { found, message in
            if let route = reader.routes.decode(message) { found.append(route) }
        }
        let rules = try socket.dump("routing rules", .dump(Int(RTM_GETRULE), fib_rule_hdr()), into: { [Rule]() }) { found, message in
            if let rule = reader.rules.decode(message) { found.append(rule) }
        }
        // Each port of each bridge has a table, but it means nothing until the bridge filters: with thousands of plain bridges
        // this dump would be as long as that of the links.
        let filters = decoded.contains { $0.link.kind == .bridge && ($0.link.options.number(.vlanFiltering) ?? 0) != 0 }
        var tables: [(link: Int32, vlans: [BridgeVLAN])]?
        if filters || vlanTables {
            var request = ifinfomsg()
            request.ifi_family = UInt8(AF_BRIDGE)
            tables = try socket.dump(
                "bridge VLANs", .dump(Int(RTM_GETLINK), request, extended: UInt32(RTEXT_FILTER_BRVLAN_COMPRESSED)),
                into: { [(link: Int32, vlans: [BridgeVLAN])]() }
            ) { found, message in
                if let table = reader.bridgeVLANs.decode(message) { found.append(table) }
            }
        }
        guard var network = join(&decoded, addresses, routes, tables) else { return nil }
        network.rules = rules
        network.kernel = kernel
        return network
    }

    private mutating func learn(_ decoded: [DecodedLink]) {
        links.removeAll(reservingCapacity: decoded.count)
        for link in decoded {
            links.insert(link.link.name, LinkIndexes.Entry(index: link.index, parent: link.parent, group: link.link.group ?? 0))
        }
    }

    /// Puts names in place of indexes; `nil` if an index belongs to no link.
    private func join(
        _ decoded: inout [DecodedLink], _ addresses: [(link: Int32, address: Address)], _ routes: [DecodedRoute],
        _ tables: [(link: Int32, vlans: [BridgeVLAN])]?
    ) -> HostNetwork? {
        var places: [Int32: Int] = [:]
        places.reserveCapacity(decoded.count)
        for (place, link) in decoded.enumerated() { places[link.index] = place }
        for (index, address) in addresses {
            guard let place = places[index] else { return nil }
            decoded[place].link.addresses?.append(address)
        }

        var network = HostNetwork()
        network.links.reserveCapacity(decoded.count)
        // Where they lie, for a copy that changes would be a second link.
        for place in decoded.indices {
            let (parent, master) = (decoded[place].parent, decoded[place].master)
            // A lower link that is nowhere to be seen may be gone, or hidden from this namespace: it is left out.
            if parent != 0 { decoded[place].link.parent = links[parent] }
            decoded[place].link.attachment = .free
            if master != 0 {
                guard let name = links[master] else { return nil }
                decoded[place].link.attachment = .port(of: name)
            }
            for pending in decoded[place].pendingOptions {
                guard let name = links[pending.index] else { continue }
                let scope = OptionRow.scope(of: pending.id)
                if scope == .bridgePort || scope == .bondPort {
                    decoded[place].link.portOptions[pending.id] = .link(name)
                } else {
                    decoded[place].link.options[pending.id] = .link(name)
                }
            }
            network.links[decoded[place].link.name] = decoded[place].link
        }

        network.routes.reserveCapacity(routes.count)
        for entry in routes {
            var route = entry.route
            if entry.link != 0 {
                guard let name = links[entry.link] else { return nil }
                route.link = name
            }
            for (place, index) in entry.nextHopLinks.enumerated() {
                // A way without a link (a blackholed next hop) keeps the empty name.
                guard index != 0 else { continue }
                guard let name = links[index] else { return nil }
                route.nextHops[place].link = name
            }
            network.routes.append(route)
        }
        guard let tables else { return network }
        // The kernel tells nothing of an empty table.
        for link in network.links.values where link.kind == .bridge || link.portState != nil { network.bridgeVLANs[link.name] = [] }
        for (index, vlans) in tables {
            guard let name = links[index] else { return nil }
            network.bridgeVLANs[name] = vlans
        }
        return network
    }
}

/// The decoders of a snapshot, with their tables.
private struct SnapshotReader: ~Copyable {
    let links = LinkDecoder()
    let addresses = AddressDecoder()
    let routes = RouteDecoder()
    let rules = RuleDecoder()
    let bridgeVLANs = BridgeVLANDecoder()
}
