import Change
import HostNetwork
import Planner
import Testing

/// What a bridge tells of its timers while it is in a spanning tree.
@Suite struct `Spanning trees and timers` {
    /// br0 is below br1, which is the root; both run the protocol over a veth pair.
    private static func build(_ lab: Lab) throws {
        try lab.ip(
            """
            link add br1 type bridge stp_state 1 priority 4096 forward_delay 400 hello_time 100 max_age 800 ageing_time 6000
            link add veth0 type veth peer name veth1
            link set veth1 master br1
            link set veth0 up
            link set veth1 up
            link set br1 up
            """)
    }

    private static let file = """
        version: 1
        bridges:
          br0: {ports: [veth0], stp: true, priority: 8192, forward_delay: 15, hello_time: 2, max_age: 20, ageing_time: 300}
        """

    @Test func `a bridge below another root tells the root's timers, and that is no difference`() async throws {
        try await Lab.with { lab in
            try Self.build(lab)
            _ = try lab.carryOut(try lab.request(Self.file))
            // Until br0 has heard of its root and the tree stands still.
            for _ in 0..<300 {
                let bridge = try #require(try lab.request(HostNetwork()).actual[try LinkName("br0")])
                if bridge.overriddenOptions.contains(OptionRow.forwardDelay.id), bridge.options.number(.forwardDelay) == 400 { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            let below = try #require(try lab.request(HostNetwork()).actual[try LinkName("br0")])
            #expect(below.options.number(.forwardDelay) == 400)
            for row in OptionRow.rootTimers { #expect(below.overriddenOptions.contains(row.id), "\(row.name)") }
            let root = try #require(try lab.request(HostNetwork()).actual[try LinkName("br1")])
            for row in OptionRow.rootTimers { #expect(!root.overriddenOptions.contains(row.id), "\(row.name)") }

            let plan = Planner.plan(try lab.request(Self.file))
            #expect(plan.steps.map(\.changes) == [])
            #expect(plan.notes.contains { $0.message.contains("its spanning tree decides") && $0.message.contains("forward_delay") })

            // Its own timers were never lost: alone, it has them again.
            try lab.ip("link set veth1 down")
            for _ in 0..<600 {
                let bridge = try #require(try lab.request(HostNetwork()).actual[try LinkName("br0")])
                if !bridge.overriddenOptions.contains(OptionRow.forwardDelay.id), bridge.options.number(.forwardDelay) == 1500 { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try lab.request(HostNetwork()).actual[try LinkName("br0")]?.options.number(.forwardDelay) == 1500)
        }
    }

    @Test func `while the tree changes, the faster ageing is no difference either`() async throws {
        try await Lab.with { lab in
            try Self.build(lab)
            // br1 becomes root, its port learns and forwards: that is a change of the tree, for max_age + forward_delay.
            var wasSeen = false
            for _ in 0..<300 {
                let bridge = try #require(try lab.request(HostNetwork()).actual[try LinkName("br1")])
                if bridge.overriddenOptions.contains(OptionRow.ageingTime.id) {
                    wasSeen = true
                    #expect(bridge.options.number(.ageingTime) == 800)
                    var request = PlanRequest(wanted: HostNetwork(), actual: try lab.request(HostNetwork()).actual)
                    var want = Link(try LinkName("br1"), kind: .bridge)
                    want.options[.ageingTime] = .number(6000)
                    request.wanted[want.name] = want
                    let isStill = request.actual[want.name]?.overriddenOptions.contains(OptionRow.ageingTime.id) == true
                    if isStill { #expect(Planner.plan(request).steps.isEmpty) }
                    break
                }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(wasSeen)
        }
    }
}
