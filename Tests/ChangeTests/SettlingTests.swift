import Change
import HostNetwork
import Planner
import Testing

/// What a change waits for before it counts as done. Times are limits only: nothing here depends on how long anything takes.
@Suite struct `Waiting for a changed host to settle` {
    /// Carries the usual change out, of which something becomes otherwise when it is read back.
    static func outcome(
        _ caution: Caution, before: (inout HostNetwork) throws -> Void = { _ in }, readings: Int = 1,
        _ later: @escaping @Sendable (inout HostNetwork) -> Void
    ) throws -> (Transaction.Outcome, after: HostNetwork) {
        try Transactions.withDirectory { directory in
            var network = try Transactions.host()
            for name in network.links.keys { network[name]?.hasCarrier = true }
            try before(&network)
            var kernel = FaultyKernel(network)
            kernel.later = (readings, later)
            let outcome = try Transactions.transaction(network).carryOut(on: &kernel, directory: directory, caution: caution)
            return (outcome, kernel.network)
        }
    }

    static func remarks(_ outcome: Transaction.Outcome) -> [String]? {
        if case .done(let completion) = outcome { completion.remarks } else { nil }
    }

    @Test func `a port that has lost its carrier undoes the change, unless that is accepted`() throws {
        let port = try LinkName("ens3")
        let pull: @Sendable (inout HostNetwork) -> Void = { $0[port]?.hasCarrier = false }
        let (strict, after) = try Self.outcome(Caution(settle: 1), pull)
        guard case .rolledBack(let failure) = strict else { return #expect(Bool(false), "\(strict)") }
        #expect(failure.description.contains("ens3 had a carrier, and has none"))
        #expect(after[port]?.attachment == .free)
        let (lenient, _) = try Self.outcome(Caution(settle: 1, acceptsDegraded: true), pull)
        #expect(Self.remarks(lenient) == ["ens3 had a carrier, and has none"])
        let (unasked, _) = try Self.outcome(Caution(settle: 0), pull)
        #expect(Self.remarks(unasked) == [])
    }

    @Test func `a carrier that comes back in time is no failure, and one that was never there is none`() throws {
        let port = try LinkName("ens3")
        let (back, _) = try Self.outcome(
            Caution(settle: 600), before: { $0[port]?.hasCarrier = true }, readings: 3, { $0[port]?.hasCarrier = true })
        #expect(Self.remarks(back) == [])
        let (never, _) = try Self.outcome(Caution(settle: 1), before: { $0[port]?.hasCarrier = false }, { _ in })
        #expect(Self.remarks(never) == [])
    }

    @Test func `a bridge's port has to forward, and is left alone where the spanning tree blocks it`() throws {
        let port = try LinkName("ens1")
        let (stuck, _) = try Self.outcome(Caution(settle: 1)) { $0[port]?.portState = "learning" }
        guard case .rolledBack(let failure) = stuck else { return #expect(Bool(false), "\(stuck)") }
        #expect(failure.description.contains("ens1 does not forward in br0: it is learning"))
        let (blocked, _) = try Self.outcome(Caution(settle: 1)) { $0[port]?.portState = "blocking" }
        #expect(Self.remarks(blocked) == ["ens1 does not forward in br0: it is blocking"])
    }

    @Test func `a bond that had an LACP partner has to have one again; one that had none is only remarked upon`() throws {
        let name = try LinkName("bond0")
        let partner = try MACAddress("02:00:00:00:00:99")
        func bonded(_ network: inout HostNetwork, partner: MACAddress?) throws {
            var bond = Link(name, kind: .bond)
            bond.isUp = true
            bond.attachment = .free
            bond.addresses = []
            bond.group = Ownership.group
            bond.mtu = 1500
            bond.alias = ""
            bond.mac = try MACAddress("52:54:00:00:00:02")
            for row in OptionRow.bond { bond.options[row] = row.kernelDefault }
            bond.options[.mode] = .number(4)
            bond.options[.miimon] = .number(100)
            bond.lacpPartner = partner
            network[name] = bond
            network[try LinkName("ens2")]?.attachment = .port(of: name)
        }
        let yaml = "version: 1\nbonds: {bond0: {ports: [ens2], mode: 4, miimon: 100, description: x}}\n"
        for (had, expected) in [(partner, "had an LACP partner"), (nil, nil)] as [(MACAddress?, String?)] {
            try Transactions.withDirectory { directory in
                var network = try Transactions.host()
                for name in network.links.keys { network[name]?.hasCarrier = true }
                try bonded(&network, partner: had)
                var kernel = FaultyKernel(network)
                kernel.later = (1, { $0[name]?.lacpPartner = nil })
                let outcome = try Transactions.transaction(network, yaml).carryOut(on: &kernel, directory: directory, caution: Caution(settle: 1))
                if let expected {
                    guard case .rolledBack(let failure) = outcome else { return #expect(Bool(false), "\(outcome)") }
                    #expect(failure.description.contains(expected))
                } else {
                    #expect(Self.remarks(outcome) == ["bond0 has no LACP partner: the switch does not answer"])
                }
            }
        }
    }

    @Test func `what others change meanwhile is told`() throws {
        try Transactions.withDirectory { directory in
            let network = try Transactions.host()
            var kernel = FaultyKernel(network)
            let victim = try LinkName("ens5")
            var stranger = Link(try LinkName("veth7"), kind: .other("veth"))
            stranger.attachment = .free
            let appeared = stranger
            var route = Route(to: try IPNetwork("192.0.2.0/24"), link: victim)
            route.origin = Route.staticOrigin
            let added = route
            let address = Address(try IPNetwork("198.51.100.7/24"))
            kernel.intrusion = (
                2,
                {
                    $0[victim]?.mtu = 1400
                    $0[victim]?.addresses?.append(address)
                    $0[appeared.name] = appeared
                    $0.routes.append(added)
                }
            )
            let outcome = try Transactions.transaction(network, "version: 1\nbridges: {br9: {ports: [ens4]}}\n")
                .carryOut(on: &kernel, directory: directory)
            let told = try #require(Self.remarks(outcome))
            for words in ["ens5's mtu has changed from 1500 to 1400", "ens5 has got the address 198.51.100.7/24", "veth7 has appeared", "192.0.2.0/24"] {
                #expect(told.contains { $0.hasPrefix("meanwhile, not by weft: ") && $0.contains(words) }, "\(words): \(told)")
            }
            let past = try Journal(in: directory).history()
            #expect(past.last?.remarks == told)
        }
    }

    @Test func `a probe that answered before has to answer after`() throws {
        let bond = try LinkName("bond0")
        let ping = try Probe("ping:192.0.2.1")
        let gateway = try Probe("gateway")
        func outcome(_ isAnswered: @escaping @Sendable (Probe, HostNetwork) -> Bool) throws -> Transaction.Outcome {
            var caution = Caution(settle: 1)
            caution.probes = [gateway, ping]
            caution.isAnswered = isAnswered
            return try Self.outcome(caution) { _ in }.0
        }
        #expect(Self.remarks(try outcome { _, _ in true }) == [])
        #expect(Self.remarks(try outcome { probe, _ in probe == gateway }) == [
            "the probe ping:192.0.2.1 had no answer before the change, and was not asked after it"
        ])
        let lost = try outcome { probe, network in probe == gateway || network[bond] == nil }
        guard case .rolledBack(let failure) = lost else { return #expect(Bool(false), "\(lost)") }
        #expect(failure.description.contains("the probe ping:192.0.2.1 had an answer before the change, and has none after it"))
    }
}
