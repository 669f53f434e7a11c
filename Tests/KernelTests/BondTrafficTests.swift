import Foundation
import HostNetwork
import Testing

/// Bonds of every mode carry frames: over veths, to a peer that is bundled as the mode asks, or to a switch.
@Suite struct `Bonds under traffic` {
    /// A host's namespace with two ports, and the other ends in a namespace of their own.
    private func cabled(_ test: (_ host: Lab, _ far: Lab) async throws -> Void) async throws {
        try await Lab.with { host in
            try await Lab.with { far in
                try host.ip(
                    (0..<2).map { "link add nic\($0) address 02:00:00:00:00:1\($0) type veth peer name port\($0) netns \(far.name)\nlink set nic\($0) up" }
                        .joined(separator: "\n"))
                try far.ip("link set port0 up\nlink set port1 up")
                try await test(host, far)
            }
        }
    }

    /// A switch at the other ends, with an address of its own.
    private func makeSwitch(_ far: Lab) throws {
        try far.ip(
            """
            link add sw address 02:00:00:00:00:20 type bridge stp_state 0
            link set port0 master sw
            link set port1 master sw
            link set sw up
            addr add 192.0.2.2/24 dev sw
            """)
    }

    /// How many of some pings were answered, repetitions not counted.
    @discardableResult
    private func ping(_ lab: Lab, _ address: String, count: Int = 3) throws -> Int {
        let text = try Lab.run(["sh", "-c", "ip netns exec \(lab.name) ping -n -i 0.05 -W 1 -c \(count) \(address) || true"])
        return Set(text.split(separator: "\n").compactMap { line in line.split(separator: " ").first { $0.hasPrefix("icmp_seq=") } }).count
    }

    /// Waits until the way is there: a bond of mode 4 negotiates, and a link's first seconds may go by without a frame.
    private func waitForWay(_ lab: Lab, _ address: String) throws {
        for _ in 0..<40 where try ping(lab, address, count: 1) == 1 { return }
        throw Lab.Failure(description: "\(address) does not answer")
    }

    /// Frames that a link has sent and received.
    private func counts(_ lab: Lab, _ link: String) throws -> (sent: Int, received: Int) {
        let statistics = try lab.json("-s link show \(link)").first?["stats64"] as? [String: [String: Any]]
        return (statistics?["tx"]?["packets"] as? Int ?? 0, statistics?["rx"]?["packets"] as? Int ?? 0)
    }

    @Test(arguments: 0...6) func `a bond of each mode carries traffic`(mode: Int) async throws {
        try await cabled { host, far in
            if [1, 5, 6].contains(mode) {
                try makeSwitch(far)
            } else {
                try far.ip("link add bond0 type bond mode \(mode) miimon 100\(mode == 4 ? " lacp_rate fast" : "")\nlink set port0 down\nlink set port1 down\nlink set port0 master bond0\nlink set port1 master bond0\nlink set bond0 up\naddr add 192.0.2.2/24 dev bond0")
            }
            let lacp = mode == 4 ? ", lacp_rate: fast" : ""
            try host.apply("version: 1\nbonds: {bond0: {ports: [nic0, nic1], mode: \(mode), miimon: 100\(lacp), addresses: [192.0.2.1/24]}}")
            try waitForWay(host, "192.0.2.2")
            // Mode 4 may answer while it still chooses a port.
            var answered = 0
            for _ in 0..<20 where answered < 5 { answered = try ping(host, "192.0.2.2", count: 5) }
            #expect(answered == 5)
        }
    }

    /// A bond under a bridge with a guest, and a switch at the other end.
    @Test(arguments: [1, 5, 6]) func `a cut port stops neither the host nor a guest behind the bridge`(mode: Int) async throws {
        try await cabled { host, far in
            try await Lab.with { guest in
                try makeSwitch(far)
                try host.apply(
                    """
                    version: 1
                    bonds: {bond0: {ports: [nic0, nic1], mode: \(mode), miimon: 50}}
                    bridges: {br0: {ports: [bond0], addresses: [192.0.2.1/24]}}
                    """)
                try host.ip("link add vnet0 type veth peer name eth0 address 02:00:00:00:00:30 netns \(guest.name)\nlink set vnet0 master br0 up")
                try guest.ip("link set eth0 up\naddr add 192.0.2.3/24 dev eth0")
                try waitForWay(host, "192.0.2.2")
                try waitForWay(guest, "192.0.2.2")
                // Of an active-backup bond the first port is the one in use.
                // Both ping while that port is cut in their midst; the last of their pings find the way again.
                let script = """
                    ip netns exec \(host.name) ping -n -i 0.05 -c 40 192.0.2.2 > /tmp/host.$$ & a=$!
                    ip netns exec \(guest.name) ping -n -i 0.05 -c 40 192.0.2.2 > /tmp/guest.$$ & b=$!
                    sleep 0.7; ip -n \(far.name) link set port0 down; wait $a $b
                    for f in host guest; do
                        echo $f $(grep -o 'icmp_seq=[0-9]*' /tmp/$f.$$ | sort -u | wc -l) $(grep -o 'icmp_seq=[0-9]*' /tmp/$f.$$ | tail -1 | cut -d= -f2)
                        rm /tmp/$f.$$
                    done
                    """
                for line in try Lab.run(["sh", "-c", script]).split(separator: "\n") {
                    let words = line.split(separator: " ")
                    #expect(words.count == 3 && (Int(words[1]) ?? 0) >= 15 && (Int(words[2]) ?? 0) > 30, "answered, and the last of 40: \(line)")
                }
                #expect(try ping(guest, "192.0.2.2", count: 5) == 5)
                try far.ip("link set port0 up\nlink set port1 down")
                try waitForWay(host, "192.0.2.2")
                try waitForWay(guest, "192.0.2.2")
            }
        }
    }

    @Test(arguments: [0, 5, 6]) func `flows enough use the second port`(mode: Int) async throws {
        try await cabled { host, far in
            if mode == 0 {
                try far.ip("link add sw type bond mode 0 miimon 100\nlink set port0 down\nlink set port1 down\nlink set port0 master sw\nlink set port1 master sw\nlink set sw up\naddr add 192.0.2.2/24 dev sw")
            } else {
                try makeSwitch(far)
            }
            let options = mode == 5 ? ", tlb_dynamic_lb: false, xmit_hash_policy: layer2+3" : ""
            try host.apply("version: 1\nbonds: {bond0: {ports: [nic0, nic1], mode: \(mode), miimon: 50\(options), addresses: [192.0.2.1/24]}}")
            // Stations behind the switch, each with an address of the link layer: what mode 6 hands its ports' addresses out to.
            let stations = 10..<12
            var clients: [Lab] = []
            func add(_ rest: [Int]) async throws {
                guard let number = rest.first else { return try await exchange(clients) }
                try await Lab.with { client in
                    try far.ip("link add c\(number) type veth peer name eth0 address 02:00:00:00:\(number):00 netns \(client.name)\nlink set c\(number) master sw up")
                    try client.ip("link set eth0 up\naddr add 192.0.2.\(number)/24 dev eth0")
                    clients.append(client)
                    try await add(Array(rest.dropFirst()))
                }
            }
            func exchange(_ clients: [Lab]) async throws {
                let targets = mode == 0 ? ["192.0.2.2"] : stations.map { "192.0.2.\($0)" }
                for target in targets { try waitForWay(host, target) }
                // Mode 6 tells its neighbours which port is theirs a moment after their first answer.
                if mode == 6 { for target in targets { try ping(host, target, count: 20) } }
                let before = try (0..<2).map { try counts(host, "nic\($0)") }
                for target in targets { #expect(try ping(host, target, count: 40) > 30) }
                let after = try (0..<2).map { try counts(host, "nic\($0)") }
                for port in 0..<2 {
                    let sent = after[port].sent - before[port].sent
                    let received = after[port].received - before[port].received
                    #expect(mode == 6 ? received >= 20 : sent >= 15, "nic\(port) sent \(sent), received \(received)")
                }
            }
            try await mode == 0 ? exchange([]) : add(Array(stations))
        }
    }
}
