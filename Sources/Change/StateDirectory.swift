internal import Glibc

/// weft's directory for one network namespace: `/run/weft/netns-COOKIE`. It dies with the boot, as links do.
///
/// Only root may write here: the directories are made with mode 0700, and refused when they are links, somebody else's, or
/// open to others.
public struct StateDirectory: Sendable {
    /// The directory's path.
    public let path: String

    /// The directory that holds those of all namespaces.
    public static let defaultRoot = "/run/weft"

    /// Opens the directory of a namespace, and makes it where it is missing.
    /// - Parameters:
    ///   - cookie: the namespace's number, `SO_NETNS_COOKIE`; never used twice within a boot.
    ///   - root: the directory above.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public static func open(cookie: UInt64, root: String = defaultRoot) throws(ChangeError) -> StateDirectory {
        try prepare(root)
        let path = "\(root)/netns-\(cookie)"
        try prepare(path)
        return StateDirectory(path: path)
    }

    /// A directory that outlives the boot, made where it is missing.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    static func kept(in path: String) throws(ChangeError) -> StateDirectory {
        try prepare(path)
        return StateDirectory(path: path)
    }

    /// A directory if it is there and nobody else can write in it.
    static func existing(_ path: String) -> StateDirectory? { isPrivate(path) == nil ? StateDirectory(path: path) : nil }

    /// Why a directory that is there cannot be trusted; `nil` where it can, and where there is none.
    static func distrust(of path: String) -> String? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return isPrivate(path)
    }

    /// The directory of a namespace if it is there: reading makes nothing.
    public static func existing(cookie: UInt64, root: String = defaultRoot) -> StateDirectory? {
        existing("\(root)/netns-\(cookie)")
    }

    /// The directory of a namespace if it is there, for a command that answers from it: one that cannot be trusted is an error,
    /// and not the same as none.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public static func trusted(cookie: UInt64, root: String = defaultRoot) throws(ChangeError) -> StateDirectory? {
        let path = "\(root)/netns-\(cookie)"
        for place in [root, path] {
            var status = stat()
            guard unsafe lstat(place, &status) == 0 else {
                if errno == ENOENT { return nil }
                throw .stateDirectory(path: place, problem: errorText(errno))
            }
            if let problem = isPrivate(place) { throw .stateDirectory(path: place, problem: problem) }
        }
        return StateDirectory(path: path)
    }

    /// Whether it has been removed.
    var isGone: Bool {
        var status = stat()
        return unsafe lstat(path, &status) != 0 && errno == ENOENT
    }

    /// Makes it, and the one above, where they are missing.
    func make() throws(ChangeError) {
        if let slash = path.lastIndex(of: "/") { try Self.prepare(String(path[..<slash])) }
        try Self.prepare(path)
    }

    private static func prepare(_ path: String) throws(ChangeError) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw .stateDirectory(path: path, problem: "cannot be made: \(errorText(errno))")
        }
        if let problem = isPrivate(path) { throw .stateDirectory(path: path, problem: problem) }
    }

    /// What is wrong with a directory; `nil` if only its owner, who is this process's user, can write in it.
    private static func isPrivate(_ path: String) -> String? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return errorText(errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return "is not a directory" }
        guard status.st_uid == geteuid() else { return "belongs to user \(status.st_uid), not to \(geteuid())" }
        guard status.st_mode & 0o022 == 0 else { return "can be written by others" }
        return nil
    }

    /// Reads a whole file; `nil` where it does not exist.
    func read(_ name: String) throws(ChangeError) -> String? {
        let file = "\(path)/\(name)"
        let descriptor = unsafe Glibc.open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .stateDirectory(path: file, problem: errorText(errno))
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .stateDirectory(path: file, problem: errorText(errno))
            }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// Writes a whole file: written beside under a name that nobody can foresee, synced, renamed, and the directory synced, so
    /// that there is the old file or the new one, never a piece, and the new one once this has returned.
    func write(_ text: String, to name: String, mode: mode_t = 0o600) throws(ChangeError) { try write(Array(text.utf8), to: name, mode: mode) }

    /// The same of bytes.
    func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o600) throws(ChangeError) {
        let file = "\(path)/\(name)"
        let draft = "\(path)/\(Self.draftPrefix)\(String(UInt64.random(in: .min ... .max), radix: 16))"
        let descriptor = unsafe Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .stateDirectory(path: draft, problem: errorText(errno)) }
        var problem: String?
        var rest = bytes[...]
        while !rest.isEmpty, problem == nil {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { rest = rest.dropFirst(count) } else if errno != EINTR { problem = errorText(errno) }
        }
        if problem == nil, fsync(descriptor) != 0 { problem = errorText(errno) }
        close(descriptor)
        if problem == nil, unsafe rename(draft, file) != 0 { problem = errorText(errno) }
        if let problem {
            unsafe unlink(draft)
            throw .stateDirectory(path: file, problem: problem)
        }
        try sync()
    }

    /// Moves a file into another directory of the same file system, in one instant, and syncs both directories.
    func move(_ name: String, to other: StateDirectory, as newName: String) throws(ChangeError) {
        guard unsafe rename("\(path)/\(name)", "\(other.path)/\(newName)") == 0 else {
            throw .stateDirectory(path: "\(path)/\(name)", problem: errorText(errno))
        }
        try other.sync()
        try sync()
    }

    /// Removes a file; one that is not there is none to remove.
    func remove(_ name: String) throws(ChangeError) {
        guard unsafe unlink("\(path)/\(name)") == 0 || errno == ENOENT else {
            throw .stateDirectory(path: "\(path)/\(name)", problem: errorText(errno))
        }
    }

    /// The directory of that name within this one, made where it is missing.
    func subdirectory(_ name: String) throws(ChangeError) -> StateDirectory {
        try Self.prepare("\(path)/\(name)")
        return StateDirectory(path: "\(path)/\(name)")
    }

    /// The directory of that name within this one, if it is there.
    func existingSubdirectory(_ name: String) -> StateDirectory? {
        Self.existing("\(path)/\(name)")
    }

    /// The names of all files, in no order.
    func names() throws(ChangeError) -> [String] {
        guard let stream = unsafe opendir(path) else { throw .stateDirectory(path: path, problem: errorText(errno)) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// How many bytes a file has; 0 for one that is not there.
    func size(of name: String) -> Int {
        var status = stat()
        return unsafe lstat("\(path)/\(name)", &status) == 0 ? Int(status.st_size) : 0
    }

    /// Removes what killed writers have left. Under the lock nobody else writes here.
    func removeDrafts() throws(ChangeError) {
        for name in try names() where name.hasPrefix(Self.draftPrefix) { try remove(name) }
    }

    private static let draftPrefix = ".draft-"

    private func sync() throws(ChangeError) {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .stateDirectory(path: path, problem: errorText(errno)) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .stateDirectory(path: path, problem: errorText(errno)) }
    }
}

/// The C library's words for an error number.
func errorText(_ number: Int32) -> String {
    unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
}
