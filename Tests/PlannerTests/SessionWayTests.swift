import HostNetwork
import Planner
import Testing
import Topology

/// Whoever types the command over SSH keeps the way back, though no step seems to touch it.
@Suite struct `The way to the session` {
    /// The host is 10.5.0.1 on ens33, the person 10.5.0.2 in the same network; ens38 is free.
    private func refusals(_ yaml: String, server: String = "10.5.0.1", on link: String = "ens33", _ adjust: (inout PlanRequest) -> Void = { _ in }) throws -> [Refusal] {
        var host = try HostModel(nics: ["ens33", "ens38"])
        try host.address("ens33", "10.5.0.1/24")
        var request = PlanRequest(wanted: try Topology.parse(yaml, file: "t.yaml").network, actual: host.network)
        request.facts.session = HostFacts.Session(
            localAddress: try IPAddress(server), remoteAddress: try IPAddress("10.5.0.2"), link: try LinkName(link))
        adjust(&request)
        return Planner.plan(request).refusals
    }

    @Test func `a prefix that becomes narrower takes the way along`() throws {
        let refusals = try refusals("version: 1\nethernets: {ens33: {addresses: [10.5.0.1/32]}}\n")
        #expect(refusals.map(\.kind) == [.session])
        #expect(refusals.first?.message.contains("changes the way to 10.5.0.2") == true)
    }

    @Test(arguments: ["10.5.0.3/25", "10.5.0.2/32"])
    func `a new address whose network takes in the other end takes the way over`(address: String) throws {
        let refusals = try refusals("version: 1\nethernets: {ens38: {addresses: [\(address)]}}\n")
        #expect(refusals.map(\.kind) == [.session])
        #expect(refusals.first?.link.text == "ens38")
    }

    @Test func `a route that leads nowhere cuts a session with the host's own address on lo`() throws {
        let yaml = "version: 1\nroutes: [{to: 10.5.0.2/32, type: blackhole}]\n"
        #expect(try refusals(yaml, server: "10.7.0.7").map(\.kind) == [.session])
        #expect(try refusals(yaml, server: "10.7.0.7") { $0.hasConsole = true } == [])
    }

    @Test func `going back is refused like any other change where somebody asks for it, and never after a failure`() throws {
        let yaml = "version: 1\nethernets: {ens33: {addresses: [10.5.0.1/32]}}\n"
        #expect(try refusals(yaml) { ($0.isRollback, $0.isRollbackAsked) = (true, true) }.map(\.kind) == [.session])
        #expect(try refusals(yaml) { $0.isRollback = true } == [])
    }

    @Test func `what leaves the way alone is not refused`() throws {
        #expect(try refusals("version: 1\nethernets: {ens33: {addresses: [10.5.0.1/23]}}\n") == [])
        #expect(try refusals("version: 1\nethernets: {ens38: {addresses: [10.6.0.1/24]}}\n") == [])
        #expect(try refusals("version: 1\nbridges: {br0: {ports: [ens38]}}\n") == [])
    }
}
