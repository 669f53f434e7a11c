internal import Glibc

/// Holds SIGINT, SIGTERM and SIGHUP back while a change is under way: it is finished or undone, never left in the middle.
struct SignalGuard: ~Copyable {
    private var former = sigset_t()

    init() {
        var held = sigset_t()
        unsafe sigemptyset(&held)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&held, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &held, &former)
    }

    /// The name of a signal that waits; `nil` if none does.
    var pending: String? {
        var waiting = sigset_t()
        unsafe sigpending(&waiting)
        for (signal, name) in [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")] {
            if unsafe sigismember(&waiting, signal) == 1 { return name }
        }
        return nil
    }

    /// Takes waiting signals off, so that they do not end the process before it has told its outcome.
    func discard() {
        var held = sigset_t()
        unsafe sigemptyset(&held)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&held, signal) }
        var none = timespec()
        while unsafe sigtimedwait(&held, nil, &none) > 0 {}
    }

    deinit {
        var restored = former
        unsafe pthread_sigmask(SIG_SETMASK, &restored, nil)
    }
}
