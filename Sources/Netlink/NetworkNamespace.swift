internal import CNetlink
internal import Glibc

/// A network namespace: which of the host's networks a ``KernelConnection`` speaks to.
public struct NetworkNamespace: Hashable, Sendable, CustomStringConvertible {
    /// The name below `/run/netns`; `nil` for the namespace of the calling program.
    public let name: String?

    /// Whether each connection makes a namespace of its own, which is gone when the connection is closed.
    private let isScratch: Bool

    /// The namespace that the program runs in.
    public static let current = NetworkNamespace(name: nil, isScratch: false)

    /// A new, empty namespace for each connection that is opened with it; it is gone, with all that is in it, when that
    /// connection is closed.
    public static let scratch = NetworkNamespace(name: nil, isScratch: true)

    /// A namespace made by `ip netns add NAME`, which need not exist yet.
    public init(named name: String) { self.init(name: name, isScratch: false) }

    private init(name: String?, isScratch: Bool) {
        self.name = name
        self.isScratch = isScratch
    }

    /// Whether the program runs in the namespace of process 1, in which the system's services run.
    public static var isThatOfProcessOne: Bool {
        var own = stat()
        var first = stat()
        guard unsafe stat("/proc/self/ns/net", &own) == 0, unsafe stat("/proc/1/ns/net", &first) == 0 else { return false }
        return own.st_ino == first.st_ino && own.st_dev == first.st_dev
    }

    /// Whether this is the host's own: that of process 1, and not one that was chosen by name.
    public var isHosts: Bool { self == .current && Self.isThatOfProcessOne }

    /// Where named namespaces are mounted.
    static let directory = "/run/netns"

    public var description: String {
        name.map { "network namespace \($0)" } ?? (isScratch ? "a new network namespace" : "this network namespace")
    }

    /// The file that stands for the namespace; `nil` for one that has none.
    var path: String? { isScratch ? nil : name.map { "\(Self.directory)/\($0)" } ?? "/proc/self/ns/net" }

    /// Opens a named namespace's file, for `setns(2)`; the caller closes it.
    func open() throws(NetlinkError) -> Int32 {
        let name = name ?? ""
        let attempted = "open network namespace '\(name)'"
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
            throw NetlinkError(attempted, .unavailable, .invalidArgument, detail: "that is not the name of a namespace")
        }
        let path = "\(Self.directory)/\(name)"
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = KernelErrorCode(rawValue: errno)
            let detail = code == .noEntry ? "there is no namespace of that name; `ip netns list` shows those that are" : nil
            throw NetlinkError(attempted, .unavailable, code, detail: detail)
        }
        return descriptor
    }

    /// Connects a socket of libnl's within this namespace, on a thread of its own where it is not the caller's.
    /// - Parameter protocolNumber: `NETLINK_ROUTE`, or another of netlink's protocols.
    func connect(_ socket: OpaquePointer, protocolNumber: Int32) throws(NetlinkError) {
        var connection = unsafe weft_connection()
        unsafe connection.socket = socket
        unsafe connection.protocol = protocolNumber
        if isScratch {
            unsafe connection.namespace_descriptor = -1
            let started = unsafe weft_connect_in_namespace(&connection)
            guard started == 0 else { throw NetlinkError("start a thread for \(self)", .unavailable, KernelErrorCode(rawValue: started)) }
            let made = unsafe connection.setns_error
            guard made == 0 else { throw NetlinkError("make \(self)", .unavailable, KernelErrorCode(rawValue: made)) }
        } else if let name {
            let path = "\(Self.directory)/\(name)"
            let descriptor = try open()
            defer { close(descriptor) }
            unsafe connection.namespace_descriptor = descriptor
            let started = unsafe weft_connect_in_namespace(&connection)
            guard started == 0 else {
                throw NetlinkError("start a thread for \(self)", .unavailable, KernelErrorCode(rawValue: started))
            }
            let entered = unsafe connection.setns_error
            guard entered == 0 else {
                let code = KernelErrorCode(rawValue: entered)
                let detail = code == .invalidArgument ? "\(path) is a file, not a namespace" : nil
                throw NetlinkError("enter network namespace '\(name)'", .unavailable, code, detail: detail)
            }
        } else {
            unsafe weft_connect_here(&connection)
        }
        guard unsafe connection.connect_result >= 0 else {
            throw NetlinkError(
                "open a netlink socket in \(self)", .unavailable, KernelErrorCode(rawValue: unsafe connection.connect_error))
        }
    }
}
