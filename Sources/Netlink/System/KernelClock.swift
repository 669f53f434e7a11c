internal import Glibc
internal import HostNetwork

extension KernelTick {
    /// The tick of the kernel that runs now: the resolution of the clocks that go by ticks (`CLOCK_MONOTONIC_COARSE`).
    static func running() -> KernelTick? {
        var resolution = timespec()
        guard unsafe clock_getres(CLOCK_MONOTONIC_COARSE, &resolution) == 0, resolution.tv_sec == 0 else { return nil }
        return KernelTick(nanoseconds: Int64(resolution.tv_nsec))
    }
}
