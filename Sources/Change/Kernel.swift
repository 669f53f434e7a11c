public import HostNetwork
public import Netlink

/// What a transaction needs of the kernel: to read it, and to write a group of actions.
///
/// ``Netlink/KernelConnection`` is the kernel. The protocol stands between so that faults which a real kernel does not
/// produce on order can be tried.
public protocol Kernel: ~Copyable {
    /// Reads the network as it is, the VLAN tables even where no bridge filters if they are asked for.
    mutating func snapshot(vlanTables: Bool) throws(NetlinkError) -> HostNetwork
    /// Sends actions together and answers those that the kernel refused.
    mutating func perform(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure]
    /// Finds out what a network needs to know of the kernel before it is brought about; nothing, unless a kernel says otherwise.
    mutating func prepare(for network: HostNetwork) throws(NetlinkError)
}

extension Kernel where Self: ~Copyable {
    public mutating func prepare(for network: HostNetwork) throws(NetlinkError) {}
}

extension KernelConnection: Kernel {
    public mutating func prepare(for network: HostNetwork) throws(NetlinkError) {
        try learnBackports(of: network.optionRows)
    }
}

extension Kernel where Self: ~Copyable {
    /// Reads the network as it is.
    mutating func snapshot() throws(NetlinkError) -> HostNetwork { try snapshot(vlanTables: false) }
}
