import HostNetwork
import Planner
import Report
import Testing

@Suite struct PlanTextTests {
    @Test func `scratch`() throws {
        print(PlanText(try Fixtures.bondBridgeVLANs(), file: "bond-brvlan.yaml").text)
        print(PlanText(try Fixtures.bondBridgeVLANs(), file: "bond-brvlan.yaml", style: Style(color: true, width: 60)).text)
    }
}
