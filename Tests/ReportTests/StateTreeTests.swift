import HostNetwork
import Report
import Testing

@Suite struct StateTreeTests {
    @Test func `scratch`() throws {
        print(StateTree(try Fixtures.host()).text())
        print(StateTree(try Fixtures.host()).text(Style(color: false, width: 80)))
        for name in ["bond0", "br1", "br1.20", "ens40", "ens33"] {
        print(LinkSheet(try Fixtures.host(), try LinkName(name))!.text()) }
    }
}
