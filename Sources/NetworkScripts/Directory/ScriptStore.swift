/// A directory that network scripts are written to: `/etc/sysconfig/network-scripts`, or any other.
///
/// A change of several files is all or none. The directory's new content is built beside it, with links to every file that
/// stays, and then the two directories are exchanged in one instant (`renameat2`): whoever opens a file sees the old set or the
/// new one, and so it is after a crash at any instruction. Where a directory cannot be exchanged (a mount point, or a file system
/// that does not know how), a journal takes its place: once it is there the change is decided, the files follow one by one, and a
/// run that was killed in between is finished by the next. There, and only there, a reader can meet a mixture until then.
///
/// What is replaced or removed stays under `.weft-backup/N/`, where neither reader looks.
public struct ScriptStore {
    /// The directory, without a slash at the end.
    public let path: String

    let disk: DiskCalls

    /// - Parameter path: the directory; it is made when first written to.
    public init(_ path: String) { self.init(path) { _ in } }

    /// - Parameter gate: asked before each system call that writes.
    package init(_ path: String, gate: @escaping (_ call: String) throws(ScriptDirectoryError) -> Void) {
        var plain = path[...]
        while plain.count > 1, plain.last == "/" { plain = plain.dropLast() }
        self.path = String(plain)
        disk = DiskCalls(gate: gate)
    }

    /// Directories below the directory in which weft has a file of its own.
    private static let ownPlaces = ["modprobe.d", "modules", "modules-load.d"]

    static let backupName = ".weft-backup"

    // MARK: Comparing

    /// What writing these files would change.
    /// - Throws: ``ScriptDirectoryError`` where the directory cannot be read.
    public func update(for files: [ScriptFile], takesOver: Bool = false) throws(ScriptDirectoryError) -> ScriptUpdate {
        ScriptUpdate(files, present: try present(), takesOver: takesOver)
    }

    /// Network scripts, whoever wrote them, and weft's own files.
    private func present() throws(ScriptDirectoryError) -> [String: (text: String, isExecutable: Bool)] {
        var found: [String: (text: String, isExecutable: Bool)] = [:]
        guard try disk.kind(path) != nil else { return [:] }
        var paths = try disk.names(in: path).filter { name in
            name != "ifcfg-lo" && !name.contains("\n") && ["ifcfg-", "route-", "route6-", "rule-", "rule6-"].contains { name.hasPrefix($0) }
        }
        for place in Self.ownPlaces where try disk.kind("\(path)/\(place)") == .directory {
            paths += try disk.names(in: "\(path)/\(place)").filter { $0 == "weft.conf" || $0 == "weft.modules" }.map { "\(place)/\($0)" }
        }
        for name in paths {
            let file = "\(path)/\(name)"
            guard let bytes = try disk.read(file) else { continue }
            let mode = try disk.kind(file) == .file ? try disk.attributes(file).mode : 0
            found[name] = (String(decoding: bytes, as: UTF8.self), mode & 0o100 != 0)
        }
        return found
    }

    // MARK: Writing

    /// Carries out an update: all of it, or nothing.
    /// - Throws: ``ScriptDirectoryError`` where nothing was changed.
    public func write(_ update: ScriptUpdate) throws(ScriptDirectoryError) {
        try makeItself()
        let lock = try self.lock(path)
        defer { disk.unlock(lock) }
        try clearUp()
        for change in update.changes {
            let there = try disk.read("\(path)/\(change.path)").map { String(decoding: $0, as: UTF8.self) }
            guard there == change.old else { throw ScriptDirectoryError("write to \(path)", "\(change.path) has changed since the difference was shown") }
        }
        let stage = DirectoryStage(self)
        do {
            try stage.build(update)
        } catch {
            try? stage.discard()
            guard stage.isUnlinkable(error) else { throw error }
            return try ScriptJournal(self).carryOut(update)
        }
        // It will be the directory in a moment, and its lock is the one that counts then.
        let nextLock = try self.lock(stage.place)
        defer { disk.unlock(nextLock) }
        do {
            try stage.exchange()
        } catch {
            try? stage.discard()
            guard DirectoryStage.cannotExchange.contains(error.number) else { throw error }
            return try ScriptJournal(self).carryOut(update)
        }
        // The change is made; what is left of the old directory is only in the way, and the next run clears it away.
        try? stage.discard()
    }

    /// Finishes, or clears away, what a run that was killed left behind.
    public func finishEarlierRun() throws(ScriptDirectoryError) {
        guard try disk.kind(path) != nil else { return }
        let lock = try self.lock(path)
        defer { disk.unlock(lock) }
        try clearUp()
    }

    private func lock(_ directory: String) throws(ScriptDirectoryError) -> Int32 {
        guard let lock = try disk.lock(directory) else { throw ScriptDirectoryError("write to \(path)", "another weft is writing there") }
        return lock
    }

    private func clearUp() throws(ScriptDirectoryError) {
        try ScriptJournal(self).recover()
        try DirectoryStage(self).discard()
    }

    private func makeItself() throws(ScriptDirectoryError) {
        guard try disk.kind(path) == nil else { return }
        let parent = Self.parent(of: path)
        guard try disk.kind(parent) != nil else { throw ScriptDirectoryError("make \(path)", "there is no \(parent)") }
        try disk.makeDirectory(path)
        var attributes = try disk.attributes(path)
        attributes.mode = 0o755
        try disk.set(attributes, on: path)
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The first number under which there is no backup yet.
    func nextBackup() throws(ScriptDirectoryError) -> Int {
        guard try disk.kind("\(path)/\(Self.backupName)") == .directory else { return 1 }
        return (try disk.names(in: "\(path)/\(Self.backupName)").compactMap { Int($0) }.max() ?? 0) + 1
    }
}
