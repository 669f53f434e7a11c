import HostNetwork
import Planner
import Report
import Testing

@Suite struct `Whose domains a plan concerns` {
    private static func device(_ mac: String, _ bridge: String, target: String? = nil) throws -> DomainDevice {
        var device = DomainDevice(mac: try MACAddress(mac), type: "bridge")
        device.bridge = bridge
        device.target = target
        return device
    }

    /// A domain that runs on one bridge, or does not run, and is stored on another.
    private static func domain(_ name: String, _ number: Int, live: String?, tap: String? = nil, stored: String) throws -> Domain {
        let mac = "52:54:00:00:01:0\(number)"
        let interface = DomainInterface(live: try live.map { try device(mac, $0, target: tap) }, stored: try device(mac, stored))
        return Domain(
            name: name, uuid: "uuid-\(name)", state: live == nil ? .shutOff : .running, isPersistent: true, isActive: live != nil, interfaces: [interface])
    }

    /// A bond with VLANs 10 and 20, a running guest on each, one that is stopped, and one on a bridge of its own.
    private static func host() throws -> (HostModel, DomainSnapshot) {
        var host = try HostModel(nics: ["ens33", "ens37", "ens38"])
        try host.apply(`What a plan costs`.bonded)
        try host.foreign("br9", kind: .bridge)
        try host.foreign("vnet0", master: "brvlan-10")
        try host.foreign("vnet1", master: "brvlan-20")
        try host.foreign("vnet2", master: "br9")
        let domains = [
            try domain("vm1", 1, live: "brvlan-10", tap: "vnet0", stored: "brvlan-10"),
            try domain("vm2", 2, live: "brvlan-20", tap: "vnet1", stored: "brvlan-10"),
            try domain("vm3", 3, live: nil, stored: "brvlan-10"),
            try domain("vm4", 4, live: "br9", tap: "vnet2", stored: "br9"),
        ]
        return (host, DomainSnapshot(uri: "test", host: "kvm1", domains: domains))
    }

    private func words(_ plan: Plan) -> [String] {
        (plan.guests?.interfaces ?? []).map { "\($0.domain) \($0.impact.rawValue) \($0.steps): \($0.notices)" }
    }

    @Test func `running domains are named with what they feel, stopped ones with nothing, and those elsewhere not at all`() throws {
        let (host, snapshot) = try Self.host()
        var plan = try host.plan(`What a plan costs`.bonded.replacing("mode: 4", with: "mode: 1"))
        #expect(plan.concernsGuests(of: host.network))
        plan.name(snapshot, in: host.network)
        #expect(words(plan) == ["vm1 flap [1]: no frames for seconds", "vm2 flap [1]: no frames for seconds", "vm3 none []: nothing: it does not run"])
        let text = PlanText(plan).text
        #expect(text.contains("for guest vm1 (vnet0), guest vm2 (vnet1)"), "\(text)")
        #expect(text.contains("  ! vm1 52:54:00:00:01:01 (vnet0 on brvlan-10): step 1: no frames for seconds"), "\(text)")
        #expect(text.contains("    vm3 52:54:00:00:01:03 (shut off on brvlan-10): nothing: it does not run"), "\(text)")
        let document = PlanDocument(plan)
        #expect(document.guests?.map(\.domain) == ["vm1", "vm2", "vm3"])
        #expect(document.steps[0].affected.filter { $0.kind == "tap" }.map(\.domain) == ["vm1", "vm2"])
    }

    @Test func `a bridge that goes is the end of the next start too, of whoever is stored on it`() throws {
        let (host, snapshot) = try Self.host()
        var plan = try host.plan(`What a plan costs`.bonded.replacing("[10, 20]", with: "[20]")) { $0.allowsOutage = true }
        plan.name(snapshot, in: host.network)
        let fails = "the domain's next start fails, for there is no brvlan-10 any more"
        #expect(words(plan) == ["vm1 outage [1]: no network any more; \(fails)", "vm2 outage []: \(fails)", "vm3 outage []: \(fails)"], "\(words(plan))")
    }

    @Test func `a domain that leaves a bridge in time is not hit by its end`() throws {
        let (host, snapshot) = try Self.host()
        var request = PlanRequest(
            wanted: try HostModel.wanted(`What a plan costs`.bonded.replacing("[10, 20]", with: "[20]")), actual: host.network)
        request.portsPut = host.portsPut
        let settings = DomainDeviceSettings(bridge: "brvlan-20")
        let wanted = try ["vm1", "vm2", "vm3"].enumerated().map { place, name in
            WantedDomain(name: name, interfaces: [WantedInterface(mac: try MACAddress("52:54:00:00:01:0\(place + 1)"), settings: settings)])
        }
        let planned = Planner.plan(links: request, domains: wanted, snapshot: snapshot, patience: 1)
        var plan = planned.linkPlan
        #expect(plan.refusals.isEmpty)
        plan.name(snapshot, in: host.network, changing: planned.domains.plan)
        #expect(plan.disturbedTaps.isEmpty)
        #expect(
            words(plan) == ["vm1 blip []: it moves to brvlan-20: frames may be lost for less than a second", "vm2 none []: nothing", "vm3 none []: nothing: it does not run"],
            "\(words(plan))")
    }

    @Test func `what nobody hangs on asks nobody, and a libvirt that cannot be asked is a note`() throws {
        var (host, _) = try Self.host()
        #expect(try !host.plan(`What a plan costs`.bonded + "\nvlans: {ens33.5: {parent: ens33, id: 5}}").concernsGuests(of: host.network))
        try host.foreign("vnet3", master: "brvlan-10")
        var plan = try host.plan(`What a plan costs`.bonded.replacing("mode: 4", with: "mode: 1"))
        plan.guests = GuestReport(failure: "there is no socket")
        #expect(PlanText(plan).text.contains("note: libvirt could not be asked whose domains this concerns, and taps are named instead: there is no socket"))
        let document = PlanDocument(plan)
        #expect(document.guests == nil && document.guestsUnknown == "there is no socket")
        #expect(PlanText(plan).text.contains("guest vnet3"))
    }
}
