internal import CNetlink
public import HostNetwork

extension KernelConnection {
    /// Asks the drivers of a network's links for their names and their places on the bus, by ethtool's oldest request: a system
    /// call a link, so it is done only where somebody wants to know. What a link does not tell stays `nil`.
    public func readHardware(of network: inout HostNetwork) {
        for name in network.links.keys where network[name]?.kind.isManaged == false && network[name]?.kind != .loopback {
            guard let driver = socket.driver(of: name) else { continue }
            network[name]?.driver = driver.name.isEmpty ? nil : driver.name
            network[name]?.busPath = driver.busPath.isEmpty ? nil : driver.busPath
        }
    }
}
