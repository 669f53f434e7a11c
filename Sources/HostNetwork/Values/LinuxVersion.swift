/// A version of Linux, as far as it says what the kernel can do.
public struct LinuxVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first number.
    public let major: Int
    /// The second number.
    public let minor: Int

    /// Joins the two numbers.
    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    public static func < (left: LinuxVersion, right: LinuxVersion) -> Bool { (left.major, left.minor) < (right.major, right.minor) }

    public var description: String { "\(major).\(minor)" }
}

/// The kernel that a network was read from.
public struct RunningKernel: Hashable, Sendable {
    /// Its version.
    public var version: LinuxVersion
    /// Options that the kernel has although its version is older than theirs, as asking it has shown: distributions carry
    /// newer drivers in older kernels.
    public var backported: Set<OptionRow.ID> = []
    /// The tick of its clock; `nil` where that is not known, and times are taken to come out as they went in.
    public var tick: KernelTick?

    /// A kernel of which no more than the version is known.
    public init(_ version: LinuxVersion) { self.version = version }
}
