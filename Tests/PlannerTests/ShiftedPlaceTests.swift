import HostNetwork
import Planner
import Testing

/// A file's list of interfaces without a MAC, in which something was put in or taken out.
@Suite struct `Interfaces that only their place tells apart` {
    private let bridges = ["br0", "br1", "br2"]

    private func mac(_ place: Int, turn: Int = 0) -> MACAddress { .derived(host: "kvm1", domain: "vm1", place: place, turn: turn) }

    private func want(_ bridge: String, mac: MACAddress? = nil, access id: UInt16? = nil, isPresent: Bool = true) -> WantedInterface {
        let vlans = id.map { [BridgeVLAN($0, isUntagged: true, isPVID: true)] }
        return WantedInterface(mac: mac, settings: DomainDeviceSettings(bridge: bridge), port: PortSettings(vlans: vlans), isPresent: isPresent)
    }

    /// Plans for one running domain, of which each card is given by its MAC, its bridge and its VLAN.
    private func plan(_ wanted: [WantedInterface], having cards: [(MACAddress, String, UInt16?)], running: Bool = true) throws -> DomainPlan {
        var network = HostNetwork(links: try bridges.map { Link(try LinkName($0), kind: .bridge) })
        network[try LinkName("br2")]?.options[.vlanFiltering] = .number(1)
        var interfaces: [DomainInterface] = []
        for (place, card) in cards.enumerated() {
            var device = DomainDevice(mac: card.0, type: "bridge")
            device.bridge = card.1
            device.model = "virtio"
            let stored = device
            let tap = try LinkName("vnet\(place)")
            device.target = tap.text
            interfaces.append(DomainInterface(live: running ? device : nil, stored: stored))
            guard running else { continue }
            network[tap] = Link(tap, kind: .other("tun"))
            network[tap]?.attachment = .port(of: try LinkName(card.1))
            if let id = card.2 { network.bridgeVLANs[tap] = [BridgeVLAN(id, isUntagged: true, isPVID: true)] }
        }
        let domain = Domain(
            name: "vm1", uuid: "u", state: running ? .running : .shutOff, isPersistent: true, isActive: running, interfaces: interfaces)
        let file = WantedDomain(name: "vm1", interfaces: wanted, origin: SourceMark(file: "t.yaml", line: 1, column: 1))
        return Planner.plan(DomainRequest(wanted: [file], actual: DomainSnapshot(uri: "test", host: "kvm1", domains: [domain]), network: network))
    }

    private func steps(_ plan: DomainPlan) -> [String] {
        plan.refusals.map { "refused: \($0.message)" } + plan.steps.map { step in
            "\(step.verb) \(step.mac) \(step.changes.map { "\($0.field) \($0.old ?? "-") \($0.new ?? "-")" }.joined(separator: ", "))"
        }
    }

    @Test func `an entry put in before another is refused, and the MAC written says which is meant, for good`() throws {
        let refused = try plan([want("br1"), want("br0")], having: [(mac(0), "br0", nil)])
        let refusal = try #require(refused.refusals.first)
        #expect(refused.steps.isEmpty)
        #expect(refusal.message.hasPrefix("vm1 has \(mac(0)) on br0, where entry 2 of its list wants an interface, and entry 1 would move it away"))
        #expect(refusal.fix == "write mac: \(mac(0)) in the entry that means this one")
        // As it says: the one stays, and the other gets a MAC that no other place of the list has.
        let written = [want("br1"), want("br0", mac: mac(0))]
        let added = try plan(written, having: [(mac(0), "br0", nil)])
        #expect(steps(added) == ["create \(mac(0, turn: 1)) bridge - br1, model - virtio"])
        #expect(try plan(written, having: [(mac(0), "br0", nil), (mac(0, turn: 1), "br1", nil)]) == DomainPlan())
        // Meant otherwise: the card moves, and another comes.
        let moved = try plan([want("br1", mac: mac(0)), want("br0")], having: [(mac(0), "br0", nil)])
        #expect(steps(moved) == ["change \(mac(0)) bridge br0 br1", "create \(mac(1)) bridge - br0, model - virtio"])
    }

    @Test func `an entry taken out before another is refused where it would bring two cards together`() throws {
        let cards: [(MACAddress, String, UInt16?)] = [(mac(0), "br0", nil), (mac(1), "br1", nil)]
        let refused = try plan([want("br1")], having: cards)
        #expect(refused.refusals.first?.message.hasPrefix("vm1 has \(mac(1)) on br1, and entry 1 of its list would move \(mac(0)) there") == true, "\(refused)")
        let written = try plan([want("br1", mac: mac(1)), want("br0", mac: mac(0), isPresent: false)], having: cards)
        #expect(steps(written) == ["delete \(mac(0)) bridge br0 -"])
    }

    @Test func `the last entry taken out leaves its card where it is, and that is said`() throws {
        let result = try plan([want("br0")], having: [(mac(0), "br0", nil), (mac(1), "br1", nil)])
        #expect(steps(result) == [])
        #expect(result.notes == ["vm1 keeps \(mac(1)) on br1, which an earlier list had: {mac: \(mac(1)), state: absent} unplugs it"])
    }

    @Test func `another bridge in an entry's place moves its card, be it for all of them`() throws {
        #expect(steps(try plan([want("br1")], having: [(mac(0), "br0", nil)])) == ["change \(mac(0)) bridge br0 br1"])
        let all = try plan([want("br1"), want("br2")], having: [(mac(0), "br0", nil), (mac(1), "br1", nil)])
        #expect(steps(all) == ["change \(mac(0)) bridge br0 br1", "change \(mac(1)) bridge br1 br2"])
        // One at the end is just added.
        #expect(steps(try plan([want("br0"), want("br0")], having: [(mac(0), "br0", nil)])) == ["create \(mac(1)) bridge - br0, model - virtio"])
    }

    @Test func `on one VLAN-aware bridge the VLANs tell, as far as the domain runs, and the rest is a note`() throws {
        let list = [want("br2", access: 5), want("br2", access: 10)]
        let refused = try plan(list, having: [(mac(0), "br2", 10)])
        #expect(refused.refusals.first?.message.hasPrefix("vm1 has \(mac(0)) on br2, VLAN 10 (pvid, untagged), where entry 2") == true, "\(refused)")
        let appended = try plan([want("br2", access: 10), want("br2", access: 5)], having: [(mac(0), "br2", 10)])
        #expect(appended.refusals.isEmpty && appended.steps.map(\.mac) == [mac(1)])
        let stopped = try plan(list, having: [(mac(0), "br2", nil)], running: false)
        #expect(stopped.steps.map(\.mac) == [mac(1)])
        #expect(stopped.notes == ["vm1 has several interfaces on br2 without a MAC: entry 1 means \(mac(0)) by its place in the list alone; write its mac to keep it so"])
        let gone = try plan([want("br2", access: 10)], having: [(mac(0), "br2", 5), (mac(1), "br2", 10)])
        #expect(gone.refusals.count == 1)
    }

    @Test func `a card that a command has added is never taken for one of the file's`() throws {
        let added = mac(-1)
        let result = try plan([want("br1")], having: [(added, "br0", nil)])
        #expect(steps(result) == ["create \(mac(0)) bridge - br1, model - virtio"])
        #expect(result.notes == [])
    }

    @Test func `where the bridge would give another VLAN first, the link comes up last`() throws {
        func actions(_ interfaces: [WantedInterface], _ cards: [(MACAddress, String, UInt16?)] = []) throws -> [String] {
            try plan(interfaces, having: cards).steps.flatMap(\.actions).map { action in
                switch action {
                case .attach(_, _, let settings, let side): "attach \(side) \(settings.isLinkUp.map { $0 ? "up" : "down" } ?? "-")"
                case .update(_, _, let settings, let side): "update \(side) \(settings.isLinkUp.map { $0 ? "up" : "down" } ?? "-")"
                case .detach, .restore: "?"
                case .raiseLink: "raise"
                }
            }
        }
        #expect(try actions([want("br2", access: 10)]) == ["attach stored -", "attach live down", "raise"])
        // The bridge's own VLAN is what is wanted; another bridge tells no VLANs apart.
        #expect(try actions([want("br2", access: 1)]) == ["attach stored -", "attach live -"])
        #expect(try actions([want("br0")]) == ["attach stored -", "attach live -"])
        #expect(try actions([want("br2", mac: mac(7), access: 10)], [(mac(7), "br0", nil)]) == ["update live down", "update stored -", "raise"])
        var down = want("br2", access: 10)
        down.settings.isLinkUp = false
        #expect(try actions([down]) == ["attach stored down", "attach live down"])
    }
}
