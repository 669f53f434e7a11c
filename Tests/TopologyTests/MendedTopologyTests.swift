import HostNetwork
import Testing
import Topology

/// A text that a program made of somebody's files: what cannot be is commented out, and the rest stays.
@Suite struct `A topology that is mended` {
    @Test func `a text without mistakes stays as it is`() {
        let text = "version: 1\nbridges:\n  br0:\n    ports: [ens33]\n"
        let mended = MendedTopology(text, file: "t.yaml")
        #expect(mended.text == text)
        #expect(mended.removals.isEmpty)
    }

    @Test func `one item of a list goes, and its place in the list is told`() throws {
        let mended = MendedTopology("version: 1\nbridges:\n  br0:\n    ports: [a, br1, b]\n  br1:\n    ports: []\n", file: "t.yaml")
        #expect(mended.text.contains("    # ports: [br1]\n    ports: [a, b]\n"))
        let removal = try #require(mended.removals.first)
        #expect((removal.line, removal.key, removal.item) == (4, "ports", 1))
        #expect(removal.diagnostic.message.contains("the bridge br1 cannot be a port"))
    }

    @Test func `a link goes whole where it cannot be, and with it an item of a list in block style`() throws {
        let text = """
            version: 1
            ethernets:
              eth0:
                addresses: [10.0.0.1/24]
                routes:
                  - {to: 10.1.0.0/16, via: 10.0.0.2}
                  - {to: 10.2.0.0/16, via: 10.9.9.9}
            vlans:
              eth0.7:
                parent: eth0
            """
        let mended = MendedTopology(text, file: "t.yaml")
        #expect(mended.text.contains("      - {to: 10.1.0.0/16, via: 10.0.0.2}\n      # - {to: 10.2.0.0/16, via: 10.9.9.9}\n# vlans:"))
        #expect(mended.removals.map(\.key) == ["routes", ""])
        #expect(mended.removals.map(\.line) == [7, 9])
        #expect(mended.removals.first?.item == 1)
        #expect(throws: Never.self) { try Topology.parse(mended.text, file: "t.yaml") }
    }

    @Test func `what would be wrong on any host goes, too`() throws {
        let text = """
            version: 1
            ethernets:
              eth0:
                routes: [{to: 10.9.0.0/16, via: 10.0.0.1}]
              eth1:
                addresses: [10.1.0.5/16]
                routes: [{to: default, via: 10.1.0.1}, {to: 10.8.0.0/16, via: 10.1.0.1, source: 10.4.4.4}]
              eth2:
                mtu: 9000
            bonds:
              bond0:
                ports: [eth2]
            vlans:
              bond0.7:
                parent: bond0
                id: 7
                mtu: 9100
              eth0.7:
                parent: eth0
                id: 7
                mtu: 9000
              eth1.7:
                parent: eth1
                id: 7
                mtu: 1500
            """
        let mended = MendedTopology(text, file: "t.yaml")
        #expect(mended.removals.map(\.diagnostic.message).sorted() == [
            "eth2 gets the MTU of its bond bond0, which will have 1500",
            "the MTU of bond0.7 is above that of bond0, which will have 1500",
            "the MTU of eth0.7 is above that of eth0, which will have 1500",
            "the route's source 10.4.4.4 is no address of this host",
            "the router 10.0.0.1 cannot be reached: eth0 has no address",
        ])
        #expect(mended.text.contains("    routes: [{to: default, via: 10.1.0.1}]\n"))
        #expect(try Topology.parse(mended.text, file: "t.yaml").conflicts(with: HostNetwork()).isEmpty)
    }

    @Test func `whatever is wrong, what comes of it can be read`() throws {
        let lines = [
            "bonds:", "bridges:", "vlans:", "  a:", "  b:", "  c:", "    ports: [a, b, c, a]", "    ports: [b]", "    parent: a", "    id: 5000", "    id: 7",
            "    mode: 9", "    addresses: [1.2.3.4/33, 10.0.0.1/24]", "    routes: [{to: default, via: ::1}]", "    mtu: -1", "    up: maybe", "    nonsense: true",
        ]
        var state: UInt64 = 11
        for round in 0..<300 {
            var text = "version: 1\n"
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += lines[Int(state >> 33) % lines.count] + "\n"
            }
            let mended = MendedTopology(text, file: "t.yaml")
            #expect(throws: Never.self, "round \(round): \(text)") { try Topology.parse(mended.text, file: "t.yaml") }
            #expect((try? Topology.parse(mended.text, file: "t.yaml"))?.conflicts(with: HostNetwork()).isEmpty != false, "round \(round): \(text)")
        }
    }
}
