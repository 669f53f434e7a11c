import HostNetwork
import Testing
import Topology

@Suite("What a file wants")
struct ResolutionTests {
    private func network(_ text: String) throws -> HostNetwork {
        try Topology.parse("version: 1\n" + text, file: "t.yaml").network
    }

    private func link(_ name: String, in text: String) throws -> Link {
        try #require(network(text)[LinkName(name)])
    }

    @Test func `what is not written is unmanaged`() throws {
        let bridge = try link("br0", in: "bridges: {br0: {}}")
        var expected = Link(try LinkName("br0"), kind: .bridge)
        expected.isUp = true
        expected.origin = SourceMark(file: "t.yaml", line: 2, column: 11)
        #expect(bridge == expected)
    }

    @Test func `the common keys of a link reach it`() throws {
        let bond = try link(
            "bond0",
            in: """
                bonds:
                  bond0:
                    mtu: 9000
                    mac: 52-54-00-AA-BB-01
                    up: no
                    txqueuelen: 500
                    description: 上联：“一”
                    addresses: ["2001:db8::1/64", 192.0.2.1/31]
                    addresses_exclusive: on
                    dns: [192.0.2.53, 2001:db8::53]
                """)
        #expect(bond.mtu == 9000)
        #expect(bond.mac?.description == "52:54:00:aa:bb:01")
        #expect(bond.isUp == false)
        #expect(bond.txQueueLength == 500)
        #expect(bond.alias == "上联：“一”")
        #expect(bond.addresses?.map(\.network.description) == ["2001:db8::1/64", "192.0.2.1/31"])
        #expect(bond.addressesAreExclusive)
        #expect(bond.nameServers.map(\.description) == ["192.0.2.53", "2001:db8::53"])
        #expect(bond.attachment == nil)
        #expect(!bond.listsPorts)
    }

    @Test func `an empty list is a list`() throws {
        let bridge = try link("br0", in: "bridges: {br0: {ports: [], addresses: []}}")
        #expect(bridge.addresses == [])
        #expect(bridge.listsPorts)
        #expect(bridge.portOrder == [])
    }

    @Test func `options come from the table, by name, alias, number and unit`() throws {
        let network = try network(
            """
            bonds:
              bond0: {ports: [ens37], mode: 4, miimon: 100ms, lacp_rate: 1, use_carrier: off}
            bridges:
              br0: {forward_delay: 4.5, ageing: 1500cs, hello_time: 2s, stp: yes, priority: default}
            """)
        let bond = try #require(network[try LinkName("bond0")])
        #expect(bond.bondMode == .ieee8023ad)
        #expect(bond.options.number(.miimon) == 100)
        #expect(bond.options.number(try #require(OptionRow.named("ad_lacp_rate", in: .bond))) == 1)
        #expect(bond.options.number(try #require(OptionRow.named("use_carrier", in: .bond))) == 0)
        let bridge = try #require(network[try LinkName("br0")])
        #expect(bridge.options.number(.forwardDelay) == 450)
        #expect(bridge.options.number(try #require(OptionRow.named("ageing_time", in: .bridge))) == 1500)
        #expect(bridge.options.number(try #require(OptionRow.named("hello_time", in: .bridge))) == 200)
        #expect(bridge.options.number(.stpState) == 1)
        #expect(bridge.options.number(try #require(OptionRow.named("priority", in: .bridge))) == 32768)
    }

    @Test(arguments: OptionRow.all.filter { $0.kernelDefault != nil }.flatMap { row in ([row.name] + row.aliases).map { ($0, row) } })
    func `each option can be written under each of its names`(_ key: String, _ row: OptionRow) throws {
        // The scope's own context: what the option needs around it.
        let value = try #require(row.kernelDefault)
        let text = row.text(of: value).isEmpty ? "[]" : row.text(of: value)
        let file =
            switch row.scope {
            case .bond: "bonds: {x: {ports: [a], \(key): \(text)}}"
            case .bondPort: "bonds: {b: {ports: [{name: x, \(key): \(text)}]}}"
            case .bridge: "bridges: {x: {\(key): \(text)}}"
            case .bridgePort: "bridges: {b: {ports: [{name: x, \(key): \(text)}]}}"
            case .vlan: "vlans: {x: {parent: a, id: 7, \(key): \(text)}}"
            }
        let link = try link("x", in: file)
        #expect((row.scope == .bridgePort || row.scope == .bondPort ? link.portOptions : link.options)[row] == value)
    }

    @Test func `a NIC is switched on where something needs it`() throws {
        let network = try network(
            """
            ethernets:
              ens30: {mtu: 9000}
              ens31: {addresses: [192.0.2.1/24]}
              ens32: {addresses: [198.51.100.1/24], up: false}
              ens33: {}
            bridges: {br0: {ports: [ens33, {name: ens34, state: absent}]}}
            vlans: {v10: {parent: ens35, id: 10, up: off}}
            """)
        let states = network.sortedLinks.filter { $0.kind == .nic }.map { "\($0.name) \($0.isUp.map { "\($0)" } ?? "nil")" }
        #expect(states == ["ens30 nil", "ens31 true", "ens32 false", "ens33 true", "ens34 nil", "ens35 true"])
        #expect(network[try LinkName("v10")]?.isUp == false)
        #expect(network[try LinkName("ens34")]?.attachment == .free)
    }

    @Test func `ports keep their order and their options`() throws {
        let network = try network(
            """
            bridges:
              br0:
                ports:
                  - {name: ens40, path_cost: 10, hairpin: true}
                  - ens4
                  - {name: ens5, state: absent}
            """)
        #expect(network[try LinkName("br0")]?.portOrder.map(\.text) == ["ens40", "ens4"])
        let port = try #require(network[try LinkName("ens40")])
        #expect(port.portOptions.number(.pathCost) == 10)
        #expect(port.portOptions.entries.count == 2)
        #expect(port.options.isEmpty)
    }

    @Test func `a port sent away by one bridge and wanted by another moves`() throws {
        for order in [["br0", "br1"], ["br1", "br0"]] {
            let network = try network(
                """
                bridges:
                  \(order[0]): {ports: [\(order[0] == "br0" ? "{name: ens3, state: absent}" : "ens3")]}
                  \(order[1]): {ports: [\(order[1] == "br0" ? "{name: ens3, state: absent}" : "ens3")]}
                """)
            #expect(network[try LinkName("ens3")]?.attachment == .port(of: try LinkName("br1")))
        }
    }

    @Test func `an absent link is wanted gone, whatever else is said of it`() throws {
        let network = try network("vlans: {ens3.10: {state: absent}}\nbridges: {br9: {state: absent, ports: [ens9], gateway: 192.0.2.1}}")
        #expect(network[try LinkName("br9")]?.isPresent == false)
        #expect(network[try LinkName("br9")]?.kind == .bridge)
        #expect(network[try LinkName("ens3.10")]?.isPresent == false)
        #expect(network[try LinkName("ens9")] == nil)
        #expect(network.routes.isEmpty)
    }

    @Test func `routes and gateways reach the network with their places`() throws {
        let network = try network(
            """
            bridges:
              br0:
                addresses: [192.0.2.10/24, "2001:db8::10/64"]
                gateway: [192.0.2.1, "2001:db8::1"]
                routes:
                  - {to: 198.51.100.0/24, via: 192.0.2.2, metric: 50, table: 100, src: 192.0.2.10, mtu: 1400}
                  - {to: default, via: 203.0.113.1, metric: 7, onlink: true}
                  - {to: "2001:db8:1::/48", via: "fe80::1", metric: 0}
                  - {to: 10.0.0.0/8}
            """)
        #expect(
            network.routes.map { "\($0.destination) \($0.gateway.map { "\($0)" } ?? "-") \($0.effectiveMetric)" } == [
                "0.0.0.0/0 192.0.2.1 0", "::/0 2001:db8::1 1024", "198.51.100.0/24 192.0.2.2 50", "0.0.0.0/0 203.0.113.1 7",
                "2001:db8:1::/48 fe80::1 1024", "10.0.0.0/8 - 0",
            ])
        let full = network.routes[2]
        #expect(full.table == 100)
        #expect(full.source?.description == "192.0.2.10")
        #expect(full.mtu == 1400)
        #expect(full.sourceMark == SourceMark(file: "t.yaml", line: 7, column: 9))
        #expect(network.routes[3].isOnLink)
        #expect(network.routes.allSatisfy { $0.link?.text == "br0" && $0.isOwned })
    }

    @Test func `a trunk's names are templates, and a bridge written out adds to the trunk's`() throws {
        let network = try network(
            """
            trunks:
              enp134s0f0np0:
                vlans: [10, {id: 20, name: storage, bridge: br-storage}, {id: 30, bridge: none}]
                name: v{id}
                bridge: guests-{id}
                protocol: 802.1ad
                mtu: 1500
              ens5: {vlans: [7], bridge: false, name: "{parent}-{id}"}
            """)
        #expect(
            network.sortedLinks.map(\.name.text) == [
                "br-storage", "enp134s0f0np0", "ens5", "ens5-7", "guests-10", "storage", "v10", "v30",
            ])
        #expect(network[try LinkName("storage")]?.attachment == .port(of: try LinkName("br-storage")))
        #expect(network[try LinkName("v30")]?.attachment == nil)
        #expect(network[try LinkName("v10")]?.mtu == 1500)
        #expect(network[try LinkName("v10")]?.options[.vlanProtocol] == (try OptionRow.vlanProtocol.parse("802.1ad")))
        #expect(network[try LinkName("ens5-7")]?.options[.vlanProtocol] == nil)

        let merged = try link(
            "brvlan-10",
            in: """
                bridges: {brvlan-10: {stp: true, addresses: [192.0.2.1/24], ports: [ens9]}}
                trunks: {ens3: {vlans: [10]}}
                """)
        #expect(merged.options.number(.stpState) == 1)
        #expect(merged.addresses?.count == 1)
        #expect(merged.portOrder.map(\.text) == ["ens9", "ens3.10"])
        #expect(merged.origin?.line == 2)
    }

    @Test func `text that other readers take for something else stays text`() throws {
        let network = try network(
            """
            ethernets: {on: {mtu: "1500"}, 1e3: {}, 0x10: {}, null: {}}
            bridges: {y: {mac: 10:20:30:40:50:10, description: no}}
            """)
        #expect(network.sortedLinks.map(\.name.text) == ["0x10", "1e3", "null", "on", "y"])
        #expect(network[try LinkName("on")]?.mtu == 1500)
        #expect(network[try LinkName("y")]?.mac?.description == "10:20:30:40:50:10")
        #expect(network[try LinkName("y")]?.alias == "no")
    }

    @Test func `the host's name is handed on`() throws {
        #expect(try Topology.parse("version: 1\nhost: kvm1\n", file: "t.yaml").host == "kvm1")
        #expect(try Topology.parse("version: 1\n", file: "t.yaml").host == nil)
    }
}
