import HostNetwork
import Planner
import Testing
import Topology

/// Addresses that change their link: whether the kernel is to ask who else has an IPv6 address that moves.
@Suite struct `Addresses that move` {
    private static let ip = "2001:db8::33/64"
    /// The bridge with its NIC, and its address in the file.
    private static func bridge(_ ports: String, _ more: String = "") -> String {
        "version: 1\nbridges: {br0: {ports: \(ports), addresses: [\"\(ip)\"]\(more)}}\n"
    }

    private static func host(on link: String = "ens33", _ files: String...) throws -> HostModel {
        var host = try HostModel(nics: ["ens33", "ens37"])
        for file in files { try host.apply(file) }
        try host.address(link, ip)
        return host
    }

    /// How the address is set: `nodad` is without asking, and `asked` is as any new one.
    private static func ways(_ plan: Plan) -> [String] {
        plan.steps.flatMap(\.actions).compactMap { action in
            guard case .addAddress(let address, let name) = action, address.network.description == ip else { return nil }
            return "\(name) \(address.isUnasked ? "nodad" : "asked")"
        }
    }

    @Test func `one that the same neighbours hear as before is not asked for again, and is marked as any other afterwards`() throws {
        var host = try Self.host()
        let plan = try host.apply(Self.bridge("[ens33]"))
        #expect(Self.ways(plan) == ["br0 nodad", "br0 asked"])
        #expect(plan.worstImpact == .blip)
        #expect(host.network[try LinkName("br0")]?.addresses?.map(\.flags) == [0])

        // Back, with the bridge that goes.
        let back = try host.plan("version: 1\n") { $0.allowsOutage = true }
        #expect(Self.ways(back) == ["ens33 nodad", "ens33 asked"])
        let named = try host.plan("version: 1\nethernets: {ens33: {addresses: [\"\(Self.ip)\"]}}\n")
        #expect(Self.ways(named) == ["ens33 nodad", "ens33 asked"])
    }

    @Test func `above a VLAN and a bond that stay it is not asked for either`() throws {
        let stack = "version: 1\nbonds: {bond0: {ports: [ens33, ens37], mode: 1, miimon: 100}}\nvlans: {bond0.10: {parent: bond0, id: 10}}\n"
        let above = "bridges: {br0: {ports: [bond0.10], addresses: [\"\(Self.ip)\"]}}\n"
        let host = try Self.host(on: "bond0.10", stack)
        #expect(Self.ways(try host.plan(stack + above)) == ["br0 nodad", "br0 asked"])
        // With another mode the bond is off for a moment, and with another id others hear it.
        #expect(Self.ways(try host.plan(stack.replacing("mode: 1", with: "mode: 2") + above)) == ["br0 asked"])
        #expect(Self.ways(try host.plan(stack.replacing("id: 10", with: "id: 11") + above) { $0.allowsOutage = true }) == ["br0 asked"])
    }

    @Test func `where others may hear it, or the carrier drops, it is asked for, and the plan says so`() throws {
        let files = [
            // Behind the second NIC somebody may have it.
            Self.bridge("[ens33, ens37]"),
            // Another card, or none.
            Self.bridge("[ens37]"), Self.bridge("[]"),
            // Its VLANs decide who hears what.
            Self.bridge("[ens33]", ", vlan_filtering: true"),
            // A card goes down to enter a bond.
            "version: 1\nbonds: {bond0: {ports: [ens33], mode: 1, miimon: 100, addresses: [\"\(Self.ip)\"]}}\n",
        ]
        for file in files {
            let plan = try Self.host().plan(file + (file.contains("[ens33") ? "" : "ethernets: {ens33: {addresses: []}}\n")) { $0.allowsOutage = true }
            #expect(Self.ways(plan).allSatisfy { $0.hasSuffix("asked") } && Self.ways(plan).count == 1, "\(file)\(plan.outline)")
            let move = try #require(plan.steps.first { $0.impact.reasons.contains { $0.contains("duplicate address detection") } }, "\(file)")
            #expect(move.impact.impact == .flap && move.impact.protocolSeconds == 2)
        }
        // A guest on the bridge may have it.
        var guests = try HostModel(nics: ["ens33"])
        try guests.apply("version: 1\nbridges: {br0: {ports: []}}\n")
        try guests.foreign("vnet0", master: "br0")
        try guests.address("ens33", Self.ip)
        #expect(Self.ways(try guests.plan(Self.bridge("[ens33]"))) == ["br0 asked"])
    }

    @Test func `one that is being asked for, or was found to be another's, is asked for at its new home`() throws {
        for flags in [UInt32(0x40), 0x48] {
            var host = try Self.host()
            host.network[try LinkName("ens33")]?.addresses?[0].flags = flags
            #expect(Self.ways(try host.plan(Self.bridge("[ens33]"))) == ["br0 asked"])
        }
        var host = try Self.host()
        host.network[try LinkName("ens33")]?.hasCarrier = false
        #expect(Self.ways(try host.plan(Self.bridge("[ens33]"))) == ["br0 asked"])
        // One that is new here is nobody's yet.
        #expect(Self.ways(try HostModel(nics: ["ens33"]).plan(Self.bridge("[ens33]"))) == ["br0 asked"])
    }

    @Test func `a way back mends the mark that a change left when it was cut off between an address's two messages`() throws {
        var host = try Self.host()
        let before = host.network
        host.network[try LinkName("ens33")]?.addresses?[0].isUnasked = true
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        let plan = Planner.plan(back)
        #expect(Self.ways(plan) == ["ens33 asked"])
        host.network = host.network.applying(plan.steps.flatMap(\.actions))
        #expect(host.network[try LinkName("ens33")]?.addresses == before[try LinkName("ens33")]?.addresses)
        back.actual = host.network
        #expect(Planner.plan(back).isEmpty)
    }

    @Test func `a way back to two links with one address takes it from neither, and the routes that rest on it come back`() throws {
        var host = try Self.host()
        try host.apply("version: 1\nvlans: {ens37.10: {parent: ens37, id: 10, addresses: [\"\(Self.ip)\"]}}\n") { $0.allowsOutage = true }
        try host.route("ens33", to: "2001:db8:77::/48", via: "2001:db8::fe")
        let before = host.network
        try host.apply("version: 1\nbonds: {bond0: {ports: [ens33]}}\n") { $0.allowsOutage = true }
        var back = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        back.isRollback = true
        let plan = Planner.plan(back)
        #expect(Set(Self.ways(plan)) == ["ens33 asked", "ens37.10 asked"], "\(plan.outline)")
    }
}
