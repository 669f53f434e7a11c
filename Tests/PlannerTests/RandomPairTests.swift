import HostNetwork
import Planner
import TestSupport
import Testing
import Topology

@Suite struct `Random pairs of topologies` {
    /// The files that hold; a generator that makes mostly invalid ones would prove nothing.
    static func files(_ seeds: Range<UInt64>) -> [String] {
        seeds.map { RandomTopology.yaml(seed: $0, hasMoreOptions: true) }.filter { (try? Topology.parse($0, file: "t.yaml")) != nil }
    }

    @Test func `nearly all generated files are valid, and they are not all alike`() {
        let files = Self.files(0..<400)
        #expect(files.count > 300)
        #expect(Set(files).count > 250)
        for word in ["bonds:", "vlans:", "bridges:", "ethernets:", "gateway:", "table: 100", "802.1ad", "primary:", "2001:db8", "nexthops:", "type: blackhole", "rules:", "action: prohibit", "access:", "native:", "self:"] {
            #expect(files.contains { $0.contains(word) }, "\(word)")
        }
    }

    /// Applies both files one after the other.
    /// - Returns: what was refused, or left to do.
    private static func problem(_ first: String, _ second: String) throws -> String? {
        var host = try HostModel(nics: RandomTopology.nics)
        for file in [first, second] {
            let plan = try host.apply(file) { $0.allowsOutage = true }
            let again = try host.plan(file) { $0.allowsOutage = true }
            if !plan.refusals.isEmpty || !again.isEmpty { return "refused \(plan.refusals.map(\.message)) left \(again.outline)" }
        }
        return nil
    }

    @Test func `from any topology to any other, and then no changes`() async throws {
        let files = Self.files(0..<1200)
        for pair in zip(files, files.dropFirst()) {
            guard let problem = try Self.problem(pair.0, pair.1) else { continue }
            let small = try await Shrinking.smallest(pair) { try [$0, $1].allSatisfy { Self.isValid($0) } && Self.problem($0, $1) != nil }
            Issue.record("\(problem), and so do these:\n\(small.0)\(small.1)")
        }
    }

    private static func isValid(_ file: String) -> Bool { (try? Topology.parse(file, file: "t.yaml")) != nil }

    @Test func `a pair that fails is made as small as it can be`() async throws {
        let files = Self.files(0..<400)
        let bond = try #require(files.first { $0.contains("primary:") && $0.contains("bridges:") && $0.contains("rules:") })
        let routes = try #require(files.first { $0.contains("nexthops:") && $0.contains("bonds:") })
        let small = try await Shrinking.smallest((bond, routes)) { first, second in
            Self.isValid(first) && Self.isValid(second) && first.contains("primary:") && second.contains("bonds:")
        }
        #expect(small.0.split(separator: "\n").count == 3 && small.0.contains("{primary: nic") && !small.0.contains(","), "\(small.0)")
        #expect(small.1.split(separator: "\n").count == 3 && !small.1.contains("{to:"), "\(small.1)")
    }

    @Test func `a checkpoint leads back from any topology to any other`() throws {
        let files = Self.files(2000..<2800)
        for (first, second) in zip(files, files.dropFirst()) {
            var host = try HostModel(nics: RandomTopology.nics)
            try host.apply(first) { $0.allowsOutage = true }
            let before = host.network
            try host.apply(second) { $0.allowsOutage = true }
            var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
            back.isRollback = true
            let plan = Planner.plan(back)
            back.actual = host.network.applying(plan.steps.flatMap(\.actions))
            let rest = Planner.plan(back)
            #expect(plan.refusals.isEmpty && rest.isEmpty, "\(first)\(second)refused \(plan.refusals.map(\.message)) left \(rest.outline)")
        }
    }
}
