/// A question to the network whose answer shows that a host still reaches what it has to reach.
public enum Probe: Hashable, Sendable {
    /// The router of the default route answers: to ARP, or over IPv6 to an echo request.
    case gateway
    /// An address answers an ICMP echo request.
    case ping(IPAddress)
    /// A host, by address or name, accepts a TCP connection.
    case tcp(host: String, port: UInt16)
    /// An IPv4 address on a network of the host's own answers an ARP request.
    case arp(IPAddress)

    /// Takes `gateway`, `ping:ADDRESS`, `tcp:HOST:PORT` or `arp:ADDRESS`; an IPv6 address before a port stands in brackets.
    /// - Throws: ``ValueError`` for any other text.
    public init(_ text: String) throws(ValueError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        switch (parts[0], parts.count) {
        case ("gateway", 1): self = .gateway
        case ("ping", 2): self = .ping(try IPAddress(parts[1]))
        case ("arp", 2):
            let address = try IPAddress(parts[1])
            guard address.family == .ipv4 else {
                throw ValueError("'\(text)' asks an IPv6 address by ARP, which knows only IPv4", fix: "write ping:\(address)")
            }
            self = .arp(address)
        case ("tcp", 2): self = try Self.tcp(parts[1], in: text)
        default:
            throw ValueError("'\(text)' is not a probe", fix: "write gateway, ping:192.0.2.1, tcp:192.0.2.1:22 or arp:192.0.2.1")
        }
    }

    private static func tcp(_ text: String, in whole: String) throws(ValueError) -> Probe {
        let shape = ValueError("'\(whole)' is not a probe", fix: "write it like tcp:192.0.2.1:22 or tcp:[2001:db8::1]:22")
        guard let colon = text.lastIndex(of: ":") else { throw shape }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = try IPAddress(String(host.dropFirst().dropLast())).description
        } else if host.contains(":") {
            throw shape
        }
        guard !host.isEmpty, let port = try Int64(decimalDigits: text[text.index(after: colon)...]), (1...65535).contains(port) else {
            throw shape
        }
        return .tcp(host: host, port: UInt16(port))
    }
}

extension Probe: CustomStringConvertible {
    public var description: String {
        switch self {
        case .gateway: "gateway"
        case .ping(let address): "ping:\(address)"
        case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        case .arp(let address): "arp:\(address)"
        }
    }
}
