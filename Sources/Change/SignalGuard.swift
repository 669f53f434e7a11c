internal import Glibc

/// Holds signals back while a change is under way: it is finished or undone, never left in the middle, be it for as long as
/// somebody leaves the program stopped.
struct SignalGuard: ~Copyable {
    private var former = sigset_t()
    /// Those of ``endings`` that are not ignored.
    private let watched: [(Int32, String)]

    /// Those that ask for an end.
    private static let endings = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"), (SIGQUIT, "SIGQUIT")]
    /// Those that would stop or kill the program over what it prints on the way, or over a key.
    private static let disturbances = [SIGPIPE, SIGTSTP, SIGTTOU, SIGTTIN]

    init() {
        watched = Self.endings.filter { !Self.isIgnored($0.0) }
        var held = Self.set(watched.map(\.0) + Self.disturbances)
        unsafe pthread_sigmask(SIG_BLOCK, &held, &former)
    }

    /// The name of a signal that waits and asks for an end; `nil` if none does.
    var pending: String? { Self.pending(of: watched) }

    /// The same, for somebody whom the change has called: only while a change is under way a signal waits at all.
    static var pending: String? { pending(of: endings) }

    private static func pending(of signals: [(Int32, String)]) -> String? {
        var waiting = sigset_t()
        unsafe sigpending(&waiting)
        return signals.first { unsafe sigismember(&waiting, $0.0) == 1 }?.1
    }

    /// Takes waiting signals off, so that they do not end the process before it has told its outcome.
    func discard() {
        var held = Self.set(watched.map(\.0) + [SIGPIPE])
        var none = timespec()
        while unsafe sigtimedwait(&held, nil, &none) > 0 {}
    }

    private static func set(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        return set
    }

    /// Whether a signal is ignored, as under `nohup`. While it is held back the kernel would keep it all the same.
    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
        let ignoring = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == ignoring
    }

    deinit {
        var restored = former
        unsafe pthread_sigmask(SIG_SETMASK, &restored, nil)
    }
}
