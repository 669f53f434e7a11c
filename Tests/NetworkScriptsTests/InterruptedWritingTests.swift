import Foundation
import HostNetwork
import NetworkScripts
import Testing
import Topology

/// `weft render ifcfg -o`, the program itself, interrupted by strace at every system call between the first that writes and the last.
@Suite struct `Writing network scripts is interrupted` {
    static let program = Bundle.main.bundleURL.appending(path: "weft").path()

    static let before = "version: 1\nbridges: {br0: {mtu: 1400}, br1: {mtu: 1400}}\n"
    static let after = "version: 1\nbridges: {br0: {mtu: 1300}, br2: {mtu: 1300}}\n"

    /// How a run is interrupted.
    enum Interruption: String, CaseIterable {
        /// `kill -9` in the middle of the call.
        case killed
        /// The call fails: the disk is full, or cannot be read.
        case failing
    }

    @Test(arguments: Interruption.allCases)
    func `at any system call: there are the old files or the new ones, and nothing is left lying about`(_ interruption: Interruption) throws {
        // What a kill finds on the disk, only a call that writes changes; a call that fails may be any.
        try interrupt(interruption, with: [], atReading: interruption == .failing) { run in
            let now = try content(run.directory)
            #expect(now == run.old || now == run.new, "\(run.what)")
            // What is said is true: a run that failed has changed nothing.
            if run.status == 1 { #expect(now == run.old, "\(run.what)") }
            if run.status == 0 { #expect(now == run.new, "\(run.what)") }
            try recover(run)
            #expect(try content(run.directory) == now, "\(run.what)")
        }
    }

    @Test(arguments: Interruption.allCases)
    func `where directories cannot be exchanged, the next run finishes what was decided, and drops what was not`(_ interruption: Interruption) throws {
        var mixtures = 0
        try interrupt(interruption, with: ["-e", "inject=renameat2:error=EINVAL"], atReading: false) { run in
            let now = try content(run.directory)
            if now != run.old, now != run.new { mixtures += 1 }
            try recover(run)
            let then = try content(run.directory)
            #expect(then == run.old || then == run.new, "\(run.what)")
            // From the first new file on there is no way back.
            if now != run.old { #expect(then == run.new, "\(run.what)") }
        }
        // The one stretch where a reader can meet a mixture, as the documentation says.
        #expect(mixtures > 0)
    }

    // MARK: Help

    /// One run that was interrupted.
    private struct Run {
        let directory: String
        let old: [String: String]
        let new: [String: String]
        /// Where it was interrupted, and how it ended.
        let what: String
        let status: Int32
    }

    /// Tries every moment, each in a directory of its own.
    private func interrupt(_ interruption: Interruption, with options: [String], atReading: Bool, _ check: (Run) throws -> Void) throws {
        let moments = try inHost { host in
            try trace(host, options + ["-o", "\(host)/trace"])
            return Self.moments(try String(contentsOfFile: "\(host)/trace", encoding: .utf8)).filter { $0.isWriting || atReading }
        }
        #expect(moments.count > (atReading ? 100 : 30))
        var ends: Set<Int32> = []
        for moment in moments {
            try inHost { host in
                let directory = "\(host)/network-scripts"
                let fault = interruption == .killed ? "signal=KILL" : "error=\(moment.takesSpace ? "ENOSPC" : "EIO")"
                // Two faults of one call would be one too many.
                let others = moment.call == "renameat2" ? [] : options
                let old = try content(directory)
                let status = try trace(host, others + ["-o", "/dev/null", "-e", "inject=\(moment.call):\(fault):when=\(moment.count)"])
                ends.insert(status)
                let new = try rendered(host)
                try check(Run(directory: directory, old: old, new: new, what: "\(moment): \(status)", status: status))
            }
        }
        // Some were killed, or failed; a call that only reads, or clears up at the end, may fail without harm.
        #expect(ends.contains(interruption == .killed ? 137 : 1), "\(ends)")
    }

    /// What the next run does before anything else: it puts in order what an earlier one left.
    private func recover(_ run: Run) throws {
        try ScriptStore(run.directory).finishEarlierRun()
        let beside = try FileManager.default.contentsOfDirectory(atPath: URL(filePath: run.directory).deletingLastPathComponent().path())
        #expect(!beside.contains { $0.contains("weft") }, "\(run.what): \(beside)")
        let inside = try FileManager.default.contentsOfDirectory(atPath: run.directory)
        #expect(!inside.contains { $0.hasPrefix(".weft") && $0 != ".weft-backup" }, "\(run.what): \(inside)")
    }

    /// A system call and how many of its kind there have been.
    private struct Moment: CustomStringConvertible {
        let call: String
        let count: Int
        let line: String
        var takesSpace: Bool { ["mkdir", "openat", "write", "fsync", "link", "rename", "renameat2", "lsetxattr"].contains(call) }
        /// Whether it changes what is on the disk.
        var isWriting: Bool {
            call == "openat" ? line.contains("O_CREAT") : takesSpace || ["chmod", "lchown", "unlink", "rmdir"].contains(call)
        }
        var description: String { "\(call) \(count): \(line)" }
    }

    /// The calls from the first that writes to the directory to the last, without those that only tell of it.
    private static func moments(_ trace: String) -> [Moment] {
        var counts: [Substring: Int] = [:]
        var moments: [Moment] = []
        var last = 0
        for line in trace.split(separator: "\n") {
            let call = line.prefix { $0 != "(" }
            counts[call, default: 0] += 1
            let isBegun = !moments.isEmpty || call == "mkdir" && line.contains("weft-")
            guard isBegun, call != "exit_group", !line.hasPrefix("write(1,"), !line.hasPrefix("write(2,") else { continue }
            moments.append(Moment(call: String(call), count: counts[call] ?? 1, line: String(line.prefix(120))))
            if line.contains("weft-") { last = moments.count }
        }
        return Array(moments.prefix(last))
    }

    /// Runs the program under strace; its exit status, 137 where it was killed.
    @discardableResult
    private func trace(_ host: String, _ options: [String]) throws -> Int32 {
        let status = try execute(
            ["strace", "-qq"] + options + [Self.program, "render", "ifcfg", "\(host)/after.yaml", "-o", "\(host)/network-scripts", "--yes"])
        return status == SIGKILL ? 137 : status
    }

    private func execute(_ words: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// A directory that weft has written `before` to, beside what others have there, and the topology that comes after.
    private func inHost<Value>(_ body: (String) throws -> Value) throws -> Value {
        let host = FileManager.default.temporaryDirectory.appending(path: "weft-cut-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: "\(host)/network-scripts/keys", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: host) }
        for (name, text) in [("ifup-eth", "#!/bin/sh\n"), ("ifcfg-eth9", "DEVICE=eth9\n"), ("keys/deep", "deep\n")] {
            try text.write(toFile: "\(host)/network-scripts/\(name)", atomically: false, encoding: .utf8)
        }
        try Self.after.write(toFile: "\(host)/after.yaml", atomically: false, encoding: .utf8)
        let store = ScriptStore("\(host)/network-scripts")
        try store.write(try store.update(for: try files(Self.before)))
        return try body(host)
    }

    private func files(_ yaml: String) throws -> [ScriptFile] {
        let machineID = try String(contentsOfFile: "/etc/machine-id", encoding: .utf8)
        return NetworkScriptRendering(try Topology.parse(yaml, file: "after.yaml").network, source: "after.yaml", machineID: machineID).files
    }

    /// What is to be there after a run that was not interrupted.
    private func rendered(_ host: String) throws -> [String: String] {
        var content = ["ifup-eth": "#!/bin/sh\n", "ifcfg-eth9": "DEVICE=eth9\n", "keys/deep": "deep\n"]
        for file in try files(Self.after) { content[file.path] = file.text }
        return content
    }

    /// What a reader of the directory sees.
    private func content(_ path: String) throws -> [String: String] {
        var content: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) where !name.hasPrefix(".weft") {
            content[name] = try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
        }
        return content
    }
}
