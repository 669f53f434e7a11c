import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import Testing
import Topology

/// Options through the whole way, from a file to the kernel and to the next file: what has to be done around a value so that
/// the kernel takes it, and so that nothing is left to do.
@Suite struct OptionChangeTests {
    /// Applies files one after the other, each of which must leave nothing to do, and goes back to the first.
    private static func walk(_ lab: Lab, _ files: [String], after each: (Int) throws -> Void) throws {
        var checkpoints: [(picture: Set<String>, network: HostNetwork)] = []
        for (place, file) in files.enumerated() {
            try lab.apply("version: 1\n" + file)
            try each(place)
            checkpoints.append((try lab.picture(), try lab.request(HostNetwork()).actual))
        }
        for checkpoint in checkpoints.dropLast().reversed() {
            switch try lab.carryOut(try lab.request(checkpoint.network.asCheckpoint) { $0.isRollback = true }) {
            case .done, .nothingToDo: break
            case .rolledBack(let failure), .notRolledBack(let failure, left: _): Issue.record("the way back failed: \(failure)")
            }
            let difference = Lab.difference(checkpoint.picture, try lab.picture())
            #expect(difference == [])
        }
    }

    private static func info(_ lab: Lab, _ link: String, ofPort: Bool = false) throws -> [String: Any] {
        let info = try lab.links()[link]?["linkinfo"] as? [String: Any]
        return info?[ofPort ? "info_slave_data" : "info_data"] as? [String: Any] ?? [:]
    }

    @Test func `a bond is made with as many queues as its ports ask for, and is asked for no more than it has`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            func bond(_ queue: Int) -> String { "bonds: {bond0: {mode: active-backup, miimon: 100, ports: [{name: ens33, queue_id: \(queue)}, ens37]}}" }
            try Self.walk(lab, ["", bond(4096), bond(3), bond(4096)]) { place in
                guard place > 0 else { return }
                let queues = try lab.links()["bond0"]?["num_tx_queues"] as? Int
                let queue = try Self.info(lab, "ens33", ofPort: true)["queue_id"] as? Int
                #expect(queues == 4096 && queue == (place == 2 ? 3 : 4096))
            }
            // A bond of somebody else's has what the driver gives it.
            try lab.ip("link add bond0 type bond mode active-backup miimon 100")
            let plan = Planner.plan(try lab.request("version: 1\n" + bond(17)))
            #expect(plan.refusals.map(\.message) == ["ens33 wants queue_id 17, and bond0 was made with 16 transmit queues"])
            try lab.apply("version: 1\n" + bond(16))
        }
    }

    @Test func `the options of a bond's ports are set, handed on, and kept when the bond's mode changes`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            func bond(_ mode: String, _ first: String, _ second: String) -> String {
                "bonds: {bond0: {mode: \(mode), miimon: 100, ports: [{name: ens33\(first)}, {name: ens37\(second)}]}}"
            }
            let files = [
                bond("1", ", queue_id: 2, prio: 10", ", queue_id: 3, prio: -5"),
                // The two queues change hands, which the kernel lets them do only one at a time.
                bond("1", ", queue_id: 3", ", queue_id: 2, prio: 7"),
                // Another mode sends the ports out and in again, and what the file no longer says is kept.
                bond("5", "", ""),
                bond("0", "", ""),
            ]
            let expected = [(2, 10, 3, -5), (3, 10, 2, 7), (3, 10, 2, 7), (3, 0, 2, 0)]
            try Self.walk(lab, files) { place in
                let (first, second) = (try Self.info(lab, "ens33", ofPort: true), try Self.info(lab, "ens37", ofPort: true))
                let found = [first["queue_id"], first["prio"], second["queue_id"], second["prio"]].map { ($0 as? NSNumber)?.intValue }
                let want = expected[place]
                #expect(found == [want.0, want.1, want.2, want.3], "file \(place)")
            }
        }
    }

    @Test func `a queue that a port unknown to the file has is refused before anything is sent`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            try lab.apply("version: 1\nbonds: {bond0: {mode: 1, miimon: 100, ports: [{name: ens33, queue_id: 2}, ens37]}}")
            let plan = Planner.plan(try lab.request("version: 1\nbonds: {bond0: {mode: 1, miimon: 100, ports: [ens33, {name: ens37, queue_id: 2}]}}"))
            #expect(plan.refusals.map(\.message) == ["ens37 wants queue_id 2, which ens33 has, and no two ports of bond0 can have one"])
        }
    }

    @Test func `an option that the last file said and this one does not stays, and the plan says so`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            func notes(_ file: String) throws -> [String] { Planner.plan(try lab.request("version: 1\nbridges: {br0: \(file)}")).notes.map(\.message) }
            try lab.apply("version: 1\nbridges: {br0: {ports: [{name: ens33, hairpin: true}], ageing_time: 60, forward_delay: 15}}")
            // What has its default would be so without the file, too.
            let said = try notes("{ports: [ens33]}").sorted()
            #expect(said == [
                "ageing_time stays 60s: the last file set it, and this one does not speak of it; `ageing_time: default` takes it back",
                "hairpin stays true: the last file set it, and this one does not speak of it; `hairpin: default` takes it back",
            ])
            #expect(try notes("{ports: [{name: ens33, hairpin: default}], ageing_time: 50}") == [])
            try lab.apply("version: 1\nbridges: {br0: {ports: [ens33], ageing_time: default}}")
            #expect(try notes("{ports: [ens33]}") == [])
        }
    }

    @Test func `the active port is set on a new bond and changed live, and is nobody's affair afterwards`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            func bond(_ active: String) -> String {
                "version: 1\nbonds: {bond0: {mode: 1, miimon: 100, ports: [ens33, ens37]\(active)}}"
            }
            func active() throws -> String? { try Self.info(lab, "bond0")["active_slave"] as? String }
            try lab.apply(bond(", active_port: ens37"))
            #expect(try active() == "ens37")
            try lab.apply(bond(", active_slave: ens33"))
            #expect(try active() == "ens33")
            // A failover by hand is no difference to a file that does not speak of it, and one to a file that does.
            try lab.ip("link set bond0 type bond active_slave ens37")
            #expect(Planner.plan(try lab.request(bond(""))).steps == [])
            let plan = Planner.plan(try lab.request(bond(", active_slave: ens33")))
            #expect(plan.steps.map(\.changes) == [[FieldChange("active_slave", old: "ens37", new: "ens33")]])
            // A port without carrier cannot be the active one: said, and not tried.
            try lab.ip("link set ens33 carrier off")
            let idle = Planner.plan(try lab.request(bond(", active_slave: ens33")))
            #expect(idle.steps == [])
            #expect(idle.notes.contains { $0.message.contains("has no carrier") })
        }
    }

    @Test func `monitoring changes from one way to the other with all that belongs to it`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            func bond(_ options: String) -> String { "bonds: {bond0: {mode: 1, ports: [ens33], \(options)}}" }
            try Self.walk(
                lab,
                [
                    bond("miimon: 100, updelay: 200, peer_notif_delay: 600"),
                    bond("miimon: 50, updelay: 200, peer_notify_delay: 600"),
                    bond("arp_interval: 200, arp_validate: all, arp_ip_target: [192.0.2.1], ns_ip6_target: [\"2001:db8::1\", \"2001:db8::2\"]"),
                    bond("miimon: 0, arp_interval: 200, arp_validate: filter, ns_ip6_target: []"),
                    bond("miimon: 100, updelay: 100, peer_notify_delay: 200"),
                ]
            ) { place in
                let info = try Self.info(lab, "bond0")
                func number(_ key: String) -> Int? { (info[key] as? NSNumber)?.intValue }
                switch place {
                case 0: #expect([number("miimon"), number("updelay"), number("peer_notify_delay")] == [100, 200, 600])
                case 1: #expect([number("miimon"), number("updelay"), number("peer_notify_delay")] == [50, 200, 600])
                case 2:
                    #expect([number("miimon"), number("arp_interval")] == [0, 200])
                    #expect(info["arp_validate"] as? String == "all")
                    #expect(info["ns_ip6_target"] as? [String] == ["2001:db8::1", "2001:db8::2"])
                case 3:
                    #expect(info["arp_validate"] as? String == "filter")
                    #expect(info["ns_ip6_target"] == nil)
                default: #expect([number("miimon"), number("arp_interval"), number("peer_notify_delay")] == [100, 0, 200])
                }
            }
        }
    }

    @Test func `LACP's own options change, by way of a bond that is down where the kernel asks for it`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            func bond(_ options: String) -> String { "bonds: {bond0: {mode: 4, miimon: 100, ports: [ens33]\(options)}}" }
            try Self.walk(
                lab,
                [
                    bond(", ad_actor_sys_prio: 7, ad_user_port_key: 9, ad_actor_system: 02:00:00:00:00:99"),
                    bond(", ad_actor_sys_prio: 8, ad_user_port_key: 10, ad_actor_system: default, lacp_active: false"),
                ]
            ) { place in
                let info = try Self.info(lab, "bond0")
                func number(_ key: String) -> Int? { (info[key] as? NSNumber)?.intValue }
                #expect([number("ad_actor_sys_prio"), number("ad_user_port_key")] == (place == 0 ? [7, 9] : [8, 10]))
                #expect(info["ad_actor_system"] as? String == (place == 0 ? "02:00:00:00:00:99" : "00:00:00:00:00:00"))
            }
        }
    }

    @Test func `a VLAN's maps of priorities are complete: what a file leaves out goes`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            func vlan(_ options: String) -> String { "vlans: {v10: {parent: ens33, id: 10\(options)}}" }
            let maps = [
                ", ingress_qos_map: {0: 1, 3: 5}, egress_qos_map: [0:2, 9:7, 4294967295:1]",
                ", ingress_qos_map: [3:4, 7:4294967295], egress_qos: 9:3",
                ", ingress_qos_map: {}, egress_qos_map: [5:0]",
            ]
            let expected = [("0:1 3:5", "0:2 9:7 4294967295:1"), ("3:4 7:4294967295", "9:3"), ("", "")]
            try Self.walk(lab, maps.map(vlan)) { place in
                let info = try Self.info(lab, "v10")
                #expect(NetlinkJudge.text(of: .ingressMap, in: info) == expected[place].0)
                #expect(NetlinkJudge.text(of: .egressMap, in: info) == expected[place].1)
            }
        }
    }

    @Test func `a bridge counts by port and VLAN only from when it has no ports: they leave and come back as they were`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            func bridge(_ options: String) -> String {
                "bridges: {br0: {ports: [{name: ens33, path_cost: 7, hairpin: true}, ens37], addresses: [10.0.0.1/24]\(options)}}"
            }
            try Self.walk(lab, [bridge(""), bridge(", vlan_stats_per_port: true, group_address: 01:80:c2:00:00:04, no_linklocal_learn: true")]) { place in
                let info = try Self.info(lab, "br0")
                #expect((info["vlan_stats_per_port"] as? NSNumber)?.intValue == place)
                #expect((info["no_linklocal_learn"] as? NSNumber)?.intValue == place)
                let port = try Self.info(lab, "ens33", ofPort: true)
                #expect((port["cost"] as? NSNumber)?.intValue == 7)
                #expect(port["hairpin"] as? Bool == true)
            }
        }
    }

    @Test func `what the running kernel lacks is refused by name and version, and what it has against its version is set`() async throws {
        try await Lab.with { lab in
            let file = "version: 1\nbridges: {br0: {fdb_max_learned: 8}}"
            let network = try lab.request(file).actual
            let kernel = try #require(network.kernel)
            let row = try #require(OptionRow.named("fdb_max_learned", in: .bridge))
            if network.knows(row) {
                try lab.apply(file)
                #expect(try lab.request(file).actual[LinkName("br0")]?.options[row] == .number(8))
            } else {
                let refusals = Planner.plan(try lab.request(file)).refusals
                #expect(refusals.map(\.message) == ["fdb_max_learned needs Linux 6.7; this is \(kernel.version)"])
                let conflicts = try Topology.parse(file, file: "t.yaml").conflicts(with: network)
                #expect(conflicts.map(\.message) == ["fdb_max_learned needs Linux 6.7; this is \(kernel.version)"])
                #expect(conflicts.first?.mark.description == "t.yaml:2:17")
            }
            // A link that shows an option outweighs the version.
            try lab.ip("link add br1 type bridge")
            var old = try lab.request(file).actual
            old.kernel = RunningKernel(LinuxVersion(5, 14))
            #expect(old.knows(row) == network.knows(row))
        }
    }
}
