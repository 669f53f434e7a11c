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
}

extension KernelConnection: Kernel {}
