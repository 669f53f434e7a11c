import HostNetwork
import Testing

@Suite struct `VLAN tables` {
    private let mixed = [
        BridgeVLAN(1, isUntagged: true, isPVID: true), BridgeVLAN(ids: 10...20), BridgeVLAN(ids: 21...30, isUntagged: true),
    ]

    @Test func `a table takes the kernel's shape: ranges of ids that are treated alike, the PVID by itself`() {
        let scattered = [BridgeVLAN(12), BridgeVLAN(11), BridgeVLAN(ids: 13...15), BridgeVLAN(16, isUntagged: true), BridgeVLAN(17, isUntagged: true, isPVID: true)]
        #expect(
            scattered.normalized == [
                BridgeVLAN(ids: 11...15), BridgeVLAN(16, isUntagged: true), BridgeVLAN(17, isUntagged: true, isPVID: true),
            ])
        #expect(mixed.normalized == mixed)
        // Where an id stands twice, its last entry holds.
        #expect([BridgeVLAN(ids: 1...4094), BridgeVLAN(5, isUntagged: true, isPVID: true)].normalized.map(\.ids) == [1...4, 5...5, 6...4094])
        #expect([BridgeVLAN]().normalized == [])
    }

    @Test func `the way from one table to another is what is set and what is removed`() {
        let next = [BridgeVLAN(1), BridgeVLAN(ids: 15...25), BridgeVLAN(40, isUntagged: true, isPVID: true)]
        #expect(next.differing(from: mixed) == [BridgeVLAN(1), BridgeVLAN(ids: 21...25), BridgeVLAN(40, isUntagged: true, isPVID: true)])
        #expect(mixed.missing(in: next).map(\.ids) == [10...14, 26...30])
        #expect(mixed.setting(next.differing(from: mixed)).removing(mixed.missing(in: next).map(\.ids)) == next)
        #expect(mixed.differing(from: mixed).isEmpty && mixed.missing(in: mixed).isEmpty)
    }

    @Test func `a new PVID takes the old one's place, and the old one's id stays`() {
        let table = mixed.setting([BridgeVLAN(10, isUntagged: true, isPVID: true)])
        #expect(table.pvid == 10)
        #expect(table.first == BridgeVLAN(1, isUntagged: true))
    }

    @Test func `a new default VLAN comes in the old one's place only where that is still as it was given`() {
        let initial = [BridgeVLAN].initial(defaultPVID: 1)
        #expect(initial.replacingDefaultPVID(1, by: 7) == .initial(defaultPVID: 7))
        #expect(initial.replacingDefaultPVID(1, by: 0) == [])
        #expect([].replacingDefaultPVID(0, by: 7) == .initial(defaultPVID: 7))
        let own = [BridgeVLAN(1), BridgeVLAN(10, isUntagged: true, isPVID: true)]
        #expect(own.replacingDefaultPVID(1, by: 7) == own)
        #expect((initial + [BridgeVLAN(7)]).replacingDefaultPVID(1, by: 7) == initial + [BridgeVLAN(7)])
    }

    @Test func `a table reads in words`() {
        #expect(mixed.display == "1 (pvid, untagged), 10-20, 21-30 (untagged)")
        #expect([BridgeVLAN]().display == "none")
    }
}
