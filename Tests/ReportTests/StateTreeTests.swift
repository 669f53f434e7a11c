import HostNetwork
import Report
import Testing

@Suite struct StateTreeTests {
    @Test func `four NICs carry a bond, a bridge, VLANs, their bridges and taps`() throws {
        #expect(
            StateTree(try Fixtures.host()).text() == """
                LINK                   KIND             OWNER    STATE       MTU   MAC
                ens33                  nic                       UP          1500  52:54:00:00:00:33  192.168.1.7/24 (dynamic)
                ┌─ ens37               nic                       UP          1500  52:54:00:00:00:37
                ├─ ens38               nic                       UP          1500  52:54:00:00:00:38
                ├─ ens39               nic                       UP          1500  52:54:00:00:00:39
                ├─ ens40               nic                       NO-CARRIER  1500  52:54:00:00:00:40
                └─ bond0               bond             weft     UP          1500  52:54:00:00:00:37  balance-alb, active ens38, forwarding
                   └─ br1              bridge           weft     UP          1500  52:54:00:00:00:37  stp on, 172.16.0.52/16, 2001:db8::52/64, "outside: 上联"
                      ├─ br1.10        vlan 10          weft     UP          1500  52:54:00:00:00:37
                      │  └─ brvlan-10  bridge           weft     UP          1500  52:54:00:00:00:37
                      │     └─ vnet0   tun                       UP          1500  fe:54:00:00:00:01
                      └─ br1.20        vlan 20 802.1ad  weft     UP          1500  52:54:00:00:00:37
                         └─ brvlan-20  bridge           weft     UP          1500  52:54:00:00:00:37
                            ├─ vnet1   tun                       UP          1500  fe:54:00:00:00:01
                            └─ vnet2   tun                       UP          1500  fe:54:00:00:00:01
                docker0                bridge           foreign  NO-CARRIER  1500                     172.17.0.1/16
                tap9                   tun                       UP          1500  fe:54:00:00:00:01

                ROUTES
                  default via 172.16.0.1 dev br1                weft
                  default via 192.168.1.1 dev ens33 metric 100  dhcp
                """)
    }

    @Test func `on a narrow terminal the facts go below the name`() throws {
        let network = HostNetwork(links: [
            try Fixtures.nic("ens33", mac: "52:54:00:00:00:33") { $0.attachment = .port(of: try LinkName("br0")) },
            try Fixtures.made("br0", .bridge, mac: "52:54:00:00:00:33") {
                $0.options[.stpState] = .number(1)
                $0.addresses = [Address(try IPNetwork("172.16.0.52/16")), Address(try IPNetwork("2001:db8::52/64"))]
            },
            try Fixtures.tap("vnet0", on: "br0"),
        ])
        #expect(
            StateTree(network).text(Style(color: false, width: 70)) == """
                LINK         KIND    OWNER  STATE  MTU   MAC
                ens33        nic            UP     1500  52:54:00:00:00:33
                └─ br0       bridge  weft   UP     1500  52:54:00:00:00:33  stp on,
                   │    172.16.0.52/16, 2001:db8::52/64
                   └─ vnet0  tun            UP     1500  fe:54:00:00:00:01
                """)
    }

    @Test func `a link on two lower links is drawn once and says so`() throws {
        let br = try LinkName("br0")
        let network = HostNetwork(links: [
            try Fixtures.nic("ens1", mac: "52:54:00:00:00:01"),
            try Fixtures.nic("ens2", mac: "52:54:00:00:00:02") { $0.attachment = .port(of: br) },
            try Fixtures.made("ens1.5", .vlan, mac: "52:54:00:00:00:01") {
                $0.parent = try LinkName("ens1")
                $0.attachment = .port(of: br)
                $0.options[.vlanID] = .number(5)
            },
            try Fixtures.made("br0", .bridge, mac: "52:54:00:00:00:01"),
            try Fixtures.nic("macvtap0", mac: "52:54:00:00:00:09") {
                $0.kind = .other("macvtap")
                $0.parent = br
            },
        ])
        #expect(
            StateTree(network).text() == """
                LINK               KIND     OWNER  STATE  MTU   MAC
                ens1               nic             UP     1500  52:54:00:00:00:01
                └─ ens1.5          vlan 5   weft   UP     1500  52:54:00:00:00:01
                   └─ br0          bridge   weft   UP     1500  52:54:00:00:00:01  also on ens2
                      └─ macvtap0  macvtap         UP     1500  52:54:00:00:00:09
                ens2               nic             UP     1500  52:54:00:00:00:02  port of br0
                """)
    }

    @Test func `a bridge stands on the veth that weft put into it, and another program's hangs on it`() throws {
        let port = Attachment.port(of: try LinkName("br0"))
        func veth(_ name: String) throws -> Link {
            try Fixtures.nic(name, mac: "52:54:00:00:00:01") {
                $0.kind = .other("veth")
                $0.attachment = port
            }
        }
        let network = HostNetwork(links: [try veth("ens33"), try veth("veth7"), try Fixtures.made("br0", .bridge, mac: "52:54:00:00:00:01")])
        #expect(
            StateTree(network, portsPut: [try LinkName("ens33")]).text() == """
                LINK         KIND    OWNER  STATE  MTU   MAC
                ens33        veth           UP     1500  52:54:00:00:00:01
                └─ br0       bridge  weft   UP     1500  52:54:00:00:00:01
                   └─ veth7  veth           UP     1500  52:54:00:00:00:01
                """)
    }

    @Test func `loopback is left out unless it has an address of its own`() throws {
        #expect(StateTree(HostNetwork(links: [try Fixtures.loopback()])).text() == "This host has no links but loopback.")
        var loopback = try Fixtures.loopback()
        loopback.addresses?.append(Address(try IPNetwork("10.255.0.1/32")))
        #expect(StateTree(HostNetwork(links: [loopback])).text().contains("10.255.0.1/32"))
    }

    @Test func `links in a circle, on themselves or on nothing are drawn once`() throws {
        let network = HostNetwork(links: [
            try Fixtures.link("a", .vlan) { $0.parent = try LinkName("b") },
            try Fixtures.link("b", .vlan) { $0.parent = try LinkName("a") },
            try Fixtures.link("f", .bridge) { $0.parent = try LinkName("g") },
            try Fixtures.link("g", .bridge) { $0.attachment = .port(of: try LinkName("f")) },
            try Fixtures.link("c", .vlan) { $0.parent = try LinkName("gone") },
            try Fixtures.link("d", .bond) { $0.attachment = .port(of: try LinkName("d")) },
            try Fixtures.link("e", .bridge) { $0.attachment = .port(of: try LinkName("missing")) },
        ])
        #expect(
            StateTree(network).text() == """
                LINK  KIND    OWNER    STATE  MTU  MAC
                c     vlan    foreign  DOWN             on gone
                d     bond    foreign  DOWN             port of d
                e     bridge  foreign  DOWN             port of missing
                g     bridge  foreign  DOWN
                └─ f  bridge  foreign  DOWN
                a     vlan    foreign  DOWN             on b
                └─ b  vlan    foreign  DOWN
                """)
    }

    @Test func `colour changes no character`() throws {
        let colored = StateTree(try Fixtures.host()).text(Style(color: true))
        #expect(colored.contains("\u{1b}[1mbond0"))
        #expect(colored.replacing(#/\u{1b}\[[0-9;]*m/#, with: "") == StateTree(try Fixtures.host()).text())
    }

    @Test(arguments: 0..<300) func `every link of a random network is drawn exactly once`(seed: UInt64) throws {
        let network = try RandomNetwork.anything(seed: seed)
        let lines = StateTree(network).lines().prefix { !$0.isEmpty }.dropFirst()
        let drawn = lines.map { line in
            String(line.drop { "┌├└│─ ".contains($0) }.prefix { $0 != " " })
        }
        let expected = network.links.values.filter { $0.kind != .loopback }.map(\.name.text)
        #expect(drawn.sorted() == expected.sorted())
        for link in network.sortedLinks { #expect(LinkSheet(network, link.name) != nil) }
    }

    @Test func `one link is shown with its options, neighbours, addresses and routes`() throws {
        let sheet = try #require(LinkSheet(try Fixtures.host(), try LinkName("br1")))
        #expect(
            sheet.text() == """
                br1 (bridge), weft's
                  index        7
                  state        UP
                  mac          52:54:00:00:00:37
                  mtu          1500
                  description  outside: 上联
                  ports        bond0 (bond)
                  carries      br1.10 (vlan), br1.20 (vlan)

                OPTIONS
                  stp_state      true  (kernel's default: false)
                  forward_delay  15s

                ADDRESSES
                  172.16.0.52/16   weft
                  2001:db8::52/64  static

                ROUTES
                  default via 172.16.0.1 dev br1  weft
                """)
        #expect(LinkSheet(try Fixtures.host(), try LinkName("br7")) == nil)
    }

    @Test func `a port is shown with its options as a port, and its VLANs`() throws {
        var network = try Fixtures.host()
        network[try LinkName("bond0")]?.portOptions[.pathCost] = .number(4)
        network[try LinkName("bond0")]?.portOptions[try #require(OptionRow.named("hairpin", in: .bridgePort))] = .number(1)
        network.bridgeVLANs[try LinkName("bond0")] = [BridgeVLAN(ids: 1...1, isUntagged: true, isPVID: true), BridgeVLAN(ids: 10...20)]
        let sheet = try #require(LinkSheet(network, try LinkName("bond0")))
        #expect(
            sheet.text() == """
                bond0 (bond), weft's
                  state        UP
                  mac          52:54:00:00:00:37
                  mtu          1500
                  port of      br1
                  port state   forwarding
                  ports        ens37 (nic), ens38 (nic), ens39 (nic), ens40 (nic)
                  active port  ens38

                OPTIONS
                  mode    balance-alb  (kernel's default: balance-rr)
                  miimon  100ms

                AS A PORT OF br1
                  cost     4
                  hairpin  true  (kernel's default: false)

                VLAN TABLE
                  bond0  1 (pvid, untagged), 10-20
                """)
    }
}
