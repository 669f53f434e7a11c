import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import Testing

@Suite struct `Rehearsals` {
    typealias Commands = `The commands on a real kernel`

    /// A host with much on it: a bond under a VLAN under a bridge with a guest, an address with routes in two tables, something
    /// foreign on a NIC, an address of its own on the loopback link.
    private static func host(_ lab: Lab) throws {
        try lab.nicsUp(["nic0", "nic1", "nic2", "nic3"])
        try lab.ip(
            """
            addr add 10.255.0.1/32 dev lo
            addr add 192.0.2.1/24 dev nic0
            addr add 2001:db8::1/64 dev nic0 nodad
            route add default via 192.0.2.254
            route add 198.51.100.0/24 via 192.0.2.253 src 10.255.0.1 table 100
            link add nic3.9 link nic3 type vlan id 9
            link set nic3.9 up
            tuntap add vnet0 mode tap
            link set vnet0 up
            """)
        try lab.apply("version: 1\nbonds: {bond0: {ports: [nic1, nic2], mode: 4, miimon: 100}}\ntrunks: {bond0: {vlans: [10]}}\n")
        try lab.ip("link set vnet0 master brvlan-10")
    }

    private static let move = """
        version: 1
        bonds: {bond0: {ports: [nic1, nic2], mode: active-backup, miimon: 100}}
        trunks: {bond0: {vlans: [10, 20]}}
        bridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24], gateway: 192.0.2.254}}
        """

    /// Namespaces, links and directories of the machine that a rehearsal could leave behind.
    private static func traces() throws -> String {
        try Lab.run(["sh", "-c", "ip -o link | wc -l; ip netns list | wc -l; ls /run | sort; ls /run/weft 2>/dev/null | wc -l"])
    }

    @Test func `a plan is carried out on a stage that is like the host, and the host is not touched`() async throws {
        try await Lab.with { lab in
            try Self.host(lab)
            let request = try lab.request(Self.move) { $0.allowsOutage = true }
            let plan = Planner.plan(request)
            #expect(plan.steps.count > 5)
            let picture = try lab.picture()
            let before = try Self.traces()
            let rehearsal = try Rehearsal.carryOut(plan, for: request)
            #expect(rehearsal.problems == [])
            #expect(rehearsal.gaps == [])
            #expect(rehearsal.limits.count >= 4)
            #expect(Lab.difference(picture, try lab.picture()) == [])
            #expect(try Self.traces() == before)
        }
    }

    @Test func `what the kernel refuses is found before the window, with its step`() async throws {
        try await Lab.with { lab in
            try Self.host(lab)
            let request = try lab.request(Self.move) { $0.allowsOutage = true }
            var plan = Planner.plan(request)
            // No plan of the planner's asks for it; a kernel with other limits might refuse something that is asked for.
            var huge = Link(try LinkName("nic0"), kind: .nic)
            huge.mtu = 70_000
            plan.steps[1].actions.append(.change(huge))
            let picture = try lab.picture()
            let rehearsal = try Rehearsal.carryOut(plan, for: request)
            #expect(rehearsal.problems.count == 1 && rehearsal.problems[0].hasPrefix("step 2: "), "\(rehearsal.problems)")
            #expect(!rehearsal.isGood)
            #expect(Lab.difference(picture, try lab.picture()) == [])
        }
    }

    @Test func `drivers that a rehearsal needs are unloaded again`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            // What earlier namespaces had of these goes a moment after them.
            func modules() throws -> [String] {
                try Lab.run(["sh", "-c", "cut -d' ' -f1 /proc/modules"]).split(separator: "\n").map { String($0) }.filter { ["8021q", "bonding", "veth"].contains($0) }
            }
            _ = try Lab.run(["sh", "-c", "for i in $(seq 100); do modprobe -r -q bonding 8021q veth && break; sleep 0.2; done"])
            try #require(try modules() == [])
            let file = "version: 1\nbonds: {bond0: {ports: [nic0, nic1]}}\ntrunks: {bond0: {vlans: [10]}}\n"
            let links = try Lab.run(["ip", "-o", "link"])
            let run = try Commands.weft("plan", "-", "--rehearse", "--netns", lab.name, input: file)
            #expect(run.status == 2, "\(run)")
            for module in ["8021q", "bonding", "veth"] {
                #expect(run.output.contains("the module \(module) was loaded for the rehearsal, and unloaded again"), "\(run)")
            }
            #expect(try modules() == [])
            #expect(try Lab.run(["ip", "-o", "link"]) == links)
        }
    }

    @Test func `the command says what a rehearsal cannot show, in words and in JSON`() async throws {
        try await Lab.with { lab in
            try Self.host(lab)
            let picture = try lab.picture()
            let run = try Commands.weft("plan", "-", "--rehearse", "--netns", lab.name, "--allow-outage", input: Self.move)
            #expect(run.status == 2, "\(run)")
            #expect(run.output.contains("Rehearsed in a network namespace of its own") && run.output.contains("carrier comes back"), "\(run)")
            let json = try Commands.weft("plan", "-", "--rehearse", "--json", "--netns", lab.name, "--allow-outage", input: Self.move)
            #expect(json.output.contains("\"cannot_show\"") && json.output.contains("\"ending\" : \"done\""), "\(json)")
            #expect(Lab.difference(picture, try lab.picture()) == [])
        }
    }
}
