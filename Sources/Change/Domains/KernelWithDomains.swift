public import HostNetwork
public import Netlink

/// A kernel beside which domains change: when what is to be built stands, and before anything is deleted.
///
/// A transaction sees a kernel. What goes wrong with the domains is a failure of the change as any other, and the links are put
/// back; the domains then are its caller's, by ``DomainChange/rollBack()``.
public struct KernelWithDomains<Base: Kernel & ~Copyable>: Kernel, ~Copyable {
    private var kernel: Base
    /// The change of the domains.
    public var change: DomainChange
    /// How many of the transaction's actions are to be sent before the domains' turn, if nothing is deleted.
    private var remaining: Int
    private var hadItsTurn = false

    /// - Parameters:
    ///   - kernel: has been read once.
    ///   - actionCount: how many actions the plan of the links has.
    public init(_ kernel: consuming Base, change: consuming DomainChange, actionCount: Int) {
        self.kernel = kernel
        self.change = change
        remaining = actionCount
    }

    public mutating func snapshot() throws(NetlinkError) -> HostNetwork {
        // Everything was sent, and now it is to be verified.
        if remaining <= 0 { try changeDomains() }
        return try kernel.snapshot()
    }

    public mutating func perform(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure] {
        let deletes = actions.contains { if case .delete = $0 { true } else { false } }
        if deletes { try changeDomains() }
        let failures = try kernel.perform(actions)
        // After a failure nothing but the way back is sent.
        if failures.isEmpty { remaining -= actions.count } else { hadItsTurn = true }
        return failures
    }

    /// Changes the domains where no link changes.
    public mutating func carryOutDomains() throws(NetlinkError) -> Transaction.Outcome {
        hadItsTurn = true
        let problems = change.carryOutHostsPart { try? kernel.snapshot() }
        return problems.isEmpty ? .done : .rolledBack(Transaction.Failure(problems))
    }

    private mutating func changeDomains() throws(NetlinkError) {
        guard !hadItsTurn else { return }
        hadItsTurn = true
        let problems = change.carryOutHostsPart { try? kernel.snapshot() }
        guard problems.isEmpty else {
            throw NetlinkError("change domains", .refused, .canceled, detail: problems.joined(separator: "; "))
        }
    }
}
