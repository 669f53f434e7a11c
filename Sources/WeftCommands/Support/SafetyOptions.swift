internal import ArgumentParser
internal import Change
internal import HostNetwork
internal import Netlink

/// What to do while another weft is at work.
struct WaitOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Wait this long for another weft that is at work, such as 30s.", valueName: "time"))
    var wait: Seconds = Seconds(count: 0)
}

/// How careful a change is, and what becomes of it without a word.
struct SafetyOptions: ParsableArguments {
    @OptionGroup var patience: WaitOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Wait at most this long for carriers, spanning trees, LACP partners and IPv6 addresses after the change; 0 asks for none of them. By default "
                + "10s, with a spanning tree twice its forward delay more, with LACP 40s.", valueName: "time"))
    var settle: Seconds?

    @Flag(name: .long, help: "Keep the change although a port has lost its carrier, does not forward, or has lost its LACP partner, or somebody else has an IPv6 address.")
    var acceptDegraded = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Undo the change unless `weft confirm` comes within this time, such as 120s: even if this program, the terminal or the "
                + "connection is gone by then.", valueName: "time"))
    var confirmWithin: Seconds?

    @Flag(name: .long, help: "With --confirm-within: do not wait for the confirmation here.")
    var detach = false

    @Option(
        name: .customLong("probe"), parsing: .singleValue,
        help: ArgumentHelp(
            "What must answer after the change if it answered before: gateway, ping:ADDRESS, tcp:HOST:PORT or arp:ADDRESS. May be repeated.",
            valueName: "probe"), transform: { try Probe($0) })
    var probes: [Probe] = []

    func validate() throws {
        if detach, confirmWithin == nil { throw ValidationError("--detach goes with --confirm-within.") }
        if let confirmWithin, confirmWithin.count < 1 { throw ValidationError("--confirm-within takes a time of a second at least.") }
    }

    /// What these options ask for, and the file's probes besides.
    func caution(probes more: [Probe], in namespace: NetworkNamespace) -> Caution {
        var caution = Caution(settle: settle?.count, acceptsDegraded: acceptDegraded, confirmWithin: confirmWithin?.count)
        caution.probes = more + probes.filter { !more.contains($0) }
        let prober = Prober(caution.probes, in: namespace)
        caution.isAnswered = { prober.isAnswered($0, in: $1, within: 1000) }
        return caution
    }
}

/// A time in whole seconds, written `90`, `90s`, `2m` or `1h`.
struct Seconds: ExpressibleByArgument, Hashable {
    let count: Int

    init(count: Int) { self.count = count }

    init?(argument: String) {
        let units = ["s": 1, "m": 60, "h": 3600]
        let factor = argument.last.flatMap { units[String($0)] }
        let digits = factor == nil ? argument[...] : argument.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(digits), number <= 86_400 else { return nil }
        count = number * (factor ?? 1)
    }

    var defaultValueDescription: String { "\(count)s" }
}
