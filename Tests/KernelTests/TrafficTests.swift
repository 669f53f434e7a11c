import Change
import HostNetwork
import Netlink
import Planner
import Testing
import Topology

/// How much is sent, which no busy machine can blur: the counts stand for the times.
@Suite("What is sent to the kernel")
struct TrafficTests {
    private static func trunk(_ count: Int, from first: Int = 2) -> String {
        """
        version: 1
        bonds: {bond0: {ports: [d0, d1], mode: active-backup, miimon: 100}}
        trunks: {bond0: {vlans: [\(first)-\(first + count - 1)]}}
        """
    }

    /// Applies a file over one connection, and answers what that connection has sent.
    private func sent(_ yaml: String, in lab: Lab, _ adjust: (inout PlanRequest) -> Void = { _ in }) throws -> Statistics {
        let request = try lab.request(yaml, adjust)
        var kernel = try lab.connect()
        let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
        let outcome = try Transaction(request: request, plan: Planner.plan(request)).carryOut(on: &kernel, directory: directory)
        switch outcome {
        case .done, .nothingToDo: return kernel.statistics
        case .rolledBack(let failure), .notRolledBack(let failure, _): throw failure
        }
    }

    @Test func `a file that the host fulfils is applied without one message that changes anything`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["d0", "d1"])
            let yaml = Self.trunk(20)
            _ = try sent(yaml, in: lab)
            let again = try sent(yaml, in: lab)
            #expect(again.writeMessages == 0)
            // One dump each of links, addresses, routes and whatever else a snapshot holds.
            #expect(again.messagesSent == again.dumps)
            #expect(again.sendCalls <= 5)
        }
    }

    @Test func `each VLAN and each bridge is one message, and hundreds of messages are few calls`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["d0", "d1"])
            let few = try sent(Self.trunk(10), in: lab)
            try lab.destroy()
            try lab.ip("link set d0 up\nlink set d1 up")
            let many = try sent(Self.trunk(200), in: lab)
            // What is not the pairs' is the same for any number of them: the bond, its ports, the dumps.
            #expect(few.writeMessages - 20 <= 8)
            #expect(many.writeMessages - few.writeMessages == 2 * 190)
            // Each dump is a call of its own: of the host afterwards, and of what belongs to the ports, before and after.
            #expect(many.sendCalls - many.dumps <= 4)
            #expect(many.sendCalls <= 12)
            let more = try sent(Self.trunk(210), in: lab)
            #expect(more.writeMessages == 20)
            #expect(more.sendCalls <= few.sendCalls)
        }
    }

    @Test func `links are deleted by group, two messages for sixty-four of them and one each`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["d0", "d1"])
            _ = try sent(Self.trunk(100), in: lab)
            let request = try lab.request(HostNetwork())
            let links = Planner.plan(request).removedLinks.count
            #expect(links == 201)
            var kernel = try lab.connect()
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            _ = try Transaction(request: request, plan: Planner.plan(request)).carryOut(on: &kernel, directory: directory)
            // A move to the scratch group each, a deletion for each 64, and the two ports that leave.
            #expect(kernel.statistics.writeMessages <= links + 4 + 6)
            #expect(try kernel.snapshot().links.values.allSatisfy { !$0.isOwned })
        }
    }
}
