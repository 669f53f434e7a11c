public import HostNetwork
public import Netlink

/// The services of this host that links' name servers and zones are handed to: systemd-resolved or resolvconf, and firewalld.
public struct HostServices: LinkServiceControl {
    /// Looks for them; `nil` where none can be there, and in every namespace but that of process 1, which they serve.
    public static func find(in namespace: NetworkNamespace) -> HostServices? {
        guard namespace == .current, NetworkNamespace.isThatOfProcessOne, MessageBus.isThere || Resolvconf.isThere else { return nil }
        return HostServices()
    }

    private init() {}

    public func read(into network: inout HostNetwork) {
        var services = LinkServices()
        let names = network.links.values.filter { $0.kind != .loopback }.map(\.name)
        if let resolved = Resolved.read() {
            services.resolver = .resolved
            for name in names {
                let index = network[name]?.index
                network[name]?.dns = index.flatMap { resolved[$0] } ?? LinkDNS()
            }
        } else if Resolvconf.isThere {
            services.resolver = .resolvconf
            for name in names { network[name]?.dns = Resolvconf.read(name) }
        }
        services.zones = Firewalld.read()
        if let zones = services.zones { for name in names { network[name]?.zone = zones.bindings[name] ?? "" } }
        network.services = services
    }

    public func perform(_ action: ServiceAction, index: Int32?) -> String? {
        // The programs would take such a name for an option.
        if action.link.text.hasPrefix("-") { return "a name that begins with '-' cannot be handed on" }
        switch action {
        case .setDNS(let dns, _, .resolved): return index.map { Resolved.set(dns, index: $0) } ?? "there is no such link"
        case .setDNS(let dns, let link, .resolvconf): return Resolvconf.set(dns, of: link)
        case .setZone(let zone, let link): return Firewalld.set(zone, of: link)
        }
    }
}
