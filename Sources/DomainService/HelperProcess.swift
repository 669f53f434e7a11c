#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
internal import Glibc

/// The program `weft-libvirt` at work: lines go in, lines come out, and it is gone when its owner is.
struct HelperProcess: ~Copyable {
    /// Why there is no answer.
    enum Trouble: Error {
        /// None came in time; the program was killed.
        case timedOut
        /// The program has ended, with these last words.
        case ended(String)
        /// Somebody did not want to wait any longer; the program was killed.
        case interrupted
    }

    private let pid: pid_t
    /// One socket for both directions, which is the program's standard input and output.
    private let channel: Int32
    /// The reading end of a pipe that takes what it writes to standard error.
    private let complaints: Int32
    private var received: [UInt8] = []
    private var isReaped = false

    private init(pid: pid_t, channel: Int32, complaints: Int32) {
        self.pid = pid
        self.channel = channel
        self.complaints = complaints
    }

    deinit {
        close(channel)
        close(complaints)
        guard !isReaped else { return }
        kill(pid, SIGKILL)
        Self.reap(pid)
    }

    /// The program's path: beside weft, or in `../libexec/weft`.
    private static var path: String? {
        var own = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = unsafe readlink("/proc/self/exe", &own, own.count)
        guard length > 0 else { return nil }
        let directory = String(decoding: own.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self).directory
        let places = [directory + "/weft-libvirt", directory.directory + "/libexec/weft/weft-libvirt"]
        return places.first { unsafe access($0, X_OK) == 0 }
    }

    /// Starts the program.
    static func start() throws(DomainFailure) -> HelperProcess {
        func failure(_ words: String, _ fix: String? = nil) -> DomainFailure {
            DomainFailure(.notInstalled, attempt: "ask libvirt", words: words, fix: fix)
        }
        guard let path else {
            throw failure("the program weft-libvirt is not installed", "install it beside weft, or in ../libexec/weft")
        }
        var ends: [Int32] = [-1, -1]
        let stream = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, stream, 0, &ends) == 0 else { throw failure(errorText(errno)) }
        defer { close(ends[1]) }
        var errors: [Int32] = [-1, -1]
        guard unsafe pipe(&errors) == 0 else {
            let number = errno
            close(ends[0])
            throw failure(errorText(number))
        }
        defer { close(errors[1]) }
        for end in errors { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(errors[0], F_SETFL, O_NONBLOCK)
        var pid: pid_t = 0
        let problem = spawn(path, channel: ends[1], complaints: errors[1], &pid)
        guard problem == 0 else {
            close(ends[0])
            close(errors[0])
            throw failure("\(path) cannot be started: \(errorText(problem))")
        }
        return HelperProcess(pid: pid, channel: ends[0], complaints: errors[0])
    }

    private static func spawn(_ path: String, channel: Int32, complaints: Int32, _ pid: inout pid_t) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        for (from, to) in [(channel, STDIN_FILENO), (channel, STDOUT_FILENO), (complaints, STDERR_FILENO)] {
            unsafe posix_spawn_file_actions_adddup2(&actions, from, to)
        }
        // A group of its own: Ctrl-C is for weft, which finishes or undoes what is under way. Nor does it inherit held signals.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        guard let word = unsafe strdup(path) else { return ENOMEM }
        defer { unsafe free(word) }
        var words: [UnsafeMutablePointer<CChar>?] = unsafe [word, nil]
        return unsafe posix_spawn(&pid, path, &actions, &attributes, &words, environ)
    }

    /// A line that the program writes of its own accord; `nil` where none has come in time. An end of the program is ``Trouble``.
    mutating func next(within patience: Duration) throws -> Data? {
        let end = ContinuousClock.now + patience
        while true {
            if let place = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(received[..<place])
                received.removeFirst(place + 1)
                return line
            }
            var waiting = pollfd(fd: channel, events: Int16(POLLIN), revents: 0)
            let left = max(0, (end - .now) / .milliseconds(1))
            let ready = unsafe poll(&waiting, 1, Int32(min(left.rounded(.up), 1_000_000)))
            if ready == 0 { return nil }
            if ready < 0 {
                if errno == EINTR { continue }
                throw Trouble.ended(errorText(errno))
            }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = unsafe recv(channel, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw lastWords() }
            received += buffer[..<count]
        }
    }

    /// Sends a line and waits for the one that answers it.
    /// - Parameter isInterrupted: is asked now and then whether to wait on.
    /// - Throws: ``Trouble``; after it the program is of no use any more.
    mutating func exchange(_ line: Data, within patience: Duration, isInterrupted: () -> Bool = { false }) throws -> Data {
        let end = ContinuousClock.now + patience
        try send([UInt8](line) + [UInt8(ascii: "\n")], until: end)
        while true {
            if let place = received.firstIndex(of: UInt8(ascii: "\n")) {
                let answer = Data(received[..<place])
                received.removeFirst(place + 1)
                return answer
            }
            try wait(for: POLLIN, until: end, isInterrupted)
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = unsafe recv(channel, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw lastWords() }
            received += buffer[..<count]
        }
    }

    private mutating func send(_ bytes: [UInt8], until end: ContinuousClock.Instant) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try wait(for: POLLOUT, until: end)
            // No SIGPIPE for a program that has ended.
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.send(channel, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                throw lastWords()
            }
            rest = rest.dropFirst(count)
        }
    }

    private mutating func wait(for event: Int32, until time: ContinuousClock.Instant, _ isInterrupted: () -> Bool = { false }) throws {
        while true {
            let left = (time - .now) / .milliseconds(1)
            guard left > 0 else {
                end()
                throw Trouble.timedOut
            }
            var waiting = pollfd(fd: channel, events: Int16(event), revents: 0)
            let ready = unsafe poll(&waiting, 1, Int32(min(left.rounded(.up), 250)))
            if ready == 0, isInterrupted() {
                end()
                throw Trouble.interrupted
            }
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw Trouble.ended(errorText(errno)) }
        }
    }

    /// Ends the program.
    private mutating func end() {
        kill(pid, SIGKILL)
        Self.reap(pid)
        isReaped = true
    }

    /// What the program wrote to standard error before it ended.
    private mutating func lastWords() -> Trouble {
        end()
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(complaints, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        return .ended(String(text.trimmed))
    }

    private static func reap(_ pid: pid_t) {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
}

extension String {
    /// Of a path: all before its last part, and the slash before that.
    fileprivate var directory: String { lastIndex(of: "/").map { String(self[..<$0]) } ?? "" }

    /// Without blanks and line ends at its two ends.
    fileprivate var trimmed: Substring {
        let text = drop { $0.isWhitespace }
        return text.prefix(upTo: text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? text.endIndex)
    }
}

/// The C library's words for an error number.
private func errorText(_ number: Int32) -> String {
    unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
}
