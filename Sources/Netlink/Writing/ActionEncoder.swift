internal import CNetlink
internal import HostNetwork

/// Turns actions into chunks of messages, and keeps the map of indexes as the actions would leave it.
///
/// Nothing is sent here: what cannot be encoded stops a whole list before its first message.
struct ActionEncoder: ~Copyable {
    /// The map, with what the actions so far made and deleted.
    var links: LinkIndexes
    private(set) var chunks: [Chunk] = []
    private var current = Chunk()
    /// The messages of the action at work: they stay in one chunk.
    private var group = Chunk()
    private var message = Message()
    /// The indexes chosen in this list, and those of them that the message at work names.
    private var chosen: Set<Int32> = []
    private var references: [Int32] = []
    private var action = 0
    private let port: UInt32
    private(set) var nextSequence: UInt32

    init(links: LinkIndexes, port: UInt32, nextSequence: UInt32) {
        self.links = links
        self.port = port
        self.nextSequence = nextSequence
    }

    /// Adds the messages of an action.
    mutating func encode(_ action: Action, at place: Int) throws(NetlinkError) {
        self.action = place
        let attempted = Attempt.action(action)
        switch action {
        case .create(let link): try create(link, attempted)
        case .change(let link): try change(link, attempted)
        case .delete(let names): try delete(names, attempted)
        case .addName(let text, let name): try self.name(text, of: name, RTM_NEWLINKPROP, attempted)
        case .removeName(let text, let name): try self.name(text, of: name, RTM_DELLINKPROP, attempted)
        case .setVLANs(let vlans, let place):
            message.beginVLANs(RTM_SETLINK, try index(of: place.link, attempted))
            message.put(vlans, at: place)
            try add(attempted)
        case .removeVLANs(let ids, let place):
            message.beginVLANs(RTM_DELLINK, try index(of: place.link, attempted))
            message.put(ids.map { BridgeVLAN(ids: $0) }, at: place)
            try add(attempted)
        case .addAddress(let address, let name):
            try add(try AddressEncoder.message(adding: address, to: try index(of: name, attempted), attempted.text), attempted)
        case .removeAddress(let address, let name):
            try add(try AddressEncoder.message(removing: address, from: try index(of: name, attempted), attempted.text), attempted)
        case .addRoute(let route): try self.route(route, .add, attempted)
        case .replaceRoute(let route): try self.route(route, .replace, attempted)
        case .removeRoute(let route): try self.route(route, .remove, attempted)
        case .addRule(let rule): try self.rule(rule, isRemoval: false, attempted)
        case .removeRule(let rule): try self.rule(rule, isRemoval: true, attempted)
        case .restore(let belonging, let name): try restore(belonging, on: name, attempted)
        case .forget(let belonging, let name): try forget(belonging, on: name, attempted)
        case .service: throw NetlinkError(attempted.text, .refused, .notSupported, detail: "the kernel is not asked for that")
        }
        commit()
    }

    /// Ends the last chunk.
    mutating func finish() { closeChunk() }

    // MARK: Messages

    /// The index of a link, known from the last snapshot or chosen for it since.
    mutating func index(of name: LinkName, _ attempted: Attempt) throws(NetlinkError) -> Int32 {
        guard let entry = links[name] else {
            throw NetlinkError(attempted.text, .unknownLink, .noDevice, detail: "there is no link named \(name)")
        }
        if chosen.contains(entry.index) { references.append(entry.index) }
        return entry.index
    }

    /// Adds the message at work.
    private mutating func add(part: String? = nil, created: (name: LinkName, index: Int32)? = nil, _ attempted: Attempt) throws(NetlinkError)
    {
        guard message.isWhole else {
            throw NetlinkError(attempted.text, .refused, .invalidArgument, detail: "its values do not fit into one netlink message")
        }
        let entry = Chunk.Entry(action: action, part: part, created: created, references: references)
        references = []
        group.append(message, sequence: nextSequence, port: port, entry)
        nextSequence &+= 1
    }

    /// Adds a message that libnl's route library has built.
    private mutating func add(_ built: consuming Message, _ attempted: Attempt) throws(NetlinkError) {
        message = built
        try add(attempted)
        message = Message()
    }

    private mutating func commit() {
        if !current.hasRoom(for: group) { closeChunk() }
        current.append(group)
        group = Chunk()
    }

    private mutating func closeChunk() {
        guard !current.isEmpty else { return }
        current.requestAcknowledgement()
        chunks.append(current)
        current = Chunk()
    }

    private mutating func route(_ route: Route, _ verb: RouteEncoder.Verb, _ attempted: Attempt) throws(NetlinkError) {
        var indexes: [LinkName: Int32] = [:]
        // A way without a link, as the kernel tells some, has an empty name.
        for name in [route.link].compactMap(\.self) + route.nextHops.map(\.link) where !name.text.isEmpty {
            indexes[name] = try index(of: name, attempted)
        }
        try add(try RouteEncoder.message(verb, route, indexes: indexes, attempted.text), attempted)
    }

    private mutating func rule(_ rule: Rule, isRemoval: Bool, _ attempted: Attempt) throws(NetlinkError) {
        RuleEncoder.encode(rule, isRemoval: isRemoval, into: &message)
        try add(attempted)
    }

    private mutating func restore(_ belonging: Belonging, on name: LinkName, _ attempted: Attempt) throws(NetlinkError) {
        let index = try index(of: name, attempted)
        if case .setting(let setting) = belonging { return write(setting.value, to: setting.path(of: name), isOptional: true) }
        let other: Int32 =
            switch belonging {
            case .group(let group): try self.index(of: group.bridge, attempted)
            case .backupPort(let port): try self.index(of: port, attempted)
            default: 0
            }
        BelongingEncoder.encode(belonging, on: index, naming: other, into: &message)
        try add(attempted)
    }

    private mutating func forget(_ belonging: Belonging, on name: LinkName, _ attempted: Attempt) throws(NetlinkError) {
        guard case .neighbour(let neighbour) = belonging else {
            throw NetlinkError(attempted.text, .refused, .notSupported, detail: "only neighbours are taken away by themselves")
        }
        BelongingEncoder.encode(removing: neighbour, on: try index(of: name, attempted), into: &message)
        try add(attempted)
    }

    // MARK: Links

    private mutating func create(_ link: Link, _ attempted: Attempt) throws(NetlinkError) {
        let index = links.takeFreeIndex()
        try create(link, at: index, attempted)
        let parent = link.parent.flatMap { links[$0]?.index } ?? 0
        links.insert(link.name, LinkIndexes.Entry(index: index, parent: parent, group: link.group ?? 0))
        chosen.insert(index)
        try followUp(link, attempted)
    }

    /// Makes a link without choosing its index, after the chosen one was found taken. What follows goes by name.
    mutating func createAsking(_ link: Link, at place: Int) throws(NetlinkError) {
        action = place
        try create(link, at: 0, .action(.create(link)))
        try followUp(link, .action(.create(link)))
        commit()
    }

    /// - Parameter index: the index chosen for it; 0 lets the kernel choose.
    private mutating func create(_ link: Link, at chosenIndex: Int32, _ attempted: Attempt) throws(NetlinkError) {
        guard let kind = link.kind.kernelName else {
            throw NetlinkError(attempted.text, .refused, .notSupported, detail: "a link of this sort is hardware, and cannot be made")
        }
        var header = ifinfomsg()
        header.ifi_index = chosenIndex
        header.setUp(link.isUp)
        message.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, header)
        message.put(IFLA_IFNAME, link.name.text)
        if let parent = link.parent { message.put(IFLA_LINK, try self.index(of: parent, attempted)) }
        try putFields(link, attempted)
        try putOptions(link, kind: kind, attempted)
        try add(created: chosenIndex == 0 ? nil : (link.name, chosenIndex), attempted)
    }

    /// Sets what a create message ignores in silence: the description and the options as a bridge's port.
    ///
    /// By name, not by index: had the create failed because a stranger has the chosen index, this would be done to the
    /// stranger. A message with index 0 and a name touches that name alone; it must not carry a group, for on kernels
    /// before 5.17 it would change every link of the group if the name is missing.
    private mutating func followUp(_ link: Link, _ attempted: Attempt) throws(NetlinkError) {
        let alias = link.alias.flatMap { $0.isEmpty ? nil : $0 }
        guard alias != nil || !link.portOptions.isEmpty else { return }
        message.begin(RTM_NEWLINK, 0, ifinfomsg())
        message.put(IFLA_IFNAME, link.name.text)
        if let alias { message.put(IFLA_IFALIAS, Array(alias.utf8)) }
        if !link.portOptions.isEmpty { try putPortOptions(link, attempted) }
        try add(part: "set the description and port options of \(link.name)", attempted)
    }

    /// A link's further name, given or taken.
    private mutating func name(_ text: String, of link: LinkName, _ type: some BinaryInteger, _ attempted: Attempt) throws(NetlinkError) {
        var header = ifinfomsg()
        header.ifi_index = try index(of: link, attempted)
        message.begin(type, 0, header)
        message.nest(IFLA_PROP_LIST) { $0.put(IFLA_ALT_IFNAME, text) }
        try add(attempted)
    }

    /// A change in the order in which IPv6 is to see it: how addresses are made before the link is up, and whether they are made
    /// at all after a new MTU, for IPv6 forgets its settings below 1280 bytes.
    private mutating func change(_ link: Link, _ attempted: Attempt) throws(NetlinkError) {
        var link = link
        if let mode = link.addressGeneration {
            var header = ifinfomsg()
            header.ifi_index = try index(of: link.name, attempted)
            message.begin(RTM_SETLINK, 0, header)
            message.nest(IFLA_AF_SPEC) { $0.nest(AF_INET6) { $0.put(IFLA_INET6_ADDR_GEN_MODE, mode.rawValue) } }
            try add(part: "set addr_gen_mode of \(link.name)", attempted)
        }
        guard let hasIPv6 = link.hasIPv6 else { return try changeFields(link, attempted) }
        let comesUp = link.isUp == true
        if comesUp { link.isUp = nil }
        try changeFields(link, attempted)
        // Where a link has no IPv6 at all, because the kernel has none or the MTU is too small for it, there is nothing to switch off.
        write(hasIPv6 ? "0" : "1", to: "\(LinkSetting.Family.ipv6.directory(of: link.name.text))/disable_ipv6", isOptional: !hasIPv6)
        guard comesUp else { return }
        var up = Link(link.name, kind: link.kind)
        up.isUp = true
        try changeFields(up, attempted)
    }

    /// Has a file of `/proc/sys` written after all messages so far, and before those that follow.
    private mutating func write(_ value: String, to path: String, isOptional: Bool) {
        commit()
        if !current.entries.isEmpty { closeChunk() }
        current.settings.append(Chunk.Setting(action: action, path: path, value: value, isOptional: isOptional))
    }

    private mutating func changeFields(_ link: Link, _ attempted: Attempt) throws(NetlinkError) {
        let index = try index(of: link.name, attempted)
        var header = ifinfomsg()
        header.ifi_index = index
        header.setUp(link.isUp)
        let hasOptions = !link.options.isEmpty
        let hasFields =
            link.isUp != nil || link.attachment != nil || link.mtu != nil || link.mac != nil || link.group != nil
            || link.txQueueLength != nil || link.alias != nil
        if hasFields || hasOptions {
            // Only RTM_NEWLINK changes options. It is safe here, for it names an index: with index 0 and a group it would
            // change every link of that group.
            message.begin(hasOptions ? RTM_NEWLINK : RTM_SETLINK, 0, header)
            try putFields(link, attempted)
            if let alias = link.alias { message.put(IFLA_IFALIAS, Array(alias.utf8)) }
            if hasOptions, let kind = link.kind.kernelName { try putOptions(link, kind: kind, attempted) }
            try add(attempted)
            if let group = link.group { links.setGroup(group, of: link.name) }
        }
        if !link.portOptions.isEmpty {
            // The kernel changes a port's options before it looks at a new master: they need a message of their own.
            var header = ifinfomsg()
            header.ifi_index = try self.index(of: link.name, attempted)
            message.begin(RTM_NEWLINK, 0, header)
            try putPortOptions(link, attempted)
            try add(part: hasFields || hasOptions ? "set the port options of \(link.name)" : nil, attempted)
        }
    }

    /// What a link of any kind has. A create takes all of it but the description.
    private mutating func putFields(_ link: Link, _ attempted: Attempt) throws(NetlinkError) {
        switch link.attachment {
        case .port(let master): message.put(IFLA_MASTER, try index(of: master, attempted))
        case .free: message.put(IFLA_MASTER, Int32(0))
        case nil: break
        }
        if let mtu = link.mtu { message.put(IFLA_MTU, mtu) }
        if let mac = link.mac { message.put(IFLA_ADDRESS, mac.bytes) }
        if let group = link.group { message.put(IFLA_GROUP, group) }
        if let length = link.txQueueLength { message.put(IFLA_TXQLEN, length) }
        if let queues = link.transmitQueues { message.put(IFLA_NUM_TX_QUEUES, queues) }
    }

    private mutating func putOptions(_ link: Link, kind: String, _ attempted: Attempt) throws(NetlinkError) {
        let options = try resolved(link.options, attempted)
        message.nest(IFLA_LINKINFO) { message in
            message.put(IFLA_INFO_KIND, kind)
            if !options.isEmpty { message.nest(IFLA_INFO_DATA) { $0.put(options) } }
        }
    }

    private mutating func putPortOptions(_ link: Link, _ attempted: Attempt) throws(NetlinkError) {
        let options = try resolved(link.portOptions, attempted)
        message.nest(IFLA_LINKINFO) { message in
            message.put(IFLA_INFO_SLAVE_KIND, options.first?.row.scope == .bondPort ? "bond" : "bridge")
            message.nest(IFLA_INFO_SLAVE_DATA) { $0.put(options) }
        }
    }

    /// The options with their rows, and with indexes in place of links' names.
    private mutating func resolved(_ values: OptionValues, _ attempted: Attempt) throws(NetlinkError) -> [ResolvedOption] {
        var options: [ResolvedOption] = []
        options.reserveCapacity(values.entries.count)
        for entry in values.entries {
            guard let row = OptionRow.with(id: entry.id) else { continue }
            switch entry.value {
            case .number(let number): options.append(ResolvedOption(row: row, value: .number(number)))
            case .link(let name):
                options.append(ResolvedOption(row: row, value: .number(Int64(try index(of: name, attempted)))))
            case .addresses(let addresses): options.append(ResolvedOption(row: row, value: .addresses(addresses)))
            case .mac(let mac): options.append(ResolvedOption(row: row, value: .mac(mac)))
            case .priorities(let mappings): options.append(ResolvedOption(row: row, value: .priorities(mappings)))
            }
        }
        return options
    }

    // MARK: Deletion

    private mutating func delete(_ names: [LinkName], _ attempted: Attempt) throws(NetlinkError) {
        var doomed: [(name: LinkName, index: Int32, height: Int)] = []
        for name in names { doomed.append((name, try index(of: name, attempted), links.height(of: name))) }
        // What lies on a link goes with it. Uppers first, so that a later chunk does not look for what an earlier one took along.
        doomed.sort { ($0.height, $1.name) > ($1.height, $0.name) }
        let scratch = Set(links.entries.filter { $0.value.group == Ownership.scratchGroup }.keys)
        if doomed.count == 1 || !scratch.isSubset(of: names) {
            // By group a deletion would take along what an interrupted one left in the scratch group.
            for link in doomed {
                try deleteLink(link.index)
                try add(part: doomed.count == 1 ? nil : "delete \(link.name)", attempted)
                commit()
            }
        } else {
            try deleteByGroup(doomed.map { ($0.name, $0.index) }, attempted)
        }
        for name in names { links.remove(name) }
    }

    /// Moves the links to the scratch group, and deletes that in one message: one grace period of the kernel's for all of
    /// them in place of one each. Each chunk stands alone, so that a move that failed keeps the deletion from being sent.
    private mutating func deleteByGroup(_ doomed: [(name: LinkName, index: Int32)], _ attempted: Attempt) throws(NetlinkError) {
        closeChunk()
        var rest = doomed[...]
        while !rest.isEmpty {
            let some = rest.prefix(Chunk.deletionLimit)
            rest = rest.dropFirst(some.count)
            var former: [Chunk.FormerGroup] = []
            for link in some {
                var header = ifinfomsg()
                header.ifi_index = link.index
                message.begin(RTM_SETLINK, 0, header)
                message.put(IFLA_GROUP, Ownership.scratchGroup)
                try add(part: "delete \(link.name)", attempted)
                former.append(Chunk.FormerGroup(index: link.index, group: links[link.name]?.group ?? 0))
            }
            commit()
            current.formerGroups = former
            closeChunk()
            message.begin(RTM_DELLINK, 0, ifinfomsg())
            message.put(IFLA_GROUP, Ownership.scratchGroup)
            let names = some.prefix(3).map(\.name.text).joined(separator: ", ")
            try add(
                part: some.count == 1 ? "delete \(names)" : "delete \(some.count) links at once (\(names)\(some.count > 3 ? ", …" : ""))",
                attempted)
            commit()
            current.formerGroups = former
            closeChunk()
        }
    }

    private mutating func deleteLink(_ index: Int32) throws(NetlinkError) {
        var header = ifinfomsg()
        header.ifi_index = index
        message.begin(RTM_DELLINK, 0, header)
    }

    /// Messages that put links back into their groups, after a deletion that failed.
    mutating func restore(_ groups: [Chunk.FormerGroup]) throws(NetlinkError) {
        for former in groups {
            var header = ifinfomsg()
            header.ifi_index = former.index
            message.begin(RTM_SETLINK, 0, header)
            message.put(IFLA_GROUP, former.group)
            try add(.words("put links back into their group"))
        }
        commit()
    }
}

extension ifinfomsg {
    /// Sets or clears `IFF_UP`; `nil` leaves it.
    fileprivate mutating func setUp(_ isUp: Bool?) {
        guard let isUp else { return }
        ifi_flags = isUp ? UInt32(IFF_UP) : 0
        ifi_change = UInt32(IFF_UP)
    }
}
