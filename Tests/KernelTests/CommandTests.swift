import Foundation
import Testing

/// The program itself, as a user runs it.
@Suite struct `The commands on a real kernel` {
    struct Run {
        let status: Int32
        let output: String
        let errors: String
    }

    /// The program that was built beside these tests.
    static let program = Bundle.main.bundleURL.appending(path: "weft").path()

    static func run(_ words: [String], input: String? = nil, environment: [String: String] = [:]) throws -> Run {
        try weft(words, input: input, environment: environment)
    }

    static func weft(_ words: [String], input: String? = nil, environment: [String: String] = [:]) throws -> Run {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        let errors = Pipe()
        let feed = Pipe()
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = feed
        try process.run()
        feed.fileHandleForWriting.write(Data((input ?? "").utf8))
        try feed.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Run(status: process.terminationStatus, output: text, errors: complaints)
    }

    static func weft(_ words: String..., input: String? = nil, environment: [String: String] = [:]) throws -> Run {
        try run(words, input: input, environment: environment)
    }

    static let example = Lab.examples.appending(path: "bond-brvlan.yaml").path()
    static let nics = ["ens37", "ens38", "ens39", "ens40"]

    @Test func `plan, apply, plan again, destroy: with their exit statuses and nothing left`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            let before = try lab.picture()
            let plan = try Self.weft("plan", Self.example, "--netns", lab.name)
            #expect(plan.status == 2)
            #expect(plan.output.contains("+ bond0 (bond)"))
            #expect(plan.output.contains("Plan: 6 to create, 4 to change, 0 to recreate, 0 to delete."))
            #expect(!plan.output.contains("\u{1b}"))
            #expect(Lab.difference(before, try lab.picture()) == [])

            let apply = try Self.weft("apply", Self.example, "--netns", lab.name, "--yes")
            #expect(apply.status == 0, "\(apply)")
            let again = try Self.weft("plan", Self.example, "--netns", lab.name)
            #expect(again.status == 0)
            #expect(again.output.hasPrefix("No changes."))
            let show = try Self.weft("show", "--netns", lab.name)
            #expect(show.status == 0)
            #expect(show.output.contains("balance-alb"))

            let dry = try Self.weft("destroy", "--all", "--dry-run", "--netns", lab.name)
            #expect(dry.status == 2)
            let destroy = try Self.weft("destroy", Self.example, "--netns", lab.name, "--yes")
            #expect(destroy.status == 0, "\(destroy)")
            #expect(Lab.difference(before, try lab.picture()) == [])
        }
    }

    @Test func `without a terminal and without --yes nothing is done`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            let before = try lab.picture()
            let apply = try Self.weft("apply", Self.example, "--netns", lab.name, input: "yes\n")
            #expect(apply.status == 1)
            #expect(apply.errors.contains("--yes"))
            #expect(Lab.difference(before, try lab.picture()) == [])
        }
    }

    @Test(arguments: [("yes", true), ("y", false), ("no", false)])
    func `on a terminal it asks, and only yes is a yes`(answer: String, isDone: Bool) async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            // script(1) gives the program a terminal of its own.
            let command = "\(Self.program) apply \(Self.example) --netns \(lab.name); echo status $?"
            let text = try Lab.run(["script", "-qec", command, "/dev/null"], input: answer + "\n")
            #expect(text.contains("Only yes is a yes"))
            #expect(text.contains(isDone ? "status 0" : "status 1"), "\(text.suffix(300))")
            #expect((try lab.links()["bond0"] != nil) == isDone)
        }
    }

    @Test func `removing more than half needs its number`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            #expect(try Self.weft("apply", Self.example, "--netns", lab.name, "--yes").status == 0)
            let empty = "version: 1\n"
            let plain = try Self.weft("apply", "-", "--netns", lab.name, "--yes", input: empty)
            #expect(plain.status == 1)
            #expect(plain.errors.contains("--remove 6"))
            #expect(try Self.weft("apply", "-", "--netns", lab.name, "--yes", "--remove", "5", input: empty).status == 1)
            #expect(try lab.links()["bond0"] != nil)
            #expect(try Self.weft("apply", "-", "--netns", lab.name, "--yes", "--remove", "6", input: empty).status == 0)
            #expect(try lab.links()["bond0"] == nil)
        }
    }

    @Test func `a bridge that brctl made is adopted, and only then removed`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33"])
            try lab.ip("link add br0 type bridge\nlink set br0 up\nlink set ens33 master br0")
            let file = "version: 1\nbridges: {br0: {ports: [ens33]}}\n"
            #expect(try Self.weft("destroy", "-", "--netns", lab.name, "--yes", input: file).output.hasPrefix("No changes."))
            let adopt = try Self.weft("adopt", "-", "--netns", lab.name, "--yes", input: file)
            #expect(adopt.status == 0, "\(adopt)")
            #expect(try lab.links()["br0"]?["group"] as? String == "2003134068")
            #expect(try lab.links()["ens33"]?["group"] as? String == "default")
            let destroy = try Self.weft("destroy", "-", "--netns", lab.name, "--yes", "--allow-outage", input: file)
            #expect(destroy.status == 0, "\(destroy)")
            #expect(try lab.links()["br0"] == nil)
            #expect(try lab.links()["ens33"] != nil)
        }
    }

    /// The options that hosts of this kind are set up with, made, changed live, and read back by `ip` and by `weft show`.
    @Test func `options are made, changed, read back and shown`() async throws {
        func file(_ stp: Bool, _ delay: Int, _ ageing: Int, _ cost: Int, _ hairpin: Bool, _ rate: String, _ hash: String, _ proto: String) -> String {
            """
            version: 1
            bonds:
              bond0: {ports: [ens37], mode: 802.3ad, miimon: 100, lacp_rate: \(rate), xmit_hash_policy: \(hash)}
              bond1: {ports: [ens38, ens39], mode: active-backup, miimon: 100, primary: \(stp ? "ens38" : "ens39")}
            vlans:
              bond0.10: {parent: bond0, id: 10, protocol: \(proto)}
            bridges:
              br0:
                stp: \(stp)
                forward_delay: \(delay)
                ageing_time: \(ageing)
                ports: [{name: bond0.10, path_cost: \(cost), hairpin: \(hairpin)}]

            """
        }
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            for (yaml, words) in [
                (file(true, 4, 60, 77, true, "fast", "layer3+4", "802.1ad"), [
                    "stp_state 1", "forward_delay 400", "ageing_time 6000", "cost 77", "hairpin 1", "ad_lacp_rate fast",
                    "xmit_hash_policy layer3+4", "primary ens38", "protocol 802.1ad",
                ]),
                (file(false, 15, 300, 8, false, "slow", "layer2+3", "802.1Q"), [
                    "stp_state 0", "forward_delay 1500", "ageing_time 30000", "cost 8", "hairpin 0", "ad_lacp_rate slow",
                    "xmit_hash_policy layer2+3", "primary ens39", "protocol 802.1Q",
                ]),
            ] {
                let apply = try Self.weft("apply", "-", "--netns", lab.name, "--yes", "--allow-recreate", "bond0.10", input: yaml)
                #expect(apply.status == 0, "\(apply)")
                let facts = try lab.picture().map { $0.replacing(" true", with: " 1").replacing(" false", with: " 0") }
                for word in words { #expect(facts.contains { $0.hasSuffix(" \(word)") }, "\(word)") }
            }
            let sheets = try ["bond0", "bond1", "bond0.10", "br0"].map { try Self.weft("show", $0, "--netns", lab.name).output }.joined()
            for name in ["stp_state", "forward_delay", "ageing_time", "cost", "hairpin", "ad_lacp_rate", "xmit_hash_policy", "primary", "protocol"] {
                #expect(sheets.contains(name), "\(name)")
            }
            #expect(sheets.contains("layer2+3") && sheets.contains("ens39"))
        }
    }

    @Test func `show --yaml prints a topology that plans to no changes`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics + ["ens33"])
            try lab.ip("addr add 192.0.2.7/24 dev ens33\nroute add default via 192.0.2.1 dev ens33 metric 50")
            #expect(try Self.weft("apply", Self.example, "--netns", lab.name, "--yes").status == 0)
            let yaml = try Self.weft("show", "--yaml", "--netns", lab.name)
            #expect(yaml.status == 0)
            let plan = try Self.weft("plan", "-", "--netns", lab.name, input: yaml.output)
            #expect(plan.status == 0, "\(yaml.output)\n\(plan)")
        }
    }

    @Test func `with closed standard streams a change is made all the same, and nothing is written where it does not belong`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            let text = try Lab.run(["sh", "-c", "\(Self.program) apply \(Self.example) --netns \(lab.name) --yes <&- >&- 2>&-; echo status $?; cat /run/weft/netns-*/lock"])
            #expect(text.contains("status 0"), "\(text)")
            #expect(!text.contains("+ bond0") && !text.contains("Plan:"), "\(text)")
            #expect(try lab.links()["brvlan-10"] != nil)
        }
    }

    @Test func `a file for another host changes nothing here, whatever the command`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens37"])
            let mine = "version: 1\nbridges: {br0: {ports: [ens37]}}\n"
            #expect(try Self.weft("apply", "-", "--netns", lab.name, "--yes", input: mine).status == 0)
            let other = mine + "host: elsewhere\n"
            for command in ["apply", "destroy", "adopt"] {
                let run = try Self.weft(command, "-", "--netns", lab.name, "--yes", "--color", "never", input: other)
                #expect(run.status == 1)
                #expect(run.errors.contains("for the host elsewhere"), "\(run)")
            }
            #expect(try lab.links()["br0"] != nil)
            let check = try Self.weft("check", "-", "--netns", lab.name, input: other)
            #expect(check.status == 0)
            #expect(check.errors == "")
        }
    }

    @Test func `a second weft says who is at work, and in JSON of which kind the error is`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            #expect(try Self.weft("apply", Self.example, "--netns", lab.name, "--yes").status == 0)
            let lock = try Lab.run(["sh", "-c", "ls -t /run/weft/*/lock | head -1"]).split(separator: "\n")[0]
            let text = try Lab.run(["sh", "-c", "flock -n \(lock) \(Self.program) destroy --all --json --netns \(lab.name) --yes; echo status $?"])
            #expect(text.contains("\"locked\""), "\(text)")
            #expect(text.contains("status 1"), "\(text)")
            #expect(try lab.links()["bond0"] != nil)
            // It is done after a moment, which those two can wait for as well.
            for words in ["confirm --wait 60s", "recover --wait 60s"] {
                let waited = try Lab.run(["sh", "-c", "flock -n \(lock) sleep 1 & sleep 0.2; \(Self.program) \(words) --netns \(lab.name) 2>&1; wait"])
                #expect(waited.contains(words.hasPrefix("recover") ? "Nothing was cut off." : "no change waits"), "\(waited)")
            }
        }
    }

    @Test func `a missing namespace, a missing file and wrong usage each say so in a line`() throws {
        let namespace = try Self.weft("show", "--netns", "no-such-namespace")
        #expect(namespace.status == 1)
        #expect(namespace.errors.contains("no-such-namespace"))
        let file = try Self.weft("plan", "/nowhere/topology.yaml")
        #expect(file.status == 1)
        #expect(file.errors.contains("/nowhere/topology.yaml: No such file or directory"))
        #expect(try Self.weft("check", "/etc").errors == "weft: /etc: Is a directory\n")
        let closed = try Lab.run(["sh", "-c", "\(Self.program) check - <&- 2>&1; echo status $?"])
        #expect(closed.contains("<stdin>:1:1: error: the file is empty") && closed.hasSuffix("status 1\n"), "\(closed)")
        #expect(try Self.weft("destroy").status == 64)
        #expect(try Self.weft("destroy", "--all", "x.yaml").status == 64)
    }

    @Test func `without CAP_NET_ADMIN a change is refused in one line`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            let text = try Lab.run(["sh", "-c", "setpriv --bounding-set -net_admin --inh-caps -net_admin -- \(Self.program) apply \(Self.example) --yes 2>&1; echo status $?"])
            #expect(text.contains("CAP_NET_ADMIN"))
            #expect(text.contains("status 1"))
        }
    }

    @Test func `colour comes only where it was asked for`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(Self.nics)
            #expect(try Self.weft("plan", Self.example, "--netns", lab.name, "--color", "always").output.contains("\u{1b}["))
            #expect(!(try Self.weft("plan", Self.example, "--netns", lab.name, "--color", "never").output.contains("\u{1b}[")))
        }
    }
}
