internal import HostNetwork
internal import Netlink

/// The questions that gate a change: what answered before it has to answer after it.
struct Probing {
    /// Those that answered before.
    private let required: [Probe]
    private let caution: Caution
    /// What is to be told of the others.
    let remarks: [String]

    /// Asks every probe before the change, twice if need be: an ARP entry may just be in the making.
    init(_ caution: Caution, before: HostNetwork) {
        self.caution = caution
        required = caution.probes.filter { probe in caution.isAnswered(probe, before) || caution.isAnswered(probe, before) }
        let silent = caution.probes.filter { [required] probe in !required.contains(probe) }
        remarks = silent.map { "the probe \($0) had no answer before the change, and was not asked after it" }
    }

    /// Whether there is nothing to ask.
    var isEmpty: Bool { required.isEmpty }

    /// Asks again and again until every one has answered or the time is up.
    /// - Returns: a sentence for each that did not answer.
    func ask(
        on kernel: inout some Kernel & ~Copyable, limit: Int, _ signals: borrowing SignalGuard, _ waiting: ([String], Int) -> Void
    ) throws(NetlinkError) -> [String] {
        let begin = Clock.sinceBoot
        let limit = caution.settle.map { max($0, 1) } ?? limit
        var silent = required
        while true {
            let network = try kernel.snapshot(vlanTables: false)
            silent.removeAll { caution.isAnswered($0, network) }
            if silent.isEmpty { return [] }
            if let signal = signals.pending { return ["interrupted by \(signal)"] }
            if Clock.sinceBoot - begin >= limit {
                return silent.map { "the probe \($0) had an answer before the change, and has none after it (asked for \(limit) s)" }
            }
            waiting(silent.map { "\($0) to answer" }, limit)
            Clock.sleep(milliseconds: 200)
        }
    }
}
