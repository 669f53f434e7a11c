import HostNetwork
import NetworkScripts
import Report
import Testing

/// Whatever a file says shows up somewhere: in the topology, in a comment or in a finding.
@Suite struct `Nothing is lost` {
    /// The files of a directory, by name, as lines of key and value.
    private typealias Files = [String: [(key: String, value: String)]]

    @Test(arguments: ScriptDialect.allCases)
    func `another value of any key makes another topology, comment or finding, over random files`(_ dialect: ScriptDialect) {
        var count = 0
        for seed in UInt64(0)..<40 {
            var random = Assignments(seed: seed)
            let files = random.files()
            let before = Self.outcome(files, dialect)
            for name in files.keys.sorted() {
                for (index, line) in (files[name] ?? []).enumerated() where !Assignments.idle.contains(line.key) {
                    // The last one of a key counts, and that there are two is told.
                    if files[name]?.lastIndex(where: { $0.key == line.key }) != index { continue }
                    var changed = files
                    changed[name]?[index].value = random.other(than: line.value, of: line.key)
                    count += 1
                    #expect(
                        Self.outcome(changed, dialect) != before,
                        "seed \(seed): \(name) \(line.key)=\(line.value) or \(changed[name]?[index].value ?? "")\n\(Self.text(files))")
                }
            }
        }
        #expect(count > 300)
    }

    private static func text(_ files: Files) -> String {
        files.sorted { $0.key < $1.key }.map { "\($0.key):\n" + $0.value.map { "  \($0.key)=\($0.value)\n" }.joined() }.joined()
    }

    /// All that an import says.
    private static func outcome(_ files: Files, _ dialect: ScriptDialect) -> String {
        let directory = ScriptDirectory(
            files.map { name, lines in
                .init(name: name, bytes: Array(lines.map { $0.key.isEmpty ? "\($0.value)\n" : "\($0.key)=\"\($0.value)\"\n" }.joined().utf8))
            })
        let scripts = NetworkScriptImport(directory, dialect: dialect)
        let yaml = TopologyYAML(scripts.network, comments: scripts.comments, hardwareAddresses: scripts.hardwareAddresses)
        return yaml.text + scripts.findings.map { "\($0.mark.map { "\($0)" } ?? ""): \($0.message)\n" }.joined()
    }
}

/// Random assignments as they stand in network scripts: what is usual, and slips.
private struct Assignments {
    private var state: UInt64
    private var counter = 10

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 99 }

    /// Keys that say nothing of a network, and those whose value another key's reading alone looks at.
    static let idle: Set<String> = ["DEVICE", "UUID", "NM_CONTROLLED", "NOZEROCONF", "NETWORK", "BROADCAST", "ARPCHECK", "HOTPLUG", "HOSTNAME"]

    private static let truths: Set<String> = [
        "ONBOOT", "VLAN", "SLAVE", "STP", "IPV6INIT", "DEFROUTE", "PEERDNS", "USERCTL", "DHCPV6C", "IPV6_DISABLED", "IPV6_AUTOCONF", "REORDER_HDR", "GVRP",
        "BONDING_MASTER", "ONPARENT", "ARP", "IPV6_DEFROUTE", "NO_ALIASROUTING",
    ]

    private static let keys =
        [
            "IPADDR", "IPADDR", "IPADDR0", "IPADDR1", "IPADDR2", "IPADDR4", "PREFIX", "PREFIX0", "PREFIX1", "NETMASK", "NETMASK2", "GATEWAY", "GATEWAY0",
            "DNS1", "DNS2", "DNS4", "IPV6ADDR", "IPV6ADDR_SECONDARIES", "IPV6_DEFAULTGW", "IPV6_DEFAULTDEV", "MASTER", "BRIDGE", "PHYSDEV", "VID",
            "VLAN_ID", "TYPE", "TYPE", "BOOTPROTO", "BONDING_OPTS", "BRIDGING_OPTS", "MACADDR", "HWADDR", "BRIDGE_MACADDR", "MTU", "DELAY", "AGEING",
            "PRIO", "DESCRIPTION", "IPV4_ROUTE_METRIC", "METRIC", "IPV6_ROUTE_METRIC", "MASTER_UUID", "BRIDGE_UUID", "ROUTING_RULE_1", "BRIDGE_VLANS",
            "BRIDGE_PORT_VLANS", "VLAN_FLAGS", "VLAN_EGRESS_PRIORITY_MAP", "ZONE", "DOMAIN", "ETHTOOL_OPTS", "LINKDELAY", "SRCADDR", "LINKSTATUS", "FOO",
            "IPV4_ROUTE_TABLE", "IPV6_ROUTE_TABLE", "IPV6_MTU", "GATEWAYDEV", "TEAM_CONFIG", "DEVICETYPE", "NAME", "SEARCH", "RES_OPTIONS", "IPV6_TOKEN", "WINDOW",
        ] + truths.sorted()

    private mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    private mutating func one(_ words: [String]) -> String { words[next(words.count)] }

    private mutating func number() -> Int {
        counter += 1
        return counter
    }

    /// A value other than one that is there.
    mutating func other(than value: String, of key: String) -> String {
        for _ in 0..<50 {
            let other = key.isEmpty ? value.hasPrefix("from") ? rule() : line() : self.value(of: key)
            // A yes and another yes are the same.
            if Self.truths.contains(key), !other.hasPrefix("maybe"), !value.hasPrefix("maybe") { continue }
            if other.lowercased() != value.lowercased() { return other }
        }
        return value + "9"
    }

    private mutating func line() -> String {
        let number = number()
        return one([
            "172.16.\(number % 250).0/24 via 10.1.0.\(number % 250)", "172.17.\(number % 250).0/24 metric \(1000 + number)", "garbage\(number) here",
            "default via 10.1.0.\(number % 250) table \(100 + number)", "blackhole 172.19.\(number % 250).0/24",
        ])
    }

    private mutating func rule() -> String {
        let number = number()
        return "from 10.3.\(number % 250).0/24 table \(number)" + one(["", " priority \(1000 + number)"])
    }

    private mutating func value(of key: String) -> String {
        let number = number()
        let plain = String(key.prefix { !$0.isNumber })
        switch plain {
        case "IPADDR", "IPADDR_START", "IPADDR_END", "ADDRESS", "GATEWAY", "DNS", "SRCADDR", "NETWORK", "BROADCAST": return one(["10.1.0.\(number % 250)", "10.1.0.\(number % 250)", "10.\(number % 250).0.7", "bad\(number)"])
        case "PREFIX" where key != "PREFIX9": return String(one(["8", "16", "24", "24", "30", "32", "33"]))
        case "NETMASK": return one(["255.255.255.0", "255.255.0.0", "255.0.255.0", "24", "255.255.255.252"])
        default: break
        }
        switch key {
        case "IPV6ADDR": return "2001:db8:\(number)::1/64"
        case "IPV6ADDR_SECONDARIES": return "2001:db8:\(number)::2/64 2001:db8:\(number)::3/48"
        case "IPV6_DEFAULTGW": return "2001:db8:\(number)::9"
        case "MASTER": return one(["bond0", "bond0", "bond9", "br0"])
        case "BRIDGE": return one(["br0", "br1", "br9", "eth1"])
        case "PHYSDEV": return one(["eth0", "bond0", "eth9", "br0"])
        case "VID", "VLAN_ID": return one(["10", "20", "30", "4095", "x"])
        case "TYPE": return one(["Ethernet", "Bridge", "Bond", "Vlan", "bridge", "Team", "Tap"])
        case "BOOTPROTO": return one(["none", "dhcp", "shared\(number)", "ibft"])
        case "BONDING_OPTS":
            return one(["mode=1", "mode=802.3ad", "mode=balance-alb", "foo=bar\(number)"]) + " miimon=\(number) " + one(["arp_ip_target=10.0.0.\(number % 250)", "junk\(number)", "updelay=200"])
        case "BRIDGING_OPTS": return one(["path_cost=\(number)", "hello_time=\(200 + number)", "x\(number)=1"]) + " ageing_time=\(3000 + number) " + one(["vlan_filtering=1", "priority=32", "group_fwd_mask=8"])
        case "MACADDR", "HWADDR", "BRIDGE_MACADDR": return one(["52:54:00:00:01:\(10 + number % 80)", "random"])
        case "MTU": return one(["\(1400 + number)", "70000", "big\(number)"])
        case "DELAY", "AGEING", "PRIO": return one(["\(300 + number)", "-1", "x\(number)"])
        case "IPV4_ROUTE_METRIC", "METRIC", "METRIC0", "IPV6_ROUTE_METRIC", "IPV4_ROUTE_TABLE", "IPV6_ROUTE_TABLE": return "\(1000 + number)"
        case "MASTER_UUID", "BRIDGE_UUID": return "11111111-2222-3333-4444-00000000\(1000 + next(4))"
        case "ROUTING_RULE_1": return "priority \(100 + number) from 10.0.0.0/24 table 100"
        case "BRIDGE_VLANS", "BRIDGE_PORT_VLANS": return one(["1 pvid untagged,20,300-400", "\(5 + number)", "99999"])
        case "VLAN_FLAGS": return one(["GVRP", "NO_REORDER_HDR", "LOOSE_BINDING,GVRP", "FOO\(number)"])
        case "VLAN_EGRESS_PRIORITY_MAP": return one(["0:1", "1:2,3:4", "x:y\(number)"])
        case "LINKSTATUS": return one(["down", "up", "off\(number)"])
        case "GATEWAYDEV": return one(["eth0", "eth1", "eth\(number)"])
        case "DEVICETYPE": return one(["Team", "ovs", "val\(number)"])
        case _ where Self.truths.contains(key): return one(["yes", "no", "maybe\(number)"])
        default: return "val\(number)"
        }
    }

    private mutating func lines(_ count: Int, of keys: [String], device: String?) -> [(key: String, value: String)] {
        var lines: [(key: String, value: String)] = device.map { [("DEVICE", $0)] } ?? []
        for _ in 0..<count {
            let key = one(keys)
            if !lines.contains(where: { $0.key == key }) { lines.append((key, value(of: key))) }
        }
        return lines
    }

    mutating func files() -> [String: [(key: String, value: String)]] {
        var files: [String: [(key: String, value: String)]] = [:]
        for name in ["eth0", "eth1", "bond0", "br0", "eth0.10"] where next(2) == 0 {
            files["ifcfg-\(name)"] = lines(1 + next(8), of: Self.keys, device: next(9) == 0 ? nil : name)
            if next(4) == 0 {
                files["ifcfg-\(name):1"] = [("IPADDR", value(of: "IPADDR"))]
                    + lines(next(4), of: ["NETMASK", "PREFIX", "GATEWAY", "ONBOOT", "ONPARENT", "FOO", "MTU", "IPV6ADDR", "DNS1"], device: next(5) == 0 ? nil : "\(name):1")
            }
            if next(8) == 0 {
                files["ifcfg-\(name)-range0"] = [("IPADDR_START", "10.1.0.30"), ("IPADDR_END", one(["10.1.0.32", "10.1.0.33", "10.2.0.1"]))]
                    + lines(next(3), of: ["NETMASK", "PREFIX", "GATEWAY", "ONPARENT", "FOO"], device: nil)
            }
            if next(8) == 0 { files["rule-\(name)"] = [("", rule())] }
            if next(8) == 0 { files["\(name).route"] = [("ADDRESS0", value(of: "IPADDR")), ("NETMASK0", "255.255.255.255"), ("METRIC0", value(of: "METRIC"))] }
            if next(3) == 0 { files["route-\(name)"] = (0...next(3)).map { _ in ("", line()) } }
        }
        if next(3) == 0 {
            files["network"] = lines(1 + next(4), of: ["GATEWAY", "GATEWAYDEV", "IPV6_DEFAULTGW", "VLAN", "MTU", "DNS1", "DOMAIN", "IPV6INIT", "PEERDNS", "FOO", "METRIC", "DEFROUTE"], device: nil)
        }
        return files
    }
}
