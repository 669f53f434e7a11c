import HostNetwork
import Report
import Testing

@Suite struct `Broadcast domains` {
    private static func link(
        _ name: String, _ kind: LinkKind, parent: String? = nil, master: String? = nil, id: Int64? = nil, filters: Bool = false, addresses: [String] = []
    ) throws -> Link {
        var link = Link(try LinkName(name), kind: kind)
        link.parent = try parent.map { try LinkName($0) }
        link.attachment = try master.map { .port(of: try LinkName($0)) } ?? .free
        link.addresses = try addresses.map { Address(try IPNetwork($0)) }
        if let id { link.options[.vlanID] = .number(id) }
        if filters { link.options[.vlanFiltering] = .number(1) }
        return link
    }

    private static func domain(_ name: String, _ number: Int, tap: String?, bridge: String) throws -> Domain {
        var device = DomainDevice(mac: try MACAddress("52:54:00:00:00:0\(number)"), type: "bridge")
        device.bridge = bridge
        var live = device
        live.target = tap
        let interface = DomainInterface(live: tap == nil ? nil : live, stored: device)
        return Domain(name: name, uuid: name, state: tap == nil ? .shutOff : .running, isPersistent: true, isActive: tap != nil, interfaces: [interface])
    }

    private func words(_ segments: [Segment]) -> [String] {
        segments.map { segment in
            let wires = segment.wires.map { "\($0.link)\($0.tags.map { "." + BridgeVLAN.text(of: $0) }.joined())" }
            let guests = segment.guests.map { "\($0.domain)\($0.tags.map { "." + BridgeVLAN.text(of: $0) }.joined())" }
            return "\(segment.name): \((wires + guests + segment.ports.map(\.text) + segment.addresses.map(\.network.description)).joined(separator: " "))"
        }
    }

    @Test func `a trunk's VLANs are domains of their own, with running and stopped guests, and the untagged rest is idle`() throws {
        let network = HostNetwork(links: [
            try Self.link("lo", .loopback), try Self.link("ens37", .nic, master: "bond0"), try Self.link("ens38", .nic, master: "bond0"),
            try Self.link("bond0", .bond), try Self.link("bond0.10", .vlan, parent: "bond0", master: "brvlan-10", id: 10),
            try Self.link("bond0.20", .vlan, parent: "bond0", master: "brvlan-20", id: 20), try Self.link("brvlan-10", .bridge, addresses: ["10.10.0.1/24"]),
            try Self.link("brvlan-20", .bridge, addresses: ["10.20.0.1/24"]), try Self.link("vnet0", .other("tun"), master: "brvlan-10"),
            try Self.link("vnet7", .other("tun"), master: "brvlan-20"), try Self.link("ens33", .nic, addresses: ["172.16.0.52/16"]),
        ])
        let snapshot = DomainSnapshot(
            uri: "test", host: "kvm1",
            domains: [try Self.domain("vm1", 1, tap: "vnet0", bridge: "brvlan-10"), try Self.domain("vm2", 2, tap: nil, bridge: "brvlan-20")])
        let segments = network.segments(domains: snapshot)
        #expect(
            words(segments) == [
                "brvlan-10: ens37.10 ens38.10 vm1 10.10.0.1/24", "brvlan-20: ens37.20 ens38.20 vm2 vnet7 10.20.0.1/24", "ens33: ens33 172.16.0.52/16",
                "bond0: ens37 ens38",
            ])
        #expect(segments[0].vlans == [try LinkName("bond0.10")])
        let all = Forwarding(ipv4: Set(network.links.keys))
        #expect(network.routing(between: segments, all) == [SegmentRouting(family: .ipv4, from: [0, 1, 2], to: [0, 1, 2])])
        let some = Forwarding(ipv4: [try LinkName("brvlan-10")])
        #expect(network.routing(between: segments, some) == [SegmentRouting(family: .ipv4, from: [0], to: [0, 1, 2])])
        #expect(network.routing(between: segments, Forwarding(ipv6: true)).isEmpty)
        let text = SegmentReport(segments, network.routing(between: segments, some)).text()
        #expect(text.contains("1  brvlan-10\n     wires        ens37 tagged 10, ens38 tagged 10\n"), "\(text)")
        #expect(text.contains("domains      vm2 (shut off)") && text.contains("4  bond0  nobody is on it"), "\(text)")
        #expect(text.hasSuffix("The host routes IPv4 from brvlan-10 to brvlan-10, brvlan-20, ens33, unless a firewall forbids it."), "\(text)")
        #expect(SegmentReport(segments, []).text().hasSuffix("The host routes between none of them: forwarding is off where it has addresses."))
    }

    @Test func `on a bridge that tells VLANs apart each VLAN is a domain, and those that are alike are one line`() throws {
        var network = HostNetwork(links: [
            try Self.link("ens37", .nic, master: "br0"), try Self.link("br0", .bridge, filters: true),
            try Self.link("br0.10", .vlan, parent: "br0", id: 10, addresses: ["10.10.0.1/24"]), try Self.link("vnet0", .other("tun"), master: "br0"),
            try Self.link("vnet1", .other("tun"), master: "br0"), try Self.link("vnet2", .other("tun"), master: "br0"),
        ])
        network.bridgeVLANs = [
            try LinkName("ens37"): [BridgeVLAN(1, isUntagged: true, isPVID: true), BridgeVLAN(ids: 10...40)],
            try LinkName("br0"): [BridgeVLAN(1, isUntagged: true, isPVID: true), BridgeVLAN(10)],
            try LinkName("vnet0"): [BridgeVLAN(10, isUntagged: true, isPVID: true)],
            try LinkName("vnet1"): [BridgeVLAN(20, isUntagged: true, isPVID: true)],
            try LinkName("vnet2"): [BridgeVLAN(1, isUntagged: true, isPVID: true), BridgeVLAN(ids: 10...30)],
        ]
        let snapshot = DomainSnapshot(
            uri: "test", host: "kvm1",
            domains: [
                try Self.domain("vm1", 1, tap: "vnet0", bridge: "br0"), try Self.domain("vm2", 2, tap: "vnet1", bridge: "br0"),
                try Self.domain("vm3", 3, tap: "vnet2", bridge: "br0"),
            ])
        #expect(
            words(network.segments(domains: snapshot)) == [
                "br0 VLAN 1: ens37 vm3", "br0 VLAN 10: ens37.10 vm1 vm3.10 10.10.0.1/24", "br0 VLAN 11-19: ens37.11-19 vm3.11-19",
                "br0 VLAN 20: ens37.20 vm2 vm3.20", "br0 VLAN 21-30: ens37.21-30 vm3.21-30", "br0 VLAN 31-40: ens37.31-40",
            ])
    }

    @Test func `a VLAN takes its frames from the bridge that its parent is a port of, and tags in tags are kept apart`() throws {
        let network = HostNetwork(links: [
            try Self.link("ens33", .nic, master: "br0"), try Self.link("ens34", .nic, master: "br0"), try Self.link("br0", .bridge),
            try Self.link("br0.10", .vlan, parent: "br0", id: 10, addresses: ["10.0.0.1/24"]),
            try Self.link("ens34.10", .vlan, parent: "ens34", id: 10, addresses: ["10.1.0.1/24"]),
            try Self.link("ens34.10.5", .vlan, parent: "ens34.10", id: 5, addresses: ["10.2.0.1/24"]),
            try Self.link("macvtap0", .other("macvtap"), parent: "br0"),
        ])
        #expect(
            words(network.segments()) == [
                "br0: ens33 ens34 macvtap0", "br0.10: ens33.10 10.0.0.1/24", "ens34.10: ens34.10 10.1.0.1/24", "ens34.10.5: ens34.10.5 10.2.0.1/24",
            ])
    }

    @Test func `a thousand VLANs on two bridges in a row are found at once`() throws {
        var network = HostNetwork(links: [
            try Self.link("ens37", .nic, master: "br0"), try Self.link("br0", .bridge, filters: true), try Self.link("br1", .bridge, filters: true),
            try Self.link("bond0", .bond, master: "br0"),
        ])
        network.bridgeVLANs = [try LinkName("ens37"): [BridgeVLAN(ids: 2...4094)], try LinkName("bond0"): [BridgeVLAN(ids: 2...4094)], try LinkName("br1"): []]
        #expect(words(network.segments()).first == "br0 VLAN 2-4094: ens37.2-4094")
    }
}
