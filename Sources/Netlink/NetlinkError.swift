internal import CNetlink
internal import Glibc

/// The kernel's number of an error (`errno`): an open set, for a kernel may answer anything.
public struct KernelErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The name is taken, or the address or route is there already (`EEXIST`).
    public static let exists = KernelErrorCode(rawValue: EEXIST)
    /// The link is in use: already a port of another master, for one (`EBUSY`).
    public static let busy = KernelErrorCode(rawValue: EBUSY)
    /// Refused by a rule, or `CAP_NET_ADMIN` is missing (`EPERM`).
    public static let notPermitted = KernelErrorCode(rawValue: EPERM)
    /// No such link (`ENODEV`).
    public static let noDevice = KernelErrorCode(rawValue: ENODEV)
    /// No such route or namespace (`ENOENT`, `ESRCH`).
    public static let noEntry = KernelErrorCode(rawValue: ENOENT)
    /// No such route (`ESRCH`).
    public static let noSuchRoute = KernelErrorCode(rawValue: ESRCH)
    /// The link has no IPv6 (`ENXIO`), for one because its MTU is below 1280.
    public static let notConfigured = KernelErrorCode(rawValue: ENXIO)
    /// No such address on the link (`EADDRNOTAVAIL`).
    public static let addressNotAvailable = KernelErrorCode(rawValue: EADDRNOTAVAIL)
    /// The kernel has no driver for what was asked, or the link's kind cannot do it (`EOPNOTSUPP`).
    public static let notSupported = KernelErrorCode(rawValue: EOPNOTSUPP)
    /// A value the kernel does not take (`EINVAL`).
    public static let invalidArgument = KernelErrorCode(rawValue: EINVAL)
    /// A number out of range, such as a VLAN's MTU above its parent's (`ERANGE`).
    public static let outOfRange = KernelErrorCode(rawValue: ERANGE)
    /// A link that has to be up is down (`ENETDOWN`).
    public static let networkDown = KernelErrorCode(rawValue: ENETDOWN)
    /// A gateway that no connected network reaches (`ENETUNREACH`).
    public static let networkUnreachable = KernelErrorCode(rawValue: ENETUNREACH)
    /// Links stacked in a loop, or a bridge in a bridge (`ELOOP`).
    public static let loop = KernelErrorCode(rawValue: ELOOP)
    /// Answers got lost because the socket's buffer overflowed (`ENOBUFS`).
    public static let noBufferSpace = KernelErrorCode(rawValue: ENOBUFS)
    /// Not tried, because something before it failed (`ECANCELED`).
    public static let canceled = KernelErrorCode(rawValue: ECANCELED)
    /// Tried often, and never finished undisturbed (`EAGAIN`).
    public static let tryAgain = KernelErrorCode(rawValue: EAGAIN)

    /// The header's name, such as `EBUSY`; the plain number where the C library knows no name.
    public var name: String {
        guard let text = unsafe strerrorname_np(rawValue) else { return String(rawValue) }
        return unsafe String(cString: text)
    }

    /// The C library's sentence, such as `Device or resource busy`.
    public var message: String {
        guard let text = unsafe strerrordesc_np(rawValue) else { return "error \(rawValue)" }
        return unsafe String(cString: text)
    }

    public var description: String { name }
}

/// Something that could not be read from the kernel, or that the kernel did not do.
///
/// It reads as a sentence: `add bridge br1 to br0: Can not enslave a bridge to a bridge [ELOOP]`.
public struct NetlinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What sort of failure it is, as far as a caller acts differently on it.
    public enum Kind: Hashable, Sendable {
        /// The kernel said no. Nothing of the attempt was done, except that a message of several parts may be half done.
        case refused
        /// The kernel's answers were lost: it may be done or not. Read the kernel again to know.
        case outcomeUnknown
        /// Not sent at all, because something before it in the same list failed.
        case notSent
        /// The link is not in the map of the last snapshot, and was not made since.
        case unknownLink
        /// Reading was disturbed by changes each time it was tried.
        case unsettled
        /// The system lacks something: a kernel recent enough, a driver, a namespace of that name, a privilege.
        case unavailable
    }

    /// What was attempted, such as `create bridge br0`.
    public let attempted: String
    /// What sort of failure it is.
    public let kind: Kind
    /// The kernel's number; for failures before the kernel, the number nearest in meaning.
    public let code: KernelErrorCode
    /// The kernel's own words (`NETLINK_EXT_ACK`), where it gave any.
    public let kernelText: String?
    /// weft's words, where the kernel gave none or more is known.
    public let detail: String?

    package init(_ attempted: String, _ kind: Kind, _ code: KernelErrorCode, kernelText: String? = nil, detail: String? = nil) {
        self.attempted = attempted
        self.kind = kind
        self.code = code
        self.kernelText = kernelText
        self.detail = detail
    }

    /// An error of the C library's last call. Read at once: any other call may change `errno`.
    static func lastCall(_ attempted: String, _ kind: Kind = .refused) -> NetlinkError {
        NetlinkError(attempted, kind, KernelErrorCode(rawValue: errno))
    }

    /// The sentence. The number's name stands where the words are the kernel's or the C library's, not where they are weft's alone.
    public var description: String {
        switch (kernelText, detail) {
        case (nil, nil): "\(attempted): \(code.message) [\(code.name)]"
        case (let kernelText?, nil): "\(attempted): \(kernelText) [\(code.name)]"
        case (let kernelText?, let detail?): "\(attempted): \(kernelText) [\(code.name)]; \(detail)"
        case (nil, let detail?): "\(attempted): \(detail)"
        }
    }
}
