import HostNetwork
import Planner

/// Networks and plans built in plain Swift, as the topology module and the kernel would give them.
enum Fixtures {
    static func name(_ text: String) throws -> LinkName { try LinkName(text) }

    static func link(_ name: String, _ kind: LinkKind, _ set: (inout Link) throws -> Void = { _ in }) throws -> Link {
        var link = Link(try LinkName(name), kind: kind)
        try set(&link)
        return link
    }

    static func mark(_ file: String, _ line: Int, _ column: Int = 3) -> SourceMark { SourceMark(file: file, line: line, column: column) }

    /// A NIC as the kernel tells it.
    static func nic(_ name: String, mac: String, up: Bool = true, _ set: (inout Link) throws -> Void = { _ in }) throws -> Link {
        try link(name, .nic) { link in
            link.mac = try MACAddress(mac)
            link.mtu = 1500
            link.isUp = up
            link.hasCarrier = up
            link.operationalState = up ? "UP" : "DOWN"
            link.group = 0
            link.attachment = .free
            link.addresses = []
            try set(&link)
        }
    }

    static func fourNICs() throws -> [Link] {
        try (37...40).map { try nic("ens\($0)", mac: "52:54:00:00:00:\($0)") }
    }

    static func bondBridgeVLANs() throws -> Plan {
        let file = "bond-brvlan.yaml"
        var wanted: [Link] = []
        let ports = try (37...40).map { try LinkName("ens\($0)") }
        for port in ports {
            wanted.append(try link(port.text, .nic) {
                $0.attachment = .port(of: try LinkName("bond0"))
                $0.isUp = true
                $0.origin = mark(file, 5, 13)
            })
        }
        wanted.append(try link("bond0", .bond) {
            $0.options[.mode] = .number(6)
            $0.options[.miimon] = .number(100)
            $0.isUp = true
            $0.listsPorts = true
            $0.portOrder = ports
            $0.attachment = .port(of: try LinkName("br1"))
            $0.origin = mark(file, 4)
        })
        wanted.append(try link("br1", .bridge) {
            $0.isUp = true
            $0.listsPorts = true
            $0.portOrder = [try LinkName("bond0")]
            $0.origin = mark(file, 10)
        })
        for id in [10, 20] {
            wanted.append(try link("br1.\(id)", .vlan) {
                $0.parent = try LinkName("br1")
                $0.options[.vlanID] = .number(Int64(id))
                $0.isUp = true
                $0.attachment = .port(of: try LinkName("brvlan-\(id)"))
                $0.origin = mark(file, 13 + id / 10)
            })
            wanted.append(try link("brvlan-\(id)", .bridge) {
                $0.isUp = true
                $0.listsPorts = true
                $0.portOrder = [try LinkName("br1.\(id)")]
                $0.origin = mark(file, 16 + id / 10)
            })
        }
        let actual = HostNetwork(links: try fourNICs())
        return Planner.plan(PlanRequest(wanted: HostNetwork(links: wanted), actual: actual))
    }
}
