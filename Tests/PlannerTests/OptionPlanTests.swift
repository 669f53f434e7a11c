import HostNetwork
import Planner
import Testing
import Topology

/// What has to be done around an option so that the kernel takes it.
@Suite struct `Plans for options` {
    /// The options that a plan sends to a link, message by message.
    private static func messages(_ plan: Plan, to link: String) -> [[String]] {
        plan.steps.flatMap(\.actions).compactMap { action in
            guard case .change(let change) = action, change.name.text == link, !change.options.isEmpty || change.mac != nil else { return nil }
            let options = change.options.entries.compactMap { entry in OptionRow.with(id: entry.id).map { "\($0.name) \($0.text(of: entry.value))" } }
            return options + (change.mac.map { ["mac \($0)"] } ?? [])
        }
    }

    private static func host(_ file: String) throws -> HostModel {
        var host = try HostModel(nics: ["ens1", "ens2"])
        try host.apply("version: 1\n\(file)\n")
        return host
    }

    @Test func `a spanning tree ends before the delay is set that only a bridge without one takes`() throws {
        func bridge(_ options: String) -> String { "version: 1\nbridges: {br0: {ports: [ens1], \(options)}}\n" }
        var host = try Self.host("bridges: {br0: {ports: [ens1], stp: true, forward_delay: 4}}")
        let before = host.network
        let plan = try host.apply(bridge("stp: false, forward_delay: 0"))
        #expect(Self.messages(plan, to: "br0") == [["stp_state false"], ["forward_delay 0", "stp_state false"]])
        #expect(try host.plan(bridge("stp: false, forward_delay: 0")).isEmpty)
        // Nor does another option of the same message change that, for which the ports leave.
        let bare = try Self.host("bridges: {br0: {ports: [ens1], stp: true, forward_delay: 4}}").plan(bridge("stp: false, forward_delay: 0, vlan_stats_per_port: true"))
        #expect(Self.messages(bare, to: "br0").prefix(2) == [["mac 52:54:00:00:00:01"], ["stp_state false"]])
        // The way back needs no such care: the kernel looks at the delay while there is no tree yet.
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        #expect(Self.messages(Planner.plan(back), to: "br0") == [["forward_delay 4", "stp_state true"]])
    }

    @Test func `a bridge's time that the kernel's clock rounds is there when it tells the rounded one`() throws {
        func bridge(_ delay: String) -> String { "version: 1\nbridges: {br0: {ports: [ens1], forward_delay: \(delay)}}\n" }
        var host = try Self.host("bridges: {br0: {ports: [ens1], forward_delay: 4}}")
        #expect(Self.messages(try host.plan(bridge("4.01")), to: "br0") == [["forward_delay 4.01"]])
        var kernel = RunningKernel(LinuxVersion(6, 1))
        kernel.tick = KernelTick(nanoseconds: 4_000_000)
        host.network.kernel = kernel
        #expect(try host.plan(bridge("4.01")).isEmpty)
        #expect(Self.messages(try host.plan(bridge("4.02")), to: "br0") == [["forward_delay 4.02"]])
        #expect(Self.messages(try host.plan(bridge("3.99")), to: "br0") == [["forward_delay 3.99"]])
    }

    @Test func `a bond without ARP monitoring has miimon of its own, and is told where it is to have none`() throws {
        func bond(_ mode: Int, _ miimon: String) -> String { "version: 1\nbonds: {bond0: {ports: [ens1], mode: \(mode), miimon: \(miimon)}}\n" }
        for (mode, usual) in [(1, "0"), (4, "100")] {
            var host = try Self.host("bonds: {bond0: {ports: [ens1], mode: \(mode), miimon: default}}")
            #expect(try host.plan(bond(mode, usual)).isEmpty)
            let miimon: Int64? = host.network[try LinkName("bond0")]?.options.number(.miimon)
            #expect(miimon.map { "\($0)" } == usual)
            // What a new bond would not have by itself is part of the way back to one.
            let other = usual == "0" ? "50" : "0"
            try host.apply(bond(mode, other))
            let before = host.network
            try host.apply("version: 1\n")
            var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
            back.isRollback = true
            let made = Planner.plan(back).steps.flatMap(\.actions).compactMap { if case .create(let link) = $0 { link.options.number(.miimon) } else { nil } }
            #expect(made.map { "\($0)" } == [other])
        }
    }

    @Test func `a delay that the running spanning tree does not take is refused`() throws {
        let host = try Self.host("bridges: {br0: {ports: [ens1], stp: true}}")
        let plan = try host.plan("version: 1\nbridges: {br0: {ports: [ens1], forward_delay: 0}}\n")
        #expect(plan.refusals.map(\.message) == ["br0 runs STP, which takes a forward_delay of at least 2 seconds"])
    }

    @Test func `how a link makes addresses is set also where IPv6 was switched off before, and no longer is the file's matter`() throws {
        var host = try Self.host("bridges: {br0: {ports: [ens1], ipv6: false}}")
        let file = "version: 1\nbridges: {br0: {ports: [ens1], addr_gen_mode: random}}\n"
        let plan = try host.apply(file)
        #expect(plan.steps.flatMap(\.changes).contains(FieldChange("addr_gen_mode", old: "eui64", new: "random")), "\(plan.outline)")
        let bridge = host.network[try LinkName("br0")]
        #expect(bridge?.addressGeneration == .random && bridge?.hasIPv6 == false)
        #expect(try host.plan(file).isEmpty)
    }

    @Test func `a new bond gets as many queues as its ports ask for, and one that is there has what it has`() throws {
        func bond(_ queue: Int, _ mode: Int = 1) -> String { "version: 1\nbonds: {bond0: {ports: [{name: ens1, queue_id: \(queue)}, ens2], mode: \(mode), miimon: 100}}\n" }
        var host = try HostModel(nics: ["ens1", "ens2"])
        let bare = host.network
        for (queue, queues) in [(3, UInt32(16)), (4096, 4096), (20, 20)] {
            host.network = bare
            try host.apply(bond(queue))
            #expect(host.network[try LinkName("bond0")]?.transmitQueues == queues)
            #expect(try host.plan(bond(queue)).isEmpty)
        }
        #expect(try host.plan(bond(20, 2)).refusals.isEmpty)
        let plan = try host.plan(bond(21))
        #expect(plan.refusals.map(\.message) == ["ens1 wants queue_id 21, and bond0 was made with 20 transmit queues"])
        #expect(plan.refusals.first?.fix == "write 20 or less, or take bond0 away first: weft makes it with as many queues as its ports ask for")
        // A way back makes it as it was.
        let before = host.network
        try host.apply("version: 1\n")
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        let made = host.network.applying(Planner.plan(back).steps.flatMap(\.actions))
        #expect(made[try LinkName("bond0")]?.transmitQueues == 20)
    }

    @Test func `a primary port that the bond will not have is refused also where the file lists no ports`() throws {
        func bond(_ port: String) -> String { "version: 1\nbonds: {bond0: {mode: 1, miimon: 100, primary: \(port)}}\n" }
        let host = try Self.host("bonds: {bond0: {ports: [ens1], mode: 1, miimon: 100}}")
        #expect(try host.plan(bond("ens1")).refusals.isEmpty)
        #expect(try host.plan(bond("ens2")).refusals.map(\.message) == ["bond0 wants ens2 for its primary port, and ens2 is no port of it"])
    }

    @Test func `a bridge takes the address of a port of its bond that will have its active port's`() throws {
        var host = try HostModel(nics: ["ens1", "ens2", "ens3"])
        try host.apply("version: 1\nbonds: {bond0: {ports: [ens1], mode: 4, miimon: 100}}\nbridges: {br0: {ports: [ens3]}}\n")
        let file = "version: 1\nbonds: {bond0: {ports: [ens2], mode: 1, miimon: 100, fail_over_mac: active}}\nbridges: {br0: {ports: [bond0]}}\n"
        try host.apply(file) { $0.allowsOutage = true }
        let ens2 = host.network[try LinkName("ens2")]?.mac
        #expect(host.network[try LinkName("br0")]?.mac == ens2)
        host.network[try LinkName("bond0")]?.mac = ens2
        #expect(try host.plan(file).isEmpty)
    }

    @Test func `a way back takes the address of a VLAN on a port as it comes, where the bond hands its ports' addresses round`() throws {
        var host = try Self.host("bonds: {bond0: {ports: [ens1, ens2], mode: 6, miimon: 100}}")
        try host.foreign("ens2.999", kind: .vlan, parent: "ens2")
        host.network[try LinkName("ens2.999")]?.mac = try MACAddress("52:54:00:00:00:02")
        var back = PlanRequest(wanted: host.network.asCheckpoint, actual: host.network)
        back.isRollback = true
        back.actual[try LinkName("ens2.999")]?.mac = try MACAddress("52:54:00:00:00:01")
        #expect(Planner.plan(back).isEmpty)
        for network in [\PlanRequest.wanted, \.actual] { back[keyPath: network][try LinkName("bond0")]?.options[.mode] = .number(1) }
        #expect(!Planner.plan(back).isEmpty)
    }

    @Test func `a bridge keeps the MTU of the file when the port goes whose it was`() throws {
        let low = "vlans: {ens2.30: {parent: ens2, id: 30, mtu: 1400}}\n"
        for files in [
            ("bridges: {br0: {ports: [ens1, ens2.30], mtu: 1400}}\n\(low)", "bridges: {br0: {ports: [ens1], mtu: 1400}}\n"),
            ("bridges: {br0: {ports: [ens1, ens2.30], mtu: 1400}}\n\(low)", "bridges: {br0: {ports: [ens1], mtu: 1400}}\n\(low)"),
            ("ethernets: {ens2: {mtu: 1400}}\nbridges: {br0: {ports: [ens2], mtu: 1400}}\n", "ethernets: {ens2: {mtu: 1500}}\nbridges: {br0: {ports: [ens2], mtu: 1400}}\n"),
        ] {
            let plan = try Self.host(files.0).plan("version: 1\n\(files.1)")
            #expect(plan.steps.last.map { "\($0.subject) \($0.changes.map(\.field))" } == "br0 [\"mtu\"]", "\(plan.outline)")
        }
        let calm = try Self.host("bridges: {br0: {ports: [ens1, ens2], mtu: 1500}}\n").plan("version: 1\nbridges: {br0: {ports: [ens1], mtu: 1500}}\n")
        #expect(calm.outline == ["change ens2 master"])
    }

    @Test func `a primary port is taken back, and a rollback takes back the one that a change set`() throws {
        func bond(_ primary: String) -> String { "version: 1\nbonds: {bond0: {ports: [ens1, ens2], mode: 1, miimon: 100\(primary)}}\n" }
        var host = try Self.host("bonds: {bond0: {ports: [ens1, ens2], mode: 1, miimon: 100}}")
        let before = host.network
        try host.apply(bond(", primary: ens2"))
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        #expect(Self.messages(Planner.plan(back), to: "bond0") == [["primary none"]])
        let plan = try host.apply(bond(", primary: none"))
        #expect(Self.messages(plan, to: "bond0") == [["primary none"]])
        for none in ["", ", primary: none", ", primary: default"] { #expect(try host.plan(bond(none)).isEmpty, "\(none)") }
    }

    @Test func `the address of a bond that follows its ports is set while it does not follow them`() throws {
        func bond(_ ports: String, _ more: String) -> String { "version: 1\nbonds: {bond0: {ports: [\(ports)], mode: 1, miimon: 100, fail_over_mac: \(more)}}\n" }
        var host = try Self.host("bonds: {bond0: {ports: [ens1, ens2], mode: 1, miimon: 100, fail_over_mac: follow}}")
        let mac = ", mac: \"02:00:00:00:00:77\""
        let plan = try host.apply(bond("ens1, ens2", "follow\(mac)"))
        #expect(Self.messages(plan, to: "bond0") == [["fail_over_mac none"], ["mac 02:00:00:00:00:77"], ["fail_over_mac follow"]])
        #expect(plan.steps.contains { $0.reason?.contains("they leave and come back") == true })
        // It loses its last port, and with it the address.
        let empty = try host.apply(bond("", "follow"))
        #expect(Self.messages(empty, to: "bond0") == [["fail_over_mac none"], ["mac 02:00:00:00:00:77"], ["fail_over_mac follow"]])

        let active = try Self.host("bonds: {bond0: {ports: [ens1, ens2], mode: 1, miimon: 100, fail_over_mac: active}}")
        let refused = try active.plan("version: 1\nbonds: {bond0: {ports: [ens1, ens2], mac: \"02:00:00:00:00:77\"}}\n")
        #expect(refused.refusals.map(\.message) == ["bond0 has the address of its active port, so that none can be set"])
        // The port that it has its address from leaves: the kernel gives it the next one's.
        let next = try active.plan(bond("ens2", "active"))
        #expect(Self.messages(next, to: "bond0") == [])
    }
}

/// What a master changes without its ports, and what it was told by hand.
@Suite struct `Plans for masters and their ports` {
    @Test func `what enters a bridge that changes without its ports waits for that, and what leaves it leaves later`() throws {
        func file(_ ports: String, _ vlans: String, _ more: String) -> String {
            "version: 1\nbridges: {br0: {ports: [\(ports)]\(more)}, br1: {ports: [ens2]}}\nvlans: {\(vlans)}\n"
        }
        var host = try HostModel(nics: ["ens1", "ens2", "ens3"])
        try host.apply(file("v10, v20, ens3", "v10: {parent: ens1, id: 10}, v20: {parent: ens1, id: 20}", ""))
        // v10 is made anew, v20 goes and another takes its tag, v30 is made, ens3 leaves.
        let next = file("v10, v21, v30", "v10: {parent: ens1, id: 11}, v21: {parent: ens1, id: 20}, v30: {parent: ens1, id: 30}", ", vlan_stats_per_port: true")
            .replacing("br1: {ports: [ens2]}", with: "br1: {ports: [ens2, ens3]}")
        let plan = try host.plan(next)
        #expect(plan.refusals == [])
        let outline = plan.outline
        let change = try #require(outline.firstIndex { $0.contains("vlan_stats_per_port") })
        for later in ["create v10", "create v21", "create v30", "change ens3 master", "delete v20"] {
            #expect(try #require(outline.firstIndex { $0.hasPrefix(later) }, "\(later)") > change, "\(later)")
        }
        #expect(try #require(outline.firstIndex { $0 == "delete v10" }) < change)
        try host.apply(next)
        #expect(try host.plan(next).isEmpty)
    }

    @Test func `a rollback gives a bridge that it makes an MTU of its own, where its ports would give it another`() throws {
        for (mtu, isSet) in [(1400, true), (1500, false)] {
            var host = try HostModel(nics: ["ens1"])
            try host.apply("version: 1\nbridges: {br0: {ports: [ens1], mtu: \(mtu)}}\n")
            let before = host.network
            try host.apply("version: 1\n")
            var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
            back.isRollback = true
            let sent = Planner.plan(back).steps.flatMap(\.actions).contains { action in
                if case .change(let link) = action { link.name.text == "br0" && link.mtu == UInt32(mtu) } else { false }
            }
            #expect(sent == isSet, "\(mtu)")
        }
    }

    @Test func `another LACP identity is felt: the switch sees another partner`() throws {
        var host = try HostModel(nics: ["ens1"])
        func bond(_ more: String) -> String { "version: 1\nbonds: {bond0: {ports: [ens1], mode: 4, miimon: 100\(more)}}\n" }
        try host.apply(bond(""))
        for option in ["ad_actor_sys_prio: 7", "ad_actor_system: \"02:00:00:00:00:99\""] {
            let impact = try #require(try host.plan(bond(", \(option)")).steps.first?.impact)
            #expect(impact.impact == .flap && impact.reasons[0].contains("the switch sees another partner"), "\(impact)")
        }
    }
}

@Suite struct `Plans for what lies on a link that is made anew` {
    @Test func `what goes for good goes before the link below it does, and its address goes over`() throws {
        var host = try HostModel(nics: ["ens1", "ens2"])
        try host.apply("version: 1\nvlans: {a: {parent: ens1, id: 30}, b: {parent: a, id: 30, addresses: [10.1.0.1/24]}, c: {parent: b, id: 7}}\n")
        for home in ["ethernets: {ens2: {addresses: [10.1.0.1/24]}}", "ethernets: {ens2: {}}"] {
            var next = host
            let address = home.contains("10.1") ? "" : ", addresses: [10.1.0.1/24]"
            let plan = try next.apply("version: 1\nvlans: {a: {parent: ens1, id: 30, protocol: 802.1ad\(address)}}\n\(home)\n")
            #expect(plan.refusals == [])
            let outline = plan.outline
            let below = try #require(outline.firstIndex(of: "delete a"))
            #expect(try #require(outline.firstIndex(of: "delete b c")) < below, "\(outline)")
        }
    }
}

@Suite struct `Plans for a way back without IPv6` {
    @Test func `how a link makes addresses comes back, though it has no IPv6`() throws {
        var host = try HostModel(nics: ["ens1"])
        try host.apply("version: 1\nbridges: {br0: {ports: [ens1], ipv6: false}}\n")
        let before = host.network
        try host.apply("version: 1\nbridges: {br0: {ports: [ens1], addresses: [\"2001:db8::1/64\"], addr_gen_mode: random}}\n")
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        let plan = Planner.plan(back)
        let after = host.network.applying(plan.steps.flatMap(\.actions))
        let bridge = try #require(after[LinkName("br0")])
        #expect(bridge.addressGeneration == .eui64 && bridge.hasIPv6 == false)
    }
}
