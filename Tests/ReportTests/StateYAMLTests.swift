import HostNetwork
import Planner
import Report
import Testing
import Topology

@Suite struct StateYAMLTests {
    @Test func `scratch`() throws {
        let host = try Fixtures.host()
        let text = StateYAML(host).text
        print(text)
        do {
            let topology = try Topology.parse(text, file: "host.yaml")
            print(PlanText(Planner.plan(PlanRequest(wanted: topology.network, actual: host)), file: "host.yaml").text)
        } catch {
            print(error.rendered(color: false))
        }
    }
}
