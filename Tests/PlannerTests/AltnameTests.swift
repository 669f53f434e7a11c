import HostNetwork
import Planner
import Testing
import Topology

@Suite struct `Further names` {
    private func plan(_ yaml: String) throws -> Plan {
        var host = try HostModel(nics: ["ens33", "ens37"])
        host.network[try LinkName("ens33")]?.alternativeNames = []
        host.network[try LinkName("ens37")]?.alternativeNames = ["lan0"]
        return Planner.plan(PlanRequest(wanted: try Topology.parse(yaml, file: "t.yaml").network, actual: host.network))
    }

    @Test(arguments: ["lan0", "ens37"])
    func `a name that a link keeps which the file leaves alone is refused`(name: String) throws {
        let plan = try plan("version: 1\nethernets: {ens33: {altnames: [\(name)]}}\n")
        #expect(plan.refusals.map(\.message) == ["ens33 cannot have the name \(name): ens37 has it"])
    }

    @Test func `a name changes its link where the file says so`() throws {
        let plan = try plan("version: 1\nethernets: {ens33: {altnames: [lan0]}, ens37: {altnames: []}}\n")
        #expect(plan.refusals == [])
        let (giver, taker) = (try LinkName("ens37"), try LinkName("ens33"))
        #expect(plan.steps.flatMap(\.actions) == [.removeName("lan0", from: giver), .addName("lan0", to: taker)])
    }
}
