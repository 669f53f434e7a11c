internal import HostNetwork

/// firewalld, which keeps the zone of a link by its name. Only its runtime configuration is touched, as NetworkManager does: what
/// holds after a boot is the topology's affair.
struct Firewalld {
    private static let bus = MessageBus(service: "org.fedoraproject.FirewallD1", object: "/org/fedoraproject/FirewallD1")
    private static let zones = "org.fedoraproject.FirewallD1.zone"

    /// Its zones; `nil` where it does not run.
    static func read() -> LinkServices.Zones? {
        guard MessageBus.isThere, let usual = bus.call("org.fedoraproject.FirewallD1", "getDefaultZone").words, usual.count == 2,
            let known = bus.call(zones, "getZones").words, let active = bus.call(zones, "getActiveZones").words
        else { return nil }
        var bindings: [LinkName: String] = [:]
        var reader = AnswerReader(active)
        guard reader.word() == "a{sa{sas}}", let count = reader.number() else { return nil }
        for _ in 0..<count {
            guard let zone = reader.word(), let lists = reader.number() else { return nil }
            for _ in 0..<lists {
                guard let kind = reader.word(), let items = reader.number() else { return nil }
                for _ in 0..<items {
                    guard let item = reader.word() else { return nil }
                    if kind == "interfaces", let link = try? LinkName(item) { bindings[link] = zone }
                }
            }
        }
        return LinkServices.Zones(usual: usual[1], known: known.dropFirst(2).sorted(), bindings: bindings)
    }

    /// - Returns: why it failed; `nil` where it did not.
    static func set(_ zone: String?, of link: LinkName) -> String? {
        // Without a zone it is taken out of whichever it is in.
        guard let zone else { return bus.call(zones, "removeInterface", "ss", ["", link.text]).problem }
        return bus.call(zones, "changeZoneOfInterface", "ss", [zone, link.text]).problem
    }
}
