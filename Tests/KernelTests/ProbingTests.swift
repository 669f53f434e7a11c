import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import Testing
import Topology

/// Probes through real links: a router in a namespace of its own, that the host reaches by a veth.
@Suite struct `Probes on a real kernel` {
    /// A host whose NIC `ens33` is a cable to a router.
    static func withRouter(_ test: (Lab, _ router: Lab) async throws -> Void) async throws {
        try await Lab.with { router in
            try await Lab.with { lab in
                try lab.ip("link add ens33 type veth peer name port netns \(router.name)\nlink set ens33 up\naddr add 10.0.0.2/24 dev ens33\naddr add 2001:db8::2/64 dev ens33 nodad")
                try router.ip("link set port up\naddr add 10.0.0.1/24 dev port\naddr add 2001:db8::1/64 dev port nodad\nlink set lo up\naddr add 192.0.2.1/32 dev lo")
                try lab.ip("route add default via 10.0.0.1 dev ens33 proto static")
                try await test(lab, router)
            }
        }
    }

    @Test func `each kind of probe is answered by what is there, and by nothing else`() async throws {
        try await Self.withRouter { lab, router in
            // perl is there wherever dpkg is.
            let listener = Process()
            listener.executableURL = URL(filePath: "/usr/bin/env")
            listener.arguments = [
                "ip", "netns", "exec", router.name, "perl", "-MIO::Socket::INET", "-e",
                "$s = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 7000, Listen => 5, ReuseAddr => 1) or die; while ($c = $s->accept) { close $c }",
            ]
            try listener.run()
            defer {
                kill(listener.processIdentifier, SIGKILL)
                listener.waitUntilExit()
            }
            let network = try lab.request(HostNetwork()).actual
            func isAnswered(_ text: String, attempts: Int = 1) throws -> Bool {
                let probe = try Probe(text)
                let prober = Prober([probe], in: lab.namespace)
                // A listener that is still being started refuses at once.
                return (0..<attempts).contains { attempt in
                    if attempt > 0 { usleep(200_000) }
                    return prober.isAnswered(probe, in: network, within: 500)
                }
            }
            for text in ["gateway", "ping:10.0.0.1", "ping:2001:db8::1", "ping:192.0.2.1", "arp:10.0.0.1", "tcp:10.0.0.1:7000"] {
                #expect(try isAnswered(text, attempts: 60), "\(text)")
            }
            for text in ["ping:10.0.0.9", "ping:2001:db8::9", "arp:10.0.0.9", "arp:203.0.113.1", "tcp:10.0.0.1:7001", "tcp:10.0.0.9:7000"] {
                #expect(try !isAnswered(text), "\(text)")
            }
        }
    }

    @Test func `a change that loses the router is undone, and one that keeps it stays`() async throws {
        try await Self.withRouter { lab, _ in
            let before = try lab.picture()
            func apply(_ yaml: String) throws -> Transaction.Outcome {
                let topology = try Topology.parse(yaml, file: "t.yaml")
                #expect(topology.probes.count == 2)
                var caution = Caution(settle: 3)
                caution.probes = topology.probes
                let prober = Prober(topology.probes, in: lab.namespace)
                caution.isAnswered = { prober.isAnswered($0, in: $1, within: 500) }
                return try lab.carryOut(try lab.request(topology.network) { $0.allowsOutage = true }, caution: caution)
            }
            let probes = "probes: [gateway, \"ping:192.0.2.1\"]\n"
            let wrong = try apply("version: 1\nethernets: {ens33: {addresses: [10.9.0.2/24], addresses_exclusive: true, gateway: 10.9.0.1}}\n" + probes)
            guard case .rolledBack(let failure) = wrong else { return #expect(Bool(false), "\(wrong)") }
            #expect(failure.description.contains("the probe gateway had an answer before the change"), "\(failure)")
            #expect(Lab.difference(before, try lab.picture()) == [])
            let right = try apply("version: 1\nbridges: {br0: {ports: [ens33], addresses: [10.0.0.2/24, \"2001:db8::2/64\"], gateway: 10.0.0.1}}\n" + probes)
            guard case .done(let completion) = right else { return #expect(Bool(false), "\(right)") }
            #expect(completion.remarks == [])
        }
    }

    @Test func `a cable that is pulled during a change undoes it, and a spanning tree is waited for`() async throws {
        try await Self.withRouter { lab, router in
            let before = try lab.picture()
            let file = "version: 1\nbridges: {br0: {ports: [ens33], stp: true, forward_delay: 2, addresses: [10.0.0.2/24, \"2001:db8::2/64\"], gateway: 10.0.0.1}}\n"
            let request = try lab.request(file)
            try router.ip("link set port down")
            let pulled = try lab.carryOut(request, caution: Caution(settle: 1))
            guard case .rolledBack(let failure) = pulled else { return #expect(Bool(false), "\(pulled)") }
            #expect(failure.description.contains("ens33 had a carrier, and has none"), "\(failure)")
            try router.ip("link set port up")
            #expect(Lab.difference(before, try lab.picture()) == [])
            let done = try lab.carryOut(try lab.request(file), caution: Caution())
            guard case .done(let completion) = done else { return #expect(Bool(false), "\(done)") }
            #expect(completion.remarks == [])
            #expect(try lab.request(HostNetwork()).actual[try LinkName("ens33")]?.portState == "forwarding")
        }
    }

    @Test func `an LACP partner on the other end is found`() async throws {
        try await Lab.with { other in
            try await Lab.with { lab in
                try lab.ip("link add ens37 type veth peer name p1 netns \(other.name)\nlink set ens37 up")
                try other.ip("link add bond9 type bond mode 802.3ad miimon 100 lacp_rate fast\nlink set p1 master bond9\nlink set p1 up\nlink set bond9 up")
                let done = try lab.carryOut(
                    try lab.request("version: 1\nbonds: {bond0: {ports: [ens37], mode: 4, miimon: 100, lacp_rate: fast}}\n"), caution: Caution(settle: 60))
                guard case .done = done else { return #expect(Bool(false), "\(done)") }
                let bond = try LinkName("bond0")
                for _ in 0..<300 where try lab.request(HostNetwork()).actual[bond]?.lacpPartner == nil { usleep(100_000) }
                let mac = try other.links()["bond9"]?["address"] as? String
                #expect(try lab.request(HostNetwork()).actual[bond]?.lacpPartner?.description == mac)
            }
        }
    }

    @Test func `what another program does during a change is found and told`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            let request = try lab.request("version: 1\nbridges: {br0: {ports: [ens33]}}\n")
            var kernel = try lab.connect()
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            let outcome = try Transaction(request: request, plan: Planner.plan(request)).carryOut(
                on: &kernel, directory: directory, caution: Caution(settle: 0),
                progress: { done, all in if done == all { _ = try? lab.ip("link add veth7 type dummy\nlink set ens37 mtu 1400\nlink set br0 mtu 1400") } })
            // Its own bridge's MTU is not the file's affair, the rest is not the plan's.
            guard case .done(let completion) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(completion.remarks.contains("meanwhile, not by weft: veth7 has appeared"), "\(completion.remarks)")
            #expect(completion.remarks.contains("meanwhile, not by weft: ens37's mtu has changed from 1500 to 1400"), "\(completion.remarks)")
        }
    }

    @Test(arguments: [false, true]) func `what others do meanwhile with links of theirs above a card that moves is theirs, and told in every ending`(_ fails: Bool) async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.ip("addr add 192.0.2.1/24 dev ens33\nlink add fv link ens33 type vlan id 9\nlink add fbr type bridge\nlink set fv up\nlink set fbr up")
            let request = try lab.request("version: 1\nbridges: {br0: {ports: [ens33], addresses: [192.0.2.1/24]}}\n")
            var kernel = try lab.connect()
            if fails { kernel.fault = InjectedFault(at: 2, .refuse(.busy)) }
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            let outcome = try Transaction(request: request, plan: Planner.plan(request)).carryOut(
                on: &kernel, directory: directory, caution: Caution(settle: 0),
                progress: { done, _ in if done == 0 { _ = try? lab.ip("link set fv master fbr\naddr add 10.9.9.9/24 dev ens33\nroute add 172.30.0.0/16 dev ens33") } })
            let told: [String]
            switch outcome {
            case .done(let completion) where !fails: told = completion.remarks
            case .rolledBack(let failure) where fails: told = failure.meanwhile
            default: return #expect(Bool(false), "\(outcome)")
            }
            #expect(try lab.links()["fv"]?["master"] as? String == "fbr")
            for words in ["fv has become a port of fbr", "ens33 has got the address 10.9.9.9/24", "the route 172.30.0.0/16 dev ens33 has appeared"] {
                #expect(told.contains("meanwhile, not by weft: \(words)"), "\(words): \(told)")
            }
            let past = try #require(try Journal(in: directory).history().last)
            #expect(past.remarks.contains("meanwhile, not by weft: fv has become a port of fbr"))
        }
    }
}
