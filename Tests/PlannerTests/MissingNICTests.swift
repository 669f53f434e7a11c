import HostNetwork
import Planner
import Testing
import Topology

@Suite struct `Missing NICs` {
    private static let file = """
        version: 1
        bonds:
          bond0: {ports: [ens37, ens38], mode: active-backup, primary: ens38, miimon: 100}
        vlans:
          bond0.10: {parent: bond0, id: 10}
          ens39.20: {parent: ens39, id: 20}
          ens39.20.30: {parent: ens39.20, id: 30}
        bridges:
          br0: {ports: [ens33], addresses: [192.0.2.10/24], gateway: 192.0.2.1}
          brvlan-10: {ports: [bond0.10]}
          brvlan-20: {ports: [ens39.20]}
        """

    private func degraded(_ nics: [String]) throws -> (Degraded, HostModel) {
        let host = try HostModel(nics: nics)
        return (Degraded(try Topology.parse(Self.file, file: "t.yaml").network, on: host.network), host)
    }

    @Test func `a host with all of its NICs lacks nothing`() throws {
        let (degraded, _) = try degraded(["ens33", "ens37", "ens38", "ens39"])
        #expect(degraded.shortfalls.isEmpty)
        #expect(degraded.network == (try Topology.parse(Self.file, file: "t.yaml").network))
    }

    @Test func `a missing NIC holds up the VLANs on it, and nothing else`() throws {
        let (degraded, host) = try degraded(["ens33", "ens37", "ens38"])
        #expect(
            degraded.shortfalls.map { "\($0.link) \($0.message)" } == [
                "brvlan-20 has 0 of 1 ports, without ens39.20", "ens39 is not on this host", "ens39.20 is held up by ens39",
                "ens39.20.30 is held up by ens39.20",
            ])
        let plan = Planner.plan(PlanRequest(wanted: degraded.network, actual: host.network))
        #expect(plan.refusals.isEmpty)
        let made = Set(plan.steps.filter { $0.verb == .create }.map(\.subject.text))
        #expect(made == ["bond0", "bond0.10", "br0", "brvlan-10", "brvlan-20"])
    }

    @Test func `a bond comes up with the ports that are there, and its primary waits`() throws {
        let (degraded, host) = try degraded(["ens33", "ens37", "ens39"])
        let bond = try #require(degraded.network[try LinkName("bond0")])
        #expect(bond.portOrder == [try LinkName("ens37")])
        #expect(bond.options[.primary] == nil)
        #expect(degraded.shortfalls.map(\.message) == ["has 1 of 2 ports, without ens38", "is not on this host"])
        #expect(Planner.plan(PlanRequest(wanted: degraded.network, actual: host.network)).refusals.isEmpty)
    }

    @Test func `a bridge keeps its address without its NIC, for its guests`() throws {
        let (degraded, _) = try degraded(["ens37", "ens38", "ens39"])
        let bridge = try #require(degraded.network[try LinkName("br0")])
        #expect(bridge.addresses?.map(\.network.description) == ["192.0.2.10/24"])
        #expect(degraded.network.routes.map(\.display) == (try Topology.parse(Self.file, file: "t.yaml").network.routes.map(\.display)))
    }

    @Test func `what was refused holds up what lies on it, as a missing NIC does`() throws {
        let host = try HostModel(nics: ["ens33", "ens37", "ens38", "ens39"])
        let wanted = try Topology.parse(Self.file, file: "t.yaml").network
        let degraded = Degraded(wanted, on: host.network, refused: [try LinkName("bond0"): "the kernel said no"])
        #expect(
            degraded.shortfalls.map { "\($0.link) \($0.message)" } == [
                "bond0 the kernel said no", "bond0.10 is held up by bond0", "brvlan-10 has 0 of 1 ports, without bond0.10",
            ])
        // Its ports are the host's, not the bond's: they stay as they are.
        #expect(degraded.network[try LinkName("ens37")] != nil)
        let plan = Planner.plan(PlanRequest(wanted: degraded.network, actual: host.network))
        #expect(plan.refusals.isEmpty)
        #expect(!plan.steps.contains { $0.subject.text.hasPrefix("bond0") || $0.changes.contains { $0.new == "bond0" } })
    }

    @Test func `a route waits for the link that it goes out by, and a multipath route keeps its other ways`() throws {
        var wanted = HostNetwork(links: [Link(try LinkName("ens1"), kind: .nic), Link(try LinkName("ens2"), kind: .nic)])
        let one = Route(to: try IPNetwork("198.51.100.0/24"), via: try IPAddress("192.0.2.1"), link: try LinkName("ens1"))
        var two = Route(to: try IPNetwork("203.0.113.0/24"), link: nil)
        two.nextHops = [
            Route.NextHop(gateway: try IPAddress("192.0.2.1"), link: try LinkName("ens1"), weight: 1),
            Route.NextHop(gateway: try IPAddress("192.0.2.9"), link: try LinkName("ens2"), weight: 1),
        ]
        wanted.routes = [one, two]
        let degraded = Degraded(wanted, on: try HostModel(nics: ["ens2"]).network)
        #expect(degraded.network.routes.map { $0.links.map(\.text) } == [["ens2"]])
    }
}
