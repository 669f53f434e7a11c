import Change
import Foundation
import HostNetwork
import Planner
import Testing

/// IPv6 addresses are used only once the kernel has asked whether somebody else has them (duplicate address detection).
@Suite struct `Duplicate IPv6 addresses` {
    private static func file(_ address: String) -> String { "version: 1\nbridges: {br0: {ports: [ens33], addresses: [\"\(address)\"]}}\n" }

    @Test func `a change waits until its addresses are in use, and is undone where somebody else has one`() async throws {
        try await Lab.with { lab in
            try await Lab.with { other in
                try lab.ip("link add ens33 type veth peer name there netns \(other.name)\nlink set ens33 up")
                try other.ip("link set there up\naddr add 2001:db8::1/64 dev there nodad")
                let before = try lab.picture()

                // The other end may answer a moment later than it is asked.
                let taken = try lab.carryOut(try lab.request(Self.file("2001:db8::1/64")), caution: Caution())
                guard case .rolledBack(let failure) = taken else { throw Lab.Failure(description: "\(taken)") }
                #expect(failure.description.contains("somebody else has 2001:db8::1, so that br0 cannot use it"), "\(failure)")
                #expect(Lab.difference(before, try lab.picture()) == [])

                let free = try lab.carryOut(try lab.request(Self.file("2001:db8::2/64")), caution: Caution())
                guard case .done(let completion) = free else { throw Lab.Failure(description: "\(free)") }
                #expect(completion.remarks == [])
                let flags = try lab.json("-6 addr show dev br0").flatMap { $0["addr_info"] as? [[String: Any]] ?? [] }.first { $0["local"] as? String == "2001:db8::2" }
                #expect(flags?["tentative"] == nil, "\(flags ?? [:])")
                _ = try Lab.run(["ip", "netns", "exec", other.name, "ping", "-c", "1", "-W", "2", "2001:db8::2"])
            }
        }
    }

    @Test func `with leave for less than all, a duplicate is only remarked upon; without a carrier nobody is waited for`() async throws {
        try await Lab.with { lab in
            try await Lab.with { other in
                try lab.ip("link add ens33 type veth peer name there netns \(other.name)\nlink set ens33 up")
                try other.ip("link set there up\naddr add 2001:db8::1/64 dev there nodad")
                let taken = try lab.carryOut(try lab.request(Self.file("2001:db8::1/64")), caution: Caution(acceptsDegraded: true))
                guard case .done(let completion) = taken else { throw Lab.Failure(description: "\(taken)") }
                #expect(completion.remarks == ["somebody else has 2001:db8::1, so that br0 cannot use it (duplicate address detection)"])
                // It is there no less than before: another change is no worse for it.
                let next = try lab.carryOut(try lab.request(Self.file("2001:db8::1/64").replacing("br0: {", with: "br0: {ageing_time: 60, ")), caution: Caution(settle: 1))
                guard case .done = next else { throw Lab.Failure(description: "\(next)") }
                try other.ip("link set there down")
                let apart = try lab.carryOut(try lab.request(Self.file("2001:db8::7/64")), caution: Caution())
                guard case .done(let silent) = apart else { throw Lab.Failure(description: "\(apart)") }
                #expect(silent.remarks == [])
            }
        }
    }
}
