internal import CNetlink
internal import HostNetwork

/// An option as it is written: its row, and a value in which links are indexes.
struct ResolvedOption {
    enum Value {
        case number(Int64)
        case addresses([IPAddress])
        case mac(MACAddress)
        case priorities([PriorityMapping])
    }

    let row: OptionRow
    let value: Value
}

extension Message {
    /// Adds options as their rows say. Rows that share an attribute (the flags of a VLAN, those of a bridge) become one.
    mutating func put(_ options: [ResolvedOption]) {
        var flags = ifla_vlan_flags()
        var flagsAttribute: UInt16?
        var bridgeFlags = br_boolopt_multi()
        var bridgeFlagsAttribute: UInt16?
        for option in options {
            let attribute = option.row.attribute
            switch (option.row.wire, option.value) {
            case (.u8, .number(let number)): put(attribute, UInt8(truncatingIfNeeded: number))
            case (.u16, .number(let number)): put(attribute, UInt16(truncatingIfNeeded: number))
            case (.u32, .number(let number)): put(attribute, UInt32(truncatingIfNeeded: number))
            case (.u64, .number(let number)): put(attribute, UInt64(bitPattern: number))
            case (.i32, .number(let number)): put(attribute, Int32(truncatingIfNeeded: number))
            case (.bigEndian16, .number(let number)): put(attribute, UInt16(truncatingIfNeeded: number).bigEndian)
            case (.linkIndex, .number(let number)): put(attribute, Int32(truncatingIfNeeded: number))
            case (.vlanFlag(let bit), .number(let number)):
                flags.mask |= bit
                if number != 0 { flags.flags |= bit }
                flagsAttribute = attribute
            case (.bridgeFlag(let bit), .number(let number)):
                bridgeFlags.optmask |= bit
                if number != 0 { bridgeFlags.optval |= bit }
                bridgeFlagsAttribute = attribute
            case (.ipv4List, .addresses(let addresses)), (.ipv6List, .addresses(let addresses)):
                // The kernel numbers them from 0, and takes the list in place of the one before.
                nest(attribute) { message in
                    for (place, address) in addresses.enumerated() { message.put(place, address.bytes) }
                }
            case (.mac, .mac(let mac)): put(attribute, mac.bytes)
            case (.priorityMap, .priorities(let mappings)):
                nest(attribute) { message in
                    for mapping in mappings {
                        message.put(IFLA_VLAN_QOS_MAPPING, plain: ifla_vlan_qos_mapping(from: mapping.from, to: mapping.to))
                    }
                }
            // The parser gives no list to a row of a number, and no number to a list.
            case (_, .number), (_, .addresses), (_, .mac), (_, .priorities):
                assertionFailure("a value of '\(option.row.name)' that its row cannot have")
            }
        }
        if let flagsAttribute { put(flagsAttribute, plain: flags) }
        if let bridgeFlagsAttribute { put(bridgeFlagsAttribute, plain: bridgeFlags) }
    }
}
