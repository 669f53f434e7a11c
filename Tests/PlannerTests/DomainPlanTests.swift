import HostNetwork
import Planner
import Testing

@Suite struct `Plans for domains` {
    private let bridges = ["br0", "br1"]

    private func network(_ taps: [(String, String?)] = []) throws -> HostNetwork {
        var links = try bridges.map { Link(try LinkName($0), kind: .bridge) }
        for (tap, master) in taps {
            var link = Link(try LinkName(tap), kind: .other("tun"))
            link.attachment = try master.map { .port(of: try LinkName($0)) } ?? .free
            links.append(link)
        }
        return HostNetwork(links: links)
    }

    private func device(_ mac: String, _ bridge: String, target: String? = nil) throws -> DomainDevice {
        var device = DomainDevice(mac: try MACAddress(mac), type: "bridge")
        device.bridge = bridge
        device.target = target
        device.model = "virtio"
        return device
    }

    private func domain(_ name: String, active: Bool = true, persistent: Bool = true, _ interfaces: [DomainInterface]) -> Domain {
        Domain(name: name, uuid: "uuid-\(name)", state: active ? .running : .shutOff, isPersistent: persistent, isActive: active, interfaces: interfaces)
    }

    private func plan(_ wanted: [WantedDomain], _ domains: [Domain], _ network: HostNetwork) -> DomainPlan {
        Planner.plan(DomainRequest(wanted: wanted, actual: DomainSnapshot(uri: "test", host: "kvm1", domains: domains), network: network))
    }

    @Test func `an interface that nothing names is added once, with a MAC of its own, and then known`() throws {
        let want = [WantedDomain(name: "vm1", interfaces: [WantedInterface(settings: DomainDeviceSettings(bridge: "br0"))])]
        let other = DomainInterface(live: try device("52:54:00:00:00:01", "br0", target: "vnet0"), stored: try device("52:54:00:00:00:01", "br0"))
        let first = plan(want, [domain("vm1", [other])], try network([("vnet0", "br0")]))
        let step = try #require(first.steps.first)
        #expect(first.steps.count == 1 && step.verb == .create && step.sides == [.live, .stored])
        #expect(step.mac == MACAddress.derived(host: "kvm1", domain: "vm1", place: 0) && step.mac != other.current?.mac)
        #expect(step.actions.map(\.side) == [.stored, .live])
        let added = DomainInterface(live: try device(step.mac.description, "br0", target: "vnet1"), stored: try device(step.mac.description, "br0"))
        #expect(plan(want, [domain("vm1", [other, added])], try network([("vnet0", "br0"), ("vnet1", "br0")])) == DomainPlan())
    }

    @Test func `derived MACs are unicast, locally administered, and unlike`() {
        let macs = (0..<2000).map { MACAddress.derived(host: "kvm\($0 % 7)", domain: "vm\($0)", place: $0 % 3) }
        #expect(Set(macs).count == macs.count)
        #expect(macs.allSatisfy { !$0.isMulticast && $0.bytes[0] == 0x52 })
    }

    @Test func `each configuration gets what it lacks`() throws {
        let mac = "52:54:00:00:00:01"
        func sides(_ interface: DomainInterface, active: Bool = true, persistent: Bool = true) throws -> [String] {
            let want = WantedInterface(mac: try MACAddress(mac), settings: DomainDeviceSettings(bridge: "br1"))
            let result = plan(
                [WantedDomain(name: "vm1", interfaces: [want])], [domain("vm1", active: active, persistent: persistent, [interface])],
                try network([("vnet0", "br0")]))
            return result.steps.flatMap(\.actions).map { action in
                switch action {
                case .attach(_, _, _, let side): "attach \(side)"
                case .update(_, _, _, let side): "update \(side)"
                case .detach(_, _, let side, _): "detach \(side)"
                case .restore(_, _, let side): "restore \(side)"
                case .raiseLink: "raise link"
                }
            }
        }
        let (live, stored) = (try device(mac, "br0", target: "vnet0"), try device(mac, "br0"))
        let there = try device(mac, "br1")
        #expect(try sides(DomainInterface(live: live, stored: stored)) == ["update live", "update stored"])
        #expect(try sides(DomainInterface(live: live, stored: there)) == ["update live"])
        #expect(try sides(DomainInterface(live: there, stored: stored)) == ["update stored"])
        #expect(try sides(DomainInterface(live: nil, stored: stored)) == ["attach live", "update stored"])
        #expect(try sides(DomainInterface(live: nil, stored: stored), active: false) == ["update stored"])
        #expect(try sides(DomainInterface(live: live, stored: nil), persistent: false) == ["update live"])
        #expect(try sides(DomainInterface(live: there, stored: there)) == [])
    }

    @Test func `an interface of a libvirt network that one configuration lacks is plugged in there by the network's name`() throws {
        let mac = "52:54:00:00:00:01"
        var stored = try device(mac, "virbr0")
        stored.type = "network"
        stored.network = "default"
        let want = WantedInterface(mac: try MACAddress(mac), settings: DomainDeviceSettings(model: "virtio"))
        let result = plan(
            [WantedDomain(name: "vm1", interfaces: [want])], [domain("vm1", [DomainInterface(live: nil, stored: stored)])], try network())
        var settings = DomainDeviceSettings(model: "virtio")
        settings.network = "default"
        #expect(result.steps.flatMap(\.actions) == [.attach(domain: "uuid-vm1", mac: try MACAddress(mac), settings: settings, side: .live)])
        #expect(result.steps.first?.changes.contains(FieldChange("live configuration", new: "network default")) == true)
    }

    @Test func `the bridge of libvirt's own network is never written: the network is`() throws {
        let live = try device("52:54:00:00:00:01", "br0", target: "vnet0")
        var snapshot = DomainSnapshot(uri: "test", host: "kvm1", domains: [domain("vm1", [DomainInterface(live: live, stored: live)])])
        snapshot.networks = ["br1": "default"]
        func settings(_ want: WantedInterface) throws -> [DomainDeviceSettings] {
            let request = DomainRequest(wanted: [WantedDomain(name: "vm1", interfaces: [want])], actual: snapshot, network: try network([("vnet0", "br0")]))
            return Planner.plan(request).steps.flatMap(\.actions).compactMap { action in
                switch action {
                case .attach(_, _, let settings, _), .update(_, _, let settings, _): settings
                case .detach, .restore, .raiseLink: nil
                }
            }
        }
        for mac in [live.mac, try MACAddress("52:54:00:00:00:02")] {
            let asked = try settings(WantedInterface(mac: mac, settings: DomainDeviceSettings(bridge: "br1")))
            #expect(asked.count == 2 && asked.allSatisfy { $0.network == "default" && $0.bridge == nil }, "\(asked)")
        }
        snapshot.networks = ["virbr5": "inside"]
        let want = WantedInterface(mac: live.mac, settings: DomainDeviceSettings(bridge: "virbr5"))
        let refused = Planner.plan(DomainRequest(wanted: [WantedDomain(name: "vm1", interfaces: [want])], actual: snapshot, network: try network()))
        #expect(refused.refusals.map(\.fix) == ["start libvirt's network inside, whose bridge that is: `virsh net-start inside`"])
    }

    @Test func `a configuration that a domain does not have is refused, whatever is asked of it`() throws {
        let stored = try device("52:54:00:00:00:01", "br0")
        let stopped = domain("vm1", active: false, [DomainInterface(live: nil, stored: stored)])
        for want in [
            WantedInterface(mac: stored.mac, isPresent: false), WantedInterface(mac: stored.mac, settings: DomainDeviceSettings(bridge: "br1")),
            WantedInterface(mac: try MACAddress("52:54:00:00:00:02"), settings: DomainDeviceSettings(bridge: "br1")),
        ] {
            var request = DomainRequest(
                wanted: [WantedDomain(name: "vm1", interfaces: [want])], actual: DomainSnapshot(uri: "test", host: "kvm1", domains: [stopped]), network: try network())
            request.sides = [.live]
            #expect(Planner.plan(request).refusals.map(\.message) == ["vm1 is shut off: it has no live configuration"])
        }
    }

    @Test func `what hangs on no bridge of the kernel's moves to one in the stored configuration alone`() throws {
        var live = try device("52:54:00:00:00:01", "ovsbr0", target: "vnet0")
        live.switchType = "openvswitch"
        live.switchVLANs = "42"
        var stored = live
        stored.target = nil
        let want = [WantedDomain(name: "vm1", interfaces: [WantedInterface(mac: live.mac, settings: DomainDeviceSettings(bridge: "br0"))])]
        let running = plan(want, [domain("vm1", [DomainInterface(live: live, stored: stored)])], try network())
        #expect(running.refusals.map(\.message) == ["vm1 cannot move 52:54:00:00:00:01 from openvswitch ovsbr0 to br0 while it runs: libvirt only moves what hangs on a bridge of the kernel's"])
        let stopped = plan(want, [domain("vm1", active: false, [DomainInterface(live: nil, stored: stored)])], try network())
        #expect(stopped.steps.flatMap(\.changes) == [FieldChange("bridge", old: "openvswitch ovsbr0", new: "br0")])
        #expect(stopped.notes == ["vm1 52:54:00:00:00:01: VLAN 42, which libvirt sets for it on openvswitch, goes: on a bridge of the kernel's libvirt sets none"])
    }

    @Test func `what a plugged-in card keeps changes in the stored configuration, and is named`() throws {
        let mac = "52:54:00:00:00:01"
        let interface = DomainInterface(live: try device(mac, "br0", target: "vnet0"), stored: try device(mac, "br0"))
        let want = WantedInterface(mac: try MACAddress(mac), settings: DomainDeviceSettings(model: "e1000", mtu: 9000))
        let result = plan([WantedDomain(name: "vm1", interfaces: [want])], [domain("vm1", [interface])], try network([("vnet0", "br0")]))
        #expect(result.steps.map(\.sides) == [[.stored]])
        #expect(result.notes == ["vm1 \(mac): model e1000, mtu 9000 takes effect when the domain is shut down and started again"])
    }

    @Test func `what needs a guest comes last, and the running configuration goes first`() throws {
        let (one, two) = (try device("52:54:00:00:00:01", "br0", target: "vnet0"), try device("52:54:00:00:00:02", "br0"))
        let wanted = [
            WantedDomain(name: "a", interfaces: [WantedInterface(mac: one.mac, isPresent: false)]),
            WantedDomain(name: "b", interfaces: [WantedInterface(mac: two.mac, isPresent: false)]),
        ]
        let result = plan(
            wanted, [domain("a", [DomainInterface(live: one, stored: one)]), domain("b", active: false, [DomainInterface(live: nil, stored: two)])],
            try network([("vnet0", "br0")]))
        #expect(result.steps.map(\.domain) == ["b", "a"])
        #expect(result.steps.last?.actions.map(\.side) == [.live, .stored])
    }

    @Test func `a domain that is not defined is a note, and holds up nothing`() throws {
        let want = WantedInterface(settings: DomainDeviceSettings(bridge: "br0"))
        let result = plan([WantedDomain(name: "vm9", interfaces: [want])], [], try network())
        #expect(result.steps.isEmpty && result.refusals.isEmpty && result.notes.count == 1)
    }

    @Test func `a bridge that goes is left before it is deleted, and a tap astray is put back`() throws {
        var gone = Link(try LinkName("br1"), kind: .bridge)
        gone.group = Ownership.group
        var actual = try network([("vnet0", "br1"), ("vnet1", nil)])
        actual[gone.name] = gone
        var keeps = Link(try LinkName("br0"), kind: .bridge)
        keeps.isUp = true
        let (mover, stray) = ("52:54:00:00:00:01", "52:54:00:00:00:02")
        let snapshot = DomainSnapshot(
            uri: "test", host: "kvm1",
            domains: [
                domain("mover", [DomainInterface(live: try device(mover, "br1", target: "vnet0"), stored: try device(mover, "br1"))]),
                domain("stray", [DomainInterface(live: try device(stray, "br0", target: "vnet1"), stored: try device(stray, "br0"))]),
            ])
        let want = WantedInterface(mac: try MACAddress(mover), settings: DomainDeviceSettings(bridge: "br0"))
        let request = PlanRequest(wanted: HostNetwork(links: [keeps]), actual: actual)
        #expect(Planner.plan(request).refusals.map(\.kind) == [.outage])
        let (links, plan, domains) = Planner.plan(links: request, domains: [WantedDomain(name: "mover", interfaces: [want])], snapshot: snapshot, patience: 1)
        #expect(plan.refusals.isEmpty, "\(plan.refusals)")
        #expect(links.movedByDomains == [try LinkName("vnet0")])
        #expect(plan.removedLinks == [gone.name])
        #expect(domains.plan.steps.map(\.newMaster) == [keeps.name])
        #expect(plan.steps.contains { $0.subject.text == "vnet1" && $0.changes.contains { $0.field == "master" && $0.new == "br0" } })
        #expect(plan.portsPut.isEmpty, "a guest's tap is no port of weft's")
    }

    // MARK: VLANs

    private func filteringNetwork(_ taps: [(String, [BridgeVLAN])]) throws -> HostNetwork {
        var network = try network(taps.map { ($0.0, "br0") })
        network[try LinkName("br0")]?.options[.vlanFiltering] = .number(1)
        for (tap, table) in taps { network.bridgeVLANs[try LinkName(tap)] = table }
        return network
    }

    private func access(_ id: UInt16) -> [BridgeVLAN] { [BridgeVLAN(id, isUntagged: true, isPVID: true)] }

    @Test func `a tap that stays gets its VLANs by the links' plan, and one that is plugged in right after that`() throws {
        let (one, two) = (try device("52:54:00:00:00:01", "br0", target: "vnet0"), try device("52:54:00:00:00:02", "br0", target: "vnet1"))
        func want(_ mac: String, _ id: UInt16) throws -> WantedInterface {
            WantedInterface(mac: try MACAddress(mac), settings: DomainDeviceSettings(bridge: "br0"), port: PortSettings(vlans: access(id)))
        }
        let wanted = [
            WantedDomain(name: "vm1", interfaces: [try want("52:54:00:00:00:01", 10), try want("52:54:00:00:00:03", 20)]),
            WantedDomain(name: "vm2", interfaces: [try want("52:54:00:00:00:02", 20)]),
        ]
        let snapshot = DomainSnapshot(
            uri: "test", host: "kvm1",
            domains: [
                domain("vm1", [DomainInterface(live: one, stored: one)]),
                domain("vm2", [DomainInterface(live: two, stored: two)]),
            ])
        // vm1 has been restarted: its tap has what every new port has. vm2's is as it should be.
        let actual = try filteringNetwork([("vnet0", .initial(defaultPVID: 1)), ("vnet1", access(20))])
        let (_, plan, domains) = Planner.plan(
            links: PlanRequest(wanted: HostNetwork(), actual: actual), domains: wanted, snapshot: snapshot, patience: 1)
        #expect(plan.refusals.isEmpty, "\(plan.refusals)")
        #expect(Set(plan.steps.map(\.subject.text)) == ["vnet0"])
        #expect(plan.steps.flatMap(\.changes).last?.new == "10 (pvid, untagged)")
        #expect(plan.portsPut.isEmpty)
        #expect(domains.plan.steps.map(\.mac.description) == ["52:54:00:00:00:03"])
        #expect(domains.plan.steps.map(\.port.vlans) == [access(20)])
        #expect(domains.plan.steps.first?.changes.last == FieldChange("vlans", new: "20 (pvid, untagged)"))
    }

    @Test func `VLANs on a bridge that does not tell them apart are refused, be it only on the host`() throws {
        let live = try device("52:54:00:00:00:01", "br0", target: "vnet0")
        let want = WantedInterface(mac: live.mac, port: PortSettings(vlans: access(10)))
        let result = plan([WantedDomain(name: "vm1", interfaces: [want])], [domain("vm1", [DomainInterface(live: live, stored: live)])], try network([("vnet0", "br0")]))
        #expect(result.refusals.map(\.message) == ["vm1 cannot be on VLANs of br0, which does not tell VLANs apart"])
    }

    @Test func `a tap on other VLANs than the topology says is a fault, and one that is elsewhere is another`() throws {
        let live = try device("52:54:00:00:00:01", "br0", target: "vnet0")
        let vm = domain("vm1", [DomainInterface(live: live, stored: live)])
        let snapshot = DomainSnapshot(uri: "test", host: "kvm1", domains: [vm])
        let wanted = [WantedDomain(name: "vm1", interfaces: [WantedInterface(mac: live.mac, port: PortSettings(vlans: access(10)))])]
        func codes(_ network: HostNetwork) -> [String] { snapshot.faults(of: vm, in: network, wanted: wanted).flatMap { $0 }.map(\.code) }
        #expect(codes(try filteringNetwork([("vnet0", access(1))])) == ["vlans-differ"])
        #expect(codes(try filteringNetwork([("vnet0", access(10))])) == [])
        #expect(codes(try network([("vnet0", "br0")])) == [])
        #expect(codes(try network([("vnet0", "br1")])) == ["tap-elsewhere"])
    }

    @Test func `without libvirt a tap is known by its name or its address, unless two could be meant`() throws {
        var network = try filteringNetwork([("vnet0", []), ("web0", []), ("vnet2", []), ("vnet3", [])])
        for (tap, mac) in [("vnet0", "fe:54:00:00:00:01"), ("web0", "fe:54:00:00:00:09"), ("vnet2", "fe:54:00:00:00:02"), ("vnet3", "fe:54:00:00:00:0a")] {
            network[try LinkName(tap)]?.mac = try MACAddress(mac)
        }
        func want(_ mac: String?, target: String? = nil, bridge: String = "br0") throws -> WantedInterface {
            WantedInterface(
                mac: try mac.map { try MACAddress($0) }, settings: DomainDeviceSettings(bridge: bridge, target: target), port: PortSettings(vlans: access(10)))
        }
        let wanted = [
            WantedDomain(name: "a", interfaces: [try want("52:54:00:00:00:01"), try want(nil, target: "web0"), try want("52:54:00:00:00:02")]),
            WantedDomain(name: "b", interfaces: [try want("02:54:00:00:00:02"), try want("52:54:00:00:00:0a", bridge: "br1")]),
        ]
        #expect(network.tapPorts(of: wanted, host: "kvm1").map(\.tap.text) == ["vnet0", "web0"])
    }
}
