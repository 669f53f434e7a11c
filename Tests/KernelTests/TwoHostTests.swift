import Foundation
import HostNetwork
import Testing

/// Two hosts with a leg in two networks each, as `examples/ha-two-bridges.yaml` has it, at real switches: the outer one bundles the two
/// ports of each host by LACP, the inner ones are two that know nothing of each other, with a cable between them.
@Suite struct `Two hosts of two bridges each` {
    /// Asks several at once who answers one ping: programs that start are dear, and a way that is shut costs a second.
    private func answers(_ pings: [(lab: Lab, address: String)]) throws -> [Bool] {
        let running = try pings.map { ping in
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["ip", "netns", "exec", ping.lab.name, "ping", "-n", "-q", "-W", "1", "-c", "1", ping.address]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }
        return running.map { process in
            process.waitUntilExit()
            return process.terminationStatus == 0
        }
    }

    private func with(_ count: Int, _ labs: [Lab] = [], _ test: ([Lab]) async throws -> Void) async throws {
        guard labs.count < count else { return try await test(labs) }
        try await Lab.with { lab in try await with(count, labs + [lab], test) }
    }

    /// Cables: `end` of a host to a switch's port of the host's name and its own.
    private func plug(_ host: Lab, _ nic: String, mac: String, into far: Lab, _ port: String) throws {
        try host.ip("link add \(nic) address \(mac) type veth peer name \(port) netns \(far.name)\nlink set \(nic) up")
        try far.ip("link set \(port) up")
    }

    @Test func `inside reaches inside across hosts and never gets out, whichever NIC is pulled`() async throws {
        try await with(7) { labs in
            let (hosts, outer, inner, guests) = ([labs[0], labs[1]], labs[2], [labs[3], labs[4]], [labs[5], labs[6]])
            try outer.ip("link add sw type bridge\nlink set sw up\naddr add 192.0.2.1/24 dev sw")
            for (place, far) in inner.enumerated() {
                try far.ip("link add sw address 02:00:00:00:0f:0\(place) type bridge\nlink set sw up")
            }
            try inner[0].ip("link add trunk type veth peer name trunk netns \(inner[1].name)")
            for far in inner { try far.ip("link set trunk master sw up") }
            for (place, host) in hosts.enumerated() {
                let bond = "lag\(place)"
                try outer.ip("link add \(bond) type bond mode 802.3ad miimon 50 lacp_rate fast\nlink set \(bond) master sw up")
                for nic in 0..<4 {
                    let (far, port) = (nic < 2 ? outer : inner[nic - 2], "h\(place)n\(nic)")
                    try plug(host, "ens3\(3 + nic)", mac: "02:00:00:00:0\(place):0\(nic)", into: far, port)
                    try far.ip(nic < 2 ? "link set \(port) down\nlink set \(port) master \(bond)" : "link set \(port) master sw")
                }
            }
            for (place, host) in hosts.enumerated() {
                let file = try Lab.example("ha-two-bridges.yaml").replacing("192.0.2.10/24", with: "192.0.2.1\(place)/24").replacing("10.0.0.10/24", with: "10.0.0.1\(place)/24")
                    .replacing("miimon: 100", with: "miimon: 50")
                let apply = try `The commands on a real kernel`.weft("apply", "--yes", "-", "--netns", host.name, input: file)
                #expect(apply.status == 0, "\(apply)")
                // A guest that has only the inside, and tries every way out that there could be.
                try host.ip("link add vnet0 type veth peer name eth0 address 02:00:00:00:0a:0\(place) netns \(guests[place].name)\nlink set vnet0 master br1 up")
                try guests[place].ip("link set eth0 up\naddr add 10.0.0.2\(place)/24 dev eth0\naddr add 192.0.2.2\(place)/24 dev eth0\nroute add default via 10.0.0.1\(place)")
            }

            let ways: [(lab: Lab, address: String)] = [
                (guests[0], "10.0.0.21"), (guests[1], "10.0.0.10"), (hosts[0], "192.0.2.1"), (hosts[1], "192.0.2.1"),
            ]
            let shut: [(lab: Lab, address: String)] = guests.map { ($0, "192.0.2.1") }
            func check(_ words: String) throws {
                var found: [Bool] = []
                // A bond that has lost a port, or negotiates, may let a few go by.
                for _ in 0..<60 {
                    found = try answers(ways + shut)
                    #expect(!found.suffix(2).contains(true), "\(words): the inside gets out")
                    if found.prefix(4).allSatisfy({ $0 }) { return }
                }
                Issue.record("\(words): inside to inside, to the other host, and the hosts' ways out: \(found)")
            }
            try check("all NICs")
            // The two of one bond never one after the other, for the first still negotiates when it is back.
            for nic in [0, 2, 1, 3] {
                for place in hosts.indices {
                    let (far, port) = (nic < 2 ? outer : inner[nic - 2], "h\(place)n\(nic)")
                    try far.ip("link set \(port) down")
                    try check("without ens3\(3 + nic) of host \(place)")
                    try far.ip("link set \(port) up")
                }
            }
            // By way of the host, as its router: the frames end there.
            for guest in guests { try guest.ip("addr flush dev eth0 to 192.0.2.0/24") }
            #expect(try answers(shut) == [false, false])
            let seen = try outer.bridgeJSON("fdb show br sw").compactMap { $0["mac"] as? String }
            #expect(seen.contains("02:00:00:00:00:00") && seen.contains("02:00:00:00:01:00"), "\(seen)")
            #expect(!seen.contains { $0.hasPrefix("02:00:00:00:0a") }, "\(seen)")
            let inside = try inner[0].bridgeJSON("fdb show br sw").compactMap { $0["mac"] as? String }
            #expect(inside.contains("02:00:00:00:0a:00") && inside.contains("02:00:00:00:0a:01"), "\(inside)")
        }
    }
}
