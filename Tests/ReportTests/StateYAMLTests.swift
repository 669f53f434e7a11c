import HostNetwork
import Planner
import Report
import Testing
import Topology
import Yams

@Suite struct StateYAMLTests {
    @Test func `a host reads as a topology file`() throws {
        #expect(
            StateYAML(try Fixtures.host()).lines.joined(separator: "\n") == """
                version: 1

                ethernets:
                  ens33:
                    dhcp4: true
                    # addresses that others look after: 192.168.1.7/24 (has a lifetime)

                bonds:
                  bond0:
                    ports: [ens37, ens38, ens39, ens40]
                    mode: balance-alb
                    miimon: 100

                vlans:
                  br1.10:
                    parent: br1
                    id: 10
                  br1.20:
                    parent: br1
                    id: 20
                    protocol: 802.1ad

                bridges:
                  br1:
                    ports: [bond0]
                    stp_state: true
                    description: "outside: 上联"
                    addresses: [172.16.0.52/16, "2001:db8::52/64"]
                    routes: [{to: default, via: 172.16.0.1}]
                  brvlan-10:
                    ports: [br1.10]
                    # ports that others put here, and that stay: vnet0
                  brvlan-20:
                    ports: [br1.20]
                    # ports that others put here, and that stay: vnet1, vnet2
                  docker0:  # not made by weft
                    ports: []
                    addresses: [172.17.0.1/16]

                # left out: 1 route of daemons, of DHCP, or of a kind that a topology file does not know
                """)
    }

    @Test func `the file of a host plans to no changes on it`() throws {
        try expectNoChanges(try Fixtures.host())
    }

    @Test(arguments: 0..<300) func `the file of a random host plans to no changes on it`(seed: UInt64) throws {
        try expectNoChanges(try RandomNetwork.host(seed: seed))
    }

    private func expectNoChanges(_ host: HostNetwork) throws {
        let text = StateYAML(host).text
        do {
            let topology = try Topology.parse(text, file: "host.yaml")
            let plan = Planner.plan(PlanRequest(wanted: topology.network, actual: host))
            #expect(plan.isEmpty, "\(PlanText(plan).text)\n\(text)")
        } catch {
            Issue.record("\(error.rendered(color: false))\n\(text)")
        }
    }

    @Test func `a value that no file takes is named, and what the kernel's clock makes of a default is none of the file's`() throws {
        var host = HostNetwork(links: [Link(try LinkName("br0"), kind: .bridge), Link(try LinkName("bond0"), kind: .bond)])
        for name in host.links.keys { host[name]?.isUp = true }
        host[try LinkName("br0")]?.options[.forwardDelay] = .number(3001)
        host[try LinkName("br0")]?.options[.multicastStartupQueryInterval] = .number(3124)
        host[try LinkName("br0")]?.options[.helloTime] = .number(202)
        host[try LinkName("bond0")]?.options[.mode] = .number(BondMode.ieee8023ad.rawValue)
        host[try LinkName("bond0")]?.options[.miimon] = .number(0)
        host.kernel = RunningKernel(LinuxVersion(6, 1))
        host.kernel?.tick = KernelTick(nanoseconds: 4_000_000)
        let lines = StateYAML(host).lines.map { $0.trimmingPrefix { $0 == " " } }
        #expect(lines.contains("# forward_delay is 30.01s, and a file takes 0 to 30 seconds"))
        #expect(lines.contains("hello_time: 2.02"))
        #expect(lines.contains("miimon: 0"))
        #expect(!lines.contains { $0.contains("startup_query") })
        try expectNoChanges(host)
    }

    @Test func `a link that weft put into a bridge is listed, and another program's is not`() throws {
        let br = try LinkName("br0")
        var stand = try Fixtures.nic("ens33", mac: "52:54:00:00:00:33")
        stand.kind = .other("veth")
        stand.attachment = .port(of: br)
        let host = HostNetwork(links: [stand, try Fixtures.made("br0", .bridge, mac: "52:54:00:00:00:33"), try Fixtures.tap("vnet0", on: "br0")])
        #expect(StateYAML(host).text.contains("ports: []\n    # ports that others put here, and that stay: ens33, vnet0"))
        let put = StateYAML(host, portsPut: [stand.name]).text
        #expect(put.contains("ports: [ens33]\n    # ports that others put here, and that stay: vnet0"))
        var request = PlanRequest(wanted: try Topology.parse(put, file: "x").network, actual: host)
        request.portsPut = [stand.name]
        #expect(Planner.plan(request).isEmpty)
    }

    @Test func `a stand-in for a NIC stands under ethernets when the host speaks over it`() throws {
        let host = HostNetwork(links: [
            try Fixtures.nic("ens33", mac: "52:54:00:00:00:33") {
                $0.kind = .other("dummy")
                $0.addresses = [Address(try IPNetwork("172.16.0.52/16"))]
            }, try Fixtures.tap("vnet0", on: nil),
        ])
        #expect(
            StateYAML(host).lines.joined(separator: "\n") == """
                version: 1

                ethernets:
                  ens33:
                    addresses: [172.16.0.52/16]
                """)
        try expectNoChanges(host)
    }

    @Test func `a switched-off link below others is said to be off`() throws {
        let bond = try LinkName("bond0")
        let host = HostNetwork(links: [
            try Fixtures.nic("ens1", mac: "52:54:00:00:00:01", up: false) { $0.attachment = .port(of: bond) },
            try Fixtures.made("bond0", .bond, mac: "52:54:00:00:00:01") {
                $0.options[.mode] = .number(1)
                $0.isUp = false
            },
        ])
        #expect(
            StateYAML(host).lines.joined(separator: "\n") == """
                version: 1

                ethernets:
                  ens1:
                    up: false

                bonds:
                  bond0:
                    ports: [ens1]
                    mode: active-backup
                    up: false
                """)
        try expectNoChanges(host)
    }

    @Test func `ports with options stand a line each, and a cost that follows from the speed is left out`() throws {
        let br = try LinkName("br0")
        let host = HostNetwork(links: [
            try Fixtures.nic("ens1", mac: "52:54:00:00:00:01") {
                $0.attachment = .port(of: br)
                $0.portOptions[.pathCost] = .number(4)
            },
            try Fixtures.nic("ens2", mac: "52:54:00:00:00:02") {
                $0.attachment = .port(of: br)
                $0.portOptions[.pathCost] = .number(10)
                $0.portOptions[try #require(OptionRow.named("hairpin", in: .bridgePort))] = .number(1)
            },
            try Fixtures.made("br0", .bridge, mac: "52:54:00:00:00:01"),
        ])
        #expect(StateYAML(host).text.hasSuffix("    ports:\n      - ens1\n      - {name: ens2, cost: 10, hairpin: true}\n"))
        try expectNoChanges(host)
    }

    @Test func `a router outside the prefixes that are said is left out with its lease`() throws {
        var route = Route(to: .everything(.ipv4), via: try IPAddress("192.168.1.1"), link: try LinkName("ens1"))
        route.origin = 3
        var lease = Address(try IPNetwork("192.168.1.7/24"))
        lease.validLifetime = 600
        let fixed = Address(try IPNetwork("10.0.0.2/24"))
        let nic = try Fixtures.nic("ens1", mac: "52:54:00:00:00:01") { $0.addresses = [lease, fixed] }
        let host = HostNetwork(links: [nic], routes: [route])
        #expect(
            StateYAML(host).lines.joined(separator: "\n") == """
                version: 1

                ethernets:
                  ens1:
                    dhcp4: true
                    addresses: [10.0.0.2/24]
                    # addresses that others look after: 192.168.1.7/24 (has a lifetime)

                # left out: 1 route of daemons, of DHCP, or of a kind that a topology file does not know
                """)
        try expectNoChanges(host)
    }

    // MARK: Quoting

    static let difficult = [
        "on", "off", "y", "No", "null", "~", "1e3", "0x10", "0o17", "017", ".5", "1_000", "-", "-x", "+1", "=", "<<", "?", "!t",
        "&a", "*a", "|", ">", "@x", "`x`", "a#b", "#b", "[x]", "{x}", "x,y", "'", "\"", "it's", "a\\b", "2001-01-01", "桥0", "é", "ａ１",
        "“q”", "nan", ".inf", "TRUE", "e3", "a.b-c_d+e", "...", "---x",
    ]

    @Test(arguments: difficult) func `a name that YAML could mistake is read back as it is`(name: String) throws {
        let port = try Fixtures.made("p" + name, .bond, mac: "52:54:00:00:00:01") { $0.attachment = .port(of: try LinkName(name)) }
        let host = HostNetwork(links: [try Fixtures.made(name, .bridge, mac: "52:54:00:00:00:01"), port])
        let text = StateYAML(host).text
        let tree = try #require(try Yams.load(yaml: text) as? [String: Any])
        let bridges = try #require(tree["bridges"] as? [String: [String: Any]])
        #expect(Array(bridges.keys) == [name])
        #expect(bridges[name]?["ports"] as? [String] == ["p" + name])
        try expectNoChanges(host)
    }

    @Test(arguments: difficult + ["a: b", "a #b", " x ", "tab\there", "\u{feff}bom", "bell\u{7}", "“全角”：，", "\u{a0}", "emoji 👩‍💻", "\u{2028}"])
    func `a description is read back as it is`(description: String) throws {
        let host = HostNetwork(links: [try Fixtures.made("br0", .bridge, mac: "52:54:00:00:00:01") { $0.alias = description }])
        let tree = try #require(try Yams.load(yaml: StateYAML(host).text) as? [String: Any])
        let bridges = try #require(tree["bridges"] as? [String: [String: Any]])
        let read = try #require(bridges["br0"])
        // U+2028 ends a line, and a mark of the byte order in front is lost by YAML readers.
        #expect(read["description"] as? String == (["\u{2028}", "\u{feff}bom"].contains(description) ? nil : description))
        try expectNoChanges(host)
    }

    @Test func `a description of several lines is left out and named`() throws {
        let host = HostNetwork(links: [try Fixtures.made("br0", .bridge, mac: "52:54:00:00:00:01") { $0.alias = "one\ntwo" }])
        #expect(StateYAML(host).text.hasSuffix("# left out: the description of br0, which a topology file cannot hold\n"))
        try expectNoChanges(host)
    }

    @Test(arguments: 0..<100) func `what no kernel has still gives YAML`(seed: UInt64) throws {
        let tree = try Yams.load(yaml: StateYAML(try RandomNetwork.anything(seed: seed)).text) as? [String: Any]
        #expect(tree?["version"] as? Int == 1)
    }
}
