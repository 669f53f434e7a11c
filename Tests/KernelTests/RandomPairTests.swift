import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import TestSupport
import Testing
import Topology

@Suite struct `Random pairs of topologies on a real kernel` {
    /// Where the seeds begin and how many pairs are tried; a longer run sets the environment.
    static let first = UInt64(ProcessInfo.processInfo.environment["WEFT_SEED"] ?? "") ?? 10_000
    static let count = Int(ProcessInfo.processInfo.environment["WEFT_PAIRS"] ?? "") ?? 16

    static let pairs: [(UInt64, String, String)] = {
        let seeds = first..<(first + UInt64(count) * 2)
        let files = seeds.map { ($0, RandomTopology.yaml(seed: $0, hasMoreOptions: true)) }.filter { (try? Topology.parse($0.1, file: "t.yaml")) != nil }
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

    /// Goes from the first file to the second, and back to where it began.
    /// - Returns: what is not as it should be.
    private static func problem(_ first: String, _ second: String) async throws -> String? {
        var stated: Set<String> = []
        try await Lab.with { clean in
            try clean.nicsUp(RandomTopology.nics)
            if try clean.problem(applying: second, { $0.allowsOutage = true }) == nil {
                stated = try clean.facts(stated: try Topology.parse(second, file: "t.yaml").network)
            }
        }
        var problems: [String] = []
        try await Lab.with { lab in
            try lab.nicsUp(RandomTopology.nics, and: Self.foreign)
            let bare = try Station(lab)
            if let problem = try lab.problem(applying: first, { $0.allowsOutage = true }) { return problems.append("the first: \(problem)") }
            let middle = try Station(lab)
            if let problem = try lab.problem(applying: second, { $0.allowsOutage = true }) { return problems.append("the second: \(problem)") }
            let difference = Lab.difference(stated, try lab.facts(stated: try Topology.parse(second, file: "t.yaml").network))
            if difference != [] { problems.append("not as on a clean host: \(difference)") }
            for station in [middle, bare] {
                let problem = try station.goBack(lab)
                let difference = Lab.difference(station.picture, try lab.picture())
                if problem != nil || difference != [] { problems.append("\(problem ?? "on the way back") \(difference)") }
            }
        }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// What kind of failure it is, so that a smaller pair fails for the same reason.
    private static func kind(of problem: String) -> Substring { problem.prefix { !"[\"".contains($0) }.prefix(40) }

    @Test func `from any to any other, then no changes and all as on a clean host, and back to where it began without a trace`() async throws {
        #expect(Self.pairs.count == Self.count)
        for (place, (seed, first, second)) in Self.pairs.enumerated() {
            if place > 0, place.isMultiple(of: 50) { print("\(place) pairs") }
            guard let problem = try await Self.problem(first, second) else { continue }
            let small = try await Shrinking.smallest((first, second), most: 60) { first, second in
                let isValid = [first, second].allSatisfy { (try? Topology.parse($0, file: "t.yaml")) != nil }
                return isValid ? try await Self.problem(first, second).map { Self.kind(of: $0) } == Self.kind(of: problem) : false
            }
            Issue.record("seed \(seed): \(problem)\nand so do these:\n\(small.0)\(small.1)\nas a whole:\n\(first)\(second)")
        }
        print("\(Self.pairs.count) pairs, there and back")
    }
}

extension Lab {
    /// All that a wanted network says, in the words of `ip` and `bridge`, which know nothing of weft. What it leaves open is left out.
    fileprivate func facts(stated wanted: HostNetwork) throws -> Set<String> {
        var facts: Set<String> = []
        let answers = try answers(to: ["link show", "addr show"])
        let links = Dictionary(answers[0].map { ($0["ifname"] as? String ?? "", $0) }) { first, _ in first }
        let addresses = Dictionary(grouping: answers[1]) { $0["ifname"] as? String ?? "" }
        let tables = wanted.bridgeVLANs.isEmpty ? [:] : Dictionary(grouping: try bridgeJSON("vlan")) { $0["ifname"] as? String ?? "" }
        for want in wanted.sortedLinks where want.isPresent {
            let name = want.name.text
            let judge = try #require(links[name], "\(name) is not there")
            let info = judge["linkinfo"] as? [String: Any] ?? [:]
            func add(_ what: String, _ value: Any?) { facts.insert("\(name) \(what): \(value.map { "\($0)" } ?? "none")") }
            add("kind", info["info_kind"])
            if want.attachment != nil { add("master", judge["master"]) }
            if want.parent != nil { add("parent", judge["link"]) }
            if want.isUp != nil { add("up", (judge["flags"] as? [String])?.contains("UP")) }
            if want.mtu != nil { add("mtu", judge["mtu"]) }
            if want.mac != nil { add("mac", judge["address"]) }
            if want.txQueueLength != nil { add("queue", judge["txqlen"]) }
            if want.alias != nil { add("description", judge["ifalias"] ?? "") }
            if want.alternativeNames != nil { add("altnames", (judge["altnames"] as? [String] ?? []).sorted()) }
            if want.addressGeneration != nil { add("addr_gen_mode", judge["inet6_addr_gen_mode"]) }
            for (values, data) in [(want.options, info["info_data"]), (want.portOptions, info["info_slave_data"])] {
                for entry in values.entries {
                    guard let row = OptionRow.with(id: entry.id), !NetlinkJudge.unprinted.contains(row.name) else { continue }
                    add(row.name, NetlinkJudge.text(of: row, in: data as? [String: Any] ?? [:]))
                }
            }
            let present = (addresses[name]?.first?["addr_info"] as? [[String: Any]] ?? []).map { "\($0["local"] ?? "")/\($0["prefixlen"] ?? "")" }
            for address in want.addresses ?? [] { add("\(address.network)", present.contains(address.network.description)) }
            if wanted.bridgeVLANs[want.name] != nil { add("VLANs", (tables[name] ?? []).map { Self.words($0) }.sorted()) }
        }
        var kernel = try KernelConnection.open(in: namespace)
        let routes = Set(try kernel.snapshot().routes.map(\.key))
        for route in wanted.routes { facts.insert("route \(route.display): \(routes.contains(route.key))") }
        return facts
    }
}
