internal import HostNetwork

/// Who set a route or an address, in `iproute2`'s words.
enum Origin {
    /// `RTPROT_*` by the names of `/etc/iproute2/rt_protos`.
    static func ofRoute(_ number: UInt8) -> String { routes[number] ?? String(number) }

    /// `IFAPROT_*`; `static` for an address of which nobody says who set it and which stays, `dynamic` for one with a lifetime.
    static func ofAddress(_ address: Address) -> String {
        if address.isOwned { return weft }
        switch address.origin {
        case 0: return address.isKernelMade ? "kernel" : address.isDynamic ? "dynamic" : "static"
        case 1: return "kernel_lo"
        case 2: return "kernel_ra"
        case 3: return "kernel_ll"
        case let number: return String(number)
        }
    }

    private static let weft = "weft"

    private static let routes: [UInt8: String] = [
        0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 10: "mrt", 11: "zebra", 12: "bird",
        13: "dnrouted", 14: "xorp", 15: "ntk", 16: "dhcp", 18: "keepalived", 42: "babel", 186: "bgp", 187: "isis", 188: "ospf", 189: "rip",
        192: "eigrp", Ownership.originNumber: weft,
    ]
}

/// The reach of an address or a route, in `iproute2`'s words (`/etc/iproute2/rt_scopes`).
enum Scopes {
    /// `RT_SCOPE_*`; `nil` for a number without a name.
    static func name(_ number: UInt8) -> String? {
        switch number {
        case 0: "global"
        case 200: "site"
        case 253: "link"
        case 254: "host"
        case 255: "nowhere"
        default: nil
        }
    }
}
