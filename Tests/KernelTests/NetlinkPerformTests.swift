import Foundation
import HostNetwork
import Netlink
import Testing

/// Changing the kernel: in few messages, and honest about every one of them.
@Suite struct NetlinkPerformTests {
    private func name(_ text: String) throws -> LinkName { try LinkName(text) }

    // MARK: Batches

    @Test func `two hundred VLANs on two hundred bridges are four hundred messages in few calls`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33"])
            var kernel = try lab.connect()
            var actions: [Action] = [.change(try Link("ens33", .nic, up: true))]
            for id in 1...200 {
                var bridge = try Link("brvlan-\(id)", .bridge, up: true)
                bridge.group = Ownership.group
                var vlan = try Link("ens33.\(id)", .vlan, parent: "ens33", master: "brvlan-\(id)", up: true, options: ["id": "\(id)"])
                vlan.group = Ownership.group
                actions += [.create(bridge), .create(vlan)]
            }
            let before = kernel.statistics
            #expect(try kernel.perform(actions) == [])
            #expect(kernel.statistics.writeMessages - before.writeMessages == 401)
            #expect(kernel.statistics.sendCalls - before.sendCalls <= 2)

            let judged = try lab.links()
            #expect(judged.count == 2 + 400)
            for id in 1...200 {
                let vlan = try #require(judged["ens33.\(id)"])
                #expect(vlan["master"] as? String == "brvlan-\(id)")
                #expect(vlan["link"] as? String == "ens33")
                #expect((vlan["flags"] as? [String])?.contains("UP") == true)
                #expect((judged["brvlan-\(id)"]?["flags"] as? [String])?.contains("UP") == true)
            }

            // And all of them go, 64 in a grace period, uppers before their lowers.
            let network = try kernel.snapshot()
            #expect(network.links.values.filter(\.isOwned).count == 400)
            let doomed = network.links.values.filter(\.isOwned).map(\.name)
            let between = kernel.statistics
            #expect(try kernel.perform([.delete(doomed)]) == [])
            #expect(kernel.statistics.writeMessages - between.writeMessages == 400 + 7)
            #expect(Set(try lab.links().keys) == ["lo", "ens33"])
        }
    }

    @Test func `a whole stack is made in one call, each link by the index of the one below`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens37", "ens38"])
            var kernel = try lab.connect()
            var port = try Link("bond0", .bond, master: "br1", up: true, options: ["mode": "balance-alb", "miimon": "100"])
            port.alias = "to the stage"
            port.portOptions[.pathCost] = .number(7)
            let before = kernel.statistics.sendCalls
            let failures = try kernel.perform([
                .create(try Link("br1", .bridge, up: true)), .create(port),
                .change(try Link("ens37", .nic, master: "bond0")), .change(try Link("ens38", .nic, master: "bond0")),
                .create(try Link("brvlan-10", .bridge, up: true)),
                .create(try Link("br1.10", .vlan, parent: "br1", master: "brvlan-10", up: true, options: ["id": "10"])),
                .addAddress(Address(try IPNetwork("10.0.0.1/24")), to: try name("brvlan-10")),
                .addRoute(Route(to: try IPNetwork("10.7.0.0/16"), via: try IPAddress("10.0.0.9"), link: try name("brvlan-10"))),
            ])
            #expect(failures == [])
            #expect(kernel.statistics.sendCalls == before + 1)
            let judged = try lab.links()
            #expect(judged["ens37"]?["master"] as? String == "bond0")
            #expect(judged["ens38"]?["master"] as? String == "bond0")
            #expect(judged["bond0"]?["master"] as? String == "br1")
            // A create takes neither of these: they came in a second message.
            #expect(judged["bond0"]?["ifalias"] as? String == "to the stage")
            let portData = (judged["bond0"]?["linkinfo"] as? [String: Any])?["info_slave_data"] as? [String: Any]
            #expect(portData?["cost"] as? Int == 7)
            #expect(judged["br1.10"]?["link"] as? String == "br1")
            #expect(
                try lab.json("-d route show table all").first { $0["dst"] as? String == "10.7.0.0/16" }?["gateway"] as? String == "10.0.0.9"
            )
        }
    }

    @Test func `a change touches what it names and nothing else`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33", "ens37"])
            try lab.ip(
                """
                link add br0 type bridge
                link set ens33 master br0 alias "keep me" group 17 mtu 1400
                link set ens33 type bridge_slave cost 9
                """)
            var kernel = try lab.connect()
            let before = try #require(try kernel.snapshot()[try name("ens33")])

            var change = try Link("ens33", .nic, up: true)
            change.mtu = 1300
            change.mac = try MACAddress("02:00:00:00:12:34")
            change.txQueueLength = 12
            #expect(try kernel.perform([.change(change)]) == [])
            let after = try #require(try kernel.snapshot()[try name("ens33")])
            #expect(try lab.differences("ens33", &kernel) == [])
            #expect(after.isUp == true)
            #expect(after.mtu == 1300)
            #expect(after.mac == change.mac)
            #expect(after.txQueueLength == 12)
            #expect(after.alias == before.alias)
            #expect(after.group == 17)
            #expect(after.master == before.master)
            #expect(after.portOptions[.pathCost] == .number(9))

            var release = try Link("ens33", .nic)
            release.attachment = .free
            release.alias = ""
            release.isUp = false
            #expect(try kernel.perform([.change(release)]) == [])
            let judge = try #require(try lab.links()["ens33"])
            #expect(judge["master"] == nil)
            #expect(judge["ifalias"] == nil)
            #expect((judge["flags"] as? [String])?.contains("UP") == false)
        }
    }

    @Test func `a link enters a bridge and gets its port options in one change`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33"])
            try lab.ip("link add br0 type bridge")
            var kernel = try lab.connect()
            var change = try Link("ens33", .nic, master: "br0", up: true)
            change.portOptions[try #require(OptionRow.named("hairpin", in: .bridgePort))] = .number(1)
            #expect(try kernel.perform([.change(change)]) == [])
            let data = (try lab.links()["ens33"]?["linkinfo"] as? [String: Any])?["info_slave_data"] as? [String: Any]
            #expect(data?["hairpin"] as? Bool == true)
        }
    }

    // MARK: Deletion

    @Test func `a bulk deletion takes a VLAN, its bond and its bridge at once`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens37"])
            try lab.ip(
                """
                link add bond0 type bond
                link add link bond0 name bond0.10 type vlan id 10
                link add link bond0.10 name qinq type vlan id 5
                link add br0 type bridge
                link set bond0.10 master br0
                """)
            var kernel = try lab.connect()
            #expect(try kernel.perform([.delete(["bond0", "br0", "bond0.10", "qinq"].map { try name($0) })]) == [])
            #expect(Set(try lab.links().keys) == ["lo", "ens37"])
            // What is deleted is known to be gone.
            let failures = try kernel.perform([.delete([try name("br0")])])
            #expect(failures.map(\.error.kind) == [.unknownLink])
        }
    }

    @Test func `a bond goes after the VLANs on it, for in a call of its own it would take them along`() async throws {
        try await Lab.with { lab in
            // More links than one bulk deletion takes, and the bond's name sorts first.
            let vlans = (1...70).map { "bond0.\($0)" }
            try lab.ip(
                "link add bond0 type bond\n"
                    + vlans.enumerated().map { "link add link bond0 name \($1) type vlan id \($0 + 1)" }.joined(separator: "\n"))
            var kernel = try lab.connect()
            #expect(try kernel.perform([.delete(try (["bond0"] + vlans).map { try name($0) })]) == [])
            #expect(Set(try lab.links().keys) == ["lo"])
        }
    }

    @Test func `links that an interrupted deletion left in the scratch group are not taken along`() async throws {
        try await Lab.with { lab in
            try lab.ip(
                """
                link add br0 group \(Ownership.scratchGroup) type bridge
                link add br1 type bridge
                link add br2 type bridge
                """)
            var kernel = try lab.connect()
            #expect(try kernel.perform([.delete([try name("br1"), try name("br2")])]) == [])
            #expect(Set(try lab.links().keys) == ["lo", "br0"])
        }
    }

    @Test func `where one link of many cannot be deleted, all keep their groups`() async throws {
        try await Lab.with { lab in
            try lab.ip("link add br0 group 5 type bridge\nlink add br1 group 6 type bridge")
            var kernel = try lab.connect()
            // The loopback link stands for a NIC: a link that cannot be deleted.
            let failures = try kernel.perform([.delete([try name("br0"), try name("lo"), try name("br1")])])
            #expect(failures.count == 1)
            #expect(failures.first?.error.kind == .refused)
            #expect(failures.first?.error.code == .notSupported)
            let judged = try lab.links()
            #expect(Set(judged.keys) == ["lo", "br0", "br1"])
            #expect(judged["br0"]?["group"] as? String == "5")
            #expect(judged["br1"]?["group"] as? String == "6")
            #expect(judged["lo"]?["group"] as? String == "default")
        }
    }

    // MARK: Indexes

    @Test func `a taken index falls back to one of the kernel's choice, and what depends on it follows`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33"])
            var kernel = try KernelConnection.open(in: lab.namespace, receiveBufferSize: 1 << 20, firstIndex: 500_000)
            _ = try kernel.snapshot()
            // Another program takes the index that will be chosen. A dummy is no master: what names it fails.
            try lab.ip("link add stranger index 500000 type dummy")
            var bridge = try Link("br0", .bridge, up: true)
            bridge.alias = "mine"
            let failures = try kernel.perform([
                .create(bridge), .create(try Link("ens33.10", .vlan, parent: "ens33", master: "br0", options: ["id": "10"])),
                .addAddress(Address(try IPNetwork("10.0.0.1/24")), to: try name("ens33.10")),
            ])
            #expect(failures == [])
            let judged = try lab.links()
            #expect(judged["br0"]?["ifalias"] as? String == "mine")
            #expect(judged["stranger"]?["ifalias"] == nil)
            #expect(judged["stranger"]?["ifindex"] as? Int == 500_000)
            #expect(judged["ens33.10"]?["master"] as? String == "br0")
            #expect(try lab.json("addr show dev ens33.10").first.flatMap { $0["addr_info"] as? [Any] }?.count == 1)
            // The map is right, too.
            #expect(try kernel.perform([.delete([try name("br0")])]) == [])
            #expect(try lab.links()["stranger"] != nil)
        }
    }

    @Test func `what was done to a stranger's link under a taken index is told`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33"])
            var kernel = try KernelConnection.open(in: lab.namespace, receiveBufferSize: 1 << 20, firstIndex: 500_000)
            _ = try kernel.snapshot()
            try lab.ip("link add stranger index 500000 type bridge")
            let failures = try kernel.perform([
                .create(try Link("br0", .bridge)), .change(try Link("ens33", .nic, master: "br0")),
            ])
            #expect(failures.map(\.index) == [1])
            #expect(failures.first?.error.kind == .outcomeUnknown)
            #expect(try lab.links()["br0"] != nil)
        }
    }

    @Test func `a new link's index collides with no link of the snapshot`() async throws {
        try await Lab.with { lab in
            try lab.ip("link add dummy0 index 700000 type dummy\nlink add dummy1 index 700001 type dummy")
            var kernel = try KernelConnection.open(in: lab.namespace, receiveBufferSize: 1 << 20, firstIndex: 700_000)
            _ = try kernel.snapshot()
            #expect(try kernel.perform([.create(try Link("br0", .bridge))]) == [])
            #expect(try kernel.snapshot()[try name("br0")]?.index == 700_002)
        }
    }
}
