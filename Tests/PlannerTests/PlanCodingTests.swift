import Foundation
import HostNetwork
import Planner
import TestSupport
import Testing

@Suite struct `Plans as JSON` {
    @Test func `a request and its plan come back from JSON as they were, and always as the same text`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let files = `Random pairs of topologies`.files(5000..<5080)
        for (number, (first, second)) in zip(files, files.dropFirst()).enumerated() {
            var host = try HostModel(nics: RandomTopology.nics)
            try host.apply(first) { $0.allowsOutage = true }
            var asked: PlanRequest?
            let plan = try host.plan(second) { request in
                if number % 2 == 0 { request.scope = .only(Set(host.network.links.keys)) }
                request.portsPut = Set(host.network.links.keys)
                request.takeAlong = Set(request.wanted.links.keys)
                request.isRollback = number % 3 == 0
                asked = request
            }
            let request = try #require(asked)
            let text = try encoder.encode(request)
            let again = try JSONDecoder().decode(PlanRequest.self, from: text)
            #expect(again == request)
            #expect(try encoder.encode(again) == text)
            #expect(try JSONDecoder().decode(Plan.self, from: try encoder.encode(plan)) == plan)
            #expect(Planner.plan(again) == plan)
        }
        #expect(files.count > 50)
    }
}
