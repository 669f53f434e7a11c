import Foundation
import HostNetwork
import Netlink
import Testing

/// Addresses, set and taken away.
@Suite struct NetlinkAddressTests {
    private let link: LinkName

    init() throws { link = try LinkName("ens33") }

    private func prepare(_ lab: Lab) throws -> KernelConnection {
        try lab.nics(["ens33"])
        try lab.ip("link set ens33 up")
        return try lab.connect()
    }

    /// What `ip` says of the link's addresses but the link-local one.
    private func judged(_ lab: Lab) throws -> [[String: Any]] {
        let infos = try lab.json("addr show dev ens33").first?["addr_info"] as? [[String: Any]] ?? []
        return infos.filter { !(($0["local"] as? String) ?? "").hasPrefix("fe80") }
    }

    @Test func `an address has the broadcast address that it is given, or none`() async throws {
        try await Lab.with { lab in
            var kernel = try prepare(lab)
            var usual = Address(try IPNetwork("172.16.0.52/16"))
            usual.broadcast = usual.usualBroadcast
            let none = Address(try IPNetwork("10.0.0.1/24"))
            #expect(try kernel.perform([.addAddress(usual, to: link), .addAddress(none, to: link)]) == [])
            let found = try judged(lab)
            #expect(found.compactMap { $0["local"] as? String } == ["172.16.0.52", "10.0.0.1"])
            #expect(found.map { $0["broadcast"] as? String } == ["172.16.255.255", nil])
            #expect(found.map { $0["label"] as? String } == ["ens33", "ens33"])
            #expect(Address(try IPNetwork("10.0.0.1/31")).usualBroadcast == nil)
        }
    }

    @Test func `everything that an address can have survives the way to the kernel and back`() async throws {
        try await Lab.with { lab in
            var kernel = try prepare(lab)
            var labelled = Address(try IPNetwork("10.0.0.1/24"))
            labelled.label = "ens33:one"
            labelled.broadcast = try IPAddress("10.0.0.254")
            labelled.origin = Ownership.originNumber
            var toPeer = Address(try IPNetwork("192.0.2.1/32"))
            toPeer.peer = try IPAddress("192.0.2.9")
            toPeer.scope = 253
            var lasting = Address(try IPNetwork("10.0.1.1/24"))
            lasting.validLifetime = 3000
            lasting.preferredLifetime = 2000
            // IFA_F_NOPREFIXROUTE, which does not fit into the eight bits of the header.
            lasting.flags = 0x200
            var noDetection = Address(try IPNetwork("fd00::1/64"))
            // IFA_F_NODAD
            noDetection.flags = 0x02
            noDetection.origin = Ownership.originNumber
            let addresses = [labelled, toPeer, lasting, noDetection]
            #expect(try kernel.perform(addresses.map { .addAddress($0, to: link) }) == [])

            let found = try judged(lab)
            #expect(
                Set(found.map { NetlinkJudge.text(addressInfo: $0) }).isSuperset(of: [
                    "10.0.0.1/24 global brd 10.0.0.254 label ens33:one forever", "192.0.2.1/32 link peer 192.0.2.9 label ens33 forever",
                    "10.0.1.1/24 global label ens33 for a time", "fd00::1/64 global forever",
                ]))
            #expect(found.first { $0["local"] as? String == "10.0.1.1" }?["noprefixroute"] as? Bool == true)
            #expect(found.first { $0["local"] as? String == "fd00::1" }?["nodad"] as? Bool == true)
            #expect(found.first { $0["local"] as? String == "fd00::1" }?["tentative"] == nil)

            let actual = try #require(try kernel.snapshot()[link]?.addresses)
            for address in addresses {
                let back = try #require(actual.first { $0.network == address.network })
                #expect(back.label == address.label)
                #expect(back.peer == address.peer)
                #expect(back.scope == address.scope)
                #expect(back.origin == address.origin)
                #expect(back.isOwned == (address.origin == Ownership.originNumber))
                #expect(back.flags & address.flags == address.flags)
                #expect((back.validLifetime == nil) == (address.validLifetime == nil))
            }
            // What was read can be taken away as it is.
            #expect(try kernel.perform(actual.filter { !$0.isKernelMade }.map { .removeAddress($0, from: link) }) == [])
            #expect(try judged(lab).isEmpty)
        }
    }

    /// `ip` of Debian 12 does not print `IFA_PROTO`; but `ip addr save` writes the kernel's bytes as they come.
    @Test func `an address carries weft's mark in the kernel's own bytes`() async throws {
        try await Lab.with { lab in
            var kernel = try prepare(lab)
            var owned = Address(try IPNetwork("10.0.0.1/24"))
            owned.origin = Ownership.originNumber
            #expect(try kernel.perform([.addAddress(owned, to: link), .addAddress(Address(try IPNetwork("10.0.1.1/24")), to: link)]) == [])
            let dump = try lab.bytes("addr save dev ens33")
            // An attribute of five bytes and type 11 (IFA_PROTO), with the value 119, padded.
            #expect(dump.ranges(of: [5, 0, 11, 0, 119, 0, 0, 0]).count == 1)
        }
    }

    @Test func `of two addresses on a link the named one is taken away`() async throws {
        try await Lab.with { lab in
            var kernel = try prepare(lab)
            let (one, two) = (Address(try IPNetwork("10.0.0.1/24")), Address(try IPNetwork("10.0.0.1/16")))
            #expect(try kernel.perform([.addAddress(one, to: link), .addAddress(two, to: link)]) == [])
            #expect(try kernel.perform([.removeAddress(one, from: link)]) == [])
            #expect(try judged(lab).map { $0["prefixlen"] as? Int } == [16])
            let failures = try kernel.perform([.removeAddress(one, from: link)])
            #expect(
                failures.map { "\($0)" } == ["remove address 10.0.0.1/24 from ens33: ipv4: Address not found [EADDRNOTAVAIL]"]
                    || failures.map { "\($0)" } == [
                        "remove address 10.0.0.1/24 from ens33: Cannot assign requested address [EADDRNOTAVAIL]"
                    ])
        }
    }
}
