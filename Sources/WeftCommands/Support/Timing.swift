internal import Glibc
internal import Netlink
internal import Report

/// How long each phase of a command took, for `--timing`.
///
/// A phase that is gone through twice (the network is read again after a question) counts both times. What is between two
/// phases, the user's thinking before all, counts in none.
final class Timing {
    private let begin = ContinuousClock.now
    private var phases: [(phase: TimingDocument.Phase.Name, duration: Duration)] = []

    /// Whether anybody wants to know.
    private let isAsked: Bool
    private let isPrintedApart: Bool

    /// - Parameters:
    ///   - options: whether anybody wants to know; `nil` for nobody.
    ///   - output: where it is told.
    init(_ options: TimingOptions? = nil, _ output: OutputOptions? = nil) {
        isAsked = options?.timing ?? false
        isPrintedApart = isAsked && output?.json == false
        // Loading the program and its libraries, for which no clock was there yet: the processor's time tells.
        var used = timespec()
        if clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 {
            phases.append((.start, .seconds(used.tv_sec) + .nanoseconds(used.tv_nsec)))
        }
    }

    /// Runs a part of the command, and counts its time.
    func measure<Result: ~Copyable>(_ phase: TimingDocument.Phase.Name, _ body: () throws -> Result) rethrows -> Result {
        let start = ContinuousClock.now
        defer { add(phase, ContinuousClock.now - start) }
        return try body()
    }

    /// Two phases of which the first one's end is known only within a call that goes through both.
    struct Clock {
        fileprivate let timing: Timing
        fileprivate var phase: TimingDocument.Phase.Name
        fileprivate var start = ContinuousClock.now

        /// Ends the phase at work, and begins another.
        mutating func next(_ phase: TimingDocument.Phase.Name) {
            stop()
            self.phase = phase
            start = ContinuousClock.now
        }

        /// Ends the phase at work.
        func stop() { timing.add(phase, ContinuousClock.now - start) }
    }

    /// Begins a phase that ``Clock/next(_:)`` or ``Clock/stop()`` ends.
    func clock(from phase: TimingDocument.Phase.Name) -> Clock { Clock(timing: self, phase: phase) }

    private func add(_ phase: TimingDocument.Phase.Name, _ duration: Duration) {
        if let place = phases.firstIndex(where: { $0.phase == phase }) {
            phases[place].duration += duration
        } else {
            phases.append((phase, duration))
        }
    }

    /// What the command's connection to the kernel has done so far.
    var traffic: Statistics?

    /// What was measured so far.
    private var document: TimingDocument {
        let start = phases.first { $0.phase == .start }?.duration ?? .zero
        var document = TimingDocument(phases: phases, all: start + (ContinuousClock.now - begin))
        document.messages = traffic?.messagesSent ?? 0
        document.writes = traffic?.writeMessages ?? 0
        document.sends = traffic?.sendCalls ?? 0
        return document
    }

    /// What a JSON document is to hold of it: nothing unless it was asked for.
    var asked: TimingDocument? { isAsked ? document : nil }

    /// Prints the phases to standard error, a line each, where they were asked for and no JSON document holds them.
    func print() {
        if isPrintedApart { Terminal.complain("\n" + document.text) }
    }
}
