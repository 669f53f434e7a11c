internal import CNetlink
internal import Glibc
public import HostNetwork

/// Asks the network whether something still answers, from within a network namespace.
///
/// Echo requests and ARP take a raw socket, which needs the privilege that a change needs anyway.
public struct Prober: Sendable {
    private let namespace: NetworkNamespace
    /// The addresses of the hosts that were named, found before anything changed: a name server may be out of reach later.
    private let hosts: [String: [IPAddress]]

    /// A prober for these probes; the names in them are looked up now, in the program's own namespace.
    public init(_ probes: [Probe], in namespace: NetworkNamespace) {
        self.namespace = namespace
        var hosts: [String: [IPAddress]] = [:]
        for case .tcp(let host, _) in probes { hosts[host] = Self.addresses(of: host) }
        self.hosts = hosts
    }

    /// Asks once.
    /// - Parameters:
    ///   - network: the network as it is now: by it a router and the link to an address are found.
    ///   - milliseconds: how long to wait for the answer.
    /// - Returns: whether it came; `false` also where it could not be asked, for want of a route or an address.
    public func isAnswered(_ probe: Probe, in network: HostNetwork, within milliseconds: Int) -> Bool {
        switch probe {
        case .ping(let address): return echo(address, link: nil, milliseconds)
        case .arp(let address): return arp(address, network, milliseconds)
        case .tcp(let host, let port):
            return hosts[host, default: []].contains { connect($0, port, milliseconds) }
        case .gateway:
            let ways = network.routes.filter { $0.isDefault && $0.table == Route.mainTable && $0.gateway != nil }
                .sorted { ($0.family, $0.effectiveMetric) < ($1.family, $1.effectiveMetric) }
            guard let way = ways.first, let router = way.gateway else { return false }
            switch router.family {
            case .ipv4: return arp(router, network, on: way.link, milliseconds)
            case .ipv6: return echo(router, link: way.link.flatMap { network[$0]?.index }, milliseconds)
            }
        }
    }

    // MARK: TCP

    private func connect(_ address: IPAddress, _ port: UInt16, _ milliseconds: Int) -> Bool {
        guard let socket = ProbeSocket.open(in: namespace, domain: address.domain, type: Int32(SOCK_STREAM.rawValue), protocol: Int32(IPPROTO_TCP)) else { return false }
        let result = unsafe address.withSocketAddress(port: port, link: nil) { address, length in
            unsafe Glibc.connect(socket.descriptor, address, length) == 0 ? 0 : errno
        }
        if result == 0 { return true }
        guard result == EINPROGRESS, socket.isReady(POLLOUT, until: Deadline(milliseconds)) else { return false }
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0
    }

    // MARK: ICMP

    private func echo(_ address: IPAddress, link: Int32?, _ milliseconds: Int) -> Bool {
        let isFour = address.family == .ipv4
        let proto = isFour ? Int32(IPPROTO_ICMP) : Int32(IPPROTO_ICMPV6)
        guard let socket = ProbeSocket.open(in: namespace, domain: address.domain, type: Int32(SOCK_RAW.rawValue), protocol: proto) else { return false }
        let id = UInt16.random(in: .min ... .max)
        // Type, code, checksum, id, sequence number 1; the kernel sums up for IPv6 itself.
        var packet: [UInt8] = [isFour ? 8 : 128, 0, 0, 0, UInt8(id >> 8), UInt8(id & 0xff), 0, 1] + Array("weft".utf8)
        if isFour {
            let sum = Self.checksum(packet)
            packet[2] = UInt8(sum >> 8)
            packet[3] = UInt8(sum & 0xff)
        }
        let sent = unsafe address.withSocketAddress(port: 0, link: link) { address, length in
            unsafe sendto(socket.descriptor, packet, packet.count, 0, address, length)
        }
        guard sent == packet.count else { return false }
        return socket.receives(until: Deadline(milliseconds)) { bytes in
            // An IPv4 raw socket gives the IP header too.
            let message = isFour ? bytes.dropFirst(Int(bytes.first ?? 0) % 16 * 4) : bytes[...]
            guard message.count >= 6 else { return false }
            let first = message.startIndex
            return message[first] == (isFour ? 0 : 129) && message[first + 4] == packet[4] && message[first + 5] == packet[5]
        }
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for place in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[place]) << 8 + (place + 1 < bytes.count ? UInt32(bytes[place + 1]) : 0)
        }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return ~UInt16(sum)
    }

    // MARK: ARP

    private func arp(_ target: IPAddress, _ network: HostNetwork, on name: LinkName? = nil, _ milliseconds: Int) -> Bool {
        let candidates = name.map { network[$0].map { [$0] } ?? [] } ?? network.sortedLinks.filter { link in
            (link.addresses ?? []).contains { $0.network.contains(target) && $0.network.prefixLength < 32 }
        }
        return candidates.contains { link in
            guard let index = link.index, let mac = link.mac else { return false }
            let own = (link.addresses ?? []).map(\.network)
            let source = own.first { $0.contains(target) } ?? own.first { $0.address.family == .ipv4 }
            return arp(target, from: source?.address ?? .v4(0), mac, on: index, milliseconds)
        }
    }

    private func arp(_ target: IPAddress, from source: IPAddress, _ mac: MACAddress, on index: Int32, _ milliseconds: Int) -> Bool {
        let proto = UInt16(ETH_P_ARP).bigEndian
        guard let socket = ProbeSocket.open(in: namespace, domain: AF_PACKET, type: Int32(SOCK_DGRAM.rawValue), protocol: Int32(proto)) else {
            return false
        }
        var everybody = sockaddr_ll()
        everybody.sll_family = UInt16(AF_PACKET)
        everybody.sll_protocol = proto
        everybody.sll_ifindex = index
        everybody.sll_halen = 6
        everybody.sll_addr = (0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0)
        // Ethernet, IPv4, lengths 6 and 4, request.
        let request: [UInt8] = [0, 1, 8, 0, 6, 4, 0, 1] + mac.bytes + source.bytes + [0, 0, 0, 0, 0, 0] + target.bytes
        let length = socklen_t(MemoryLayout<sockaddr_ll>.size)
        let sent = unsafe withUnsafePointer(to: &everybody) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe bind(socket.descriptor, address, length) == 0 else { return -1 }
                return unsafe sendto(socket.descriptor, request, request.count, 0, address, length)
            }
        }
        guard sent == request.count else { return false }
        return socket.receives(until: Deadline(milliseconds)) { bytes in
            bytes.count >= 28 && bytes[6] == 0 && bytes[7] == 2 && Array(bytes[14..<18]) == target.bytes
        }
    }

    // MARK: Names

    private static func addresses(of host: String) -> [IPAddress] {
        if let address = try? IPAddress(host) { return [address] }
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            var text = [CChar](repeating: 0, count: 64)
            if unsafe getnameinfo(entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, 64, nil, 0, NI_NUMERICHOST) == 0 {
                let numbers = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if let address = try? IPAddress(numbers) { found.append(address) }
            }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }
}
