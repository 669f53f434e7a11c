internal import ArgumentParser
internal import Glibc
internal import NetworkScripts
internal import Topology

/// Reading a directory of network scripts for a command.
enum ScriptFiles {
    /// Reads a directory that is to hold scripts.
    /// - Throws: ``ExitCode/refused`` after the reason has been printed.
    static func load(_ path: String, output: OutputOptions) throws -> ScriptDirectory {
        let directory = try read(path, output: output)
        guard !directory.isEmpty else {
            throw Failure.exit(
                output, kind: "file", message: "there is no ifcfg file in \(path)", fix: "give the directory that holds them, such as /etc/sysconfig/network-scripts")
        }
        return directory
    }

    /// Reads every file of a directory whose name is a network script's.
    /// - Throws: ``ExitCode/refused`` after the reason has been printed.
    static func read(_ path: String, output: OutputOptions) throws -> ScriptDirectory {
        guard let handle = opendir(path) else {
            throw Failure.exit(output, kind: "file", message: "\(path): \(String(cString: strerror(errno)))")
        }
        defer { closedir(handle) }
        var entries: [ScriptDirectory.Entry] = []
        while true {
            errno = 0
            guard let entry = readdir(handle) else {
                guard errno == 0 else { throw Failure.exit(output, kind: "file", message: "\(path): \(String(cString: strerror(errno)))") }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            guard ScriptDirectory.isScript(name) else { continue }
            guard isFile("\(path)/\(name)") else {
                if !output.json { Terminal.complain("\(path)/\(name): warning: this is no file, and is passed over") }
                continue
            }
            do {
                entries.append(.init(name: name, bytes: try TextFile.read("\(path)/\(name)")))
            } catch {
                throw Failure.exit(output, kind: "file", message: "\(path)/\(name): \(error)")
            }
        }
        for name in hostFiles(beside: path) where isFile("\(path)/\(name)") {
            do {
                entries.append(.init(name: name, bytes: try TextFile.read("\(path)/\(name)")))
            } catch {
                throw Failure.exit(output, kind: "file", message: "\(path)/\(name): \(error)")
            }
        }
        return ScriptDirectory(entries, path: path.hasSuffix("/") ? String(path.dropLast()) : path)
    }

    /// Where `/etc/sysconfig/network` and its like may be: beside the directory `network-scripts`, or copied into it.
    private static func hostFiles(beside path: String) -> [String] {
        var whole = path
        if let resolved = realpath(path, nil) {
            whole = String(cString: resolved)
            free(resolved)
        }
        let names = ScriptDirectory.hostFileNames
        return (whole.split(separator: "/").last == "network-scripts" ? names.map { "../\($0)" } : []) + names
    }

    /// Whether a path leads to a file: a pipe would be waited for, and a link that leads nowhere is somebody's leftover.
    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    static func output(_ options: OutputOptions, of directory: ScriptDirectory) -> ScriptOutput {
        ScriptOutput(options, sources: directory.sources.map { SourceText(file: $0.file, lines: $0.lines) })
    }
}
