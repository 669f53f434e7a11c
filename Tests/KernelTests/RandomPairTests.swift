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

    /// What is on the host before weft comes: addresses and routes that the files may take over, cut off or leave alone.
    static let foreign = """
        addr add 10.1.0.1/24 dev nic0
        addr add 10.1.0.77/24 dev nic0
        addr add 10.2.0.1/24 dev nic1
        addr add 2001:db8:1::1/64 dev nic1 nodad
        route add default via 10.1.0.254 dev nic0 proto static metric 20
        route add 192.168.77.0/24 via 10.2.0.254 dev nic1 table 100
        route add 2001:db8:77::/48 via 2001:db8:1::fe dev nic1
        link add nic5.999 link nic5 type vlan id 999
        link set nic5.999 up
        addr add 10.99.0.1/24 dev nic5.999
        route add 192.168.99.0/24 via 10.99.0.254 dev nic5.999
        link add other type bridge
        link set other up
        """

    /// A state to come back to, and how `ip` sees it.
    struct Station {
        let picture: Set<String>
        let checkpoint: HostNetwork

        init(_ lab: Lab) throws {
            picture = try lab.picture()
            checkpoint = try lab.request(HostNetwork()).actual
        }

        /// Plans back, and does it.
        /// - Returns: what went wrong.
        func goBack(_ lab: Lab) throws -> String? {
            switch try lab.carryOut(try lab.request(checkpoint.asCheckpoint) { $0.isRollback = true }) {
            case .done, .nothingToDo: nil
            case .rolledBack(let failure): "the way back failed: \(failure)"
            case .notRolledBack(let failure, let left): "the way back failed: \(failure) \(left)"
            }
        }
    }

    @Test func `from any to any other, then no changes, and back to where it began without a trace`() async throws {
        #expect(Self.pairs.count == Self.count)
        for (seed, first, second) in Self.pairs {
            try await Lab.with { lab in
                try lab.nicsUp(RandomTopology.nics)
                try lab.ip(Self.foreign)
                let bare = try Station(lab)
                try lab.apply(first) { $0.allowsOutage = true }
                let middle = try Station(lab)
                try lab.apply(second, after: first) { $0.allowsOutage = true }
                for station in [middle, bare] {
                    let problem = try station.goBack(lab)
                    let difference = Lab.difference(station.picture, try lab.picture())
                    if problem != nil || difference != [] { Issue.record("seed \(seed): \(problem ?? "") \(difference)\n\(first)\(second)") }
                }
            }
        }
    }
}
