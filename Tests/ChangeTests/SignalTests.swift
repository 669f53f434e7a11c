import Change
import Foundation
import HostNetwork
import Planner
import Testing

/// Signals go to one thread here, the one that carries the change out. One at a time: whether a signal is ignored belongs to the whole process.
@Suite(.serialized) struct `Signals during a change` {
    /// Carries a change out, and is sent a signal after its third message, with many still to come.
    static func outcome(of signal: Int32) throws -> (outcome: Transaction.Outcome, after: HostNetwork) {
        try Transactions.withDirectory { directory in
            var kernel = FaultyKernel(try Transactions.host())
            kernel.intrusion = (3, { _ in raise(signal) })
            let outcome = try Transactions.transaction(kernel.network).carryOut(on: &kernel, directory: directory)
            return (outcome, kernel.network)
        }
    }

    @Test(arguments: [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"), (SIGQUIT, "SIGQUIT")])
    func `a signal that asks for an end undoes the change`(_ number: Int32, _ name: String) throws {
        // Whoever runs the tests, under `nohup` perhaps, may have it ignored.
        let former = signal(number, SIG_DFL)
        defer { signal(number, former) }
        let (outcome, after) = try Self.outcome(of: number)
        guard case .rolledBack(let failure) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(failure.description == "interrupted by \(name)")
        #expect(after.links == (try Transactions.host().links))
    }

    @Test func `a signal is heeded in the middle of a group of thousands`() throws {
        try Transactions.withDirectory { directory in
            var kernel = FaultyKernel(try Transactions.host())
            kernel.intrusion = (100, { _ in raise(SIGTERM) })
            let yaml = "version: 1\nbonds: {bond0: {ports: [ens2], mode: 4, miimon: 100}}\ntrunks: {bond0: {vlans: [1-1000]}}\n"
            let transaction = try Transactions.transaction(kernel.network, yaml)
            #expect(transaction.plan.chunks.count == 1)
            let outcome = try transaction.carryOut(on: &kernel, directory: directory)
            guard case .rolledBack = outcome else { return #expect(Bool(false), "\(outcome)") }
            let created = kernel.log.count { if case .create = $0 { true } else { false } }
            #expect(created < 500)
            #expect(kernel.network.links == (try Transactions.host().links))
        }
    }

    @Test func `a signal during the only call of a plan undoes it too`() throws {
        let former = signal(SIGINT, SIG_DFL)
        defer { signal(SIGINT, former) }
        try Transactions.withDirectory { directory in
            var kernel = FaultyKernel(try Transactions.host())
            kernel.intrusion = (1, { _ in raise(SIGINT) })
            let transaction = try Transactions.transaction(kernel.network, "version: 1\nbridges: {br9: {}}\n")
            #expect(transaction.plan.steps.count == 1)
            let outcome = try transaction.carryOut(on: &kernel, directory: directory)
            guard case .rolledBack(let failure) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(failure.description == "interrupted by SIGINT")
            #expect(kernel.network.links == (try Transactions.host().links))
        }
    }

    @Test func `under nohup a terminal that goes away disturbs nothing`() throws {
        let former = signal(SIGHUP, SIG_IGN)
        defer {
            // Ignoring it once more takes off the one that waits.
            signal(SIGHUP, SIG_IGN)
            signal(SIGHUP, former)
        }
        let (outcome, _) = try Self.outcome(of: SIGHUP)
        guard case .done = outcome else { return #expect(Bool(false), "\(outcome)") }
    }

    @Test func `a reader of the output that goes away disturbs nothing`() throws {
        let (outcome, _) = try Self.outcome(of: SIGPIPE)
        guard case .done = outcome else { return #expect(Bool(false), "\(outcome)") }
    }
}
