internal import HostNetwork
public import Netlink
public import Planner

/// Carrying a plan out for real where nobody is hurt: in a network namespace of its own that is made to look like the host, by
/// the same planner, the same executor and the same kernel. What the kernel refuses there it would refuse on the host.
public struct Rehearsal: Sendable {
    /// What the kernel refused, or what was left to do; a sentence each. Empty where all went well.
    public let problems: [String]
    /// In what the stage was not like the host, a sentence each.
    public let gaps: [String]
    /// What no rehearsal can show.
    public private(set) var limits: [String]
    /// What the host's kernel was asked for besides: drivers that it had to load, a sentence each.
    public private(set) var remarks: [String] = []

    /// Whether the plan was carried out entirely.
    public var isGood: Bool { problems.isEmpty }

    /// Carries a plan out in a scratch namespace, which is gone afterwards.
    /// - Parameters:
    ///   - plan: the plan, of which the host sees nothing.
    ///   - request: what it was asked for; its actual network is what the stage is made to look like.
    ///   - features: what of the kernel's it needs and has to be loaded. Drivers are the kernel's, whatever the namespace; what was
    ///     loaded for the rehearsal is unloaded afterwards.
    ///   - withDomains: whether domains change along, which take no part in it.
    /// - Throws: ``ChangeError`` where there can be no stage: making a namespace needs CAP_SYS_ADMIN.
    public static func carryOut(
        _ plan: Plan, for request: PlanRequest, loading features: [KernelFeature] = [], withDomains: Bool = false
    ) throws(ChangeError) -> Rehearsal {
        let before = KernelFeature.loadedModules
        // With the connection the stage has gone by the time that what it needed is unloaded.
        func unload() -> [String] {
            let loaded = KernelFeature.loadedModules.subtracting(before)
            let left = KernelFeature.unload(loaded)
            return loaded.sorted().map {
                "the module \($0) was loaded for the rehearsal\(left.contains($0) ? ", and is still loaded" : ", and unloaded again")"
            }
        }
        do {
            // Left to load by themselves they would make links on the host.
            for feature in features { try KernelFeature.load(feature) }
            var rehearsal = try onStage(plan, for: request)
            rehearsal.remarks = unload()
            if withDomains { rehearsal.limits.append("what libvirt and the guests do: the domains take no part in it") }
            return rehearsal
        } catch {
            throw .rehearsal((["\(error)"] + unload()).joined(separator: "; "))
        }
    }

    private static func onStage(_ plan: Plan, for request: PlanRequest) throws(NetlinkError) -> Rehearsal {
        var stage = Stage(kernel: try KernelConnection.open(in: .scratch), host: request.actual)
        try stage.prepare(for: request.wanted)
        let gaps = try stage.build()
        var start = try stage.snapshot()
        start.belongings = try stage.belongings(of: Set(request.actual.belongings.keys))
        let signals = SignalGuard()
        var problems: [String] = []
        var remarks: [String] = []
        if let failure = Executor.carryOut(plan, of: request.actual, on: &stage, signals, { _, _ in }, &remarks) {
            let place = failure.step.flatMap { plan.steps.firstIndex(of: $0) }.map { "step \($0 + 1): " } ?? ""
            problems = failure.problems.map { place + $0 }
        } else {
            let expected = start.applying(plan.steps)
            var after = try stage.snapshot()
            problems = Verification.differences(request, before: start, expected: expected, carriedOut: plan, after: after)
            problems += try KeptBelongings.settle(expected.belongings, in: &after, on: &stage, &remarks).map(\.sentence)
        }
        return Rehearsal(problems: problems, gaps: gaps, limits: limits(of: request))
    }

    private static func limits(of request: PlanRequest) -> [String] {
        var limits = [
            "whether, and after how many seconds, a card's carrier comes back",
            "what LACP negotiates with the switch, and what the switch's STP does to the ports",
            "whether a card's driver refuses an MTU, a MAC address or an offload that its stand-in takes",
        ]
        let hasUserSpaceSTP = request.actual.links.values.contains { $0.options.number(.stpState) == 2 }
        limits.append("what a spanning tree in user space does\(hasUserSpaceSTP ? ", such as this host has" : "")")
        return limits
    }
}

/// The scratch namespace, seen as the host: its stand-ins count as the cards and taps whose names they bear.
private struct Stage: Kernel, ~Copyable {
    var kernel: KernelConnection
    /// The network that the stage is to look like.
    let host: HostNetwork

    init(kernel: consuming KernelConnection, host: HostNetwork) {
        self.kernel = kernel
        self.host = host
    }

    mutating func snapshot(vlanTables: Bool) throws(NetlinkError) -> HostNetwork {
        var network = try kernel.snapshot(vlanTables: vlanTables)
        for (name, link) in network.links where link.kind == .other("veth") {
            guard let role = host[name], !role.kind.isManaged else {
                // The other ends of the stand-ins are behind the scenes.
                network[name] = nil
                continue
            }
            network[name]?.kind = role.kind
            network[name]?.permanentMAC = role.permanentMAC
            network[name]?.parent = role.parent
        }
        return network
    }

    mutating func belongings(of names: Set<LinkName>) throws(NetlinkError) -> [LinkName: Belongings] { try kernel.belongings(of: names) }

    mutating func prepare(for network: HostNetwork) throws(NetlinkError) { try kernel.prepare(for: network) }

    mutating func perform(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure] { try kernel.perform(actions) }

    /// Makes the namespace look like the host, and answers where it does not.
    mutating func build() throws(NetlinkError) -> [String] {
        _ = try kernel.snapshot()
        let cards = host.sortedLinks.filter { !$0.kind.isManaged && $0.kind != .loopback }
        var gaps = try kernel.makeStandIns(for: cards)
        let behind = try kernel.snapshot().links.values.filter { $0.kind == .other("veth") && host[$0.name] == nil }
        gaps += try Executor.perform(
            behind.map { end in
                var up = Link(end.name, kind: end.kind)
                up.isUp = true
                return .change(up)
            }, on: &self).map(\.description)
        gaps += try openLoopback()

        // Nothing of it is there yet: as after a crash, the way there is the way back to what was read.
        var nobody: [String] = []
        gaps += WayBack(to: host, portsPut: Set(host.links.keys)).go(on: &self, &nobody)
        for link in cards { if let parent = link.parent { gaps.append("\(link.name) (\(link.kind.displayName)) does not lie on \(parent)") } }
        return gaps
    }

    /// Switches `lo` on, and gives it what the host's has: routes may have such an address as their source.
    private mutating func openLoopback() throws(NetlinkError) -> [String] {
        guard let lo = host.links.values.first(where: { $0.kind == .loopback }) else { return [] }
        var up = Link(lo.name, kind: .loopback)
        up.isUp = true
        var gaps = try Executor.perform([.change(up)], on: &self).map(\.description)
        let present = Set((try kernel.snapshot()[lo.name]?.addresses ?? []).map(\.network))
        let own = (lo.addresses ?? []).filter { !present.contains($0.network) && !$0.isKernelMade }
        gaps += try Executor.perform(own.map { .addAddress($0, to: lo.name) }, on: &self).map(\.description)
        return gaps
    }
}
