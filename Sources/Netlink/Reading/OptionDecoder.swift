internal import CNetlink
internal import HostNetwork

/// Reads the options of one scope out of their nest, driven by the rows of the option table.
///
/// What no row describes is passed over: a kernel newer than weft is no reason to fail.
struct OptionDecoder: ~Copyable {
    /// A value that is another link's index, until all links are known.
    typealias PendingLink = (id: OptionRow.ID, index: Int32)

    /// The rows in the order of their ids, in which ``OptionValues`` keeps them.
    private let rows: [(id: OptionRow.ID, attribute: Int, wire: OptionRow.Wire)]
    private let table: AttributeTable
    /// Whether two links can have the same options; of two VLANs on one link the ids differ.
    private let canBeAlike: Bool
    private let last = Last()

    init(_ scope: OptionRow.Scope) {
        canBeAlike = scope != .vlan
        rows = OptionRow.rows(of: scope).map { ($0.id, Int($0.attribute), $0.wire) }.sorted { $0.id < $1.id }
        table = AttributeTable(highest: rows.last?.attribute ?? 0)
    }

    /// Reads a nest. Links named by index are left to the caller.
    func decode(_ nest: Attribute?, pending: inout [PendingLink]) -> OptionValues {
        var values = OptionValues()
        guard let nest else { return values }
        table.parse(nest)
        // Links that are alike, as most of thousands are, have their options in one place, and are not decoded anew. The nests
        // themselves differ, for they hold timers and the like besides.
        if isLikeLast {
            pending += last.pending
            return last.values
        }
        let pendingBefore = pending.count
        values.reserveCapacity(rows.count)
        for (id, number, wire) in rows {
            guard let attribute = table[number] else {
                // A VLAN without any flag, or without mappings, has no attribute for them.
                if case .vlanFlag = wire { values.append(.number(0), id) }
                if case .priorityMap = wire { values.append(.priorities([]), id) }
                continue
            }
            switch wire {
            case .u8: values.append(.number(Int64(attribute.u8)), id)
            case .u16: values.append(.number(Int64(attribute.u16)), id)
            case .u32: values.append(.number(Int64(attribute.u32)), id)
            case .u64: values.append(.number(Int64(truncatingIfNeeded: attribute.u64)), id)
            case .i32: values.append(.number(Int64(attribute.i32)), id)
            case .bigEndian16: values.append(.number(Int64(UInt16(bigEndian: attribute.u16))), id)
            case .linkIndex: if attribute.i32 != 0 { pending.append((id, attribute.i32)) }
            case .mac: if let mac = attribute.mac { values.append(.mac(mac), id) }
            case .priorityMap:
                var mappings: [PriorityMapping] = []
                attribute.forEachNested { _, item in
                    guard let mapping = item.structure(ifla_vlan_qos_mapping.self) else { return }
                    mappings.append(PriorityMapping(from: mapping.from, to: mapping.to))
                }
                // The kernel tells those of packets in the order of its hash table.
                values.append(.priorities(mappings.sorted { $0.from < $1.from }), id)
            case .bridgeFlag(let bit):
                // What the mask does not hold, this kernel does not know.
                guard let flags = attribute.structure(br_boolopt_multi.self), flags.optmask & bit != 0 else { continue }
                values.append(.number(flags.optval & bit == 0 ? 0 : 1), id)
            case .ipv4List, .ipv6List:
                var addresses: [IPAddress] = []
                attribute.forEachNested { _, item in if let address = item.ipAddress { addresses.append(address) } }
                values.append(.addresses(addresses), id)
            case .vlanFlag(let bit):
                // `struct ifla_vlan_flags` begins with the flags; the mask behind them says nothing in an answer.
                values.append(.number(attribute.u32 & bit == 0 ? 0 : 1), id)
            }
        }
        if canBeAlike { last.remember(values, pending[pendingBefore...], rows, table) }
        return values
    }

    /// Whether every row's attribute in the table is, byte for byte, as it was when ``last`` was read.
    private var isLikeLast: Bool {
        guard last.isRead else { return false }
        let (bytes, ranges) = (last.bytes, last.ranges)
        for (place, row) in rows.enumerated() {
            switch (table[row.attribute], ranges[place]) {
            case (nil, nil): continue
            case (let attribute?, let range?): if !attribute.holds(bytes, at: range) { return false }
            default: return false
            }
        }
        return true
    }

    /// What was read last: the options, and the attributes that they were read from.
    private final class Last {
        private(set) var isRead = false
        private(set) var values = OptionValues()
        private(set) var pending: [PendingLink] = []
        private(set) var bytes: [UInt8] = []
        /// Each row's attribute in the bytes; `nil` where it had none.
        private(set) var ranges: [Range<Int>?] = []

        func remember(
            _ values: OptionValues, _ pending: ArraySlice<PendingLink>, _ rows: [(id: OptionRow.ID, attribute: Int, wire: OptionRow.Wire)],
            _ table: borrowing AttributeTable
        ) {
            isRead = true
            self.values = values
            self.pending = Array(pending)
            bytes.removeAll(keepingCapacity: true)
            ranges.removeAll(keepingCapacity: true)
            for row in rows {
                let begin = bytes.count
                let attribute = table[row.attribute]
                if let attribute { unsafe bytes.append(contentsOf: attribute.bytes) }
                ranges.append(attribute.map { _ in begin..<bytes.count })
            }
        }
    }
}
