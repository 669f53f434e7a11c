internal import CLinux
internal import Glibc

/// The system calls that writing needs, each with its error in words.
///
/// `gate` is asked before each of them: a test makes it fail at any, as if the disk were full there or the process killed.
struct DiskCalls {
    typealias Gate = (_ call: String) throws(ScriptDirectoryError) -> Void

    let gate: Gate

    /// What belongs to a file beside its content.
    struct Attributes: Equatable {
        var mode: mode_t
        var owner: uid_t
        var group: gid_t
        /// Extended attributes: the SELinux label, access lists.
        var extended: [String: [UInt8]]
    }

    enum Kind {
        case file, directory, symbolicLink, other
    }

    private func failure(_ call: String, _ path: String) -> ScriptDirectoryError {
        let number = errno
        let words = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return ScriptDirectoryError("\(call) \(path)", words, number: number)
    }

    private func check(_ result: Int32, _ call: String, _ path: String) throws(ScriptDirectoryError) {
        guard result == 0 else { throw failure(call, path) }
    }

    // MARK: Reading

    /// What stands at a path; `nil` where nothing does.
    func kind(_ path: String) throws(ScriptDirectoryError) -> Kind? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure("look at", path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        case S_IFLNK: return .symbolicLink
        default: return .other
        }
    }

    /// The names in a directory, sorted.
    func names(in path: String) throws(ScriptDirectoryError) -> [String] {
        guard let handle = unsafe opendir(path) else { throw failure("read", path) }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while true {
            // Only errno tells the end from a failure, and what is missing here would be missing in the new directory.
            errno = 0
            guard let entry = unsafe readdir(handle) else {
                guard errno == 0 else { throw failure("read", path) }
                return names.sorted()
            }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// A file's content; `nil` where there is none.
    func read(_ path: String) throws(ScriptDirectoryError) -> [UInt8]? {
        // A pipe that nobody writes to would be waited for.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure("read", path)
        }
        defer { close(descriptor) }
        var status = stat()
        try check(unsafe fstat(descriptor, &status), "look at", path)
        guard status.st_mode & S_IFMT == S_IFREG else { throw ScriptDirectoryError("read \(path)", "it is not a file") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    func attributes(_ path: String) throws(ScriptDirectoryError) -> Attributes {
        var status = stat()
        try check(unsafe lstat(path, &status), "look at", path)
        var extended: [String: [UInt8]] = [:]
        for name in try extendedNames(path) { extended[name] = try extendedValue(name, of: path) }
        return Attributes(mode: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid, extended: extended)
    }

    /// The names of a file's extended attributes; none on a file system that has none.
    private func extendedNames(_ path: String) throws(ScriptDirectoryError) -> [String] {
        let length = unsafe llistxattr(path, nil, 0)
        guard length >= 0 else {
            if errno == ENOTSUP { return [] }
            throw failure("read the attributes of", path)
        }
        // Newer kernels leave the label out of the list where SELinux is not at work: it counts once it is again.
        guard length > 0 else { return [Self.label] }
        var names = [CChar](repeating: 0, count: length)
        let read = unsafe llistxattr(path, &names, length)
        guard read >= 0 else { throw failure("read the attributes of", path) }
        let listed = names.prefix(read).split(separator: 0).map { String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
        return listed.contains(Self.label) ? listed : listed + [Self.label]
    }

    private static let label = "security.selinux"

    /// An extended attribute's value; `nil` where it has gone meanwhile, or is not for this user.
    private func extendedValue(_ name: String, of path: String) throws(ScriptDirectoryError) -> [UInt8]? {
        let length = unsafe lgetxattr(path, name, nil, 0)
        var value = [UInt8](repeating: 0, count: max(length, 0))
        if length >= 0, unsafe lgetxattr(path, name, &value, value.count) == length { return value }
        if [ENODATA, EPERM, EACCES, ENOTSUP].contains(errno) { return nil }
        throw failure("read \(name) of", path)
    }

    // MARK: Writing

    func makeDirectory(_ path: String) throws(ScriptDirectoryError) {
        try gate("mkdir")
        try check(unsafe mkdir(path, 0o700), "make", path)
    }

    /// Writes a new file and syncs it.
    func write(_ bytes: [UInt8], to path: String) throws(ScriptDirectoryError) {
        try gate("open")
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("write", path) }
        defer { close(descriptor) }
        try gate("write")
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("write", path) }
            rest = rest.dropFirst(count)
        }
        try gate("fsync")
        try check(fsync(descriptor), "sync", path)
    }

    /// Gives a file the owner, mode, label and access lists of another.
    func set(_ attributes: Attributes, on path: String) throws(ScriptDirectoryError) {
        let present = try self.attributes(path)
        if present.owner != attributes.owner || present.group != attributes.group {
            try gate("chown")
            try check(unsafe lchown(path, attributes.owner, attributes.group), "give the owner to", path)
        }
        for (name, value) in attributes.extended.sorted(by: { $0.key < $1.key }) where present.extended[name] != value {
            try gate("setxattr")
            try check(unsafe lsetxattr(path, name, value, value.count, 0), "set \(name) of", path)
        }
        try gate("chmod")
        try check(unsafe chmod(path, attributes.mode), "set the mode of", path)
    }

    /// One more name for a file, a symbolic link itself included.
    func link(_ path: String, to other: String) throws(ScriptDirectoryError) {
        try gate("link")
        try check(unsafe Glibc.link(path, other), "link", path)
    }

    func rename(_ path: String, to other: String) throws(ScriptDirectoryError) {
        try gate("rename")
        try check(unsafe Glibc.rename(path, other), "rename", path)
    }

    /// Exchanges two directories in one instant.
    func exchange(_ path: String, with other: String) throws(ScriptDirectoryError) {
        try gate("renameat2")
        try check(unsafe renameat2(AT_FDCWD, path, AT_FDCWD, other, UInt32(RENAME_EXCHANGE)), "exchange", path)
    }

    func remove(_ path: String) throws(ScriptDirectoryError) {
        try gate("unlink")
        try check(unsafe unlink(path), "remove", path)
    }

    /// Removes a directory with all that is in it; a path that is not there is as good as removed.
    func removeTree(_ path: String) throws(ScriptDirectoryError) {
        guard let kind = try kind(path) else { return }
        guard kind == .directory else { return try remove(path) }
        for name in try names(in: path) { try removeTree("\(path)/\(name)") }
        try gate("rmdir")
        try check(unsafe rmdir(path), "remove", path)
    }

    /// Makes a directory's entries last through a power cut.
    func syncDirectory(_ path: String) throws(ScriptDirectoryError) {
        try gate("fsync")
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("sync", path) }
        defer { close(descriptor) }
        try check(fsync(descriptor), "sync", path)
    }

    /// Locks a directory against other writers; `nil` where somebody has it. The lock goes with the descriptor.
    func lock(_ path: String) throws(ScriptDirectoryError) -> Int32? {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        // Another run may have put a new directory in this one's place meanwhile.
        var held = stat()
        var there = stat()
        guard unsafe fstat(descriptor, &held) == 0, unsafe lstat(path, &there) == 0, held.st_ino == there.st_ino, held.st_dev == there.st_dev else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    func unlock(_ descriptor: Int32) {
        // Said, not left to closing: a child process that is just being started may still share the descriptor.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
