import Foundation
import HostNetwork
import Testing

/// The whole of it with guests that run: a bond to a real switch, VLANs, bridges, domains; judged by the guests themselves, by a far
/// station, and by what the switch has learned.
@Suite(.serialized) struct `Booted guests` {
    typealias Program = `The commands on a real kernel`

    private static let file = """
        version: 1
        bonds: {bond0: {ports: [ens37, ens38], mode: active-backup, miimon: 100}}
        trunks: {bond0: {vlans: [10, 20]}}
        domains:
          vm1: {interfaces: [{vlan: 10, mac: "52:54:00:00:00:01"}]}
          vm2: {interfaces: [{vlan: 20, mac: "52:54:00:00:00:02"}]}

        """

    private func weft(_ domains: DomainLab, _ words: String..., input: String = "") throws -> Program.Run {
        try Program.weft(words + ["--netns", domains.lab.name, "--connect", domains.uri], input: input)
    }

    /// Outside: a switch that knows VLANs, and a station on VLAN 10.
    private func cable(_ domains: DomainLab, to far: Lab) throws {
        try far.ip("link add sw type bridge vlan_filtering 1 vlan_default_pvid 0\nlink set sw up")
        for (place, nic) in ["ens37", "ens38"].enumerated() {
            try domains.lab.ip("link add \(nic) address 02:00:00:00:00:0\(place + 1) type veth peer name q\(place) netns \(far.name)\nlink set \(nic) up")
        }
        try far.ip(
            """
            link add f0 type veth peer name f1
            link set q0 master sw up
            link set q1 master sw up
            link set f1 master sw up
            link set f0 address 02:00:00:00:00:fe up
            addr add 10.9.0.254/24 dev f0
            """)
        try far.bridge((["q0", "q1"].flatMap { port in [10, 20].map { "vlan add dev \(port) vid \($0)" } } + ["vlan add dev f1 vid 10 pvid untagged"]).joined(separator: "\n"))
    }

    @Test func `a VLAN's guests reach one another and the far station, others do not, a move joins them, and a card goes with its guest's leave`() async throws {
        try await DomainLab.with(bridges: []) { domains in
            try await Lab.with { far in
                try cable(domains, to: far)
                let one = try BootedGuest(domains, "vm1", number: 1, address: "10.9.0.1/24", peers: ["10.9.0.2", "10.9.0.254"])
                let two = try BootedGuest(domains, "vm2", number: 2, address: "10.9.0.2/24", peers: ["10.9.0.254"], givesUp: false)
                let apply = try weft(domains, "apply", "--yes", "-", input: Self.file)
                #expect(apply.status == 0, "\(apply)")
                try domains.virsh(["start \(one.uuid)", "start \(two.uuid)"])
                try one.wait(for: "READY", everSaid: true)
                try two.wait(for: "READY", everSaid: true)

                // Each on its VLAN, to the far station and to each other; the switch has learned each MAC there.
                try one.wait(for: "PING 10.9.0.254 yes", everSaid: true)
                try one.wait(for: "PING 10.9.0.2 no")
                try two.wait(for: "PING 10.9.0.254 no")
                let learned = try far.bridgeJSON("fdb show br sw").compactMap { entry -> String? in
                    guard let mac = entry["mac"] as? String, mac.hasPrefix("52:54"), let vlan = entry["vlan"] as? Int else { return nil }
                    return "\(mac) \(vlan)"
                }
                #expect(Set(learned) == ["52:54:00:00:00:01 10", "52:54:00:00:00:02 20"], "\(learned)")

                // Without unplugging: the guest keeps its card, and its address on it.
                let move = try weft(domains, "vm", "move", "vm2", "--mac", "52:54:00:00:00:02", "--vlan", "10")
                #expect(move.status == 0, "\(move)")
                try one.wait(for: "PING 10.9.0.2 yes")
                try two.wait(for: "PING 10.9.0.254 yes")
                try two.wait(for: "NICS eth0 lo")

                // A guest that answers gives its second card up; done is when it is gone.
                let attach = try weft(domains, "vm", "attach", "vm1", "--vlan", "20", "--mac", "52:54:00:00:00:11")
                #expect(attach.status == 0, "\(attach)")
                try one.wait(for: "NICS eth0 eth1 lo")
                let detach = try weft(domains, "vm", "detach", "vm1", "--mac", "52:54:00:00:00:11", "--timeout", "200")
                #expect(detach.status == 0, "\(detach)")
                try one.wait(for: "NICS eth0 lo")
                #expect(try domains.snapshot()["vm1"]?.interfaces.count == 1)

                // One that does not keeps it, on both sides, and that is said.
                let before = try domains.snapshot()["vm2"]
                let deaf = try weft(domains, "vm", "detach", "vm2", "--mac", "52:54:00:00:00:02", "--timeout", "3")
                #expect(deaf.status == 1, "\(deaf)")
                #expect(deaf.errors.contains("It is still attached to brvlan-10, and its stored configuration still has it: both as before"), "\(deaf)")
                #expect(try domains.snapshot()["vm2"] == before)
                try two.wait(for: "PING 10.9.0.254 yes")
            }
        }
    }
}
