import HostNetwork
import Planner
import Testing

/// Addresses that the host's own DHCP client looks after.
@Suite struct `Leases` {
    private func host() throws -> HostModel {
        var host = try HostModel(nics: ["ens33", "ens37"])
        var lease = Address(try IPNetwork("192.0.2.77/24"))
        lease.validLifetime = 600
        host.network[try LinkName("ens33")]?.addresses = [lease]
        return host
    }

    @Test func `a lease stays where the file leaves it to DHCP, even where others go`() throws {
        let plan = try host().plan(
            """
            version: 1
            ethernets: {ens33: {dhcp4: true, addresses: [], addresses_exclusive: true}}
            """)
        #expect(plan.isEmpty)
        #expect(plan.notes.map(\.message) == ["192.0.2.77/24 is left to the host's own DHCP client"])
    }

    @Test func `where the file does not speak of DHCP, an exclusive list takes the lease away, and the plan says so`() throws {
        let plan = try host().plan(
            """
            version: 1
            ethernets: {ens33: {addresses: [], addresses_exclusive: true}}
            """)
        #expect(plan.steps.flatMap(\.changes) == [FieldChange("address", old: "192.0.2.77/24", new: nil)])
    }

    @Test func `an exclusive list says nothing of a family that it does not hold`() throws {
        var host = try HostModel(nics: ["ens33"])
        try host.address("ens33", "192.0.2.1/24")
        try host.address("ens33", "192.0.2.2/24")
        try host.address("ens33", "2001:db8::1/64")
        func gone(_ list: String) throws -> [String?] {
            let plan = try host.plan("version: 1\nethernets: {ens33: {addresses: \(list), addresses_exclusive: true}}") { $0.allowsOutage = true }
            return plan.steps.flatMap(\.changes).filter { $0.field == "address" && $0.new == nil }.map(\.old)
        }
        #expect(try gone("[192.0.2.1/24]") == ["192.0.2.2/24"])
        #expect(try gone("[]").count == 3)
    }

    @Test func `a link without a lease is left to the client as well`() throws {
        let plan = try host().plan(
            """
            version: 1
            bridges: {br0: {ports: [ens37], dhcp4: true, dhcp6: true}}
            """)
        #expect(
            plan.notes.map(\.message) == [
                "its IPv4 address is left to the host's own DHCP client: weft starts none",
                "its IPv6 address is left to the host's own DHCP client: weft starts none",
            ])
    }

    @Test func `a NIC with a lease does not enter a bridge that waits for one unasked`() throws {
        let yaml = """
            version: 1
            bridges: {br0: {ports: [ens33], dhcp4: true}}
            """
        let plan = try host().plan(yaml)
        #expect(plan.refusals.map(\.kind) == [.outage])
        #expect(plan.refusals.first?.fix == "have the client ready for br0, and give --allow-outage")
        #expect(try host().plan(yaml) { $0.allowsOutage = true }.refusals.isEmpty)
    }
}
