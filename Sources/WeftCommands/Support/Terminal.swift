internal import Glibc
internal import Report

/// What standard output and input are, and how to write to them.
enum Terminal {
    /// Whether there is somebody to ask.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// The style that a choice of colour means here.
    static func style(_ choice: ColorChoice, for descriptor: Int32 = STDOUT_FILENO) -> Style {
        let isTerminal = isatty(descriptor) == 1
        let color =
            switch choice {
            case .always: true
            case .never: false
            // no-color.org: set and not empty.
            case .auto: isTerminal && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
            }
        return Style(color: color, width: isTerminal ? width(descriptor) : nil)
    }

    /// Writes a line to standard error.
    static func complain(_ text: String) {
        write(text + "\n", to: STDERR_FILENO)
    }

    /// Gives standard input, output and errors something to be where the caller closed them: or else the next file opened, be
    /// it the lock or the kernel's socket, would be taken for them and be written to.
    static func occupyStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
    }

    /// Has signals end the program as ever, though whoever started it may hold them back: for commands that run until they are ended.
    static func answerSignals() {
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
    }

    /// From here on a reader that goes away does not end the program: its exit status is still to come.
    static func outliveReaders() {
        signal(SIGPIPE, SIG_IGN)
    }

    /// Writes text as it is; a reader that has gone away ends the program, as in any pipe, unless a change is under way.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                guard errno == EAGAIN else { return }
                // A pipe that the caller made non-blocking is full.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, -1)
                continue
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes a JSON document and a line end.
    static func write(_ document: some JSONDocument) {
        do { write(try document.json() + "\n") } catch { complain("weft: \(error)") }
    }

    /// Asks a question on the terminal; only `yes` in full is a yes.
    static func asksYes(_ question: String) -> Bool {
        write(question, to: STDERR_FILENO)
        guard let answer = readLine() else {
            write("\n", to: STDERR_FILENO)
            return false
        }
        return answer.trimmed == "yes"
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    private static func width(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

extension String {
    fileprivate var trimmed: String {
        var rest = self[...]
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
        return String(rest)
    }
}
