internal import Glibc

/// A directory's new content, built beside it: links to what stays, new files for what changes.
struct DirectoryStage {
    private let store: ScriptStore
    private let disk: DiskCalls
    /// Where it is built; after the exchange, the old content.
    let place: String

    /// Errors that say that a directory cannot be exchanged here, rather than that something is wrong.
    static let cannotExchange: Set<Int32> = [EINVAL, ENOSYS, EXDEV, EBUSY, EPERM, EACCES, EROFS, ENOTSUP]

    init(_ store: ScriptStore) {
        self.store = store
        disk = store.disk
        let name = store.path.split(separator: "/").last.map { String($0) } ?? "scripts"
        place = "\(ScriptStore.parent(of: store.path))/.\(name).weft-new"
    }

    /// Whether an error says that a file here cannot have a second name, or the directory no neighbour.
    func isUnlinkable(_ error: ScriptDirectoryError) -> Bool {
        [EPERM, EXDEV, EMLINK, ENOTSUP, EACCES, EROFS].contains(error.number)
            && (error.attempt.hasPrefix("link ") || error.attempt == "make \(place)")
    }

    func build(_ update: ScriptUpdate) throws(ScriptDirectoryError) {
        let changed = Dictionary(uniqueKeysWithValues: update.changes.map { ($0.path, $0) })
        try copyDirectory("", except: changed)
        let backup = "\(ScriptStore.backupName)/\(try store.nextBackup())"
        for change in update.changes {
            guard let old = change.old else { continue }
            let saved = "\(backup)/\(change.path)"
            if try disk.kind("\(store.path)/\(change.path)") == .symbolicLink {
                // Where the backup lies, a link would lead elsewhere: its content is kept.
                try makeParents(of: saved)
                try disk.write(Array(old.utf8), to: "\(place)/\(saved)")
            } else {
                try link(change.path, as: saved)
            }
        }
        for change in update.changes {
            guard let text = change.new else { continue }
            try makeParents(of: change.path)
            let file = "\(place)/\(change.path)"
            try disk.write(Array(text.utf8), to: file)
            let old = "\(store.path)/\(change.path)"
            var attributes = try disk.attributes(disk.kind(old) == .file ? old : file)
            if try disk.kind(old) != .file { attributes.mode = 0o644 }
            attributes.mode = change.isExecutable ? attributes.mode | 0o111 : attributes.mode & ~0o111
            try disk.set(attributes, on: file)
        }
        try syncTree(place)
    }

    /// Puts the new directory in the old one's place, for good or not at all.
    func exchange() throws(ScriptDirectoryError) {
        try disk.exchange(place, with: store.path)
        do {
            try disk.syncDirectory(ScriptStore.parent(of: store.path))
        } catch {
            // Whether it would last is not known: then it is not to be.
            try disk.exchange(place, with: store.path)
            throw error
        }
    }

    func discard() throws(ScriptDirectoryError) { try disk.removeTree(place) }

    private func copyDirectory(_ path: String, except changed: [String: ScriptUpdate.Change]) throws(ScriptDirectoryError) {
        let from = path.isEmpty ? store.path : "\(store.path)/\(path)"
        let to = path.isEmpty ? place : "\(place)/\(path)"
        try disk.makeDirectory(to)
        // First the label, so that new files in it get theirs from it.
        try disk.set(try disk.attributes(from), on: to)
        for name in try disk.names(in: from) {
            let item = path.isEmpty ? name : "\(path)/\(name)"
            if changed[item] != nil { continue }
            if try disk.kind("\(store.path)/\(item)") == .directory {
                try copyDirectory(item, except: changed)
            } else {
                try disk.link("\(store.path)/\(item)", to: "\(place)/\(item)")
            }
        }
    }

    private func link(_ path: String, as other: String) throws(ScriptDirectoryError) {
        try makeParents(of: other)
        try disk.link("\(store.path)/\(path)", to: "\(place)/\(other)")
    }

    private func makeParents(of path: String) throws(ScriptDirectoryError) {
        var made = place
        for part in path.split(separator: "/").dropLast() {
            made += "/\(part)"
            guard try disk.kind(made) == nil else { continue }
            try disk.makeDirectory(made)
            var attributes = try disk.attributes(place)
            attributes.mode = 0o755
            try disk.set(attributes, on: made)
        }
    }

    private func syncTree(_ path: String) throws(ScriptDirectoryError) {
        for name in try disk.names(in: path) where try disk.kind("\(path)/\(name)") == .directory { try syncTree("\(path)/\(name)") }
        try disk.syncDirectory(path)
    }
}
