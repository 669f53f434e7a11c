import HostNetwork
import Testing
import Topology

@Suite("The examples")
struct ExampleTests {
    @Test func `there are six of them`() {
        #expect(
            Set(Fixtures.exampleFiles).isSuperset(of: [
                "bond-brvlan.yaml", "brvlan.yaml", "ha-two-bridges.yaml", "host-bridge.yaml", "trunk-range.yaml", "vlan-aware-bridge.yaml",
            ]))
    }

    @Test(arguments: Fixtures.exampleFiles)
    func `each example reads without an error and begins with a comment`(_ name: String) throws {
        let topology = try Fixtures.example(name)
        #expect(topology.source.line(1).hasPrefix("# "))
        #expect(!topology.network.links.isEmpty)
    }

    @Test func `one NIC as a trunk`() throws {
        let topology = try Fixtures.example("brvlan.yaml")
        #expect(topology.warnings.isEmpty)
        let network = topology.network
        #expect(network.sortedLinks.map(\.name.text) == ["brvlan-10", "brvlan-20", "ens37", "ens37.10", "ens37.20"])
        let nic = try #require(network[try LinkName("ens37")])
        #expect(nic.kind == .nic)
        #expect(nic.isUp == true)
        #expect(nic.attachment == nil)
        let vlan = try #require(network[try LinkName("ens37.20")])
        #expect(vlan.kind == .vlan)
        #expect(vlan.parent?.text == "ens37")
        #expect(vlan.vlanID?.number == 20)
        #expect(vlan.options[.vlanProtocol] == nil)
        #expect(vlan.attachment == .port(of: try LinkName("brvlan-20")))
        #expect(vlan.isUp == true)
        let bridge = try #require(network[try LinkName("brvlan-20")])
        #expect(bridge.listsPorts)
        #expect(bridge.portOrder.map(\.text) == ["ens37.20"])
        #expect(bridge.addresses == nil)
    }

    @Test func `four NICs in a bond of mode 6 under a bridge, VLANs on the bridge`() throws {
        let topology = try Fixtures.example("bond-brvlan.yaml")
        #expect(topology.warnings.count == 1)
        #expect(topology.warnings.first?.message.contains("guests lose frames") == true)
        let network = topology.network
        let bond = try #require(network[try LinkName("bond0")])
        #expect(bond.bondMode == .balanceALB)
        #expect(bond.options.number(.miimon) == 100)
        #expect(bond.portOrder.map(\.text) == ["ens37", "ens38", "ens39", "ens40"])
        #expect(bond.attachment == .port(of: try LinkName("br1")))
        #expect(network.ports(of: bond.name).map(\.kind) == [.nic, .nic, .nic, .nic])
        #expect(network.uppers(of: try LinkName("br1")).map(\.name.text) == ["br1.10", "br1.20"])
        #expect(network[try LinkName("br1.10")]?.master?.text == "brvlan-10")
        #expect(network[try LinkName("br1")]?.attachment == nil)
    }

    @Test func `the host's own address on a bridge`() throws {
        let topology = try Fixtures.example("host-bridge.yaml")
        #expect(topology.warnings.isEmpty)
        let bridge = try #require(topology.network[try LinkName("br0")])
        #expect(bridge.addresses == [Address(try IPNetwork("172.16.0.52/16"))])
        #expect(bridge.options.number(.stpState) == 0)
        #expect(bridge.nameServers == [try IPAddress("114.114.114.114")])
        let route = try #require(topology.network.routes.first)
        #expect(topology.network.routes.count == 1)
        #expect(route.isDefault)
        #expect(route.gateway == (try IPAddress("172.16.0.1")))
        #expect(route.link?.text == "br0")
        #expect(route.sourceMark?.line == 12)
        #expect(topology.network[try LinkName("ens33")]?.addresses == nil)
    }

    @Test func `a leg in two networks`() throws {
        let topology = try Fixtures.example("ha-two-bridges.yaml")
        let network = topology.network
        #expect(network.routes.map(\.link?.text) == ["br0"])
        #expect(network[try LinkName("bond0")]?.master?.text == "br0")
        #expect(network[try LinkName("bond1")]?.master?.text == "br1")
        #expect(network[try LinkName("bond1")]?.options[.primary] == .link(try LinkName("ens35")))
        #expect(topology.warnings.map(\.mark.line) == [21])
    }

    @Test func `a trunk makes a VLAN and a bridge for each id of its ranges`() throws {
        let topology = try Fixtures.example("trunk-range.yaml")
        #expect(topology.warnings.isEmpty)
        let network = topology.network
        let vlans = network.uppers(of: try LinkName("bond0"))
        #expect(vlans.compactMap { $0.vlanID?.number } == [10, 20] + Array(100...119))
        for vlan in vlans {
            let id = try #require(vlan.vlanID)
            #expect(vlan.name.text == "bond0.\(id)")
            let bridge = try #require(network[try LinkName("brvlan-\(id)")])
            #expect(vlan.attachment == .port(of: bridge.name))
            #expect(bridge.kind == .bridge)
            #expect(bridge.isUp == true)
            #expect(bridge.listsPorts)
            #expect(bridge.portOrder == [vlan.name])
        }
        // The links of one range share the mark of the range.
        #expect(network[try LinkName("bond0.100")]?.origin == network[try LinkName("brvlan-119")]?.origin)
    }
}
