internal import CNetlink

/// What the program may do.
public enum Privilege {
    /// Whether the program may change its network namespace (`CAP_NET_ADMIN` among its effective capabilities).
    ///
    /// Reading needs no privilege.
    public static var hasNetAdmin: Bool {
        // By the file rather than capget(2), whose three versions of a structure need a library.
        guard let status = SystemFiles.text(of: "/proc/self/status") else { return false }
        return hasNetAdmin(status: status)
    }

    /// The same for the text of a `/proc/PID/status`.
    package static func hasNetAdmin(status: String) -> Bool {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
            let mask = UInt64(line.dropFirst(7).drop { $0 == "\t" || $0 == " " }, radix: 16)
        else { return false }
        return mask >> UInt64(CAP_NET_ADMIN) & 1 == 1
    }

    /// Refuses to go on without the privilege.
    /// - Throws: ``NetlinkError`` of one clear line.
    public static func requireNetAdmin() throws(NetlinkError) {
        guard hasNetAdmin else {
            throw NetlinkError(
                "change the network", .unavailable, .notPermitted, detail: "CAP_NET_ADMIN is missing; run it as root (sudo)")
        }
    }
}
