import Foundation
import HostNetwork
import Netlink
import Planner
import TestSupport
import Testing
import Topology

/// What the planner calls live loses no frame: held against a ping of a thousand a second that goes through the links that change.
@Suite struct `Live changes under a ping` {
    /// How many of which were seen.
    private struct Tally {
        var steps = 0
        var changes: [String: Int] = [:]
        var frames = 0

        mutating func add(_ done: [Step], frames: Int) {
            steps += done.count
            self.frames += frames
            for change in done.flatMap(\.changes) { changes[change.field, default: 0] += 1 }
        }
    }

    private static func plan(_ lab: Lab, _ yaml: String) throws -> Plan {
        Planner.plan(try lab.request(yaml) { $0.allowsOutage = true })
    }

    private static func perform(_ steps: some Sequence<Step>, in lab: Lab) throws {
        var kernel = try lab.connect()
        for step in steps {
            for failure in try kernel.perform(step.actions) {
                switch failure.action {
                // The kernel drops routes with their addresses, and both with their link.
                case .removeRoute, .removeAddress: break
                default: Issue.record("\(failure)")
                }
            }
        }
    }

    @Test func `random pairs: no step that is said to spare the path loses a frame of it`() async throws {
        var tally = Tally()
        var pairs = 0
        var seed = `Random pairs of topologies on a real kernel`.first
        while pairs < (`Random pairs of topologies on a real kernel`.count + 1) / 2 {
            seed += 1
            let (first, second) = LivePath.pair(seed: seed)
            guard [first, second].allSatisfy({ (try? Topology.parse($0.yaml, file: "t.yaml")) != nil }) else { continue }
            pairs += 1
            try await LivePathLab.with(first.shape) { ends in
                try ends.lab.apply(first.yaml)
                guard try ends.isAlive() else { throw Lab.Failure(description: "seed \(seed): nothing comes through\n\(first.yaml)") }
                let plan = try Self.plan(ends.lab, second.yaml)
                #expect(plan.refusals.isEmpty, "seed \(seed) \(plan.refusals)\n\(first.yaml)\(second.yaml)")
                var rest = plan.steps[...]
                while !rest.isEmpty {
                    let calm = rest.prefix { ends.isCalm($0, second) }
                    let others = rest.dropFirst(calm.count).prefix { !ends.isCalm($0, second) }
                    rest = rest.dropFirst(calm.count + others.count)
                    if !calm.isEmpty, let (sent, answered) = try ends.pinged(500, { try Self.perform(calm, in: ends.lab) }) {
                        #expect(sent == answered, "seed \(seed): \(calm.map { "\($0.subject) \($0.changes)" })\n\(first.yaml)\(second.yaml)")
                        tally.add(Array(calm), frames: sent)
                    }
                    try Self.perform(others, in: ends.lab)
                    if !others.isEmpty, !(try ends.isAlive()) { throw Lab.Failure(description: "seed \(seed): cut off\n\(first.yaml)\(second.yaml)") }
                }
                #expect(try Self.plan(ends.lab, second.yaml).steps.map(\.changes) == [], "seed \(seed)\n\(first.yaml)\(second.yaml)")
            }
        }
        print("\(tally.steps) steps in \(pairs) pairs, during \(tally.frames) pings: \(tally.changes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
        #expect(tally.steps > pairs / 2)
    }

    /// The shapes in which all options can be had.
    private static let shapes: [LivePath.Shape] =
        [.balanceRR, .activeBackup, .ieee8023ad, .balanceALB].map { LivePath.Shape(mode: $0) } + [LivePath.Shape(mode: nil, hasVLAN: false, filters: true)]

    /// The rows that are tried on a shape: what every mode knows in one of them.
    private static func rows(_ shape: LivePath.Shape) -> [OptionRow] {
        OptionRow.all.filter { row in
            guard row.change == .live, row.since == nil, !LivePath.values(of: row).isEmpty else { return false }
            let isUsual = shape.mode == .activeBackup
            return switch row.scope {
            case .bond, .bondPort: shape.mode.map { row.modes.contains($0) } == true && (isUsual || row.modes != .all)
            case .vlan: isUsual
            case .bridge, .bridgePort: row.id == OptionRow.multicastVLANSnooping.id ? shape.filters : isUsual
            }
        }
    }

    @Test func `every option that changes live loses no frame where the plan says so`() async throws {
        var tally = Tally()
        var felt: Set<String> = []
        let modes: [BondMode] = [.balanceRR, .activeBackup, .ieee8023ad, .balanceALB]
        for shape in modes.map({ LivePath.Shape(mode: $0) }) + [LivePath.Shape(mode: nil, hasVLAN: false, filters: true)] {
            try await LivePathLab.with(shape) { ends in
                var path = LivePath(shape: shape)
                try ends.lab.apply(path.yaml)
                guard try ends.isAlive() else { throw Lab.Failure(description: "nothing comes through\n\(path.yaml)") }
                let base = try ends.lab.request(path.yaml)
                for round in 0..<3 {
                    path.options = [:]
                    for row in Self.rows(shape) {
                        let values = LivePath.values(of: row)
                        let words = "\(row.name): \(values[min(round, values.count - 1)])"
                        var alone = LivePath(shape: shape)
                        alone.options = [row.scope: [words]]
                        var request = base
                        guard let wanted = try? Topology.parse(alone.yaml, file: "t.yaml").network else { continue }
                        request.wanted = wanted
                        let isCalm = Planner.plan(request).steps.allSatisfy { $0.impact.impact == .none }
                        if isCalm { path.options[row.scope, default: []].append(words) } else { felt.insert(row.name) }
                    }
                    let plan = try Self.plan(ends.lab, path.yaml)
                    let calm = plan.steps.filter { $0.impact.impact == .none }
                    #expect(plan.refusals.isEmpty && calm.count == plan.steps.count, "\(plan.steps.map(\.impact.reasons))")
                    guard !calm.isEmpty, let (sent, answered) = try ends.pinged(600, { try Self.perform(calm, in: ends.lab) }) else { continue }
                    #expect(sent == answered, "\(calm.map { "\($0.subject) \($0.changes)" })")
                    tally.add(calm, frames: sent)
                }
            }
        }
        print("not without being felt: \(felt.sorted().joined(separator: " "))")
        print("\(tally.steps) steps during \(tally.frames) pings, of \(tally.changes.count) options: \(tally.changes.keys.sorted().joined(separator: " "))")
        #expect(tally.changes.count > 45)
    }
}
