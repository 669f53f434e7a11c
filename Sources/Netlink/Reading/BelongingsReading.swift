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
        for (index, flag) in own.flags { if let name = indexes[index] { found[name]?.unkept.append(flag) } }
        for (name, settings) in settings(of: indexes, own.settings) {
            found[name]?.entries += settings.entries
            found[name]?.unkept += settings.unkept
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
            let isStatic = Int32(header.ndm_state) & (NUD_NOARP | NUD_PERMANENT) != 0
            attributes.parse(message, after: MemoryLayout<ndmsg>.size)
            // Without a master it is the link's own list of addresses, which its driver keeps.
            guard isStatic, let master = attributes[NDA_MASTER]?.i32, let mac = attributes[NDA_LLADDR]?.mac, !mac.isMulticast else { return }
            let kept = header.ndm_flags & UInt8(NTF_STICKY | NTF_EXT_LEARNED)
            let entry = StaticForwardingEntry(
                mac, vlan: attributes[NDA_VLAN]?.u16, state: header.ndm_state, flags: kept, isOfBridge: master == header.ndm_ifindex ? true : nil)
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

    /// What links tell of themselves.
    private struct OwnFacts {
        /// The addresses of all of them, which bridges keep among their static entries by themselves.
        var addresses: Set<MACAddress> = []
        /// How they are set, so that those which are set alike are read once.
        var settings: [Int32: SettingsPrint] = [:]
        /// Those with an XDP program.
        var programmed: [Int32] = []
        /// Flags that somebody has set or taken away, in words.
        var flags: [(Int32, String)] = []
    }

    private mutating func ownFacts() throws(NetlinkError) -> OwnFacts {
        let attributes = AttributeTable(highest: Int(IFLA_XDP))
        var own = try socket.dump(
            "links", .dump(Int(RTM_GETLINK), ifinfomsg(), extended: UInt32(RTEXT_FILTER_SKIP_STATS)), into: { OwnFacts() }
        ) { facts, message in
            guard let header = message.body(ifinfomsg.self) else { return }
            attributes.parse(message, after: MemoryLayout<ifinfomsg>.size)
            if let mac = attributes[IFLA_ADDRESS]?.mac { facts.addresses.insert(mac) }
            attributes[IFLA_LINKINFO]?.forEachNested { type, value in
                if type == Int(IFLA_INFO_KIND) { facts.flags += Self.unusualFlags(header.ifi_flags, of: value.text).map { (header.ifi_index, $0) } }
            }
            facts.settings[header.ifi_index] = SettingsPrint(mtu: attributes[IFLA_MTU]?.u32 ?? 0, attributes[IFLA_AF_SPEC])
            attributes[IFLA_XDP]?.forEachNested { type, attached in
                if type == Int(IFLA_XDP_ATTACHED), attached.u8 != 0 { facts.programmed.append(header.ifi_index) }
            }
        }
        for (index, bytes) in try neighbourSettings() { own.settings[index]?.values += bytes }
        return own
    }

    /// The flags in which a link differs from a new one, as far as people set them. A VLAN has some of them from its parent.
    private static func unusualFlags(_ flags: UInt32, of kind: String) -> [String] {
        guard ["vlan", "bridge", "bond"].contains(kind) else { return [] }
        var words: [String] = []
        if flags & UInt32(IFF_PROMISC) != 0 { words.append("its flag PROMISC") }
        if flags & UInt32(IFF_ALLMULTI) != 0 { words.append("its flag ALLMULTI") }
        guard kind != "vlan" else { return words }
        if flags & UInt32(IFF_NOARP) != 0 { words.append("its flag NOARP") }
        if flags & UInt32(IFF_MULTICAST) == 0 { words.append("its being without MULTICAST") }
        return words
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
