import Foundation
import HostNetwork
import Testing

/// `weft show segments` in a namespace.
@Suite struct `Broadcast domains on a real kernel` {
    typealias Program = `The commands on a real kernel`

    private func show(_ lab: Lab) throws -> (segments: [String: [String: Any]], routing: [[String: Any]]) {
        let run = try Program.weft("show", "segments", "--json", "--netns", lab.name)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any], "\(run)")
        let segments = try #require(document["segments"] as? [[String: Any]])
        return (Dictionary(segments.map { ($0["name"] as? String ?? "", $0) }) { first, _ in first }, try #require(document["routing"] as? [[String: Any]]))
    }

    @Test func `VLANs of a bond and of a bridge are kept apart, and the host's forwarding joins those where it has addresses`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33", "ens37"])
            try lab.ip(
                """
                link add bond0 type bond mode active-backup
                link set ens37 down
                link set ens37 master bond0
                link set bond0 up
                link add link bond0 name bond0.10 type vlan id 10
                link add brvlan-10 type bridge
                link set bond0.10 master brvlan-10
                link set brvlan-10 up
                addr add 10.10.0.1/24 dev brvlan-10
                link add br0 type bridge vlan_filtering 1
                link set ens33 master br0
                tuntap add tap0 mode tap
                link set tap0 master br0
                link set br0 up
                link add link br0 name br0.20 type vlan id 20
                addr add 10.20.0.1/24 dev br0.20
                """)
            try lab.bridge(
                """
                vlan add dev ens33 vid 20-30
                vlan add dev br0 vid 20 self
                vlan del dev tap0 vid 1
                vlan add dev tap0 vid 20 pvid untagged
                """)
            _ = try Lab.run(["ip", "netns", "exec", lab.name, "sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward"])
            let (segments, none) = try show(lab)
            #expect(none.isEmpty)
            #expect(Set(segments.keys) == ["brvlan-10", "br0 VLAN 1", "br0 VLAN 20", "br0 VLAN 21-30", "bond0"], "\(segments.keys)")
            let wires = segments["br0 VLAN 20"]?["wires"] as? [[String: Any]]
            #expect(wires?.first?["link"] as? String == "ens33" && wires?.first?["tags"] as? [String] == ["20"])
            #expect(segments["br0 VLAN 20"]?["ports"] as? [String] == ["tap0"])
            #expect(segments["bond0"]?["idle"] as? Bool == true)

            _ = try Lab.run(["ip", "netns", "exec", lab.name, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])
            let (_, all) = try show(lab)
            #expect(all.count == 1 && all.first?["from"] as? [Int] == all.first?["to"] as? [Int], "\(all)")
            _ = try Lab.run(["ip", "netns", "exec", lab.name, "sh", "-c", "echo 0 >/proc/sys/net/ipv4/conf/brvlan-10/forwarding"])
            let text = try Program.weft("show", "segments", "--netns", lab.name)
            #expect(text.output.contains("The host routes IPv4 from br0 VLAN 20 to br0 VLAN 20, brvlan-10, unless a firewall forbids it."), "\(text)")
        }
    }
}
