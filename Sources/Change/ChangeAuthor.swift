internal import Glibc

/// Who makes a change, with which command, from which file, and since when.
public struct ChangeAuthor: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The command line, its words joined by blanks.
    public var command: String
    /// What is applied: a file's name, or `--all`.
    public var source: String?
    /// The user's name, and behind it the one who became root by sudo.
    public var user: String
    /// The process id.
    public var process: Int32
    /// When it began, in seconds since 1970.
    public var started: Int64

    /// Joins the parts.
    public init(command: String, source: String?, user: String, process: Int32, started: Int64) {
        self.command = command
        self.source = source
        self.user = user
        self.process = process
        self.started = started
    }

    /// This process, from now on.
    /// - Parameters:
    ///   - arguments: what the program was called with, its own name first.
    ///   - source: what is applied.
    public static func thisProcess(arguments: [String] = [], source: String? = nil) -> ChangeAuthor {
        let name = userName
        let former = unsafe getenv("SUDO_USER").map { unsafe String(cString: $0) }
        return ChangeAuthor(
            command: arguments.joined(separator: " "), source: source, user: former.map { "\(name) (\($0) by sudo)" } ?? name,
            process: getpid(), started: Clock.now)
    }

    /// The name of the user that this process runs as, or the number of one without a name.
    public static var userName: String { unsafe getpwuid(getuid()).map { unsafe String(cString: $0.pointee.pw_name) } ?? String(getuid()) }

    public var description: String { "process \(process) of \(user), `\(command)`, since \(Clock.text(started))" }
}

/// The two clocks of a change: the calendar's for people, and for limits one that nobody sets and that goes on in suspend.
public enum Clock {
    /// Seconds since 1970.
    public static var now: Int64 { Int64(time(nil)) }

    /// Seconds since the system was started (`CLOCK_BOOTTIME`).
    public static var sinceBoot: Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &now)
        return Int64(now.tv_sec)
    }

    /// A moment since 1970 as local time, `2026-11-21 14:03:59`.
    public static func text(_ moment: Int64) -> String { text(moment, "%Y-%m-%d %H:%M:%S", isLocal: true) }

    /// The time of day of a moment since 1970, as the host's clock on the wall has it, `14:03:59`.
    public static func timeOfDay(_ moment: Int64) -> String { text(moment, "%H:%M:%S", isLocal: true) }

    /// A moment since 1970 for programs (ISO 8601, UTC), `2026-11-21T14:03:59Z`.
    public static func universalText(_ moment: Int64) -> String { text(moment, "%Y-%m-%dT%H:%M:%SZ", isLocal: false) }

    private static func text(_ moment: Int64, _ format: String, isLocal: Bool) -> String {
        var moment = time_t(moment)
        var parts = unsafe tm()
        _ = unsafe isLocal ? localtime_r(&moment, &parts) : gmtime_r(&moment, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let length = unsafe strftime(&text, 64, format, &parts)
        return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The number that tells this boot from every other one.
    static var bootID: String {
        let directory = StateDirectory(path: "/proc/sys/kernel/random")
        let text = (try? directory.read("boot_id")) ?? ""
        return String(text.filter { !$0.isWhitespace })
    }

    /// Waits a moment, or less where a signal comes.
    static func sleep(milliseconds: Int) {
        _ = poll(nil, 0, Int32(milliseconds))
    }
}
