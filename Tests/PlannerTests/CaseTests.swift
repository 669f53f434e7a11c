import Foundation
import HostNetwork
import Planner
import Report
import Testing
import Topology

/// Whole plans as a person reads them: each folder of `Cases` holds a topology, perhaps the one that was applied before it,
/// and the plan's text to the letter.
@Suite struct `Plans as text` {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")
    static let cases = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []).sorted()

    @Test func `there are cases`() { #expect(Self.cases.count > 8) }

    @Test(arguments: cases)
    func `the plan reads as written down`(_ name: String) throws {
        func text(_ file: String) throws -> String {
            try String(contentsOf: Self.folder.appending(path: "\(name)/\(file)"), encoding: .utf8)
        }
        func network(_ yaml: String) throws -> HostNetwork { try Topology.parse(yaml, file: "topology.yaml").network }
        var host = try HostModel(nics: ["ens33", "ens37", "ens38", "ens39", "ens40"])
        try host.address("ens33", "172.16.0.52/16")
        try host.route("ens33", to: "0.0.0.0/0", via: "172.16.0.1")
        if let before = try? text("before.yaml") { try host.apply(before) }

        let wanted = try network(try text("topology.yaml"))
        var request = PlanRequest(wanted: wanted, actual: host.network)
        request.portsPut = host.portsPut
        // A case that is given leave says so in a file of its own.
        if let leave = try? text("leave.txt") {
            request.mayRecreate = leave.contains("--allow-recreate") ? .all : .none
            request.allowsOutage = leave.contains("--allow-outage")
        }
        let plan = Planner.plan(request)
        if ProcessInfo.processInfo.environment["WEFT_WRITE_CASES"] == "1" {
            try (PlanText(plan, file: "topology.yaml").text + "\n").write(
                to: Self.folder.appending(path: "\(name)/plan.txt"), atomically: true, encoding: .utf8)
        }
        let written = try text("plan.txt")
        #expect(PlanText(plan, file: "topology.yaml").text + "\n" == written)

        // Whatever the plan is, carried out it leaves nothing to do, and its way back ends where it began.
        guard plan.refusals.isEmpty else { return }
        request.actual = host.network.applying(plan.steps.flatMap(\.actions))
        request.portsPut.formUnion(plan.portsPut)
        #expect(Planner.plan(request).steps.map(\.changes) == [])
        var back = PlanRequest(wanted: host.network.asCheckpoint, actual: request.actual)
        back.isRollback = true
        back.portsPut = request.portsPut
        let after = request.actual.applying(Planner.plan(back).steps.flatMap(\.actions))
        #expect(after.links == host.network.links)
        #expect(Set(after.routes) == Set(host.network.routes))
    }
}
