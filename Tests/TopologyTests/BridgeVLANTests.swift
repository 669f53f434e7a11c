import HostNetwork
import Testing
import Topology

@Suite struct `VLANs of a bridge's ports in a file` {
    private func tables(_ bridge: String) throws -> [String: String] {
        let network = try Topology.parse("version: 1\nbridges:\n  br0: \(bridge)\n", file: "t.yaml").network
        return Dictionary(uniqueKeysWithValues: network.bridgeVLANs.map { ($0.key.text, $0.value.display) })
    }

    @Test func `access, trunk and native are short for the general form`() throws {
        let short = try tables(
            """
            {vlan_filtering: true, self: {trunk: [10], native: 1}, ports: [
                {name: a, access: 10}, {name: b, trunk: [20-30, 10], native: 1}, {name: c, trunk: [1-4094], native: 5}, {name: d, trunk: []}, e]}
            """)
        let long = try tables(
            """
            {vlan_filtering: true, self: {vlans: [10, {id: 1, pvid: true, untagged: true}]}, ports: [
                {name: a, vlans: [{id: 10, pvid: true, untagged: true}]},
                {name: b, vlans: [10, 20-30, {id: 1, pvid: true, untagged: true}]},
                {name: c, vlans: [1-4, 6-4094, {id: 5, pvid: true, untagged: true}]}, {name: d, vlans: []}, e]}
            """)
        #expect(short == long)
        #expect(short["br0"] == "1 (pvid, untagged), 10")
        #expect(short["c"] == "1-4, 5 (pvid, untagged), 6-4094")
        #expect(short["d"] == "none")
        // What is not written is unmanaged.
        #expect(short["e"] == nil)
    }

    @Test func `whatever bridge vlan can say can be said`() throws {
        let odd = try tables("{vlan_filtering: true, ports: [{name: a, vlans: [{id: 3, pvid: true}, {id: 4-6, untagged: true}, 9]}]}")
        #expect(odd["a"] == "3 (pvid), 4-6 (untagged), 9")
    }

    @Test func `a VLAN on a bridge of the host's that does not let it through is a conflict with the host`() throws {
        let bridge = try LinkName("br0")
        var host = Link(bridge, kind: .bridge)
        host.options[.vlanFiltering] = .number(1)
        var vlan = Link(try LinkName("br0.10"), kind: .vlan)
        vlan.parent = bridge
        vlan.options[.vlanID] = .number(10)
        func conflicts(_ yaml: String, _ table: [BridgeVLAN], vlan: Link? = nil, filters: Bool = true) throws -> [String] {
            var host = host
            host.options[.vlanFiltering] = .number(filters ? 1 : 0)
            let network = HostNetwork(links: [host] + (vlan.map { [$0] } ?? []), bridgeVLANs: [bridge: table])
            return try Topology.parse("version: 1\n" + yaml, file: "t.yaml").conflicts(with: network).map(\.message)
        }
        let initial = [BridgeVLAN].initial(defaultPVID: 1)
        let cutOff = "br0.10 would be cut off: br0 filters VLANs, and VLAN 10 is not allowed on br0 itself"
        #expect(try conflicts("vlans: {br0.10: {parent: br0, id: 10}}", initial) == [cutOff])
        #expect(try conflicts("vlans: {br0.10: {parent: br0, id: 10}}", initial + [BridgeVLAN(10)]) == [])
        #expect(try conflicts("vlans: {br0.10: {parent: br0, id: 10}}", initial, filters: false) == [])
        // A VLAN that is on the host, on a bridge that the file makes filter, or whose table it writes.
        let onHost = "br0.10 would be cut off (it is on the host): br0 filters VLANs, and VLAN 10 is not allowed on br0 itself"
        #expect(try conflicts("bridges: {br0: {vlan_filtering: true}}", initial, vlan: vlan, filters: false) == [onHost])
        #expect(try conflicts("bridges: {br0: {self: {access: 1}}}", initial + [BridgeVLAN(10)], vlan: vlan) == [onHost])
        #expect(try conflicts("bridges: {br0: {stp: true}}", initial, vlan: vlan) == [])
        #expect(try conflicts("bridges: {br0: {vlan_filtering: true, self: {trunk: [10]}}}", initial, vlan: vlan, filters: false) == [])
    }

    @Test func `a domain's interface on a VLAN-aware bridge says its VLANs and its port's options as any port does`() throws {
        let file = """
            version: 1
            bridges: {br0: {vlan_filtering: true, ports: [{name: ens33, trunk: [10, 20-30]}]}}
            domains:
              vm1: {interfaces: [{bridge: br0, access: 10}, {bridge: br0, trunk: [20-22], native: 10, path_cost: 7, unicast_flood: false}, {bridge: br0}]}
              vm2: {interfaces: [{mac: "52:54:00:00:00:09", access: 20}, {bridge: br9, access: 10}]}
            """
        let topology = try Topology.parse(file, file: "t.yaml")
        let ports = topology.domains.flatMap(\.interfaces).map(\.port)
        #expect(ports.map { $0.vlans?.display } == ["10 (pvid, untagged)", "10 (pvid, untagged), 20-22", nil, "20 (pvid, untagged)", "10 (pvid, untagged)"])
        #expect(ports.map { $0.options.entries.count } == [0, 2, 0, 0, 0])
        #expect(topology.warnings == [])
        // What is only on the host shows against the host.
        var host = Link(try LinkName("br9"), kind: .bridge)
        #expect(topology.conflicts(with: HostNetwork(links: [host])).map(\.message).first?.hasPrefix("br9 does not tell VLANs apart on this host") == true)
        host.options[.vlanFiltering] = .number(1)
        #expect(topology.conflicts(with: HostNetwork(links: [host])).isEmpty)
    }
}
