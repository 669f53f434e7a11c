/// How long the phases of a command took (`--timing`), as part of a document and as text.
public struct TimingDocument: Codable, Hashable, Sendable {
    /// One phase.
    public struct Phase: Codable, Hashable, Sendable {
        /// What is done in a phase, in the order of a whole change.
        public enum Name: String, Codable, Hashable, Sendable, CaseIterable {
            /// Loading the program and reading its arguments, in processor time.
            case start
            /// Reading and checking the topology file.
            case file
            /// Reading the kernel's network.
            case read
            /// Planning.
            case plan
            /// Printing the plan.
            case show
            /// Sending the plan to the kernel, which carries it out.
            case execute
            /// Reading the network again and comparing it; after a failure, also putting everything back.
            case verify
        }

        /// Which phase it is.
        public let phase: Name
        /// How long it took, in milliseconds.
        public let milliseconds: Double
    }

    /// The phases that there were, in order.
    public let phases: [Phase]
    /// The whole command in milliseconds, with what belongs to no phase.
    public let milliseconds: Double
    /// How many messages were sent to the kernel, those that ask included.
    public var messages = 0
    /// How many of them were to change something.
    public var writes = 0
    /// How many system calls sent them.
    public var sends = 0

    /// Puts durations into order.
    public init(phases: [(phase: Phase.Name, duration: Duration)], all: Duration) {
        self.phases = Phase.Name.allCases.compactMap { name in
            phases.first { $0.phase == name }.map { Phase(phase: name, milliseconds: Self.milliseconds($0.duration)) }
        }
        milliseconds = Self.milliseconds(all)
    }

    /// A line a phase, one for all, and one for what was sent.
    public var text: String {
        let rows = phases.map { ($0.phase.rawValue, $0.milliseconds) } + [("all", milliseconds)]
        let lines = rows.map { name, time in
            let number = Self.decimal(time)
            return name + String(repeating: " ", count: max(1, 20 - name.count - number.count)) + number + " ms"
        }
        return (lines + ["sent \(messages) messages in \(sends) calls, \(writes) of them to change something"]).joined(separator: "\n")
    }

    /// To the microsecond.
    private static func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return (Double(seconds) * 1_000_000 + Double(attoseconds / 1_000_000_000_000)) / 1000
    }

    /// With three places, as Foundation's formats would cost a library at every start.
    private static func decimal(_ milliseconds: Double) -> String {
        let thousandths = Int((milliseconds * 1000).rounded())
        let fraction = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
