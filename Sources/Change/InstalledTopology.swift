internal import Glibc

/// The topology that the host is to have at every boot: `/etc/weft/topology.yaml`.
///
/// Only a change that was carried out, verified and, where that was asked for, confirmed gets here, so that a boot never
/// applies what nobody has seen work. The topology before it is kept beside it.
public struct InstalledTopology: Sendable {
    /// The directory's path.
    public let directory: String

    /// Where it is on every host.
    public static let defaultDirectory = "/etc/weft"

    /// The installed topology of a directory.
    public init(directory: String = defaultDirectory) { self.directory = directory }

    /// The topology file's path.
    public var path: String { "\(directory)/topology.yaml" }

    /// The path of the topology that was installed before.
    public var formerPath: String { "\(directory)/topology.yaml.former" }

    /// Whether one is installed.
    public var exists: Bool { unsafe access(path, F_OK) == 0 }

    /// Why the directory or the file cannot be trusted at boot; `nil` where only root can write them, or they are not there.
    ///
    /// What stands here is carried out as root without anybody being asked.
    public var problem: String? {
        for path in [directory, path] {
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else {
                if errno == ENOENT { return nil }
                return "\(path): \(errorText(errno))"
            }
            let kind = status.st_mode & S_IFMT
            guard kind == (path == directory ? S_IFDIR : S_IFREG) else {
                return "\(path) is not a \(path == directory ? "directory" : "file")"
            }
            guard status.st_uid == geteuid() else { return "\(path) belongs to user \(status.st_uid), not to \(geteuid())" }
            guard status.st_mode & 0o022 == 0 else { return "\(path) can be written by others" }
        }
        return nil
    }

    /// Makes the directory where it is missing, and makes sure that a topology can be installed: before the change, for
    /// afterwards it is too late.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    public func prepare() throws(ChangeError) {
        if unsafe mkdir(directory, 0o755) != 0, errno != EEXIST {
            throw .stateDirectory(path: directory, problem: "cannot be made: \(errorText(errno))")
        }
        if let problem { throw .stateDirectory(path: directory, problem: problem) }
    }

    /// Installs a topology: written beside, synced, renamed, so that after a power cut there is the old one or the new one.
    /// - Parameter text: the file as it was applied.
    /// - Returns: whether anything changed; installing what is installed already changes nothing.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)``.
    @discardableResult
    public func install(_ text: String) throws(ChangeError) -> Bool {
        try prepare()
        let files = StateDirectory(path: directory)
        let former = try files.read("topology.yaml")
        guard former != text else { return false }
        // The former one is kept first: between the two steps it stands under both names, and is lost under neither.
        if let former { try files.write(former, to: "topology.yaml.former", mode: 0o644) }
        try files.write(text, to: "topology.yaml", mode: 0o644)
        return true
    }
}
