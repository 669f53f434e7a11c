import HostNetwork
import Planner
import Testing
import Topology

@Suite struct `Plans` {
    static let bondBridge = """
        version: 1
        bonds:
          bond0: {ports: [ens37, ens38, ens39, ens40], mode: 6, miimon: 100}
        bridges:
          br1: {ports: [bond0]}
        trunks:
          br1: {vlans: [10, 20]}
        """
    static let hostBridge = """
        version: 1
        bridges:
          br0: {ports: [ens33], stp: false, addresses: [172.16.0.52/16], gateway: 172.16.0.1}
        """

    @Test func `a bond under a bridge stands before its NICs enter it`() throws {
        let host = try HostModel(nics: ["ens37", "ens38", "ens39", "ens40"])
        let plan = try host.plan(Self.bondBridge)
        #expect(plan.refusals.isEmpty)
        #expect(
            plan.outline == [
                "create br1", "create bond0", "create brvlan-10", "create br1.10", "create brvlan-20", "create br1.20",
                "change ens37 master", "change ens38 master", "change ens39 master", "change ens40 master",
            ])
    }

    @Test func `what a plan made is planned to no changes`() throws {
        var host = try HostModel(nics: ["ens37", "ens38", "ens39", "ens40"])
        try host.apply(Self.bondBridge)
        let again = try host.plan(Self.bondBridge)
        #expect(again.isEmpty)
        #expect(again.outline == [])
    }

    @Test func `a new bridge and its bond have the first port's MAC from the start`() throws {
        var host = try HostModel(nics: ["ens37", "ens38", "ens39", "ens40"])
        try host.apply(Self.bondBridge)
        for name in ["bond0", "br1", "brvlan-10"] {
            #expect(host.network[try LinkName(name)]?.mac == (try MACAddress("52:54:00:00:00:01")), "\(name)")
        }
    }

    @Test func `a VLAN made anew keeps the protocol that its file does not say, and takes over the tag with it once that is free`() throws {
        var host = try HostModel(nics: ["nic1", "nic3"])
        let web = "version: 1\nvlans:\n  web20: {parent: nic1, id: 20, protocol: 802.1ad}\n"
        try host.apply(web + "  old20: {parent: nic3, id: 20, protocol: 802.1ad}\n")
        let moved = "version: 1\nvlans:\n  web20: {parent: nic3, id: 20}\n"
        let plan = try host.plan(moved) { $0.mayRecreate = .all }
        #expect(plan.refusals.isEmpty)
        #expect(plan.outline == ["delete old20", "delete web20", "create web20"] || plan.outline == ["delete web20", "delete old20", "create web20"], "\(plan.outline)")
        let both = try host.plan(moved + "  other20: {parent: nic3, id: 20, protocol: 802.1ad}\n") { $0.mayRecreate = .all }
        #expect(both.refusals.contains { $0.message.contains("would be the same VLAN on nic3 as other20") }, "\(both.refusals)")
    }

    @Test func `an address moves in the proven order, and nothing stands between`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.address("ens33", "172.16.0.52/16")
        try host.route("ens33", to: "0.0.0.0/0", via: "172.16.0.1")
        let plan = try host.plan(Self.hostBridge)
        #expect(plan.refusals.isEmpty)
        #expect(
            plan.outline == ["create br0", "change ens33 master", "change br0 address", "change br0 route", "change ens33 address"])
        // The bridge stands before the NIC is touched, and the address leaves only when its replacement was acknowledged.
        #expect(plan.steps.map(\.chunk) == [0, 1, 1, 1, 2])
    }

    @Test func `routes that rest on a moved address go along`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.address("ens33", "172.16.0.52/16")
        try host.route("ens33", to: "0.0.0.0/0", via: "172.16.0.1", metric: 100)
        try host.route("ens33", to: "10.0.0.0/8", via: "172.16.0.9")
        try host.apply(Self.hostBridge)
        let routes = host.network.routes.map(\.outline).sorted()
        #expect(routes == ["0.0.0.0/0 via 172.16.0.1 dev br0", "10.0.0.0/8 via 172.16.0.9 dev br0"])
        #expect(try host.plan(Self.hostBridge).isEmpty)
    }

    @Test func `an address that the file forgets is not cut off`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.address("ens33", "10.9.9.9/24")
        let plan = try host.plan(Self.hostBridge)
        #expect(plan.refusals.map(\.kind) == [.outage])
        #expect(plan.refusals[0].message.contains("10.9.9.9/24"))
        #expect(try host.plan(Self.hostBridge) { $0.allowsOutage = true }.refusals.isEmpty)
    }

    @Test func `a bridge that holds the host's address goes only with leave, and then gives it back`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.address("ens33", "172.16.0.52/16")
        try host.route("ens33", to: "0.0.0.0/0", via: "172.16.0.1")
        let before = host.network
        try host.apply(Self.hostBridge)
        #expect(try host.plan("version: 1\n").refusals.map(\.kind) == [.outage])
        let back = try host.apply("version: 1\n") { $0.allowsOutage = true }
        #expect(back.refusals.isEmpty)
        #expect(back.outline.last == "delete br0")
        var ens33 = try #require(host.network[try LinkName("ens33")])
        // The usual broadcast address is the one thing that it did not have.
        ens33.addresses?[0].broadcast = nil
        #expect(ens33 == before[try LinkName("ens33")])
        #expect(host.network.routes == before.routes)
    }

    @Test func `VLANs go before the NICs leave their bond, where nobody waits for these`() throws {
        var host = try HostModel(nics: ["eth0", "eth1"])
        let trunk = "bonds: {bond0: {ports: [eth0, eth1]}}\ntrunks: {bond0: {vlans: [10-12]}}\n"
        try host.apply("version: 1\n\(trunk)")
        let gone = try host.plan("version: 1\nethernets: {eth0: {}, eth1: {}}\n")
        #expect(gone.steps.map(\.subjects.count) == [6, 1, 1, 1])
        #expect(gone.steps.map(\.subject.text) == ["bond0.10", "eth0", "eth1", "bond0"])
        #expect(Set(gone.steps.map(\.chunk)).count == 4)
        // A card that is wanted elsewhere leaves first: guests on it wait for that, and not for a thousand deletions.
        let moved = try host.plan("version: 1\nbridges: {br0: {ports: [eth0]}}\n")
        #expect(moved.steps.last?.verb == .delete)
        #expect(moved.steps.last?.subjects.count == 7)
    }

    @Test func `one topology is the host's: what the next file lacks is removed`() throws {
        var host = try HostModel(nics: ["ens37", "ens38", "ens39", "ens40"])
        try host.apply(Self.bondBridge)
        let plan = try host.apply("version: 1\ntrunks: {ens37: {vlans: [10]}}\n")
        #expect(plan.refusals.isEmpty)
        // brvlan-10 serves again: it stays.
        #expect(plan.removedLinks.map(\.text) == ["bond0", "br1", "br1.10", "br1.20", "brvlan-20"])
        #expect(plan.removesMoreThanHalf)
        #expect(host.network[try LinkName("ens40")]?.isUp == true)
        #expect(host.network[try LinkName("ens40")]?.master == nil)
        #expect(try host.plan("version: 1\ntrunks: {ens37: {vlans: [10]}}\n").isEmpty)
    }

    @Test func `taps and other people's ports stay, and are named`() throws {
        var host = try HostModel(nics: ["ens37", "ens38", "ens39", "ens40"])
        try host.apply(Self.bondBridge)
        try host.foreign("vnet0", master: "brvlan-10")
        let plan = try host.plan(Self.bondBridge)
        #expect(plan.isEmpty)
        #expect(plan.notes.map(\.message) == ["vnet0 stays a port: weft did not put it there"])
        let drop = try host.plan("version: 1\n")
        #expect(drop.refusals.contains { $0.kind == .outage && $0.message.contains("vnet0") })
    }

    @Test func `what lies on a link of weft's and is not weft's forbids its deletion`() throws {
        var host = try HostModel(nics: ["ens37"])
        try host.apply("version: 1\ntrunks: {ens37: {vlans: [10]}}\n")
        try host.foreign("macvtap0", kind: .other("macvtap"), parent: "brvlan-10")
        let plan = try host.plan("version: 1\n")
        #expect(plan.refusals.map(\.kind) == [.foreignUpper])
        let macvtap = try LinkName("macvtap0")
        let along = try host.plan("version: 1\n") { $0.takeAlong = [macvtap] }
        #expect(along.refusals.isEmpty)
        #expect(along.removedLinks.map(\.text).contains("macvtap0"))
    }

    @Test func `a foreign bridge is never deleted, and not made anew`() throws {
        var host = try HostModel(nics: ["ens37"])
        try host.foreign("br9", kind: .bridge)
        #expect(try host.plan("version: 1\n").isEmpty)
        #expect(try host.plan("version: 1\nbridges: {br9: {state: absent}}\n").refusals.map(\.kind) == [.foreign])
        #expect(try host.plan("version: 1\nbonds: {br9: {ports: [ens37], miimon: 100}}\n").refusals.map(\.kind).contains(.foreign))
    }

    @Test func `a VLAN's id changes by making it anew on the bridge that stays`() throws {
        var host = try HostModel(nics: ["ens37"])
        func file(_ id: Int) -> String {
            "version: 1\nvlans: {web: {parent: ens37, id: \(id)}}\nbridges: {br0: {ports: [web]}}\n"
        }
        try host.apply(file(10))
        let plan = try host.apply(file(11))
        #expect(plan.outline == ["delete web", "create web"])
        #expect(plan.steps.map(\.isRecreation) == [true, true])
        #expect(plan.summary.recreated == 1)
        #expect(host.network[try LinkName("web")]?.vlanID?.number == 11)
        #expect(host.network[try LinkName("web")]?.master?.text == "br0")
        #expect(try host.plan(file(11)).isEmpty)
    }

    @Test func `a tag that changes its link is freed first`() throws {
        var host = try HostModel(nics: ["ens37"])
        try host.apply("version: 1\nvlans: {old: {parent: ens37, id: 10}}\n")
        let plan = try host.apply("version: 1\nvlans: {new: {parent: ens37, id: 10}}\n")
        #expect(plan.outline == ["delete old", "create new"])
    }

    @Test func `a bond's mode changes without its being deleted`() throws {
        var host = try HostModel(nics: ["ens37", "ens38"])
        func file(_ mode: String) -> String {
            "version: 1\nbonds: {bond0: {ports: [ens37, ens38], mode: \(mode), miimon: 100}}\n"
        }
        try host.apply(file("active-backup"))
        let plan = try host.apply(file("802.3ad"))
        #expect(plan.outline == ["change bond0 mode"])
        #expect(plan.steps[0].changes == [FieldChange("mode", old: "active-backup", new: "802.3ad")])
        #expect(host.network.ports(of: try LinkName("bond0")).map(\.name.text) == ["ens37", "ens38"])
        #expect(try host.plan(file("802.3ad")).isEmpty)
    }

    @Test func `what leaves a bond is given its own MTU and address after that, for the kernel gives it those that it came with`() throws {
        var host = try HostModel(nics: ["ens1", "ens2"])
        try host.apply("version: 1\nbonds: {b0: {ports: [ens1], mode: 1, miimon: 100, mtu: 9000}}\n")
        func messages(_ file: String) throws -> [String] {
            try host.plan("version: 1\n\(file)\n").steps.flatMap(\.actions).compactMap { action in
                guard case .change(let change) = action, change.name.text == "ens1" else { return nil }
                return [change.attachment.map { "master \($0.master?.text ?? "none")" }, change.mtu.map { "mtu \($0)" }, change.mac.map { "mac \($0)" }, change.isUp.map { "up \($0)" }]
                    .compactMap(\.self).joined(separator: ", ")
            }
        }
        // Said with the value that it has as the bond's port, too.
        #expect(try messages("ethernets: {ens1: {mtu: 9000, mac: 02:aa:00:00:00:01}}") == ["master none", "mtu 9000, mac 02:aa:00:00:00:01", "up true"])
        #expect(try messages("bridges: {br0: {ports: [ens1]}}\nethernets: {ens1: {mtu: 1400}}") == ["master none", "mtu 1400", "master br0", "up true"])
        // A bond gives its own.
        #expect(try messages("bonds: {b1: {ports: [ens1], mode: 1, miimon: 100, mtu: 2000}}\nethernets: {ens1: {mtu: 2000}}") == ["master none", "master b1"])
        // On a way back it enters with the address that it had of its own.
        let (ens1, own) = (try LinkName("ens1"), try MACAddress("02:00:00:00:00:99"))
        host.network[ens1]?.permanentMAC = own
        let before = host.network
        try host.apply("version: 1\nethernets: {ens1: {mac: 02:aa:00:00:00:01}}\n")
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        let changes = Planner.plan(back).steps.flatMap(\.actions).compactMap { if case .change(let change) = $0, change.name == ens1 { change } else { nil } }
        #expect(changes.map(\.mac).contains(own))
        // What only the bond gives it is not its own.
        #expect(changes.allSatisfy { $0.mtu == nil })
        #expect(changes.firstIndex { $0.mac == own } ?? .max < changes.firstIndex { $0.master != nil } ?? .min)
    }

    @Test func `a VLAN that is made anew keeps no MTU that is above that of what it comes to lie on`() throws {
        let below = "s: {parent: ens1, id: 20"
        for (lower, expected) in [("}", UInt32(1400)), (", mtu: 1300}", 1300), (", protocol: 802.1ad}", 1400), (", mtu: 1500}", 1500)] {
            var host = try HostModel(nics: ["ens1", "ens2"])
            try host.apply("version: 1\nvlans: {\(below), mtu: 1400}, v: {parent: ens2, id: 20}}\n")
            let plan = try host.apply("version: 1\nvlans: {\(below)\(lower), v: {parent: s, id: 20}}\n")
            let made = plan.steps.flatMap(\.actions).compactMap { if case .create(let link) = $0, link.name.text == "v" { link.mtu } else { nil } }
            #expect(made == [expected], "\(plan.outline)")
        }
    }

    @Test func `a missing NIC is named, with those that are there`() throws {
        let host = try HostModel(nics: ["ens33", "ens34"])
        let plan = try host.plan("version: 1\nbonds: {bond0: {ports: [ens37], miimon: 100}}\n")
        #expect(plan.refusals.map(\.kind) == [.missingLink])
        #expect(plan.refusals[0].fix.contains("ens33, ens34"))
    }

    @Test func `the same inputs give the same plan`() throws {
        var host = try HostModel(nics: ["ens37", "ens38", "ens39", "ens40"])
        let file = "version: 1\nbonds: {bond0: {ports: [ens37, ens38], miimon: 100}}\ntrunks: {bond0: {vlans: [10-200]}}\n"
        #expect(try host.plan(file) == (try host.plan(file)))
        try host.apply(file)
        #expect(try host.plan("version: 1\n") == (try host.plan("version: 1\n")))
    }

    @Test func `adoption marks foreign links of the right kind and no NICs`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.foreign("br0", kind: .bridge)
        let wanted = try HostModel.wanted("version: 1\nbridges: {br0: {ports: [ens33]}}\n")
        let plan = Planner.adoption(wanted: wanted, actual: host.network)
        #expect(plan.outline == ["change br0 owner"])
        host.network = host.network.applying(plan.steps.flatMap(\.actions))
        #expect(Planner.adoption(wanted: wanted, actual: host.network).isEmpty)
    }

    @Test func `a checkpoint leads back from any change`() throws {
        var host = try HostModel(nics: ["ens33", "ens37", "ens38", "ens39", "ens40"])
        try host.address("ens33", "172.16.0.52/16")
        try host.route("ens33", to: "0.0.0.0/0", via: "172.16.0.1")
        for first in ["version: 1\n", Self.bondBridge] {
            try host.apply(first)
            let before = host.network
            try host.apply(Self.hostBridge) { $0.allowsOutage = true }
            #expect(host.network != before)
            var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
            back.isRollback = true
            let plan = Planner.plan(back)
            #expect(plan.refusals.isEmpty)
            host.network = host.network.applying(plan.steps.flatMap(\.actions))
            back.actual = host.network
            #expect(Planner.plan(back).isEmpty)
            for (name, link) in before.links {
                #expect(host.network[name]?.attachment == link.attachment, "\(name)")
                #expect(host.network[name]?.addresses == link.addresses, "\(name)")
            }
            #expect(Set(host.network.routes) == Set(before.routes))
        }
    }
}

extension HostModel {
    static func wanted(_ yaml: String) throws -> HostNetwork { try Topology.parse(yaml, file: "t.yaml").network }
}

extension Route {
    /// The way in a few words.
    var outline: String { "\(destination)\(gateway.map { " via \($0)" } ?? "")\(link.map { " dev \($0)" } ?? "")" }
}
