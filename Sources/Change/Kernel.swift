public import HostNetwork
public import Netlink

/// What a transaction needs of the kernel: to read it, and to write a group of actions.
///
/// ``Netlink/KernelConnection`` is the kernel. The protocol stands between so that faults which a real kernel does not
/// produce on order can be tried.
public protocol Kernel: ~Copyable {
    /// Reads the network as it is, the VLAN tables even where no bridge filters if they are asked for.
    mutating func snapshot(vlanTables: Bool) throws(NetlinkError) -> HostNetwork
    /// Reads what belongs to some links besides their addresses and routes; of those that are not there, nothing.
    mutating func belongings(of names: Set<LinkName>) throws(NetlinkError) -> [LinkName: Belongings]
    /// Sends actions together and answers those that the kernel refused.
    mutating func perform(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure]
    /// Finds out what a network needs to know of the kernel before it is brought about; nothing, unless a kernel says otherwise.
    mutating func prepare(for network: HostNetwork) throws(NetlinkError)
    /// Is told once that everything stands that a plan makes, before any bridge is deleted for good: the moment for what hangs
    /// on the links.
    /// - Parameter remarks: takes what is only to be told, a sentence each.
    /// - Returns: what fails the change, a sentence each.
    mutating func linksStand(_ remarks: inout [String]) -> [String]
    /// Puts domains back as they were before a change, and their taps as the ports that they were.
    /// - Parameters:
    ///   - network: the host's network before the change.
    ///   - isWaiting: whether to wait a while for a libvirt that does not answer.
    /// - Returns: what could not be put back.
    mutating func putDomainsBack(_ domains: DomainCheckpoint, _ network: HostNetwork, isWaiting: Bool) -> [String]
    /// Begins to watch which links lose their master and get one; `nil` where that cannot be watched.
    borrowing func watchPorts(_ network: HostNetwork) -> PortWatch?
}

extension Kernel where Self: ~Copyable {
    public mutating func prepare(for network: HostNetwork) throws(NetlinkError) {}
    /// Does nothing: a kernel alone has nothing that hangs on its links.
    public mutating func linksStand(_ remarks: inout [String]) -> [String] { [] }
    /// Puts all of them back, by a connection of its own.
    public mutating func putDomainsBack(_ domains: DomainCheckpoint, _ network: HostNetwork, isWaiting: Bool) -> [String] {
        var connection = DomainConnection(uri: domains.uri)
        let touched = Set(domains.before.domains.map(\.name))
        return DomainWayBack.go(to: domains.before, network, of: touched, by: &connection, on: &self, isWaiting: isWaiting)
    }

    /// Watches nothing.
    public borrowing func watchPorts(_ network: HostNetwork) -> PortWatch? { nil }
}

extension KernelConnection: Kernel {
    public mutating func prepare(for network: HostNetwork) throws(NetlinkError) {
        try learnBackports(of: network.optionRows)
    }

    public borrowing func watchPorts(_ network: HostNetwork) -> PortWatch? { PortWatch.start(network, in: namespace) }
}

extension Kernel where Self: ~Copyable {
    /// Reads the network as it is.
    mutating func snapshot() throws(NetlinkError) -> HostNetwork { try snapshot(vlanTables: false) }
}
