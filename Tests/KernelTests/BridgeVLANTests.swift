import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import Report
import Testing
import Topology

/// VLAN-aware bridges on a real kernel: `bridge -j vlan` is the judge.
@Suite struct `VLANs of a bridge's ports on a real kernel` {
    /// The tables as `bridge` tells them, by port, in weft's words.
    static func tables(_ lab: Lab) throws -> [String: String] {
        var tables: [String: String] = [:]
        for port in try lab.bridgeJSON("vlan show") {
            let entries = (port["vlans"] as? [[String: Any]] ?? []).map { vlan in
                let first = UInt16(vlan["vlan"] as? Int ?? 0)
                let flags = vlan["flags"] as? [String] ?? []
                return BridgeVLAN(
                    ids: first...UInt16(vlan["vlanEnd"] as? Int ?? Int(first)), isUntagged: flags.contains("Egress Untagged"), isPVID: flags.contains("PVID"))
            }
            tables[port["ifname"] as? String ?? ""] = entries.normalized.display
        }
        return tables
    }

    static func tables(_ network: HostNetwork) -> [String: String] {
        Dictionary(uniqueKeysWithValues: network.bridgeVLANs.filter { !$0.value.isEmpty }.map { ($0.key.text, $0.value.display) })
    }

    static let file = """
        version: 1
        bridges:
          br0:
            vlan_filtering: true
            self: {trunk: [10, 20-22], native: 1}
            ports:
              - {name: ens33, access: 10}
              - {name: ens37, trunk: [10, 20-30], native: 1}
              - {name: ens38, vlans: [{id: 3, pvid: true}, {id: 4-6, untagged: true}, 9]}
              - {name: ens39, trunk: []}
              - ens40
        vlans:
          br0.10: {parent: br0, id: 10, addresses: [10.10.0.1/24]}

        """
    static let nics = ["ens33", "ens37", "ens38", "ens39", "ens40"]
    static let expected = [
        "br0": "1 (pvid, untagged), 10, 20-22", "ens33": "10 (pvid, untagged)", "ens37": "1 (pvid, untagged), 10, 20-30",
        "ens38": "3 (pvid), 4-6 (untagged), 9", "ens40": "1 (pvid, untagged)",
    ]

    @Test func `a table of every shape is set on a new bridge, and read as bridge reads it`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            try lab.apply(Self.file)
            #expect(try Self.tables(lab) == Self.expected)
            var kernel = try lab.connect()
            let network = try kernel.snapshot()
            #expect(Self.tables(network) == Self.expected)
            // A port that lets nothing through has a table, too: an empty one.
            #expect(network.bridgeVLANs[try LinkName("ens39")] == [])
        }
    }

    @Test func `the same on a bridge that exists and does not filter, one that filters, and back without a trace`() async throws {
        for filters in [false, true] {
            try await Lab.with { lab in
                try lab.nicsUp(Self.nics)
                try lab.ip(
                    """
                    link add br0 type bridge vlan_filtering \(filters ? 1 : 0) vlan_default_pvid 7
                    link set br0 up
                    link set ens33 master br0
                    link set ens37 master br0
                    link add veth0 type veth peer name veth1
                    link set veth0 master br0
                    """)
                try lab.bridge(
                    """
                    vlan add dev ens33 vid 100-200
                    vlan add dev ens33 vid 300 pvid untagged
                    vlan add dev veth0 vid 77 pvid untagged
                    vlan del dev ens37 vid 7
                    vlan add dev br0 vid 40-50 self
                    """)
                var kernel = try lab.connect()
                let checkpoint = try kernel.snapshot(vlanTables: true)
                let before = try Self.tables(lab)
                try lab.apply(Self.file) { $0.allowsOutage = true }
                var expected = Self.expected
                expected["ens40"] = "7 (pvid, untagged)"
                // Nobody asked for the guest's.
                expected["veth0"] = "7 (untagged), 77 (pvid, untagged)"
                #expect(try Self.tables(lab) == expected)
                let back = try lab.carryOut(try lab.request(checkpoint.asCheckpoint) { $0.isRollback = true })
                if case .done = back {} else { Issue.record("\(back)") }
                #expect(try Self.tables(lab) == before)
            }
        }
    }

    @Test func `a change that fails brings every port's table back, those of strangers too`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            try lab.apply(Self.file)
            try lab.ip(
                """
                link add veth0 type veth peer name veth1
                link set veth0 master br0
                link add foreign type bridge vlan_filtering 1
                link add veth2 type veth peer name veth3
                link set veth2 master foreign
                link set ens40 nomaster
                link set ens40 master foreign
                """)
            try lab.bridge("vlan add dev veth0 vid 20 pvid untagged\nvlan add dev ens40 vid 1000-2000\nvlan add dev foreign vid 1234 self")
            try `Rolling back on a real kernel`.expectReturn(
                in: lab,
                from: """
                    version: 1
                    bridges:
                      br0:
                        vlan_filtering: false
                        self: {access: 9}
                        ports: [{name: ens33, trunk: [1-4094]}, {name: ens40, access: 3}, {name: veth0, access: 4}]
                    vlans: {br0.30: {parent: br0, id: 30}}

                    """)
        }
    }

    @Test func `4,094 ids are one message, whatever the table's shape`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33"])
            try lab.ip("link add br0 type bridge vlan_filtering 1\nlink set ens33 master br0")
            var kernel = try lab.connect()
            let port = BridgePlace.port(try LinkName("ens33"))
            let before = kernel.statistics
            #expect(try kernel.perform([.setVLANs([BridgeVLAN(ids: 1...4094)], at: port)]) == [])
            #expect(kernel.statistics.writeMessages == before.writeMessages + 1)
            #expect(try Self.tables(lab)["ens33"] == "1-4094")
            // Every other id untagged: no two of them are one range.
            let worst = (UInt16(1)...4094).map { (id: UInt16) -> BridgeVLAN in BridgeVLAN(id, isUntagged: id.isMultiple(of: 2), isPVID: id == 5) }
            #expect(try kernel.perform([.setVLANs(worst, at: port)]) == [])
            #expect(kernel.statistics.writeMessages == before.writeMessages + 2)
            #expect(try kernel.snapshot().bridgeVLANs[port.link] == worst)
            #expect(try kernel.perform([.removeVLANs([1...4094], at: port)]) == [])
            #expect(try kernel.snapshot().bridgeVLANs[port.link] == [])
        }
    }

    @Test func `a VLAN that is made anew in its bridge has its table again`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            func file(_ id: Int) -> String {
                """
                version: 1
                vlans: {up: {parent: ens33, id: \(id)}}
                bridges: {br0: {vlan_filtering: true, ports: [up, {name: ens37, trunk: [5]}]}}

                """
            }
            try lab.apply(file(10))
            try lab.bridge("vlan add dev up vid 5-9\nvlan del dev up vid 1")
            try lab.apply(file(20))
            #expect(try Self.tables(lab)["up"] == "5-9")
        }
    }

    @Test func `the host's own file plans to no changes, VLANs and all`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            try lab.apply(Self.file)
            try lab.ip("link add br9 type bridge vlan_filtering 1 vlan_protocol 802.1ad\nlink add link br9 name br9.30 type vlan id 30\nlink add link br9 name br9.31 type vlan protocol 802.1ad id 31")
            let host = try lab.request(HostNetwork())
            let yaml = StateYAML(host.actual, portsPut: host.portsPut).text
            #expect(yaml.contains("self: {trunk: [10, 20-22], native: 1}"), "\(yaml)")
            #expect(yaml.contains("{name: ens33, access: 10}"), "\(yaml)")
            #expect(yaml.contains("vlans: [{id: 3, pvid: true}, {id: 4-6, untagged: true}, 9]"), "\(yaml)")
            #expect(yaml.contains("left out: br9.31, which br9 cuts off"), "\(yaml)")
            let request = try lab.request(yaml)
            #expect(Planner.plan(request).isEmpty, "\(yaml)")
            #expect(try Topology.parse(yaml, file: "t.yaml").conflicts(with: request.actual).map(\.message) == [])
        }
    }

    @Test func `access ports, a trunk and the host: who reaches whom`() async throws {
        try await Self.withLabs(5) { labs in try Self.expectTraffic(labs[0], labs[1], labs[2], labs[3], labs[4]) }
    }

    /// Runs a test in several namespaces.
    private static func withLabs(_ count: Int, _ labs: [Lab] = [], _ test: ([Lab]) async throws -> Void) async throws {
        guard labs.count < count else { return try await test(labs) }
        try await Lab.with { lab in try await withLabs(count, labs + [lab], test) }
    }

    private static func expectTraffic(_ lab: Lab, _ ten: Lab, _ otherTen: Lab, _ twenty: Lab, _ trunk: Lab) throws {
        try wire(lab, [("va", ten), ("vb", otherTen), ("vc", twenty), ("vd", trunk)])
        try ten.ip("addr add 10.0.0.1/24 dev eth0")
        try otherTen.ip("addr add 10.0.0.2/24 dev eth0")
        try twenty.ip("addr add 10.0.0.3/24 dev eth0\naddr add 10.0.20.3/24 dev eth0")
        try trunk.ip(
            """
            link add link eth0 name v10 type vlan id 10
            link add link eth0 name v20 type vlan id 20
            link set v10 up
            link set v20 up
            addr add 10.0.0.4/24 dev v10
            addr add 10.0.20.4/24 dev v20
            addr add 10.0.1.4/24 dev eth0
            """)
        func file(b: Int, d: String) -> String {
            """
            version: 1
            bridges:
              br0:
                vlan_filtering: true
                self: {trunk: [10], native: 1}
                ports: [{name: va, access: 10}, {name: vb, access: \(b)}, {name: vc, access: 20}, {name: vd, trunk: \(d), native: 1}]
                addresses: [10.0.1.5/24]
            vlans: {br0.10: {parent: br0, id: 10, addresses: [10.0.0.5/24]}}

            """
        }
        try lab.apply(file(b: 10, d: "[10, 20]"))
        // Access 10 to access 10, to the trunk's VLAN 10, and to the host's.
        for address in ["10.0.0.2", "10.0.0.4", "10.0.0.5"] {
            let isReached = try reaches(ten, address)
            #expect(isReached, "\(address)")
        }
        // Access 20 to the trunk's VLAN 20; nobody in VLAN 10, although the network is the same.
        let (toTrunk, toTen, toHost) = (try reaches(twenty, "10.0.20.4"), try reaches(twenty, "10.0.0.1", isExpected: false), try reaches(twenty, "10.0.0.5", isExpected: false))
        #expect(toTrunk && !toTen && !toHost)
        // The native VLAN, without a tag, reaches the host itself.
        let isNativeReached = try reaches(trunk, "10.0.1.5")
        #expect(isNativeReached)

        // Port b moves to VLAN 20, and the trunk loses VLAN 10.
        try lab.apply(file(b: 20, d: "[20]"))
        for (far, address, isExpected) in [(ten, "10.0.0.2", false), (ten, "10.0.0.4", false), (ten, "10.0.0.5", true), (otherTen, "10.0.0.3", true)] {
            let isReached = try reaches(far, address, isExpected: isExpected)
            #expect(isReached == isExpected, "\(address)")
        }
    }

    /// Joins namespaces to the lab's by veths: `eth0` over there, up.
    static func wire(_ lab: Lab, _ ends: [(port: String, far: Lab)]) throws {
        for (port, far) in ends {
            try lab.ip("link add \(port) type veth peer name eth0 netns \(far.name)\nlink set \(port) up")
            try far.ip("link set eth0 up")
        }
    }

    /// Whether an answer comes, for which a machine at work is given time; that none comes is seen after a second.
    static func reaches(_ lab: Lab, _ address: String, isExpected: Bool = true) throws -> Bool {
        let words = try Lab.run(["sh", "-c", "ip netns exec \(lab.name) ping -c 1 -w \(isExpected ? 10 : 1) \(address) >/dev/null 2>&1; echo $?"])
        return words == "0\n"
    }
}
