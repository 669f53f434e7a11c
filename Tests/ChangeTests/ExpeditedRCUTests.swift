import Change
import Foundation
import Testing

@Suite("Hurried grace periods")
struct ExpeditedRCUTests {
    /// A switch and a record of the test's own, for the real switch is the whole machine's.
    private struct Stand {
        let directory: URL
        var record: String { directory.appending(path: "record").path }
        var path: String { directory.appending(path: "switch").path }

        init(_ setting: String) throws {
            directory = FileManager.default.temporaryDirectory.appending(path: "weft-rcu-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try setting.write(toFile: path, atomically: false, encoding: .utf8)
        }

        func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
        /// The switch's number; a plain file keeps the line end that the kernel's own does not.
        var setting: String { get throws { try text(path).filter { $0.isNumber } } }
        func remove() throws { try FileManager.default.removeItem(at: directory) }
    }

    @Test func `the switch is on for as long as the value lives, and then as it was`() throws {
        for former in ["0\n", "1\n"] {
            let stand = try Stand(former)
            let hurry = try ExpeditedRCU.begin(record: stand.record, switch: stand.path)
            #expect(try stand.setting == "1")
            _ = consume hurry
            #expect(try stand.setting == former.filter { $0.isNumber })
            #expect(try stand.text(stand.record) == "")
            try stand.remove()
        }
    }

    @Test func `the last of several turns it back`() throws {
        let stand = try Stand("0\n")
        let first = try ExpeditedRCU.begin(record: stand.record, switch: stand.path)
        let second = try ExpeditedRCU.begin(record: stand.record, switch: stand.path)
        _ = consume first
        #expect(try stand.setting == "1")
        ExpeditedRCU.recover(record: stand.record, switch: stand.path)
        #expect(try stand.setting == "1")
        _ = consume second
        #expect(try stand.setting == "0")
        try stand.remove()
    }

    @Test func `what a killed process left on is put back by the next run, and not taken for the former setting`() throws {
        let stand = try Stand("1\n")
        // Killed: the switch is on, the former setting recorded, and nobody has the lock.
        try "0".write(toFile: stand.record, atomically: false, encoding: .utf8)
        let hurry = try ExpeditedRCU.begin(record: stand.record, switch: stand.path)
        _ = consume hurry
        #expect(try stand.setting == "0")

        try "1".write(toFile: stand.path, atomically: false, encoding: .utf8)
        try "0".write(toFile: stand.record, atomically: false, encoding: .utf8)
        ExpeditedRCU.recover(record: stand.record, switch: stand.path)
        #expect(try stand.setting == "0")
        #expect(try stand.text(stand.record) == "")
        try stand.remove()
    }

    @Test func `a kernel without the switch is said so, and nothing is recorded`() throws {
        let stand = try Stand("0\n")
        #expect(throws: ChangeError.self) {
            _ = try ExpeditedRCU.begin(record: stand.record, switch: stand.path + "-not-there")
        }
        #expect(try stand.text(stand.record) == "")
        try stand.remove()
    }
}
