import HostNetwork
import Planner
import Topology

/// A host for the planner's tests: NICs, and what topologies applied before have made of them.
struct HostModel {
    var network: HostNetwork
    var portsPut: Set<LinkName> = []

    /// A host with these NICs, up, each with a MAC of its own.
    init(nics: [String]) throws {
        network = HostNetwork(
            links: try nics.enumerated().map { number, text in
                var nic = Link(try LinkName(text), kind: .nic)
                nic.index = Int32(number + 2)
                nic.isUp = true
                nic.mtu = 1500
                nic.attachment = .free
                nic.addresses = []
                nic.alias = ""
                nic.group = 0
                nic.mac = try MACAddress("52:54:00:00:00:0\(number + 1)")
                return nic
            })
    }

    /// What the planner says about a file here.
    func plan(_ yaml: String, _ adjust: (inout PlanRequest) -> Void = { _ in }) throws -> Plan {
        var request = PlanRequest(wanted: try Topology.parse(yaml, file: "t.yaml").network, actual: network)
        request.portsPut = portsPut
        // What it takes to be made anew is a matter of the tests that ask for it.
        request.mayRecreate = .all
        adjust(&request)
        return Planner.plan(request)
    }

    /// Carries a file's plan out, as if the kernel did just what it is told.
    @discardableResult
    mutating func apply(_ yaml: String, _ adjust: (inout PlanRequest) -> Void = { _ in }) throws -> Plan {
        let plan = try plan(yaml, adjust)
        network = network.applying(plan.steps.flatMap(\.actions))
        portsPut.formUnion(plan.portsPut)
        return plan
    }

    /// Gives a link an address that is not weft's.
    mutating func address(_ link: String, _ text: String) throws {
        network[try LinkName(link)]?.addresses?.append(Address(try IPNetwork(text)))
    }

    /// Adds a route that is not weft's.
    mutating func route(_ link: String, to: String, via: String? = nil, metric: UInt32? = nil) throws {
        var route = Route(to: try IPNetwork(to), via: try via.map { try IPAddress($0) }, link: try LinkName(link))
        route.origin = Route.staticOrigin
        route.metric = metric
        network.routes.append(route)
    }

    /// Adds a foreign link, such as a guest's tap.
    mutating func foreign(_ name: String, kind: LinkKind = .other("tun"), master: String? = nil, parent: String? = nil) throws {
        var link = Link(try LinkName(name), kind: kind)
        link.index = 1000 + Int32(network.links.count)
        link.isUp = true
        link.group = 0
        link.addresses = []
        link.attachment = try master.map { .port(of: try LinkName($0)) } ?? .free
        link.parent = try parent.map { try LinkName($0) }
        network[link.name] = link
    }
}

extension Plan {
    /// Each step in a few words, for comparing orders: `create br0`, `change ens33 master`.
    var outline: [String] {
        steps.map { step in
            let names = step.subjects.map(\.text).joined(separator: " ")
            return step.verb == .change ? "change \(names) \(step.changes.map(\.field).joined(separator: " "))" : "\(step.verb.rawValue) \(names)"
        }
    }
}
