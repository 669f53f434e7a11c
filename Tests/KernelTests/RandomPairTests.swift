import Change
import Foundation
import HostNetwork
import Planner
import TestSupport
import Testing
import Topology

@Suite struct `Random pairs of topologies on a real kernel` {
    /// Where the seeds begin and how many pairs are tried; a longer run sets the environment.
    static let first = UInt64(ProcessInfo.processInfo.environment["WEFT_SEED"] ?? "") ?? 10_000
    static let count = Int(ProcessInfo.processInfo.environment["WEFT_PAIRS"] ?? "") ?? 40

    static let pairs: [(UInt64, String, String)] = {
        let seeds = first..<(first + UInt64(count) * 2)
        let files = seeds.map { ($0, RandomTopology.yaml(seed: $0)) }.filter { (try? Topology.parse($0.1, file: "t.yaml")) != nil }
        return Array(zip(files, files.dropFirst()).map { ($0.0, $0.1, $1.1) }.prefix(count))
    }()

    @Test func `from any to any other, then no changes, and back to the checkpoint without a trace`() async throws {
        #expect(Self.pairs.count == Self.count)
        for (seed, first, second) in Self.pairs {
            try await Lab.with { lab in
                try lab.nicsUp(RandomTopology.nics)
                try lab.apply(first) { $0.allowsOutage = true }
                let before = try lab.picture()
                let checkpoint = try lab.request(HostNetwork()).actual
                try lab.apply(second) { $0.allowsOutage = true }
                let outcome = try lab.carryOut(try lab.request(checkpoint.asCheckpoint) { $0.isRollback = true })
                switch outcome {
                case .done, .nothingToDo: break
                case .rolledBack(let failure): Issue.record("seed \(seed): the way back failed: \(failure)\n\(first)\(second)")
                case .notRolledBack(let failure, let left): Issue.record("seed \(seed): the way back failed: \(failure) \(left)\n\(first)\(second)")
                }
                let difference = Lab.difference(before, try lab.picture())
                #expect(difference == [], "seed \(seed)\n\(first)\(second)")
            }
        }
    }
}
