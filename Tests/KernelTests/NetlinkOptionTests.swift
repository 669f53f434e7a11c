import Foundation
import HostNetwork
import Netlink
import Testing

/// Every row of the option table against a kernel: set at creation, read back, judged by `ip`, and changed live where the row says so.
@Suite struct NetlinkOptionTests {
    /// Two values that are not the default, for a row: one for the creation, one for the change.
    private static func values(of row: OptionRow) throws -> (created: OptionValue, changed: OptionValue) {
        switch row.meaning {
        case .flag:
            let other: Int64 = row.kernelDefault == .number(0) ? 1 : 0
            return (.number(other), .number(1 - other))
        case .choice(let choices):
            let others = choices.map { OptionValue.number($0.number) }.filter { $0 != row.kernelDefault }
            return (try #require(others.first), try #require(others.last))
        case .mask: return (.number(8), .number(0x4000))
        case .mac: return (.mac(try MACAddress("02:00:00:00:00:99")), .mac(.zero))
        case .bridgeGroup: return (.mac(try MACAddress("01:80:c2:00:00:04")), .mac(try MACAddress("01:80:c2:00:00:0f")))
        case .ipv6List:
            return (.addresses([try IPAddress("2001:db8::1"), try IPAddress("2001:db8::2")]), .addresses([try IPAddress("2001:db8::3")]))
        case .priorityMap:
            // In a change what the map had goes by name.
            return (
                .priorities([PriorityMapping(from: 0, to: 1), PriorityMapping(from: 3, to: 5)]),
                .priorities([PriorityMapping(from: 0, to: 0), PriorityMapping(from: 3, to: 2), PriorityMapping(from: 7, to: 7)])
            )
        case .link: return (.link(try LinkName("ens37")), .link(try LinkName("ens38")))
        case .ipv4List:
            return (.addresses([try IPAddress("192.0.2.1"), try IPAddress("192.0.2.2")]), .addresses([try IPAddress("192.0.2.3")]))
        case .count, .milliseconds, .centiseconds:
            // Some ranges have holes: what a row's own comment says is taken.
            switch row.name {
            case "updelay", "downdelay", "peer_notify_delay": return (.number(200), .number(400))
            case "prio": return (.number(7), .number(-5))
            case "ageing_time": return (.number(6000), .number(12000))
            case "id": return (.number(10), .number(11))
            default: break
            }
            let range = try #require(row.range)
            let candidates = [7, 5, range.lowerBound, min(range.lowerBound + 2, range.upperBound), range.lowerBound + 100, range.lowerBound + 300].filter(range.contains)
            let others = candidates.map { OptionValue.number($0) }.filter { $0 != row.kernelDefault }
            return (try #require(others.first), try #require(others.dropFirst().first))
        }
    }

    /// A link to create on which a row's value makes sense.
    private static func link(for row: OptionRow, _ value: OptionValue) throws -> Link {
        var link: Link
        switch row.scope {
        case .bond:
            link = try Link("test0", .bond)
            let mode = try #require(BondMode.allCases.first { row.modes.contains($0) })
            link.options[.mode] = .number(mode.rawValue)
            // These mean something only beside others.
            if ["updelay", "downdelay", "peer_notify_delay"].contains(row.name) { link.options[.miimon] = .number(100) }
            if row.id == OptionRow.activePort.id { return link }
            if row.name.hasPrefix("arp_") {
                link.options[.mode] = .number(BondMode.activeBackup.rawValue)
                link.options[.arpInterval] = .number(200)
                link.options[try #require(OptionRow.named("arp_ip_target", in: .bond))] = .addresses([try IPAddress("192.0.2.9")])
            }
        case .bondPort:
            link = try Link("test0", .other("dummy"), master: "bond0")
            link.portOptions[row] = value
            return link
        case .bridge:
            link = try Link("test0", .bridge)
            if row.id == OptionRow.multicastVLANSnooping.id { link.options[.vlanFiltering] = .number(1) }
        case .bridgePort:
            link = try Link("test0", .other("dummy"), master: "br0")
            link.portOptions[row] = value
            if row.id == OptionRow.macAuthentication.id { link.portOptions[.locked] = .number(1) }
            return link
        case .vlan: link = try Link("test0", .vlan, parent: "ens33", options: ["id": "9"])
        }
        link.options[row] = value
        return link
    }

    /// What `ip` says of a row of the link.
    private static func judged(_ row: OptionRow, _ lab: Lab) throws -> String? {
        let info = try #require(try lab.links()["test0"]?["linkinfo"] as? [String: Any])
        let data = info[row.isOfPort ? "info_slave_data" : "info_data"] as? [String: Any] ?? [:]
        return NetlinkJudge.text(of: row, in: data)
    }

    private static func read(_ row: OptionRow, _ kernel: inout KernelConnection) throws -> OptionValue? {
        let link = try #require(try kernel.snapshot()[try LinkName("test0")])
        return row.isOfPort ? link.portOptions[row] : link.options[row]
    }

    @Test(arguments: OptionRow.Scope.allCases)
    func `every option can be set at creation, read back, and changed as its row says`(scope: OptionRow.Scope) async throws {
        let rows = OptionRow.rows(of: scope)
        #expect(rows.count >= 2)
        try await Lab.with { lab in
            try lab.nics(["ens33", "ens37", "ens38"])
            try lab.ip("link add br0 type bridge\nlink add bond0 type bond mode 1 miimon 100")
            var first = try lab.connect()
            try first.learnBackports(of: rows)
            let network = try first.snapshot()
            for row in rows where network.knows(row) {
                let (created, changed) = try Self.values(of: row)
                let link = try Self.link(for: row, created)
                var kernel = try lab.connect()
                #expect(try kernel.perform([.create(link)]) == [], "\(row.name)")
                if row.id == OptionRow.activePort.id {
                    // Only a port that is there can be the active one.
                    try lab.ip("link set test0 up\nlink set ens37 master test0\nlink set ens38 master test0")
                    #expect(try kernel.snapshot()[link.name]?.activePort == LinkName("ens37"))
                } else if row.id == OptionRow.primary.id {
                    // Until a port of that name enters the bond, the kernel keeps it for itself.
                    #expect(try Self.read(row, &kernel) == nil)
                    try lab.ip("link set ens37 master test0\nlink set ens38 master test0")
                }
                #expect(try Self.read(row, &kernel) == created, "\(row.name)")
                let isPrinted = !NetlinkJudge.unprinted.contains(row.name)
                if isPrinted { #expect(try Self.judged(row, lab) == NetlinkJudge.text(of: row, created), "\(row.name)") }

                if row.change == .live {
                    var change = try Link("test0", link.kind)
                    if row.isOfPort { change.portOptions[row] = changed } else { change.options[row] = changed }
                    #expect(try kernel.perform([.change(change)]) == [], "\(row.name)")
                    var expected = OptionValues()
                    expected[row] = created
                    expected.take(row.isOfPort ? change.portOptions : change.options)
                    let now = try #require(expected[row])
                    #expect(try Self.read(row, &kernel) == now, "\(row.name)")
                    if isPrinted { #expect(try Self.judged(row, lab) == NetlinkJudge.text(of: row, now), "\(row.name)") }
                }
                #expect(try kernel.perform([.delete([try LinkName("test0")])]) == [], "\(row.name)")
            }
        }
    }

    @Test func `the kernel is asked for an option without a link on which it would show`() async throws {
        try await Lab.with { lab in
            var kernel = try lab.connect()
            let before = try kernel.snapshot()
            for row in OptionRow.bond + OptionRow.bridge + OptionRow.vlan where row.since == nil {
                #expect(try kernel.hasOption(row), "\(row.name)")
            }
            // What links show of newer options is the truth to compare with.
            try lab.ip("link add br0 type bridge\nlink add bond0 type bond mode 4")
            let links = try kernel.snapshot()
            for row in OptionRow.bond + OptionRow.bridge where row.since != nil && row.meaning != .ipv6List(16) {
                #expect(try kernel.hasOption(row) == links.links.values.contains { $0.options[row] != nil }, "\(row.name)")
            }
            try lab.ip("link del br0\nlink del bond0")
            #expect(try kernel.snapshot().links.keys == before.links.keys)
        }
    }

    @Test func `all options of a bond go down in one message with its creation`() async throws {
        try await Lab.with { lab in
            var kernel = try lab.connect()
            var bond = try Link(
                "bond0", .bond, up: true,
                options: [
                    "mode": "802.3ad", "miimon": "100", "updelay": "200", "downdelay": "300", "ad_lacp_rate": "fast",
                    "ad_select": "bandwidth",
                    "xmit_hash_policy": "layer3+4", "min_links": "2", "resend_igmp": "3", "all_slaves_active": "true",
                ])
            bond.mtu = 9000
            bond.mac = try MACAddress("02:00:00:00:be:ef")
            bond.group = Ownership.group
            bond.txQueueLength = 55
            let before = kernel.statistics.writeMessages
            #expect(try kernel.perform([.create(bond)]) == [])
            #expect(kernel.statistics.writeMessages == before + 1)
            let actual = try #require(try kernel.snapshot()[bond.name])
            for entry in bond.options.entries { #expect(actual.options[entry.id] == entry.value) }
            #expect(actual.isUp == true)
            #expect(actual.mtu == 9000)
            #expect(actual.mac == bond.mac)
            #expect(actual.txQueueLength == 55)
            #expect(actual.isOwned)
            #expect(try lab.differences("bond0", &kernel) == [])
        }
    }

    @Test func `the flags of a VLAN change one by one`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33"])
            var kernel = try lab.connect()
            let vlan = try Link("ens33.10", .vlan, parent: "ens33", options: ["id": "10", "gvrp": "on", "loose_binding": "on"])
            #expect(try kernel.perform([.create(vlan)]) == [])
            #expect(try kernel.perform([.change(try Link("ens33.10", .vlan, options: ["gvrp": "off", "mvrp": "on"]))]) == [])
            let actual = try #require(try kernel.snapshot()[vlan.name])
            let set = OptionRow.vlan.filter { if case .vlanFlag = $0.wire { actual.options[$0] == .number(1) } else { false } }
            #expect(set.map(\.name) == ["reorder_hdr", "mvrp", "loose_binding"])
        }
    }

    @Test func `a list of ARP targets is replaced, and emptied`() async throws {
        try await Lab.with { lab in
            var kernel = try lab.connect()
            let bond = try Link("bond0", .bond, options: ["arp_interval": "100", "arp_ip_target": "10.0.0.1,10.0.0.2,10.0.0.3"])
            #expect(try kernel.perform([.create(bond)]) == [])
            #expect(try kernel.perform([.change(try Link("bond0", .bond, options: ["arp_ip_target": "10.0.0.2,10.0.0.4"]))]) == [])
            let targets = try #require(OptionRow.named("arp_ip_target", in: .bond))
            let two = try ["10.0.0.2", "10.0.0.4"].map { try IPAddress($0) }
            #expect(try kernel.snapshot()[bond.name]?.options[targets] == .addresses(two))
            var none = try Link("bond0", .bond)
            none.options[targets] = .addresses([])
            #expect(try kernel.perform([.change(none)]) == [])
            #expect(try kernel.snapshot()[bond.name]?.options[targets] == nil)
        }
    }
}

extension OptionRow {
    /// Whether the option is one of a port, and not of a link by itself.
    fileprivate var isOfPort: Bool { scope == .bridgePort || scope == .bondPort }
}
