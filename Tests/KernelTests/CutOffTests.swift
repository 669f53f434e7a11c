import Change
import Foundation
import Glibc
import HostNetwork
import Netlink
import Planner
import TestSupport
import Testing
import Topology

/// Changes that die, or that the kernel refuses, at each of their messages: between the same pairs of random topologies.
///
/// WEFT_FAULT_PAIRS says how many pairs, WEFT_FAULT_EVERY that every so many messages one is tried (1: all of them), WEFT_SEED
/// where the pairs begin.
@Suite struct `Changes that are cut off` {
    static let count = number("WEFT_FAULT_PAIRS") ?? 5
    static let every = number("WEFT_FAULT_EVERY") ?? 7
    static let first = UInt64(number("WEFT_SEED") ?? 30_000)

    static func number(_ variable: String) -> Int? { ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } }

    static let pairs: [(String, String)] = {
        let files = (first..<first + UInt64(count) * 4).map { RandomTopology.yaml(seed: $0) }
            .filter { (try? Topology.parse($0, file: "t.yaml")) != nil && $0.count > 150 }
        return Array(zip(files, files.dropFirst()).prefix(count))
    }()

    /// A change from the host as it is, with how many messages it takes.
    struct Trial {
        let lab: Lab
        let second: String
        let before: Set<String>
        let messages: Int

        /// Makes the host what the first file says, and tries the change to the second one once, there and back.
        init(_ lab: Lab, _ pair: (String, String)) throws {
            self.lab = lab
            second = pair.1
            try lab.nicsUp(RandomTopology.nics)
            try lab.ip(`Random pairs of topologies on a real kernel`.foreign)
            try lab.apply(pair.0) { $0.allowsOutage = true }
            try lab.furnish()
            before = try lab.wholePicture()
            let request = try lab.request(second) { $0.allowsOutage = true }
            var kernel = try lab.connect()
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            let outcome = try Transaction(request: request, plan: Planner.plan(request))
                .carryOut(on: &kernel, directory: directory, caution: Caution(settle: 0))
            messages = kernel.statistics.writeMessages
            guard case .done = outcome else { return }
            let back = try lab.carryOut(try lab.request(request.actual.asCheckpoint) { $0.isRollback = true })
            guard case .done = back else { throw Lab.Failure(description: "the way back failed: \(back)") }
        }

        /// Carries the change out on a kernel with a fault.
        func carryOut(_ fault: InjectedFault) throws -> Transaction.Outcome {
            let request = try lab.request(second) { $0.allowsOutage = true }
            var kernel = try lab.connect()
            kernel.fault = fault
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            return try Transaction(request: request, plan: Planner.plan(request))
                .carryOut(on: &kernel, directory: directory, caution: Caution(settle: 0))
        }
    }

    /// Runs a body in a copy of this process, and answers by which signal it died; 0 if by none.
    static func inCopy(_ body: () throws -> Void) throws -> Int32 {
        // Swift does not offer fork(2), for the copy has this thread alone; the body needs no other.
        typealias Fork = @convention(c) () -> pid_t
        guard let symbol = dlsym(nil, "fork") else { throw Lab.Failure(description: "no fork") }
        let child = unsafeBitCast(symbol, to: Fork.self)()
        if child == 0 {
            do { try body() } catch { print("in the copy: \(error)") }
            _exit(0)
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f
    }

    /// What the faults of a run came to.
    private struct Tally {
        var kills = 0
        var errors = 0
        var survived = 0
    }

    @Test func `killed between any two messages, and refused any message with any error, a change leaves everything as it was`() async throws {
        #expect(Self.pairs.count == Self.count)
        var tally = Tally()
        for (number, pair) in Self.pairs.enumerated() {
            try await Lab.with { lab in
                let trial = try Trial(lab, pair)
                for message in 0..<trial.messages {
                    // Kills and errors fall on different messages, unless every one is tried.
                    var problem: String?
                    if message % Self.every == number % Self.every { problem = try Self.kill(trial, at: message, &tally) }
                    if problem == nil, (message + Self.every / 2) % Self.every == number % Self.every {
                        problem = try Self.refuse(trial, at: message, &tally)
                    }
                    guard let problem else { continue }
                    Issue.record("at message \(message) of \(trial.messages): \(problem)\n\(pair.0)\(pair.1)")
                    return
                }
            }
        }
        print("injected: \(tally.kills) kills, \(tally.errors) errors in \(Self.count) pairs of topologies; \(tally.survived) errors, a taken index or what the kernel drops late, were got over")
        #expect(tally.kills > 0 && tally.errors > 0)
    }

    @Test func `once the way back has begun, nobody can confirm the change, and whoever comes next goes on`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["nic0", "nic1"])
            try lab.apply("version: 1\nbridges: {br0: {ports: [nic0, nic1], addresses: [192.0.2.1/24]}}\n")
            let before = try lab.wholePicture()
            let request = try lab.request("version: 1\nbonds: {bond0: {ports: [nic0, nic1], mode: 1, miimon: 100}}\nbridges: {br0: {ports: [bond0], addresses: [192.0.2.1/24]}}\n")
            var kernel = try lab.connect()
            let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
            let outcome = try Transaction(request: request, plan: Planner.plan(request))
                .carryOut(on: &kernel, directory: directory, caution: Caution(settle: 0, confirmWithin: 100))
            guard case .done(let completion) = outcome, completion.confirmation != nil else { throw Lab.Failure(description: "\(outcome)") }
            let journal = Journal(in: directory)
            let checkpoint = try #require(try journal.unfinished())
            let signal = try Self.inCopy {
                var kernel = try lab.connect()
                kernel.fault = InjectedFault(at: 2, .kill)
                _ = Recovery.goBack(from: checkpoint, because: "asked for", in: journal, on: &kernel)
            }
            #expect(signal == SIGKILL)
            #expect(throws: ChangeError.self) { try journal.confirm() }
            #expect(try journal.confirmation(of: checkpoint)?.isComplete == false)
            var next = try lab.connect()
            guard case .rolledBack = Recovery.goBack(from: checkpoint, because: "killed", in: journal, on: &next) else { throw Lab.Failure(description: "not rolled back") }
            #expect(Lab.difference(before, try lab.wholePicture()) == [])
        }
    }

    /// Kills a change before a message, and goes back as the next weft does.
    /// - Returns: what is wrong then.
    private static func kill(_ trial: Trial, at message: Int, _ tally: inout Tally) throws -> String? {
        let signal = try inCopy { _ = try trial.carryOut(InjectedFault(at: message, .kill)) }
        guard signal == SIGKILL else { return "it was not killed" }
        tally.kills += 1
        var kernel = try trial.lab.connect()
        let journal = Journal(in: try StateDirectory.open(cookie: kernel.namespaceCookie))
        guard let checkpoint = try journal.unfinished() else { return "there is no checkpoint" }
        let outcome = Recovery.goBack(from: checkpoint, because: "killed", in: journal, on: &kernel)
        let difference = Lab.difference(trial.before, try trial.lab.wholePicture())
        guard case .rolledBack = outcome, difference == [] else { return "killed: \(outcome) \(difference)" }
        guard try journal.unfinished() == nil, try journal.ending(of: checkpoint.number)?.ending == .rolledBack else { return "it has no ending" }
        return nil
    }

    /// Has a message answered with an error.
    /// - Returns: what is wrong then.
    private static func refuse(_ trial: Trial, at message: Int, _ tally: inout Tally) throws -> String? {
        let codes: [KernelErrorCode] = [.busy, .invalidArgument, .noBufferSpace, .notPermitted, .exists]
        let code = codes[tally.errors % codes.count]
        tally.errors += 1
        let outcome = try trial.carryOut(InjectedFault(at: message, .refuse(code)))
        if case .done(let completion) = outcome {
            // An index that was taken: the link is made with another one. And what the kernel drops late is set until it is there.
            guard code == .exists || completion.remarks.contains(where: { $0.hasSuffix("set once more") }) else { return "\(code): \(outcome)" }
            tally.survived += 1
            if let problem = try trial.lab.rollBackLast() { return problem }
        } else if case .rolledBack(let failure) = outcome {
            guard failure.description.contains(code.name) else { return "\(code): \(failure)" }
        } else {
            return "\(code): \(outcome)"
        }
        let difference = Lab.difference(trial.before, try trial.lab.wholePicture())
        return difference == [] ? nil : "\(code): \(outcome) \(difference)"
    }
}

extension Lab {
    /// All that ``picture()`` tells, and what lies beside links, addresses and routes: the order of addresses, rules, VLAN tables,
    /// static neighbours, proxies, FDB entries and groups, and two settings of each link's.
    func wholePicture() throws -> Set<String> {
        // While a spanning tree learns of a change, the kernel lets entries age faster, and tells that in place of the setting.
        let trees = try links().filter { (($0.value["linkinfo"] as? [String: Any])?["info_data"] as? [String: Any])?["stp_state"] as? Int == 1 }
        var facts = try picture().filter { fact in !trees.keys.contains { fact.hasPrefix("link \($0) linkinfo info_data ageing_time ") } }
        for link in try json("-4 addr") {
            let addresses = try (link["addr_info"] as? [[String: Any]] ?? []).map {
                try IPNetwork("\($0["local"] ?? "")/\($0["prefixlen"] ?? "")")
            }
            // The first of a prefix gives the host's packets their source; between prefixes no order means anything.
            for (prefix, own) in Dictionary(grouping: addresses, by: \.network) {
                facts.insert("order of \(link["ifname"] ?? "") in \(prefix): \(own.map(\.description).joined(separator: " "))")
            }
        }
        func add(_ what: String, _ entries: [[String: Any]]) { for entry in entries { facts.insert("\(what) \(Self.words(entry))") } }
        add("rule", try json("rule"))
        add("neighbour", try json("neigh show nud permanent"))
        add("vlan", try bridgeJSON("vlan"))
        add("proxy", try json("neigh show proxy"))
        // What has no master is a link's own list of addresses, which bridges above it keep by themselves.
        add("fdb", try bridgeJSON("fdb").filter { entry in
            let mac = entry["mac"] as? String ?? ""
            let isOfControlPlane = (entry["flags"] as? [String])?.contains("extern_learn") == true
            return entry["master"] != nil && (entry["state"] as? String == "static" || isOfControlPlane || mac.hasPrefix("02:fc:")) || mac.hasPrefix("02:fb:")
        })
        add("token", try json("token").filter { $0["token"] as? String != "::" })
        for command in ["-d vlan show", "vlan global show"] where facts.contains(where: { $0.hasSuffix("info_data vlan_filtering 1") }) {
            let lines = try Self.run(["bridge", "-n", name] + command.split(separator: " ").map { String($0) }).split(separator: "\n")
            for (place, line) in lines.enumerated() where line.contains("mcast_") { facts.insert("\(command) \(place) \(line)") }
        }
        for line in try Self.run(["bridge", "-n", name, "mdb", "show"]).split(separator: "\n") where line.contains("permanent") {
            facts.insert("group \(line.split(separator: " ").joined(separator: " "))")
        }
        let settings = "cd /proc/sys/net && grep -H . ipv4/conf/*/rp_filter ipv6/conf/*/mtu"
        for line in try Self.run(["ip", "netns", "exec", name, "bash", "-c", settings]).split(separator: "\n") { facts.insert("setting \(line)") }
        return facts
    }

    /// Gives every link what belongs to links besides addresses and routes, as far as the kernel takes it there.
    func furnish() throws {
        let script = """
            number=0
            for path in /sys/class/net/*/; do
                path=${path%/} link=${path##*/}
                [[ $link == lo ]] && continue
                number=$((number + 1)) byte=$(printf %02x $((number)))
                ip neigh add 192.0.2.$number lladdr 02:fe:00:00:00:$byte dev $link nud permanent
                ip neigh add proxy 192.0.2.$((number + 100)) dev $link
                ip -6 neigh add 2001:db8:fe::$number lladdr 02:fe:00:00:01:$byte dev $link nud permanent
                if [[ -d $path/brport ]]; then
                    bridge fdb add 02:fd:00:00:00:$byte dev $link master static
                    bridge mdb add dev $(basename $(readlink $path/master)) port $link grp 239.1.1.$number permanent
                fi
                [[ -d $path/bridge ]] && bridge fdb add 02:fc:00:00:00:$byte dev $link self permanent
                if grep -q vlan $path/uevent; then
                    bridge fdb add 02:fb:00:00:00:$byte dev $link self
                    ip link set $link gso_max_size 30000 gso_max_segs 30 allmulticast on
                    ip token set ::$number dev $link
                fi
                [[ -d $path/brport ]] && bridge fdb add 02:fd:00:00:01:$byte dev $link master extern_learn
                echo 2 >/proc/sys/net/ipv4/conf/$link/rp_filter
                # One that only waits for its spanning tree forgets it by itself, when that is done.
                [[ $(<$path/operstate) == @(up|unknown) ]] && echo 1290 >/proc/sys/net/ipv6/conf/$link/mtu
            done 2>/dev/null
            true
            """
        _ = try Self.run(["ip", "netns", "exec", name, "bash", "-c", script])
    }

    /// Plans back to before the last change of the history, and does it.
    /// - Returns: what went wrong.
    func rollBackLast() throws -> String? {
        var kernel = try connect()
        let journal = Journal(in: try StateDirectory.open(cookie: kernel.namespaceCookie))
        guard let last = try journal.history().last else { return "no history" }
        let former = try journal.network(before: last.number, now: try kernel.snapshot(vlanTables: true))
        switch try carryOut(try request(former.asCheckpoint) { $0.isRollback = true }) {
        case .done, .nothingToDo: return nil
        case .rolledBack(let failure), .notRolledBack(let failure, _): return "\(failure)"
        }
    }
}
