import Change
import Foundation
import HostNetwork
import Netlink
import Planner
import Testing

/// What a link made anew has under `/proc/sys`, and what of programs' own hangs on a link and cannot follow it.
@Suite struct `Settings and sockets of a link` {
    static func vlan(_ id: Int, _ more: String = "") -> String {
        """
        version: 1
        vlans:
          web: {parent: nic0, id: \(id), addresses: [192.0.2.1/24]}
          net: {parent: nic0, id: \(id + 100)\(more)}
        """
    }

    /// All settings of a link, as a shell in the namespace reads them.
    private func settings(_ lab: Lab, _ link: String) throws -> Set<String> {
        let script = #"for (glob "/proc/sys/net/ipv[46]/*/$ARGV[0]/*") { open my $f, "<", $_ or next; my $v = <$f> // ""; chomp $v; print "$_=$v\n" }"#
        return Set(try Lab.run(["ip", "netns", "exec", lab.name, "perl", "-e", script, link]).split(separator: "\n").map(String.init))
    }

    /// Sets every setting that a link has to something else, as far as the kernel takes that.
    private func changeAll(_ lab: Lab, _ link: String) throws {
        // What IPv6 is and how it makes addresses are options of the file, and an IPv6 MTU has a test of its own.
        let script = #"""
            for (glob "/proc/sys/net/ipv[46]/*/$ARGV[0]/*") {
              next if m{/(disable_ipv6|addr_gen_mode|stable_secret|mtu|base_reachable_time|retrans_time|unres_qlen)$};
              open my $f, "<", $_ or next; my $v = <$f> // next;
              open my $g, ">", $_ or next; syswrite $g, $v =~ /^[01]$/ ? 1 - $v : $v + 1;
            }
            """#
        try Lab.run(["ip", "netns", "exec", lab.name, "perl", "-e", script, link])
    }

    private func expect(_ former: Set<String>, _ lab: Lab, _ link: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let difference = Lab.difference(former, try settings(lab, link))
        #expect(difference.isEmpty, "\(difference)", sourceLocation: sourceLocation)
    }

    @Test func `every setting of a VLAN made anew is as it was, those of its neighbour too, and after a way back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            // A router that is the host itself makes the kernel refuse a route, late in a change.
            try lab.ip("addr add 203.0.113.1/32 dev nic0")
            try lab.apply(Self.vlan(10))
            let fresh = try settings(lab, "web")
            try changeAll(lab, "web")
            try lab.sysctl("1400", of: "net", family: "ipv6/conf", key: "mtu")
            let (web, net) = (try settings(lab, "web"), try settings(lab, "net"))
            // Most of them take another value; those that read as times in two units count twice.
            #expect(web.subtracting(fresh).count > 90, "\(web.subtracting(fresh).count)")
            try lab.apply(Self.vlan(11))
            try expect(web, lab, "web")
            try expect(net, lab, "net")
            // The way back makes both anew once more, this time from the checkpoint.
            let bad = Self.vlan(12) + "\nroutes: [{to: 10.55.0.0/16, via: 203.0.113.1, link: net, onlink: true}]\n"
            guard case .rolledBack = try lab.carryOut(try lab.request(bad)) else { throw Lab.Failure(description: "not rolled back") }
            try expect(web, lab, "web")
            try expect(net, lab, "net")
            // And where a link goes for good.
            let without = "version: 1\nvlans: {web: {parent: nic0, id: 12, addresses: [192.0.2.1/24]}}\nroutes: [{to: 10.55.0.0/16, via: 203.0.113.1, link: web, onlink: true}]\n"
            guard case .rolledBack = try lab.carryOut(try lab.request(without)) else { throw Lab.Failure(description: "not rolled back") }
            try expect(net, lab, "net")
        }
    }

    @Test func `settings stand before a link made anew comes up`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            try lab.apply(Self.vlan(10))
            try lab.sysctl("0", of: "web", family: "ipv6/conf", key: "accept_ra")
            let plan = Planner.plan(try lab.request(Self.vlan(11)))
            let creation = try #require(plan.steps.first { $0.verb == .create && $0.subject.text == "web" })
            let setting = try #require(creation.actions.firstIndex { if case .restore(.setting, _) = $0 { true } else { false } })
            let up = try #require(creation.actions.firstIndex { if case .change(let link) = $0 { link.isUp == true } else { false } })
            #expect(setting < up)
            guard case .create(let made)? = creation.actions.first else { throw Lab.Failure(description: "nothing is made") }
            #expect(made.isUp == nil)
        }
    }

    @Test func `an IPv6 MTU above the link's new one stays behind`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            try lab.apply(Self.vlan(10))
            try lab.sysctl("1400", of: "net", family: "ipv6/conf", key: "mtu")
            try lab.apply(Self.vlan(11, ", mtu: 1300"))
            #expect(try settings(lab, "net").contains("/proc/sys/net/ipv6/conf/net/mtu=1300"))
        }
    }

    @Test func `sockets bound to a link, by whom, and an XDP program are named`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            try lab.apply(Self.vlan(10))
            // perl's words for SO_BINDTODEVICE, AF_PACKET and bpf(2), for what no program of the base system does.
            let script = """
                use Socket; $| = 1;
                sub bound { my ($type, $proto) = @_; socket(my $s, PF_INET, $type, $proto) or die "socket: $!";
                  setsockopt($s, SOL_SOCKET, 25, pack("Z16", "web")) or die "bind: $!"; $s }
                my $udp = bound(SOCK_DGRAM, 17); bind($udp, sockaddr_in(6767, INADDR_ANY)) or die;
                my $tcp = bound(SOCK_STREAM, 6); bind($tcp, sockaddr_in(6768, INADDR_ANY)) or die; listen($tcp, 1);
                my $raw = bound(SOCK_RAW, 112);
                my $free; socket($free, PF_INET, SOCK_DGRAM, 17); bind($free, sockaddr_in(6769, INADDR_ANY)) or die;
                open(my $f, "<", "/sys/class/net/net/ifindex"); my $index = <$f> + 0;
                socket(my $packet, 17, SOCK_RAW, 0) or die "packet: $!";
                bind($packet, pack("SnlSCCa8", 17, 3, $index, 0, 0, 0, "")) or die "bind: $!";
                my $code = pack("CCsl", 0xb7, 0, 0, 2) . pack("CCsl", 0x95, 0, 0, 0);
                my $attr = pack("LLQQ", 6, 2, unpack("Q", pack("P", $code)), unpack("Q", pack("P", "GPL"))) . "\\0" x 96;
                my $fd = syscall(321, 5, $attr, length $attr); die "bpf: $!" if $fd < 0;
                my $path = "/run/bpf/\(lab.name)\\0"; $attr = pack("QLL", unpack("Q", pack("P", $path)), $fd, 0) . "\\0" x 96;
                syscall(321, 6, $attr, length $attr) == 0 or die "pin: $!";
                print "ready\\n"; sleep 100;
                """
            try FileManager.default.createDirectory(atPath: "/run/bpf", withIntermediateDirectories: true)
            try Lab.run(["bash", "-c", "grep -q ' /run/bpf ' /proc/mounts || mount -t bpf bpf /run/bpf"])
            let program = Process()
            program.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            program.arguments = ["ip", "netns", "exec", lab.name, "perl", "-e", script]
            let output = Pipe()
            program.standardOutput = output
            try program.run()
            defer {
                kill(program.processIdentifier, SIGKILL)
                program.waitUntilExit()
            }
            #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "ready\n")
            try lab.ip("link set dev net xdpgeneric pinned /run/bpf/\(lab.name)")

            let notes = Planner.plan(try lab.request(Self.vlan(11))).notes.map { "\($0.link): \($0.message)" }
            let web = try #require(notes.first { $0.hasPrefix("web: ") })
            for words in ["a UDP socket (port 6767, perl)", "a TCP socket (port 6768, perl)", "a raw socket (protocol 112, perl)"] {
                #expect(web.contains("the binding of \(words)"), "\(web)")
            }
            #expect(!web.contains("6769"))
            #expect(notes.contains("net: its XDP program, the binding of a packet socket (perl) go with it and cannot be put back"), "\(notes)")
            // A link that only changes loses nothing.
            #expect(Planner.plan(try lab.request(Self.vlan(10) + "\nbridges: {br0: {ports: [net]}}\n")).notes.allSatisfy { !$0.message.contains("cannot be put back") })
        }
    }
}

extension Lab {
    /// Sets one setting of a link.
    func sysctl(_ value: String, of link: String, family: String, key: String) throws {
        try Lab.run(["ip", "netns", "exec", self.name, "bash", "-c", "echo \(value) >/proc/sys/net/\(family)/\(link)/\(key)"])
    }
}
