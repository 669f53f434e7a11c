import Foundation
import HostNetwork
import Netlink
import Testing

@Suite struct `What a plan knows of a host besides its network` {
    static let program = `The commands on a real kernel`.program

    /// Runs a shell in a namespace that has two ends of a veth, `here` with 192.0.2.1 and `there` in a second namespace.
    private static func withPeer(_ test: (Lab, Lab) async throws -> Void) async throws {
        try await Lab.with { lab in
            try await Lab.with { peer in
                try lab.ip(
                    """
                    link add here type veth peer name there netns \(peer.name)
                    addr add 192.0.2.1/24 dev here
                    link set here up
                    """)
                try peer.ip("addr add 192.0.2.2/24 dev there\nlink set there up")
                try await test(lab, peer)
            }
        }
    }

    @Test func `established connections are told by address and purpose`() async throws {
        try await Self.withPeer { lab, peer in
            // A listener on an iSCSI target's port, and one that connects to it and stays.
            let script = """
                ip netns exec \(peer.name) timeout 60 bash -c 'exec 3<>/dev/tcp/192.0.2.1/3260; read -u 3 x' & client=$!
                """
            let server = Process()
            server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            server.arguments = [
                "ip", "netns", "exec", lab.name, "perl", "-MSocket", "-e",
                """
                socket(S, PF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); bind(S, sockaddr_in(3260, INADDR_ANY));
                listen(S, 5); $| = 1; print "ready\\n"; accept(C, S); print "taken\\n"; sleep 60;
                """,
            ]
            let output = Pipe()
            server.standardOutput = output
            try server.run()
            defer { server.terminate() }
            _ = output.fileHandleForReading.availableData
            let client = Process()
            client.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            client.arguments = ["bash", "-c", script + "\nwait $client"]
            try client.run()
            defer { client.terminate() }
            _ = output.fileHandleForReading.availableData

            let connections = try SocketDiagnosis.connections(in: lab.namespace)
            let found = try #require(connections.first { $0.localPort == 3260 })
            #expect(found.purpose == "iSCSI")
            #expect(found.localAddress == (try IPAddress("192.0.2.1")))
            #expect(found.remoteAddress == (try IPAddress("192.0.2.2")))
        }
    }

    @Test func `the kernel says by which link it answers`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.ip(
                """
                addr add 192.0.2.1/24 dev nic0
                addr add 198.51.100.1/24 dev nic1
                addr add 2001:db8::1/64 dev nic1 nodad
                route add default via 198.51.100.254
                rule add from 192.0.2.1 lookup 100
                route add default via 192.0.2.254 table 100
                """)
            var kernel = try lab.connect()
            let far = try IPAddress("203.0.113.9")
            #expect(try kernel.linkTowards(far, from: IPAddress("198.51.100.1"))?.text == "nic1")
            // By a rule, which no table alone would tell.
            #expect(try kernel.linkTowards(far, from: IPAddress("192.0.2.1"))?.text == "nic0")
            #expect(try kernel.linkTowards(IPAddress("2001:db8::7"), from: IPAddress("2001:db8::1"))?.text == "nic1")
            #expect(try kernel.linkTowards(IPAddress("2001:db8:9::7"), from: IPAddress("2001:db8::1")) == nil)
            // The connection goes on as before.
            #expect(try kernel.snapshot().links.count == 3)
        }
    }

    @Test func `files of NetworkManager, networkd and wicked, and a DHCP client, say who looks after a link`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1", "nic2", "nic3", "nic4"])
            var kernel = try lab.connect()
            let network = try kernel.snapshot()
            func index(_ name: String) throws -> Int32 { try #require(network[try LinkName(name)]?.index) }
            let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
            defer { try? FileManager.default.removeItem(atPath: root) }
            func write(_ path: String, _ text: String) throws {
                let url = URL(filePath: root + path)
                try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url)
            }
            try write("/run/systemd/netif/links/\(index("nic0"))", "# private\nADMIN_STATE=configured\nOPER_STATE=routable\n")
            try write("/run/systemd/netif/links/\(index("nic1"))", "ADMIN_STATE=unmanaged\n")
            try write("/run/NetworkManager/devices/\(index("nic1"))", "[device]\nmanaged=true\nconnection-uuid=1\n")
            try write("/run/NetworkManager/devices/\(index("nic2"))", "[device]\nmanaged=false\n")
            try write("/run/wicked/leaseinfo.nic2.dhcp.ipv4", "INTERFACE='nic2'\n")
            try write("/proc/77/cmdline", "/sbin/dhclient\0-v\0nic3\0")
            let managers = LinkManagers.find(in: network, of: lab.namespace, root: root)
            let names = Dictionary(uniqueKeysWithValues: managers.map { ($0.key.text, $0.value.map(\.name)) })
            #expect(names == ["nic0": ["systemd-networkd"], "nic1": ["NetworkManager"], "nic2": ["wicked"], "nic3": ["dhclient"]])
        }
    }

    @Test func `a DHCP client counts in its own namespace only, and the command refuses its link`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            let client = Process()
            client.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            client.arguments = ["ip", "netns", "exec", lab.name, "bash", "-c", "exec -a udhcpc bash -c 'echo ready; sleep 100; :' nic0"]
            let output = Pipe()
            client.standardOutput = output
            try client.run()
            defer { client.terminate() }
            _ = output.fileHandleForReading.availableData
            let file = "version: 1\nbridges: {br0: {ports: [nic0]}}\n"
            let refused = try `The commands on a real kernel`.weft("plan", "-", "--netns", lab.name, input: file)
            #expect(refused.status == 1)
            #expect(refused.output.contains("nic0 is looked after by udhcpc"), "\(refused)")
            #expect(try `The commands on a real kernel`.weft("plan", "-", "--netns", lab.name, "--ignore-manager", input: file).status == 2)
            try await Lab.with { other in
                try other.nicsUp(["nic0"])
                #expect(try `The commands on a real kernel`.weft("plan", "-", "--netns", other.name, input: file).status == 2)
            }
        }
    }

    @Test func `a change of the address that SSH_CONNECTION names is refused, and allowed with a console`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.ip("addr add 192.0.2.1/24 dev nic0\nroute add default via 192.0.2.254")
            let move = "version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24], gateway: 192.0.2.254}}\n"
            let ssh = ["SSH_CONNECTION": "203.0.113.9 50000 192.0.2.1 22"]
            let refused = try `The commands on a real kernel`.weft("plan", "-", "--netns", lab.name, input: move, environment: ssh)
            #expect(refused.status == 1)
            #expect(refused.output.contains("moves the address your SSH session uses (192.0.2.1, from nic0 to br0)"), "\(refused)")
            #expect(try `The commands on a real kernel`.weft("plan", "-", "--netns", lab.name, "--i-have-console", input: move, environment: ssh).status == 2)
            // Another's session, and a change beside the way of this one.
            let elsewhere = ["SSH_CONNECTION": "203.0.113.9 50000 192.0.2.77 22"]
            #expect(try `The commands on a real kernel`.weft("plan", "-", "--netns", lab.name, input: move, environment: elsewhere).status == 2)
            let beside = "version: 1\nbridges: {br0: {ports: [nic1]}}\n"
            #expect(try `The commands on a real kernel`.weft("plan", "-", "--netns", lab.name, input: beside, environment: ssh).status == 2)
            // SSH_CLIENT lacks the host's address; sudo drops both, and the shell above still has them.
            let above = try Lab.run([
                "bash", "-c", "printf '%b' '\(move.replacing("\n", with: "\\n"))' | SSH_CONNECTION='203.0.113.9 50000 192.0.2.1 22' bash -c 'env -u SSH_CONNECTION \(Self.program) plan - --netns \(lab.name); echo status $?'",
            ])
            #expect(above.contains("your SSH session") && above.contains("status 1"), "\(above)")
        }
    }

    @Test func `a link is made anew with leave only, by name or for all`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            func file(_ id: Int) -> String { "version: 1\nvlans: {web: {parent: nic0, id: \(id)}}\n" }
            #expect(try `The commands on a real kernel`.weft("apply", "-", "--netns", lab.name, "--yes", input: file(10)).status == 0)
            let refused = try `The commands on a real kernel`.weft("apply", "-", "--netns", lab.name, "--yes", "--json", input: file(11))
            #expect(refused.status == 1)
            #expect(refused.output.contains("\"kind\" : \"recreation\""), "\(refused)")
            #expect(try `The commands on a real kernel`.weft("plan", "-", "--netns", lab.name, "--allow-recreate", "other", input: file(11)).status == 1)
            #expect(try `The commands on a real kernel`.weft("plan", "--allow-recreate", "web", "-", "--netns", lab.name, input: file(11)).status == 2)
            #expect(try `The commands on a real kernel`.weft("plan", "--allow-recreate=web", "-", "--netns", lab.name, input: file(11)).status == 2)
            #expect(try `The commands on a real kernel`.weft("apply", "--allow-recreate", "-", "--netns", lab.name, "--yes", input: file(11)).status == 0)
        }
    }
}
