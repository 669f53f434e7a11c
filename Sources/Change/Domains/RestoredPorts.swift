public import HostNetwork
internal import Planner

/// What became of guests' taps that lost their bridge in a change, or had lost it before: whether they are back, and for how long they
/// were without.
public struct RestoredPorts: Hashable, Sendable {
    /// How many there were; those whose guest has ended meanwhile do not count.
    public let total: Int
    /// The taps that are not where they belong.
    public let missing: [LinkName]
    /// The longest time that one of those which are back was without a bridge; `nil` where that was not measured, as of a loss before the change.
    public let longestGap: Duration?

    /// How many are back.
    public var count: Int { total - missing.count }

    /// The gap in whole milliseconds, rounded up.
    public var gapMilliseconds: Int? { longestGap.map { Int(($0 / .milliseconds(1)).rounded(.up)) } }

    /// `12 of 12 VM ports restored, longest gap 3 ms`
    public var sentence: String {
        // Of those that are back; the others' lasts.
        let gap = gapMilliseconds.flatMap { count > 0 ? $0 : nil }.map { ", longest gap \($0) ms" } ?? ""
        let lacking = missing.isEmpty ? "" : "; without their bridge: \(missing.map(\.text).joined(separator: ", "))"
        return "\(count) of \(total) VM port\(total == 1 ? "" : "s") restored\(gap)\(lacking)"
    }

    /// Looks at the taps after a change.
    /// - Parameters:
    ///   - gaps: what was heard meanwhile, if it was.
    ///   - before: the network before the change.
    ///   - after: the network now.
    ///   - masters: where taps belong that the change puts elsewhere than they were, or back; `nil` for anywhere.
    /// - Returns: `nil` where no tap has lost its bridge.
    init?(_ gaps: [LinkName: PortWatch.Gap]?, before: HostNetwork, after: HostNetwork, masters: [LinkName: LinkName?]) {
        var total = 0
        var missing: [LinkName] = []
        var longest: Duration?
        for was in before.sortedLinks where was.kind == .other("tun") {
            let heard = gaps?[was.name]
            let isStray = was.master == nil && masters[was.name] != nil
            guard let now = after[was.name], isStray || was.master != nil && (heard != nil || now.master == nil) else { continue }
            total += 1
            let isThere = if case .some(nil) = masters[was.name] { now.master != nil } else { now.master == masters[was.name] ?? was.master }
            if !isThere { missing.append(was.name) }
            if isThere, let gap = heard?.longest, was.master != nil { longest = max(longest ?? .zero, gap) }
        }
        guard total > 0 else { return nil }
        self.total = total
        self.missing = missing
        longestGap = longest
    }
}

extension Plan {
    /// Where taps of a network end up that the plan itself puts into a bridge.
    func tapMasters(in network: HostNetwork) -> [LinkName: LinkName?] {
        var masters: [LinkName: LinkName?] = [:]
        for step in steps {
            for case .change(let link) in step.actions {
                guard network[link.name]?.kind == .other("tun"), let attachment = link.attachment else { continue }
                masters[link.name] = .some(attachment.master)
            }
        }
        return masters
    }

    /// Whether a tap may lose its bridge or get one in the plan.
    func concernsTaps(_ request: PlanRequest) -> Bool {
        !request.movedByDomains.isEmpty || !disturbedTaps.isEmpty
            || steps.contains { $0.subjects.contains { request.actual[$0]?.kind == .other("tun") } }
    }
}
