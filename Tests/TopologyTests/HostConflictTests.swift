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
}
