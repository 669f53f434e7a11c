public import HostNetwork

/// Reads and changes what services of the host's keep about links, beside what the kernel does. ``KernelConnection`` asks it where
/// it was given one, so that a change of both is one change.
public protocol LinkServiceControl: Sendable {
    /// Adds to a network that was read what the services keep about its links.
    func read(into network: inout HostNetwork)
    /// Carries out an action.
    /// - Parameter index: the link's index, if it exists.
    /// - Returns: why it was not carried out; `nil` where it was.
    func perform(_ action: ServiceAction, index: Int32?) -> String?
}

extension KernelConnection {
    /// Carries out actions of which some are services': in their order, up to the first that fails.
    mutating func performWithServices(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure] {
        var failures: [ActionFailure] = []
        var next = 0
        while next < actions.count, failures.isEmpty {
            guard case .service(let action) = actions[next] else {
                let end = actions[next...].firstIndex { if case .service = $0 { true } else { false } } ?? actions.count
                failures = try performMessages(Array(actions[next..<end])).map { ActionFailure(index: $0.index + next, action: $0.action, error: $0.error) }
                next = end
                continue
            }
            let problem = services.map { $0.perform(action, index: links[action.link]?.index) } ?? "no service of the host's is asked here"
            if let problem { failures = [ActionFailure(index: next, action: actions[next], error: NetlinkError(action.attempt, .refused, .canceled, detail: problem))] }
            next += 1
        }
        guard !failures.isEmpty else { return [] }
        return failures + actions.indices.dropFirst(next).map { place in
            ActionFailure(
                index: place, action: actions[place],
                error: NetlinkError(actions[place].attempt, .notSent, .canceled, detail: "not tried, because something before it failed"))
        }
    }
}
