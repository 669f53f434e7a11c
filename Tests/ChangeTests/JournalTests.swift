import Change
import Foundation
import HostNetwork
import Planner
import Testing

@Suite struct `The journal of changes` {
    static func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    /// Leaves a change behind as one that was killed leaves it: before its first message.
    static func begin(in directory: StateDirectory, _ network: HostNetwork, confirmWithin: Int? = nil) throws {
        struct Killed: Error {}
        // What is written by the first message is kept aside, and put back after the change has ended.
        let aside = directory.path + "-aside"
        var kernel = FaultyKernel(network)
        _ = try Transactions.transaction(network).carryOut(
            on: &kernel, directory: directory, caution: Caution(settle: 0, confirmWithin: confirmWithin),
            progress: { done, _ in
                guard done == 0 else { return }
                try? FileManager.default.copyItem(atPath: directory.path, toPath: aside)
            })
        try FileManager.default.removeItem(atPath: directory.path)
        try FileManager.default.moveItem(atPath: aside, toPath: directory.path)
    }

    @Test func `the way back is on disk before the first message, for root alone, and in the history at the end`() throws {
        try Transactions.withDirectory { directory in
            let network = try Transactions.host()
            var kernel = FaultyKernel(network)
            var seen = 0
            let author = ChangeAuthor(command: "weft apply t.yaml", source: "t.yaml", user: "alice", process: 7, started: 1000)
            _ = try Transactions.transaction(network).carryOut(
                on: &kernel, directory: directory, by: author,
                progress: { done, _ in
                    guard done == 0, let found = try? Journal(in: directory).unfinished() else { return }
                    seen += 1
                    #expect(found.network.links == network.links)
                    #expect(found.author == author)
                    #expect((try? Self.mode(directory.path + "/checkpoint")) == 0o600)
                })
            #expect(seen == 1)
            let journal = Journal(in: directory)
            #expect(try journal.unfinished() == nil)
            let past = try journal.history()
            #expect(past.map(\.number) == [1])
            #expect(past.first?.ending == .done)
            #expect(past.first?.author == author)
            #expect(try journal.checkpoint(of: 1)?.network.links == network.links)
            #expect(try Self.mode(directory.path + "/history/1") == 0o600)
        }
    }

    @Test func `whatever a host's names and descriptions hold, a checkpoint is read as it was written`() throws {
        try Transactions.withDirectory { directory in
            var network = try Transactions.host()
            let odd = "a \"b\" \\ c/d \u{1}\u{1f}\t\n\u{7f} é \u{2028} 😀 {[,:"
            for (place, name) in network.links.keys.sorted().enumerated() {
                network[name]?.alias = String(odd.dropFirst(place))
                network[name]?.alternativeNames = ["\(name)-a", "\(name)-\"b"]
                network[name]?.addresses?.append(Address(try IPNetwork("2001:db8::\(place + 1)/64")))
            }
            network.rules = [Rule(.ipv4, priority: 100, .lookup(table: 200))]
            var kernel = FaultyKernel(network)
            let author = ChangeAuthor(command: "weft apply \(odd)", source: odd, user: "al\"ice", process: -7, started: .max)
            // All of them are touched, so all are in it.
            let touched = (1...5).map { "ens\($0): {mtu: 1400}" }.joined(separator: ", ")
            _ = try Transactions.transaction(network, "version: 1\nethernets: {\(touched)}\n").carryOut(on: &kernel, directory: directory, by: author)
            let journal = Journal(in: directory)
            let past = try #require(try journal.checkpoint(of: 1))
            #expect(past.network == network)
            #expect(past.author == author)
            #expect(try journal.history().first?.author == author)
            // It is JSON for others, too.
            let text = try Data(contentsOf: URL(filePath: directory.path + "/history/1"))
            #expect(try JSONSerialization.jsonObject(with: text) is [String: Any])
        }
    }

    @Test func `a checkpoint holds what its change can touch, and no more`() throws {
        try Transactions.withDirectory { directory in
            let network = try Transactions.host()
            var kernel = FaultyKernel(network)
            _ = try Transactions.transaction(network, "version: 1\nbridges: {br9: {ports: [ens4]}}\n").carryOut(on: &kernel, directory: directory)
            let past = try #require(try Journal(in: directory).checkpoint(of: 1))
            #expect(past.network.links.keys.map(\.text) == ["ens4"])
            #expect(past.network.routes.isEmpty)
            #expect(past.restored(in: kernel.network).links == network.links)
        }
    }

    @Test func `the network before an older change is put together out of all changes since`() throws {
        try Transactions.withDirectory { directory in
            let network = try Transactions.host()
            var kernel = FaultyKernel(network)
            let files = ["ens2: {mtu: 1400}", "ens3: {mtu: 1400}", "ens2: {mtu: 1300}", "ens4: {mtu: 1200}"]
            var pictures: [HostNetwork] = []
            for file in files {
                pictures.append(kernel.network)
                _ = try Transactions.transaction(kernel.network, "version: 1\nethernets: {\(file)}\n").carryOut(on: &kernel, directory: directory)
            }
            // What somebody has done meanwhile to a link that no change has touched stays.
            let other = try LinkName("ens5")
            kernel.network[other]?.mtu = 1111
            let journal = Journal(in: directory)
            for (place, picture) in pictures.enumerated() {
                var due = picture
                due[other]?.mtu = 1111
                #expect(try journal.network(before: place + 1, now: kernel.network).links == due.links)
            }
        }
    }

    @Test func `what was left in the middle is put back, by whoever finds it`() throws {
        try Transactions.withDirectory { directory in
            let network = try Transactions.host()
            try Self.begin(in: directory, network)
            let journal = Journal(in: directory)
            let checkpoint = try #require(try journal.unfinished())
            var kernel = FaultyKernel(network)
            _ = try kernel.perform(Array(try Transactions.transaction(network).plan.steps.flatMap(\.actions).prefix(9)))
            #expect(kernel.network.links != network.links)
            guard case .rolledBack = Recovery.goBack(from: checkpoint, because: "killed", in: journal, on: &kernel) else {
                return #expect(Bool(false))
            }
            #expect(kernel.network.links == network.links)
            #expect(try journal.unfinished() == nil)
            #expect(try journal.history().map(\.ending) == [.rolledBack])
            #expect(try journal.history().first?.remarks == ["killed"])
        }
    }

    @Test func `a change of an earlier boot is over`() throws {
        try Transactions.withDirectory { directory in
            let network = try Transactions.host()
            try Self.begin(in: directory, network)
            let journal = Journal(in: directory)
            var checkpoint = try #require(try journal.unfinished())
            checkpoint.bootID = "another"
            var kernel = FaultyKernel(network)
            guard case .nothingToDo = Recovery.goBack(from: checkpoint, because: "killed", in: journal, on: &kernel) else {
                return #expect(Bool(false))
            }
            #expect(kernel.sent == 0)
            #expect(try journal.history().map(\.ending) == [.lost])
        }
    }

    @Test func `a change is confirmed once, in time, and when it is done`() throws {
        try Transactions.withDirectory { directory in
            let network = try Transactions.host()
            let journal = Journal(in: directory)
            #expect(throws: ChangeError.self) { try journal.confirm() }
            var kernel = FaultyKernel(network)
            var isTold = false
            let outcome = try Transactions.transaction(network).carryOut(
                on: &kernel, directory: directory, caution: Caution(settle: 0, confirmWithin: 600),
                arm: { checkpoint throws(ChangeError) in isTold = try journal.confirmation(of: checkpoint)?.isComplete == false })
            #expect(isTold)
            guard case .done(let completion) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(completion.confirmation?.seconds == 600)
            #expect(try journal.unfinished() != nil)
            #expect(try journal.confirm().past.ending == .confirmed)
            #expect(try journal.unfinished() == nil)
            #expect(throws: ChangeError.self) { try journal.confirm() }
        }
        try Transactions.withDirectory { directory in
            try Self.begin(in: directory, try Transactions.host(), confirmWithin: 600)
            // Its process is gone, and it is not done.
            let error = #expect(throws: ChangeError.self) { try Journal(in: directory).confirm() }
            #expect(error?.description.contains("change 1 was cut off") == true && error?.description.contains("`weft recover`") == true)
        }
    }

    @Test func `where nobody can be started who would undo it, nothing is sent and nothing is left`() throws {
        try Transactions.withDirectory { directory in
            let network = try Transactions.host()
            var kernel = FaultyKernel(network)
            #expect(throws: ChangeError.self) {
                try Transactions.transaction(network).carryOut(
                    on: &kernel, directory: directory, caution: Caution(confirmWithin: 5),
                    arm: { _ throws(ChangeError) in throw .guardian(problem: "no") })
            }
            #expect(kernel.sent == 0)
            #expect(try Journal(in: directory).unfinished() == nil)
            #expect(try Journal(in: directory).history().isEmpty)
        }
    }

    @Test func `a damaged ending hides no other change, and none takes its place`() throws {
        try Transactions.withDirectory { directory in
            let journal = Journal(in: directory)
            for _ in 0..<3 {
                var kernel = FaultyKernel(try Transactions.host())
                let transaction = try Transactions.transaction(kernel.network, "version: 1\nbridges: {br9: {ports: [ens4]}}\n")
                _ = try transaction.carryOut(on: &kernel, directory: directory, caution: Caution(settle: 0))
            }
            func damage(_ number: Int) throws { try "{\"number\"".write(toFile: "\(directory.path)/history/\(number).ending", atomically: false, encoding: .utf8) }
            try damage(2)
            var unreadable: [Int] = []
            #expect(try journal.history { number, _ in unreadable.append(number) }.map(\.number) == [1, 3])
            #expect(unreadable == [2])
            try damage(3)
            var kernel = FaultyKernel(try Transactions.host())
            #expect(throws: ChangeError.self) { try Recovery.retryDomains(in: journal, on: &kernel) }
        }
    }

    @Test func `the history is bounded, and its numbers go on`() throws {
        try Transactions.withDirectory { directory in
            let journal = Journal(in: directory)
            for _ in 0..<53 {
                var kernel = FaultyKernel(try Transactions.host())
                let transaction = try Transactions.transaction(kernel.network, "version: 1\nbridges: {br9: {ports: [ens4]}}\n")
                _ = try transaction.carryOut(on: &kernel, directory: directory, caution: Caution(settle: 0))
            }
            #expect(try journal.history().map(\.number) == Array(4...53))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/history").count == 100)
        }
    }

    @Test func `a checkpoint that cannot be understood is told, not passed over`() throws {
        try Transactions.withDirectory { directory in
            try Data("{}".utf8).write(to: URL(filePath: directory.path + "/checkpoint"))
            let error = #expect(throws: ChangeError.self) { try Journal(in: directory).unfinished() }
            #expect(error?.description.contains("is damaged") == true)
        }
    }

    @Test func `what a killed writer left behind goes with the next change`() throws {
        try Transactions.withDirectory { directory in
            try Data("half".utf8).write(to: URL(filePath: directory.path + "/.draft-1f"))
            var kernel = FaultyKernel(try Transactions.host())
            _ = try Transactions.transaction(kernel.network).carryOut(on: &kernel, directory: directory)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["history", "options", "ports"])
        }
    }

    @Test func `a history that is a link is refused`() throws {
        try Transactions.withDirectory { directory in
            let elsewhere = directory.path + "-elsewhere"
            try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(atPath: directory.path + "/history", withDestinationPath: elsewhere)
            var kernel = FaultyKernel(try Transactions.host())
            guard case .done(let completion) = try Transactions.transaction(kernel.network).carryOut(on: &kernel, directory: directory) else {
                return #expect(Bool(false))
            }
            #expect(completion.remarks.contains { $0.contains("is not a directory") }, "\(completion.remarks)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere).isEmpty)
            #expect(try Journal(in: directory).unfinished() == nil)
        }
    }
}
