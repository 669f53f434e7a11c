import Foundation
import HostNetwork
import Testing

@Suite struct `Networks as JSON` {
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decoded<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// A link with every property set to something else than it has by itself.
    static func fullLink() throws -> Link {
        var link = Link(try LinkName("桥0"), kind: .other("veth"))
        link.index = 7
        link.parent = try LinkName("eth0")
        link.attachment = .port(of: try LinkName("br0"))
        link.isUp = false
        link.hasCarrier = true
        link.operationalState = "UP"
        link.mtu = 9000
        link.mac = try MACAddress("52:54:00:00:00:01")
        link.permanentMAC = try MACAddress("52:54:00:00:00:02")
        link.driver = "e1000e"
        link.busPath = "0000:3b:00.0"
        link.txQueueLength = 0
        link.transmitQueues = 32
        link.alias = "a \"quoted\"\nline"
        link.alternativeNames = ["uplink", "网"]
        link.hasIPv6 = false
        link.addressGeneration = .stableSecret
        link.group = Ownership.group
        for row in OptionRow.all { link.options[row] = try value(of: row) }
        for row in OptionRow.bridgePort + OptionRow.bondPort { link.portOptions[row] = try value(of: row) }
        link.lacpPartner = try MACAddress("52:54:00:00:00:03")
        link.portState = "forwarding"
        link.overriddenOptions = [OptionRow.ageingTime.id, OptionRow.forwardDelay.id]
        link.addresses = [try fullAddress(), Address(try IPNetwork("2001:db8::1/64"))]
        link.isPresent = false
        link.listsPorts = true
        link.portOrder = [try LinkName("eth2"), try LinkName("eth1")]
        link.addressesAreExclusive = true
        link.dhcp4 = true
        link.dhcp6 = false
        link.dns = LinkDNS(servers: [NameServer(try IPAddress("192.0.2.53"), port: 853, name: "dns.example.org")], search: ["example.org", "~."])
        link.zone = "internal"
        link.origin = SourceMark(file: "a:b.yaml", line: 3, column: 5)
        return link
    }

    static func value(of row: OptionRow) throws -> OptionValue {
        switch row.meaning {
        case .flag: .number(1)
        case .count, .mask, .milliseconds, .centiseconds: .number(row.range?.upperBound ?? 1)
        case .choice(let choices): .number(choices[choices.count - 1].number)
        case .link: .link(try LinkName("eth1"))
        case .ipv4List: .addresses([try IPAddress("192.0.2.1"), try IPAddress("192.0.2.2")])
        case .ipv6List: .addresses([try IPAddress("2001:db8::1")])
        case .mac: .mac(try MACAddress("52:54:00:00:00:03"))
        case .bridgeGroup: .mac(try MACAddress("01:80:c2:00:00:04"))
        // One to 0 takes a mapping away, and must not be tidied up.
        case .priorityMap: .priorities([PriorityMapping(from: 0, to: 0), PriorityMapping(from: 3, to: 5)])
        }
    }

    static func fullAddress() throws -> Address {
        var address = Address(try IPNetwork("192.0.2.7/24"))
        address.peer = try IPAddress("192.0.2.8")
        address.broadcast = try IPAddress("192.0.2.255")
        address.label = "eth0:1"
        address.scope = 253
        address.flags = 0x80
        address.metric = 50
        address.validLifetime = 600
        address.preferredLifetime = 0
        address.origin = Ownership.originNumber
        address.isOwned = true
        return address
    }

    static func fullRoute() throws -> Route {
        var route = Route(to: try IPNetwork("198.51.100.0/24"), via: try IPAddress("2001:db8::1"), link: try LinkName("eth0"))
        // Other than a file would have it: what is kept must not be tidied up.
        route.destination = try IPNetwork("198.51.100.9/24")
        route.metric = 0
        route.table = 100
        route.source = try IPAddress("192.0.2.7")
        route.scope = 0
        route.origin = 16
        route.type = 6
        route.tos = 8
        route.flags = 4
        route.mtu = 1400
        route.nextHops = [
            Route.NextHop(gateway: nil, link: try LinkName("eth1"), weight: 3, flags: 4),
            Route.NextHop(gateway: try IPAddress("192.0.2.1"), link: try LinkName("eth2"), weight: 1),
        ]
        route.expires = 30
        route.sourcePrefix = try IPNetwork("2001:db8:5::/64")
        route.otherAttributes = [8, 0, 11, 0, 5, 0, 0, 0]
        route.hasUnknownAttributes = true
        route.sourceMark = SourceMark(file: "t.yaml", line: 1, column: 1)
        return route
    }

    static func fullRule() throws -> Rule {
        var rule = Rule(.ipv6, priority: 0, .lookup(table: 1000))
        rule.isInverted = true
        rule.source = try IPNetwork("2001:db8::/32")
        rule.destination = try IPNetwork("2001:db8:1::1/128")
        rule.inputLink = try LinkName("eth0")
        rule.outputLink = try LinkName("eth1")
        rule.mark = Rule.Mark(1, mask: 0xff)
        rule.tos = 16
        rule.ipProtocol = 6
        rule.sourcePorts = 1...2
        rule.destinationPorts = 80...80
        rule.suppressedPrefixLength = 0
        rule.origin = 4
        rule.hasUnknownAttributes = true
        rule.sourceMark = SourceMark(file: "t.yaml", line: 1, column: 1)
        return rule
    }

    static func belongings() throws -> [Belonging] {
        let mac = try MACAddress("52:54:00:00:00:09")
        return [
            .neighbour(Neighbour(try IPAddress("192.0.2.9"), mac: mac, flags: 128, origin: 4)),
            .neighbour(Neighbour(try IPAddress("2001:db8::9"), mac: nil, isProxy: true)),
            .forwarding(StaticForwardingEntry(mac, vlan: 1, state: 128, flags: 0, isOfBridge: true)),
            .forwarding(StaticForwardingEntry(mac, vlan: 10, state: 64, flags: 64)), .forwarding(StaticForwardingEntry(mac, vlan: nil, state: 128, flags: 0)),
            .group(GroupEntry(bridge: try LinkName("br0"), bytes: [0, 1, 255], source: try IPAddress("192.0.2.7"))),
            .ownAddress(mac), .attribute(LinkAttribute(.gsoMaxSize, 30_000)), .attribute(LinkAttribute(.arp, 0)), .token(try IPAddress("::5")),
            .backupPort(try LinkName("eth1")), .vlanSetting(BridgeVLANSetting(.state, 4, vlan: 20)), .vlanSetting(BridgeVLANSetting(.queryInterval, 5_000, vlan: 10)),
            .setting(try #require(LinkSetting(.ipv6, "accept_ra", "0"))), .setting(try #require(LinkSetting(.ipv4Neighbours, "locktime", "7"))),
        ]
    }

    @Test(arguments: [Rule.Action.lookup(table: 254), .blackhole, .unreachable, .prohibit, .other(2)])
    func `every action of a rule comes back`(_ action: Rule.Action) throws {
        let rule = Rule(.ipv4, priority: 100, action)
        #expect(try Self.decoded(Rule.self, try Self.json(rule)) == rule)
    }

    /// Encoded and decoded it is the same, and each stored property has a key of its own: one that is new has to get one.
    static func expectWhole<Value: Codable & Equatable>(_ full: Value) throws {
        let text = try json(full)
        #expect(try decoded(Value.self, text) == full)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object.count == Mirror(reflecting: full).children.count, "\(Value.self): \(object.keys.sorted())")
    }

    @Test func `no property of a link, an address, a route or a rule is lost`() throws {
        try Self.expectWhole(try Self.fullLink())
        try Self.expectWhole(try Self.fullAddress())
        try Self.expectWhole(try Self.fullRoute())
        try Self.expectWhole(try Self.fullRule())
        var network = HostNetwork(
            links: [try Self.fullLink()], routes: [try Self.fullRoute()], rules: [try Self.fullRule()],
            bridgeVLANs: [
                try LinkName("br0"): [BridgeVLAN(ids: 1...1, isUntagged: true, isPVID: true), BridgeVLAN(ids: 2...4094)],
                try LinkName("eth0"): [],
            ])
        network.kernel = RunningKernel(LinuxVersion(6, 1))
        network.kernel?.tick = KernelTick(nanoseconds: 4_000_000)
        network.kernel?.backported = Set(OptionRow.bond.map(\.id))
        network.services = LinkServices(
            resolver: .resolved, zones: LinkServices.Zones(usual: "public", known: ["dmz", "public"], bindings: [try LinkName("eth0"): "dmz"]))
        network.belongings = [try LinkName("eth0"): Belongings(entries: try Self.belongings(), unkept: ["its htb qdisc"])]
        try Self.expectWhole(network)
    }

    @Test func `what is unset stays apart from what is empty`() throws {
        let unset = Link(try LinkName("eth0"), kind: .nic)
        var empty = unset
        empty.attachment = .free
        empty.addresses = []
        empty.alias = ""
        for link in [unset, empty] { #expect(try Self.decoded(Link.self, try Self.json(link)) == link) }
        #expect(try Self.json(unset) == #"{"kind":"nic","name":"eth0"}"#)
        #expect(try Self.json(empty) == #"{"addresses":[],"alias":"","kind":"nic","master":"","name":"eth0"}"#)
    }

    @Test func `options are told by scope and name, in the kernel's unit`() throws {
        var options = OptionValues()
        options[.mode] = .number(4)
        options[.miimon] = .number(100)
        options[.primary] = .link(try LinkName("eth0"))
        options[.vlanID] = .number(10)
        #expect(try Self.json(options) == #"{"bond":{"miimon":100,"mode":4,"primary":"eth0"},"vlan":{"id":10}}"#)
    }

    @Test func `every kind of action comes back`() throws {
        let name = try LinkName("eth0")
        let actions: [Action] = try [
            .create(try Self.fullLink()), .change(Link(name, kind: .nic)), .delete([name, try LinkName("br0")]), .delete([]),
            .addAddress(try Self.fullAddress(), to: name), .removeAddress(try Self.fullAddress(), from: name),
            .addName("uplink", to: try LinkName("eth0")), .removeName("up:link", from: try LinkName("eth0")),
            .addRoute(try Self.fullRoute()), .replaceRoute(try Self.fullRoute()), .removeRoute(try Self.fullRoute()),
            .addRule(try Self.fullRule()), .removeRule(try Self.fullRule()),
            .service(.setDNS(LinkDNS(servers: [NameServer(try IPAddress("2001:db8::53"))]), of: name, by: .resolvconf)),
            .service(.setZone("dmz", of: name)), .service(.setZone(nil, of: name)),
        ] + Self.belongings().flatMap { [.restore($0, on: name), .forget($0, on: name)] }
        #expect(try Self.decoded([Action].self, try Self.json(actions)) == actions)
    }

    @Test(arguments: [
        #"{"kind":"nic","name":"eth0","colour":"red"}"#, #"{"kind":"nic","name":"a/b"}"#, #"{"kind":"nic","name":""}"#, #"{"kind":"nic"}"#,
        #"{"kind":"bond","name":"b","options":{"bond":{"speed":1}}}"#, #"{"kind":"bond","name":"b","options":{"team":{}}}"#,
        #"{"kind":"bond","name":"b","options":{"bond":{"mode":"802.3ad"}}}"#, #"{"kind":"nic","name":"e","mac":"52:54"}"#,
        #"{"kind":"nic","name":"e","mtu":-1}"#, #"{"kind":"nic","name":"e","addresses":[{"address":"10.0.0.1"}]}"#,
    ])
    func `what nobody could have written is refused`(_ text: String) {
        #expect(throws: DecodingError.self) { try Self.decoded(Link.self, text) }
    }

    @Test(arguments: [
        #"{"family":"ipv4/conf","key":"../../kernel/core_pattern","value":"1"}"#, #"{"family":"ipv4/conf","key":"..","value":"1"}"#,
        #"{"family":"kernel","key":"panic","value":"1"}"#, #"{"family":"ipv4/conf","key":"tag","value":""}"#,
    ])
    func `a setting that is no link's is refused`(_ text: String) {
        #expect(throws: DecodingError.self) { try Self.decoded(LinkSetting.self, text) }
    }

    @Test(arguments: [#"{"first":10,"last":9}"#, #"{"last":9}"#, #"{"first":70000}"#])
    func `VLAN ids that are no range are refused`(_ text: String) {
        #expect(throws: DecodingError.self) { try Self.decoded(BridgeVLAN.self, text) }
    }
}
