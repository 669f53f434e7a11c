internal import CLinux

/// A bond's mode (`BOND_MODE_*` in `linux/if_bonding.h`), 0 to 6.
public enum BondMode: Int64, Hashable, Sendable, CaseIterable {
    /// Mode 0: frames in turn over all ports. The switch needs a static aggregation.
    case balanceRR = 0
    /// Mode 1: one port carries all, the others wait. The switch needs nothing.
    case activeBackup = 1
    /// Mode 2: by a hash over addresses. The switch needs a static aggregation.
    case balanceXOR = 2
    /// Mode 3: every frame on every port. The switch needs a static aggregation.
    case broadcast = 3
    /// Mode 4: IEEE 802.3ad. The switch needs LACP.
    case ieee8023ad = 4
    /// Mode 5: sending is spread by load. The switch needs nothing.
    case balanceTLB = 5
    /// Mode 6: sending and receiving are spread, by rewriting MAC addresses in ARP replies. The switch needs nothing.
    case balanceALB = 6

    /// The name that the kernel and `ip` use.
    public var name: String {
        switch self {
        case .balanceRR: "balance-rr"
        case .activeBackup: "active-backup"
        case .balanceXOR: "balance-xor"
        case .broadcast: "broadcast"
        case .ieee8023ad: "802.3ad"
        case .balanceTLB: "balance-tlb"
        case .balanceALB: "balance-alb"
        }
    }

    /// What the switch must be for this mode, as a sentence without the final point.
    public var switchRequirement: String {
        switch self {
        case .balanceRR, .balanceXOR, .broadcast:
            "the switch must have these ports in one static aggregation (a port channel without LACP)"
        case .ieee8023ad: "the switch must have these ports in one aggregation with LACP"
        case .activeBackup: "the switch needs plain ports, all in the same VLANs; an aggregation there breaks this mode"
        case .balanceTLB, .balanceALB: "the switch needs plain ports, all in the same VLANs, and no aggregation"
        }
    }

    /// The kernel's own number, from its header.
    var kernelNumber: Int64 {
        switch self {
        case .balanceRR: Int64(BOND_MODE_ROUNDROBIN)
        case .activeBackup: Int64(BOND_MODE_ACTIVEBACKUP)
        case .balanceXOR: Int64(BOND_MODE_XOR)
        case .broadcast: Int64(BOND_MODE_BROADCAST)
        case .ieee8023ad: Int64(BOND_MODE_8023AD)
        case .balanceTLB: Int64(BOND_MODE_TLB)
        case .balanceALB: Int64(BOND_MODE_ALB)
        }
    }
}

/// A set of bond modes: those that know an option.
public struct BondModes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The set of the modes given.
    public init(_ modes: BondMode...) { rawValue = modes.reduce(0) { $0 | 1 << UInt8($1.rawValue) } }

    /// Modes 0 to 6.
    public static let all = BondModes(rawValue: 0x7f)
    /// The modes in which one port can be preferred: 1, 5 and 6.
    public static let withPrimary = BondModes(.activeBackup, .balanceTLB, .balanceALB)
    /// The modes that can watch their ports by ARP: 0 to 3.
    public static let withARPMonitor = BondModes(.balanceRR, .activeBackup, .balanceXOR, .broadcast)

    /// Whether a mode is in the set.
    public func contains(_ mode: BondMode) -> Bool { rawValue >> UInt8(mode.rawValue) & 1 == 1 }

    /// The names of the modes in the set, for messages.
    public var names: String { BondMode.allCases.filter { contains($0) }.map(\.name).joined(separator: ", ") }
}
