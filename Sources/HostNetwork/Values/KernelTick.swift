/// The tick of the kernel's clock, in which it counts a bridge's times.
///
/// Messages hold hundredths of a second (`USER_HZ`), the kernel keeps ticks (`HZ`: 250 a second on Debian, 100 to 1000 elsewhere),
/// and rounds down on the way in and on the way out. So a bridge that is told 4.01 seconds tells 4 on Debian.
public struct KernelTick: Hashable, Sendable {
    /// The tick's length (`TICK_NSEC`), more than 0.
    public let nanoseconds: Int64

    /// A tick of a length; `nil` where that is none.
    public init?(nanoseconds: Int64) {
        guard nanoseconds > 0, nanoseconds <= Self.second else { return nil }
        self.nanoseconds = nanoseconds
    }

    /// What the kernel tells of a time that it was told, both in hundredths of a second (`clock_t_to_jiffies()`, and back by
    /// `jiffies_to_clock_t()`).
    public func told(of hundredths: Int64) -> Int64 {
        let frequency = (Self.second + nanoseconds / 2) / nanoseconds
        let ticks = hundredths * frequency / 100
        return ticks * nanoseconds / (Self.second / 100)
    }

    private static let second: Int64 = 1_000_000_000
}

extension HostNetwork {
    /// Whether a link that was told one value tells the other one, by the kernel's clock.
    public func isTold(_ told: OptionValue?, of value: OptionValue, _ row: OptionRow) -> Bool {
        if told == value { return true }
        guard case .centiseconds = row.meaning, let tick = kernel?.tick, case .number(let number) = value else { return false }
        return told == .number(tick.told(of: number))
    }

    /// What a new link tells of an option: the kernel's default in a bond's mode, by the kernel's clock.
    /// - Parameter mode: the mode, where the option is a bond's.
    public func usualValue(of row: OptionRow, in mode: BondMode? = nil) -> OptionValue? {
        let usual = row.kernelDefault(in: mode)
        guard case .centiseconds = row.meaning, let tick = kernel?.tick, case .number(let number)? = usual else { return usual }
        return .number(tick.told(of: number))
    }
}
