internal import Glibc

/// The lock of a network namespace: one weft at a time changes it. The kernel drops it when its holder ends, however it ends.
public struct HostLock: ~Copyable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Says that the lock is needed until here.
    public borrowing func keep() {}

    /// Takes the lock, or says who has it. On a file system that has become read-only it is taken all the same, so that a change can be
    /// undone there; who has it cannot be written down then.
    /// - Parameters:
    ///   - directory: the namespace's directory.
    ///   - holder: how this process is named to others.
    ///   - seconds: how long to wait for it at most.
    /// - Throws: ``ChangeError/locked(_:)`` or ``ChangeError/stateDirectory(path:problem:)``.
    public static func take(in directory: StateDirectory, as holder: ChangeAuthor, waiting seconds: Int = 0) throws(ChangeError) -> HostLock {
        let file = "\(directory.path)/lock"
        var descriptor = unsafe open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        let isReadOnly = descriptor < 0 && errno == EROFS
        if isReadOnly { descriptor = unsafe open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .stateDirectory(path: file, problem: errorText(errno)) }
        let deadline = Clock.sinceBoot + Int64(seconds)
        var attempts = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            if number == EINTR { continue }
            attempts += 1
            // Somebody who only looks (``holder(in:)``) has it for an instant.
            if number == EWOULDBLOCK, attempts < 3 || Clock.sinceBoot < deadline {
                Clock.sleep(milliseconds: 50)
                continue
            }
            close(descriptor)
            guard number == EWOULDBLOCK else { throw .stateDirectory(path: file, problem: errorText(number)) }
            throw .locked(LockHolder(text: try directory.read("lock") ?? ""))
        }
        if isReadOnly { return HostLock(descriptor: descriptor) }
        // Who holds it is for people to read; the lock itself is the kernel's.
        let bytes = Array(holder.description.utf8)
        var isWritten = ftruncate(descriptor, 0) == 0
        if isWritten { isWritten = unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count }
        guard isWritten else {
            let problem = errorText(errno)
            close(descriptor)
            throw .stateDirectory(path: file, problem: problem)
        }
        return HostLock(descriptor: descriptor)
    }

    /// Who holds the lock now; `nil` if nobody does.
    public static func holder(in directory: StateDirectory) throws(ChangeError) -> LockHolder? {
        let file = "\(directory.path)/lock"
        let descriptor = unsafe open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .stateDirectory(path: file, problem: errorText(errno))
        }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        return LockHolder(text: try directory.read("lock") ?? "")
    }
}
