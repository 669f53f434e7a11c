/// A change of several files where a directory cannot be exchanged: new files and a list of what is to happen lie in
/// `.weft-pending`; its renaming to `.weft-change` is the decision. From then on the change is finished, by this run or the next.
struct ScriptJournal {
    private let store: ScriptStore
    private let disk: DiskCalls
    private let pending: String
    private let decided: String

    init(_ store: ScriptStore) {
        self.store = store
        disk = store.disk
        pending = "\(store.path)/.weft-pending"
        decided = "\(store.path)/.weft-change"
    }

    func carryOut(_ update: ScriptUpdate) throws(ScriptDirectoryError) {
        do {
            try prepare(update)
        } catch {
            try? disk.removeTree(pending)
            throw error
        }
        try disk.rename(pending, to: decided)
        try disk.syncDirectory(store.path)
        try finish()
    }

    /// Finishes a change that was decided, and drops one that was not.
    func recover() throws(ScriptDirectoryError) {
        if try disk.kind(decided) == .directory { try finish() }
        try disk.removeTree(pending)
    }

    /// Lines of the list: `+ NUMBER PATH` for a file that comes, `- NUMBER PATH` for one that goes; the number is the backup's.
    private func prepare(_ update: ScriptUpdate) throws(ScriptDirectoryError) {
        try disk.makeDirectory(pending)
        let backup = try store.nextBackup()
        var list: [String] = []
        for (index, change) in update.changes.enumerated() {
            list.append("\(change.new == nil ? "-" : "+") \(index) \(backup) \(change.path)")
            let old = "\(store.path)/\(change.path)"
            if let text = change.old {
                // A copy, for a file system without links.
                try disk.write(Array(text.utf8), to: "\(pending)/old-\(index)")
                if try disk.kind(old) == .file { try disk.set(try disk.attributes(old), on: "\(pending)/old-\(index)") }
            }
            guard let text = change.new else { continue }
            let file = "\(pending)/new-\(index)"
            try disk.write(Array(text.utf8), to: file)
            var attributes = try disk.attributes(disk.kind(old) == .file ? old : file)
            if try disk.kind(old) != .file { attributes.mode = 0o644 }
            attributes.mode = change.isExecutable ? attributes.mode | 0o111 : attributes.mode & ~0o111
            try disk.set(attributes, on: file)
        }
        try disk.write(Array((list.joined(separator: "\n") + "\n").utf8), to: "\(pending)/list")
        try disk.syncDirectory(pending)
    }

    /// Each step can be done again after a crash: what has been moved is not there to be moved twice.
    private func finish() throws(ScriptDirectoryError) {
        guard let bytes = try disk.read("\(decided)/list") else { return try disk.removeTree(decided) }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 3).map { String($0) }
            guard parts.count == 4 else { continue }
            let (verb, index, backup, path) = (parts[0], parts[1], parts[2], parts[3])
            let target = "\(store.path)/\(path)"
            if try disk.kind("\(decided)/old-\(index)") != nil {
                let saved = "\(ScriptStore.backupName)/\(backup)/\(path)"
                try makeParents(of: saved)
                try disk.rename("\(decided)/old-\(index)", to: "\(store.path)/\(saved)")
                if verb == "-", try disk.kind(target) != nil { try disk.remove(target) }
            } else if verb == "-", try disk.kind(target) != nil {
                try disk.remove(target)
            }
            if verb == "+", try disk.kind("\(decided)/new-\(index)") != nil {
                try makeParents(of: path)
                try disk.rename("\(decided)/new-\(index)", to: target)
            }
        }
        try disk.syncDirectory(store.path)
        try disk.removeTree(decided)
    }

    private func makeParents(of path: String) throws(ScriptDirectoryError) {
        var made = store.path
        for part in path.split(separator: "/").dropLast() {
            made += "/\(part)"
            guard try disk.kind(made) == nil else { continue }
            try disk.makeDirectory(made)
            var attributes = try disk.attributes(store.path)
            attributes.mode = 0o755
            try disk.set(attributes, on: made)
        }
    }
}
