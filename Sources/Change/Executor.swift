internal import HostNetwork
internal import Netlink
internal import Planner

/// Sends a plan's steps, group by group, each acknowledged before the next.
enum Executor {
    /// Carries out a plan until something fails or a signal asks for an end.
    /// - Parameter remarks: takes what is to be told besides.
    /// - Returns: why it stopped; `nil` where all of it was acknowledged.
    static func carryOut(
        _ plan: Plan, of network: HostNetwork, on kernel: inout some Kernel & ~Copyable, _ signals: borrowing SignalGuard,
        _ progress: (Int, Int) -> Void, _ remarks: inout [String]
    ) -> Transaction.Failure? {
        let portions = plan.chunks.flatMap { Portion.portions(of: $0) }
        let all = portions.reduce(0) { $0 + $1.weight }
        var done = 0
        var isTold = false
        for portion in portions {
            if let signal = signals.pending { return Transaction.Failure(step: nil, problems: ["interrupted by \(signal)"]) }
            progress(done, all)
            do {
                if !isTold, portion.owners.contains(where: { plan.steps[$0].deletesBridge(of: network) }) {
                    isTold = true
                    let problems = kernel.linksStand(&remarks)
                    if !problems.isEmpty { return Transaction.Failure(problems) }
                    let newcomers = try newcomers(to: plan, of: network, on: &kernel)
                    if !newcomers.isEmpty { return Transaction.Failure(newcomers) }
                }
                let failures = try perform(portion.actions, on: &kernel)
                if let first = failures.first(where: { !isOfPortWithoutCarrier($0, in: plan) }) {
                    let step = plan.steps[portion.owners[first.index]]
                    return Transaction.Failure(step: step, problems: [describe(first.error, in: step)])
                }
            } catch {
                return Transaction.Failure(step: nil, problems: [error.description])
            }
            done += portion.weight
        }
        if !isTold {
            // One that came during the last call; a guest's change says by itself that it was interrupted.
            if !portions.isEmpty, let signal = signals.pending { return Transaction.Failure(step: nil, problems: ["interrupted by \(signal)"]) }
            let problems = kernel.linksStand(&remarks)
            if !problems.isEmpty { return Transaction.Failure(problems) }
        }
        progress(done, all)
        return nil
    }

    /// Ports that others have put into bridges since the host was read, and that the plan is about to delete.
    private static func newcomers(to plan: Plan, of network: HostNetwork, on kernel: inout some Kernel & ~Copyable) throws(NetlinkError) -> [String] {
        var going: Set<LinkName> = []
        for step in plan.steps where !step.isRecreation {
            for case .delete(let names) in step.actions { going.formUnion(names.filter { network[$0]?.kind == .bridge }) }
        }
        guard !going.isEmpty else { return [] }
        return try kernel.snapshot().sortedLinks { link in link.master.map { going.contains($0) && network[link.name]?.master != $0 } ?? false }.map { link in
            "\(link.name) has become, and not by weft, a port of \(link.master?.text ?? ""), which was about to be deleted"
        }
    }

    /// Sends actions, and what the kernel module held back behind a failure that is none.
    /// - Returns: real failures, the first one in front, with their places in the whole list.
    static func perform(_ actions: [Action], on kernel: inout some Kernel & ~Copyable) throws(NetlinkError) -> [ActionFailure] {
        var places = Array(actions.indices)
        while true {
            let failures = try kernel.perform(places.map { actions[$0] }).map { failure in
                ActionFailure(index: places[failure.index], action: failure.action, error: failure.error)
            }
            let real = failures.filter { !$0.isAlreadySo && $0.error.kind != .notSent }
            let held = failures.filter { $0.error.kind == .notSent }
            if !real.isEmpty || held.isEmpty { return real + (real.isEmpty ? [] : held) }
            if held.count == places.count { return held }
            places = held.map(\.index)
        }
    }

    /// Sends actions, each whatever has become of those before it: on the way back all that can be put back is.
    /// - Returns: the failures, in the order of the actions.
    static func performEach(_ actions: [Action], on kernel: inout some Kernel & ~Copyable) throws(NetlinkError) -> [ActionFailure] {
        var failures: [ActionFailure] = []
        var rest = Array(actions.indices)
        while !rest.isEmpty {
            let found = try perform(rest.map { actions[$0] }, on: &kernel).map { ActionFailure(index: rest[$0.index], action: $0.action, error: $0.error) }
            let held = found.filter { $0.error.kind == .notSent }
            failures += held.count == rest.count ? held : found.filter { $0.error.kind != .notSent }
            rest = held.count == rest.count ? [] : held.map(\.index)
        }
        return failures
    }

    /// Whether a port that has just entered its bond could not be made the active one: its carrier comes after seconds, and the
    /// next plan says so.
    private static func isOfPortWithoutCarrier(_ failure: ActionFailure, in plan: Plan) -> Bool {
        guard failure.error.code == .invalidArgument, case .change(let link) = failure.action, let port = link.activePort,
            link.options.entries.count == 1
        else { return false }
        return plan.enters(port, link.name)
    }

    private static func describe(_ error: NetlinkError, in step: Step) -> String {
        guard let origin = step.origin else { return error.description }
        return "\(error.description) (\(origin))"
    }
}

extension ActionFailure {
    /// Whether what was to be taken away is gone already: the kernel itself drops routes with their address, and both with their
    /// link. What should be there is read back in any case.
    fileprivate var isAlreadySo: Bool {
        switch action {
        case .removeRoute: error.code == .noSuchRoute
        case .removeAddress: error.code == .addressNotAvailable || error.code == .notConfigured
        case .removeRule, .forget: error.code == .noEntry
        case .create, .change, .delete, .setVLANs, .removeVLANs, .addName, .removeName, .addAddress, .addRoute, .replaceRoute, .addRule, .restore, .service: false
        }
    }
}

/// A part of a chunk that is sent without looking up: short enough that an interruption is heard within a second or two.
private struct Portion {
    var actions: [Action] = []
    /// The place of the step that each action belongs to among the plan's, so that a failure names its line of the file.
    var owners: [Int] = []

    /// As many as the netlink module deletes at once.
    static let mostDeletions = 64
    static let mostActions = 256

    /// How much work it is, in links and the like.
    var weight: Int {
        actions.reduce(0) { sum, action in
            if case .delete(let names) = action { sum + names.count } else { sum + 1 }
        }
    }

    static func portions(of chunk: ArraySlice<Step>) -> [Portion] {
        var portions: [Portion] = []
        var open = Portion()
        func close() {
            if !open.actions.isEmpty { portions.append(open) }
            open = Portion()
        }
        for place in chunk.indices {
            for action in chunk[place].actions {
                if case .delete(let names) = action, names.count > mostDeletions {
                    close()
                    for start in stride(from: 0, to: names.count, by: mostDeletions) {
                        let some = Array(names[start..<min(start + mostDeletions, names.count)])
                        portions.append(Portion(actions: [.delete(some)], owners: [place]))
                    }
                    continue
                }
                open.actions.append(action)
                open.owners.append(place)
            }
            // Between two steps, never within one: the messages of a step belong together.
            if open.actions.count >= mostActions { close() }
        }
        close()
        return portions
    }
}

extension Step {
    /// Whether a bridge goes for good by it, so that whatever hangs on that has to have left.
    fileprivate func deletesBridge(of network: HostNetwork) -> Bool {
        verb == .delete && !isRecreation && subjects.contains { network[$0]?.kind == .bridge }
    }
}
