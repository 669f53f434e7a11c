import Foundation
import HostNetwork
import Planner
import Report
import Testing

@Suite struct JSONTests {
    private static func plan() throws -> Plan {
        var plan = try Fixtures.plan(
            [
                Fixtures.step(.create, ["br0"], .bridge, Fixtures.new(["mac": "52:54:00:00:00:33", "state": "up"]), line: 4),
                Fixtures.step(.change, ["ens33"], .nic, [FieldChange("mtu", old: "1500", new: "9000")], chunk: 1, reason: "asked for"),
            ],
            refusals: [Fixtures.refusal(.missingLink, "ens99", "ens99 is not on this host", fix: "check the name", line: 14)],
            notes: [Fixtures.note("br1", "vnet0 stays")], removed: ["br9"], owned: 3)
        plan.steps[1].impact.impact = .flap
        plan.steps[1].impact.reasons = ["a card is reset"]
        plan.steps[1].impact.untilStep = 7
        plan.steps[1].impact.protocolSeconds = 30
        plan.steps[1].impact.affected = [Affected(.tap, "vnet0", on: try LinkName("vnet0"), .flap)]
        return plan
    }

    @Test func `a plan's document is the documented one`() throws {
        #expect(
            try PlanDocument(Self.plan()).json().compacted == """
                {
                "drivers" : [],
                "notes" : [{"link" : "br1","message" : "vnet0 stays"}],
                "outcome" : "refused",
                "owned_links" : 3,
                "refusals" : [{"fix" : "check the name","kind" : "missing-link","link" : "ens99",\
                "message" : "ens99 is not on this host","origin" : {"column" : 3,"file" : "/etc/weft/topology.yaml","line" : 14}}],
                "removed_links" : ["br9"],
                "removes_more_than_half" : false,
                "schema_version" : 1,
                "steps" : [{"affected" : [],"changes" : [{"field" : "mac","new" : "52:54:00:00:00:33"},{"field" : "state","new" : "up"}],\
                "chunk" : 0,"impact" : "none","impact_reasons" : [],"kind" : "bridge","links" : ["br0"],"means" : "live","number" : 1,\
                "origin" : {"column" : 3,"file" : "/etc/weft/topology.yaml","line" : 4},"recreation" : false,"verb" : "create"},\
                {"affected" : [{"impact" : "flap","kind" : "tap","link" : "vnet0","name" : "vnet0"}],\
                "changes" : [{"field" : "mtu","new" : "9000","old" : "1500"}],"chunk" : 1,"impact" : "flap",\
                "impact_reasons" : ["a card is reset"],"kind" : "nic","links" : ["ens33"],"means" : "live",\
                "number" : 2,"protocol_seconds" : 30,"reason" : "asked for","recreation" : false,"until_step" : 7,"verb" : "change"}],
                "summary" : {"change" : 1,"create" : 1,"delete" : 0,"recreate" : 0},
                "warnings" : [],
                "worst_impact" : "flap"
                }
                """.compacted)
    }

    @Test func `a plan comes to changes, none or refused`() throws {
        #expect(PlanDocument(Plan()).outcome == .none)
        #expect(PlanDocument(try Fixtures.plan([Fixtures.step(.create, ["br0"], .bridge)])).outcome == .changes)
        #expect(PlanDocument(try Self.plan()).outcome == .refused)
        #expect(try PlanDocument(Plan()).json().contains(#""outcome" : "none""#))
    }

    @Test func `documents are read back as they were written`() throws {
        let decoder = JSONDecoder()
        let plan = try carriedOut()
        #expect(try decoder.decode(PlanDocument.self, from: Data(plan.json().utf8)) == plan)
        let state = StateDocument(try everything())
        #expect(try decoder.decode(StateDocument.self, from: Data(state.json().utf8)) == state)
        let error = failure()
        #expect(try decoder.decode(ErrorDocument.self, from: Data(error.json().utf8)) == error)
    }

    @Test func `options have JSON's own types`() throws {
        let tree = try tree(StateDocument(try everything()))
        let links = try #require(tree["links"] as? [[String: Any]])
        func options(_ name: String, _ key: String = "options") throws -> [String: Any] {
            try #require(links.first { $0["name"] as? String == name }?[key] as? [String: Any])
        }
        let bond = try options("bond0")
        #expect(bond["mode"] as? String == "balance-alb")
        #expect(bond["miimon"] as? Int == 100)
        #expect(bond["primary"] as? String == "ens37")
        #expect(bond["arp_ip_target"] as? [String] == ["10.0.0.1", "10.0.0.2"])
        #expect(try options("br1")["stp_state"] as? Bool == true)
        #expect(try options("br1")["forward_delay"] as? Int == 15)
        #expect(try options("br1")["hello_time"] as? Double == 2.5)
        #expect(try options("bond0", "port_options")["cost"] as? Int == 4)
        #expect(try options("br1.20")["protocol"] as? String == "802.1ad")
    }

    @Test func `one link's document holds what belongs to it`() throws {
        let network = try everything()
        let document = try #require(StateDocument(network, only: try LinkName("br1")))
        #expect(document.links.map(\.name) == ["br1"])
        #expect(document.routes.map(\.link) == ["br1", nil, "br1"])
        #expect(document.bridgeVLANs.map(\.link) == ["bond0"])
        #expect(StateDocument(network, only: try LinkName("br7")) == nil)
    }

    @Test func `every field has a lower-case name and stands in the documentation`() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../docs/json.md")
        let documentation = try String(contentsOf: page, encoding: .utf8)
        var fields: Set<String> = []
        // The names of options are data, described with the options.
        func collect(_ value: Any) {
            if let list = value as? [Any] { list.forEach(collect) }
            guard let object = value as? [String: Any] else { return }
            for (key, value) in object {
                fields.insert(key)
                if key != "options" && key != "port_options" { collect(value) }
            }
        }
        let check = CheckDocument(file: "topology.yaml", links: 3, warnings: failure().error.details)
        for document: any JSONDocument in [try carriedOut(), StateDocument(try everything()), failure(), check] {
            collect(try tree(document))
        }
        #expect(fields.count > 60)
        for field in fields.sorted() {
            #expect(field.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "_") }, "\(field)")
            #expect(documentation.contains("`\(field)`"), "docs/json.md does not describe \(field)")
        }
    }

    // MARK: Documents in which every field has a value

    private func everything() throws -> HostNetwork {
        var network = try Fixtures.host()
        let bond = try LinkName("bond0")
        let br = try LinkName("br1")
        network[bond]?.permanentMAC = try MACAddress("52:54:00:00:00:99")
        network[bond]?.txQueueLength = 1000
        network[bond]?.options[.primary] = .link(try LinkName("ens37"))
        let targets = try #require(OptionRow.named("arp_ip_target", in: .bond))
        network[bond]?.options[targets] = .addresses([try IPAddress("10.0.0.1"), try IPAddress("10.0.0.2")])
        network[bond]?.portOptions[.pathCost] = .number(4)
        network[br]?.options[try #require(OptionRow.named("hello_time", in: .bridge))] = .number(250)
        var address = Address(try IPNetwork("10.1.1.1/32"))
        address.peer = try IPAddress("10.1.1.2")
        address.broadcast = try IPAddress("10.1.1.255")
        address.label = "br1:0"
        address.validLifetime = 60
        address.preferredLifetime = 30
        network[br]?.addresses?.append(address)
        network.bridgeVLANs[bond] = [BridgeVLAN(ids: 1...1, isUntagged: true, isPVID: true)]
        var route = Route(to: try IPNetwork("10.9.0.0/16"), link: nil)
        route.nextHops = [Route.NextHop(gateway: try IPAddress("172.16.0.9"), link: br, weight: 2)]
        route.source = try IPAddress("172.16.0.52")
        route.scope = 0
        route.tos = 16
        route.mtu = 1400
        route.expires = 90
        network.routes.append(route)
        return network
    }

    private func carriedOut() throws -> PlanDocument {
        var document = PlanDocument(try Self.plan())
        document.drivers = [PlanDocument.Driver(module: "bonding", state: "missing", reason: "no such module")]
        document.warnings = failure().error.details
        document.result = PlanDocument.Result(ending: "rolled-back", problems: ["no"], left: ["mtu"])
        return document
    }

    private func failure() -> ErrorDocument {
        ErrorDocument(
            kind: "topology", message: "the file has one mistake",
            details: [ErrorDocument.Detail("no such key", fix: "mtu", link: "br0", origin: Fixtures.mark(3))])
    }

    private func tree(_ document: any JSONDocument) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(document.json().utf8)) as? [String: Any])
    }
}

extension String {
    /// The text without its lines and indentation, so that a document can be compared with a shorter spelling of itself.
    fileprivate var compacted: String {
        split(separator: "\n").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }.joined()
    }
}
