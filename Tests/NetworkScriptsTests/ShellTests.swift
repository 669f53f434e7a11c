import Foundation
import HostNetwork
import NetworkScripts
import Testing

/// Real programs read what is written.
@Suite struct `What other programs read` {
    static let hostile = [
        "plain", "two words", "$(touch pwned)", "`touch pwned`", "${HOME}", "$HOME", "$((1+1))", "\"; touch pwned; \"", "'; touch pwned; '",
        "a\\", "\\\\", "\\$(touch pwned)", "\\\"", "!!", "~", "a\tb", "; touch pwned", "&& touch pwned", "| touch pwned", "> pwned", "#no comment",
        "a #no comment", "*", "[a-z]*", "{a,b}", "中文 描述", "“quoted”", "DEVICE=x TYPE=y", "=", "-n", "\u{1b}[31m", "a\u{85}b\u{2028}c", "$'\\n'",
        "x\" $(touch pwned) \"y", "\\`touch pwned\\`", "€ ½ 😀", "%s%n", "\\n",
    ]

    @Test(arguments: hostile)
    func `a shell that sources the file reads the description to the letter, and runs nothing`(_ text: String) throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try #require(try render(text, into: folder))
        let script = ". ./\(file); printf %s \"$DESCRIPTION\""
        #expect(try run("bash", ["--norc", "-c", script], in: folder) == text)
        // The initscripts' network service searches for some keys and evaluates the lines that hold them.
        let evaluated = "eval $(LANG=C grep -F 'DEVICE=' \(file)); eval $(LANG=C grep -F 'TYPE=' \(file)); printf '%s %s' \"$DEVICE\" \"$TYPE\""
        #expect(try run("bash", ["--norc", "-c", evaluated], in: folder) == "br0 Bridge")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()) == [file])
        // And it comes back.
        let imported = NetworkScriptImport(try Scripts.directory(folder))
        #expect(imported.network[try LinkName("br0")]?.alias == text)
    }

    @Test(arguments: ["a\nb", "a\rb", "a\0b"])
    func `a description with a line break is refused`(_ text: String) throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try render(text, into: folder) == nil)
    }

    @Test func `a shell sources every file of every case without a word, and without a program`() throws {
        for (name, dialect) in `Network scripts as files`.cases {
            let folder = `Network scripts as files`.folder.appending(path: "\(name)/\(dialect.rawValue)")
            let script = "PATH=/nowhere; set -e; for file in ifcfg-*; do . ./$file; [[ $file == ifcfg-$DEVICE ]]; done"
            guard FileManager.default.fileExists(atPath: folder.appending(path: "refused.txt").path()) == false else { continue }
            #expect(try run("bash", ["--norc", "-c", script], in: folder) == "", "\(name)")
        }
    }

    @Test func `augeas parses every file of every case`() throws {
        let pattern = `Network scripts as files`.folder.path()
        let commands = "load\nmatch /augeas//error\nmatch /files\(pattern.hasSuffix("/") ? pattern : pattern + "/")*/*/*[label() =~ regexp('ifcfg-.*')]/DEVICE\n"
        let output = try run("augtool", ["--noautoload", "--transform", "Shellvars.lns incl \(pattern)/*/*/ifcfg-*"], in: URL(filePath: "/"), input: commands)
        #expect(output.contains("no matches"))
        #expect(output.components(separatedBy: "DEVICE").count > 100)
    }

    private func render(_ description: String, into folder: URL) throws -> String? {
        var link = Link(try LinkName("br0"), kind: .bridge)
        link.alias = description
        let rendering = NetworkScriptRendering(HostNetwork(links: [link]), source: "topology.yaml")
        if rendering.findings.hasErrors { return nil }
        let file = try #require(rendering.files.first)
        try file.text.write(to: folder.appending(path: file.path), atomically: true, encoding: .utf8)
        return file.path
    }

    private func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "weft-scripts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A program's output, standard error included.
    private func run(_ program: String, _ arguments: [String], in folder: URL, input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        let feed = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = feed
        try process.run()
        try feed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try feed.fileHandleForWriting.close()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(String(decoding: bytes, as: UTF8.self))")
        return String(decoding: bytes, as: UTF8.self)
    }
}
