import HostNetwork
import Testing
import Topology

@Suite("NICs that a file knows by something else than their names")
struct NICMatchTests {
    private static func nic(_ name: String, mac: String, driver: String? = nil, path: String? = nil, carrier: Bool = false) throws -> Link {
        var link = Link(try LinkName(name), kind: .nic)
        link.mac = try MACAddress("02:aa:aa:aa:aa:aa")
        link.permanentMAC = try MACAddress(mac)
        link.driver = driver
        link.busPath = path
        link.hasCarrier = carrier
        link.attachment = .free
        return link
    }

    private static func host() throws -> HostNetwork {
        var tap = Link(try LinkName("vnet0"), kind: .other("tun"))
        tap.mac = try MACAddress("52:54:00:00:00:01")
        return HostNetwork(links: [
            try nic("ens33", mac: "52:54:00:00:00:01", driver: "e1000e", path: "0000:02:01.0"),
            try nic("ens37", mac: "52:54:00:00:00:02", driver: "ixgbe", path: "0000:3b:00.0", carrier: true),
            try nic("ens38", mac: "52:54:00:00:00:03", driver: "ixgbe", path: "0000:3b:00.1"), tap,
        ])
    }

    private static func resolved(_ text: String) throws -> Topology {
        try Topology.parse("version: 1\n" + text, file: "t.yaml").resolved(on: host())
    }

    private static func mistakes(_ text: String) throws -> [String] {
        do {
            _ = try resolved(text)
            return []
        } catch let error as TopologyError {
            return error.diagnostics.map { "\($0.mark.line):\($0.mark.column) \($0.message): \($0.fix ?? "")" }
        }
    }

    @Test func `the host's name stands wherever the file's name was used`() throws {
        let network = try Self.resolved(
            """
            ethernets:
              left: {match: {mac: "52:54:00:00:00:02"}, mtu: 9000}
              right: {match: {driver: ixgbe, path: "pci-0000:3b:00.1"}}
              mgmt: {match: {driver: e1000e}, addresses: [192.0.2.2/24], gateway: 192.0.2.1}
            bonds:
              bond0: {ports: [right, {name: left, prio: 3}], mode: 1, miimon: 100, primary: left}
            vlans:
              v20: {parent: mgmt, id: 20}
            trunks:
              mgmt: {vlans: [30], bridge: none}
            rules: [{iif: mgmt, table: 100}]
            """
        ).network
        let name = { (text: String) in try LinkName(text) }
        #expect(Set(network.links.keys) == Set(try ["ens33", "ens37", "ens38", "bond0", "v20", "mgmt.30"].map { try LinkName($0) }))
        #expect(network[try name("bond0")]?.portOrder == [try name("ens38"), try name("ens37")])
        #expect(network[try name("bond0")]?.options[.primary] == .link(try name("ens37")))
        #expect(network[try name("ens37")]?.attachment == .port(of: try name("bond0")))
        #expect(network[try name("ens37")]?.mtu == 9000)
        #expect(network[try name("v20")]?.parent == (try name("ens33")))
        #expect(network[try name("mgmt.30")]?.parent == (try name("ens33")))
        #expect(network.routes.map(\.link) == [try name("ens33")])
        #expect(network.rules.map(\.inputLink) == [try name("ens33")])
    }

    @Test func `a file without a match is what it was`() throws {
        let text = "version: 1\nbridges: {br0: {ports: [ens33]}}"
        let topology = try Topology.parse(text, file: "t.yaml")
        #expect(try topology.resolved(on: Self.host()).network == topology.network)
        #expect(!topology.asksForHardware)
        #expect(try Topology.parse("version: 1\nethernets: {a: {match: {path: x}}}", file: "t.yaml").asksForHardware)
    }

    @Test(arguments: [
        ("ethernets: {up: {match: {driver: ixgbe}}}", "2:25 up may be any of ens37, ens38: all of them have driver ixgbe: say more of it, such as ens37's mac: 52:54:00:00:00:02"),
        (
            "ethernets: {up: {match: {mac: 52:54:00:00:00:09}}}",
            "2:25 no NIC of this host has MAC address 52:54:00:00:00:09: may be meant: ens37 (52:54:00:00:00:02, ixgbe, 0000:3b:00.0, has carrier); ens33 (52:54:00:00:00:01, e1000e, 0000:02:01.0); ens38 (52:54:00:00:00:03, ixgbe, 0000:3b:00.1)"
        ),
        (
            "ethernets: {up: {match: {driver: e1000e, path: 0000:00:00.0}}}",
            "2:25 no NIC of this host has driver e1000e and path 0000:00:00.0: may be meant: ens33 (52:54:00:00:00:01, e1000e, 0000:02:01.0)"
        ),
        (
            "ethernets: {a: {match: {driver: e1000e}}, b: {match: {path: 0000:02:01.0}}}",
            "2:54 b is ens33, as a is already: keep one of the two"
        ),
        ("ethernets: {a: {match: {driver: e1000e}}, ens33: {mtu: 1500}}", "2:24 a is ens33, which the file names too: write everything of it in one place"),
        ("ethernets: {ens37: {match: {driver: e1000e}}}", "2:13 ens37 is ens33 by its match, and another link of this host has the name ens37: choose a name that no link has"),
    ])
    func `a match of none, of several, or of one that has its place is an error that names what may be meant`(_ text: String, _ expected: String) throws {
        #expect(try Self.mistakes(text) == [expected])
    }
}
