import HostNetwork
import Planner

/// Networks and plans built in plain Swift, as the kernel and the planner would give them.
enum Fixtures {
    // MARK: Links

    static func link(_ name: String, _ kind: LinkKind, _ set: (inout Link) throws -> Void = { _ in }) throws -> Link {
        var link = Link(try LinkName(name), kind: kind)
        try set(&link)
        return link
    }

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

    /// A link with weft's mark.
    static func made(_ name: String, _ kind: LinkKind, mac: String, _ set: (inout Link) throws -> Void = { _ in }) throws -> Link {
        try nic(name, mac: mac) { link in
            link.kind = kind
            link.group = Ownership.group
            try set(&link)
        }
    }

    static func tap(_ name: String, on bridge: String?) throws -> Link {
        try nic(name, mac: "fe:54:00:00:00:01") { link in
            link.kind = .other("tun")
            if let bridge { link.attachment = .port(of: try LinkName(bridge)) }
        }
    }

    static func loopback() throws -> Link {
        try link("lo", .loopback) {
            $0.isUp = true
            $0.mtu = 65536
            $0.addresses = [Address(try IPNetwork("127.0.0.1/8")), Address(try IPNetwork("::1/128"))]
        }
    }

    // MARK: Plans

    static func mark(_ line: Int, _ column: Int = 3) -> SourceMark { SourceMark(file: "/etc/weft/topology.yaml", line: line, column: column) }

    /// A step with the parts given. Only the planner makes steps, so one of its own is taken as the mould.
    static func step(
        _ verb: Step.Verb, _ names: [String], _ kind: LinkKind, _ changes: [FieldChange] = [], chunk: Int = 0, recreation: Bool = false,
        reason: String? = nil, line: Int? = nil
    ) throws -> Step {
        var step = try mould().steps[0]
        step.verb = verb
        step.subjects = try names.map { try LinkName($0) }
        step.kind = kind
        step.changes = changes
        step.actions = []
        step.chunk = chunk
        step.isRecreation = recreation
        step.reason = reason
        step.origin = line.map { mark($0) }
        return step
    }

    static func refusal(_ kind: Refusal.Kind, _ link: String, _ message: String, fix: String, line: Int? = nil) throws -> Refusal {
        var refusal = try mould().refusals[0]
        refusal.kind = kind
        refusal.link = try LinkName(link)
        refusal.message = message
        refusal.fix = fix
        refusal.origin = line.map { mark($0) }
        return refusal
    }

    static func note(_ link: String, _ message: String) throws -> Note {
        let missing = HostNetwork(links: [try self.link("br0", .bridge)])
        var note = Planner.adoption(wanted: missing, actual: HostNetwork()).notes[0]
        note.link = try LinkName(link)
        note.message = message
        return note
    }

    static func plan(_ steps: [Step] = [], refusals: [Refusal] = [], notes: [Note] = [], removed: [String] = [], owned: Int = 0) throws -> Plan {
        var plan = Plan()
        plan.steps = steps
        plan.refusals = refusals
        plan.notes = notes
        plan.removedLinks = try removed.map { try LinkName($0) }
        plan.ownedLinkCount = owned
        return plan
    }

    private static func mould() throws -> Plan {
        let wanted = HostNetwork(links: [try link("br0", .bridge), try link("ens1", .nic)])
        return Planner.plan(PlanRequest(wanted: wanted, actual: HostNetwork()))
    }

    /// The fields of a creation, in the order given.
    static func new(_ fields: KeyValuePairs<String, String>) -> [FieldChange] { fields.map { FieldChange($0.key, new: $0.value) } }
}
