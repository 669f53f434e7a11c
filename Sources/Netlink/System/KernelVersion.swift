internal import CNetlink
internal import Glibc
public import HostNetwork

/// A kernel's version, as far as it decides what weft can do.
public struct KernelVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first number of the release.
    public let major: Int
    /// The second number.
    public let minor: Int
    /// The whole release, such as `6.1.0-18-amd64`.
    public let release: String

    /// Takes a release as `uname -r` prints it; `nil` where it does not begin with two numbers.
    public init?(release: String) {
        let numbers = release.split(separator: ".", maxSplits: 2)
        guard numbers.count >= 2, let major = Int(numbers[0]), let minor = Int(numbers[1].prefix { $0.isASCII && $0.isNumber }) else {
            return nil
        }
        self.major = major
        self.minor = minor
        self.release = release
    }

    /// The version of the kernel that runs now (`uname(2)`).
    /// - Throws: ``NetlinkError`` where the kernel's release is no version.
    public static func running() throws(NetlinkError) -> KernelVersion {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { throw .lastCall("ask for the kernel's version", .unavailable) }
        let release = unsafe withUnsafeBytes(of: &names.release) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard let version = KernelVersion(release: release) else {
            throw NetlinkError(
                "ask for the kernel's version", .unavailable, .notSupported, detail: "'\(release)' does not begin with a version")
        }
        return version
    }

    /// The two numbers.
    public var number: LinuxVersion { LinuxVersion(major, minor) }

    /// Whether weft runs on this kernel: 5.14 and later, where a socket tells its namespace's cookie.
    public var isSupported: Bool { (major, minor) >= (5, 14) }

    /// Whether addresses carry a mark of who set them (`IFA_PROTO`, 5.18 and later). Older kernels pass over the mark in silence.
    public var keepsAddressOrigin: Bool { (major, minor) >= (5, 18) }

    /// Refuses a kernel that weft does not run on.
    /// - Throws: ``NetlinkError`` that names the version.
    public func requireSupported() throws(NetlinkError) {
        guard isSupported else {
            throw NetlinkError(
                "run on Linux \(release)", .unavailable, .notSupported, detail: "weft needs a kernel of version 5.14 or later")
        }
    }

    public static func < (left: KernelVersion, right: KernelVersion) -> Bool { (left.major, left.minor) < (right.major, right.minor) }

    public var description: String { release }
}
