import Foundation
import HostNetwork
import Netlink
import Planner
import TestSupport
import Testing
import Topology

/// What the planner says a step costs, held against what the kernel does.
@Suite struct `Impact on a real kernel` {
    /// Carries a plan out step by step, and listens to the kernel after each.
    private struct Watch {
        var counts: [Impact: Int] = [:]
        var means: [StepImpact.Means: Int] = [:]
        var wrong: [String] = []

        mutating func follow(_ plan: Plan, from before: HostNetwork, in lab: Lab) throws {
            var kernel = try lab.connect()
            var monitor = try LinkMonitor.open(in: lab.namespace)
            let indexes = Dictionary(uniqueKeysWithValues: before.links.values.compactMap { link in link.index.map { ($0, link.name) } })
            var isUp = before.links.mapValues { $0.isUp == true }
            var losers: Set<LinkName> = []
            var disturbed: Set<LinkName> = []
            var gone: Set<LinkName> = []

            func take(_ events: [LinkMonitor.Event], _ step: (number: Int, impact: Impact)?) {
                for event in events {
                    guard let name = indexes[event.index], !gone.contains(name) else { continue }
                    // What `ip link set … down` does is told before the message is acknowledged, and so belongs to this step.
                    if let step, step.impact == .none, isUp[name] == true, !event.isUp || event.isDeleted {
                        wrong.append("step \(step.number) was to disturb nobody, and \(name) went down")
                    }
                    isUp[name] = event.isUp && !event.isDeleted
                    // A carrier's loss is told a moment later, and belongs to the plan.
                    // What an empty bridge tells as its carrier means nothing, and goes with its first port until that forwards.
                    let isEmpty = before[name]?.kind == .bridge && before.ports(of: name).isEmpty
                    if before[name]?.hasCarrier == true, !isEmpty, !event.hasCarrier || event.isDeleted { losers.insert(name) }
                }
            }

            for (place, step) in plan.steps.enumerated() {
                counts[step.impact.impact, default: 0] += 1
                means[step.impact.means, default: 0] += 1
                // A link that nobody uses goes, and nobody is disturbed: an empty bridge.
                for case .delete(let names) in step.actions { gone.formUnion(names) }
                for action in step.actions {
                    for failure in try kernel.perform([action]) {
                        switch failure.action {
                        // The kernel drops routes with their addresses, and both with their link.
                        case .removeRoute, .removeAddress: break
                        default: wrong.append("step \(place + 1): \(failure)")
                        }
                    }
                }
                take(try monitor.events(), (place + 1, step.impact.impact))
                guard step.impact.impact > .none else { continue }
                disturbed.formUnion(step.subjects)
                disturbed.formUnion(step.impact.affected.map(\.link))
                for name in step.subjects { if let master = before[name]?.master { disturbed.insert(master) } }
                // The ports that a step on their bond takes out and puts back.
                for case .change(let link) in step.actions { disturbed.insert(link.name) }
            }
            take(try monitor.events(waiting: 200), nil)
            take(try monitor.events(), nil)
            for name in losers.subtracting(disturbed).sorted() { wrong.append("\(name) lost its carrier, and no step was to disturb it") }
        }
    }

    @Test func `no step that is said to disturb nobody takes a link down, and every class of impact occurs`() async throws {
        var watch = Watch()
        for (seed, first, second) in `Random pairs of topologies on a real kernel`.pairs {
            try await Lab.with { lab in
                try lab.nicsUp(RandomTopology.nics)
                try lab.ip(`Random pairs of topologies on a real kernel`.foreign)
                try lab.apply(first) { $0.allowsOutage = true }
                let request = try lab.request(second) { $0.allowsOutage = true }
                try watch.follow(Planner.plan(request), from: request.actual, in: lab)
                #expect(watch.wrong == [], "seed \(seed)\n\(first)\(second)")
                watch.wrong = []
            }
        }
        let counts = Impact.allCases.map { "\($0.rawValue) \(watch.counts[$0] ?? 0)" }.joined(separator: ", ")
        let means = StepImpact.Means.allCases.map { "\($0.rawValue) \(watch.means[$0] ?? 0)" }.joined(separator: ", ")
        print("steps by what is done in them: \(means)")
        print("steps by impact in \(`Random pairs of topologies on a real kernel`.pairs.count) pairs: \(counts)")
        for impact in Impact.allCases { #expect(watch.counts[impact, default: 0] > 0, "\(impact)") }
        for means in StepImpact.Means.allCases { #expect(watch.means[means, default: 0] > 0, "\(means)") }
    }

    /// Every option of a bond, a VLAN, a bridge and its port that the plan says can change without a loss, each way.
    private static func calm(_ isOther: Bool) -> String {
        """
        version: 1
        bonds:
          bond0:
            ports: [calm]
            mode: active-backup
            miimon: 100
            updelay: \(isOther ? 200 : 0)
            downdelay: \(isOther ? 200 : 0)
            resend_igmp: \(isOther ? 3 : 1)
            num_peer_notif: \(isOther ? 3 : 1)
            all_slaves_active: \(isOther)
            description: \(isOther ? "b" : "a")
        vlans:
          bond0.7: {parent: bond0, id: 7, gvrp: \(isOther), txqueuelen: \(isOther ? 500 : 1000)}
        bridges:
          br0:
            ports: [{name: bond0.7, hairpin: \(isOther), fastleave: \(isOther)}]
            addresses: [10.77.0.1/24\(isOther ? ", 10.78.0.1/24" : "")]
            ageing_time: \(isOther ? 60 : 300)
            hello_time: \(isOther ? 3 : 2)
            forward_delay: \(isOther ? 4 : 15)
            group_fwd_mask: \(isOther ? 8 : 0)
            vlan_stats_enabled: \(isOther)
            description: \(isOther ? "y" : "x")
        """
    }

    @Test func `a ping of a thousand a second through all that changes live loses no frame`() async throws {
        try await Lab.with { lab in
            try await Lab.with { peer in
                try lab.ip("link add calm type veth peer name there netns \(peer.name)\nlink set calm up")
                try peer.ip("link set there up\nlink add there.7 link there type vlan id 7\naddr add 10.77.0.2/24 dev there.7\nlink set there.7 up")
                try lab.apply(Self.calm(false))
                _ = try Lab.run(["ip", "netns", "exec", peer.name, "ping", "-c", "3", "-i", "0.2", "10.77.0.1"])

                let ping = Process()
                ping.executableURL = URL(filePath: "/usr/bin/env")
                ping.arguments = ["ip", "netns", "exec", peer.name, "ping", "-q", "-i", "0.001", "-c", "4000", "10.77.0.1"]
                let output = Pipe()
                ping.standardOutput = output
                try ping.run()
                var rounds = 0
                var changes = 0
                while ping.isRunning {
                    rounds += 1
                    let request = try lab.request(Self.calm(rounds % 2 == 1))
                    let plan = Planner.plan(request)
                    let costs = plan.steps.filter { $0.impact.impact > .none }.map { "\($0.subject) \($0.impact.reasons)" }
                    // Only the address that comes and goes is felt, by itself.
                    #expect(costs.filter { !$0.contains("10.78.0.1") } == [])
                    var kernel = try lab.connect()
                    for step in plan.steps { #expect(try kernel.perform(step.actions).isEmpty) }
                    changes += plan.steps.reduce(0) { $0 + $1.changes.count }
                }
                let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                print("\(changes) live changes in \(rounds) rounds during 4000 pings")
                #expect(text.contains("4000 packets transmitted, 4000 received"), "\(text)")
                #expect(changes > 20)
            }
        }
    }
}
