/// A link option, described once: what a person may write, what the kernel takes, and when it may change.
///
/// Decoding YAML, checking ranges, reading and writing the kernel, diffing and every rendering are driven from this row;
/// adding an option is adding a row to ``bond``, ``bondPort``, ``bridge``, ``bridgePort`` or ``vlan``. There is one object a row: going
/// through the table, as nearly every part does for each link, copies none.
public final class OptionRow: Sendable, Identifiable {
    /// The links, or the ports, that an option belongs to.
    public enum Scope: UInt8, Hashable, Sendable, CaseIterable {
        /// A bond (`IFLA_INFO_DATA` of kind `bond`).
        case bond
        /// A bond's port (`IFLA_INFO_SLAVE_DATA` of kind `bond`).
        case bondPort
        /// A bridge (`IFLA_INFO_DATA` of kind `bridge`).
        case bridge
        /// A bridge's port (`IFLA_INFO_SLAVE_DATA` of kind `bridge`).
        case bridgePort
        /// A VLAN sub-interface (`IFLA_INFO_DATA` of kind `vlan`).
        case vlan
    }

    /// How a value lies in its netlink attribute. A wrong width cannot be written, for nobody writes one by hand.
    public enum Wire: Hashable, Sendable {
        case u8, u16, u32, u64
        /// 32 bits with a sign.
        case i32
        /// 16 bits in the order of the wire, such as an EtherType.
        case bigEndian16
        /// Another link's index, 32 bits; 0 is none.
        case linkIndex
        /// A nest of IPv4 addresses.
        case ipv4List
        /// A nest of IPv6 addresses.
        case ipv6List
        /// The six bytes of an Ethernet address.
        case mac
        /// A nest of `struct ifla_vlan_qos_mapping`. A message changes only the mappings that it names; one to 0 goes.
        case priorityMap
        /// One bit of `struct br_boolopt_multi`.
        case bridgeFlag(UInt32)
        /// One bit of `struct ifla_vlan_flags`.
        case vlanFlag(UInt32)
    }

    /// What a value means to a person.
    public enum Meaning: Hashable, Sendable {
        /// On or off.
        case flag
        /// A plain number.
        case count
        /// A number whose bits stand for something each; those given here the kernel refuses.
        case mask(forbidden: Int64)
        /// Milliseconds, written as a plain number.
        case milliseconds
        /// Hundredths of a second in the kernel, seconds in the file (fractions allowed).
        case centiseconds
        /// One of a few, by name or by the kernel's number.
        case choice([Choice])
        /// Another link's name.
        case link
        /// Up to this many IPv4 addresses.
        case ipv4List(Int)
        /// Up to this many IPv6 addresses.
        case ipv6List(Int)
        /// An Ethernet address of one link; all zero is none.
        case mac
        /// One of the groups 01:80:c2:00:00:0X that no bridge forwards.
        case bridgeGroup
        /// Which priority becomes which, with the ranges of both.
        case priorityMap(from: ClosedRange<Int64>, to: ClosedRange<Int64>)
    }

    /// One of an option's possible values.
    public struct Choice: Hashable, Sendable {
        /// The name that `ip -d link` prints.
        public let name: String
        /// The kernel's number.
        public let number: Int64

        init(_ name: String, _ number: Int64) {
            self.name = name
            self.number = number
        }
    }

    /// When the kernel lets a value change on a link that exists (`bond_options.c`, `br_netlink.c`, `vlan_netlink.c`).
    public struct ChangeRule: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// At any time: no other rule holds.
        public static let live: ChangeRule = []
        /// Only while the link is down (`BOND_OPTFLAG_IFDOWN`).
        public static let linkDown = ChangeRule(rawValue: 1)
        /// Only while the link has no ports (`BOND_OPTFLAG_NOSLAVES`).
        public static let noPorts = ChangeRule(rawValue: 2)
        /// Never: the link has to be made anew. The kernel may answer success and change nothing.
        public static let recreate = ChangeRule(rawValue: 4)
    }

    /// The identity of a row: scope, attribute number and flag bit, in one number that sorts like the table.
    public typealias ID = UInt32

    /// What the option belongs to.
    public let scope: Scope
    /// The name in the file and in `ip -d -j link`.
    public let name: String
    /// Other spellings that the file takes: those of sysfs, `brctl` and `BONDING_OPTS`.
    public let aliases: [String]
    /// The number of the netlink attribute (`IFLA_*`).
    public let attribute: UInt16
    /// The attribute's name in the kernel's headers, for documentation and messages.
    public let attributeName: String
    /// How the value lies in the attribute.
    public let wire: Wire
    /// What the value means.
    public let meaning: Meaning
    /// The values that the kernel takes, in its own unit; `nil` where the meaning says it all.
    public let range: ClosedRange<Int64>?
    /// What a new link has, in the kernel's own unit; `nil` where it depends on the link.
    public let kernelDefault: OptionValue?
    /// When the kernel lets the value change.
    public let change: ChangeRule
    /// The bond modes that know the option; all of them for anything but some options of bonds and their ports.
    public let modes: BondModes
    /// The first Linux that has the option; `nil` where every Linux that weft runs on has it.
    public let since: LinuxVersion?
    /// Whether the kernel changes the value by itself, so that it is a wish for the moment in which it is written: neither part
    /// of a checkpoint nor of a host's own topology file.
    public let isMomentary: Bool
    /// One sentence for the reference page.
    public let summary: String
    /// See ``ID``.
    public let id: ID

    init(
        _ scope: Scope, _ name: String, aliases: [String] = [], _ attribute: some BinaryInteger, _ attributeName: String, _ wire: Wire,
        _ meaning: Meaning, range: ClosedRange<Int64>? = nil, kernelDefault: Int64? = nil, defaultValue: OptionValue? = nil,
        change: ChangeRule = .live, modes: BondModes = .all, since: LinuxVersion? = nil, isMomentary: Bool = false, _ summary: String
    ) {
        self.scope = scope
        self.name = name
        self.aliases = aliases
        self.attribute = UInt16(attribute)
        self.attributeName = attributeName
        self.wire = wire
        self.meaning = meaning
        self.range = range
        self.kernelDefault = defaultValue ?? kernelDefault.map { .number($0) }
        self.change = change
        self.modes = modes
        self.since = since
        self.isMomentary = isMomentary
        self.summary = summary
        id = OptionRow.id(scope, UInt16(attribute), wire)
    }

    /// Whether a new bond has another value in some modes than in others.
    public var defaultDependsOnMode: Bool { id == Self.miimon.id }

    /// What a new link has, also where that depends on a bond's mode: modes without ARP monitoring bring miimon along
    /// (`bond_option_mode_set()`).
    public func kernelDefault(in mode: BondMode?) -> OptionValue? {
        guard defaultDependsOnMode, let mode, !BondModes.withARPMonitor.contains(mode) else { return kernelDefault }
        return .number(Self.miimonWithoutARPMonitor)
    }

    /// The value that the kernel tells by telling nothing: an empty list, or no link; `nil` where it tells every value.
    public var untold: OptionValue? {
        switch meaning {
        case .ipv4List, .ipv6List: .addresses([])
        case .link: kernelDefault
        case .flag, .count, .mask, .milliseconds, .centiseconds, .choice, .mac, .bridgeGroup, .priorityMap: nil
        }
    }

    private static func id(_ scope: Scope, _ attribute: UInt16, _ wire: Wire) -> ID {
        var bit: UInt32 = 0
        switch wire {
        case .vlanFlag(let mask), .bridgeFlag(let mask): bit = UInt32(mask.trailingZeroBitCount) + 1
        case .u8, .u16, .u32, .u64, .i32, .bigEndian16, .linkIndex, .ipv4List, .ipv6List, .mac, .priorityMap: break
        }
        return UInt32(scope.rawValue) << 24 | UInt32(attribute) << 8 | bit
    }
}

extension OptionRow {
    /// Every option of every scope, in the order of display.
    public static let all: [OptionRow] = bond + bondPort + bridge + bridgePort + vlan

    /// The rows of one scope, in the order of display.
    public static func rows(of scope: Scope) -> [OptionRow] {
        switch scope {
        case .bond: bond
        case .bondPort: bondPort
        case .bridge: bridge
        case .bridgePort: bridgePort
        case .vlan: vlan
        }
    }

    /// The scope of an id.
    public static func scope(of id: ID) -> Scope? { UInt8(exactly: id >> 24).flatMap { Scope(rawValue: $0) } }

    /// The row of a scope that a file's key names, by its name or an alias.
    public static func named(_ key: String, in scope: Scope) -> OptionRow? {
        rows(of: scope).first { $0.name == key || $0.aliases.contains(key) }
    }

    /// The row with an id.
    public static func with(id: ID) -> OptionRow? { byID[id] }

    private static let byID: [ID: OptionRow] = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
}
