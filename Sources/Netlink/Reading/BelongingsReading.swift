internal import CNetlink
public import HostNetwork

extension KernelConnection {
    /// Reads what belongs to some links besides their addresses and routes: permanent neighbours, static entries of bridges'
    /// databases, settings under `/proc/sys` that are not as a new link's, and what could not be put back on a link made anew.
    /// - Throws: ``NetlinkError`` where the kernel refuses. A kernel without bridges has no such entries.
    public mutating func belongings(of names: Set<LinkName>) throws(NetlinkError) -> [LinkName: Belongings] {
        var indexes: [Int32: LinkName] = [:]
        for name in names { if let entry = links[name] { indexes[entry.index] = name } }
        var found: [LinkName: Belongings] = [:]
        for name in indexes.values { found[name] = Belongings() }
        let attributes = AttributeTable(highest: Int(__NDA_MAX) - 1)

        for (index, entry) in try neighbours(proxies: false, attributes) + neighbours(proxies: true, attributes) {
            if let name = indexes[index] { found[name]?.entries.append(.neighbour(entry)) }
        }
        let own = try ownFacts()
        for (index, entry) in try forwardingEntries(attributes) where entry.state != UInt16(NUD_PERMANENT) || !own.addresses.contains(entry.mac) {
            if let name = indexes[index] { found[name]?.entries.append(.forwarding(entry)) }
        }
        for (index, entry) in try groups() {
            if let name = indexes[index] { found[name]?.entries.append(.group(entry)) }
        }
        for (index, kind) in try queues() {
            if let name = indexes[index] { found[name]?.unkept.append("\(kind == "clsact" || kind == "ingress" ? "filters of its \(kind) qdisc" : "its \(kind) qdisc")") }
        }
        for index in own.programmed { if let name = indexes[index] { found[name]?.unkept.append("its XDP program") } }
        for (name, settings) in settings(of: indexes, own.settings) {
            found[name]?.entries += settings.entries
            found[name]?.unkept += settings.unkept
        }
        // After the settings, as the kernel takes a token only where announcements are taken.
        for (index, entries) in own.entries { if let name = indexes[index] { found[name]?.entries += entries } }
        for (index, mac) in try ownAddresses(own, attributes) { if let name = indexes[index] { found[name]?.entries.append(.ownAddress(mac)) } }
        if own.anyBridgeFilters {
            for (index, setting) in try vlanSettings(own) { if let name = indexes[index] { found[name]?.entries.append(.vlanSetting(setting)) } }
        }
        for (index, phrase) in BoundSockets.find(to: Set(indexes.keys), beside: socket) {
            if let name = indexes[index] { found[name]?.unkept.append(phrase) }
        }
        return found
    }

    /// The permanent neighbours of IPv4 and IPv6. The kernel tells proxies only when it is asked for them.
    private mutating func neighbours(proxies: Bool, _ attributes: borrowing AttributeTable) throws(NetlinkError) -> [(Int32, Neighbour)] {
        var header = ndmsg()
        header.ndm_flags = proxies ? UInt8(NTF_PROXY) : 0
        return try socket.dump("neighbours", .dump(Int(RTM_GETNEIGH), header), into: { [(Int32, Neighbour)]() }) { found, message in
            guard message.type == RTM_NEWNEIGH, let header = message.body(ndmsg.self) else { return }
            let isIP = Int32(header.ndm_family) == AF_INET || Int32(header.ndm_family) == AF_INET6
            guard isIP, proxies || Int32(header.ndm_state) & NUD_PERMANENT != 0 else { return }
            attributes.parse(message, after: MemoryLayout<ndmsg>.size)
            guard let address = attributes[NDA_DST]?.ipAddress, proxies || attributes[NDA_LLADDR]?.mac != nil else { return }
            let flags = header.ndm_flags & UInt8(NTF_ROUTER | NTF_EXT_LEARNED)
            found.append((header.ndm_ifindex, Neighbour(address, mac: proxies ? nil : attributes[NDA_LLADDR]?.mac, isProxy: proxies, flags: flags, origin: attributes[NDA_PROTOCOL].flatMap { $0.u8 == 0 ? nil : $0.u8 })))
        }
    }

    /// The static entries of every bridge's forwarding database, by port. Those of the ports' own addresses are among them.
    private mutating func forwardingEntries(_ attributes: borrowing AttributeTable) throws(NetlinkError) -> [(Int32, StaticForwardingEntry)] {
        var header = ndmsg()
        header.ndm_family = UInt8(AF_BRIDGE)
        return try socket.dump("forwarding databases", .dump(Int(RTM_GETNEIGH), header), into: { [(Int32, StaticForwardingEntry)]() }) {
            found, message in
            guard message.type == RTM_NEWNEIGH, let header = message.body(ndmsg.self) else { return }
            // What a control plane has learnt elsewhere is used, or not, and does not age.
            let isLearntElsewhere = Int32(header.ndm_flags) & NTF_EXT_LEARNED != 0
            let isStatic = Int32(header.ndm_state) & (NUD_NOARP | NUD_PERMANENT) != 0
            attributes.parse(message, after: MemoryLayout<ndmsg>.size)
            // Without a master it is the link's own list of addresses.
            guard isStatic || isLearntElsewhere, let master = attributes[NDA_MASTER]?.i32, let mac = attributes[NDA_LLADDR]?.mac, !mac.isMulticast else { return }
            let kept = header.ndm_flags & UInt8(NTF_STICKY | NTF_EXT_LEARNED)
            let entry = StaticForwardingEntry(
                mac, vlan: attributes[NDA_VLAN]?.u16, state: isStatic ? header.ndm_state : UInt16(NUD_REACHABLE), flags: kept, isOfBridge: master == header.ndm_ifindex ? true : nil)
            found.append((header.ndm_ifindex, entry))
        }
    }

    private mutating func groups() throws(NetlinkError) -> [(Int32, GroupEntry)] {
        var header = br_port_msg()
        header.family = UInt8(AF_BRIDGE)
        let links = links
        do throws(NetlinkError) {
            return try socket.dump("multicast databases", .dump(Int(RTM_GETMDB), header), into: { [(Int32, GroupEntry)]() }) { found, message in
                guard message.type == RTM_NEWMDB || message.type == RTM_GETMDB, let header = message.body(br_port_msg.self),
                    let bridge = links[Int32(bitPattern: header.ifindex)]
                else { return }
                message.attribute(MDBA_MDB, after: MemoryLayout<br_port_msg>.size)?.forEachNested { _, database in
                    database.forEachNested { _, info in
                        // `struct br_mdb_entry` begins with the port's index and the state.
                        var bytes = unsafe [UInt8](info.bytes.prefix(MemoryLayout<br_mdb_entry>.size))
                        guard bytes.count == MemoryLayout<br_mdb_entry>.size, Int32(bytes[4]) == MDB_PERMANENT else { return }
                        // The port's is another one once it was made anew.
                        bytes.replaceSubrange(..<MemoryLayout<UInt32>.size, with: [0, 0, 0, 0])
                        var source: IPAddress?
                        info.forEachNested(after: MemoryLayout<br_mdb_entry>.size) { type, value in
                            if type == Int(MDBA_MDB_EATTR_SOURCE) { source = value.ipAddress }
                        }
                        found.append((info.i32, GroupEntry(bridge: bridge, bytes: bytes, source: source)))
                    }
                }
            }
        } catch {
            // A kernel without bridges, or without snooping, has no such request.
            if error.code == .notSupported { return [] }
            throw error
        }
    }

    /// Qdiscs that somebody set up: any but those that links have by themselves.
    private mutating func queues() throws(NetlinkError) -> [(Int32, String)] {
        try socket.dump("qdiscs", .dump(Int(RTM_GETQDISC), tcmsg()), into: { [(Int32, String)]() }) { found, message in
            guard message.type == RTM_NEWQDISC, let header = message.body(tcmsg.self),
                let kind = message.attribute(TCA_KIND, after: MemoryLayout<tcmsg>.size)?.text, kind != "noqueue", kind != "mq",
                header.tcm_parent == TC_H_ROOT || kind == "clsact" || kind == "ingress"
            else { return }
            // The default has no handle of its own.
            if header.tcm_handle != 0 { found.append((header.tcm_ifindex, kind)) }
        }
    }
}
