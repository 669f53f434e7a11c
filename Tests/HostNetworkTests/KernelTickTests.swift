import HostNetwork
import Testing

/// The kernel's clock, and what becomes of times by it.
@Suite struct KernelTickTests {
    /// The lengths of the ticks of kernels that count 100, 250, 300 and 1000 a second.
    private static func tick(_ nanoseconds: Int64) throws -> KernelTick { try #require(KernelTick(nanoseconds: nanoseconds)) }

    @Test(arguments: [
        // Told to bridges of such kernels, and read back.
        (10_000_000, [0: 0, 1: 1, 401: 401, 3125: 3125, 4_294_967_295: 4_294_967_295]),
        (4_000_000, [0: 0, 1: 0, 2: 2, 203: 202, 401: 400, 1500: 1500, 3125: 3124, 12501: 12500]),
        (3_333_333, [0: 0, 1: 0, 1500: 1499]),
        (1_000_000, [0: 0, 1: 1, 401: 401, 3125: 3125]),
    ] as [(Int64, [Int64: Int64])])
    func `a time comes out as the kernel rounds it`(nanoseconds: Int64, times: [Int64: Int64]) throws {
        let tick = try Self.tick(nanoseconds)
        for (time, told) in times { #expect(tick.told(of: time) == told, "\(time)") }
    }

    @Test func `there is no tick of no length, nor of more than a second`() {
        for nanoseconds: Int64 in [-1, 0, 1_000_000_001] { #expect(KernelTick(nanoseconds: nanoseconds) == nil) }
    }

    @Test func `what a new link tells is the kernel's default by its clock, and by a bond's mode`() throws {
        var network = HostNetwork()
        let interval = OptionRow.multicastStartupQueryInterval
        #expect(network.usualValue(of: interval) == .number(3125))
        network.kernel = RunningKernel(LinuxVersion(6, 1))
        network.kernel?.tick = try Self.tick(4_000_000)
        #expect(network.usualValue(of: interval) == .number(3124))
        #expect(network.isTold(.number(3124), of: .number(3125), interval))
        #expect(!network.isTold(.number(3126), of: .number(3125), interval))
        #expect(!network.isTold(nil, of: .number(3125), interval))
        let usual = BondMode.allCases.map { network.usualValue(of: .miimon, in: $0) }
        #expect(usual == [0, 0, 0, 0, 100, 100, 100].map { .number($0) })
        // Milliseconds are no ticks.
        #expect(!network.isTold(.number(100), of: .number(101), .miimon))
    }
}
