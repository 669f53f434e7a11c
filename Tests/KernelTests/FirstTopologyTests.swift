import Foundation
import HostNetwork
import Testing

/// `weft init …`: what it writes is planned and applied by the ordinary commands.
@Suite struct `A first topology is written from the host's own network` {
    typealias Program = `The commands on a real kernel`

    @Test func `a NIC goes behind a bridge with its addresses, routes and MAC, and comes back`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens34"])
            try lab.ip("addr add 172.16.0.52/16 dev ens33\naddr add 2001:db8::52/64 dev ens33 nodad\nroute add default via 172.16.0.1 dev ens33")
            let mac = try #require(try lab.links()["ens33"]?["address"] as? String)
            let file = "/tmp/weft-init-\(UUID().uuidString).yaml"
            defer { try? FileManager.default.removeItem(atPath: file) }

            let bridge = try Program.weft("init", "bridge", "ens33", "-o", file, "--netns", lab.name)
            #expect(bridge.status == 0, "\(bridge)")
            #expect(try Program.weft("init", "bridge", "ens33", "-o", file, "--netns", lab.name).errors.contains("File exists"))
            let apply = try Program.weft("apply", file, "--yes", "--netns", lab.name)
            #expect(apply.status == 0, "\(apply)")
            #expect(try lab.links()["ens33"]?["master"] as? String == "br0")
            #expect(try lab.links()["br0"]?["address"] as? String == mac)
            let addresses = try lab.ip("addr show dev br0")
            #expect(addresses.contains("172.16.0.52/16") && addresses.contains("2001:db8::52/64"))
            #expect(try lab.ip("route show default").contains("via 172.16.0.1 dev br0"))

            let unbridge = try Program.weft("init", "unbridge", "br0", "--netns", lab.name)
            #expect(unbridge.status == 0 && !unbridge.output.contains("br0"), "\(unbridge)")
            let back = try Program.weft("apply", "-", "--yes", "--remove", "1", "--netns", lab.name, input: unbridge.output)
            #expect(back.status == 0, "\(back)")
            #expect(try lab.links()["br0"] == nil)
            #expect(try lab.ip("addr show dev ens33").contains("172.16.0.52/16"))
            #expect(try lab.ip("route show default").contains("via 172.16.0.1 dev ens33"))
        }
    }

    @Test func `a trunk is added to what there is, and what cannot be is said`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.ip("addr add 172.16.0.52/16 dev ens33\nlink add link ens33 name ens33.30 type vlan id 30")
            let trunk = try Program.weft("init", "trunk", "ens33", "--vlans", "10,20-21", "--netns", lab.name)
            #expect(trunk.output.contains("trunks:\n  ens33: {vlans: [10, 20-21]}"), "\(trunk)")
            let apply = try Program.weft("apply", "-", "--yes", "--netns", lab.name, input: trunk.output)
            #expect(apply.status == 0, "\(apply)")
            #expect(try lab.links()["ens33.21"]?["master"] as? String == "brvlan-21")
            #expect(try lab.ip("addr show dev ens33").contains("172.16.0.52/16"))
            #expect(try Program.weft("init", "trunk", "ens33", "--vlans", "30", "--netns", lab.name).errors.contains("is there already, as ens33.30"))
            #expect(try Program.weft("init", "bridge", "ens99", "--netns", lab.name).errors.contains("there is no link ens99 here"))
        }
    }
}
