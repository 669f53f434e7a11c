import Change
import Foundation
import HostNetwork
import Testing

/// What `--persist` leaves for the boots to come, at each ending and where there is none.
@Suite struct `What is left for the boots to come` {
    private struct Place {
        let journal: StateDirectory
        let persistence: Persistence

        var installed: String? { try? String(contentsOfFile: persistence.installedIn + "/topology.yaml", encoding: .utf8) }
        var kept: String { persistence.keptIn + "/checkpoint" }
        var isKept: Bool { FileManager.default.fileExists(atPath: kept) }

        /// Carries a change out; `watching` is called before the first message.
        func change(_ kernel: inout FaultyKernel, confirmWithin: Int? = nil, watching: () -> Void = {}) throws -> Transaction.Outcome {
            let transaction = try Transactions.transaction(kernel.network)
            return try Transaction(request: transaction.request, plan: transaction.plan, persistence: persistence).carryOut(
                on: &kernel, directory: journal, caution: Caution(settle: 0, confirmWithin: confirmWithin),
                progress: { done, _ in if done == 0 { watching() } })
        }

        /// As ``Journal/finishKept(in:)`` finds it in another boot: with a kept checkpoint that does not bear this one's number.
        func startAnew() throws {
            let text = try String(contentsOfFile: kept, encoding: .utf8)
            let number = try #require(text.firstRange(of: "\"boot_id\":\""))
            let rest = text[number.upperBound...].drop { $0 != "\"" }
            try (text[..<number.upperBound] + "another" + rest).write(toFile: kept, atomically: false, encoding: .utf8)
            // What was in memory is gone.
            try FileManager.default.removeItem(atPath: journal.path)
            try FileManager.default.createDirectory(
                atPath: journal.path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        }
    }

    private func inPlace(_ test: (Place) throws -> Void) throws {
        try Transactions.withDirectory { directory in
            let root = URL(filePath: directory.path).deletingLastPathComponent().path()
            let persistence = Persistence(topology: "new\n", installedIn: root + "/etc", keptIn: root + "/lib")
            try persistence.prepare()
            try InstalledTopology(directory: persistence.installedIn).install("old\n")
            try test(Place(journal: directory, persistence: persistence))
        }
    }

    @Test func `the checkpoint is kept before the first message, for root alone, and goes when the topology is installed`() throws {
        try inPlace { place in
            var kernel = FaultyKernel(try Transactions.host())
            var seen = 0
            _ = try place.change(&kernel) {
                seen += 1
                #expect((try? `The journal of changes`.mode(place.kept)) == 0o600)
                #expect(place.installed == "old\n")
            }
            #expect(seen == 1)
            #expect(place.installed == "new\n")
            #expect(!place.isKept)
            #expect(try Journal(in: place.journal).finishKept(in: place.persistence.keptIn).lost == nil)
        }
    }

    @Test func `a change that failed installs nothing`() throws {
        try inPlace { place in
            var kernel = FaultyKernel(try Transactions.host())
            kernel.failing = 4
            guard case .rolledBack = try place.change(&kernel) else { return #expect(Bool(false)) }
            #expect(place.installed == "old\n")
            #expect(!place.isKept)
        }
    }

    @Test func `a change that waits is installed by whoever confirms it`() throws {
        try inPlace { place in
            var kernel = FaultyKernel(try Transactions.host())
            _ = try place.change(&kernel, confirmWithin: 600)
            #expect(place.installed == "old\n" && place.isKept)
            let journal = Journal(in: place.journal)
            #expect(try journal.finishKept(in: place.persistence.keptIn).lost == nil)
            #expect(place.isKept)
            #expect(try journal.confirm().problems == [])
            #expect(place.installed == "new\n" && !place.isKept)
        }
    }

    @Test func `a confirmed change that cannot be installed is said to wait for that, until it is done`() throws {
        try inPlace { place in
            var kernel = FaultyKernel(try Transactions.host())
            _ = try place.change(&kernel, confirmWithin: 600)
            let (etc, aside) = (place.persistence.installedIn, place.persistence.installedIn + ".aside")
            try FileManager.default.moveItem(atPath: etc, toPath: aside)
            try Data().write(to: URL(filePath: etc))
            let journal = Journal(in: place.journal)
            #expect(!journal.awaitsInstallation(keptIn: place.persistence.keptIn))
            let problems = try journal.confirm().problems
            #expect(problems.count == 1 && problems[0].hasPrefix("the boots to come are not provided for: "), "\(problems)")
            #expect(journal.awaitsInstallation(keptIn: place.persistence.keptIn))
            try FileManager.default.removeItem(atPath: etc)
            try FileManager.default.moveItem(atPath: aside, toPath: etc)
            #expect(try journal.finishKept(in: place.persistence.keptIn).problem == nil)
            #expect(place.installed == "new\n" && !journal.awaitsInstallation(keptIn: place.persistence.keptIn))
        }
    }

    @Test func `a directory of kept checkpoints that others can write in is not passed over in silence`() throws {
        try inPlace { place in
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: place.persistence.keptIn)
            #expect(try Journal(in: place.journal).finishKept(in: place.persistence.keptIn).problem?.contains("can be written by others: what a change") == true)
            try FileManager.default.removeItem(atPath: place.persistence.keptIn)
            #expect(try Journal(in: place.journal).finishKept(in: place.persistence.keptIn).problem == nil)
        }
    }

    @Test func `a change that a boot has cut off is in the history as lost, and is not installed`() throws {
        try inPlace { place in
            var kernel = FaultyKernel(try Transactions.host())
            _ = try place.change(&kernel, confirmWithin: 600)
            try place.startAnew()
            let journal = Journal(in: place.journal)
            let lost = try #require(try journal.finishKept(in: place.persistence.keptIn).lost)
            #expect(lost.ending == .lost && lost.number == 1)
            #expect(lost.remarks.first?.contains("started anew") == true)
            #expect(place.installed == "old\n" && !place.isKept)
            #expect(try journal.unfinished() == nil)
            #expect(try journal.history().map(\.ending) == [.lost])
            #expect(try journal.checkpoint(of: 1)?.network.links == Transactions.host().links)
            #expect(try journal.finishKept(in: place.persistence.keptIn).lost == nil)
        }
    }

    @Test func `a change that was killed between its ending and its installation is installed by the next weft`() throws {
        try inPlace { place in
            var kernel = FaultyKernel(try Transactions.host())
            var kept: Data?
            _ = try place.change(&kernel) { kept = FileManager.default.contents(atPath: place.kept) }
            try InstalledTopology(directory: place.persistence.installedIn).install("old\n")
            try #require(kept).write(to: URL(filePath: place.kept))
            #expect(try Journal(in: place.journal).finishKept(in: place.persistence.keptIn).lost == nil)
            #expect(place.installed == "new\n" && !place.isKept)
        }
    }

    @Test func `a kept checkpoint that cannot be read is put aside, and holds up no boot`() throws {
        try inPlace { place in
            try "{".write(toFile: place.kept, atomically: false, encoding: .utf8)
            let ending = try Journal(in: place.journal).finishKept(in: place.persistence.keptIn)
            #expect(ending.lost == nil && ending.problem?.contains("is put aside as checkpoint.unreadable: which change it kept") == true)
            #expect(!place.isKept && FileManager.default.fileExists(atPath: place.kept + ".unreadable"))
        }
    }

    @Test func `what cannot be cleared away any more is told, once in the history, and holds up no boot`() throws {
        try inPlace { place in
            var kernel = FaultyKernel(try Transactions.host())
            _ = try place.change(&kernel, confirmWithin: 600)
            try place.startAnew()
            // A directory in the checkpoint's place can be neither read, nor put aside over another, nor removed as a file.
            let text = try String(contentsOfFile: place.kept, encoding: .utf8)
            try FileManager.default.removeItem(atPath: place.kept)
            try FileManager.default.createDirectory(atPath: place.kept, withIntermediateDirectories: false)
            try FileManager.default.createDirectory(atPath: place.kept + ".unreadable/full", withIntermediateDirectories: true)
            let journal = Journal(in: place.journal)
            let stuck = try journal.finishKept(in: place.persistence.keptIn)
            #expect(stuck.lost == nil && stuck.problem?.contains("cannot be put aside: ") == true)
            try FileManager.default.removeItem(atPath: place.kept)
            // One that stays, as on a file system that has become read-only, is in the history once.
            for isFirst in [true, false] {
                try text.write(toFile: place.kept, atomically: false, encoding: .utf8)
                #expect(try (journal.finishKept(in: place.persistence.keptIn).lost != nil) == isFirst)
            }
            #expect(try journal.history().map(\.ending) == [.lost])
        }
    }

    @Test func `an installation that fails is told, and the change stands`() throws {
        try inPlace { place in
            var kernel = FaultyKernel(try Transactions.host())
            let outcome = try place.change(&kernel) {
                // Somebody has it writable for all meanwhile.
                try? FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: place.persistence.installedIn)
            }
            guard case .done(let completion) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(completion.remarks.contains { $0.contains("the boots to come") }, "\(completion.remarks)")
            #expect(place.isKept)
        }
    }
}
