public import HostNetwork

/// What the bonding driver tells of its ports in `/proc/net/bonding` and not over netlink: speed and duplex, churn, and who both
/// sides of LACP say they are. The last only to a privileged reader.
public struct BondDetails: Sendable {
    private var ports: [LinkName: LinkStatus.BondPort] = [:]

    /// Reads the file of a bond; `nil` where there is none, or it may not be read.
    public static func read(of bond: LinkName, in namespace: NetworkNamespace) -> BondDetails? {
        SystemFiles.text(of: "/proc/thread-self/net/bonding/\(bond.text)", in: namespace).map { BondDetails(parsing: $0) }
    }

    /// Adds to the state of the bond's ports what netlink does not tell.
    public func complete(_ status: inout [LinkName: LinkStatus]) {
        for (name, details) in ports {
            guard var port = status[name]?.bondPort else { continue }
            port.speed = details.speed
            port.duplex = details.duplex
            port.actorChurn = details.actorChurn
            port.partnerChurn = details.partnerChurn
            port.actorChurnCount = details.actorChurnCount
            port.partnerChurnCount = details.partnerChurnCount
            port.actor = details.actor
            port.partner = details.partner
            status[name]?.bondPort = port
        }
    }

    /// Reads lines such as `Speed: 1000 Mbps`; those of a port follow `Slave Interface: NAME`.
    package init(parsing text: String) {
        var name: LinkName?
        var side: WritableKeyPath<LinkStatus.BondPort, LinkStatus.LACPSide?>?
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = line[..<colon].drop { $0 == " " || $0 == "\t" }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            if key == "Slave Interface" {
                name = LinkName(kernel: value)
                side = nil
            }
            guard let name else { continue }
            switch key {
            case "details actor lacp pdu": side = \.actor
            case "details partner lacp pdu": side = \.partner
            case let key: Self.set(key, value, side, &ports[name, default: LinkStatus.BondPort()])
            }
        }
    }

    private static func set(
        _ key: Substring, _ value: String, _ side: WritableKeyPath<LinkStatus.BondPort, LinkStatus.LACPSide?>?, _ port: inout LinkStatus.BondPort
    ) {
        switch key {
        // What a dummy or a link without carrier has none of.
        case "Speed": port.speed = value == "Unknown" ? nil : value
        case "Duplex": port.duplex = value == "Unknown" ? nil : value
        case "Actor Churn State": port.actorChurn = value
        case "Partner Churn State": port.partnerChurn = value
        case "Actor Churned Count": port.actorChurnCount = UInt32(value)
        case "Partner Churned Count": port.partnerChurnCount = UInt32(value)
        default:
            guard let side else { return }
            var known = port[keyPath: side] ?? LinkStatus.LACPSide(systemPriority: 0, systemMAC: "", key: 0, portPriority: 0, portNumber: 0)
            switch key {
            case "system priority": known.systemPriority = UInt16(value) ?? 0
            case "system mac address": known.systemMAC = value
            case "port key", "oper key": known.key = UInt16(value) ?? 0
            case "port priority": known.portPriority = UInt16(value) ?? 0
            case "port number": known.portNumber = UInt16(value) ?? 0
            default: break
            }
            port[keyPath: side] = known
        }
    }
}
