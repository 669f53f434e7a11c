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
    private let last = Last()

    init(_ scope: OptionRow.Scope) {
        rows = OptionRow.rows(of: scope).map { ($0.id, Int($0.attribute), $0.wire) }.sorted { $0.id < $1.id }
        table = AttributeTable(highest: rows.last?.attribute ?? 0)
    }

    /// Reads a nest. Links named by index are left to the caller.
    func decode(_ nest: Attribute?, pending: inout [PendingLink]) -> OptionValues {
        var values = OptionValues()
        guard let nest else { return values }
        table.parse(nest)
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
        // Links that are alike, as most of thousands are, have their options in one place.
        if values == last.values { return last.values }
        last.values = values
        return values
    }

    /// What was read last.
    private final class Last {
        var values = OptionValues()
    }
}
