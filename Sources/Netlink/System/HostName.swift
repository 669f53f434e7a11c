internal import Glibc

/// The host's name.
package enum HostName {
    /// What the kernel has it called (`gethostname(2)`), with its domain where the administrator gave it one; empty where it cannot be told.
    package static var current: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
