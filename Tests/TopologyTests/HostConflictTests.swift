import HostNetwork
import Testing
import Topology

@Suite("A file against the links that a host has")
struct HostConflictTests {
    private func vlan(_ name: String, on parent: String, id: Int64, owned: Bool = false) throws -> Link {
        var link = Link(try LinkName(name), kind: .vlan)
        link.parent = try LinkName(parent)
        link.options[.vlanID] = .number(id)
        link.group = owned ? Ownership.group : 0
        return link
    }

    private func link(_ name: String, _ kind: LinkKind, master: String? = nil, mtu: UInt32 = 1500, owned: Bool = false) throws -> Link {
        var link = Link(try LinkName(name), kind: kind)
        link.attachment = try master.map { .port(of: try LinkName($0)) } ?? .free
        link.mtu = mtu
        link.group = owned ? Ownership.group : 0
        return link
    }

    private func conflicts(_ text: String, _ links: Link...) throws -> [String] {
        try Topology.parse("version: 1\n" + text, file: "t.yaml").conflicts(with: HostNetwork(links: links))
            .map { "\($0.mark.line):\($0.mark.column) \($0.message)" }
    }

    private let onBridge = """
        bonds: {bond0: {ports: [ens37], mode: 802.3ad, miimon: 100}}
        bridges: {br1: {ports: [bond0]}}
        vlans: {br1.10: {parent: br1, id: 10}}
        """

    @Test func `a foreign port that weft put there leaves with the list that omits it, and takes no tag away`() throws {
        let topology = try Topology.parse(
            "version: 1\nbonds: {bond0: {ports: [ens1], mode: 1, miimon: 100}}\nvlans: {a: {parent: bond0, id: 20}, b: {parent: veth2, id: 20}}\n", file: "t.yaml")
        let host = HostNetwork(links: [try link("bond0", .bond, owned: true), try link("veth2", .other("veth"), master: "bond0")])
        #expect(topology.conflicts(with: host).map(\.message).count == 1)
        #expect(topology.conflicts(with: host, portsPut: [try LinkName("veth2")]) == [])
    }

    @Test func `an address without its prefix's route leads to no router`() throws {
        let topology = try Topology.parse("version: 1\nethernets: {ens1: {gateway: 192.0.2.254}}\n", file: "t.yaml")
        var nic = try link("ens1", .nic)
        var address = Address(try IPNetwork("192.0.2.1/24"))
        nic.addresses = [address]
        #expect(topology.conflicts(with: HostNetwork(links: [nic])) == [])
        address.flags |= 0x200  // IFA_F_NOPREFIXROUTE
        nic.addresses = [address]
        let messages = topology.conflicts(with: HostNetwork(links: [nic])).map(\.message)
        #expect(messages.count == 1 && messages[0].contains("(noprefixroute)"), "\(messages)")
    }

    @Test func `an empty host conflicts with nothing`() throws {
        #expect(try conflicts(onBridge) == [])
    }

    @Test func `a foreign VLAN on the bridge's port takes the tag away`() throws {
        #expect(
            try conflicts(onBridge, vlan("bond0.10", on: "bond0", id: 10)) == [
                "4:9 bond0.10 takes tag 10 away from br1.10: bond0 is a port of br1 (bond0.10 is on the host)"
            ])
    }

    @Test func `a VLAN of another id, or with another protocol, takes nothing`() throws {
        #expect(try conflicts(onBridge, vlan("bond0.20", on: "bond0", id: 20)) == [])
        var outer = try vlan("outer", on: "bond0", id: 10)
        outer.options[.vlanProtocol] = try OptionRow.vlanProtocol.parse("802.1ad")
        #expect(try conflicts(onBridge, outer) == [])
    }

    @Test func `a VLAN that the plan will delete takes nothing`() throws {
        #expect(try conflicts(onBridge, vlan("bond0.10", on: "bond0", id: 10, owned: true)) == [])
        #expect(try conflicts(onBridge + "\nethernets: {}", vlan("bond0.10", on: "bond0", id: 10, owned: true)) == [])
    }

    @Test func `a VLAN on a NIC that the host has in a bridge takes the tag away from one on that bridge`() throws {
        let file = "vlans: {ens3.10: {parent: ens3, id: 10}}"
        let bridge = try link("br0", .bridge)
        let nic = try link("ens3", .nic, master: "br0")
        #expect(
            try conflicts(file, bridge, nic, vlan("br0.10", on: "br0", id: 10)) == [
                "2:9 ens3.10 takes tag 10 away from br0.10: ens3 is a port of br0 (br0.10 is on the host)"
            ])
        // Where the file's list sends the NIC away, there is no conflict.
        #expect(try conflicts(file + "\nbridges: {br0: {ports: []}}", bridge, nic, vlan("br0.10", on: "br0", id: 10)) == [])
    }

    @Test func `a port that joins a bridge brings both of the host's VLANs into conflict`() throws {
        #expect(
            try conflicts(
                "bridges: {br0: {ports: [ens3]}}", vlan("ens3.10", on: "ens3", id: 10), vlan("br0.10", on: "br0", id: 10)
            ) == ["2:25 ens3.10 takes tag 10 away from br0.10: ens3 is a port of br0 (ens3.10 and br0.10 are on the host)"])
    }

    @Test func `a tag that another of the host's VLANs has cannot be had twice`() throws {
        let file = "vlans: {storage: {parent: ens3, id: 10}}"
        #expect(try conflicts(file, vlan("ens3.10", on: "ens3", id: 10)) == ["2:9 the host has VLAN 10 on ens3 already, as ens3.10"])
        #expect(try conflicts(file, vlan("ens3.10", on: "ens3", id: 10, owned: true)) == [])
        #expect(try conflicts(file, vlan("storage", on: "ens3", id: 10)) == [])
    }

    @Test func `a VLAN's MTU is held against that of the host's NIC`() throws {
        let file = "vlans: {v10: {parent: ens3, id: 10, mtu: 9000}}"
        #expect(try conflicts(file, link("ens3", .nic)) == ["2:42 the MTU of v10 is above that of ens3, which has 1500 on this host"])
        #expect(try conflicts(file, link("ens3", .nic, mtu: 9000)) == [])
        #expect(try conflicts(file + "\nethernets: {ens3: {mtu: 9000}}", link("ens3", .nic)) == [])
    }

    @Test func `a port that is a bridge on this host cannot be one`() throws {
        #expect(
            try conflicts("bridges: {br0: {ports: [docker0]}}", link("docker0", .bridge)) == [
                "2:25 docker0 is a bridge on this host, and cannot be a port of the bridge br0"
            ])
        #expect(try conflicts("bridges: {br0: {ports: [team0]}}", link("team0", .bond)) == [])
    }

    @Test func `options are held against the mode that the host's bond has`() throws {
        let file = "bonds: {bond0: {ports: [ens37], miimon: 100, lacp_rate: fast}}"
        #expect(try conflicts(file) == ["2:46 'lacp_rate' does not apply to mode balance-rr, which a new bond has"])
        var bond = try link("bond0", .bond)
        bond.options[.mode] = .number(BondMode.ieee8023ad.rawValue)
        #expect(try conflicts(file, bond) == [])
        bond.options[.mode] = .number(BondMode.activeBackup.rawValue)
        #expect(try conflicts(file, bond) == ["2:46 'lacp_rate' does not apply to mode active-backup, which bond0 has on this host"])
    }

    @Test func `a VLAN's MTU cannot be above that of a bond or bridge that is still to be made`() throws {
        let text = "bonds: {bond0: {ports: [ens37], mode: 4, miimon: 100}}\nvlans: {a: {parent: bond0, id: 10, mtu: 9000}}\n"
        #expect(try conflicts(text) == ["3:41 the MTU of a is above that of bond0, which will have 1500"])
        #expect(try conflicts(text, link("bond0", .bond, mtu: 9000)) == [])
        #expect(try conflicts("bridges: {br0: {ports: [ens33]}}\nvlans: {a: {parent: br0, id: 1, mtu: 1501}}\n").count == 1)
        #expect(try conflicts("bridges: {br0: {ports: [ens33]}}\nvlans: {a: {parent: br0, id: 1, mtu: 1500}}\n") == [])
    }

    @Test func `a port cannot have an MTU other than that of its bond`() throws {
        let text = "ethernets: {ens37: {mtu: 9000}}\nbonds: {bond0: {ports: [ens37], mode: 4, miimon: 100}}\n"
        #expect(try conflicts(text) == ["2:26 ens37 gets the MTU of its bond bond0, which will have 1500"])
        #expect(try conflicts(text, link("bond0", .bond, mtu: 9000)) == [])
        #expect(try conflicts(text, link("bond0", .bond, mtu: 1400)) == ["2:26 ens37 gets the MTU of its bond bond0, which has 1400"])
    }

    @Test func `delays need a miimon, of the file, of the bond on the host, or of the mode`() throws {
        let text = "bonds: {bond0: {ports: [ens37], mode: 1, updelay: 200}}\n"
        #expect(try conflicts(text) == ["2:42 'updelay' needs miimon, which bond0 does not have"])
        var bond = try link("bond0", .bond)
        bond.options[.miimon] = .number(100)
        #expect(try conflicts(text, bond) == [])
        #expect(try conflicts("bonds: {bond0: {ports: [ens37], mode: 4, updelay: 200}}\n") == [])
    }

    @Test func `a router needs an address beside it, in the file or on the host`() throws {
        let text = "bridges: {br0: {ports: [ens33], gateway: 192.0.2.1}}\n"
        #expect(try conflicts(text) == ["2:42 the router 192.0.2.1 cannot be reached: br0 has no address"])
        var bridge = try link("br0", .bridge)
        bridge.addresses = [Address(try IPNetwork("192.0.2.10/24"))]
        #expect(try conflicts(text, bridge) == [])
        bridge.addresses = [Address(try IPNetwork("198.51.100.10/24"))]
        #expect(try conflicts(text, bridge) == ["2:42 the router 192.0.2.1 cannot be reached: no prefix of br0 on this host contains it"])
        #expect(try conflicts("bridges: {br0: {ports: [ens33], gateway: 'fe80::1'}}\n") == [])
        #expect(try conflicts("bridges: {br0: {routes: [{to: default, via: 192.0.2.1, onlink: true}]}}\n") == [])
    }

    @Test func `a route's source is an address of the host`() throws {
        let text = "bridges: {br0: {addresses: [192.0.2.10/24], routes: [{to: 10.0.0.0/8, via: 192.0.2.1, source: 10.9.9.9}]}}\n"
        #expect(try conflicts(text) == ["2:54 the route's source 10.9.9.9 is no address of this host"])
        var nic = try link("ens40", .nic)
        nic.addresses = [Address(try IPNetwork("10.9.9.9/24"))]
        #expect(try conflicts(text, nic) == [])
    }
}
