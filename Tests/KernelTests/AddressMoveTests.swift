import Change
import Foundation
import HostNetwork
import Planner
import Testing

/// The move of a host's address from its NIC to a bridge, while the host is in use. Nothing is asserted about time: the figures
/// are printed beside those of the same move by `ip`.
@Suite struct `An address moves under load` {
    struct Figures: CustomStringConvertible {
        let sent: Int
        let lost: Int
        let longestGap: Double
        var description: String { "\(lost) of \(sent) pings lost, longest gap \(Int((longestGap * 1000).rounded())) ms" }
    }

    static let move = """
        link add br0 address $MAC up type bridge
        link set ens33 master br0
        addr add 10.0.0.2/24 dev br0
        route replace default via 10.0.0.1 dev br0 proto static
        addr del 10.0.0.2/24 dev ens33
        """

    /// Pings the host every millisecond and sends it a stream over TCP, while it is changed.
    static func measure(_ lab: Lab, _ router: Lab, pinging address: String = "10.0.0.2", _ change: () throws -> Void) throws -> Figures {
        let receiver = try start([
            "ip", "netns", "exec", lab.name, "perl", "-MIO::Socket::INET", "-e",
            "alarm 90; $s = IO::Socket::INET->new(LocalAddr => '10.0.0.2', LocalPort => 7000, Listen => 1, ReuseAddr => 1) or die; $c = $s->accept; $n = 0; while (sysread $c, $b, 65536) { $n += length $b } print $n",
        ])
        // Sends until its input ends, and then writes how many bytes went. Neither waits for ever for a transfer that died.
        let sender = try start([
            "ip", "netns", "exec", router.name, "perl", "-MIO::Socket::INET", "-MTime::HiRes=sleep", "-e",
            "alarm 90; for (1 .. 300) { last if $c = IO::Socket::INET->new('10.0.0.2:7000'); sleep 0.1 } die unless $c; $| = 1; print '.'; $SIG{PIPE} = 'IGNORE'; $n = 0; fcntl(STDIN, 4, 2048); while (1) { $r = sysread STDIN, $x, 1; last if defined $r && $r == 0; $w = syswrite $c, 'x' x 8192; die unless defined $w; $n += $w; sleep 0.002 } close $c; print $n",
        ])
        let ping = try start(["ip", "netns", "exec", router.name, "ping", "-D", "-n", "-i", "0.001", address])
        // Both are under way once they have written something.
        _ = (sender.output.availableData, ping.output.availableData)
        try change()
        Thread.sleep(forTimeInterval: 1)
        ping.process.interrupt()
        let lines = ping.rest().split(separator: "\n")
        var stamps: [Double] = []
        for line in lines where line.contains(" bytes from ") {
            if let stamp = Double(String(line.dropFirst().prefix { $0 != "]" })) { stamps.append(stamp) }
        }
        var gap = 0.0
        for place in stamps.indices.dropFirst() { gap = max(gap, stamps[place] - stamps[place - 1]) }
        let numbers = (lines.first { $0.contains("packets transmitted") } ?? "").split(separator: " ").compactMap { Int($0) }
        try sender.input.close()
        let (sent, received) = (sender.rest(), receiver.rest())
        #expect(Int(sent) ?? 0 > 0 && sent == received, "the transfer: \(sent) bytes went, \(received) came")
        return Figures(sent: numbers.first ?? 0, lost: (numbers.first ?? 0) - (numbers.dropFirst().first ?? 0), longestGap: gap)
    }

    struct Started {
        let process: Process
        let input: FileHandle
        let output: FileHandle

        /// All that it writes until it ends.
        func rest() -> String {
            let text = String(decoding: output.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return text
        }
    }

    static func start(_ words: [String]) throws -> Started {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        let output = Pipe()
        let input = Pipe()
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        return Started(process: process, input: input.fileHandleForWriting, output: output.fileHandleForReading)
    }

    static let file = "version: 1\nbridges: {br0: {ports: [ens33], addresses: [10.0.0.2/24, \"2001:db8::2/64\"], gateway: 10.0.0.1}}\n"

    static func apply(_ lab: Lab, _ file: String) throws {
        let request = try lab.request(file) { $0.allowsOutage = true }
        guard case .done = try lab.carryOut(request) else { throw Lab.Failure(description: "the move failed") }
    }

    /// The benchmark's limit program, which sends the same messages by hand: the yardstick beside weft and `ip`.
    static func limitProgram() throws -> String {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scripts/lib/bench/limit.c").standardized.path()
        let program = FileManager.default.temporaryDirectory.appending(path: "weft-limit-\(UUID().uuidString)").path()
        _ = try Lab.run(["clang", "-std=c11", "-O2", "-o", program, source])
        return program
    }

    @Test func `from a NIC to its bridge and back: a TCP transfer survives, beside a C program and ip`() async throws {
        try await `Probes on a real kernel`.withRouter { lab, router in
            let limit = try Self.limitProgram()
            defer { try? FileManager.default.removeItem(atPath: limit) }
            // Planned before: what is measured is the move.
            let request = try lab.request(Self.file)
            let weft = try Self.measure(lab, router) {
                guard case .done = try lab.carryOut(request) else { throw Lab.Failure(description: "the move failed") }
            }
            let links = try lab.links()
            let mac = links["ens33"]?["address"] as? String ?? ""
            #expect(links["br0"]?["address"] as? String == mac)
            let back = try Self.measure(lab, router) { try lab.destroy(allowsOutage: true) }
            let byHand = try Self.measure(lab, router) {
                _ = try Lab.run(["ip", "netns", "exec", lab.name, limit, "move", "ens33", "10.0.0.2/24", "10.0.0.1"])
            }
            try lab.ip("addr add 10.0.0.2/24 dev ens33\nroute replace default via 10.0.0.1 dev ens33 proto static\nlink del br0")
            let ip = try Self.measure(lab, router) {
                for line in Self.move.replacing("$MAC", with: mac).split(separator: "\n") {
                    _ = try Lab.run(["ip", "-n", lab.name] + line.split(separator: " ").map { String($0) })
                }
            }
            print("address move, NIC to bridge, pings every ms: weft: \(weft); the same messages by a C program: \(byHand); by five ip commands: \(ip); back by weft: \(back)")
        }
    }

    @Test func `from a NIC to a bond and to a bridge on it: a TCP transfer survives`() async throws {
        try await `Probes on a real kernel`.withRouter { lab, router in
            try lab.nicsUp(["ens34"])
            let bond = try Self.measure(lab, router) {
                try Self.apply(lab, "version: 1\nbonds: {bond0: {ports: [ens33, ens34], mode: active-backup, primary: ens33, miimon: 100, addresses: [10.0.0.2/24, \"2001:db8::2/64\"], gateway: 10.0.0.1}}\n")
            }
            let bridge = try Self.measure(lab, router) {
                try Self.apply(lab, "version: 1\nbonds: {bond0: {ports: [ens33, ens34], mode: active-backup, primary: ens33, miimon: 100}}\n"
                    + Self.file.replacing("version: 1\n", with: "").replacing("ports: [ens33]", with: "ports: [bond0]"))
            }
            let straight = try Self.measure(lab, router) {
                try Self.apply(lab, "version: 1\nethernets: {ens33: {addresses: [10.0.0.2/24, \"2001:db8::2/64\"], gateway: 10.0.0.1}}\n")
            }
            #expect(try lab.links()["bond0"] == nil)
            print("address move by weft, pings every ms: NIC to bond: \(bond); bond to bridge: \(bridge); all the way back: \(straight)")
        }
    }

    /// The flags of the IPv6 address, in the words of `ip`, on a link that has it.
    private static func flags(_ lab: Lab, _ link: String) throws -> Set<String>? {
        let entries = try lab.json("-6 addr show dev \(link)").flatMap { $0["addr_info"] as? [[String: Any]] ?? [] }
        return entries.first { $0["local"] as? String == "2001:db8::2" }.map { Set($0.keys).intersection(["tentative", "nodad", "dadfailed", "optimistic"]) }
    }

    @Test func `an IPv6 address that the same neighbours hear is in use at once, marked as any other; elsewhere it is asked for`() async throws {
        try await `Probes on a real kernel`.withRouter { lab, router in
            // `ip` goes first: what it leaves is what the kernel has of itself.
            try lab.ip("addr replace 2001:db8::2/64 dev ens33")
            let mac = try lab.links()["ens33"]?["address"] as? String ?? ""
            let move = Self.move.replacing("$MAC", with: mac) + "\naddr add 2001:db8::2/64 dev br0\naddr del 2001:db8::2/64 dev ens33"
            let ip = try Self.measure(lab, router, pinging: "2001:db8::2") {
                try lab.ip(move)
                while try Self.flags(lab, "br0") != [] { Thread.sleep(forTimeInterval: 0.1) }
            }
            try lab.ip("addr add 10.0.0.2/24 dev ens33\naddr add 2001:db8::2/64 dev ens33 nodad\naddr replace 2001:db8::2/64 dev ens33\nroute replace default via 10.0.0.1 dev ens33 proto static\nlink del br0")
            let request = try lab.request(Self.file)
            let weft = try Self.measure(lab, router, pinging: "2001:db8::2") {
                guard case .done = try lab.carryOut(request) else { throw Lab.Failure(description: "the move failed") }
                #expect(try Self.flags(lab, "br0") == [])
            }
            let back = try Self.measure(lab, router, pinging: "2001:db8::2") {
                try lab.destroy(allowsOutage: true)
                #expect(try Self.flags(lab, "ens33") == [])
            }
            print("IPv6 address move, NIC to bridge, pings every ms: weft: \(weft); by ip: \(ip); back by weft: \(back)")
            // Behind another card somebody else may have it.
            try lab.nicsUp(["ens34"])
            try Self.apply(lab, Self.file.replacing("[ens33]", with: "[ens33, ens34]"))
            #expect(try Self.flags(lab, "br0") == ["tentative"])
        }
    }
}
