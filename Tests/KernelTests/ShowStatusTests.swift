import Foundation
import HostNetwork
import Netlink
import Report
import Testing

/// `weft show fdb|stp|bond|vlan` against what it takes the place of: brctl, bridge, ip, /proc/net/bonding and /proc/net/vlan.
@Suite struct `More of one link on a real kernel` {
    private static func inside(_ lab: Lab, _ words: String...) throws -> String { try Lab.run(["ip", "netns", "exec", lab.name] + words) }

    /// A text of `key: value` and `key  value` pairs, several a line between tabs, as lines of words.
    private static func pairs(_ text: String) -> [[String: String]] {
        var blocks: [[String: String]] = [[:]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let cells = line.split(separator: "\t").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
            if cells.count == 1, cells[0] != "flags" { blocks.append(["": cells[0]]) }
            for place in stride(from: 0, to: cells.count - 1, by: 2) { blocks[blocks.count - 1][cells[place]] = cells[place + 1] }
        }
        return blocks.filter { !$0.isEmpty }
    }

    @Test func `the forwarding table is bridge's and brctl's`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33", "ens37"])
            try lab.ip(
                """
                link add br0 type bridge vlan_filtering 1
                link set br0 up
                link set ens33 master br0 up
                link set ens37 master br0 up
                """)
            try lab.bridge(
                """
                vlan add dev ens37 vid 10
                fdb add 02:aa:00:00:00:01 dev ens37 master static vlan 10
                fdb add 02:aa:00:00:00:02 dev ens33 master dynamic
                fdb add 02:aa:00:00:00:03 dev ens33 master dynamic extern_learn
                fdb add 02:aa:00:00:00:04 dev ens33 master static sticky
                fdb add 02:aa:00:00:00:05 dev ens33 self
                """)
            var kernel = try lab.connect()
            let differences = try lab.settledDifferences {
                let ours = try kernel.forwardingTable(of: try LinkName("br0"))
                let theirs = try lab.bridgeJSON("fdb show br br0").map { entry in
                    let flags = entry["flags"] as? [String] ?? []
                    let words = [
                        "\(entry["mac"] ?? "")", "\(entry["ifname"] ?? "")", "\(entry["vlan"] ?? "-")", "\(entry["state"] ?? "")",
                        flags.contains("self") ? "self" : "", flags.contains("extern_learn") ? "external" : "", flags.contains("sticky") ? "sticky" : "",
                    ]
                    return words.joined(separator: " ")
                }
                let told = ours.map { entry in
                    let state = [ForwardingEntry.Kind.local: "permanent", .static: "static", .learned: ""][entry.kind] ?? ""
                    let words = [
                        entry.mac.description, entry.link.text, entry.vlan.map { "\($0)" } ?? "-", state, entry.isOwnList ? "self" : "",
                        entry.isExternallyLearned ? "external" : "", entry.isSticky ? "sticky" : "",
                    ]
                    return words.joined(separator: " ")
                }
                #expect(told.contains { $0.hasPrefix("02:aa:00:00:00:01 ens37 10 static") } && told.contains { $0.hasPrefix("02:aa:00:00:00:05 ens33 - permanent self") })
                return told.sorted() == theirs.sorted() ? [] : ["weft: \(told.sorted())", "bridge: \(theirs.sorted())"]
            }
            #expect(differences == [])
            let table = try kernel.forwardingTable(of: try LinkName("br0"))
            let status = try kernel.linkStatus()
            let ours = Set(table.filter { !$0.isOwnList }.compactMap { entry in
                status[entry.link]?.bridgePort.map { "\($0.number) \(entry.mac) \(entry.kind == .local ? "yes" : "no")" }
            })
            let theirs = Set(try Self.inside(lab, "brctl", "showmacs", "br0").split(separator: "\n").dropFirst().map { line in
                line.split(whereSeparator: \.isWhitespace).prefix(3).joined(separator: " ")
            })
            #expect(ours == theirs)
            let learned = try #require(table.first { $0.mac.description == "02:aa:00:00:00:02" })
            #expect(try #require(learned.updated) < 60_00)
        }
    }

    @Test func `the spanning tree is brctl's, on the root and below it`() async throws {
        try await Lab.with { lab in
            try lab.ip(
                """
                link add br0 type bridge stp_state 1 priority 4096 forward_delay 200
                link add br1 type bridge stp_state 1 forward_delay 200
                link add va type veth peer name vb
                link add vc type veth peer name vd
                link set va master br0 up
                link set vb master br1 up
                link set vc master br0 up
                link set vd master br1 up
                link set vd type bridge_slave cost 50 hairpin on
                link set br0 up
                link set br1 up
                """)
            var kernel = try lab.connect()
            for bridge in ["br0", "br1"] {
                let name = try LinkName(bridge)
                let differences = try lab.settledDifferences {
                    let network = try kernel.snapshot()
                    let status = try kernel.linkStatus()
                    let tree = try #require(status[name]?.bridge)
                    let blocks = Self.pairs(try Self.inside(lab, "brctl", "showstp", bridge))
                    var found: [String] = []
                    func compare(_ what: String, _ ours: String, _ theirs: String?) { if ours != theirs { found.append("\(what): \(ours), brctl \(theirs ?? "none")") } }
                    let own = blocks.first { $0["bridge id"] != nil } ?? [:]
                    compare("bridge id", tree.id, own["bridge id"])
                    compare("root", tree.root, own["designated root"])
                    compare("root port", "\(tree.rootPort)", own["root port"])
                    compare("path cost", "\(tree.rootPathCost)", own["path cost"])
                    // The two bridges know of each other by now.
                    if tree.isRoot != (bridge == "br0") { found.append("\(bridge) does not know the root yet") }
                    for port in network.ports(of: name) {
                        let block = blocks.first { $0[""]?.hasPrefix("\(port.name) (") ?? false } ?? [:]
                        let state = try #require(status[port.name]?.bridgePort)
                        compare("number", "\(port.name) (\(state.number))", block[""])
                        compare("id", String(state.id, radix: 16), block["port id"])
                        compare("state", port.portState ?? "", block["state"])
                        compare("designated root", state.designatedRoot, block["designated root"])
                        compare("designated bridge", state.designatedBridge, block["designated bridge"])
                        compare("designated port", String(state.designatedPort, radix: 16), block["designated port"])
                        compare("designated cost", "\(state.designatedCost)", block["designated cost"])
                        compare("cost", "\(port.portOptions.number(.pathCost) ?? 0)", block["path cost"])
                        compare("hairpin", port.name.text == "vd" ? "1" : "none", block["hairpin mode"] ?? "none")
                    }
                    return found
                }
                #expect(differences == [])
                let report = try #require(SpanningTreeReport(try kernel.snapshot(), try kernel.linkStatus(), of: name))
                #expect(report.text().contains(bridge == "br0" ? "(this bridge)" : "root port                     vb"), "\(report.text())")
            }
        }
    }

    @Test func `a bond's state is ip's and /proc's, with a partner that speaks LACP`() async throws {
        try await Lab.with { lab in
            try await Lab.with { peer in
                try lab.ip("link add va type veth peer name pa netns \(peer.name)\nlink add vb type veth peer name pb netns \(peer.name)\nlink add vz type dummy")
                for (end, first, second) in [(lab, "va", "vb"), (peer, "pa", "pb")] {
                    try end.ip(
                        """
                        link add bond0 type bond mode 802.3ad miimon 100 lacp_rate fast
                        link set \(first) master bond0
                        link set \(second) master bond0
                        link set bond0 up
                        """)
                }
                try lab.ip("link set vb type bond_slave queue_id 7")
                let bond = try LinkName("bond0")
                var kernel = try lab.connect()
                let differences = try lab.settledDifferences {
                    _ = try kernel.snapshot()
                    var status = try kernel.linkStatus()
                    BondDetails.read(of: bond, in: lab.namespace).map { $0.complete(&status) }
                    let links = try lab.links()
                    let proc = try Self.inside(lab, "cat", "/proc/net/bonding/bond0")
                    return try Self.differences(status, links, proc, bond)
                }
                #expect(differences == [])
                let network = try kernel.snapshot()
                let text = try #require(BondReport(network, try kernel.linkStatus(), of: bond)).text()
                #expect(text.contains("the switch must have these ports in one aggregation with LACP") && text.contains("active short_timeout aggregating in_sync collecting distributing"), "\(text)")
                #expect(BondReport(network, [:], of: try LinkName("va")) == nil)
            }
        }
    }

    private static func differences(_ status: [LinkName: LinkStatus], _ links: [String: [String: Any]], _ proc: String, _ bond: LinkName) throws -> [String] {
        var found: [String] = []
        func compare(_ what: String, _ ours: Any?, _ theirs: Any?) {
            let words = (ours.map { "\($0)" } ?? "none", theirs.map { "\($0)" } ?? "none")
            if words.0 != words.1 { found.append("\(what): \(words.0), and \(words.1)") }
        }
        let info = (links["bond0"]?["linkinfo"] as? [String: Any])?["info_data"] as? [String: Any]
        let their = info?["ad_info"] as? [String: Any]
        // A bond that is new has none for a moment.
        guard let our = status[bond]?.aggregation else { return ["no aggregator yet"] }
        compare("aggregator", our.aggregator, their?["aggregator"])
        compare("ports", our.portCount, their?["num_ports"])
        compare("actor key", our.actorKey, their?["actor_key"])
        compare("partner key", our.partnerKey, their?["partner_key"])
        compare("partner", our.partnerMAC, their?["partner_mac"])
        if !our.hasPartner { found.append("no partner yet") }
        let blocks = proc.components(separatedBy: "Slave Interface: ").dropFirst()
        for name in ["va", "vb"] {
            let port = try #require(status[try LinkName(name)]?.bondPort)
            let data = try #require((links[name]?["linkinfo"] as? [String: Any])?["info_slave_data"] as? [String: Any])
            compare("state", port.isActive ? "ACTIVE" : "BACKUP", data["state"])
            compare("mii", port.status.uppercased(), data["mii_status"])
            compare("failures", port.failureCount, data["link_failure_count"])
            compare("address", port.permanentMAC, data["perm_hwaddr"])
            compare("queue", port.queueID, data["queue_id"])
            compare("aggregator", port.aggregator, data["ad_aggregator_id"])
            compare("actor", port.actorState?.names.joined(separator: " "), (data["ad_actor_oper_port_state_str"] as? [String])?.joined(separator: " "))
            compare("partner", port.partnerState?.names.joined(separator: " "), (data["ad_partner_oper_port_state_str"] as? [String])?.joined(separator: " "))
            let block = try #require(blocks.first { $0.hasPrefix("\(name)\n") })
            let sides = block.components(separatedBy: "details ")
            func line(_ part: String, _ key: String) -> String? {
                part.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.first { $0.hasPrefix("\(key): ") }.map { String($0.dropFirst(key.count + 2)) }
            }
            compare("speed", port.speed, line(block, "Speed"))
            compare("duplex", port.duplex, line(block, "Duplex"))
            compare("churn", port.actorChurn, line(block, "Actor Churn State"))
            compare("churn", port.partnerChurn, line(block, "Partner Churn State"))
            compare("churned", port.actorChurnCount, line(block, "Actor Churned Count"))
            compare("churned", port.partnerChurnCount, line(block, "Partner Churned Count"))
            for (side, part, key) in [(port.actor, sides[1], "port key"), (port.partner, sides[2], "oper key")] {
                compare("system", side?.systemMAC, line(part, "system mac address"))
                compare("system priority", side?.systemPriority, line(part, "system priority"))
                compare("key", side?.key, line(part, key))
                compare("port", side?.portNumber, line(part, "port number"))
                compare("port priority", side?.portPriority, line(part, "port priority"))
            }
            if port.partnerState?.names.contains("distributing") != true { found.append("\(name) is not in use yet") }
        }
        return found
    }

    @Test func `a VLAN's numbers are those of /proc/net/vlan`() async throws {
        try await Lab.with { lab in
            try await Lab.with { peer in
                try `VLANs of a bridge's ports on a real kernel`.wire(lab, [("va", peer)])
                try lab.ip("link add link va name va.10 type vlan id 10 reorder_hdr off egress-qos-map 3:5\nlink set va.10 up\naddr add 10.0.0.1/24 dev va.10")
                try peer.ip("link add link eth0 name v10 type vlan id 10\nlink set v10 up\naddr add 10.0.0.2/24 dev v10")
                #expect(try `VLANs of a bridge's ports on a real kernel`.reaches(lab, "10.0.0.2"))
                let name = try LinkName("va.10")
                var kernel = try lab.connect()
                let differences = try lab.settledDifferences {
                    let network = try kernel.snapshot()
                    let proc = try Self.inside(lab, "cat", "/proc/net/vlan/va.10")
                    let counters = try #require(try kernel.linkStatus()[name]?.counters)
                    func number(_ key: String) -> UInt64? {
                        proc.split(separator: "\n").first { $0.contains(key) }?.split(separator: " ").last.flatMap { UInt64($0) }
                    }
                    let ours = [counters.receivedFrames, counters.receivedBytes, counters.receivedMulticast, counters.sentFrames, counters.sentBytes]
                    let keys = ["total frames received", "total bytes received", "Broadcast/Multicast Rcvd", "total frames transmitted", "total bytes transmitted"]
                    #expect(proc.contains("VID: \(network[name]?.vlanID?.number ?? 0)") && proc.contains("Device: va"))
                    #expect(counters.receivedFrames > 0 && counters.sentBytes > 0)
                    return ours.map { Optional($0) } == keys.map { number($0) } ? [] : ["\(ours) \(proc)"]
                }
                #expect(differences == [])
                let text = try #require(VLANReport(try kernel.snapshot(), try kernel.linkStatus(), of: name)).text()
                #expect(text.contains("reorder_hdr") && text.contains("3:5"), "\(text)")
            }
        }
    }

    @Test func `the words of show are words, and links that are called like them are reached`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["bond", "ens33"])
            try lab.ip("link add br0 type bridge vlan_filtering 1\nlink set ens33 master br0\nlink add b1 type bond mode 1\nlink add link bond name v7 type vlan id 7")
            func weft(_ words: String...) throws -> (status: Int32, output: String, errors: String) {
                let run = try `The commands on a real kernel`.run(["show"] + words + ["--netns", lab.name])
                return (run.status, run.output, run.errors)
            }
            #expect(try weft("link", "bond").output.hasPrefix("bond (dummy)"))
            #expect(try weft("ens33").output.hasPrefix("ens33 (dummy)"))
            #expect(try weft("bond", "b1").output.contains("an aggregation there breaks this mode"))
            #expect(try weft("vlan", "br0").output.contains("br0 itself  1     1"))
            #expect(try weft("vlan", "ens33").output.contains("filtering by br0"))
            #expect(try weft("fdb", "ens33").output.hasPrefix("ens33 (port of br0)"))
            for words in [["bond", "b1"], ["stp", "br0"], ["fdb", "br0"], ["vlan", "br0"], ["vlan", "v7"], ["link"], ["link", "v7"]] {
                let run = try `The commands on a real kernel`.run(["show"] + words + ["--json", "--netns", lab.name])
                let object = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
                #expect(run.status == 0 && object["schema_version"] as? Int == 1, "\(words)")
            }
            let wrong = try weft("bond", "br0")
            #expect(wrong.status == 1 && wrong.errors == "weft: br0 is a bridge, and not a bond\n  fix: `weft show br0` shows what it is\n")
            #expect(try weft("stp", "nope").errors.hasPrefix("weft: there is no link nope here"))
            #expect(try weft("stp").status == 64)
        }
    }
}
