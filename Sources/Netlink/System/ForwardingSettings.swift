public import HostNetwork

extension Forwarding {
    /// Reads which of some links packets are forwarded from. What cannot be read counts as off: nothing is forwarded without these files.
    /// - Parameter links: the links that are asked about; each costs a file.
    public static func read(of links: Set<LinkName>, in namespace: NetworkNamespace) -> Forwarding {
        func isOn(_ path: String) -> Bool {
            SystemFiles.text(of: "/proc/sys/net/\(path)", in: namespace, capacity: 16)?.first.map { $0 != "0" } ?? false
        }
        return Forwarding(
            ipv4: links.filter { isOn("ipv4/conf/\($0.text)/forwarding") }, ipv6: isOn("ipv6/conf/all/forwarding"))
    }
}
