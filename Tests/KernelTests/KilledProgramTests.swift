import Change
import Foundation
import HostNetwork
import Netlink
import Testing

/// The program that was built, killed from outside.
enum KilledProgram {
    /// How many times a command of weft's sends, as strace counts.
    static func sends(of command: String, _ lab: Lab) throws -> Int {
        let trace = "/tmp/\(lab.name).trace"
        defer { try? FileManager.default.removeItem(atPath: trace) }
        _ = try Lab.run(["sh", "-c", "strace -qq -o \(trace) -e trace=sendto \(`The commands on a real kernel`.program) \(command) --netns \(lab.name) || true"])
        return try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n").count { $0.hasPrefix("sendto(") }
    }
}

/// WEFT_FAULT_EVERY says that every so many of the moments one is tried (1: all).
@Suite struct `The program is killed` {
    static let every = `Changes that are cut off`.number("WEFT_FAULT_EVERY").map { max(1, $0 / 4) } ?? 4
    static let shots = `Changes that are cut off`.number("WEFT_FAULT_SHOTS") ?? 6

    static let file = """
        version: 1
        bonds: {bond0: {ports: [ens37, ens38], mode: active-backup, miimon: 100}}
        trunks: {bond0: {vlans: [10, 100-129]}}
        bridges: {br0: {ports: [ens33], addresses: [172.16.0.52/16], gateway: 172.16.0.1}}
        """

    static func withHost(_ test: (Lab, String, Set<String>) async throws -> Void) async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38"])
            try lab.ip("addr add 172.16.0.52/16 dev ens33\nroute add default via 172.16.0.1 dev ens33 proto static")
            let path = "/tmp/\(lab.name).yaml"
            try file.write(toFile: path, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: path) }
            try await test(lab, path, try lab.wholePicture())
        }
    }

    /// Goes back as the next weft does.
    static func recover(_ lab: Lab, _ before: Set<String>, _ what: String) throws {
        let recover = try `The commands on a real kernel`.weft("recover", "--netns", lab.name)
        #expect(recover.status == 0, "\(what): \(recover)")
        let difference = Lab.difference(before, try lab.wholePicture())
        #expect(difference == [], "\(what)")
    }

    @Test func `at the system calls that send, on the way there and on the way back`() async throws {
        try await Self.withHost { lab, path, before in
            var kills = 0
            func run(_ command: String, killedAt send: Int) throws -> Bool {
                let program = `The commands on a real kernel`.program
                let text = try Lab.run(["sh", "-c", "strace -qq -o /dev/null -e trace=sendto -e inject=sendto:signal=KILL:when=\(send) \(program) \(command) --netns \(lab.name) >&2; echo $?"])
                if text.contains("137") { kills += 1 }
                return text.contains("137")
            }
            var send = 1
            while try run("apply \(path) --yes --settle 0", killedAt: send) {
                if send % (2 * Self.every) == 1 {
                    // The way back is killed too, and gone again.
                    _ = try run("recover", killedAt: 6)
                }
                try Self.recover(lab, before, "killed at send \(send)")
                send += Self.every
            }
            #expect(kills > 2)
            print("injected: \(kills) kills at system calls that send")
        }
    }

    @Test func `at any moment`() async throws {
        try await Self.withHost { lab, path, before in
            var kills = 0
            for shot in 0..<Self.shots {
                let process = Process()
                process.executableURL = URL(filePath: `The commands on a real kernel`.program)
                process.arguments = ["apply", path, "--yes", "--settle", "0", "--netns", lab.name]
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                // From where the kernel is written to: the checkpoint is there then.
                let directory = try StateDirectory.open(cookie: try lab.connect().namespaceCookie)
                while process.isRunning, try Journal(in: directory).unfinished() == nil { usleep(500) }
                usleep(UInt32.random(in: 0...UInt32(20_000 * (shot + 1))))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                // A change that has its ending already was done, and only its telling was cut off.
                if process.terminationReason == .uncaughtSignal, try Journal(in: directory).unfinished() != nil {
                    kills += 1
                    try Self.recover(lab, before, "shot \(shot)")
                } else {
                    #expect(try lab.rollBackLast() == nil)
                }
            }
            print("injected: \(kills) kills at any moment, of \(Self.shots) shots")
        }
    }
}
