internal import ArgumentParser
internal import Glibc
internal import HostNetwork
internal import NetworkScripts
internal import Report

/// Writing network scripts to a directory: compare, show, ask, write.
struct ScriptWriting {
    private let store: ScriptStore
    private let output: OutputOptions
    private let takesOver: Bool

    init(_ directory: String, output: OutputOptions, takesOver: Bool) {
        // Beside `.` there is nothing: the directory's own name and place are meant.
        store = ScriptStore(Self.resolved(directory))
        self.output = output
        self.takesOver = takesOver
    }

    /// The path without `.`, `..` and links; as it is where there is nothing yet.
    private static func resolved(_ directory: String) -> String {
        guard let path = realpath(directory, nil) else { return directory }
        defer { free(path) }
        return String(cString: path)
    }

    func run(_ rendering: NetworkScriptRendering, _ told: ScriptOutput, checks: Bool, asks: Bool) throws {
        let surroundings = try surroundings(of: rendering)
        if !output.json { told.print(rendering.findings) }
        do {
            if !checks { try store.finishEarlierRun() }
            let update = try store.update(for: rendering.files, takesOver: takesOver)
            try refuseForeign(update)
            if !output.json { show(update) }
            if update.isEmpty { return tell(update, rendering, surroundings, ending: "nothing-to-do") }
            if checks {
                tell(update, rendering, surroundings, ending: "differs")
                throw ExitCode.differs
            }
            if asks { try ask() }
            try store.write(update)
            tell(update, rendering, surroundings, ending: "done")
        } catch let error as ScriptDirectoryError {
            throw Failure.exit(output, kind: "file", message: "\(error); nothing was changed")
        }
    }

    /// What files of somebody else's make of the new ones.
    private func surroundings(of rendering: NetworkScriptRendering) throws -> [ScriptFinding] {
        guard access(store.path, F_OK) == 0 else { return [] }
        let directory = try ScriptFiles.read(store.path, output: output)
        let findings = ScriptSurroundings(directory, written: rendering.files).findings
        if !output.json { ScriptFiles.output(output, of: directory).print(findings) }
        return findings
    }

    private func refuseForeign(_ update: ScriptUpdate) throws {
        guard !update.foreign.isEmpty else { return }
        let details = update.foreign.map { file in
            ErrorDocument.Detail(
                "\(store.path)/\(file.path) is not weft's" + (file.link.map { ", and is about \($0)" } ?? ""),
                fix: "compare it with `weft import ifcfg`, then add --take-over to replace it; it is kept in the backup", link: file.link?.text)
        }
        if output.json {
            Failure.printJSON(kind: "foreign", message: "files of somebody else's are in the way", details: details)
        } else {
            for detail in details { Terminal.complain("weft: \(detail.message)") }
            if let fix = details.first?.fix { Terminal.complain("  fix: \(fix)") }
        }
        throw ExitCode.refused
    }

    private func show(_ update: ScriptUpdate) {
        for change in update.changes {
            for line in change.diff { Terminal.write(Self.printable(line) + "\n") }
            // A difference in mode alone.
            if change.diff.isEmpty { Terminal.write("\(change.path): \(change.isExecutable ? "becomes" : "is no longer") executable\n") }
        }
    }

    /// A line of somebody else's file without what would steer a terminal.
    private static func printable(_ line: String) -> String {
        var clean = String.UnicodeScalarView()
        for scalar in line.unicodeScalars { clean.append(scalar != "\t" && scalar.properties.generalCategory == .control ? "\u{fffd}" : scalar) }
        return String(clean)
    }

    private func ask() throws {
        guard Terminal.isInteractive, !output.json else {
            throw Failure.exit(output, kind: "unconfirmed", message: "there is no terminal to ask on", fix: "add --yes")
        }
        guard Terminal.asksYes("Write these files to \(store.path)? Only yes is a yes: ") else {
            throw Failure.exit(output, kind: "unconfirmed", message: "not confirmed; nothing was changed")
        }
    }

    private func tell(_ update: ScriptUpdate, _ rendering: NetworkScriptRendering, _ surroundings: [ScriptFinding], ending: String) {
        if output.json {
            return Terminal.write(
                ScriptsDocument(
                    files: rendering.files.map { .init($0) }, findings: (rendering.findings + surroundings).map { ErrorDocument.Detail($0) },
                    changes: update.changes.map { .init(path: $0.path, kind: $0.old == nil ? "create" : $0.new == nil ? "delete" : "replace", diff: $0.diff) },
                    ending: ending))
        }
        let count = "\(update.changes.count) file\(update.changes.count == 1 ? "" : "s")"
        switch ending {
        case "nothing-to-do": Terminal.write("No changes. \(store.path) is as \(rendering.files.count) files want it.\n")
        case "differs": Terminal.write("\n\(count) in \(store.path) would change.\n")
        default: Terminal.write("\nDone: \(count) in \(store.path) changed, all at once.\n")
        }
    }
}
