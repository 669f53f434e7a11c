import Foundation
import Testing

/// The commands about network scripts, as a user runs them.
@Suite struct `The ifcfg commands` {
    private struct Run {
        let status: Int32
        let output: String
        let errors: String
    }

    private func weft(_ words: String...) throws -> Run { try weft(words) }

    private func weft(_ words: [String]) throws -> Run {
        let process = Process()
        process.executableURL = URL(filePath: `Writing network scripts is interrupted`.program)
        process.arguments = words
        let output = Pipe()
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Run(status: process.terminationStatus, output: text, errors: complaints)
    }

    private func inFolder(_ files: [String: String], _ test: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "weft-ifcfg-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files { try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8) }
        try test(folder)
    }

    @Test func `what an import cannot carry over is told with its line, and what it writes passes the check`() throws {
        let files = [
            "ifcfg-eth0": "DEVICE=eth0\nIPADDR=192.0.2.10\nPREFIX=24\nGATEWAY=192.0.2.1\nONBOOT=yes\n",
            "ifcfg-eth1": "DEVICE=eth1\nIPADDR=198.51.100.10\nPREFIX=24\nGATEWAY=198.51.100.1\nONBOOT=yes\n",
        ]
        try inFolder(files) { folder in
            let run = try weft("import", "ifcfg", folder, "--dialect", "networkmanager", "-o", "\(folder)/topology.yaml")
            #expect(run.status == 0)
            #expect(run.errors.contains("\(folder)/ifcfg-eth1:4:9: warning: a second default route"), "\(run)")
            #expect(run.errors.contains("GATEWAY=198.51.100.1\n        ^"), "\(run)")
            #expect(try weft("check", "--offline", "\(folder)/topology.yaml").status == 0)
            let text = try String(contentsOfFile: "\(folder)/topology.yaml", encoding: .utf8)
            #expect(text.contains("# routes: [{to: default, via: 198.51.100.1}]"))
            #expect(try weft("import", "ifcfg", folder, "--dialect", "networkmanager", "-o", "\(folder)/topology.yaml").errors.contains("is there already"))
        }
    }

    @Test func `the file network beside a directory network-scripts is read for the default route`() throws {
        try inFolder(["network": "GATEWAY=192.0.2.1\n"]) { folder in
            let scripts = "\(folder)/network-scripts"
            try FileManager.default.createDirectory(atPath: scripts, withIntermediateDirectories: false)
            let file = "DEVICE=eth0\nNM_CONTROLLED=no\nIPADDR=192.0.2.10\nPREFIX=24\nONBOOT=yes\n"
            try file.write(toFile: "\(scripts)/ifcfg-eth0", atomically: false, encoding: .utf8)
            let run = try weft("import", "ifcfg", scripts)
            #expect(run.status == 0 && run.errors.isEmpty, "\(run)")
            #expect(run.output.contains("via: 192.0.2.1"), "\(run)")
            try FileManager.default.moveItem(atPath: scripts, toPath: "\(folder)/copy")
            #expect(try !weft("import", "ifcfg", "\(folder)/copy").output.contains("192.0.2.1}"))
        }
    }

    @Test func `a machine-id that is none is refused`() throws {
        try inFolder(["topology.yaml": "version: 1\nbridges:\n  br0: {}\n"]) { folder in
            let run = try weft("render", "ifcfg", "\(folder)/topology.yaml", "--machine-id", "xyz")
            #expect(run.status != 0 && run.output.isEmpty && run.errors.contains("'xyz' is no machine-id"), "\(run)")
            let right = try weft("render", "ifcfg", "\(folder)/topology.yaml", "--machine-id", "0123456789abcdef0123456789abcdef")
            #expect(right.status == 0 && right.output.contains("UUID="), "\(right)")
        }
    }

    @Test func `a pipe, a directory and a link that leads nowhere are passed over`() throws {
        try inFolder(["ifcfg-eth0": "DEVICE=eth0\nONBOOT=yes\n"]) { folder in
            mkfifo("\(folder)/ifcfg-pipe", 0o600)
            try FileManager.default.createDirectory(atPath: "\(folder)/ifcfg-directory", withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/ifcfg-nowhere", withDestinationPath: "/nowhere")
            let run = try weft("import", "ifcfg", folder)
            #expect(run.status == 0)
            for name in ["pipe", "directory", "nowhere"] { #expect(run.errors.contains("\(folder)/ifcfg-\(name): warning: this is no file"), "\(run)") }
            #expect(run.output.contains("  eth0:"))
        }
    }

    @Test func `--check tells a difference by its exit status, and writes nothing`() throws {
        try inFolder(["t.yaml": "version: 1\nbridges: {br0: {}}\n"]) { folder in
            let command = ["render", "ifcfg", "\(folder)/t.yaml", "-o", "\(folder)/out"]
            for (option, status, exists) in [("--check", 2, false), ("--lossy", 1, false), ("--yes", 0, true), ("--check", 0, true)] {
                // Without --yes and without a terminal to ask on, nothing is written either.
                let run = try weft(command + [option])
                #expect(run.status == status, "\(option): \(run)")
                #expect(FileManager.default.fileExists(atPath: "\(folder)/out") == exists, "\(option)")
            }
        }
    }
}
