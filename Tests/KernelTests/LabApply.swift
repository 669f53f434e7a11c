import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import Testing
import Topology

/// Applying topologies in a lab's namespace, in this process: the way of the commands, without their words.
extension Lab {
    /// The repository's examples, by name.
    static let examples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../examples").standardized

    /// An example's text.
    static func example(_ name: String) throws -> String {
        try String(contentsOf: examples.appending(path: name), encoding: .utf8)
    }

    /// What a file asks for here and now, and its plan.
    func request(_ yaml: String, _ adjust: (inout PlanRequest) -> Void = { _ in }) throws -> PlanRequest {
        try request(try Topology.parse(yaml, file: "t.yaml").network, adjust)
    }

    func request(_ wanted: HostNetwork, _ adjust: (inout PlanRequest) -> Void = { _ in }) throws -> PlanRequest {
        var kernel = try KernelConnection.open(in: namespace)
        try kernel.learnBackports(of: wanted.optionRows)
        let network = try kernel.snapshot(vlanTables: wanted.concernsVLANTables)
        var request = PlanRequest(wanted: wanted, actual: network)
        let directory = StateDirectory.existing(cookie: kernel.namespaceCookie)
        request.portsPut = try PortRecord.load(from: directory).ports(in: network)
        request.lastOptions = try OptionRecord.load(from: directory).options
        request.mayRecreate = .all
        adjust(&request)
        let plan = Planner.plan(request)
        if plan.lacksBelongings(request) { request.actual.belongings = try kernel.belongings(of: Set(plan.disturbedLinks)) }
        return request
    }

    /// Carries a request out, whatever it removes.
    func carryOut(_ request: PlanRequest, caution: Caution = Caution(settle: 0)) throws -> Transaction.Outcome {
        let plan = Planner.plan(request)
        if !plan.refusals.isEmpty { throw Failure(description: "refused: \(plan.refusals.map(\.message))") }
        var kernel = try connect()
        try kernel.learnBackports(of: request.wanted.optionRows)
        let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
        return try Transaction(request: request, plan: plan).carryOut(on: &kernel, directory: directory, caution: caution)
    }

    /// Applies a file, which must end well, and must leave nothing to do.
    func apply(
        _ yaml: String, after former: String = "", _ adjust: (inout PlanRequest) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        guard let problem = try problem(applying: yaml, adjust) else { return }
        Issue.record("\(problem)\n\(former)\(yaml)", sourceLocation: sourceLocation)
    }

    /// Applies a file.
    /// - Returns: what went wrong, or is left to do.
    func problem(applying yaml: String, _ adjust: (inout PlanRequest) -> Void = { _ in }) throws -> String? {
        do {
            switch try carryOut(try request(yaml, adjust)) {
            case .done, .nothingToDo: break
            case .rolledBack(let failure): return "rolled back: \(failure)"
            case .notRolledBack(let failure, let left): return "NOT rolled back: \(failure) \(left)"
            }
        } catch let failure as Failure {
            return failure.description
        }
        let again = Planner.plan(try request(yaml, adjust))
        let rest = again.steps.map { "\($0.subject) \($0.changes)" } + again.refusals.map(\.message)
        return rest.isEmpty ? nil : "left to do: \(rest)"
    }

    /// Takes everything of weft's away, which must end well.
    func destroy(allowsOutage: Bool = false, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let outcome = try carryOut(try request(HostNetwork()) { $0.allowsOutage = allowsOutage })
        switch outcome {
        case .done, .nothingToDo: break
        case .rolledBack(let failure): Issue.record("rolled back: \(failure)", sourceLocation: sourceLocation)
        case .notRolledBack(let failure, let left): Issue.record("NOT rolled back: \(failure) \(left)", sourceLocation: sourceLocation)
        }
    }

    /// Stand-in NICs that are up, as a host's are, and what else `ip` is to prepare.
    func nicsUp(_ names: [String], and more: String = "") throws {
        try ip(Self.adding(names) + "\n" + names.map { "link set \($0) up" }.joined(separator: "\n") + "\n" + more)
    }

    /// The whole state as `ip` tells it, a line a fact, without what comes and goes by itself: so that two states can be
    /// compared, and what differs is short to read.
    func picture() throws -> Set<String> {
        var facts: Set<String> = []
        let answers = try answers(to: ["link show", "addr show", "route show table all"])
        // Which port of a bond is active is told by the order in which they entered it; the bond has its address then, and VLANs have the bond's.
        let following = Set(answers[0].filter { Self.info(of: $0)["fail_over_mac"] as? String == "active" }.compactMap { $0["ifname"] as? String })
        let handing = Set(answers[0].filter { ["balance-tlb", "balance-alb"].contains(Self.info(of: $0)["mode"] as? String) }.compactMap { $0["ifname"] as? String })
        let handedRound = Set(answers[0].filter { handing.contains($0["master"] as? String ?? "") }.compactMap { $0["ifname"] as? String })
        for var link in answers[0] {
            // A bond gives its ports addresses, and in modes 5 and 6 hands them round.
            if (link["linkinfo"] as? [String: Any])?["info_slave_kind"] as? String == "bond" { link["address"] = nil }
            // So do VLANs on them.
            if handedRound.contains(link["link"] as? String ?? "") { link["address"] = nil }
            if [link["ifname"], link["link"]].contains(where: { following.contains($0 as? String ?? "") }) { link["address"] = nil }
            // While the spanning tree changes the kernel forgets addresses sooner, and tells that as the bridge's ageing time.
            if var info = link["linkinfo"] as? [String: Any], var data = info["info_data"] as? [String: Any], data["topology_change"] as? Int == 1 {
                data["ageing_time"] = nil
                info["info_data"] = data
                link["linkinfo"] = info
            }
            Self.flatten(link, "link \(link["ifname"] ?? "")", &facts)
        }
        for link in answers[1] {
            for address in link["addr_info"] as? [[String: Any]] ?? [] where address["scope"] as? String != "link" {
                let words = ["local", "prefixlen", "broadcast", "scope", "label", "protocol", "metric", "nodad"].map { "\(address[$0] ?? "-")" }
                facts.insert("address \(link["ifname"] ?? "") \(words.joined(separator: " "))")
            }
        }
        let filtering = Set(facts.filter { $0.hasSuffix("info_data vlan_filtering 1") }.compactMap { $0.split(separator: " ").dropFirst().first })
        for port in filtering.isEmpty ? [] : try bridgeJSON("vlan show") {
            let name = port["ifname"] as? String ?? ""
            let bridge = facts.first { $0.hasPrefix("link \(name) master ") }?.split(separator: " ").last ?? Substring(name)
            guard filtering.contains(bridge) else { continue }
            for vlan in port["vlans"] as? [Any] ?? [] { facts.insert("vlan \(name) \(Self.words(vlan))") }
        }
        for route in answers[2] where !["local", "multicast", "anycast"].contains(route["type"] as? String ?? "") {
            guard (route["dst"] as? String)?.hasPrefix("fe80:") != true else { continue }
            facts.insert("route \(route.filter { $0.key != "flags" }.sorted { $0.key < $1.key }.map { "\($0.key) \(Self.words($0.value))" }.joined(separator: " "))")
        }
        return facts
    }

    private static func info(of link: [String: Any]) -> [String: Any] {
        (link["linkinfo"] as? [String: Any])?["info_data"] as? [String: Any] ?? [:]
    }

    /// A value in words that are the same every time.
    static func words(_ value: Any) -> String {
        if let list = value as? [Any] { return "[\(list.map { words($0) }.joined(separator: ", "))]" }
        guard let object = value as? [String: Any] else { return "\(value)" }
        // Of a way's flags only one is somebody's; the others tell whether there is a carrier.
        return object.sorted { $0.key < $1.key }.map { key, value in
            "\(key) \(key == "flags" ? "\((value as? [String] ?? []).contains("onlink"))" : words(value))"
        }.joined(separator: " ")
    }

    /// What only one of two states has: `- ` the first, `+ ` the second.
    static func difference(_ first: Set<String>, _ second: Set<String>) -> [String] {
        (first.subtracting(second).map { "- " + $0 } + second.subtracting(first).map { "+ " + $0 }).sorted { $0.dropFirst(2) < $1.dropFirst(2) }
    }

    /// What differs between two links that are alike, or changes by itself.
    private static let passing: Set<String> = [
        "ifindex", "link_index", "operstate", "hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "message_age_timer",
        "forward_delay_timer", "hold_timer", "ad_info", "mii_status", "link_failure_count", "topology_change", "topology_change_detected",
        "designated_port", "no", "active_slave", "bridge_id", "root_id", "root_port", "root_path_cost", "designated_bridge", "designated_root",
        "port_id", "port_no", "state", "promiscuity", "allmulti", "ad_actor_oper_port_state", "ad_partner_oper_port_state",
        "ad_actor_oper_port_state_str", "ad_partner_oper_port_state_str", "ad_aggregator_id", "ad_churn_actor_state",
        "ad_churn_partner_state", "qdisc", "tso_max_size", "tso_max_segs", "gso_max_size", "gso_max_segs", "gro_max_size",
    ]

    private static func flatten(_ value: Any, _ path: String, _ facts: inout Set<String>) {
        if let object = value as? [String: Any] {
            let isPort = object["forward_delay_timer"] != nil && object["hairpin"] != nil
            for (key, inner) in object where !passing.contains(key) && !(isPort && key == "id") { flatten(inner, "\(path) \(key)", &facts) }
        } else if let flags = value as? [String] {
            facts.insert("\(path) \(flags.filter { $0 != "NO-CARRIER" && $0 != "LOWER_UP" }.sorted().joined(separator: ","))")
        } else {
            facts.insert("\(path) \(words(value))")
        }
    }
}
