internal import HostNetwork
internal import Netlink

/// Gathering what a plan has to know of a host besides its network: who uses it, and who else looks after it.
extension HostFacts {
    /// Asks the kernel and looks around. Reading needs no privilege, but an ordinary user sees less.
    /// - Parameter kernel: a connection that has read the network.
    static func gather(_ kernel: inout KernelConnection, _ network: HostNetwork, in namespace: NetworkNamespace) -> HostFacts {
        var facts = HostFacts()
        facts.managers = LinkManagers.find(in: network, of: namespace)
        do {
            facts.connections = try SocketDiagnosis.connections(in: namespace)
        } catch {
            // A plan without them is whole; it names addresses, and not who speaks over them.
            Terminal.complain("weft: the plan cannot name the host's connections: \(error)")
        }
        facts.session = session(&kernel, network, facts.connections)
        return facts
    }

    /// The connection that this command was typed on, where it comes in by this network: a namespace beside the host's own has
    /// none of its addresses.
    private static func session(_ kernel: inout KernelConnection, _ network: HostNetwork, _ connections: [Connection]) -> Session? {
        guard let remote = RemoteSession.find() else { return nil }
        let server = remote.server ?? connections.first { $0.remoteAddress == remote.client && $0.localPort == remote.serverPort ?? 22 }?.localAddress
        guard let server, network.links.values.contains(where: { link in
            // A routed host may well have its own address on lo; 127.0.0.1 and ::1 are never left.
            (link.addresses ?? []).contains { $0.network.address == server && (link.kind != .loopback || $0.scope != Address.hostScope) }
        }) else { return nil }
        // No way is an answer as well: then the address alone tells which link it is.
        let link = try? kernel.linkTowards(remote.client, from: server)
        return Session(localAddress: server, remoteAddress: remote.client, link: link)
    }
}
