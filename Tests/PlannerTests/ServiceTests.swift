import HostNetwork
import Planner
import Testing
import Topology

/// What is handed to resolvers and firewalld, and when.
@Suite struct `Name servers and zones in a plan` {
    /// A NIC with an address in firewalld's zone `trusted`.
    static func host(_ resolver: LinkServices.Resolver? = .resolved, zones: Bool = true) throws -> HostNetwork {
        var nic = Link(try LinkName("nic0"), kind: .nic)
        nic.index = 2
        nic.isUp = true
        nic.mtu = 1500
        nic.mac = try MACAddress("52:54:00:00:00:01")
        nic.addresses = [Address(try IPNetwork("192.0.2.1/24"))]
        nic.dns = resolver == nil ? nil : LinkDNS()
        nic.zone = zones ? "trusted" : nil
        var host = HostNetwork(links: [nic])
        host.services = LinkServices(
            resolver: resolver,
            zones: zones ? LinkServices.Zones(usual: "public", known: ["internal", "public", "trusted"], bindings: [nic.name: "trusted"]) : nil)
        return host
    }

    static let file = """
        version: 1
        bridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24], dns: {servers: [192.0.2.53], search: [example.org, ~corp]}, zone: internal}}
        """

    static func request(_ host: HostNetwork, _ file: String = file) throws -> PlanRequest {
        PlanRequest(wanted: try Topology.parse(file, file: "t.yaml").network, actual: host)
    }

    private func place(_ plan: Plan, _ matches: (Action) -> Bool) -> Int? { plan.steps.firstIndex { $0.actions.contains(where: matches) } }

    @Test func `a zone is set before the address arrives, name servers when all else is done`() throws {
        let plan = Planner.plan(try Self.request(try Self.host()))
        #expect(plan.refusals == [])
        let zone = try #require(place(plan) { if case .service(.setZone("internal", _)) = $0 { true } else { false } })
        let address = try #require(place(plan) { if case .addAddress = $0 { true } else { false } })
        let dns = try #require(place(plan) { if case .service(.setDNS) = $0 { true } else { false } })
        #expect(zone < address)
        #expect(dns == plan.steps.count - 1)
        #expect(plan.steps[dns].changes == [FieldChange("dns", new: "192.0.2.53"), FieldChange("search", new: "example.org, ~corp")])
    }

    @Test func `done, it leaves nothing to do, and the way back takes it away again`() throws {
        let host = try Self.host()
        let plan = Planner.plan(try Self.request(host))
        var after = host.applying(plan.steps.flatMap(\.actions))
        #expect(after[try LinkName("br0")]?.dns?.servers.count == 1)
        #expect(after.services?.zones?.zone(of: try LinkName("br0")) == "internal")
        let again = Planner.plan(try Self.request(after))
        #expect(!again.steps.contains { $0.actions.contains { if case .service = $0 { true } else { false } } })
        after.services?.zones?.bindings[try LinkName("not-made")] = "internal"
        var back = PlanRequest(wanted: host.asCheckpoint, actual: after)
        back.isRollback = true
        let wayBack = Planner.plan(back).steps.flatMap(\.actions)
        #expect(wayBack.contains(.service(.setZone(nil, of: try LinkName("br0")))))
        #expect(wayBack.contains(.service(.setZone(nil, of: try LinkName("not-made")))))
    }

    @Test func `an address that comes into another zone is an impact, and the session's needs a way back`() throws {
        // Without a zone in the file: the bridge is in the usual one, and the NIC was not.
        var request = try Self.request(try Self.host(), "version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24]}}\n")
        let reasons = Planner.plan(request).steps.flatMap { $0.impact.reasons }
        #expect(reasons.contains { $0.hasPrefix("192.0.2.1/24 comes from firewalld's zone trusted into public") }, "\(reasons)")
        // On its own link, too.
        request = try Self.request(try Self.host(), "version: 1\nethernets: {nic0: {zone: internal}}\n")
        let plan = Planner.plan(request)
        #expect(plan.refusals == [])
        let words = plan.steps.flatMap(\.impact.reasons)
        #expect(words.contains { (reason: String) in reason.contains("zone trusted into internal") })
        request.facts.session = HostFacts.Session(
            localAddress: try IPAddress("192.0.2.1"), remoteAddress: try IPAddress("192.0.2.9"), link: try LinkName("nic0"))
        #expect(Planner.plan(request).refusals.contains { $0.message.contains("into firewalld's zone internal") })
        request.isConfirmedLater = true
        #expect(Planner.plan(request).refusals == [])
    }

    @Test func `where nobody takes them they are left, and the plan says so`() throws {
        let plan = Planner.plan(try Self.request(try Self.host(nil, zones: false)))
        #expect(plan.refusals == [])
        #expect(!plan.steps.contains { $0.actions.contains { if case .service = $0 { true } else { false } } })
        #expect(plan.notes.contains { $0.message.hasPrefix("dns 192.0.2.53, example.org, ~corp is left to you") })
        #expect(plan.notes.contains { $0.message == "zone internal is left: firewalld does not run here" })
        let old = Planner.plan(try Self.request(try Self.host(.resolvconf)))
        #expect(old.notes.contains { $0.message.hasPrefix("search ~corp is left") })
    }
}
