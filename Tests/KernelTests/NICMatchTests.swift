import Change
import HostNetwork
import Netlink
import Planner
import Testing
import Topology

@Suite struct `NICs known by something else than their names` {
    @Test func `a NIC is found by its MAC address and its driver, in its bond too, and the next plan is empty`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            try lab.ip("link add veth0 type veth peer name veth1")
            let file = """
                version: 1
                ethernets:
                  left: {match: {mac: "02:00:00:00:00:01"}}
                  right: {match: {mac: "02:00:00:00:00:02", driver: dummy}}
                bonds: {bond0: {ports: [left, right], mode: 1, miimon: 100}}
                """
            func request() throws -> PlanRequest {
                let topology = try Topology.parse(file, file: "t.yaml")
                #expect(topology.asksForHardware)
                var kernel = try lab.connect()
                var network = try kernel.snapshot()
                kernel.readHardware(of: &network)
                #expect(network[try LinkName("ens33")]?.driver == "dummy")
                #expect(network[try LinkName("veth0")]?.driver == "veth")
                return try lab.request(try topology.resolved(on: network).network)
            }
            let outcome = try lab.carryOut(try request())
            guard case .done = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(try lab.links()["ens33"]?["master"] as? String == "bond0")
            #expect(try lab.links()["ens37"]?["master"] as? String == "bond0")
            // In the bond all ports have one address, and are found by the one that they came with.
            #expect(Planner.plan(try request()).isEmpty)
        }
    }
}
