/// One thing that is done to the kernel: what a plan's steps consist of, and what the netlink module can send.
///
/// A ``Link`` in an action holds just the fields that the action sets; all others are left alone.
public enum Action: Hashable, Sendable {
    /// Makes a link with its parent, master, MAC, MTU, group, state and options. Fails if the name is taken.
    case create(Link)
    /// Changes an existing link, known by its name: only the fields that are set. `attachment: .free` releases a port.
    case change(Link)
    /// Deletes links, all at once. Whatever lies on them goes too, so the planner names the whole closure.
    case delete([LinkName])
    /// Gives a link a further name.
    case addName(String, to: LinkName)
    /// Takes a further name from a link.
    case removeName(String, from: LinkName)
    /// Lets VLANs through at a place of a bridge, treated as said; a PVID among them takes the place of the one before, whose id
    /// stays. All of it in one message.
    case setVLANs([BridgeVLAN], at: BridgePlace)
    /// No longer lets VLANs through at a place of a bridge; ids that it does not have are passed over.
    case removeVLANs([ClosedRange<UInt16>], at: BridgePlace)
    /// Sets an address on a link; one that is there already gets the flags and lifetimes said.
    case addAddress(Address, to: LinkName)
    /// Takes an address from a link.
    case removeAddress(Address, from: LinkName)
    /// Sets a route that must not exist yet.
    case addRoute(Route)
    /// Sets a route in place of the one with the same ``Route/key``.
    case replaceRoute(Route)
    /// Takes a route away.
    case removeRoute(Route)
    /// Sets a routing rule; one that is there already would be there twice. There is no replacing: the new one stands before the
    /// old one goes.
    case addRule(Rule)
    /// Takes a routing rule away.
    case removeRule(Rule)
    /// Sets again what belonged to a link, in place of what is there.
    case restore(Belonging, on: LinkName)
    /// Takes away what belonged to a link, if it is there.
    case forget(Belonging, on: LinkName)
    /// Asks a service of the host's, rather than the kernel.
    case service(ServiceAction)
}
