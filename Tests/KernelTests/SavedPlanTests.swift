import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import Testing

/// A plan is saved, the host changes, and the plan is carried out: or not.
@Suite struct `Saved plans on a host that moves on` {
    typealias Commands = `The commands on a real kernel`

    /// A host with its address on a NIC, a bond under a VLAN under a bridge with a guest's tap, and something of nobody's concern.
    static let host = """
        addr add 192.0.2.1/24 dev nic0
        route add default via 192.0.2.254
        route add 198.51.100.0/24 via 192.0.2.253 table 100
        link add guest type dummy
        link add other type bridge
        link set other up
        link set nic4 up
        addr add 203.0.113.1/24 dev nic4
        route add 203.0.112.0/24 via 203.0.113.254
        """
    static let before = """
        version: 1
        bonds: {bond0: {ports: [nic1, nic2], mode: active-backup, miimon: 100}}
        trunks: {bond0: {vlans: [10]}}
        """
    /// The NIC's address goes to a bridge, and the bond's policy and its VLAN's bridge change.
    static let after = """
        version: 1
        bonds: {bond0: {ports: [nic1, nic2], mode: active-backup, miimon: 50}}
        trunks: {bond0: {vlans: [10]}}
        bridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24], gateway: 192.0.2.254}, brvlan-10: {ageing_time: 60}}
        """

    /// What makes the plan another one: it is refused, and says what was, what is, and what is wanted.
    static let matters: [(what: String, commands: String, undo: String, words: String)] = [
        ("a touched NIC gets another address", "ip addr add 192.0.2.9/24 dev nic0", "ip addr del 192.0.2.9/24 dev nic0", "nic0: addresses"),
        (
            "a touched NIC loses its address", "ip addr del 192.0.2.1/24 dev nic0", "ip addr add 192.0.2.1/24 dev nic0; \(routes)", "nic0: addresses"
        ),
        ("a touched NIC has another MAC", "ip link set nic0 address 02:00:00:00:00:99", "ip link set nic0 address 02:00:00:00:00:01", "nic0: mac"),
        ("a touched NIC is switched off", "ip link set nic0 down", "ip link set nic0 up; \(routes)", "nic0: state"),
        ("a touched NIC has another MTU", "ip link set nic0 mtu 1400", "ip link set nic0 mtu 1500", "nic0: mtu"),
        (
            "IPv6 is switched off on a touched NIC", "echo 1 >/proc/sys/net/ipv6/conf/nic0/disable_ipv6",
            "echo 0 >/proc/sys/net/ipv6/conf/nic0/disable_ipv6", "nic0: ipv6"
        ),
        (
            "a touched NIC has a further name", "ip link property add dev nic0 altname uplink", "ip link property del dev nic0 altname uplink",
            "nic0: altnames"
        ),
        (
            "a route of another table over a touched NIC is gone", "ip route del 198.51.100.0/24 table 100",
            "ip route add 198.51.100.0/24 via 192.0.2.253 table 100", "nic0: routes"
        ),
        ("the default route goes another way", "ip route replace default via 192.0.2.253", "ip route replace default via 192.0.2.254", "nic0: routes"),
        ("a guest has joined a touched bridge", "ip link set guest master brvlan-10", "ip link set guest nomaster", "brvlan-10: ports"),
        ("a touched bond has lost a port", "ip link set nic2 nomaster", "ip link set nic2 down master bond0", "bond0: ports"),
        ("somebody has put a VLAN on a touched NIC", "ip link add nic0.7 link nic0 type vlan id 7", "ip link del nic0.7", "nic0.7: link"),
        ("the link that is to be made exists already", "ip link add br0 type bridge", "ip link del br0", "br0: link"),
        ("a touched bond's option is another one", "ip link set bond0 type bond miimon 70", "ip link set bond0 type bond miimon 100", "bond0: miimon"),
    ]
    private static let routes = "ip route add default via 192.0.2.254; ip route add 198.51.100.0/24 via 192.0.2.253 table 100"

    /// What has nothing to do with the plan: it is carried out.
    static let doesNotMatter: [(what: String, commands: String)] = [
        ("counters have grown", "ping -c 1 -W 1 192.0.2.200 || true"),
        ("neighbours were learnt", "ip neigh add 192.0.2.77 lladdr 02:00:00:00:00:ab dev nic0 nud reachable"),
        ("a static neighbour was set", "ip neigh add 192.0.2.78 lladdr 02:00:00:00:00:ac dev nic0 nud permanent"),
        ("a bridge has learnt addresses", "bridge fdb append 02:00:00:00:00:ad dev bond0.10 master dynamic"),
        ("an untouched NIC has another address", "ip addr add 203.0.113.9/24 dev nic4"),
        ("an untouched NIC has another route", "ip route add 203.0.111.0/24 via 203.0.113.253"),
        ("an untouched NIC is switched off", "ip link set nic3 down"),
        ("an untouched NIC has another MTU", "ip link set nic3 mtu 1400"),
        ("a new link has come", "ip link add fresh type dummy"),
        ("a guest has joined an untouched bridge", "ip link set guest master other"),
        ("an untouched bridge's option is another one", "ip link set other type bridge ageing_time 6000"),
        ("a link that the plan leaves alone got a description", "ip link set nic4 alias spare"),
        ("a NIC of the touched bond, itself untouched, got a description", "ip link set nic1 alias left"),
    ]

    /// A plan that was made here, written and read back.
    private static func save(_ yaml: String, in lab: Lab) throws -> SavedPlan {
        let request = try lab.request(yaml)
        let plan = Planner.plan(request)
        #expect(plan.refusals.isEmpty && !plan.steps.isEmpty, "\(plan.refusals.map(\.message))")
        let saved = SavedPlan(plan, for: request, file: "t.yaml", host: "here", weftVersion: "0", madeAt: "now", madeBy: "root")
        return try SavedPlan(bytes: Array(try saved.text().utf8), path: "t.weft")
    }

    private static func withPlan(_ test: (Lab, SavedPlan) throws -> Void) async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1", "nic2", "nic3", "nic4"])
            try lab.ip(host)
            try lab.apply(before)
            try test(lab, try save(after, in: lab))
        }
    }

    private static func shell(_ commands: String, in lab: Lab) throws {
        try Lab.run(["ip", "netns", "exec", lab.name, "sh", "-c", commands])
    }

    @Test func `there are ten and more of each`() {
        #expect(Self.matters.count >= 10 && Self.doesNotMatter.count >= 10)
    }

    @Test func `what matters refuses the plan, until it is as it was`() async throws {
        try await Self.withPlan { lab, saved in
            for change in Self.matters {
                try Self.shell(change.commands, in: lab)
                let found = saved.differences(to: try lab.request(HostNetwork()).actual)
                #expect(found.map { "\($0.link): \($0.property)" }.contains(change.words), "\(change.what): \(found)")
                try Self.shell(change.undo, in: lab)
                #expect(saved.differences(to: try lab.request(HostNetwork()).actual) == [], "\(change.what), undone")
            }
        }
    }

    @Test func `what does not matter leaves the plan as it is, and it is carried out`() async throws {
        try await Self.withPlan { lab, saved in
            for change in Self.doesNotMatter {
                try Self.shell(change.commands, in: lab)
                #expect(saved.differences(to: try lab.request(HostNetwork()).actual) == [], "\(change.what)")
            }
            var kernel = try lab.connect()
            let now = try kernel.snapshot()
            var request = saved.request(on: now)
            request.actual.belongings = try kernel.belongings(of: Set(saved.plan.disturbedLinks))
            let plan = Planner.reassess(saved.plan, request)
            // Behind them the static neighbour is put back, which nobody knew of then.
            #expect(Array(plan.steps.prefix(saved.plan.steps.count)) == saved.plan.steps)
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            let outcome = try Transaction(request: request, plan: plan).carryOut(on: &kernel, directory: directory)
            guard case .done = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(Planner.plan(try lab.request(Self.after)).steps.isEmpty)
            #expect(try lab.json("neigh show nud permanent").compactMap { $0["dst"] as? String }.contains("192.0.2.78"))
        }
    }

    @Test func `a saved plan is shown as it was, a second time finds the host moved on, and a torn file is refused`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1", "nic2", "nic3", "nic4"])
            try lab.ip(Self.host)
            try lab.apply(Self.before)
            func file(_ name: String) -> String { FileManager.default.temporaryDirectory.appending(path: name).path() }
            let path = file("\(lab.name).weft")
            defer { try? FileManager.default.removeItem(atPath: path) }
            let saving = try Commands.weft("plan", "-", "-o", path, "--netns", lab.name, input: Self.after)
            #expect(saving.status == 2, "\(saving)")
            let plan = try Commands.weft("plan", "-", "--netns", lab.name, input: Self.after)
            let shown = try Commands.weft("show-plan", path)
            #expect(shown.status == 0)
            #expect(shown.output.contains("Made on \(ProcessInfo.processInfo.hostName)"), "\(shown)")
            let steps = plan.output.split(separator: "\n").filter { $0.contains("(bridge)") || $0.contains("(nic)") || $0.contains("(bond)") }
            #expect(!steps.isEmpty && steps.allSatisfy { shown.output.contains($0) }, "\(plan)\(shown)")
            let json = try Commands.weft("show-plan", path, "--json")
            #expect(json.output.contains("\"state_sha256\"") && json.output.contains("\"worst_impact\" : \"blip\""), "\(json)")

            let text = try String(contentsOfFile: path, encoding: .utf8)
            let torn = file("\(lab.name)-torn.weft")
            defer { try? FileManager.default.removeItem(atPath: torn) }
            for bad in [String(text.prefix(text.count / 2)), text.replacing("192.0.2.1/24", with: "192.0.2.2/24")] {
                try Data(bad.utf8).write(to: URL(filePath: torn))
                let refused = try Commands.weft("apply", torn, "--netns", lab.name, "--yes")
                #expect(refused.status == 1)
                #expect(refused.errors.contains("digest") || refused.errors.contains("not the whole"), "\(refused)")
            }
            #expect(try Commands.weft("apply", path, "--netns", lab.name, "--yes").status == 0)
            let again = try Commands.weft("apply", path, "--netns", lab.name, "--yes", "--json")
            #expect(again.status == 1)
            #expect(again.output.contains("\"kind\" : \"changed\""), "\(again)")
        }
    }
}
