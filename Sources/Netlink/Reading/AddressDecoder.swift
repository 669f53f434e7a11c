internal import CNetlink
internal import HostNetwork

/// Reads addresses out of `RTM_NEWADDR`.
///
/// By the message layer: libnl 3.7's address objects do not know `IFA_PROTO`, by which weft knows its own.
struct AddressDecoder: ~Copyable {
    private let attributes = AttributeTable(highest: Int(__IFA_MAX) - 1)

    /// Reads one message; `nil` if it is no IPv4 or IPv6 address.
    /// - Parameter name: the name of the link with an index, for the label.
    func decode(_ message: ReceivedMessage, nameOf name: (Int32) -> LinkName?) -> (link: Int32, address: Address)? {
        guard message.type == RTM_NEWADDR, let header = message.body(ifaddrmsg.self) else { return nil }
        attributes.parse(message, after: MemoryLayout<ifaddrmsg>.size)
        let index = Int32(bitPattern: header.ifa_index)

        // On a point-to-point link IFA_ADDRESS is the far end; IPv6 tells IFA_LOCAL only then.
        let far = attributes[IFA_ADDRESS]?.ipAddress
        let local = attributes[IFA_LOCAL]?.ipAddress ?? far
        guard let local, let network = IPNetwork(local, prefixLength: Int(header.ifa_prefixlen)) else { return nil }

        var address = Address(network)
        address.peer = far == local ? nil : far
        address.broadcast = attributes[IFA_BROADCAST]?.ipAddress
        if let label = attributes[IFA_LABEL]?.text, label != name(index)?.text { address.label = label }
        address.scope = header.ifa_scope
        address.flags = attributes[IFA_FLAGS]?.u32 ?? UInt32(header.ifa_flags)
        // 0 is told of IPv4 addresses that were given none.
        address.metric = attributes[IFA_RT_PRIORITY].flatMap { $0.u32 == 0 ? nil : $0.u32 }
        if let lifetimes = attributes[IFA_CACHEINFO]?.structure(ifa_cacheinfo.self) {
            address.validLifetime = lifetimes.ifa_valid == Self.forever ? nil : lifetimes.ifa_valid
            address.preferredLifetime = lifetimes.ifa_prefered == Self.forever ? nil : lifetimes.ifa_prefered
        }
        address.origin = attributes[IFA_PROTO]?.u8 ?? 0
        address.isOwned = address.origin == Ownership.originNumber
        return (index, address)
    }

    /// `INFINITY_LIFE_TIME`, which only the kernel's internal headers define.
    static let forever = UInt32.max
}
