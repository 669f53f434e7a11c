import Change
import HostNetwork
import Netlink
import Planner

/// A kernel in memory that does what it is told, until a chosen message, which fails. For faults only: what a kernel really
/// does is tested on one.
struct FaultyKernel: Kernel {
    var network: HostNetwork
    /// Which action fails, counted from 0 over all that are sent; `nil` for none.
    var failing: Int?
    /// Whether every later action of the same kind on the same link fails too, so that a rollback meets it again.
    var isStubborn = false
    /// What somebody else does right after this many actions.
    var intrusion: (after: Int, change: @Sendable (inout HostNetwork) -> Void)?
    /// What becomes of the network by itself once it has been read this many times after the first message.
    var later: (readings: Int, change: @Sendable (inout HostNetwork) -> Void)?
    private var readings = 0
    var sent = 0
    var log: [Action] = []

    init(_ network: HostNetwork) { self.network = network }

    mutating func snapshot(vlanTables: Bool) throws(NetlinkError) -> HostNetwork {
        if sent > 0 { readings += 1 }
        if let later, readings == later.readings { later.change(&network) }
        return network
    }

    mutating func belongings(of names: Set<LinkName>) throws(NetlinkError) -> [LinkName: Belongings] {
        network.belongings.filter { names.contains($0.key) }
    }

    mutating func perform(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure] {
        var failures: [ActionFailure] = []
        for (index, action) in actions.enumerated() {
            let isFault = sent == failing || (isStubborn && failing.map { sent > $0 } ?? false)
            sent += 1
            if isFault {
                let error = NetlinkError("carry out action \(sent)", .refused, .busy, kernelText: "injected")
                failures.append(ActionFailure(index: index, action: action, error: error))
            } else {
                // As the real kernel: what stands after a failed message in the same send is done all the same.
                network = network.applying([action])
                log.append(action)
            }
            if let intrusion, sent == intrusion.after { intrusion.change(&network) }
        }
        return failures
    }
}
