import Change
import Foundation
import Testing

@Suite struct `The installed topology` {
    private func inFolder(_ test: (InstalledTopology) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "weft-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(at: folder) }
        try test(InstalledTopology(directory: folder.appending(path: "weft").path()))
    }

    @Test func `the former one is kept, and the same one changes nothing`() throws {
        try inFolder { installed in
            let (first, again) = (try installed.install("one\n"), try installed.install("one\n"))
            #expect(first && !again)
            #expect(!FileManager.default.fileExists(atPath: installed.formerPath))
            let other = try installed.install("two\n")
            #expect(other)
            #expect(try String(contentsOfFile: installed.path, encoding: .utf8) == "two\n")
            #expect(try String(contentsOfFile: installed.formerPath, encoding: .utf8) == "one\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: installed.directory).sorted() == ["topology.yaml", "topology.yaml.former"])
            #expect(installed.problem == nil)
        }
    }

    @Test func `what others can write is not trusted`() throws {
        try inFolder { installed in
            try installed.install("one\n")
            try FileManager.default.setAttributes([.posixPermissions: 0o664], ofItemAtPath: installed.path)
            #expect(installed.problem?.contains("can be written by others") == true)
            #expect(throws: ChangeError.self) { try installed.install("two\n") }
            #expect(try String(contentsOfFile: installed.path, encoding: .utf8) == "one\n")
        }
    }

    @Test func `a link in place of the file is not followed`() throws {
        try inFolder { installed in
            try installed.install("one\n")
            try FileManager.default.moveItem(atPath: installed.path, toPath: installed.directory + "/elsewhere")
            try FileManager.default.createSymbolicLink(atPath: installed.path, withDestinationPath: "elsewhere")
            #expect(installed.problem?.contains("is not a file") == true)
            #expect(throws: ChangeError.self) { try installed.install("two\n") }
        }
    }
}
