internal import Glibc
internal import HostNetwork
internal import Netlink

/// Undoes a change whose confirmation does not come, or whose process is gone: a process of its own, in its own session, that
/// is started before the first message and outlives the terminal and the program that started it.
///
/// All that it knows is on disk (``Journal``), and it goes back as ``Recovery`` does.
public struct Guardian: Sendable {
    /// The namespace's directory.
    public let directory: StateDirectory
    /// The change that it watches over.
    public let number: Int

    private static let file = "guardian"

    /// A guardian of one change.
    public init(in directory: StateDirectory, of number: Int) {
        self.directory = directory
        self.number = number
    }

    /// Whether somebody watches over the change. Its process is known by its number alone, which another may have got since.
    public var isAlive: Bool {
        guard let words = try? directory.read(Self.file)?.split(whereSeparator: \.isWhitespace), words.count == 2, words[0] == "\(number)", let process = pid_t(words[1])
        else { return false }
        return process > 0 && (kill(process, 0) == 0 || errno == EPERM)
    }

    // MARK: In the guardian's own process

    /// Watches until the change has its ending, and gives it one if it comes to that. The caller has opened the kernel, so that
    /// nothing of the file system's is needed later.
    /// - Returns: how the change ended where it was undone here; `nil` where it had its ending otherwise.
    /// - Throws: ``ChangeError`` where its directory cannot be used from the beginning.
    public func watch(on kernel: inout some Kernel & ~Copyable) throws(ChangeError) -> Transaction.Outcome? {
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP] { signal(number, SIG_IGN) }
        unsafe chdir("/")
        try directory.write("\(number) \(getpid())\n", to: Self.file)
        defer { try? directory.remove(Self.file) }
        let journal = Journal(in: directory)
        var known = try? journal.pending()
        // A look that fails is taken again: a guardian that gives up guards nothing.
        while (try? isDue(journal)) != true {
            do {
                let confirmation = try journal.awaited()
                if let confirmation {
                    guard confirmation.number == number else { return nil }
                    known?.confirmation = confirmation
                }
                if confirmation == nil || !journal.hasCheckpoint {
                    // Somebody may have cleared the directory away, or a part of it; that is no confirmation.
                    guard let known, try directory.isGone || !journal.isOver(number) else { return nil }
                    try remember(known, journal)
                }
            } catch {}
            Clock.sleep(milliseconds: 250)
        }
        var isTold = false
        while true {
            do { return try undo(journal, known?.confirmation, on: &kernel) } catch {
                // Its directory may be read-only, or out of anybody's hands, for a while.
                if !isTold { SystemLog.write("change \(number): it is to be undone, and cannot be yet: \(error); trying again") }
                isTold = true
                // What it knows by heart takes the place of what cannot be read any more.
                if let known, (try? journal.isOver(number)) == false, !journal.isReadable { try? remember(known, journal) }
                Clock.sleep(milliseconds: 1000)
            }
        }
    }

    /// Goes back, unless the change has had its ending meanwhile.
    /// - Parameter known: the confirmation that it has waited for, as far as it is known by heart.
    private func undo(_ journal: Journal, _ known: Confirmation?, on kernel: inout some Kernel & ~Copyable) throws(ChangeError) -> Transaction.Outcome? {
        // Whoever has the lock now may be confirming, or undoing it himself.
        let lock = try HostLock.take(in: directory, as: .thisProcess(arguments: CommandLine.arguments), waiting: 86_400)
        defer { lock.keep() }
        guard let checkpoint = try journal.unfinished() else {
            guard known != nil, try !journal.isOver(number) else { return nil }
            throw .stateDirectory(path: directory.path, problem: "what it held of the change is gone")
        }
        guard checkpoint.number == number, let confirmation = try journal.confirmation(of: checkpoint) ?? known else { return nil }
        let reason = confirmation.isComplete ? "not confirmed within \(confirmation.seconds) s" : "the process that made the change is gone"
        SystemLog.write("change \(number): \(reason); going back")
        return Recovery.goBack(from: checkpoint, because: reason, in: journal, on: &kernel)
    }

    /// Puts a change that waits back into its directory, which was removed or emptied. Where it was not complete, its lock went along with the
    /// directory: whoever is at it is given his time.
    private func remember(_ known: (checkpoint: Checkpoint, confirmation: Confirmation), _ journal: Journal) throws(ChangeError) {
        try directory.make()
        try journal.restore(known.checkpoint)
        if known.confirmation.isComplete {
            try journal.restore(known.confirmation)
        } else {
            try journal.awaitConfirmation(of: known.checkpoint, seconds: known.confirmation.seconds, isComplete: true)
        }
        try directory.write("\(number) \(getpid())\n", to: Self.file)
        SystemLog.write("change \(number): what \(directory.path) held of it was removed or spoilt while the change waited for its confirmation; written again")
    }

    /// Whether it is time to go back.
    private func isDue(_ journal: Journal) throws(ChangeError) -> Bool {
        guard let confirmation = try journal.awaited(), confirmation.number == number else { return false }
        if confirmation.isComplete { return confirmation.secondsLeft == 0 }
        // The lock is held from before the guardian's start until the change is complete.
        guard try HostLock.holder(in: directory) == nil else { return false }
        return try journal.awaited().map { $0.number == number && !$0.isComplete } ?? false
    }

    // MARK: In the process that makes the change

    /// Starts the guardian, and returns once it watches.
    /// - Parameters:
    ///   - arguments: the words of the command that runs ``watch(on:)``, behind the program's name.
    ///   - isHostNamespace: whether the change is made in the namespace of process 1, so that systemd may start it.
    /// - Returns: what is only to be told: that the guardian may end with the user's session, where systemd runs and did not start it.
    /// - Throws: ``ChangeError/guardian(problem:)``.
    public func start(arguments: [String], isHostNamespace: Bool) throws(ChangeError) -> String? {
        var remark: String?
        try directory.remove(Self.file)
        // In a session's scope of systemd's a process can be killed when the user logs out; in a unit of its own it is not.
        if isHostNamespace, unsafe access("/run/systemd/system", F_OK) == 0, let program = Self.program {
            // `systemctl isolate` would end what no target wants.
            let words = [
                "systemd-run", "--quiet", "--collect", "--no-ask-password", "--property=TimeoutStopSec=5", "--property=IgnoreOnIsolate=yes",
                "--description=weft: undoes change \(number) unless it is confirmed", "--", program,
            ]
            if let process = Self.spawn(words[0], words + arguments) {
                var status: Int32 = 0
                while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
                if status == 0, isWatching(within: 5) { return nil }
            }
            remark = "systemd did not start the guardian of this change: it runs in your session, and ends with it where systemd kills a user's processes at logout"
        }
        guard let process = Self.spawn("/proc/self/exe", ["weft"] + arguments) else {
            throw .guardian(problem: "a process cannot be started: \(errorText(errno))")
        }
        guard isWatching(within: 20) else {
            kill(process, SIGKILL)
            throw .guardian(problem: "it did not begin to watch")
        }
        return remark
    }

    /// Waits until the guardian says that it watches.
    private func isWatching(within seconds: Int) -> Bool {
        for _ in 0..<seconds * 20 {
            if let text = try? directory.read(Self.file), text.hasPrefix("\(number) ") { return true }
            Clock.sleep(milliseconds: 50)
        }
        return false
    }

    /// The program's file.
    private static var program: String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe readlink("/proc/self/exe", bytes.bindMemory(to: CChar.self).baseAddress!, bytes.count)
        }
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Starts a program in a session of its own, without a terminal, and with no signal held back.
    private static func spawn(_ file: String, _ words: [String]) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for descriptor in STDIN_FILENO...STDERR_FILENO {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0)
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        // POSIX_SPAWN_SETSID is 0x80; glibc shows it only under _GNU_SOURCE.
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | 0x80))
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in words { unsafe arguments.append(strdup(word)) }
        unsafe arguments.append(nil)
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let error = unsafe posix_spawnp(&process, file, &actions, &attributes, &arguments, environ)
        guard error == 0 else {
            errno = error
            return nil
        }
        return process
    }
}
