public import HostNetwork

/// What is asked of a host before a change counts as done, and what happens without a word.
public struct Caution: Sendable {
    /// How many seconds to wait at most for carriers, spanning trees, LACP partners and IPv6 addresses; 0 asks for none of them. `nil` is as
    /// long as these take by their own timers: 10 seconds, and twice the forward delay of a spanning tree, or 30 for LACP.
    public var settle: Int?
    /// Whether a port that has lost its carrier, does not forward, or has lost its LACP partner, or an IPv6 address that somebody
    /// else has, is only remarked upon.
    public var acceptsDegraded = false
    /// Within how many seconds somebody has to confirm the change; `nil` where nobody has to.
    public var confirmWithin: Int?

    /// What has to answer after the change if it answered before.
    public var probes: [Probe] = []
    /// Asks one probe, once, of the network as it is; ``/Netlink/Prober`` does that.
    public var isAnswered: @Sendable (Probe, HostNetwork) -> Bool = { _, _ in false }

    /// Waits as long as the host's own timers need, and asks for no confirmation.
    public init(settle: Int? = nil, acceptsDegraded: Bool = false, confirmWithin: Int? = nil) {
        self.settle = settle
        self.acceptsDegraded = acceptsDegraded
        self.confirmWithin = confirmWithin
    }
}
