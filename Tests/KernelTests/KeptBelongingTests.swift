import Change
import HostNetwork
import Planner
import Testing

/// What the kernel drops of a link that stays, because its MAC address changes, its last IPv4 address goes or its bridge does: it is there
/// after the change, and it is there after the way back.
@Suite struct `What belongs to a link that stays` {
    /// What is there that the kernel keeps beside links, addresses and routes.
    private static func facts(_ lab: Lab) throws -> Set<String> {
        try lab.wholePicture().filter { fact in ["neighbour ", "proxy ", "fdb ", "group ", "setting "].contains { fact.hasPrefix($0) } }
    }

    /// Applies a file, which must end well, and goes back to before it.
    /// - Returns: what was there in between.
    private static func thereAndBack(_ lab: Lab, _ yaml: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Set<String> {
        let before = try lab.wholePicture()
        try lab.apply(yaml) { $0.allowsOutage = true }
        let between = try facts(lab)
        let problem = try lab.rollBackLast()
        #expect(problem == nil, sourceLocation: sourceLocation)
        let difference = Lab.difference(before, try lab.wholePicture())
        #expect(difference == [], sourceLocation: sourceLocation)
        return between
    }

    /// A NIC with an address and permanent neighbours of both families.
    private static func nic(_ lab: Lab) throws {
        try lab.nicsUp(["nic0", "nic1"])
        try lab.ip(
            """
            addr add 192.0.2.1/24 dev nic0
            addr add 2001:db8::1/64 dev nic0 nodad
            route add default via 192.0.2.254
            neigh add 192.0.2.254 lladdr 02:00:00:00:09:09 dev nic0 nud permanent
            neigh add 198.51.100.7 lladdr 02:00:00:00:09:07 dev nic0 nud permanent
            neigh add 2001:db8::fe lladdr 02:00:00:00:09:0a dev nic0 nud permanent
            neigh add proxy 192.0.2.77 dev nic0
            """)
    }

    @Test func `a MAC address that changes costs no permanent neighbour, nor one of a VLAN that follows it`() async throws {
        try await Lab.with { lab in
            try Self.nic(lab)
            try lab.apply("version: 1\nvlans: {web: {parent: nic0, id: 7, addresses: [203.0.113.1/24]}}\n")
            try lab.ip("neigh add 203.0.113.9 lladdr 02:00:00:00:09:0b dev web nud permanent")
            let before = try Self.facts(lab)
            let file = "version: 1\nethernets: {nic0: {mac: \"02:00:00:00:00:77\"}}\nvlans: {web: {parent: nic0, id: 7, addresses: [203.0.113.1/24]}}\n"
            #expect(Lab.difference(before, try Self.thereAndBack(lab, file)) == [])
        }
    }

    @Test func `neighbours follow their network from a NIC to a bridge, and come back with it`() async throws {
        try await Lab.with { lab in
            try Self.nic(lab)
            let file = "version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24, \"2001:db8::1/64\"], gateway: 192.0.2.254}}\n"
            // The bridge is new, and one time it was there before.
            for _ in 0..<2 {
                let between = try Self.thereAndBack(lab, file).filter { $0.hasPrefix("neighbour ") || $0.hasPrefix("proxy ") }
                #expect(between.count { $0.contains("dev br0 ") } == 3, "\(between)")
                #expect(between.count { $0.contains("dev nic0 ") && $0.contains("198.51.100.7") } == 1, "\(between)")
                try lab.apply("version: 1\nbridges: {br0: {ports: [nic1], addresses: [198.51.100.1/24]}}\n")
            }
        }
    }

    @Test func `an address that takes the next one of its network along costs no neighbour`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0"])
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24, 192.0.2.2/24]}}\n")
            try lab.ip("neigh add 192.0.2.9 lladdr 02:00:00:00:09:09 dev br0 nud permanent")
            let before = try Self.facts(lab)
            #expect(Lab.difference(before, try Self.thereAndBack(lab, "version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.2/24]}}\n")) == [])
        }
    }

    @Test func `a bridge that goes and comes back has its ports' static entries, its own, its groups and its settings again`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.ip("tuntap add tap0 mode tap")
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], addresses: [192.0.2.1/24]}}\n")
            try lab.ip("link set tap0 master br0")
            try lab.furnish()
            let between = try Self.thereAndBack(lab, "version: 1\n")
            #expect(!between.contains { $0.hasPrefix("fdb ") || $0.hasPrefix("group ") }, "\(between)")
        }
    }

    @Test func `what cannot be kept is named before, and what is left out of the file for good is not missed`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            let file = "version: 1\nbridges: {br0: {ports: [nic0]}, br1: {ports: [nic1]}}\n"
            try lab.apply(file)
            try lab.bridge("fdb add 02:00:00:00:0a:01 dev nic0 master static")
            try lab.ip("neigh add 2001:db8::9 lladdr 02:00:00:00:09:0a dev br1 nud permanent")
            let moved = "version: 1\nbridges: {br0: {}, br1: {ports: [nic0, nic1], ipv6: false}}\n"
            let notes = Planner.plan(try lab.request(moved)).notes.map { "\($0.link): \($0.message)" }
            // Without a VLAN the kernel makes one entry for each, and one for none.
            #expect(notes.contains("nic0: static FDB entry 02:00:00:00:0a:01 vlan 1, static FDB entry 02:00:00:00:0a:01 go, and cannot be put back"), "\(notes)")
            #expect(notes.contains("br1: neighbour 2001:db8::9 at 02:00:00:00:09:0a goes, and cannot be put back"), "\(notes)")
            _ = try Self.thereAndBack(lab, moved)
        }
    }

    @Test func `going back leaves alone a link that somebody else has made under the name of weft's`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], ageing_time: 77}}\n")
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0], ageing_time: 99}}\n")
            try lab.ip("link del br0\nlink add br0 type bridge\nlink set nic1 master br0")
            let before = try lab.wholePicture()
            let problem = #expect(throws: Lab.Failure.self) { try lab.rollBackLast() }
            #expect(problem?.description.contains("br0 is not the link that weft made") == true)
            #expect(Lab.difference(before, try lab.wholePicture()) == [])
        }
    }
}
