import HostNetwork
import Planner
import TestSupport
import Testing
import Topology

@Suite struct `Random pairs of topologies` {
    /// The files that hold; a generator that makes mostly invalid ones would prove nothing.
    static func files(_ seeds: Range<UInt64>) -> [String] {
        seeds.map { RandomTopology.yaml(seed: $0) }.filter { (try? Topology.parse($0, file: "t.yaml")) != nil }
    }

    @Test func `nearly all generated files are valid, and they are not all alike`() {
        let files = Self.files(0..<400)
        #expect(files.count > 300)
        #expect(Set(files).count > 250)
        for word in ["bonds:", "vlans:", "bridges:", "ethernets:", "gateway:", "table: 100", "802.1ad", "primary:", "2001:db8", "nexthops:", "type: blackhole", "rules:", "action: prohibit", "access:", "native:", "self:"] {
            #expect(files.contains { $0.contains(word) }, "\(word)")
        }
    }

    @Test func `from any topology to any other, and then no changes`() throws {
        let files = Self.files(0..<1200)
        for (first, second) in zip(files, files.dropFirst()) {
            var host = try HostModel(nics: RandomTopology.nics)
            for file in [first, second] {
                let plan = try host.apply(file) { $0.allowsOutage = true }
                let again = try host.plan(file) { $0.allowsOutage = true }
                #expect(plan.refusals.isEmpty && again.isEmpty, "\(first)\(second)refused \(plan.refusals.map(\.message)) left \(again.outline)")
            }
        }
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
