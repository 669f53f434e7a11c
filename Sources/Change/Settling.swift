internal import HostNetwork
internal import Netlink
internal import Planner

/// Waiting until a host that was changed carries traffic again: carriers, spanning trees, LACP, IPv6 addresses.
///
/// Asked of the links that the plan touches, and of those whose master it touches: what else comes and goes is not its doing.
struct Settling {
    let before: HostNetwork
    let expected: HostNetwork
    let plan: Plan
    let caution: Caution

    /// What the waiting came to.
    struct Result {
        var network: HostNetwork
        /// What fails the change.
        var problems: [String] = []
        /// What is only to be told.
        var remarks: [String] = []
        /// The signal that ended the waiting.
        var signal: String?
    }

    /// Something that is not there yet.
    private struct Lack {
        /// What it means for the change, from the mildest to the worst.
        enum Gravity {
            /// It was not there before either: waited for only briefly, and told.
            case absence
            /// It is on its way: waited for, and told if it does not come.
            case delay
            /// It was there before, or cannot be done without: waited for, and fails the change.
            case loss
            /// No waiting mends it: fails the change at once.
            case fault
        }

        let text: String
        let gravity: Gravity

        var fails: Bool { gravity == .loss || gravity == .fault }
    }

    /// How long a partner is waited for that was not there before either, in seconds: LACP's fast exchange at the start.
    private static let briefWait = 5

    /// Reads the network until nothing is lacking or the time is up.
    func wait(
        on kernel: inout some Kernel & ~Copyable, _ signals: borrowing SignalGuard, _ waiting: ([String], Int) -> Void
    ) throws(NetlinkError) -> Result {
        let limit = caution.settle ?? usualLimit
        let begin = Clock.sinceBoot
        let vlanTables = !before.bridgeVLANs.isEmpty || plan.changesVLANTables
        while true {
            let network = try kernel.snapshot(vlanTables: vlanTables)
            guard limit > 0 else { return Result(network: network) }
            let lacks = lacks(in: network)
            let passed = Int(Clock.sinceBoot - begin)
            let awaited = lacks.filter { $0.gravity != .fault }
            let isOver = passed >= (awaited.contains { $0.gravity != .absence } ? limit : min(limit, Self.briefWait))
            let hasFailed = awaited.count < lacks.count && !caution.acceptsDegraded
            if awaited.isEmpty || isOver || hasFailed {
                var result = Result(network: network)
                for lack in lacks {
                    if lack.gravity == .fault, !caution.acceptsDegraded {
                        result.problems.append(lack.text)
                    } else if lack.fails, !caution.acceptsDegraded {
                        result.problems.append("\(lack.text) (waited \(limit) s)")
                    } else {
                        result.remarks.append(lack.text)
                    }
                }
                return result
            }
            if let signal = signals.pending { return Result(network: network, signal: signal) }
            waiting(lacks.map(\.text), limit)
            Clock.sleep(milliseconds: 200)
        }
    }

    private var touched: Set<LinkName> {
        var touched: Set<LinkName> = []
        for step in plan.steps { touched.formUnion(step.subjects) }
        return touched
    }

    /// Links that count: touched, or with a touched master. In no order.
    private func counted(_ network: HostNetwork) -> [Link] {
        let touched = touched
        return network.links.values.filter { touched.contains($0.name) || $0.master.map { touched.contains($0) } ?? false }
    }

    /// As many seconds as carriers, spanning trees and LACP take by their own timers.
    var usualLimit: Int {
        var limit = 10
        for link in counted(expected) {
            if let bridge = link.master.flatMap({ expected[$0] }), bridge.options.number(.stpState) ?? 0 > 0 {
                let delay = Int(bridge.options.number(.forwardDelay) ?? 1500) / 100
                limit = max(limit, 2 * delay + 10)
            }
            if link.bondMode == .ieee8023ad, before[link.name]?.lacpPartner != nil { limit = max(limit, 40) }
        }
        return limit
    }

    private func lacks(in now: HostNetwork) -> [Lack] {
        let lacks = counted(now).flatMap { link -> [(LinkName, Lack)] in
            guard link.isUp == true else { return [] }
            return [carrier(link), forwarding(link, now), partner(link, now)].compactMap { lack in lack.map { (link.name, $0) } }
        }
        let unused = addressed.union(touched).compactMap { now[$0] }.flatMap { link in addresses(link).map { (link.name, $0) } }
        return [lacks, unused].flatMap { $0.sorted { $0.0 < $1.0 }.map(\.1) }
    }

    /// Links that get addresses, be it those that they had.
    private var addressed: Set<LinkName> {
        // No list of all actions, which would be a quarter of a large change's memory.
        var addressed: Set<LinkName> = []
        for step in plan.steps {
            for case .addAddress(_, let name) in step.actions { addressed.insert(name) }
        }
        return addressed
    }

    private func carrier(_ link: Link) -> Lack? {
        // A guest's tap has a carrier while the guest runs; and what lies on others has theirs.
        guard !link.kind.isManaged, link.kind != .other("tun"), before[link.name]?.hasCarrier == true, link.hasCarrier == false else { return nil }
        return Lack(text: "\(link.name) had a carrier, and has none", gravity: .loss)
    }

    private func forwarding(_ link: Link, _ now: HostNetwork) -> Lack? {
        guard let bridge = link.master.flatMap({ now[$0] }), bridge.kind == .bridge, bridge.isUp == true, link.hasCarrier == true,
            let state = link.portState, state != "forwarding", link.kind != .other("tun")
        else { return nil }
        // That a spanning tree blocks a port for good is what it is for.
        let isOnItsWay = state == "listening" || state == "learning"
        return Lack(text: "\(link.name) does not forward in \(bridge.name): it is \(state)", gravity: isOnItsWay ? .loss : .absence)
    }

    private func partner(_ link: Link, _ now: HostNetwork) -> Lack? {
        guard link.bondMode == .ieee8023ad, link.lacpPartner == nil else { return nil }
        if before[link.name]?.lacpPartner != nil { return Lack(text: "\(link.name) had an LACP partner, and has none", gravity: .loss) }
        // A dummy has nobody to talk to.
        guard now.ports(of: link.name).contains(where: { $0.kind != .other("dummy") && $0.hasCarrier == true }) else { return nil }
        return Lack(text: "\(link.name) has no LACP partner: the switch does not answer", gravity: .absence)
    }

    /// Of the host's own IPv6 addresses, those that the kernel does not use yet, or never will: it asks first whether somebody else
    /// has them (RFC 4862). Without a carrier nobody can be asked.
    private func addresses(_ link: Link) -> [Lack] {
        guard link.isUp == true, link.hasCarrier != false else { return [] }
        return (link.addresses ?? []).filter { !$0.isKernelMade && !$0.isDynamic }.compactMap { address in
            if address.isDuplicate {
                let wasDuplicate = before[link.name]?.addresses?.contains { $0.network == address.network && $0.isDuplicate } ?? false
                let text = "somebody else has \(address.network.address), so that \(link.name) cannot use it (duplicate address detection)"
                return Lack(text: text, gravity: wasDuplicate ? .absence : .fault)
            }
            guard address.isTentative else { return nil }
            return Lack(text: "\(link.name) does not use \(address.network.address) yet: it is being asked whether somebody else has it", gravity: .delay)
        }
    }
}
