internal import CNetlink
internal import HostNetwork

/// How a link is set under `/proc/sys/net`, as netlink tells it in numbers without names: reading the files takes a millisecond a
/// link, so of links that are set alike only one is read.
struct SettingsPrint: Hashable {
    /// The link's own MTU, which is what a new link's IPv6 takes.
    var mtu: UInt32
    var values: [UInt8] = []

    /// All bytes at once: there are a thousand, for thousands of links.
    func hash(into hasher: inout Hasher) {
        hasher.combine(mtu)
        unsafe values.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }

    /// - Parameter specification: the link's `IFLA_AF_SPEC`.
    init(mtu: UInt32, _ specification: Attribute?) {
        self.mtu = mtu
        specification?.forEachNested { family, nest in
            nest.forEachNested { type, values in
                let isSettings = family == Int(AF_INET) ? type == Int(IFLA_INET_CONF) : [Int(IFLA_INET6_CONF), Int(IFLA_INET6_ADDR_GEN_MODE)].contains(type)
                if isSettings { self.values += values.encoded }
            }
        }
    }
}

extension KernelConnection {
    /// The settings of links under `/proc/sys/net` that differ from what a new link gets, and what of them cannot be brought along.
    func settings(of links: [Int32: LinkName], _ prints: [Int32: SettingsPrint]) -> [LinkName: Belongings] {
        var usual: [LinkSetting.Family: [String: String]] = [:]
        for family in LinkSetting.Family.allCases {
            // Only the first namespace has a `default` of neighbours' settings. The loopback link has what new links get.
            usual[family] = socket.settings(in: family.directory(of: "default")) ?? socket.settings(in: family.directory(of: "lo"))
        }
        var known: [SettingsPrint: Belongings] = [:]
        var found: [LinkName: Belongings] = [:]
        for (index, name) in links.sorted(by: { $0.key < $1.key }) {
            guard let print = prints[index] else { continue }
            let own = known[print] ?? read(name, usual, mtu: print.mtu)
            known[print] = own
            found[name] = own
        }
        return found
    }

    private func read(_ name: LinkName, _ usual: [LinkSetting.Family: [String: String]], mtu: UInt32) -> Belongings {
        var found = Belongings()
        for family in LinkSetting.Family.allCases {
            guard let usual = usual[family] else { continue }
            let own = socket.settings(in: family.directory(of: name.text)) ?? [:]
            for (key, value) in own.sorted(by: { $0.key < $1.key }) where !family.passedOver.contains(key) && usual[key] != nil {
                guard let setting = LinkSetting(family, key, value) else { continue }
                let isUsual = setting.mtu.map { $0 == mtu } ?? (value == usual[key])
                if !isUsual { found.entries.append(.setting(setting)) }
            }
            if family == .ipv6, let secret = own[LinkSetting.Family.secret], secret != usual[LinkSetting.Family.secret] {
                found.unkept.append("its \(LinkSetting.Family.secret)")
            }
        }
        return found
    }

    /// What links have set for their neighbours, in the kernel's encoding.
    mutating func neighbourSettings() throws(NetlinkError) -> [(Int32, [UInt8])] {
        try socket.dump("neighbour tables", .dump(Int(RTM_GETNEIGHTBL), ndtmsg()), into: { [(Int32, [UInt8])]() }) { found, message in
            guard message.type == RTM_NEWNEIGHTBL else { return }
            var index: Int32 = 0
            var values: [UInt8] = []
            message.attribute(NDTA_PARMS, after: MemoryLayout<ndtmsg>.size)?.forEachNested { type, value in
                switch type {
                case Int(NDTPA_IFINDEX): index = value.i32
                // How many use them, and when the reachable time was last drawn, is no setting.
                case Int(NDTPA_REFCNT), Int(NDTPA_REACHABLE_TIME): break
                default: values += value.encoded
                }
            }
            // Without an index they are those of new links.
            if index != 0 { found.append((index, values)) }
        }
    }
}
