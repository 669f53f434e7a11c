internal import Change
internal import DomainService
internal import HostNetwork
internal import Netlink
internal import Planner

/// Asking libvirt whose taps and bridges a plan concerns.
///
/// A plan that concerns none, and a host without libvirt, pay nothing for it. A connection that only reads is enough, and a libvirt
/// that does not answer is a note in the plan.
struct GuestQuestion {
    /// libvirt's name of the connection, where the command names one.
    var connect: String?
    let namespace: NetworkNamespace

    /// How long libvirt may take. A plan is not held up longer for names.
    private static let patience: Duration = .seconds(5)

    /// Names the domains in a plan.
    /// - Parameter domains: the file's own, whose libvirt has been asked already.
    func name(_ plan: inout Plan, in network: HostNetwork, _ domains: TopologyDomains?) {
        guard !plan.steps.isEmpty, plan.concernsGuests(of: network) else { return }
        if let snapshot = domains?.snapshot { return plan.name(snapshot, in: network, changing: domains?.plan ?? DomainPlan()) }
        if let failure = domains?.failure { return note(failure.description, in: &plan) }
        if let snapshot = snapshot(failing: { note($0, in: &plan) }) { plan.name(snapshot, in: network) }
    }

    /// Plans that guests' taps which have lost a bridge of the file's come back to it. libvirt knows whose they are and where they
    /// belong, and does not notice that itself. A host without such taps asks nobody.
    func returningTaps(_ request: PlanRequest, _ plan: Plan) -> (PlanRequest, Plan) {
        guard request.mayLackTaps, let snapshot = snapshot(failing: { _ in }) else { return (request, plan) }
        let planned = Planner.plan(links: request, domains: [], snapshot: snapshot, patience: 0)
        return (planned.links, planned.linkPlan)
    }

    /// The domains of this host; `nil` where libvirt cannot be asked. That is told where somebody's taps are on a bridge.
    func snapshot(besides network: HostNetwork) -> DomainSnapshot? {
        snapshot { failure in
            guard network.links.values.contains(where: { $0.kind == .other("tun") && $0.master != nil }) else { return }
            Terminal.complain("note: domains are left out: \(failure)")
        }
    }

    /// The domains of this host; `nil` where libvirt cannot be asked, or is another namespace's.
    /// - Parameter complain: takes the reason, where somebody should have answered.
    func snapshot(failing complain: (String) -> Void) -> DomainSnapshot? {
        // The domains of the host have nothing to do with another namespace, unless somebody says so.
        guard namespace == .current || DomainSession.isNamed(connect) else { return nil }
        let uri = DomainSession.uri(connect)
        if let socket = DomainSession.missingSocket(uri) {
            complain("there is no \(socket)")
            return nil
        }
        do throws(DomainFailure) {
            var session = try DomainSession.open(uri, isReadOnly: true, patience: Self.patience)
            let snapshot = try session.snapshot(patience: Self.patience)
            if snapshot.isOfThisHost { return snapshot }
            complain("\(uri) is libvirt on \(snapshot.host)")
        } catch {
            complain(error.description)
        }
        return nil
    }

    /// Where no guest runs, it is no loss that nobody could be asked.
    private func note(_ reason: String, in plan: inout Plan) {
        if !plan.disturbedTaps.isEmpty { plan.guests = GuestReport(failure: reason) }
    }
}

extension PlanRequest {
    /// Whether a bridge is wanted, and the host has taps in none that may be guests': libvirt gives them an address that begins with fe.
    fileprivate var mayLackTaps: Bool {
        wanted.links.values.contains { $0.kind == .bridge && $0.isPresent }
            && actual.links.values.contains { $0.kind == .other("tun") && $0.master == nil && $0.mac?.bytes.first == 0xfe }
    }
}
