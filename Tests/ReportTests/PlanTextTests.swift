import HostNetwork
import Planner
import Report
import Testing

@Suite struct PlanTextTests {
    @Test func `a bond under a bridge with VLANs reads in the order of its making`() throws {
        let mac = "52:54:00:00:00:37"
        var steps = [
            try Fixtures.step(.create, ["br1"], .bridge, Fixtures.new(["mac": mac, "state": "up"]), line: 12),
            try Fixtures.step(
                .create, ["bond0"], .bond,
                Fixtures.new(["mode": "balance-alb", "miimon": "100ms", "mac": mac, "master": "br1", "mtu": "9000", "state": "up"]), line: 5),
        ]
        for id in [10, 20] {
            steps.append(try Fixtures.step(.create, ["brvlan-\(id)"], .bridge, Fixtures.new(["mac": mac, "state": "up"]), line: 15 + id / 10))
            steps.append(try Fixtures.step(
                .create, ["br1.\(id)"], .vlan,
                Fixtures.new(["parent": "br1", "id": "\(id)", "master": "brvlan-\(id)", "state": "up"]), line: 8 + id / 10))
        }
        for number in 37...40 {
            steps.append(try Fixtures.step(
                .change, ["ens\(number)"], .nic, [FieldChange("master", new: "bond0")],
                reason: number == 37 ? "a NIC enters a bond only from down: its carrier drops for a moment" : nil, line: 6))
        }
        #expect(
            PlanText(try Fixtures.plan(steps)).text == """
                What will be done, in this order:

                   1  + br1 (bridge)  mac 52:54:00:00:00:37, up                 # topology.yaml:12
                   2  + bond0 (bond)                                            # topology.yaml:5
                          + mode:   balance-alb
                          + miimon: 100ms
                          + mac:    52:54:00:00:00:37
                          + master: br1
                          + mtu:    9000
                          + state:  up
                   3  + brvlan-10 (bridge)  mac 52:54:00:00:00:37, up           # topology.yaml:16
                   4  + br1.10 (vlan)  parent br1, id 10, master brvlan-10, up  # topology.yaml:9
                   5  + brvlan-20 (bridge)  mac 52:54:00:00:00:37, up           # topology.yaml:17
                   6  + br1.20 (vlan)  parent br1, id 20, master brvlan-20, up  # topology.yaml:10
                   7  ~ ens37 (nic)                                             # topology.yaml:6
                          + master: bond0
                          # a NIC enters a bond only from down: its carrier drops for a moment
                   8  ~ ens38 (nic)                                             # topology.yaml:6
                          + master: bond0
                   9  ~ ens39 (nic)                                             # topology.yaml:6
                          + master: bond0
                  10  ~ ens40 (nic)                                             # topology.yaml:6
                          + master: bond0

                Plan: 6 to create, 4 to change, 0 to recreate, 0 to delete.
                Worst impact: none; no step disturbs anybody.
                """)
    }

    @Test func `a NIC's address moves to its bridge in acknowledged parts`() throws {
        let plan = try Fixtures.plan(
            [
                Fixtures.step(
                    .create, ["br0"], .bridge, Fixtures.new(["stp_state": "false", "mac": "52:54:00:00:00:33", "state": "up"]), line: 8),
                Fixtures.step(.change, ["ens33"], .nic, [FieldChange("master", new: "br0")], chunk: 1, line: 9),
                Fixtures.step(.change, ["br0"], .bridge, [FieldChange("address", new: "172.16.0.52/16 (from ens33)")], chunk: 2, line: 8),
                Fixtures.step(
                    .change, ["br0"], .bridge,
                    [FieldChange("route", old: "default via 172.16.0.1 dev ens33", new: "default via 172.16.0.1 dev br0")], chunk: 2, line: 12),
                Fixtures.step(
                    .change, ["ens33"], .nic,
                    [
                        FieldChange("address", old: "172.16.0.52/16 (now on br0)", new: nil), FieldChange("mtu", old: "1500", new: "9000"),
                    ], chunk: 3, line: 9),
            ], notes: [Fixtures.note("br0", "dns 114.114.114.114 is not applied by this version of weft")])
        #expect(
            PlanText(plan).text == """
                What will be done, in this order ("then": once all before is acknowledged):

                  1  + br0 (bridge)  stp_state false, mac 52:54:00:00:00:33, up  # topology.yaml:8
                     then
                  2  ~ ens33 (nic)                                               # topology.yaml:9
                         + master: br0
                     then
                  3  ~ br0 (bridge)                                              # topology.yaml:8
                         + address: 172.16.0.52/16 (from ens33)
                  4  ~ br0 (bridge)                                              # topology.yaml:12
                         ~ route: default via 172.16.0.1 dev ens33 → default via 172.16.0.1 dev br0
                     then
                  5  ~ ens33 (nic)                                               # topology.yaml:9
                         - address: 172.16.0.52/16 (now on br0)
                         ~ mtu:     1500 → 9000

                note: br0: dns 114.114.114.114 is not applied by this version of weft

                Plan: 1 to create, 1 to change, 0 to recreate, 0 to delete.
                Worst impact: none; no step disturbs anybody.
                """)
    }

    @Test func `a trunk of twenty VLANs takes a line a link`() throws {
        var steps: [Step] = []
        for id in 100..<120 {
            steps.append(try Fixtures.step(
                .create, ["brvlan-\(id)"], .bridge, Fixtures.new(["mac": "52:54:00:00:00:37", "state": "up"]), line: 17))
            steps.append(try Fixtures.step(
                .create, ["bond0.\(id)"], .vlan,
                Fixtures.new(["parent": "bond0", "id": "\(id)", "master": "brvlan-\(id)", "state": "up"]), line: 17))
        }
        let lines = PlanText(try Fixtures.plan(steps)).lines
        var expected = ["What will be done, in this order:", ""]
        for (place, id) in (100..<120).enumerated() {
            let first = 2 * place + 1
            let second = 2 * place + 2
            expected.append(
                "  \(first < 10 ? " " : "")\(first)  + brvlan-\(id) (bridge)  mac 52:54:00:00:00:37, up                 # topology.yaml:17")
            expected.append(
                "  \(second < 10 ? " " : "")\(second)  + bond0.\(id) (vlan)  parent bond0, id \(id), master brvlan-\(id), up  # topology.yaml:17")
        }
        expected += ["", "Plan: 40 to create, 0 to change, 0 to recreate, 0 to delete.", "Worst impact: none; no step disturbs anybody."]
        #expect(lines == expected)
    }

    @Test func `a link that is made anew shows both halves`() throws {
        let plan = try Fixtures.plan([
            Fixtures.step(.delete, ["br1.10"], .vlan, recreation: true, reason: "a VLAN's id cannot change", line: 9),
            Fixtures.step(
                .create, ["br1.10"], .vlan, Fixtures.new(["parent": "br1", "id": "11", "state": "up"]), chunk: 1, recreation: true, line: 9),
            Fixtures.step(.change, ["br1"], .bridge, [FieldChange("stp_state", old: "false", new: "true")], chunk: 1, line: 4),
        ])
        #expect(
            PlanText(plan).text == """
                What will be done, in this order ("then": once all before is acknowledged):

                  1  -/+ br1.10 (vlan) is deleted, to be made anew  # topology.yaml:9
                           # a VLAN's id cannot change
                     then
                  2  -/+ br1.10 (vlan)  parent br1, id 11, up       # topology.yaml:9
                  3  ~   br1 (bridge)                               # topology.yaml:4
                           ~ stp_state: false → true

                Plan: 0 to create, 1 to change, 1 to recreate, 0 to delete.
                Worst impact: none; no step disturbs anybody.
                """)
    }

    @Test func `links that go are counted first and all named`() throws {
        let gone = (100..<112).map { "bond0.\($0)" }
        let plan = try Fixtures.plan([Fixtures.step(.delete, gone, .vlan)], removed: gone, owned: 14)
        let text = PlanText(plan, file: "topology.yaml", style: Style(color: false, width: 60)).text
        #expect(
            text == """
                12 of weft's 14 links are removed: topology.yaml does not
                want them. That is more than half: it takes --remove 12.

                What will be done, in this order:

                  1  - bond0.100, bond0.101, bond0.102, bond0.103,
                       bond0.104, bond0.105, bond0.106, bond0.107,
                       bond0.108, bond0.109, bond0.110, bond0.111
                         # 12 links, deleted together

                Plan: 0 to create, 0 to change, 0 to recreate, 12 to delete.
                Worst impact: none; no step disturbs anybody.
                """)
        #expect(PlanText(plan, purpose: .destroy).lines[0] == "12 of weft's 14 links are removed.")
        #expect(PlanText(try Fixtures.plan([Fixtures.step(.delete, ["br0"], .bridge)], removed: ["br0"], owned: 3), file: "a.yaml").lines[0]
            == "1 of weft's 3 links is removed: a.yaml does not want it.")
    }

    @Test func `refusals stand at the end with their place and their fix`() throws {
        let plan = try Fixtures.plan(
            [Fixtures.step(.create, ["br0"], .bridge, Fixtures.new(["state": "up"]), line: 4)],
            refusals: [
                Fixtures.refusal(.missingLink, "ens99", "ens99 is not on this host", fix: "free links on this host are ens33, ens34", line: 14),
                Fixtures.refusal(.outage, "br1", "br1 holds the host's 172.16.0.52/16 and would be taken away", fix: "give --allow-outage"),
            ])
        #expect(
            PlanText(plan).text == """
                What would be done, in this order:

                  1  + br0 (bridge)  up  # topology.yaml:4

                refused: ens99 is not on this host (/etc/weft/topology.yaml:14:3)
                    fix: free links on this host are ens33, ens34
                refused: br1 holds the host's 172.16.0.52/16 and would be taken away
                    fix: give --allow-outage

                Plan: 1 to create, 0 to change, 0 to recreate, 0 to delete.
                Worst impact: none; no step disturbs anybody.
                Refused, for the 2 reasons above: nothing is done.
                """)
    }

    @Test func `a plan of nothing says so, and keeps its notes`() throws {
        let notes = [try Fixtures.note("br1", "vnet0 stays a port: weft did not put it there")]
        #expect(PlanText(Plan(), file: "topology.yaml").text == "No changes. The host is as topology.yaml says.")
        #expect(
            PlanText(try Fixtures.plan(notes: notes), file: "topology.yaml").text == """
                note: br1: vnet0 stays a port: weft did not put it there

                No changes. The host is as topology.yaml says.
                """)
        for purpose in [PlanText.Purpose.apply, .destroy, .adopt, .rollback] {
            #expect(PlanText(Plan(), purpose: purpose).text.hasPrefix("No changes."))
        }
    }

    @Test func `columns hold under text of double width`() throws {
        let plan = try Fixtures.plan([
            Fixtures.step(.create, ["桥0"], .bridge, Fixtures.new(["description": "上联, 主用", "state": "up"]), line: 4),
            Fixtures.step(.change, ["br-wan"], .bridge, [FieldChange("description", old: "出口", new: "备用出口"), FieldChange("mtu", old: "1500", new: "9000")], line: 9),
        ])
        #expect(
            PlanText(plan).text == """
                What will be done, in this order:

                  1  + 桥0 (bridge)  description '上联, 主用', up  # topology.yaml:4
                  2  ~ br-wan (bridge)                             # topology.yaml:9
                         ~ description: 出口 → 备用出口
                         ~ mtu:         1500 → 9000

                Plan: 1 to create, 1 to change, 0 to recreate, 0 to delete.
                Worst impact: none; no step disturbs anybody.
                """)
    }

    @Test func `colour changes no character`() throws {
        let plan = try Fixtures.plan(
            [
                Fixtures.step(.delete, ["br1.10"], .vlan, recreation: true, line: 9),
                Fixtures.step(.create, ["br1.10"], .vlan, Fixtures.new(["id": "11"]), chunk: 1, recreation: true, line: 9),
                Fixtures.step(.change, ["br1"], .bridge, [FieldChange("mtu", old: "1500", new: "9000")], chunk: 1),
                Fixtures.step(.delete, ["br8", "br9"], .bridge, chunk: 2),
            ],
            refusals: [Fixtures.refusal(.foreign, "br1", "br1 is not weft's", fix: "adopt it")], notes: [Fixtures.note("br1", "stays")],
            removed: ["br8", "br9"], owned: 2)
        let colored = PlanText(plan, style: Style(color: true)).text
        #expect(colored.contains("\u{1b}[33m~"))
        #expect(colored.replacing(#/\u{1b}\[[0-9;]*m/#, with: "") == PlanText(plan).text)
    }

    @Test func `no line is wider than the terminal where it can be broken`() throws {
        let plan = try Fixtures.plan(
            [
                Fixtures.step(
                    .create, ["bond0.100"], .vlan,
                    Fixtures.new(["parent": "bond0", "id": "100", "master": "brvlan-100", "state": "up"]), line: 17),
                Fixtures.step(
                    .change, ["br0"], .bridge,
                    [FieldChange("route", old: "default via 172.16.0.1 dev ens33", new: "default via 172.16.0.1 dev br0")],
                    reason: "the kernel changes it only while the bond is down and has no ports: they leave and come back", line: 3),
            ], notes: [Fixtures.note("br0", "the multipath route 10.0.0.0/8 goes over br0 and is not moved")])
        #expect(
            PlanText(plan, style: Style(color: false, width: 50)).text == """
                What will be done, in this order:

                  1  + bond0.100 (vlan)  # topology.yaml:17
                         + parent: bond0
                         + id:     100
                         + master: brvlan-100
                         + state:  up
                  2  ~ br0 (bridge)      # topology.yaml:3
                         ~ route: default via 172.16.0.1 dev ens33
                                → default via 172.16.0.1 dev br0
                         # the kernel changes it only while the
                         # bond is down and has no ports: they
                         # leave and come back

                note: br0: the multipath route 10.0.0.0/8 goes
                      over br0 and is not moved

                Plan: 1 to create, 1 to change, 0 to recreate, 0 to delete.
                Worst impact: none; no step disturbs anybody.
                """)
    }

    @Test func `what would steer a terminal is made visible`() throws {
        let evil = "up\u{1b}[2J\nlink\u{202e}"
        let plan = try Fixtures.plan([Fixtures.step(.change, ["br0"], .bridge, [FieldChange("description", old: "", new: evil)])])
        #expect(PlanText(plan).lines[3] == #"         + description: up\u{1b}[2J\nlink\u{202e}"#)
    }

    @Test func `a description that goes is a removal`() throws {
        let plan = try Fixtures.plan([Fixtures.step(.change, ["br0"], .bridge, [FieldChange("description", old: "old", new: "")])])
        #expect(PlanText(plan).lines[3] == "         - description: old")
    }
}
