internal import Glibc

/// The lock of a network namespace: one weft at a time changes it. The kernel drops it when its holder ends, however it ends.
public struct HostLock: ~Copyable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock, or says who has it.
    /// - Parameters:
    ///   - directory: the namespace's directory.
    ///   - holder: how this process is named to others, see ``describeThisProcess(arguments:)``.
    /// - Throws: ``ChangeError/locked(_:)`` or ``ChangeError/stateDirectory(path:problem:)``.
    public static func take(in directory: StateDirectory, as holder: String) throws(ChangeError) -> HostLock {
        let file = "\(directory.path)/lock"
        let descriptor = unsafe open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .stateDirectory(path: file, problem: errorText(errno)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            guard number == EWOULDBLOCK else { throw .stateDirectory(path: file, problem: errorText(number)) }
            throw .locked(LockHolder(text: try directory.read("lock") ?? ""))
        }
        // Who holds it is for people to read; the lock itself is the kernel's.
        let bytes = Array(holder.utf8)
        var isWritten = ftruncate(descriptor, 0) == 0
        if isWritten { isWritten = unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count }
        guard isWritten else {
            let problem = errorText(errno)
            close(descriptor)
            throw .stateDirectory(path: file, problem: problem)
        }
        return HostLock(descriptor: descriptor)
    }

    /// This process in words: its id, its user, what it was called with, and the time.
    public static func describeThisProcess(arguments: [String]) -> String {
        var now = time(nil)
        var parts = unsafe tm()
        _ = unsafe localtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let length = unsafe strftime(&text, 64, "%Y-%m-%d %H:%M:%S", &parts)
        let since = String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let user = unsafe getpwuid(getuid()).map { unsafe String(cString: $0.pointee.pw_name) } ?? String(getuid())
        return "process \(getpid()) of \(user), `\(arguments.joined(separator: " "))`, since \(since)"
    }
}
