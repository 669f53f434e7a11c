import Change
import Foundation
import HostNetwork
import Netlink
import Testing

/// Changes that wait for a word, made by the program as a user runs it, terminals included.
@Suite struct `Confirming a change` {
    static let file = "version: 1\nbridges: {br0: {ports: [ens33], addresses: [172.16.0.52/16], gateway: 172.16.0.1}}\n"

    /// A host whose one NIC has its address.
    static func withHost(_ test: (Lab, Set<String>) async throws -> Void) async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.ip("addr add 172.16.0.52/16 dev ens33\nroute add default via 172.16.0.1 dev ens33 proto static")
            try await test(lab, try lab.picture())
        }
    }

    static func weft(_ lab: Lab, _ words: String..., input: String? = nil) throws -> `The commands on a real kernel`.Run {
        try `The commands on a real kernel`.run(words + ["--netns", lab.name], input: input)
    }

    /// Waits, as long as it may take on a busy machine.
    static func wait(_ lab: Lab, for what: String, until isSo: (ChangeStatus) -> Bool) throws {
        let cookie = try lab.connect().namespaceCookie
        for _ in 0..<1200 {
            if isSo(try ChangeStatus(in: StateDirectory.existing(cookie: cookie))) { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw Lab.Failure(description: "it never came to this: \(what)")
    }

    static func waitUntilIdle(_ lab: Lab) throws { try wait(lab, for: "no change") { if case .idle = $0 { true } else { false } } }
    static func waitUntilPending(_ lab: Lab) throws { try wait(lab, for: "a pending change") { if case .pending = $0 { true } else { false } } }

    static func endings(_ lab: Lab) throws -> [PastChange.Ending] {
        try Journal(in: try StateDirectory.open(cookie: try lab.connect().namespaceCookie)).history().map(\.ending)
    }

    @Test func `a pending change is told, keeps others out, and stays once it is confirmed`() async throws {
        try await Self.withHost { lab, _ in
            let apply = try Self.weft(lab, "apply", "-", "--yes", "--confirm-within", "10m", "--detach", input: Self.file)
            #expect(apply.status == 0, "\(apply)")
            #expect(apply.output.contains("Pending: it is undone in"))
            let status = try Self.weft(lab, "status", "--json")
            #expect(status.status == 0 && status.output.contains("\"state\" : \"pending\""), "\(status)")
            #expect(try Self.weft(lab, "status").output.hasPrefix("Pending: change 1 (process "))
            let plan = try Self.weft(lab, "plan", "-", input: Self.file)
            #expect(plan.status == 0 && plan.errors.contains("waits for `weft confirm`"), "\(plan)")
            let other = try Self.weft(lab, "destroy", "--all", "--yes", "--json")
            #expect(other.status == 1 && other.output.contains("\"pending\""), "\(other)")
            #expect(try Self.weft(lab, "recover").status == 1)
            let confirm = try Self.weft(lab, "confirm")
            #expect(confirm.status == 0, "\(confirm)")
            #expect(try Self.weft(lab, "confirm").status == 1)
            try Self.waitUntilIdle(lab)
            #expect(try lab.links()["ens33"]?["master"] as? String == "br0")
            let history = try Self.weft(lab, "history")
            #expect(history.output.contains("root from <stdin>: ") || history.output.contains("root from -: "), "\(history)")
            #expect(history.output.contains(", confirmed"), "\(history)")
        }
    }

    @Test func `without a word in time everything goes back, and the foreground says so`() async throws {
        try await Self.withHost { lab, before in
            let apply = try Self.weft(lab, "apply", "-", "--yes", "--confirm-within", "1s", input: Self.file)
            #expect(apply.status == 3, "\(apply)")
            #expect(apply.errors.contains("not confirmed within 1 s"), "\(apply)")
            #expect(Lab.difference(before, try lab.picture()) == [])
            #expect(try Self.endings(lab) == [.rolledBack])
        }
    }

    @Test func `weft rollback undoes a pending change now, and an older one by a plan`() async throws {
        try await Self.withHost { lab, before in
            #expect(try Self.weft(lab, "apply", "-", "--yes", "--confirm-within", "1h", "--detach", input: Self.file).status == 0)
            let rollback = try Self.weft(lab, "rollback")
            #expect(rollback.status == 0, "\(rollback)")
            #expect(Lab.difference(before, try lab.picture()) == [])
            #expect(try Self.weft(lab, "rollback").status == 1)

            #expect(try Self.weft(lab, "apply", "-", "--yes", input: Self.file).status == 0)
            #expect(try Self.weft(lab, "apply", "-", "--yes", input: Self.file.replacing("}}", with: ", mtu: 1400}}")).status == 0)
            let older = try Self.weft(lab, "rollback", "--to", "2", "--yes", "--remove", "1")
            #expect(older.status == 0, "\(older)")
            #expect(older.output.contains("- br0 (bridge)"), "\(older)")
            #expect(Lab.difference(before, try lab.picture()) == [])
            #expect(try Self.weft(lab, "rollback", "--to", "99", "--yes").status == 1)
            #expect(try Self.endings(lab) == [.rolledBack, .done, .done, .done])
        }
    }

    /// A terminal of its own, as ssh gives one, with weft in it; killed with all that it takes along.
    @Test func `the terminal dies: the change goes back by itself, and stays where it was confirmed before`() async throws {
        for isConfirmed in [false, true] {
            try await Self.withHost { lab, before in
                let path = FileManager.default.temporaryDirectory.appending(path: "\(lab.name).yaml").path()
                try Self.file.write(toFile: path, atomically: true, encoding: .utf8)
                defer { try? FileManager.default.removeItem(atPath: path) }
                let terminal = Process()
                terminal.executableURL = URL(filePath: "/usr/bin/script")
                let command = "\(`The commands on a real kernel`.program) apply \(path) --netns \(lab.name) --yes --confirm-within \(isConfirmed ? 600 : 8)"
                terminal.arguments = ["-qfec", command, "/dev/null"]
                terminal.standardInput = FileHandle.nullDevice
                terminal.standardOutput = FileHandle.nullDevice
                terminal.standardError = FileHandle.nullDevice
                try terminal.run()
                try Self.waitUntilPending(lab)
                kill(terminal.processIdentifier, SIGKILL)
                terminal.waitUntilExit()
                if isConfirmed { #expect(try Self.weft(lab, "confirm").status == 0) }
                try Self.waitUntilIdle(lab)
                if isConfirmed {
                    #expect(try lab.links()["br0"] != nil)
                    #expect(try Self.endings(lab) == [.confirmed])
                } else {
                    #expect(Lab.difference(before, try lab.picture()) == [])
                    #expect(try Self.endings(lab) == [.rolledBack])
                }
            }
        }
    }

    @Test func `killed in the middle of a change that is to be confirmed, its guardian goes back at once`() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "weft-\(getpid()).yaml").path()
        try Self.file.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Behind the last that are a change stand those of the reading that verifies it.
        var changesEnd = 0
        try await Self.withHost { lab, _ in
            let reading = try KilledProgram.sends(of: "show --json", lab)
            changesEnd = try KilledProgram.sends(of: "apply \(path) --yes", lab) - reading
        }
        for number in [changesEnd - 2, changesEnd - 1] {
            try await Self.withHost { lab, before in
                let command = "\(`The commands on a real kernel`.program) apply \(path) --netns \(lab.name) --yes --confirm-within 1h"
                _ = try? Lab.run(["sh", "-c", "timeout 60 strace -qq -o /dev/null -e trace=sendto -e inject=sendto:signal=KILL:when=\(number) \(command)"])
                try Self.waitUntilIdle(lab)
                #expect(Lab.difference(before, try lab.picture()) == [], "killed at send \(number)")
                #expect(try Self.endings(lab) == [.rolledBack], "killed at send \(number)")
            }
        }
    }

    @Test(arguments: ["rm -r D", "rm -r D/*", "rm D/checkpoint", "rm D/confirmation", "truncate -s 100 D/checkpoint"])
    func `a pending change whose directory is cleared away goes back in time all the same`(clearing: String) async throws {
        try await Self.withHost { lab, before in
            #expect(try Self.weft(lab, "apply", "-", "--yes", "--confirm-within", "5s", "--detach", input: Self.file).status == 0)
            let directory = try #require(StateDirectory.existing(cookie: try lab.connect().namespaceCookie)).path
            try Lab.run(["sh", "-c", clearing.replacing("D", with: directory)])
            var endings: [PastChange.Ending] = []
            for _ in 0..<600 where endings.isEmpty {
                try await Task.sleep(for: .milliseconds(100))
                endings = (try? Self.endings(lab)) ?? []
            }
            #expect(endings == [.rolledBack])
            #expect(Lab.difference(before, try lab.picture()) == [])
        }
    }

    @Test func `a card that is pulled while its change is undone is named, and no way back cuts the host off without leave`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            try lab.ip("addr add 172.16.0.52/16 dev ens33\nroute add default via 172.16.0.1 dev ens33 proto static")
            #expect(try Self.weft(lab, "apply", "-", "--yes", "--confirm-within", "10m", "--detach", input: Self.file).status == 0)
            try lab.ip("link del ens33")
            let rollback = try Self.weft(lab, "rollback")
            #expect(rollback.status == 4 && rollback.errors.contains("ens33 is gone, and not by weft: it had 172.16.0.52/16"), "\(rollback)")

            try lab.ip("link add ens33 type dummy\nlink set ens33 up\naddr add 172.16.0.52/16 dev ens33\nroute add default via 172.16.0.1 dev ens33 proto static")
            #expect(try Self.weft(lab, "apply", "-", "--yes", input: Self.file).status == 0)
            try lab.ip("link del ens33\nlink set ens37 master br0")
            let number = "\(try Self.endings(lab).count)"
            let refused = try Self.weft(lab, "rollback", "--to", number, "--yes", "--remove", "1")
            #expect(refused.status == 1 && refused.output.contains("ens33 is gone: 172.16.0.52/16, which it had, would be nowhere"), "\(refused)")
            #expect(try lab.links()["br0"] != nil)
            let leave = try Self.weft(lab, "rollback", "--to", number, "--yes", "--remove", "1", "--allow-outage")
            #expect(leave.status == 0 && leave.output.contains("would be nowhere"), "\(leave)")
        }
    }

    @Test func `without its guardian a pending change is said to stand until somebody undoes it`() async throws {
        try await Self.withHost { lab, before in
            #expect(try Self.weft(lab, "apply", "-", "--yes", "--confirm-within", "12s", "--detach", input: Self.file).status == 0)
            #expect(try Self.weft(lab, "status").output.contains(" is undone in "))
            let directory = try #require(StateDirectory.existing(cookie: try lab.connect().namespaceCookie)).path
            let guardian = try String(contentsOfFile: "\(directory)/guardian", encoding: .utf8).split(whereSeparator: \.isWhitespace)
            kill(try #require(pid_t(guardian[1])), SIGKILL)
            #expect(try Lab.run(["sh", "-c", "while kill -0 \(guardian[1]) 2>&-; do sleep 0.05; done; echo gone"]) == "gone\n")
            #expect(try Self.weft(lab, "status").output.contains("NOBODY UNDOES IT THEN"))
            #expect(try Self.weft(lab, "status", "--json").output.contains("\"guarded\" : false"))
            #expect(try Self.weft(lab, "plan", "-", input: Self.file).errors.contains("only `weft rollback` undoes it"))
            for _ in 0..<600 {
                if try Self.weft(lab, "status").output.contains("was cut off") { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            let late = try Self.weft(lab, "confirm")
            #expect(late.status == 1 && late.errors.contains("it stands until `weft recover` undoes it"), "\(late)")
            #expect(try lab.links()["br0"] != nil)
            #expect(try Self.weft(lab, "recover").status == 0)
            #expect(Lab.difference(before, try lab.picture()) == [])
        }
    }

    @Test func `a directory that is read-only at the end of the time keeps nothing from going back`() async throws {
        try await Self.withHost { lab, before in
            #expect(try Self.weft(lab, "apply", "-", "--yes", "--confirm-within", "8s", "--detach", input: Self.file).status == 0)
            let directory = try #require(StateDirectory.existing(cookie: try lab.connect().namespaceCookie)).path
            try Lab.run(["sh", "-c", "mount --bind \(directory) \(directory) && mount -o remount,ro,bind \(directory)"])
            let early = try Self.weft(lab, "confirm")
            #expect(early.status == 1 && early.errors.contains("change 1 still waits, and is undone in"), "\(early)")
            var difference = [""]
            for _ in 0..<300 where !difference.isEmpty {
                try await Task.sleep(for: .milliseconds(100))
                difference = Lab.difference(before, try lab.picture())
            }
            #expect(difference == [])
            // The guardian still looks whether it is done, and holds the directory until it knows.
            try Lab.run(["sh", "-c", "for i in $(seq 100); do umount \(directory) && exit; sleep 0.1; done; exit 1"])
            #expect(try Self.weft(lab, "recover").status == 0)
            #expect(Lab.difference(before, try lab.picture()) == [])
            #expect(try Self.endings(lab) == [.rolledBack])
        }
    }

    @Test func `a NIC that lost its name meanwhile is named, and the way back not called complete`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens34"])
            let bond = "version: 1\nbonds: {bond0: {mode: active-backup, ports: [ens33, ens34]}}\n"
            #expect(try Self.weft(lab, "apply", "-", "--yes", "--settle", "0", input: bond).status == 0)
            let next = bond.replacing("active-backup", with: "active-backup, miimon: 200")
            #expect(try Self.weft(lab, "apply", "-", "--yes", "--settle", "0", "--confirm-within", "10m", "--detach", input: next).status == 0)
            try lab.ip("link set ens34 nomaster\nlink set ens34 down\nlink set ens34 name other9")
            let rollback = try Self.weft(lab, "rollback")
            #expect(rollback.status == 4 && rollback.errors.contains("ens34 is gone, and not by weft: it was a port of bond0"), "\(rollback)")
            #expect(try Self.endings(lab) == [.done, .notRolledBack])
        }
    }

    @Test func `a second weft waits for the lock as long as it is told to`() async throws {
        try await Self.withHost { lab, _ in
            #expect(try Self.weft(lab, "apply", "-", "--yes", input: Self.file).status == 0)
            let lock = try StateDirectory.open(cookie: try lab.connect().namespaceCookie).path + "/lock"
            let program = `The commands on a real kernel`.program
            let text = try Lab.run(["sh", "-c", "flock \(lock) sleep 1 & sleep 0.3; \(program) destroy --all --allow-outage --netns \(lab.name) --yes --wait 10m; echo status $?"])
            #expect(text.contains("status 0"), "\(text)")
            #expect(try lab.links()["br0"] == nil)
        }
    }
}
